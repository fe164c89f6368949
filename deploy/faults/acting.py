"""What requesters and officials do, page by page, as they would with a browser."""

import re
import threading
import time
from collections.abc import Sequence
from html import unescape
from random import Random
from urllib.parse import quote, urlsplit

import requests

from deploy.faults.browser import (
    Browser,
    NoAnswerError,
    UnexpectedPageError,
    heading,
    hidden,
    is_login,
    offered,
    sign_in,
    token,
)
from deploy.faults.records import Attempt, Deed, Record, Seen
from deploy.faults.script import Ask

PROFILE = "/my-profile"
DECIDE, SIGN_IN_FIRST = "Decide on a role request", "Log in to decide this request"
REASONS = ("not-of-organization", "not-needed", "other-role", "incomplete")
DECIDING_TRIES, DECIDING_PAUSE_SECONDS = 6, 2.0
"""How often, and with which pauses, an official opens the link again whom no page told what came of it."""
TRIES = 3
"""How often somebody begins again who lost their session on the way."""


class Requester:
    """A person with a browser at request_svc."""

    def __init__(self, browser: Browser, home: str, user_id: str, password: str) -> None:
        self._browser, self._home, self._user_id, self._password = browser, home, user_id, password

    def submit(self, record: Record) -> None:
        """Walks through the three steps and submits; what came of it is kept in the record."""
        with self._browser.lock:
            for _ in range(TRIES):
                try:
                    page = self._step_3(record.ask)
                    record.draft_id = urlsplit(page.url).path.split("/")[2]
                    self._send(record, page)
                    return
                except UnexpectedPageError as error:
                    record.notes.append(str(error))
                    if record.submitted is not Seen.NOTHING:
                        return

    def withdraw(self, record: Record) -> None:
        """Finds the request on My Profile and takes it back, if it is pending still."""
        with self._browser.lock:
            page = self._signed_in(PROFILE)
            request_id = _card(page, record.ask)
            if request_id is None:
                record.notes.append("withdraw: no such card on My Profile")
                return
            page = self._signed_in(f"{PROFILE}/requests/{request_id}/withdraw")
            if "Withdraw this request?" not in page.text:
                record.withdrawn = Seen.REFUSED
                return
            record.withdrawn = Seen.UNSURE
            answer = self._browser.post(page.url, [token(page)])
            asked = "Withdrawal Requested" in answer.text
            record.withdrawn = Seen.ACCEPTED if asked else Seen.REFUSED

    def answer(self, deed: Deed, url: str) -> None:
        """Answers a question at the address that its mail names; decided meanwhile, it needs no answer."""
        with self._browser.lock:
            page = self._signed_in(urlsplit(url).path)
            if 'name="answer"' not in page.text:
                deed.seen = Seen.REFUSED
                return
            deed.seen = Seen.UNSURE
            sent = self._browser.post(page.url, [("answer", "In Building 2."), token(page)])
            deed.seen = Seen.ACCEPTED if "answer sent" in sent.text.lower() else Seen.REFUSED

    def _step_3(self, ask: Ask) -> requests.Response:
        """Returns the page of STEP 3, reached through the first two."""
        page = self._signed_in("/request-role")
        page = self._browser.post(page.url, [("category", ask.category), token(page)])
        role = [("role", ask.role_id)]
        if ask.option:
            role.append((f"option-{ask.role_id}", ask.option))
        page = self._browser.post(page.url, [*role, token(page)])
        if not urlsplit(page.url).path.endswith("/organizations"):
            raise UnexpectedPageError(f"STEP 2 led to {urlsplit(page.url).path}: {page.status_code} {heading(page)}")
        return page

    def _send(self, record: Record, page: requests.Response) -> None:
        fields = [*record.ask.answers, ("button", "submit"), token(page)]
        record.submitted = Seen.UNSURE
        answer = self._browser.post(page.url, fields, follow=False)
        if answer.is_redirect and urlsplit(answer.headers["Location"]).path == PROFILE:
            record.submitted = Seen.ACCEPTED
        elif answer.status_code == requests.codes.unprocessable:
            record.submitted = Seen.REFUSED
            record.notes.append(
                f"submit: refused: {' '.join(re.findall(r'usa-alert__text[^>]*>([^<]+)', answer.text))}"
            )
        else:
            record.submitted = Seen.UNEXPECTED
            where = answer.headers.get("Location", heading(answer))
            raise UnexpectedPageError(f"submit: {answer.status_code} {where}")

    def _signed_in(self, path: str) -> requests.Response:
        page = self._browser.get(f"{self._home}{path}")
        if is_login(page):
            page = sign_in(self._browser, self._home, self._user_id, self._password, path)
        return page


class Official:
    """A person with a browser at approval_svc, signed in only where that is asked for."""

    def __init__(self, browser: Browser, home: str, user_id: str, password: str) -> None:
        self._browser, self._home, self._user_id, self._password = browser, home, user_id, password

    def ask(self, deed: Deed, link: str) -> None:
        """Asks the requester a question on the page behind the link."""
        with self._browser.lock:
            page = self._open(link)
            if 'name="question"' not in page.text:
                deed.seen = Seen.REFUSED
                return
            deed.seen = Seen.UNSURE
            text = f"Which office do you work in ({deed.part.draw})?"
            sent = self._browser.post(f"{link}/question", [("question", text), token(page)])
            deed.seen = Seen.ACCEPTED if text in unescape(sent.text) else Seen.REFUSED

    def hand_over(self, deed: Deed, link: str) -> None:
        """Hands the approval over to one of those who can decide it."""
        with self._browser.lock:
            if heading(self._open(link)) != DECIDE:
                deed.seen = Seen.REFUSED
                return
            page = self._browser.get(f"{link}/hand-over")
            receivers = re.findall(r'<input\b[^>]*name="receiver" value="([^"]+)"', page.text)
            if not receivers:
                deed.seen = Seen.REFUSED
                return
            deed.seen = Seen.UNSURE
            chosen = unescape(receivers[deed.part.draw % len(receivers)])
            fields = [("receiver", chosen), ("note", f"You know them better ({deed.part.draw})."), token(page)]
            sent = self._browser.post(f"{link}/hand-over", fields, follow=False)
            deed.seen = Seen.ACCEPTED if sent.is_redirect else Seen.REFUSED

    def decide(
        self,
        attempt: Attempt,
        link: str,
        *,
        twice: bool = False,
        go: threading.Barrier | None = None,
        listed_as: str | None = None,
    ) -> None:
        """Decides by the emailed link; the heading that came of it is kept in the attempt.

        `twice`: with a double click. `go`: waits there for others, so that all send their decision at once.
        `listed_as`: not there but in their list, where it stands under these words. Whom no page tells an outcome, or
        plainly that others decide, begins again. Raises `NoAnswerError`, and `UnexpectedPageError` when that came of
        the last try.
        """
        with self._browser.lock:
            for left in reversed(range(DECIDING_TRIES)):
                try:
                    attempt.heading = self._try(attempt, link, twice=twice, go=go, listed_as=listed_as)
                except UnexpectedPageError:
                    if not left:
                        raise
                if attempt.is_settled or not left:
                    return
                go = None
                time.sleep(DECIDING_PAUSE_SECONDS)

    def _try(
        self, attempt: Attempt, link: str, *, twice: bool, go: threading.Barrier | None, listed_as: str | None
    ) -> str:
        """Returns the heading of the last page."""
        page = self._open(link)
        if listed_as and heading(page) == DECIDE and self._decide_in_list(attempt, listed_as):
            return heading(self._open(link))
        fields = self._choose(attempt, link, page) if heading(page) == DECIDE else None
        if go is not None:
            _wait(go)
        if fields is not None:
            self._send(link, fields, twice=twice)
            page = self._open(link)
        return heading(page)

    def _open(self, link: str) -> requests.Response:
        page = self._browser.get(link)
        if heading(page) == SIGN_IN_FIRST:
            path = urlsplit(link).path
            page = sign_in(self._browser, self._home, self._user_id, self._password, path)
        return page

    def _decide_in_list(self, attempt: Attempt, listed_as: str) -> bool:
        """Decides as one of many; returns whether the list had it."""
        path = f"/my-approvals?search={quote(listed_as.partition(',')[0])}"
        page = self._browser.get(f"{self._home}{path}")
        if is_login(page):
            page = sign_in(self._browser, self._home, self._user_id, self._password, quote(path))
        label = rf'name="approval" value="([^"]+)"[^>]*><label[^>]*><span[^>]*>Select {re.escape(listed_as)}<'
        found = re.search(label, unescape(page.text))
        if found is None:
            return False
        chosen, act = ("approval", found.group(1)), ("act", "approve" if attempt.approves else "reject")
        confirmation = self._browser.post(f"{self._home}/my-approvals/confirm", [chosen, act, token(page)])
        if chosen[1] not in confirmation.text:
            return False
        reasons = [] if attempt.approves else _rejection(attempt)[1:]
        self._browser.post(f"{self._home}/my-approvals/act", [*hidden(confirmation), chosen, *reasons], follow=False)
        return True

    def _choose(self, attempt: Attempt, link: str, page: requests.Response) -> list[tuple[str, str]] | None:
        """Returns what the confirmation page sends on, or None when there is nothing to decide any more."""
        fields = _approval(attempt, page) if attempt.approves else _rejection(attempt)
        confirmation = self._browser.post(link, [*fields, token(page)])
        if not heading(confirmation).endswith("this request?"):
            return None
        return hidden(confirmation)

    def _send(self, link: str, fields: Sequence[tuple[str, str]], *, twice: bool) -> None:
        url = f"{link}/confirm"
        if twice:
            other = threading.Thread(target=_quietly, args=(self._browser.twin(), url, fields))
            other.start()
        self._browser.post(url, fields, follow=False)
        if twice:
            other.join()


def _approval(attempt: Attempt, page: requests.Response) -> list[tuple[str, str]]:
    random = Random(attempt.part.draw)  # noqa: S311  # repeatable is what it must be
    fields = [("decision", "approved")]
    for name in ("disciplines", "extra_privileges"):
        boxes = offered(page, name)
        fields += [(name, each) for each in random.sample(boxes, min(len(boxes), random.randrange(4)))]
    return fields


def _rejection(attempt: Attempt) -> list[tuple[str, str]]:
    reason = REASONS[attempt.part.draw % len(REASONS)]
    return [("decision", "rejected"), ("reason", reason), ("comment", f"Ask again later ({attempt.part.draw}).")]


def _card(page: requests.Response, ask: Ask) -> str | None:
    """Returns the id of the request on My Profile, known by its role and organizations."""
    wanted = [each.organization for each in ask.parts if each.organization]
    for card in page.text.split('<article class="cs-entry" id="request-')[1:]:
        text = unescape(card.partition("</article>")[0])
        if re.search(rf">\s*{re.escape(ask.role_name)}\s*<", text) and all(each in text for each in wanted):
            return card[:36]
    return None


def _quietly(browser: Browser, url: str, fields: Sequence[tuple[str, str]]) -> None:
    try:
        browser.post(url, fields, follow=False)
    except NoAnswerError:
        # The other click counts.
        return


def _wait(go: threading.Barrier) -> None:
    try:
        go.wait(timeout=10)
    except threading.BrokenBarrierError:
        # The other one was kept waiting for a page: this one decides alone.
        time.sleep(0)
