"""Somebody in front of a browser, who acts by the words on the screen and lets axe look at each page."""

import json
import re
from functools import cache
from typing import Any

from playwright.sync_api import Page, expect

from tests.conftest import ROOT
from tests.walks.stack import Stack

AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@cache
def _axe() -> str:
    return (ROOT / "node_modules/axe-core/axe.min.js").read_text()


class Visitor:
    """One person (or, without a user id, whoever holds a link) in one browser profile."""

    def __init__(self, page: Page, stack: Stack, user_id: str | None, *, scripts: bool) -> None:
        self.page, self.stack, self.user_id, self._scripts = page, stack, user_id, scripts

    # ── acting ──────────────────────────────────────────────────────────────────────────────────────

    def open(self, url: str) -> None:
        self.page.goto(url)
        self.look()

    def log_in(self) -> None:
        """Opens iQIES, follows Log in to the HARP login page (Figure 5) and comes back."""
        account = self.stack.accounts[str(self.user_id)]
        self.open(self.stack["request_url"])
        self.page.get_by_role("link", name="Log in").first.click()
        self.fill_login(account)

    def fill_login(self, account: dict[str, Any]) -> None:
        expect(self.page.get_by_role("heading", name="Login", exact=True)).to_be_visible()
        self.look()
        self.page.get_by_label("User ID").fill(account["user_id"])
        self.page.get_by_label("Password", exact=False).first.fill(account["password"])
        self.press("Login", exact=True)

    def press(self, name: str, *, exact: bool = False) -> None:
        """Clicks a button or a link that looks like one, by its words."""
        main = self.page.locator("main")
        button = main.get_by_role("button", name=name, exact=exact)
        (button if button.count() else main.get_by_role("link", name=name, exact=exact)).first.click()
        self.look()

    def choose(self, name: str) -> None:
        """Selects a radio button or checkbox by its label, which the design system draws over the input."""
        label = self.page.locator("main label").filter(has_text=re.compile(rf"^\s*{re.escape(name)}(\s|$)"))
        label.first.click()

    def select(self, label: str, option: str) -> None:
        self.page.get_by_label(label).first.select_option(label=option)

    def fill(self, label: str, text: str) -> None:
        self.page.get_by_label(label, exact=False).first.fill(text)

    # ── seeing ──────────────────────────────────────────────────────────────────────────────────────

    def sees(self, *texts: str) -> None:
        for text in texts:
            expect(self.page.locator("body")).to_contain_text(text)

    def sees_heading(self, name: str) -> None:
        expect(self.page.get_by_role("heading", name=name, exact=True).first).to_be_visible()

    def look(self) -> None:
        """Fails when axe finds anything on the page, or the page scrolls sideways."""
        self.page.wait_for_load_state()
        if not self._scripts:
            return
        self.page.evaluate(_axe())
        found = self.page.evaluate(f"axe.run({{runOnly: {json.dumps(AXE_RULES)}}})")
        violations = [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in found["violations"]]
        assert violations == [], f"{self.page.url}: {violations}"
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{self.page.url} scrolls sideways by {wide} pixels"
