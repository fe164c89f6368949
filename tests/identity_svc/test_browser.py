"""What only a browser enforces: the content security policy on the way between provider and relying party."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.identity_svc.factories import PASSWORD

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def test_forms_may_lead_to_the_relying_party_and_back(
    page: Page, provider: str, relying_party: str, angela: str
) -> None:
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))

    page.goto(f"{relying_party}/page")
    page.get_by_label("User ID").fill(angela)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Login").click()
    expect(page.locator("h1")).to_have_text("Angela Whitaker")

    page.get_by_role("button", name="Log out").first.click()
    expect(page.locator("h1")).to_have_text("You are logged out")
    assert page.url == f"{relying_party}/signed-out"
    assert [text for text in refused if "Content Security Policy" in text] == []
