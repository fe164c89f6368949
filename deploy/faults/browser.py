"""A person's browser: it keeps its cookies, and when no page comes it sends the same form again, as people do."""

import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from html import unescape

import requests

ANSWER_SECONDS = 35.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 3.0
TROUBLE = frozenset({429, 500, 502, 503, 504})
Fields = Sequence[tuple[str, str]]


class NoAnswerError(Exception):
    """The time is over, and no page has come."""


class UnexpectedPageError(Exception):
    """A page came that does not belong here; the message says which."""


class Browser:
    """One profile with its cookies. `lock` is to be held by whoever uses it, for as long as they use it."""

    def __init__(self, until: Callable[[], float], tally: "Counter[str]") -> None:
        """Gives up at `until()` (`time.monotonic()`); what went wrong on the way is counted in `tally`."""
        self.lock = threading.RLock()
        self._session = requests.Session()
        self._until = until
        self._tally = tally

    def get(self, url: str) -> requests.Response:
        """Returns the page, wherever it was moved to. Raises `NoAnswerError`."""
        return self._patiently("GET", url, (), follow=True)

    def post(self, url: str, fields: Fields, *, follow: bool = True) -> requests.Response:
        """Sends a form until an answer comes, and returns it. Raises `NoAnswerError`."""
        return self._patiently("POST", url, fields, follow=follow)

    def twin(self) -> "Browser":
        """Returns another window of the same browser, with the same cookies."""
        other = Browser(self._until, self._tally)
        other._session.cookies.update(self._session.cookies)
        return other

    def _patiently(self, method: str, url: str, fields: Fields, *, follow: bool) -> requests.Response:
        pause = FIRST_PAUSE_SECONDS
        while (answer := self._once(method, url, fields, follow=follow)) is None:
            if time.monotonic() + pause > self._until():
                raise NoAnswerError(f"{method} {without_token(url)}")
            time.sleep(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)
        return answer

    def _once(self, method: str, url: str, fields: Fields, *, follow: bool) -> requests.Response | None:
        try:
            answer = self._session.request(
                method, url, data=list(fields) or None, allow_redirects=follow, timeout=ANSWER_SECONDS
            )
        except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
            self._tally[type(error).__name__] += 1
            return None
        if answer.status_code in TROUBLE:
            self._tally[f"status {answer.status_code}"] += 1
            return None
        return answer


def sign_in(browser: Browser, service_url: str, user_id: str, password: str, then: str = "/") -> requests.Response:
    """Signs in at a service through the OpenID Connect provider; returns the page `then`.

    Raises `NoAnswerError`; `UnexpectedPageError` when it is refused.
    """
    for _ in range(4):
        page = browser.get(f"{service_url}/sign-in?next={then}")
        if not is_login(page):
            return page
        typed = [("user_id", user_id), ("password", password), *hidden(page)]
        # A redirect that met a process which was down leaves a login page behind: so again, from the start.
        page = browser.post(page.url, typed)
        if page.url.startswith(service_url) and page.ok:
            return page
    raise UnexpectedPageError(f"{user_id} cannot sign in: {page.status_code} {heading(page)}")


def is_login(page: requests.Response) -> bool:
    """Whether the page is the provider's login page."""
    return 'name="password"' in page.text


def heading(page: requests.Response) -> str:
    """Returns the page's first heading, as it reads."""
    found = re.search(r"<h1[^>]*>(.*?)</h1>", page.text, re.DOTALL)
    return unescape(re.sub(r"<[^>]+>", "", found.group(1))).strip() if found else ""


def hidden(page: requests.Response) -> list[tuple[str, str]]:
    """Returns the hidden fields of the page's form, each once: CSRF token and what it carries along."""
    inputs = [attributes(tag) for tag in re.findall(r"<input\b[^>]*>", page.text)]
    fields = [(each["name"], each.get("value", "")) for each in inputs if each.get("type") == "hidden"]
    return list(dict.fromkeys(fields))


def token(page: requests.Response) -> tuple[str, str]:
    """Returns the CSRF field. Raises `UnexpectedPageError` when the page has no form."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    if not found:
        raise UnexpectedPageError(f"{without_token(page.url)} shows no form: {page.status_code} {heading(page)}")
    return "csrf_token", found.group(1)


def offered(page: requests.Response, name: str) -> list[str]:
    """Returns the values of the page's checkboxes of that name."""
    inputs = [attributes(tag) for tag in re.findall(r"<input\b[^>]*>", page.text)]
    return [each["value"] for each in inputs if each.get("type") == "checkbox" and each.get("name") == name]


def attributes(tag: str) -> Mapping[str, str]:
    """Returns the attributes of an HTML tag."""
    return {name: unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', tag)}


def without_token(url: str) -> str:
    """Returns a URL that may be printed: a decision link is nobody else's."""
    return re.sub(r"/decide/[^/?#]+", "/decide/…", url)


def noting(notes: list[str], act: Callable[[], None]) -> None:
    """Lets somebody act; where no page came, or a wrong one, that is added to the notes."""
    try:
        act()
    except (NoAnswerError, UnexpectedPageError) as error:
        notes.append(f"{type(error).__name__}: {error}")
