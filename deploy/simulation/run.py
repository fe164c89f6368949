"""The sixty days: everything that people planned happens, time passes in between, and the mails are compared."""

import heapq
import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from random import Random
from uuid import UUID

from sqlalchemy import select

from approval_svc.settings import Settings as ApprovalSettings
from approval_svc.worker import make_handlers, make_schedule, prepare
from deploy.simulation import digests, foretold
from deploy.simulation.acting import People
from deploy.simulation.cases import case_of
from deploy.simulation.clock import Clock
from deploy.simulation.mails import DIGEST, Mail
from deploy.simulation.plan import END, START, Question, Request, make_plan
from deploy.simulation.post import Post, Side
from deploy.simulation.world import World, make_world
from notify_svc.domain.notices import State
from notify_svc.settings import Settings as NotifySettings
from notify_svc.tables import Notice
from notify_svc.use_cases.claim_notice import Terms
from notify_svc.worker import HANDLERS
from shared.db import Database

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
            "mails": mails,
            "mails_per_request": round(mails / self.requests, 2),
            "share_of_digests": round(templates[DIGEST] / mails, 4),
            "approvals_in_digests": sum(len(mail.about) for mail in self.sent.elements() if mail.template == DIGEST),
            "missing": len(self.missing),
            "unforeseen": len(self.unforeseen),
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
    agenda = Agenda(people)
    for request in make_plan(random, world, requests):
        agenda.plan(request)
    for at, happening in agenda.take():
        clock.run_until(at)
        happening(at)
    clock.run_until(END)
    for side in (post.approvals, post.notices):
        side.check_all_taken()
    return Result(world, requests, Counter(_stored(services.notify_database)), Counter(_expected(post, world, people)))


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

    def __init__(self, people: People) -> None:
        self._people, self._numbers = people, itertools.count()
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

    def take(self) -> Iterator[tuple[datetime, Happening]]:
        """Yields what happens, in order."""
        while self._heap:
            at, _, happening = heapq.heappop(self._heap)
            yield at, happening

    def _ask(self, request: Request, question: Question, now: datetime) -> None:
        asked = self._people.question(request, 0, question.who, now)
        if asked is not None:
            self.put(now + question.answered_after, partial(self._people.reply, request, 0, asked))


def _stored(database: Database) -> Iterator[Mail]:
    """Yields the mails that were sent."""
    with database.reading() as session:
        for row in session.scalars(select(Notice).where(Notice.state == State.SENT)):
            about = tuple(sorted(_about(row)))
            yield Mail(row.ended_at or row.written_at, row.template, row.recipient_id, about)


def _about(notice: Notice) -> list[UUID]:
    if notice.template == DIGEST:
        return [UUID(entry["approval_id"]) for entry in notice.context["entries"]]
    return [each for each in (notice.approval_id or notice.request_id,) if each]


def _expected(post: Post, world: World, people: People) -> Iterator[Mail]:
    """Yields the mails that there must be."""
    lives = list(people.lives.values())
    with post.approvals.database.reading() as session:
        cases = {life.request_id: [case_of(session, world, life, part, END) for part in life.parts] for life in lives}
        every = [case for of_life in cases.values() for case in of_life]
        told = list(digests.with_digests((mail for case in every for mail in foretold.while_open(case)), world))
        reached = digests.Reached()
        reached.note(told)
        told += digests.daily(session, world, every, START, END)
    told += (mail for case in every for mail in foretold.endings(case, reached))
    told += (mail for life in lives for mail in foretold.to_requester(life, cases[life.request_id]))
    yield from (mail for mail in told if mail.at < END)
