"""Which message leads to which use case, and what the beat does."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from approval_svc import queries
from approval_svc.settings import Settings
from approval_svc.use_cases.activity import note_sign_in
from approval_svc.use_cases.end_due_roles import end_due_roles
from approval_svc.use_cases.end_inactive import end_inactive
from approval_svc.use_cases.fire_due import fire_due
from approval_svc.use_cases.follow_closed_account import follow_closed_account
from approval_svc.use_cases.follow_grant import authority_of, follow_grant
from approval_svc.use_cases.follow_questions import follow_questions
from approval_svc.use_cases.follow_removal import follow_removal
from approval_svc.use_cases.keeping_absences import keep_absences
from approval_svc.use_cases.mark_unreachable import mark_unreachable, may_pass_over
from approval_svc.use_cases.nudge import nudge
from approval_svc.use_cases.record_delivery import record_delivery
from approval_svc.use_cases.record_digest import is_digest, record_digest_failed, record_digest_sent
from approval_svc.use_cases.reroute import reroute_unroutable
from approval_svc.use_cases.route_request import route_request
from approval_svc.use_cases.send_digests import forget_digests, send_digests
from approval_svc.use_cases.take_answer import take_answer
from approval_svc.use_cases.tell_few_officials import tell_few_officials
from approval_svc.use_cases.tell_handed_over import tell_left_over
from approval_svc.use_cases.tend_reviews import tend_reviews
from approval_svc.use_cases.withdraw import withdraw
from shared.beat import Tick
from shared.contracts import (
    AccountClosed,
    InformationProvided,
    Message,
    NoticeFailed,
    NoticeSent,
    NudgeAsked,
    RequestWithdrawn,
    RoleGranted,
    RoleRemoved,
    RoleRequested,
    SignedIn,
)
from shared.messaging.envelope import Envelope
from shared.messaging.inbox import Handler


def _on_withdrawn(session: Session, message: RequestWithdrawn, _envelope: Envelope, now: datetime) -> None:
    withdraw(session, message, now)


def _on_sent(session: Session, message: NoticeSent, envelope: Envelope, _now: datetime) -> None:
    if is_digest(message):
        record_digest_sent(session, message, envelope.correlation_id)
    else:
        record_delivery(session, message)


def _on_signed_in(session: Session, message: SignedIn, _envelope: Envelope, _now: datetime) -> None:
    note_sign_in(session, message.user_id, message.signed_in_at)


def _on_failed(session: Session, message: NoticeFailed, envelope: Envelope, lifetime: timedelta, now: datetime) -> None:
    if is_digest(message):
        record_digest_failed(session, message, envelope.correlation_id, lifetime, now)
    else:
        mark_unreachable(session, message, lifetime, now)


def make_handlers(settings: Settings) -> dict[str, Handler]:
    """Returns what each message sets going; links that are asked for live as long as the settings say."""
    lifetime = settings.link_lifetime

    def requested(session: Session, message: RoleRequested, envelope: Envelope, now: datetime) -> None:
        route_request(session, message, correlation_id=envelope.correlation_id, lifetime=lifetime, now=now)

    def nudged(session: Session, message: NudgeAsked, _envelope: Envelope, now: datetime) -> None:
        nudge(session, message, lifetime, now)

    def answered(session: Session, message: InformationProvided, _envelope: Envelope, now: datetime) -> None:
        take_answer(session, message, lifetime, now)

    def granted(session: Session, message: RoleGranted, _envelope: Envelope, now: datetime) -> None:
        follow_grant(session, message, lifetime, now)

    def removed(session: Session, message: RoleRemoved, _envelope: Envelope, now: datetime) -> None:
        follow_removal(session, message, lifetime, now)

    def account_closed(session: Session, message: AccountClosed, _envelope: Envelope, now: datetime) -> None:
        follow_closed_account(session, message, lifetime, now)

    def failed(session: Session, message: NoticeFailed, envelope: Envelope, now: datetime) -> None:
        _on_failed(session, message, envelope, lifetime, now)

    return {
        RoleRequested.type(): requested,
        RequestWithdrawn.type(): _on_withdrawn,
        NudgeAsked.type(): nudged,
        InformationProvided.type(): answered,
        RoleGranted.type(): granted,
        RoleRemoved.type(): removed,
        AccountClosed.type(): account_closed,
        SignedIn.type(): _on_signed_in,
        NoticeSent.type(): _on_sent,
        NoticeFailed.type(): failed,
    }


def prepare(session: Session, messages: Sequence[Message]) -> None:
    """Takes the directory before anything of a chunk is handled: for a change if any of it changes the directory.

    Taken by one handler after the other, first shared and then alone, two chunks would wait for each other.
    """
    if any(_changes_directory(message) for message in messages):
        queries.lock_directory(session)
    else:
        queries.hold_directory(session)


def _changes_directory(message: Message) -> bool:
    if isinstance(message, NoticeFailed):
        return may_pass_over(message) or (message.permanent and is_digest(message))
    if isinstance(message, AccountClosed):
        return True
    if isinstance(message, RoleGranted | RoleRemoved):
        return authority_of(message.role_id, message.organization) is not None
    return False


def make_schedule(settings: Settings) -> tuple[Tick, ...]:
    """Returns what the beat does."""

    def route_unroutable(session: Session, now: datetime) -> int:
        return reroute_unroutable(session, settings.link_lifetime, now)

    def questions(session: Session, now: datetime) -> int:
        return follow_questions(session, settings.link_lifetime, now)

    def deadlines(session: Session, now: datetime) -> int:
        return fire_due(session, settings.link_lifetime, now)

    def digests(session: Session, now: datetime) -> int:
        return send_digests(session, settings.link_lifetime, now)

    def absences(session: Session, now: datetime) -> int:
        return keep_absences(session, settings.link_lifetime, now)

    def handed_over(session: Session, now: datetime) -> int:
        return tell_left_over(session, settings.link_lifetime, now)

    return (
        Tick("route what nobody could decide", timedelta(minutes=1), route_unroutable),
        Tick("begin and end absences", timedelta(seconds=10), absences),
        Tick("remind of questions, and let the clock go on", timedelta(minutes=1), questions),
        Tick("do what is due", timedelta(seconds=5), deadlines),
        Tick("end roles that were given for a time", timedelta(seconds=30), end_due_roles),
        Tick("tell those who are few", timedelta(hours=1), tell_few_officials),
        Tick("look at who does not sign in", timedelta(seconds=10), end_inactive),
        Tick("begin, remind of and close reviews", timedelta(seconds=30), tend_reviews),
        Tick("tell of what was handed over", timedelta(seconds=30), handed_over),
        Tick("mail daily digests", timedelta(seconds=30), digests),
        Tick("forget old digests", timedelta(hours=1), forget_digests),
    )
