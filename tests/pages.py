"""What the tests of every service do with a page: sign in, take the token of a form, read what a person reads."""

from functools import lru_cache

from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from shared.clock import utc_now
from shared.web.person import SignedIn, new_session

Page = str | TestResponse
"""A page's HTML, or the answer that it came with."""


def sign_in(client: FlaskClient, person: SignedIn) -> None:
    """Makes the client's browser one in which the person is signed in."""
    with client.session_transaction() as session:
        session.update(new_session(person, utc_now()))


def soup(page: Page) -> BeautifulSoup:
    """Returns the page's elements, for reading alone: the same page gives the same ones."""
    return _parsed(page if isinstance(page, str) else page.text)


@lru_cache(maxsize=4)
def _parsed(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html.parser")


def token_of(page: Page) -> str:
    """Returns the token against forged requests that the page's forms carry."""
    return str(_one(page, "input[name=csrf_token]")["value"])


def heading(page: Page) -> str:
    return _one(page, "h1").get_text(strip=True)


def words(page: Page) -> str:
    """Returns all text of the page with single spaces."""
    return " ".join(soup(page).get_text(" ").split())


def _one(page: Page, selector: str) -> Tag:
    found = soup(page).select_one(selector)
    assert found is not None, soup(page).prettify()
    return found
