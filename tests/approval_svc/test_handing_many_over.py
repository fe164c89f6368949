"""An official hands many over in one go: the receiver has one mail of them all, with the note, and has it surely."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from approval_svc.domain.approvals import Way
from approval_svc.tables import ApprovalRow, HandoverRow, OfficialRow
from approval_svc.use_cases import digesting, hand_over_many, tell_handed_over
from approval_svc.use_cases.decide_many import Chosen
from approval_svc.use_cases.tell_handed_over import TOLD_WITHIN, tell_left_over
from shared.contracts import ApprovalHandedOver, ApprovalReassigned, DigestDue, DigestKind
from shared.db import Database
from tests.approval_svc.factories import LIFETIME, NOW, approve, general_user, official, published, route
from tests.approval_svc.talking import LATER, NOTE, hands_over
from tests.approval_svc.test_digest_pages import person

NIGHT = NOW + timedelta(hours=14)
"""11 in the evening in Alabama."""


@pytest.fixture
def town(approval_database: Database) -> tuple[OfficialRow, OfficialRow]:
    """Loretta of Alabama, before whom everything comes, and Margaret of CMS, to whom she hands over."""
    with approval_database.transaction() as session:
        return official(session, "state", "AL", "loretta"), official(session, "cms", "cms", "margaret")


def waiting(database: Database, number: int) -> list[ApprovalRow]:
    with database.transaction() as session:
        return [each for one in range(number) for each in route(session, general_user(requester=person(one)))]


def hand_many_over(
    database: Database, giver: OfficialRow, approvals: Collection[ApprovalRow], now: datetime = LATER
) -> list[Any]:
    """Hands them to Margaret; returns why each was refused, or None."""
    chosen = [
        Chosen(approval_id=each.id, official_id=giver.id, way=Way(link_ends=NOW + LIFETIME)) for each in approvals
    ]
    results = hand_over_many.hand_over_many(
        database.transaction, chosen, "margaret", NOTE, always_sign_in=False, at_most=LIFETIME, now=now
    )
    return list(results.values())


def told(database: Database) -> tuple[list[DigestDue], list[ApprovalHandedOver]]:
    with database.reading() as session:
        return published(session, DigestDue), published(session, ApprovalHandedOver)


def beat(database: Database, now: datetime) -> int:
    with database.transaction() as session:
        return tell_left_over(session, LIFETIME, now)


def stop_telling(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise OperationalError("SELECT", {}, Exception("the database is away"))

    monkeypatch.setattr(hand_over_many, "tell_handed_over", away)


def test_the_receiver_has_one_mail_of_them_all_with_the_note_at_once_also_at_night(
    approval_database: Database, town: tuple[OfficialRow, OfficialRow]
) -> None:
    loretta, margaret = town
    assert hand_many_over(approval_database, loretta, waiting(approval_database, 3), NIGHT) == [None] * 3
    (digest,), alone = told(approval_database)
    assert alone == []
    assert (digest.kind, digest.official.official_id, len(digest.entries)) == (DigestKind.HANDED_OVER, margaret.id, 3)
    assert (digest.handed_by, digest.note, digest.not_before) == ("Loretta", NOTE, NIGHT)
    with approval_database.reading() as session:
        assert len(published(session, ApprovalReassigned)) == 3  # each requester's side hears of its own
    assert beat(approval_database, NIGHT + timedelta(days=1)) == 0


def test_of_many_of_which_one_alone_could_be_handed_over_it_has_a_mail_of_its_own(
    approval_database: Database, town: tuple[OfficialRow, OfficialRow]
) -> None:
    loretta, margaret = town
    first, second = waiting(approval_database, 2)
    with approval_database.transaction() as session:
        approve(session, session.get_one(ApprovalRow, first.id), loretta)
    done = hand_many_over(approval_database, loretta, [first, second])
    assert [each is None for each in done] == [False, True]
    digests, (message,) = told(approval_database)
    assert digests == []
    assert (message.approval_id, message.handed_to, message.note) == (second.id, margaret.id, NOTE)
    assert message.links_expire_at == LATER + LIFETIME


def test_what_nobody_could_tell_of_at_once_is_told_by_the_beat_once(
    approval_database: Database, town: tuple[OfficialRow, OfficialRow], monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_telling(monkeypatch)
    assert hand_many_over(approval_database, town[0], waiting(approval_database, 2)) == [None, None]
    assert beat(approval_database, LATER) == 0  # whoever hands over may still be at it
    assert told(approval_database) == ([], [])
    assert beat(approval_database, LATER + TOLD_WITHIN) == 2
    assert beat(approval_database, LATER + TOLD_WITHIN) == 0
    (digest,), alone = told(approval_database)
    assert (len(digest.entries), digest.note, alone) == (2, NOTE, [])


def test_what_waits_for_the_receiver_no_more_is_not_told(
    approval_database: Database, town: tuple[OfficialRow, OfficialRow], monkeypatch: pytest.MonkeyPatch
) -> None:
    loretta, margaret = town
    decided, handed_on, left = waiting(approval_database, 3)
    stop_telling(monkeypatch)
    hand_many_over(approval_database, loretta, [decided, handed_on, left])
    with approval_database.transaction() as session:
        approve(session, session.get_one(ApprovalRow, decided.id), margaret)
        hands_over(session, session.get_one(ApprovalRow, handed_on.id), margaret, "loretta", now=LATER)
    assert beat(approval_database, LATER + TOLD_WITHIN) == 3
    digests, messages = told(approval_database)
    assert digests == []
    assert [(each.approval_id, each.handed_to) for each in messages] == [
        (handed_on.id, loretta.id),
        (left.id, margaret.id),
    ]


def test_who_cannot_have_one_mail_of_all_has_one_of_each(
    approval_database: Database, town: tuple[OfficialRow, OfficialRow], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError("cannot be made")

    monkeypatch.setattr(digesting, "make", broken)
    hand_many_over(approval_database, town[0], waiting(approval_database, 2))
    digests, messages = told(approval_database)
    assert (digests, len(messages)) == ([], 2)


def test_one_that_cannot_be_told_is_put_aside_and_holds_up_no_other(
    approval_database: Database, town: tuple[OfficialRow, OfficialRow], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = waiting(approval_database, 2)
    tell_of_one = tell_handed_over.tell_of_one

    def but_the_first(session: Session, approval: ApprovalRow, *rest: Any) -> None:
        if approval.id == first.id:
            raise ValueError("cannot be told")
        tell_of_one(session, approval, *rest)

    stop_telling(monkeypatch)
    for each in (first, second):
        hand_many_over(approval_database, town[0], [each], LATER)
    with approval_database.transaction() as session:
        notes = session.scalars(select(HandoverRow).order_by(HandoverRow.handed_at, HandoverRow.id)).all()
        for number, row in enumerate(notes):
            row.note = f"{NOTE} {number}"  # told apart: what is told in one mail has one note
    monkeypatch.setattr(tell_handed_over, "tell_of_one", but_the_first)
    assert beat(approval_database, LATER + TOLD_WITHIN) == 2
    assert _told_of(approval_database) == {second.id}
    monkeypatch.setattr(tell_handed_over, "tell_of_one", tell_of_one)
    assert beat(approval_database, LATER + timedelta(hours=1)) == 1
    assert _told_of(approval_database) == {first.id, second.id}


def _told_of(database: Database) -> set[UUID]:
    _, messages = told(database)
    return {each.approval_id for each in messages}
