"""Who goes away during the load, and who acts for them: drawn from a seed, entered on the page that people have."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from html import unescape
from random import Random
from zoneinfo import ZoneInfo

import requests

from deploy.faults.browser import Browser, is_login, noting, sign_in, token
from deploy.faults.officials import SECOND_OFFICIALS
from deploy.faults.people import Authority, People, Person
from deploy.faults.records import Leave, Seen
from deploy.faults.script import Away
from shared.clock import utc_now

PAGE = "/my-absence"
OFTEN = 0.8
"""The share of authorities with two officials or more of whom one is away for a while."""
DAYS = timedelta(days=10)
"""How long they mean to be away: longer than the day that a fault skips."""
NATIONAL = ("cms", "help-desk")


def make_absences(people: People, seed: int, seconds: float) -> list[Away]:
    """Returns who goes when, the earliest first; times are in seconds since the beginning of the load.

    Of each authority one at most, so that nobody who acts is away; and nobody whose address a fault refuses.
    """
    random = Random(f"absences {seed}")  # noqa: S311  # repeatable is what it must be
    return sorted(_absences(random, people, seconds), key=lambda each: each.at_seconds)


def _absences(random: Random, people: People, seconds: float) -> Iterator[Away]:
    concerned: set[Person] = set()
    for authority in dict.fromkeys(seat.authority for seat in people.seats):
        free = [one for one in _free(people, authority) if one not in concerned]
        if authority.kind in NATIONAL or len(free) < 2 or random.random() > OFTEN:
            continue
        absent, substitute = random.sample(free, 2)
        concerned |= {absent, substitute}
        at = random.uniform(0.02, 0.6) * seconds
        # Every other one is back before the run is over.
        back = at + random.uniform(0.1, 0.3) * seconds if len(concerned) % 4 else None
        yield Away(absent, substitute, round(at, 2), round(back, 2) if back else None)


def _free(people: People, authority: Authority) -> list[Person]:
    return [one for one in people.officials_of(authority) if one.email not in SECOND_OFFICIALS]


class Absentees:
    """Officials at /my-absence of approval_svc, which is at `home`; `browser` gives each theirs, by user id."""

    def __init__(self, absences: Sequence[Away], home: str, password: str, browser: Callable[[str], Browser]) -> None:
        self.leaves = [Leave(away) for away in absences]
        self._home, self._password, self._browser = home, password, browser

    def deeds(self) -> Iterator[tuple[float, Callable[[], None]]]:
        """Yields what they do, each with when; in seconds since the beginning of the load."""
        for leave in self.leaves:
            yield leave.away.at_seconds, partial(noting, leave.notes, partial(self._go, leave))
            if leave.away.back_at_seconds is not None:
                yield leave.away.back_at_seconds, partial(noting, leave.notes, partial(self._come_back, leave))

    def present(self, addresses: Iterable[str]) -> list[str]:
        """Returns who of those with these addresses is there; all of them when nobody is."""
        found = sorted(addresses)
        away = {leave.away.person.email.lower() for leave in self.leaves if leave.is_away}
        return [each for each in found if each not in away] or found

    def _go(self, leave: Leave) -> None:
        """Enters that they are absent from today on; what their page says then is kept in the record."""
        away, browser = leave.away, self._browser(leave.away.person.user_id)
        with browser.lock:
            page = self._page(browser, away)
            today = utc_now().astimezone(ZoneInfo(away.person.zone)).date()
            days = [("first_day", f"{today:%m/%d/%Y}"), ("last_day", f"{today + DAYS:%m/%d/%Y}")]
            leave.seen = Seen.UNSURE
            fields = [*days, ("substitute", away.substitute.user_id), token(page)]
            answer = browser.post(f"{self._home}{PAGE}", fields)
            # A form that is sent again is refused, because the days overlap those of the first: so the list tells.
            leave.path = _listed(self._page(browser, away))
            leave.seen = Seen.ACCEPTED if leave.path else Seen.REFUSED
            if not leave.path:
                leave.notes.append(f"{answer.status_code}: {_errors(answer)}")

    def _come_back(self, leave: Leave) -> None:
        """Cancels the absence, if there is one."""
        browser = self._browser(leave.away.person.user_id)
        with browser.lock:
            if leave.path is None:
                return
            page = self._page(browser, leave.away, leave.path)
            leave.back = Seen.UNSURE
            browser.post(f"{self._home}{leave.path}/cancel", [token(page)], follow=False)
            leave.back = Seen.REFUSED if _listed(self._page(browser, leave.away)) else Seen.ACCEPTED

    def _page(self, browser: Browser, away: Away, path: str = PAGE) -> requests.Response:
        page = browser.get(f"{self._home}{path}")
        if is_login(page):
            page = sign_in(browser, self._home, away.person.user_id, self._password, path)
        return page


def _errors(page: requests.Response) -> str:
    return unescape(", ".join(re.findall(r"error-message[^>]*>([^<]+)", page.text)))


def _listed(page: requests.Response) -> str | None:
    """Returns where the person's absence is to be changed, if they have one."""
    found = re.search(r'href="(/my-absence/[0-9a-f-]{36})"', page.text)
    return found.group(1) if found else None
