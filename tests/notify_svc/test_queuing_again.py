"""Notices that are due again: the sweep queues each, whatever becomes of one of them."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from notify_svc.domain.notices import TAKEN_UP_WITHIN
from notify_svc.use_cases import requeue_due
from shared.contracts import NoticeQueued
from shared.messaging.outbox import publish
from tests.notify_svc.conftest import World
from tests.notify_svc.factories import role_requested


def test_a_notice_that_cannot_be_queued_again_does_not_hold_up_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        world.hears(role_requested())
    broken, fine = (notice.id for notice in world.notices())

    def break_one(session: Session, message: NoticeQueued, **more: Any) -> None:
        if message.notice_id == broken:
            session.execute(text("SELECT 1 / 0"))
        publish(session, message, **more)

    def queued_again() -> list[UUID]:
        before = len(world.outbox())
        with world.database.transaction() as session:
            requeue_due.requeue_due(session, world.now)
        return [UUID(row.envelope["data"]["notice_id"]) for row in world.outbox()[before:]]

    world.passes(TAKEN_UP_WITHIN)
    monkeypatch.setattr(requeue_due, "publish", break_one)
    assert [queued_again(), queued_again()] == [[fine], []]
    monkeypatch.setattr(requeue_due, "publish", publish)
    world.passes(TAKEN_UP_WITHIN)
    assert sorted(queued_again()) == sorted([broken, fine])
