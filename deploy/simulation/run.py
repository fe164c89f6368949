"""The sixty days: everything that people planned happens, time passes in between, and the mails are compared."""

import heapq
import itertools
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from random import Random

from sqlalchemy import select

from approval_svc.settings import Settings as ApprovalSettings
from approval_svc.worker import make_handlers, make_schedule, prepare
from deploy.simulation import digests, foretold
from deploy.simulation.absences import Absence, make_absences, make_piles
from deploy.simulation.acting import People
from deploy.simulation.cases import case_of
from deploy.simulation.clock import Clock
from deploy.simulation.facts import Leave, Life
from deploy.simulation.hours import at_work
from deploy.simulation.mails import DIGEST, Mail
from deploy.simulation.officials import Officials
from deploy.simulation.plan import END, START, Question, Request, make_plan
from deploy.simulation.post import Post, Side
from deploy.simulation.turns import changes_of
from deploy.simulation.world import World, make_world
from notify_svc.domain.notices import State
from notify_svc.settings import Settings as NotifySettings
from notify_svc.tables import Notice
from notify_svc.use_cases.claim_notice import Terms
from notify_svc.worker import HANDLERS
from shared.db import Database

NOT_IN_THE_RUN = (
    "opinions and comments",
    "roles that end: by their time, by revoking or removing them, by inactivity, in a review",
    "reviews",
    "officials who come, leave or get another address, and addresses that take no mail",
    "absences that are given other days, and policies that change",
    "anything that request_svc, which is not there, does",
)
"""What nobody does and nothing brings about here, so that none of its mails is foretold: each would be unforeseen."""
Happening = Callable[[datetime], None]


@dataclass(frozen=True)
class Services:
    """The two services that take part, with empty databases."""

    approval_database: Database
    approval_settings: ApprovalSettings
    notify_database: Database
    notify_settings: NotifySettings


@dataclass(frozen=True)
class Result:
    """What was mailed, and what was foretold."""

    world: World
    requests: int
    sent: Counter[Mail]
    expected: Counter[Mail]
    absences: int = 0
    """How many began."""
    handed_over: int = 0
    """How many times somebody handed an approval over."""

    @property
    def missing(self) -> list[Mail]:
        """Foretold, and not mailed."""
        return sorted((self.expected - self.sent).elements())

    @property
    def unforeseen(self) -> list[Mail]:
        """Mailed, and not foretold; twice, if it was to be once."""
        return sorted((self.sent - self.expected).elements())

    def figures(self) -> dict[str, object]:
        """Returns what the run tells of mails."""
        templates = Counter(mail.template for mail in self.sent.elements())
        mails = self.sent.total()
        return {
            "requests": self.requests,
            "organizations": len(self.world.organizations),
            "time_zones": len({each.time_zone for each in self.world.organizations}),
            "absences": self.absences,
            "handed_over": self.handed_over,
            "mails": mails,
            "mails_per_request": round(mails / self.requests, 2),
            "share_of_digests": round(templates[DIGEST] / mails, 4),
            "approvals_in_digests": sum(len(mail.about) for mail in self.sent.elements() if mail.template == DIGEST),
            "missing": len(self.missing),
            "unforeseen": len(self.unforeseen),
            "not_in_the_run": NOT_IN_THE_RUN,
            "by_template": dict(templates.most_common()),
        }


def run(services: Services, *, seed: int, requests: int, organizations: int) -> Result:
    """Lets sixty days pass with that many requests, drawn from the seed."""
    random = Random(seed)  # noqa: S311  # what people do, not a secret
    world = make_world(random, organizations)
    post, people = _staff(services)
    clock = Clock(post, make_schedule(services.approval_settings), START)
    people.settle(world, START)
    post.carry(START)
    officials = Officials(post, services.approval_settings.link_lifetime, people.lives)
    agenda = Agenda(people, officials)
    for request in make_plan(random, world, requests):
        agenda.plan(request)
    for absence in make_absences(random, world):
        agenda.put(absence.entered_at, partial(agenda.go, absence))
    for pile in make_piles(random, requests):
        agenda.put(pile.at, partial(officials.hand_pile_over, pile))
    for at, happening in agenda.take():
        clock.run_until(at)
        happening(at)
    clock.run_until(END)
    for side in (post.approvals, post.notices):
        side.check_all_taken()
    return Result(
        world=world,
        requests=requests,
        sent=Counter(_sent(post)),
        expected=Counter(_expected(post, world, people.lives.values(), officials.leaves)),
        absences=sum(each.begins_at < min(each.over_at, END) for each in officials.leaves),
        handed_over=sum(len(part.handed) for life in people.lives.values() for part in life.parts),
    )


def _staff(services: Services) -> tuple[Post, People]:
    approvals = Side("approval_svc", services.approval_database, make_handlers(services.approval_settings), prepare)
    notices = Side("notify_svc", services.notify_database, HANDLERS)
    settings = services.notify_settings
    terms = Terms(
        mail_domain=settings.mail_from.domain,
        keys=settings.link_keys,
        lease=settings.mail_lease,
        max_attempts=settings.mail_max_attempts,
    )
    post = Post(approvals, notices, terms)
    return post, People(post)


class Agenda:
    """What people will do, the earliest first; something done may put something else on it."""

    def __init__(self, people: People, officials: Officials) -> None:
        self._people, self._officials, self._numbers = people, officials, itertools.count()
        self._heap: list[tuple[datetime, int, Happening]] = []

    def put(self, at: datetime, happening: Happening) -> None:
        """Puts something on it, if it is to happen within the sixty days."""
        if at < END:
            heapq.heappush(self._heap, (at, next(self._numbers), happening))

    def plan(self, request: Request) -> None:
        """Puts everything about a request on it."""
        people, start = self._people, request.submitted_at
        self.put(start, partial(people.ask, request))
        for number, answer in enumerate(request.answers):
            if answer is not None:
                self.put(start + answer.after, partial(people.answer, request, number, answer))
        for after in request.nudged_after:
            self.put(start + after, partial(people.nudge, request))
        if request.withdrawn_after is not None:
            self.put(start + request.withdrawn_after, partial(people.withdraw, request))
        if request.question is not None:
            self.put(start + request.question.after, partial(self._ask, request, request.question))
        for handing in request.handings:
            self.put(start + handing.after, partial(self._officials.hand_over, request.number, handing))

    def go(self, absence: Absence, now: datetime) -> None:
        """Enters an absence, and puts on it that it is called off, if it will be."""
        found = self._officials.go(absence, now)
        if found is not None and absence.called_off_at is not None:
            self.put(absence.called_off_at, partial(self._officials.come_back, found, self._officials.leaves[-1]))

    def take(self) -> Iterator[tuple[datetime, Happening]]:
        """Yields what happens, in order."""
        while self._heap:
            at, _, happening = heapq.heappop(self._heap)
            yield at, happening

    def _ask(self, request: Request, question: Question, now: datetime) -> None:
        asked = self._people.question(request, 0, question.who, now)
        if asked is not None:
            self.put(now + question.answered_after, partial(self._people.reply, request, 0, asked))


def _sent(post: Post) -> Iterator[Mail]:
    """Yields the mails that were sent."""
    with post.notices.database.reading() as session:
        for row in session.scalars(select(Notice).where(Notice.state == State.SENT)):
            about = post.listed.get(row.id) or [each for each in (row.approval_id or row.request_id,) if each]
            yield Mail(row.ended_at or row.written_at, row.template, row.recipient_id, tuple(sorted(about)))


def _expected(post: Post, world: World, lives: Collection[Life], leaves: Sequence[Leave]) -> Iterator[Mail]:
    """Yields the mails that there must be."""
    changes = changes_of(leaves)
    with post.approvals.database.reading() as session:
        hours = at_work(session, world)
        cases = {
            life.request_id: [case_of(session, world, changes, life, part, END) for part in life.parts]
            for life in lives
        }
    every = [case for of_life in cases.values() for case in of_life]
    told = list(digests.with_digests((mail for case in every for mail in foretold.while_open(case)), world))
    told += digests.newly_asked(every, world, hours)
    told += digests.handed_over(every)
    reached = digests.Reached()
    reached.note(told)
    told += digests.daily(every, world, hours, START, END)
    told += (mail for case in every for mail in foretold.endings(case, reached))
    told += foretold.absences(leaves, hours)
    told += (mail for life in lives for mail in foretold.to_requester(life, cases[life.request_id]))
    yield from (mail for mail in told if mail.at < END)
