"""Which mails there must be, foretold from what people did and from what the simulation says."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from approval_svc.domain.deadline_plan import DeadlineKind
from approval_svc.domain.questions import StepKind, steps
from approval_svc.domain.simulation import Follows
from deploy.simulation.cases import Case
from deploy.simulation.digests import Reached
from deploy.simulation.facts import Ending, Leave, Life
from deploy.simulation.hours import Everybody
from deploy.simulation.mails import Mail
from deploy.simulation.turns import Turn, Why

OUTCOMES = {
    frozenset({Ending.APPROVED}): "approved",
    frozenset({Ending.REJECTED}): "rejected",
}
"""What the requester is mailed when nothing expired; otherwise it was decided in part."""


def while_open(case: Case) -> Iterator[Mail]:
    """Yields the mails about an approval that waits, as they would be if nobody wanted digests.

    Those are left out that an absence or handing over brings about: `digests.newly_asked`, `digests.handed_over`.
    """
    for turn in case.turns:
        yield from _of_turn(case, turn)
    for each in case.follows:
        yield from _of_time(case, each)
    yield from _nudges(case)
    yield from _questions(case)


def _of_turn(case: Case, turn: Turn) -> Iterator[Mail]:
    if turn.why is Why.FIRST:
        yield from (_mail(case, turn.at, "decision_wanted", who) for who in turn.new)
    elif turn.why is Why.ESCALATION:
        for who in turn.after:
            yield _mail(case, case.mail_at(turn.at), "escalated" if who in turn.new else "escalated_first", who)


def _of_time(case: Case, each: Follows) -> Iterator[Mail]:
    """It is mailed in the mail hours, which matters only to what an answer brings: all else is due in them."""
    if each.is_overtaken:
        return
    at = case.mail_at(each.due_at)
    still = [who for who in case.asked(each.due_at) if case.stays(who, each.due_at, at)]
    if each.kind is DeadlineKind.REMINDER:
        yield from (_mail(case, at, "reminder", who) for who in still)
    elif each.kind is DeadlineKind.EXPIRY_NOTICE:
        yield _mail(case, at, "expiry_notice_requester", case.life.request.requester.user_id)
        yield from (_mail(case, at, "expiry_notice", who) for who in still)


def _nudges(case: Case) -> Iterator[Mail]:
    """The officials are reminded unless it is too early, or the requester is to answer first."""
    part, every = case.part, case.simulated.policy.nudge_every
    possible = case.calendar.after(part.asked_at, every)
    for nudged_at in part.nudged_at:
        if nudged_at >= possible and not _rests(case, nudged_at):
            possible = case.calendar.after(nudged_at, every)
            at = case.mail_at(nudged_at)
            if not (part.questioned and nudged_at < part.questioned[0] <= at):
                stays = (who for who in case.asked(nudged_at) if case.stays(who, nudged_at, at))
                yield from (_mail(case, at, "nudge", who) for who in stays)


def _rests(case: Case, now: datetime) -> bool:
    part = case.part
    return part.questioned is not None and part.questioned[0] <= now < (part.answered_at or case.ends)


def _questions(case: Case) -> Iterator[Mail]:
    """The requester is asked, and reminded; who asked gets the answer at once, or who is asked in their place."""
    part, requester = case.part, case.life.request.requester.user_id
    if part.questioned is None:
        return
    asked_at, who = part.questioned
    answered_at = part.answered_at or case.ends
    yield _mail(case, asked_at, "question", requester)
    for step in steps(case.simulated.policy, case.calendar, asked_at):
        if step.kind is StepKind.REMINDER and step.due_at < answered_at:
            yield _mail(case, step.due_at, "question_reminder", requester)
    if part.answered_at:
        asked = case.asked(part.answered_at)
        yield from (_mail(case, part.answered_at, "answer", each) for each in ([who] if who in asked else asked))


def absences(leaves: Iterable[Leave], hours: Everybody) -> Iterator[Mail]:
    """Yields what both are mailed of an absence, in the mail hours of who goes; nothing of one that is over by then."""
    for leave in leaves:
        at = hours[leave.who].mail_at(leave.begins_at)
        if leave.begins_at < leave.over_at and at < leave.over_at:
            yield Mail(at, "absence_begun", leave.who, ())
            yield Mail(at, "acting_for", leave.substitute, ())


def endings(case: Case, reached: Reached) -> Iterator[Mail]:
    """Yields the mails about the end of an approval: to who decided, and to all whom a mail about it had reached."""
    others = [who for who in case.turns[-1].after if reached.by_the_end(who, case)]
    if case.has_expired:
        yield from (_mail(case, case.ends, "expired", who) for who in others)
    elif case.part.ended and case.part.ended[1] is Ending.WITHDRAWN:
        yield from (_mail(case, case.ends, "withdrawn", who) for who in others)
    elif case.part.ended and case.part.ended_by:
        yield _mail(case, case.ends, "decision_recorded", case.part.ended_by)
        yield from (_mail(case, case.ends, "already_handled", who) for who in others if who != case.part.ended_by)


def to_requester(life: Life, cases: Sequence[Case]) -> Iterator[Mail]:
    """Yields the confirmation, and the outcome once every approval of the request has ended."""
    about = (life.request_id,)
    yield Mail(life.request.submitted_at, "request_received", life.request.requester.user_id, about)
    template = _outcome(cases)
    if template and all(case.has_expired or case.part.ended for case in cases):
        yield Mail(max(case.ends for case in cases), template, life.request.requester.user_id, about)


def _outcome(cases: Iterable[Case]) -> str | None:
    """Returns the mail; none when all of it was withdrawn."""
    found = frozenset(case.part.ended[1] for case in cases if case.part.ended and not case.has_expired)
    decided = found - {Ending.WITHDRAWN}
    if any(case.has_expired for case in cases):
        return "decided_in_part" if decided else "nobody_decided"
    return OUTCOMES.get(decided, "decided_in_part") if decided else None


def _mail(case: Case, at: datetime, template: str, to: str) -> Mail:
    return Mail(at, template, to, (case.part.approval_id,))
