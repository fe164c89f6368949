"""Each message has a golden sample; each sample of each version stays readable."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from shared import contracts
from shared.contracts import NoticeQueued
from shared.ids import new_id

SAMPLES = Path(contracts.__file__).parent / "samples"
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def sample(kind: str, version: int) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((SAMPLES / f"{kind}.v{version}.json").read_text())
    return data


def test_there_is_a_sample_of_every_message_and_no_other() -> None:
    files = {path.name for path in SAMPLES.iterdir()}
    assert files == {f"{kind}.v{version}.json" for kind, version in contracts.known_messages()}


@pytest.mark.parametrize(("kind", "version"), contracts.known_messages())
def test_a_sample_is_read_and_written_back_unchanged(kind: str, version: int) -> None:
    data = sample(kind, version)
    message = contracts.load(kind, version, data)
    assert message.type() == kind
    assert contracts.dump(message) == data


def test_an_unknown_field_is_refused() -> None:
    data = sample("RequestWithdrawn", 1) | {"mood": "sad"}
    with pytest.raises(contracts.InvalidMessageError, match="mood"):
        contracts.load("RequestWithdrawn", 1, data)


def test_a_missing_field_is_refused() -> None:
    data = sample("RoleRequested", 1)
    del data["requester"]["email"]
    with pytest.raises(contracts.InvalidMessageError, match="email"):
        contracts.load("RoleRequested", 1, data)


def test_an_unknown_version_is_refused() -> None:
    with pytest.raises(contracts.UnknownMessageError):
        contracts.load("RoleRequested", 99, sample("RoleRequested", 1))


def test_a_message_that_does_not_fit_its_own_schema_is_not_written() -> None:
    message = NoticeQueued(notice_id=new_id(), queued_at=NOW)
    broken = replace(message, notice_id="not an id")  # type: ignore[arg-type]  # the fault under test
    with pytest.raises(contracts.InvalidMessageError):
        contracts.dump(broken)


def test_a_naive_datetime_is_refused() -> None:
    with pytest.raises(contracts.InvalidMessageError):
        contracts.load("RequestWithdrawn", 1, sample("RequestWithdrawn", 1) | {"withdrawn_at": "2026-03-02T15:00:00"})
