"""The load: everybody acts as the script says, from outside, through pages and mails."""

import heapq
import itertools
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from deploy.faults import mails
from deploy.faults.absences import Absentees
from deploy.faults.acting import Official, Requester
from deploy.faults.browser import Browser, noting
from deploy.faults.mails import Mail
from deploy.faults.people import People
from deploy.faults.records import Attempt, Deed, DeedKind, Record, Seen
from deploy.faults.script import Ask, Away, Course, Part, Withdrawal
from deploy.faults.stack import Stack

HANDS = 14
"""So many people act at the same time."""
TICK_SECONDS = 0.05
GRACE_SECONDS = 60.0
"""After the load's time: for what is under way, and for mails that are late."""
COME_BACK_SECONDS = 60.0
"""So long officials act at most who come back for what is not decided."""
PATIENCE_FOR_COLLEAGUE_SECONDS = 15.0
"""So long the first official's mail may be there before the other's, until somebody decides without it."""

Key = tuple[str, str, str]
"""The requester's address, the role, the organization: what an official reads, and nobody asks for twice."""


class Load:
    """All acting people, and what they saw."""

    def __init__(
        self,
        stack: Stack,
        people: People,
        script: Sequence[Ask],
        seconds: float,
        password: str,
        absences: Sequence[Away] = (),
    ) -> None:
        self.records = [Record(ask) for ask in script]
        self.trouble: Counter[str] = Counter()
        """What browsers met on the way: errors and statuses, with their counts."""
        self._stack, self._seconds, self._password = stack, seconds, password
        self._began = time.monotonic()
        self._broken_off = False
        self._patience = seconds + GRACE_SECONDS
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._count = itertools.count()
        self._lock = threading.Lock()
        self._running: list[Future[None]] = []
        self._browsers: dict[str, Browser] = {}
        self._links: dict[Key, dict[str, str]] = defaultdict(dict)
        self._waiting = {_key(record.ask, part): (record, part) for record in self.records for part in record.ask.parts}
        self._by_address = {seat.person.email.lower(): seat.person.user_id for seat in people.seats}
        self._by_address |= {one.email.lower(): one.user_id for group in people.requesters.values() for one in group}
        self._asked: dict[Key, tuple[Record, Part]] = {}
        """Whose requester is asked a question."""
        self._handed: dict[Key, tuple[Record, Part]] = {}
        """What an official hands over."""
        self.absentees = Absentees(absences, stack.url("approval_svc"), password, self._deciding)
        self._read = 0

    @property
    def until(self) -> float:
        """When everybody goes home (`time.monotonic()`)."""
        return 0.0 if self._broken_off else self._began + self._patience

    def run(self) -> None:
        """Returns when all is done, or the time is over."""
        self._began = time.monotonic()
        for record in self.records:
            self._at(self._began + record.ask.at_seconds, partial(self._submit, record))
        for at_seconds, act in self.absentees.deeds():
            self._at(self._began + at_seconds, act)
        self._until_done()

    def come_back(self) -> int:
        """Lets officials act who have mail about what nobody saw decided; returns how many decisions these were.

        A mail may have come after they went home, and who was refused plainly leaves it to whom others asked.
        """
        self._began, self._patience = time.monotonic(), COME_BACK_SECONDS
        self._running.clear()
        self._open_mails()
        self._agenda.clear()
        self._waiting.clear()
        left = [(record, part) for record in self.records for part in open_parts(record)]
        for record, part in left:
            self._at(self._began, partial(self._decide_at_last, record, part))
        self._until_done()
        return len(left)

    def _decide_at_last(self, record: Record, part: Part) -> None:
        """Whoever has a link tries it, one after the other, until somebody saw an outcome."""
        for address, link in sorted(self._links[_key(record.ask, part)].items()):
            attempt = Attempt(part, self._by_address[address], part.approves[0], time.time())
            self._act(record, attempt, link)
            if attempt.saw_outcome:
                return

    def _until_done(self) -> None:
        with ThreadPoolExecutor(HANDS) as hands:
            try:
                while time.monotonic() < self.until and not self._is_done():
                    self._open_mails()
                    self._start_due(hands)
                    time.sleep(TICK_SECONDS)
            except BaseException:
                # Ctrl-C, say: nobody shall go on trying.
                self._broken_off = True
                raise
            finally:
                hands.shutdown(cancel_futures=True)

    def _at(self, due: float, act: Callable[[], None]) -> None:
        with self._lock:
            heapq.heappush(self._agenda, (due, next(self._count), act))

    def _start_due(self, hands: ThreadPoolExecutor) -> None:
        with self._lock:
            while self._agenda and self._agenda[0][0] <= time.monotonic():
                self._running.append(hands.submit(heapq.heappop(self._agenda)[2]))
        for each in [each for each in self._running if each.done()]:
            self._running.remove(each)
            each.result()

    def _is_done(self) -> bool:
        """Whether nobody has anything to do, or to wait for."""
        with self._lock:
            if self._agenda or self._running:
                return False
        return not any(
            record.submitted is Seen.ACCEPTED and record.withdrawn is not Seen.ACCEPTED
            for record, _part in self._waiting.values()
        )

    # ── requesters ──────────────────────────────────────────────────────────────────────────────────

    def _submit(self, record: Record) -> None:
        self._trying(record, lambda: self._requester(record).submit(record))
        if record.submitted is Seen.ACCEPTED and record.ask.withdrawal is Withdrawal.EARLY:
            self._at(time.monotonic() + record.ask.parts[0].delay / 2, lambda: self._withdraw(record))

    def _withdraw(self, record: Record) -> None:
        self._trying(record, lambda: self._requester(record).withdraw(record))

    def _requester(self, record: Record) -> Requester:
        user_id = record.ask.requester.user_id
        return Requester(self._browser(f"{user_id} asks"), self._stack.url("request_svc"), user_id, self._password)

    # ── officials ───────────────────────────────────────────────────────────────────────────────────

    def _open_mails(self) -> None:
        """Reads the mails that came since the last time; the first about a part sets its decision's time."""
        fresh = self._stack.smtp.journal[self._read :]
        self._read += len(fresh)
        for mail in mails.read(fresh):
            if mail.outcome != "accepted":
                continue
            if mail.template == mails.WANTED and mail.link:
                self._open(mail, mail.link)
            elif mail.template == mails.HANDED and mail.link:
                self._receive(mail, mail.link)
            elif mail.template == mails.QUESTION and mail.question_url:
                self._be_asked(mail, mail.question_url)

    def _open(self, mail: Mail, link: str) -> None:
        key = mail.about
        self._links[key][mail.recipient] = link
        waiting = self._waiting.pop(key, None)
        if waiting is None:
            return
        record, part = waiting
        now = time.monotonic()
        if part.course is not Course.LEFT:
            self._at(now + part.delay, lambda: self._meet(record, part, now + PATIENCE_FOR_COLLEAGUE_SECONDS))

    def _receive(self, mail: Mail, link: str) -> None:
        """Whoever a request was handed over to decides it."""
        self._links[mail.about][mail.recipient] = link
        found = self._handed.get(mail.about)
        if found is not None:
            record, part = found
            attempt = Attempt(part, self._by_address[mail.recipient], part.approves[0], time.time())
            self._at(time.monotonic() + part.delay / 2, lambda: self._act(record, attempt, link))

    def _be_asked(self, mail: Mail, url: str) -> None:
        """The requester answers, some sooner than the official decides."""
        _, role, organization = mail.about
        found = self._asked.get((mail.recipient, role, organization))
        if found is None:
            return
        record, part = found
        deed = Deed(DeedKind.ANSWER, part)
        record.deeds.append(deed)

        def answer() -> None:
            self._trying(record, lambda: self._requester(record).answer(deed, url))

        self._at(time.monotonic() + part.delay / 3, answer)

    def _talk(self, record: Record, part: Part, user_id: str, link: str) -> bool:
        """Asks the requester, or hands over; returns whether the decision is another's then."""
        official = self._official(user_id)
        if part.course is Course.QUESTION:
            self._asked[_key(record.ask, part)] = record, part
            asked = Deed(DeedKind.QUESTION, part)
            record.deeds.append(asked)
            self._trying(record, lambda: official.ask(asked, link))
            time.sleep(part.delay / 2)
            return False
        self._handed[_key(record.ask, part)] = record, part
        handed = Deed(DeedKind.HANDED, part)
        record.deeds.append(handed)
        self._trying(record, lambda: official.hand_over(handed, link))
        return handed.seen in (Seen.ACCEPTED, Seen.UNSURE)

    def _meet(self, record: Record, part: Part, patience_ends: float) -> None:
        """Decides as soon as those whom the script names have their mails, or patience with them is over."""
        known = dict(self._links[_key(record.ask, part)])
        links = {address: known[address] for address in self.absentees.present(known)}
        wanted = 2 if part.course in (Course.TWO, Course.OLD_LINK) else 1
        if len(links) < wanted and time.monotonic() < patience_ends:
            self._at(time.monotonic() + 0.5, lambda: self._meet(record, part, patience_ends))
            return
        first, second = _chosen(part, list(links))
        attempts = [Attempt(part, self._by_address[first], part.approves[0], time.time())]
        if wanted == 2 and second:
            attempts.append(Attempt(part, self._by_address[second], part.approves[1], time.time()))
        if record.ask.withdrawal is Withdrawal.RACING:
            self._at(time.monotonic(), lambda: self._withdraw(record))
        talks = part.course in (Course.QUESTION, Course.HANDED)
        if not talks or not self._talk(record, part, attempts[0].user_id, links[first]):
            self._decide(record, part, attempts, [links[each] for each in (first, second) if each])

    def _decide(self, record: Record, part: Part, attempts: Sequence[Attempt], links: Sequence[str]) -> None:
        if part.course is Course.TWO and len(attempts) == 2:
            go = threading.Barrier(2)
            for attempt, link in zip(attempts, links, strict=False):
                self._at(0, partial(self._act, record, attempt, link, go=go))
            return
        self._act(record, attempts[0], links[0], twice=part.course is Course.DOUBLE)
        for attempt, link in zip(attempts[1:], links[1:], strict=False):
            self._act(record, attempt, link)

    def _act(
        self, record: Record, attempt: Attempt, link: str, *, twice: bool = False, go: threading.Barrier | None = None
    ) -> None:
        # Only now: whom the end of the run overtook while their hand was busy has not tried.
        record.attempts.append(attempt)
        official = self._official(attempt.user_id)
        listed_as = _listed_as(record, attempt.part) if attempt.part.course is Course.IN_LIST else None
        self._trying(record, lambda: official.decide(attempt, link, twice=twice, go=go, listed_as=listed_as))

    def _official(self, user_id: str) -> Official:
        return Official(self._deciding(user_id), self._stack.url("approval_svc"), user_id, self._password)

    def _deciding(self, user_id: str) -> Browser:
        return self._browser(f"{user_id} decides")

    def _browser(self, profile: str) -> Browser:
        with self._lock:
            return self._browsers.setdefault(profile, Browser(lambda: self.until, self.trouble))

    def _trying(self, record: Record, act: Callable[[], None]) -> None:
        noting(record.notes, act)


def open_parts(record: Record) -> list[Part]:
    """Returns the decisions of an accepted request of which nobody saw an outcome, and which somebody is to take."""
    if record.submitted is not Seen.ACCEPTED or record.withdrawn is Seen.ACCEPTED:
        return []
    seen = {attempt.part for attempt in record.attempts if attempt.saw_outcome}
    return [part for part in record.ask.parts if part.course is not Course.LEFT and part not in seen]


def _key(ask: Ask, part: Part) -> Key:
    return ask.requester.email.lower(), ask.role_name, part.organization or ""


def _listed_as(record: Record, part: Part) -> str:
    """Returns how an official's list names a decision."""
    return f"{record.ask.requester.name}, {record.ask.role_name}, {part.organization or 'National'}"


def _chosen(part: Part, addresses: Sequence[str]) -> tuple[str, str | None]:
    """Returns the first official, and the second where there is one."""
    first = part.officials[0] % len(addresses)
    others = [each for place, each in enumerate(addresses) if place != first]
    return addresses[first], others[part.officials[1] % len(others)] if others else None
