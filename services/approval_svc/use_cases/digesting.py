"""Making a digest: what several use cases share that tell an official of several approvals in one mail."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from approval_svc import deadline_queries, digest_queries
from approval_svc.domain import links
from approval_svc.domain.routing import is_same
from approval_svc.tables import ApprovalRow, AskingRow, DigestEntryRow, DigestRow
from approval_svc.use_cases import telling
from approval_svc.use_cases.timing import link_lifetime
from shared import audit
from shared.audit import Action
from shared.contracts import DigestDue, DigestEntry, DigestKind
from shared.ids import new_id
from shared.messaging.outbox import publish


@dataclass(frozen=True, kw_only=True)
class HandedOver:
    """Who handed it all over, with the absent in whose place, and what they wrote to the reader."""

    by: str
    note: str


def make(
    session: Session,
    askings: Sequence[AskingRow],
    kind: DigestKind,
    at_most: timedelta,
    now: datetime,
    *,
    not_before: datetime,
    day: date | None = None,
    handed: HandedOver | None = None,
) -> DigestRow | None:
    """Mails one person what of these askings, all theirs, waits; returns the digest, or None when nothing is left.

    Its link ends as early as a link to any of the approvals would. What the person asked for themselves, or by
    another account with the same address, is left out, whoever put it before them.
    """
    listed = list(_each_approval_once(askings))
    if not listed:
        return None
    addressed = next((each for each in listed if each.official.reachable), listed[0])
    lifetime = min(link_lifetime(each.approval, at_most) for each in listed)
    digest = DigestRow(
        id=new_id(),
        user_id=addressed.official.user_id,
        official_id=addressed.official_id,
        kind=kind,
        day=day,
        made_at=now,
        links_expire_at=links.end_of(now, lifetime),
    )
    message = _message(session, digest, addressed, listed, not_before)
    if handed is not None:
        message = replace(message, handed_by=handed.by, note=handed.note)
    _store(session, digest, listed)
    lane = f"{addressed.official.authority_kind}:{addressed.official.authority_id}"
    publish(session, message, correlation_id=digest.id, now=now, lane=lane)
    _audit(session, digest, listed, now)
    return digest


def _each_approval_once(askings: Sequence[AskingRow]) -> Iterator[AskingRow]:
    seen = set()
    for asking in askings:
        if asking.approval_id not in seen and not _is_own(asking):
            seen.add(asking.approval_id)
            yield asking


def _is_own(asking: AskingRow) -> bool:
    request, official = asking.approval.request, asking.official
    return is_same(official.user_id, request.requester_user_id) or is_same(official.email, request.requester_email)


def _message(
    session: Session, digest: DigestRow, addressed: AskingRow, listed: Sequence[AskingRow], not_before: datetime
) -> DigestDue:
    ids = [asking.approval_id for asking in listed]
    known = digest_queries.listed_before(session, digest.user_id, ids)
    decide_by = digest_queries.decide_by(session, ids)
    expiries = deadline_queries.expiries(session, [asking.approval for asking in listed])
    return DigestDue(
        digest_id=digest.id,
        kind=digest.kind,
        official=telling.official(addressed.official),
        entries=tuple(
            _entry(
                asking,
                decide_by=decide_by.get(asking.approval_id),
                expires_at=expiries.get(asking.approval_id),
                is_new=asking.approval_id not in known,
            )
            for asking in listed
        ),
        links_expire_at=digest.links_expire_at,
        not_before=not_before,
        made_at=digest.made_at,
    )


def _entry(asking: AskingRow, *, decide_by: datetime | None, expires_at: datetime | None, is_new: bool) -> DigestEntry:
    approval: ApprovalRow = asking.approval
    return DigestEntry(
        approval_id=approval.id,
        request_id=approval.request_id,
        official_id=asking.official_id,
        requester=approval.request.requester_name,
        role_name=approval.request.role_name,
        organization=telling.organization(approval),
        requested_at=approval.request.submitted_at,
        decide_by=decide_by,
        expires_at=expires_at,
        is_new=is_new,
        acts_for=asking.in_place_of,
    )


def _store(session: Session, digest: DigestRow, listed: Sequence[AskingRow]) -> None:
    digest.entries = [
        DigestEntryRow(approval_id=asking.approval_id, official_id=asking.official_id, position=position)
        for position, asking in enumerate(listed, start=1)
    ]
    session.add(digest)
    session.flush()


def _audit(session: Session, digest: DigestRow, listed: Sequence[AskingRow], now: datetime) -> None:
    audit.record(
        session,
        Action.DIGEST_MADE,
        ("digest", digest.id),
        now=now,
        after={
            "official": digest.official_id,
            "kind": digest.kind,
            "approvals": [asking.approval_id for asking in listed],
            "links_expire_at": digest.links_expire_at,
        },
        correlation_id=digest.id,
    )
