"""Chunks of messages that route, and that change the directory, do not wait for each other in a circle."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from approval_svc.queries import hold_directory, lock_directory
from approval_svc.service import SERVICE
from shared.contracts import Message, NoticeFailed
from shared.db import Database
from shared.ids import new_id
from tests.approval_svc.factories import NOW, general_user

BOUNCE = NoticeFailed(
    notice_id=new_id(),
    template="decision_wanted",
    recipient="loretta",
    request_id=new_id(),
    approval_id=new_id(),
    reason="550 no such mailbox",
    permanent=True,
    failed_at=NOW,
)


def is_free(database: Database, take: Callable[[Session], None]) -> bool:
    try:
        with database.transaction() as session:
            session.execute(text("SET LOCAL lock_timeout = '100ms'"))
            take(session)
    except OperationalError:
        return False
    return True


@pytest.mark.parametrize(
    ("chunk", "others_may_route"),
    [
        ([general_user(), BOUNCE], False),
        ([general_user(), replace(BOUNCE, request_id=None, template="review_due")], False),
        ([general_user(), replace(BOUNCE, permanent=False)], True),
        ([general_user()], True),
    ],
    ids=["an address is dead", "a reviewer's is", "a mail did not arrive", "a role is requested"],
)
def test_a_chunk_takes_the_directory_once_for_all_that_it_holds(
    approval_database: Database, chunk: list[Message], others_may_route: bool
) -> None:
    prepare = SERVICE.load(SERVICE.prepare)
    with approval_database.transaction() as session:
        prepare(session, chunk)
        assert is_free(approval_database, hold_directory) is others_may_route
        assert not is_free(approval_database, lock_directory)
