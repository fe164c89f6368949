"""`python -m deploy.local.pictures`: takes the README's pictures from a running stack, into docs/pictures.

An account that no walk uses requests a role, and withdraws the request in the end, so that this can be done again.
"""

import json
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import requests
from playwright.sync_api import Browser, FloatRect, Page, sync_playwright

from deploy.local import browser as chromium
from deploy.local.layout import ROOT, Layout

PICTURES = ROOT / "docs" / "pictures"
WIDTH = 1280
TALLEST = 1400
PATIENCE_SECONDS = 30
REQUESTER, STATE, OFFICIAL = "spare.requester", "Georgia", "denise.calloway"
SURVEYOR = "surveyor.state"


@dataclass(frozen=True)
class Studio:
    """A browser and the content of a stack's `stack.json`."""

    browser: Browser
    stack: dict[str, Any]

    def account(self, user_id: str) -> dict[str, str]:
        """Returns the account with this user ID."""
        return next(account for account in self.stack["accounts"] if account["user_id"] == user_id)

    @contextmanager
    def page(self) -> Iterator[Page]:
        """Opens a page in a browser profile of its own."""
        context = self.browser.new_context(viewport={"width": WIDTH, "height": 900})
        try:
            yield context.new_page()
        finally:
            context.close()

    @contextmanager
    def signed_in(self, user_id: str) -> Iterator[Page]:
        """Opens iQIES as somebody."""
        with self.page() as page:
            page.goto(self.stack["request_url"])
            page.get_by_role("link", name="Log in").click()
            page.get_by_label("User ID").fill(user_id)
            page.get_by_label("Password").fill(self.account(user_id)["password"])
            page.get_by_role("button", name="Login", exact=True).click()
            page.get_by_role("heading", name="Welcome to iQIES").wait_for()
            yield page


def save(page: Page, name: str, *, below: str | None = None, left: int = 0) -> None:
    """Saves a picture of the page.

    Args:
        page: what to picture.
        name: of the file, without ending.
        below: the selector of the first thing that is left out; without it the picture ends with the page.
        left: pixels cut off on either side.
    """
    page.evaluate("document.activeElement?.blur()")
    bottom = page.locator(below).first.bounding_box() if below else None
    height = bottom["y"] if bottom else page.evaluate("document.documentElement.scrollHeight")
    clip = FloatRect(x=left, y=0, width=WIDTH - 2 * left, height=min(height, TALLEST))
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True, clip=clip, animations="disabled")


def go_to_step_3(page: Page, category: str, role: str) -> None:
    """Goes from any page of iQIES through STEP 1 and STEP 2."""
    page.get_by_role("link", name="Request User Role").first.click()
    for choice in (category, role):
        choose(page, choice)
        page.get_by_role("button", name="Next").click()
    page.get_by_role("heading", name="Add Organizations").wait_for()


def choose(page: Page, choice: str) -> None:
    """Selects a radio button or checkbox by its label, which the design system draws over the input."""
    page.locator("main label").filter(has_text=re.compile(rf"^\s*{re.escape(choice)}(\s|$)")).first.click()


def withdraw(page: Page, profile_url: str) -> None:
    """Withdraws every pending request of the person, those of an earlier run too, and waits until none is left."""
    end = time.monotonic() + PATIENCE_SECONDS
    page.goto(profile_url)
    while page.get_by_text("You have no pending role requests.").count() == 0 and time.monotonic() < end:
        if page.get_by_role("link", name="Withdraw this request").count():
            page.get_by_role("link", name="Withdraw this request").first.click()
            page.get_by_role("button", name="Withdraw Request").click()
            page.get_by_role("heading", name="My Profile").wait_for()
        page.wait_for_timeout(200)
        page.goto(profile_url)


def newest_mail(studio: Studio, user_id: str, since: set[str]) -> dict[str, Any]:
    """Waits for a decision-wanted mail to an official that is not in `since` (ids of mails)."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        for mail in mails_to(studio, user_id):
            if mail["id"] not in since and mail["subject"].startswith("Decision wanted"):
                return mail
        time.sleep(0.2)
    raise click.ClickException(f"No mail reached {user_id} in {PATIENCE_SECONDS} seconds.")


def mails_to(studio: Studio, user_id: str) -> list[dict[str, Any]]:
    """Returns the mails to somebody."""
    to = studio.account(user_id)["email"]
    mails: list[dict[str, Any]] = requests.get(studio.stack["mailbox_api"], params={"to": to}, timeout=10).json()
    return mails


def picture_request(studio: Studio) -> None:
    """Takes my-profile.png, mail.png and decide.png."""
    earlier = {mail["id"] for mail in mails_to(studio, OFFICIAL)}
    profile_url = f"{studio.stack['request_url']}/my-profile"
    with studio.signed_in(REQUESTER) as page:
        withdraw(page, profile_url)
        go_to_step_3(page, "State Agency", "State Agency S&C General User")
        page.get_by_label("State", exact=False).first.select_option(label=STATE)
        page.get_by_role("button", name="Submit Request").click()
        pending = page.get_by_role("region", name="Pending Requests")
        pending.get_by_text(studio.account(OFFICIAL)["email"]).wait_for()
        save(page, "my-profile", below="[aria-labelledby=user-roles]")
        picture_decision(studio, newest_mail(studio, OFFICIAL, earlier))
        withdraw(page, profile_url)


def picture_decision(studio: Studio, mail: dict[str, Any]) -> None:
    """Takes mail.png and decide.png."""
    with studio.page() as page:
        page.goto(f"{studio.stack['mailbox_url']}/mails/{mail['id']}/html")
        save(page, "mail", left=310)
        page.goto(re.findall(r"https?://\S+/decide/\S+", mail["text"])[0])
        save(page, "decide", below="[aria-controls=extra-4]")


def picture_form(studio: Studio) -> None:
    """Takes form.png: STEP 3 of Contract Surveyor, filled in and not submitted."""
    with studio.signed_in(SURVEYOR) as page:
        go_to_step_3(page, "Contractor", "Contract Surveyor")
        for choice in ("State", "University of Colorado", "New"):
            choose(page, choice)
        page.locator("select[name=state]").select_option(label="Alabama")
        save(page, "form")


@click.command(help=__doc__)
@click.option("--directory", default=ROOT / ".local", type=click.Path(path_type=Path), help="Of the running stack.")
def main(directory: Path) -> None:
    """Takes all four."""
    layout = Layout(directory.resolve())
    if not layout.stack.exists():
        raise click.ClickException("Nothing runs: `make run ARGS=--detach` starts everything.")
    with sync_playwright() as playwright:
        path = chromium.find(os.environ) or chromium.get()
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        studio = Studio(browser, json.loads(layout.stack.read_text()))
        picture_request(studio)
        picture_form(studio)
        browser.close()


if __name__ == "__main__":
    sys.exit(main())
