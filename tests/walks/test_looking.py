"""A page that axe finds fault with stops a walk: looking can fail."""

from playwright.sync_api import Browser

from tests.walks.visitor import violations_on

PAGE = '<!doctype html><html lang="en"><title>A page</title><body><main><h1>A page</h1>{}</main></body></html>'


def test_a_picture_without_words_is_seen_and_one_with_words_is_none(browser: Browser) -> None:
    with browser.new_page() as page:
        page.set_content(PAGE.format('<img src="data:," alt="A map">'))
        assert violations_on(page) == []
        page.set_content(PAGE.format('<img src="data:,">'))
        assert violations_on(page) == [["image-alt", ['<img src="data:,">']]]
