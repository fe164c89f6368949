"""The rules in plain words: who may decide a request for a role in Alabama, and what becomes of it as time passes.

It knows nothing of rows, messages and locks, and shares no code with the service. Its instants lie on a grid of three
hours by the clock of Alabama, so that parts of a day are exact.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from uuid import UUID
from zoneinfo import ZoneInfo

CHICAGO = ZoneInfo("America/Chicago")
HOLIDAYS = {date(2026, *day) for day in ((6, 1), (6, 19), (7, 3), (9, 7), (10, 12), (11, 11), (11, 26), (12, 25))}
"""From June 2026 to the end of the year: the federal ones as opm.gov lists them, and 1 June, Alabama's own."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LAST = 2
"""The place of the help desk in the chain; CMS is at 1, the state at 0."""
STEPS = {
    ("reminder", 1): 2,
    ("reminder", 2): 4,
    ("escalation", 1): 5,
    ("escalation", 2): 10,
    ("escalation", 3): 15,
    ("expiry_notice", 1): 15,
    ("expiry_notice", 2): 19,
    ("expiry", 1): 20,
}
"""After how many business days each of the promised policy happens."""
ANSWER_WITHIN = 10
"""Business days for which a question stops the clock."""


@dataclass
class Absence:
    """Days on which somebody is away, both included, and who acts for them."""

    who: str
    substitute: str
    first: date
    last: date
    begun: bool = False

    def overlaps(self, first: date, last: date) -> bool:
        """Whether they have a day in common."""
        return self.first <= last and first <= self.last


@dataclass
class Asked:
    """Somebody who may decide: in whose place, and whether also in their own right."""

    places: set[str] = field(default_factory=set)
    own: bool = True


@dataclass
class Waiting:
    """A request, and what became of it."""

    requester: str
    email: str
    state: str = "unroutable"
    level: int = 0
    start: datetime | None = None
    rested: timedelta = timedelta()
    rests_since: datetime | None = None
    expires_at: datetime | None = None
    """When it does, if that is later than the promised days: it leaves time after an answer."""
    lapses_at: datetime | None = None
    question: UUID | None = None
    is_stuck: bool = False
    done: set[tuple[str, int]] = field(default_factory=set)
    handovers: list[tuple[str, str]] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Whether it can still be decided."""
        return self.state in ("asked", "unroutable")

    def due(self) -> dict[tuple[str, int], datetime]:
        """Returns when each thing that has not happened yet does; nothing while the clock rests."""
        if self.start is None or self.rests_since is not None or not self.is_open:
            return {}
        left = {step: days for step, days in STEPS.items() if step not in self.done}
        found = {step: in_mail_hours(self.counted(days)) for step, days in left.items()}
        return found | ({("expiry", 1): self.expires_at} if self.expires_at else {})

    def counted(self, days: int) -> datetime:
        """Returns when so many business days have passed for it."""
        assert self.start is not None
        return after(self.start, days * DAY + self.rested)


@dataclass
class Model:
    """The officials, by their place in the chain, and what waits for them."""

    places: dict[str, int]
    active: set[str]
    requests: dict[UUID, Waiting] = field(default_factory=dict)
    absences: dict[UUID, Absence] = field(default_factory=dict)

    # ── what people do ──────────────────────────────────────────────────────────────────────────────

    def asks(self, request: UUID, requester: str, email: str, now: datetime) -> None:
        """Somebody asks for a role."""
        self.requests[request] = Waiting(requester, email.lower())
        self.route(now)

    def leaves(self, who: str, now: datetime) -> None:
        """An official is none any more."""
        self.active.discard(who)
        self.route(now)

    def comes(self, who: str, now: datetime) -> None:
        """An official is one again."""
        self.active.add(who)
        self.route(now)

    def may_be_absent(self, who: str, substitute: str, first: date, last: date) -> bool:
        """Whether an absence can be entered: nobody twice, no chains, a substitute of the same place or the next.

        The same once more, as a second click sends it, is the one that was entered.
        """
        if (who, substitute, first, last) in [(a.who, a.substitute, a.first, a.last) for a in self.absences.values()]:
            return True
        near = self.places[substitute] - self.places[who] in (0, 1)
        if who == substitute or not {who, substitute} <= self.active or not near:
            return False
        meanwhile = [each for each in self.absences.values() if each.overlaps(first, last)]
        return not any(each.who in (who, substitute) or each.substitute == who for each in meanwhile)

    def enters(self, absence_id: UUID, absence: Absence, now: datetime) -> None:
        """An absence is entered."""
        self.absences.setdefault(absence_id, absence)
        self.keep_absences(now)

    def is_back(self, absence_id: UUID, now: datetime) -> None:
        """An absence is cancelled."""
        del self.absences[absence_id]
        self.route(now)

    def may_hand_over(self, request: UUID, giver: str, receiver: str) -> bool:
        """Whether the giver is asked, and the receiver could be."""
        one = self.requests[request]
        everybody = set().union(*self.eligible(one))
        return one.state == "asked" and giver in self.asked(one) and receiver in everybody - {giver}

    def hands_over(self, request: UUID, giver: str, receiver: str) -> None:
        """It is the receiver's now."""
        self.requests[request].handovers.append((giver, receiver))

    def may_question(self, request: UUID, who: str) -> bool:
        """Whether they may decide, and no question waits."""
        one = self.requests[request]
        return one.state == "asked" and who in self.asked(one) and one.lapses_at is None

    def questions(self, request: UUID, question: UUID, now: datetime) -> None:
        """The clock rests."""
        one = self.requests[request]
        one.question, one.lapses_at = question, in_mail_hours(after(now, ANSWER_WITHIN * DAY))
        if one.expires_at is not None:
            one.rested += elapsed(one.counted(STEPS["expiry", 1]), one.expires_at)
            one.expires_at = None
        one.rests_since = now

    def is_answered(self, question: UUID, now: datetime) -> None:
        """The clock goes on, if it is the newest question, and it rests."""
        for one in self.requests.values():
            if one.question == question and one.is_open:
                self._goes_on(one, now)

    def decides(self, who: str, verdict: str) -> set[UUID]:
        """Somebody decides all that they may; returns what that was."""
        found = {request for request, one in self.requests.items() if one.state == "asked" and who in self.asked(one)}
        for request in found:
            self.requests[request].state = verdict
        return found

    def withdraws(self, request: UUID) -> None:
        """The requester does not want it any more."""
        if self.requests[request].is_open:
            self.requests[request].state = "withdrawn"

    def ticks(self, now: datetime) -> None:
        """Time has passed."""
        self.keep_absences(now)
        for one in self.requests.values():
            if one.is_open and one.lapses_at is not None and one.lapses_at <= now:
                self._goes_on(one, now)
        for one in self.requests.values():
            self._happens(one, now)

    # ── who may decide ──────────────────────────────────────────────────────────────────────────────

    def asked(self, one: Waiting) -> dict[str, Asked]:
        """Returns who may decide it, as far as escalation has come."""
        return self._asked(one, one.level) if one.is_open else {}

    def eligible(self, one: Waiting) -> list[set[str]]:
        """Returns for each place of the chain who may decide there, in somebody's place too."""
        away = self._away(one)
        at = [
            {who for who in self._may(one) if self.places[who] == place and who not in away}
            for place in range(LAST + 1)
        ]
        for who in away:
            if (acting := self._acts_for(one, who)) is not None and who in self._may(one):
                at[self.places[who]].add(acting)
        return at

    def route(self, now: datetime) -> None:
        """Whoever may decide now is asked; what was handed to somebody who cannot is theirs no more."""
        for one in self.requests.values():
            if one.is_open:
                one.handovers = [each for each in one.handovers if self._taker(one, each[1]) is not None]
                one.state = "asked" if self.asked(one) else "unroutable"
                if one.state == "asked" and one.start is None:
                    one.start = now

    def keep_absences(self, now: datetime) -> None:
        """Absences begin and end with their days."""
        today = now.astimezone(CHICAGO).date()
        self.absences = {key: each for key, each in self.absences.items() if each.last >= today}
        for each in self.absences.values():
            each.begun = each.first <= today
        self.route(now)

    def _may(self, one: Waiting) -> set[str]:
        """Nobody decides on themselves, whatever their account is called."""
        return {who for who in self.active if who != one.requester and f"{who}@officials.example" != one.email}

    def _away(self, one: Waiting) -> dict[str, str]:
        """Returns who is away, and who acts for them; nobody is, where otherwise nobody could decide."""
        away = {each.who: each.substitute for each in self.absences.values() if each.begun}
        return away if self._may(one) - set(away) else {}

    def _acts_for(self, one: Waiting, who: str) -> str | None:
        away = self._away(one)
        acting = away.get(who)
        return acting if acting in self._may(one) - set(away) else None

    def _asked(self, one: Waiting, level: int) -> dict[str, Asked]:
        at = self.eligible(one)
        found: dict[str, Asked] = {}
        for place in range(self._reached(one, level) + 1):
            for who in at[place]:
                found.setdefault(who, Asked(own=False)).own |= self.places[who] == place
            for who in self._away(one):
                if self.places[who] == place and who in self._may(one) and (acting := self._acts_for(one, who)):
                    found[acting].places.add(who)
        for giver, receiver in one.handovers:
            self._is_handed(one, found, giver, receiver)
        return found

    def _is_handed(self, one: Waiting, found: dict[str, Asked], giver: str, receiver: str) -> None:
        taker = self._taker(one, receiver)
        if taker is None:
            return
        found.pop(giver, None)
        for who, each in list(found.items()):
            each.places.discard(giver)
            if not each.places and not each.own:
                del found[who]
        if taker not in found:
            found[taker] = Asked(own=taker == receiver, places=set() if taker == receiver else {receiver})

    def _taker(self, one: Waiting, receiver: str) -> str | None:
        if receiver not in self._may(one):
            return None
        return self._acts_for(one, receiver) if receiver in self._away(one) else receiver

    def _reached(self, one: Waiting, level: int) -> int:
        at = self.eligible(one)
        return max(next((place for place in range(LAST + 1) if at[place]), 0), min(level, LAST))

    # ── time ────────────────────────────────────────────────────────────────────────────────────────

    def _goes_on(self, one: Waiting, now: datetime) -> None:
        had_rested = one.rests_since is not None
        if one.rests_since is not None:
            one.rested += elapsed(one.rests_since, now)
        one.rests_since = one.lapses_at = None
        if had_rested and one.due()["expiry", 1] <= in_mail_hours(now):
            one.expires_at = in_mail_hours(after(in_mail_hours(now), DAY))

    def _happens(self, one: Waiting, now: datetime) -> None:
        due = [step for step, at in one.due().items() if at <= now]
        one.done.update(due)
        for kind, _ in due:
            if kind == "escalation":
                self._escalates(one)
        if ("expiry", 1) in due:
            one.state = "expired"

    def _escalates(self, one: Waiting) -> None:
        """The next place where somebody is asked who is not; at the end of the chain operations are told."""
        known = set(self._asked(one, one.level))
        higher = range(self._reached(one, one.level) + 1, LAST + 1)
        place = next((place for place in higher if not set(self._asked(one, place)) <= known), None)
        one.is_stuck |= place is None
        one.level = one.level if place is None else place


def is_business_day(day: date) -> bool:
    """Whether a day counts in Alabama."""
    return day.weekday() < 5 and day not in HOLIDAYS


@cache
def after(start: datetime, time_passed: timedelta) -> datetime:
    """Returns when so much business time has passed, hour by hour."""
    now, left = start, time_passed
    while left > timedelta():
        left -= HOUR if is_business_day(now.astimezone(CHICAGO).date()) else timedelta()
        now += HOUR
    return _business(now)


def elapsed(start: datetime, end: datetime) -> timedelta:
    """Returns how much business time lies between, hour by hour."""
    hours = (start + number * HOUR for number in range(int((end - start) / HOUR)))
    return sum(is_business_day(each.astimezone(CHICAGO).date()) for each in hours) * HOUR


def in_mail_hours(instant: datetime) -> datetime:
    """Returns the first instant from then on between 8:00 and 18:00 of a business day."""
    local = _business(instant).astimezone(CHICAGO)
    if local.hour >= 18:
        local = _business(_midnight(local.date() + DAY)).astimezone(CHICAGO)
    return max(local, datetime.combine(local.date(), time(8), CHICAGO)).astimezone(UTC)


def _business(instant: datetime) -> datetime:
    day = first = instant.astimezone(CHICAGO).date()
    while not is_business_day(day):
        day += DAY
    return instant if day == first else _midnight(day)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), CHICAGO).astimezone(UTC)
