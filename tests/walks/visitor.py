"""Somebody in front of a browser, who acts by the words on the screen and lets axe look at each page."""

import re
from functools import cache
from typing import Any

from playwright.sync_api import Page, expect

from tests.conftest import ROOT
from tests.walks.stack import Stack

DESK, PHONE = 1280, 375
"""Widths of the window, CSS pixels."""
MOST_STOPS = 150
"""So many stops of the Tab key no page has."""
BUILD = """() => {
    const own = one => one.tagName + [...one.attributes].map(each => each.name
        + (/^(class|role|type|name|lang)$/.test(each.name) ? each.value : "")) + !one.textContent.trim();
    const all = [...document.querySelectorAll("body *")];
    const headings = all.filter(one => /^H[1-6]$/.test(one.tagName)).map(one => one.tagName);
    const kinds = new Set(all.map(one => own(one.parentElement) + ">" + own(one)));
    const tags = [...new Set(all.map(one => one.tagName + (one.getAttribute("role") ?? "")))].sort();
    const whole = own(document.querySelector("title")) + headings.join() + tags.join();
    return [whole, ...kinds].map(each => innerWidth + each);
}"""
"""What axe judges by: the tags and headings of the whole page, so that one that is missing counts, and each kind of
element within each kind of parent, however often it stands there."""
_LOOKED_AT: set[str] = set()
"""Looking takes half a second a page: a page is looked at unless one of the very same build was."""
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = """async rules => {
    const found = await axe.run({runOnly: rules, resultTypes: ["violations"]});
    return found.violations.map(one => [one.id, one.nodes.slice(0, 3).map(node => node.html)]);
}"""
"""What axe found good is not carried out of the browser: it is much, and reading it cost more than finding it."""


@cache
def _axe() -> str:
    return (ROOT / "node_modules/axe-core/axe.min.js").read_text()


def violations_on(page: Page) -> list[Any]:
    """Returns the rules that axe finds violated, each with up to three of the elements."""
    page.evaluate(_axe())
    found: list[Any] = page.evaluate(AXE, AXE_RULES)
    return found


class Visitor:
    """One person (or, without a user id, whoever holds a link) in one browser profile."""

    def __init__(self, page: Page, stack: Stack, user_id: str | None, *, scripts: bool) -> None:
        self.page, self.stack, self.user_id, self._scripts = page, stack, user_id, scripts

    # ── acting ──────────────────────────────────────────────────────────────────────────────────────

    def open(self, url: str) -> None:
        self.page.goto(url)
        self.look()

    def examine(self, url: str) -> None:
        """Opens a page and looks at it on a desk and on a phone."""
        self.page.goto(url)
        self.look_twice()

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

    def send_unfinished(self) -> None:
        """Sends the form although the page's script keeps its button disabled until it is complete."""
        with self.page.expect_navigation():
            self.page.locator("main form").last.evaluate("form => form.submit()")

    def choose(self, name: str) -> None:
        """Selects a radio button or checkbox by its label, which the design system draws over the input."""
        label = self.page.locator("main label").filter(has_text=re.compile(rf"^\s*{re.escape(name)}(\s|$)"))
        label.first.click()

    def select(self, label: str, option: str) -> None:
        self.page.get_by_label(label).first.select_option(label=option)

    def fill(self, label: str, text: str) -> None:
        self.page.get_by_label(label, exact=False).first.fill(text)

    # ── acting with the keyboard alone ──────────────────────────────────────────────────────────────

    def tab_to(self, name: str) -> None:
        """Presses Tab until what has that name (its own words or its label's) has the focus."""
        self._press_until(name, "Tab")

    def pick(self, name: str) -> None:
        """Goes to the radio buttons and along them to the one with that label, as a keyboard does: with the arrows."""
        while self.page.evaluate("document.activeElement.type") != "radio":
            self.page.keyboard.press("Tab")
        self.page.keyboard.press("Space")
        self._press_until(name, "ArrowDown")
        assert self.page.evaluate("document.activeElement.checked")

    def enter(self, name: str) -> None:
        """Goes to a link or button and presses Enter, which leads to another page."""
        self.tab_to(name)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        self.look()

    def _press_until(self, name: str, key: str) -> None:
        passed = [self._focused()]
        while not passed[-1].startswith(name):
            self.page.keyboard.press(key)
            passed.append(self._focused())
            assert len(passed) <= MOST_STOPS, f"{self.page.url}: {key} never comes to {name!r}: {passed}"

    def _focused(self) -> str:
        words = "const one = document.activeElement; return (one.labels?.[0] ?? one).innerText.trim()"
        return str(self.page.evaluate(f"(() => {{ {words} }})()"))

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
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{self.page.url} scrolls sideways by {wide} pixels"
        build = "".join(sorted(self.page.evaluate(BUILD)))
        if build not in _LOOKED_AT:
            violations = violations_on(self.page)
            assert violations == [], f"{self.page.url}: {violations}"
            _LOOKED_AT.add(build)

    def look_twice(self) -> None:
        """Looks at the page as it is, on a desk and on a phone."""
        for width in (DESK, PHONE):
            self.page.set_viewport_size({"width": width, "height": 900})
            self.look()
