"""Security Officials from a CSV file: all rows are good and are taken, or none is."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from approval_svc import queries
from approval_svc.domain.official_rows import OfficialEntry
from approval_svc.domain.routing import AuthorityId
from approval_svc.tables import OfficialRow
from approval_svc.use_cases.asking import Asked, ask_again
from approval_svc.use_cases.auditing import details, official_added, official_changed
from approval_svc.use_cases.reroute import reroute
from approval_svc.use_cases.tell_asked import tell_asked
from shared.ids import new_id
from shared.imports import Change, Imported


def import_officials(
    session: Session, entries: Sequence[OfficialEntry], lifetime: timedelta, now: datetime
) -> Imported:
    """Adds and changes officials, brings back those who had been removed, and routes again what waits for them.

    The same file again changes nothing, but for officials to whom mail was refused in between: a row vouches for its
    address, so they are asked again. So are officials who have another address now: whatever was mailed to the old one
    may never have reached them. Officials that the file does not name stay.
    """
    queries.lock_directory(session)
    moved = [entry for entry in entries if _has_other_address(session, entry)]
    results = [(entry, _take(session, entry, now)) for entry in entries]
    touched = [_authority(entry) for entry, change in results if change is not Change.UNCHANGED]
    newly_asked: list[Asked] = []
    for authority in dict.fromkeys(touched):
        reroute(session, authority, lifetime, now, later=newly_asked)
    for entry in moved:
        _ask_again(session, entry, lifetime, now, newly_asked)
    tell_asked(session, newly_asked, lifetime, now, at_once=True)
    return Imported.counted(change for _, change in results)


def _authority(entry: OfficialEntry) -> AuthorityId:
    return AuthorityId(kind=entry.authority_kind, id=entry.organization_id)


def _has_other_address(session: Session, entry: OfficialEntry) -> bool:
    official = queries.find_official(session, _authority(entry), entry.user_id)
    return official is not None and official.email != entry.email


def _ask_again(session: Session, entry: OfficialEntry, lifetime: timedelta, now: datetime, later: list[Asked]) -> None:
    official = queries.find_official(session, _authority(entry), entry.user_id)
    if official is not None:
        ask_again(session, official, lifetime, now, later=later)


def _take(session: Session, entry: OfficialEntry, now: datetime) -> Change:
    official = queries.find_official(session, _authority(entry), entry.user_id)
    if official is None:
        official = _new(entry, now)
        session.add(official)
        official_added(session, official, now)
        return Change.ADDED
    if official.active and official.reachable and _details(official) == _details(entry):
        return Change.UNCHANGED
    before = details(official)
    official.name, official.phone, official.time_zone = entry.name, entry.phone, entry.time_zone
    official.active, official.removed_at = True, None
    official.take_address(entry.email, now)
    official_changed(session, official, before, now)
    return Change.CHANGED


def _details(one: OfficialRow | OfficialEntry) -> tuple[str | None, ...]:
    return one.name, one.email, one.phone, one.time_zone


def _new(entry: OfficialEntry, now: datetime) -> OfficialRow:
    return OfficialRow(
        id=new_id(),
        authority_kind=entry.authority_kind,
        authority_id=entry.organization_id,
        user_id=entry.user_id,
        name=entry.name,
        email=entry.email,
        phone=entry.phone,
        time_zone=entry.time_zone,
        active=True,
        reachable=True,
        address_since=now,
        source="import",
        added_at=now,
    )
