"""What kind of failure it was says how long a message is worth another try."""

from datetime import timedelta
from smtplib import SMTPConnectError, SMTPDataError, SMTPServerDisconnected
from typing import Any

import psycopg.errors
import pytest
from sqlalchemy.exc import DBAPIError

from shared.contracts import InvalidMessageError, UnknownMessageError
from shared.messaging.failures import NotYetError, UnhandledMessageError, kind_of, next_try
from shared.messaging.states import Kind
from tests.shared.messages import NOW, FaultError

DAY = timedelta(days=1)


def refused_by_database(error: type[psycopg.Error]) -> BaseException:
    return DBAPIError.instance("UPDATE …", {}, error("…"), psycopg.Error)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (refused_by_database(psycopg.errors.AdminShutdown), Kind.TEMPORARY),
        (refused_by_database(psycopg.errors.ConnectionFailure), Kind.TEMPORARY),
        (refused_by_database(psycopg.errors.DeadlockDetected), Kind.TEMPORARY),
        (refused_by_database(psycopg.errors.SerializationFailure), Kind.TEMPORARY),
        (refused_by_database(psycopg.errors.LockNotAvailable), Kind.TEMPORARY),
        (refused_by_database(psycopg.errors.QueryCanceled), Kind.TEMPORARY),
        (refused_by_database(psycopg.errors.UniqueViolation), Kind.FAULT),
        (refused_by_database(psycopg.errors.UndefinedColumn), Kind.FAULT),
        (SMTPDataError(451, b"try later"), Kind.TEMPORARY),
        (SMTPConnectError(421, b"busy"), Kind.TEMPORARY),
        (SMTPServerDisconnected("gone"), Kind.TEMPORARY),
        (SMTPDataError(554, b"no"), Kind.FAULT),
        (ConnectionResetError(), Kind.TEMPORARY),
        (TimeoutError(), Kind.TEMPORARY),
        (FileNotFoundError("template.html"), Kind.FAULT),
        (FaultError("ours"), Kind.FAULT),
        (KeyError("ours"), Kind.FAULT),
        (InvalidMessageError("RoleRequested", {}), Kind.POISON),
        (UnknownMessageError("RoleRequested version 99"), Kind.POISON),
        (UnhandledMessageError("RoleRequested"), Kind.POISON),
        (NotYetError("first the request"), Kind.NOT_YET),
    ],
    ids=repr,
)
def test_every_error_is_of_a_kind(error: BaseException, kind: Kind) -> None:
    assert kind_of(error) is kind


def pauses(kind: Kind, tries: int, jitter: float = 1.0) -> list[Any]:
    moments = [next_try(kind, attempt, NOW, NOW, lambda: jitter) for attempt in range(1, tries + 1)]
    return [(moment - NOW).total_seconds() if moment else None for moment in moments]


def test_what_is_away_is_waited_for_with_pauses_that_double_up_to_ten_minutes() -> None:
    assert pauses(Kind.TEMPORARY, 12) == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600]


def test_a_fault_of_ours_is_tried_five_times() -> None:
    assert pauses(Kind.FAULT, 5) == [1, 10, 100, 300, None]


def test_poison_is_not_tried_again() -> None:
    assert pauses(Kind.POISON, 1) == [None]


@pytest.mark.parametrize(("kind", "patience"), [(Kind.TEMPORARY, 5 * DAY), (Kind.NOT_YET, DAY)])
def test_patience_ends(kind: Kind, patience: timedelta) -> None:
    begun = NOW - patience
    assert next_try(kind, 700, begun + timedelta(seconds=1), NOW, lambda: 1.0) is not None
    assert next_try(kind, 700, begun, NOW, lambda: 1.0) is None


def test_those_that_failed_together_come_back_at_different_times() -> None:
    assert pauses(Kind.TEMPORARY, 4, jitter=0.25) == [0.25, 0.5, 1, 2]
