"""Each message has a golden sample; each sample of each version stays readable."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from shared import contracts
from shared.contracts import NoticeQueued, RequestDecided
from shared.ids import new_id

SAMPLES = Path(contracts.__file__).parent / "samples"
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def sample(kind: str, version: int) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((SAMPLES / f"{kind}.v{version}.json").read_text())
    return data


def test_there_is_a_sample_of_every_message_and_no_other() -> None:
    files = {path.name for path in SAMPLES.iterdir()}
    assert files == {f"{kind}.v{version}.json" for kind, version in contracts.known_messages()}


WRITTEN = {(message.type(), message.version) for message in contracts.SUBSCRIBERS}


@pytest.mark.parametrize(("kind", "version"), sorted(WRITTEN))
def test_a_sample_is_read_and_written_back_unchanged(kind: str, version: int) -> None:
    data = sample(kind, version)
    message = contracts.load(kind, version, data, strict=True)
    assert message.type() == kind
    assert contracts.dump(message) == data


@pytest.mark.parametrize(("kind", "version"), sorted(set(contracts.known_messages()) - WRITTEN))
def test_an_older_sample_is_read_and_written_as_today(kind: str, version: int) -> None:
    before = sample(kind, version)
    message = contracts.load(kind, version, before)
    assert before == sample(kind, version)  # what came stays as it came
    written = contracts.dump(message)
    assert written != before
    assert contracts.load(kind, message.version, written, strict=True) == message


def test_every_version_before_todays_is_read() -> None:
    known = set(contracts.known_messages())
    before = {(kind, version) for kind, today in WRITTEN for version in range(1, today)}
    assert known == WRITTEN | before


def test_one_time_for_all_outcomes_stands_for_each() -> None:
    message = contracts.load("RequestDecided", 1, sample("RequestDecided", 1))
    assert isinstance(message, RequestDecided)
    assert [outcome.decided_at for outcome in message.outcomes] == [message.decided_at] * 2


def test_before_approvals_could_expire_none_had() -> None:
    message = contracts.load("RequestDecided", 2, sample("RequestDecided", 2))
    assert isinstance(message, RequestDecided)
    assert message.expired == ()


@pytest.mark.parametrize("spoilt", [{"outcomes": None}, {"outcomes": ["x"]}, {"decided_at": None}])
def test_an_older_message_that_breaks_its_own_promise_is_refused(spoilt: dict[str, Any]) -> None:
    with pytest.raises(contracts.InvalidMessageError):
        contracts.load("RequestDecided", 1, sample("RequestDecided", 1) | spoilt)


def with_fields_of_tomorrow(data: dict[str, Any]) -> dict[str, Any]:
    requester = data["requester"] | {"pronouns": "she"}
    outcomes = [outcome | {"mood": "sad"} for outcome in data["outcomes"]]
    return data | {"requester": requester, "outcomes": outcomes, "priority": 1}


def test_what_a_newer_release_adds_is_left_out_at_any_depth() -> None:
    data = sample("RequestDecided", 4)
    message = contracts.load("RequestDecided", 4, with_fields_of_tomorrow(data))
    assert contracts.dump(message) == data


@pytest.mark.parametrize("name", ["pronouns", "mood", "priority"])
def test_an_unknown_field_is_refused_in_what_somebody_typed(name: str) -> None:
    data = with_fields_of_tomorrow(sample("RequestDecided", 4))
    with pytest.raises(contracts.InvalidMessageError, match=name):
        contracts.load("RequestDecided", 4, data, strict=True)


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
