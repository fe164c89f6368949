"""Dead letters: found, read, repaired, replayed and closed by operations, each with its trace."""

import hashlib
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from shared.contracts import RequestWithdrawn
from shared.db import Database
from shared.ids import new_id
from shared.messaging import dead_letters, inbox, letters
from shared.messaging.dead_letters import Answer, ReasonMissingError, RefusedError, UnusableDataError
from shared.messaging.letters import Filter, Letter
from shared.messaging.states import Event, Kind, State
from shared.messaging.tables import inbox as inbox_table
from tests.audit import entries
from tests.shared.messages import NOW, Recorder, enveloped, take

LATER = NOW + timedelta(minutes=1)
OLU = "olu.adeyemi"


def poison(**changed: Any) -> dict[str, Any]:
    """An envelope whose message nobody can read."""
    envelope = enveloped() | changed
    return envelope | {"data": envelope["data"] | {"withdrawn_at": "last Tuesday"}}


def bury(database: Database, envelope: Any) -> UUID:
    take(database, Recorder(), [envelope])
    with database.reading() as session:
        return (
            session.scalars(
                select(inbox_table.c.message_id).order_by(
                    inbox_table.c.received_at.desc(), inbox_table.c.message_id.desc()
                )
            ).first()
            or new_id()
        )


def buried(database: Database, **changed: Any) -> UUID:
    return bury(database, poison(**changed))


def found(database: Database, message_id: UUID) -> Letter:
    with database.reading() as session:
        letter = letters.find(session, message_id)
    assert letter is not None
    return letter


def replay(database: Database, *message_ids: UUID) -> list[Answer]:
    with database.transaction() as session:
        return dead_letters.replay(session, message_ids, by=OLU, now=LATER)


def close(database: Database, *message_ids: UUID, reason: str = "Sent by a test") -> list[Answer]:
    with database.transaction() as session:
        return dead_letters.close(session, message_ids, reason, by=OLU, now=LATER)


def repair(database: Database, message_id: UUID, data: dict[str, Any]) -> UUID:
    with database.transaction() as session:
        return dead_letters.repair(session, message_id, data, by=OLU, now=LATER)


def due(database: Database) -> list[dict[str, Any]]:
    """What the relay would send to the service's own queue now."""
    with database.transaction() as session:
        return inbox.claim_due(session, LATER, 100)


def told(database: Database, message_id: UUID) -> list[tuple[Event, str | None]]:
    with database.reading() as session:
        return [(line.what, line.by) for line in letters.history_of(session, message_id)]


def audited(database: Database) -> list[tuple[str, str, dict[str, Any]]]:
    return [(row.action, row.subject_id, row.after) for row in entries(database)]


def sound(envelope: dict[str, Any]) -> dict[str, Any]:
    return {"request_id": envelope["data"]["request_id"], "withdrawn_at": NOW.isoformat()}


def test_a_repaired_letter_is_replayed_and_taken(database: Database) -> None:
    envelope, handler = poison(), Recorder()
    message_id = bury(database, envelope)
    assert repair(database, message_id, sound(envelope)) == message_id
    assert found(database, message_id).state is State.DEAD  # repairing sends nothing
    assert replay(database, message_id) == [Answer(message_id)]
    take(database, handler, due(database), LATER)
    assert handler.seen == [RequestWithdrawn(request_id=UUID(envelope["data"]["request_id"]), withdrawn_at=NOW)]
    assert found(database, message_id).state is State.DONE
    assert told(database, message_id) == [(Event.BURIED, None), (Event.REPAIRED, OLU), (Event.REPLAYED, OLU)]


def test_what_stood_in_a_letter_before_and_after_its_repair_is_kept(database: Database) -> None:
    envelope = poison()
    message_id = bury(database, envelope)
    repair(database, message_id, sound(envelope))
    with database.reading() as session:
        (line,) = [each for each in letters.history_of(session, message_id) if each.what is Event.REPAIRED]
    assert line.envelope is not None
    assert line.envelope["before"]["data"]["withdrawn_at"] == "last Tuesday"
    assert line.envelope["after"]["data"] == sound(envelope)
    ((action, subject, after),) = audited(database)
    assert (action, subject) == ("dead_letter.repaired", str(message_id))
    assert after["by"] == OLU
    assert "last Tuesday" not in str(after)
    (entry,) = entries(database)
    assert after["changed"] == ["withdrawn_at"]
    assert entry.before["sha256"] == sha256_of(line.envelope["before"])
    assert after["sha256"] == sha256_of(line.envelope["after"])


def sha256_of(envelope: dict[str, Any]) -> str:
    text = json.dumps(envelope, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def test_what_a_repair_took_away_is_not_named_in_the_audit(database: Database) -> None:
    envelope = poison()
    message_id = bury(database, envelope | {"data": envelope["data"] | {"Jane Doe": "jane.doe@state.example"}})
    repair(database, message_id, sound(envelope))
    (entry,) = entries(database)
    assert entry.after["changed"] == ["withdrawn_at", "(others)"]


def test_a_second_replay_does_nothing_and_says_so(database: Database) -> None:
    message_id = buried(database)
    assert replay(database, message_id, message_id) == [Answer(message_id)]
    ((_, refusal),) = [(each.message_id, each.refusal) for each in replay(database, message_id)]
    assert refusal == dead_letters.ENDS[State.FAILED]
    assert told(database, message_id).count((Event.REPLAYED, OLU)) == 1
    assert [action for action, _, _ in audited(database)] == ["dead_letter.replayed"]


def test_a_replayed_letter_has_all_its_tries_again(database: Database) -> None:
    envelope = enveloped()
    always_fails = Recorder(fails=100)
    for _ in range(5):
        take(database, always_fails, [envelope])
    message_id = UUID(envelope["message_id"])
    assert (found(database, message_id).state, found(database, message_id).attempts) == (State.DEAD, 5)
    replay(database, message_id)
    take(database, always_fails, due(database), LATER)
    assert (found(database, message_id).state, found(database, message_id).attempts) == (State.FAILED, 1)


def test_an_unknown_version_is_taken_after_the_upgrade(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    envelope, handler = enveloped() | {"version": 2}, Recorder()
    take(database, handler, [envelope])
    message_id = UUID(envelope["message_id"])
    assert found(database, message_id).kind is Kind.POISON

    monkeypatch.setattr(RequestWithdrawn, "version", 2)
    replay(database, message_id)
    take(database, handler, due(database), LATER)
    assert len(handler.seen) == 1


def test_many_letters_are_replayed_and_those_that_cannot_be_are_named(database: Database) -> None:
    first, second, gone = buried(database), buried(database), new_id()
    close(database, second)
    answers = {each.message_id: each.refusal for each in replay(database, first, second, gone)}
    assert answers == {first: None, second: dead_letters.ENDS[State.CLOSED], gone: dead_letters.MISSING}


@pytest.mark.parametrize("reason", ["", " \n"])
def test_nobody_closes_a_letter_without_a_reason(database: Database, reason: str) -> None:
    message_id = buried(database)
    with pytest.raises(ReasonMissingError):
        close(database, message_id, reason=reason)
    assert found(database, message_id).state is State.DEAD


def test_closing_tells_who_and_why_and_lets_those_behind_go_on(database: Database) -> None:
    first = poison()
    later = enveloped() | {"correlation_id": first["correlation_id"], "after": [first["message_id"]]}
    last = enveloped() | {"correlation_id": first["correlation_id"], "after": [later["message_id"]]}
    handler = Recorder()
    take(database, handler, [first, later, last])
    dead = found(database, UUID(first["message_id"]))
    with database.reading() as session:
        behind = [str(each.message_id) for each in letters.waiting_behind(session, dead)]
    assert behind == [later["message_id"], last["message_id"]]
    assert handler.seen == []

    assert close(database, dead.message_id, reason=" The request was a test. ") == [Answer(dead.message_id)]
    take(database, handler, due(database), LATER)
    assert len(handler.seen) == 2
    assert found(database, dead.message_id).state is State.CLOSED
    assert told(database, dead.message_id)[-1] == (Event.CLOSED, OLU)
    ((_, _, after),) = audited(database)
    assert after["reason"] == "The request was a test."


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"withdrawn_at": "never"}, "withdrawn_at: Not a valid"),
        ({"withdrawn_at": NOW.isoformat(), "withdrawn_by": "x"}, "withdrawn_by: Unknown field"),
        ({"withdrawn_at": NOW.isoformat(), "request_id": None}, "request_id: Field may not be null"),
    ],
)
def test_what_does_not_fit_the_schema_repairs_nothing(
    database: Database, change: dict[str, Any], sentence: str
) -> None:
    envelope = poison()
    message_id = bury(database, envelope)
    with pytest.raises(UnusableDataError, match=sentence):
        repair(database, message_id, envelope["data"] | change)
    assert found(database, message_id).content == envelope["data"]
    assert told(database, message_id) == [(Event.BURIED, None)]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("{", "Line 1, column 2"), ("[]", "no JSON object"), ("[" * 100_000, "nested too deeply")],
)
def test_what_is_no_json_object_is_told_with_its_place(text: str, sentence: str) -> None:
    with pytest.raises(UnusableDataError, match=sentence):
        dead_letters.read_typed(text)


def test_only_a_dead_letter_is_repaired(database: Database) -> None:
    envelope = enveloped()
    take(database, Recorder(), [envelope])
    with pytest.raises(RefusedError, match="taken meanwhile"):
        repair(database, UUID(envelope["message_id"]), sound(envelope))


def test_what_is_no_envelope_becomes_one(database: Database) -> None:
    meant, handler = enveloped(), Recorder()
    message_id = bury(database, {key: value for key, value in meant.items() if key != "version"})
    assert [each.refusal for each in replay(database, message_id)] == [dead_letters.MALFORMED]
    with pytest.raises(UnusableDataError, match="no envelope"):
        repair(database, message_id, meant["data"])

    repaired = repair(database, message_id, meant)
    assert (repaired, found(database, message_id).state) == (UUID(meant["message_id"]), State.CLOSED)
    assert replay(database, repaired) == [Answer(repaired)]
    take(database, handler, due(database), LATER)
    assert len(handler.seen) == 1


def test_what_was_taken_already_is_not_made_again_from_what_is_no_envelope(database: Database) -> None:
    meant = enveloped()
    take(database, Recorder(), [meant])
    message_id = bury(database, "nonsense")
    with database.reading() as session:
        (message_id,) = letters.ids_of_dead(session, Filter())
    with pytest.raises(UnusableDataError, match="has come already"):
        repair(database, message_id, meant)


def test_letters_are_found_by_type_kind_correlation_and_age(database: Database) -> None:
    wanted, correlation = new_id(), new_id()
    one = poison(message_id=str(wanted), correlation_id=str(correlation))
    take(database, Recorder(), [one])
    take(database, Recorder(), ["nonsense"], LATER)
    by_filter = {
        "type": Filter(type="RequestWithdrawn"),
        "correlation": Filter(correlation_id=correlation),
        "age": Filter(received_until=LATER - timedelta(minutes=1)),
    }
    with database.reading() as session:
        for name, only in by_filter.items():
            assert letters.ids_of_dead(session, only) == [wanted], name
            assert letters.count_dead(session, only) == 1
        assert letters.count_dead(session, Filter(kind=Kind.POISON)) == 2
        assert letters.count_dead(session, Filter(kind=Kind.FAULT)) == 0
        assert letters.types_of_dead(session) == ["(malformed)", "RequestWithdrawn"]


def test_letters_are_paged_through_without_a_gap(database: Database) -> None:
    ids = [buried(database) for _ in range(5)]
    with database.reading() as session:
        first = letters.find_dead(session, Filter(), 2)
        second = letters.find_dead(session, Filter(), 3, older_than=first[-1].message_id)
    assert [each.message_id for each in [*first, *second]] == ids[::-1]
