"""What operations do about dead letters: repair, replay, close. All of it stands in the letter's history and the audit.

Everything takes the row's lock first and acts only on a letter that is dead, so that a click made twice, or by two
people, takes effect once.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared import contracts
from shared.audit import Action, record
from shared.contracts import InvalidMessageError, UnknownMessageError
from shared.messaging import inbox as engine
from shared.messaging.envelope import Envelope, MalformedEnvelopeError
from shared.messaging.held import change
from shared.messaging.history import note
from shared.messaging.letters import Letter, as_letter, find_many
from shared.messaging.states import Event, State
from shared.messaging.tables import inbox

MOST_AT_ONCE = 50
"""Letters that one transaction replays or closes, so that nobody waits long for its locks."""
ENDS = {
    State.DONE: "It was taken meanwhile.",
    State.FAILED: "It was replayed already and is on its way.",
    State.WAITING: "It was replayed already and waits for an earlier message.",
    State.CLOSED: "It was closed already.",
}
MISSING = "There is no message of this id, or it was forgotten."
MALFORMED = "It is no message that could be replayed. Repair it into one, or close it."


class RefusedError(Exception):
    """A dead letter cannot be repaired, replayed or closed; the text says why, for people."""


class UnusableDataError(RefusedError):
    """What was typed is no data of this message; `problems` has one sentence for each fault."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = list(problems)


class ReasonMissingError(RefusedError):
    """Nobody closes a letter without saying why."""


@dataclass(frozen=True)
class Answer:
    """What became of one letter of many; `refusal` is None when it was done."""

    message_id: UUID
    refusal: str | None = None


def replay(session: Session, message_ids: Sequence[UUID], *, by: str, now: datetime) -> list[Answer]:
    """Sends dead letters on their way again, with all their tries; a second time it does nothing and says so.

    One that waits for a message that never came goes without it.
    """
    return _each(message_ids, lambda message_id: _replay(session, message_id, by, now))


def close(session: Session, message_ids: Sequence[UUID], reason: str, *, by: str, now: datetime) -> list[Answer]:
    """Gives dead letters up for good; what waits behind them goes on.

    Raises:
        ReasonMissingError: the reason is blank; nothing was changed.
    """
    if not reason.strip():
        raise ReasonMissingError("Say why this message may be given up.")
    letters = find_many(session, message_ids)
    engine.release(session, {each.correlation_id for each in letters if each.correlation_id}, now)
    return _each(message_ids, lambda message_id: _close(session, message_id, reason.strip(), by, now))


def repair(session: Session, message_id: UUID, typed: dict[str, Any], *, by: str, now: datetime) -> UUID:
    """Replaces the data of a dead letter, or makes an envelope of what was none; returns the id to replay.

    Raises:
        UnusableDataError: what was typed does not fit the message's schema, or has fields that it does not know.
        RefusedError: there is no such dead letter.
    """
    letter = _lock(session, message_id)
    if letter.is_malformed:
        return _make_envelope(session, letter, typed, by, now)
    before = letter.envelope or {}
    after = before | {"data": typed}
    _check(after)
    change(session, message_id, envelope=after)
    _note_repair(session, letter, message_id, before, after, by, now)
    return message_id


def read_typed(text: str) -> dict[str, Any]:
    """Reads the JSON object that somebody typed. Raises UnusableDataError."""
    try:
        typed = json.loads(text)
    except json.JSONDecodeError as error:
        place = f"Line {error.lineno}, column {error.colno}"
        raise UnusableDataError([f"{place}: this is no JSON ({error.msg})."]) from error
    except RecursionError as error:
        raise UnusableDataError(["This is nested too deeply."]) from error
    if not isinstance(typed, dict):
        raise UnusableDataError(["This is no JSON object: begin with { and end with }."])
    return typed


def _lock(session: Session, message_id: UUID) -> Letter:
    row = session.execute(select(inbox).where(inbox.c.message_id == message_id).with_for_update()).mappings().first()
    if row is None:
        raise RefusedError(MISSING)
    letter = as_letter(row)
    if letter.state is not State.DEAD:
        raise RefusedError(ENDS[letter.state])
    return letter


def _each(message_ids: Sequence[UUID], act: Callable[[UUID], None]) -> list[Answer]:
    # In one order, so that two people who chose the same letters do not block each other.
    return [_answer(each, act) for each in sorted(set(message_ids))]


def _answer(message_id: UUID, act: Callable[[UUID], None]) -> Answer:
    try:
        act(message_id)
    except RefusedError as refused:
        return Answer(message_id, str(refused))
    return Answer(message_id)


def _replay(session: Session, message_id: UUID, by: str, now: datetime) -> None:
    letter = _lock(session, message_id)
    if letter.is_malformed:
        raise RefusedError(MALFORMED)
    change(session, message_id, state=State.FAILED, attempts=0, replayed_at=now, due_at=now)
    note(session, message_id, Event.REPLAYED, now, by=by)
    _record(session, Action.DEAD_LETTER_REPLAYED, letter, now, {"state": State.FAILED, "by": by})


def _close(session: Session, message_id: UUID, reason: str, by: str, now: datetime) -> None:
    letter = _lock(session, message_id)
    _end(session, letter, reason, by, now)
    _record(session, Action.DEAD_LETTER_CLOSED, letter, now, {"state": State.CLOSED, "by": by, "reason": reason})


def _end(session: Session, letter: Letter, reason: str, by: str, now: datetime) -> None:
    change(session, letter.message_id, state=State.CLOSED, due_at=None, handled_at=now)
    note(session, letter.message_id, Event.CLOSED, now, by=by, reason=reason)


def _make_envelope(session: Session, letter: Letter, typed: dict[str, Any], by: str, now: datetime) -> UUID:
    envelope = _check(typed)
    added = session.scalar(
        insert(inbox)
        .values(
            message_id=envelope.message_id,
            type=envelope.type,
            correlation_id=envelope.correlation_id,
            after=list(envelope.after),
            state=State.DEAD,
            kind=letter.kind,
            attempts=letter.attempts,
            envelope=envelope.to_json(),
            error=letter.error,
            received_at=letter.received_at,
        )
        .on_conflict_do_nothing()
        .returning(inbox.c.message_id)
    )
    if added is None:
        raise UnusableDataError(["message_id: a message of this id has come already."])
    _end(session, letter, f"Repaired: it is message {envelope.message_id} now.", by, now)
    _note_repair(session, letter, envelope.message_id, letter.envelope or {}, envelope.to_json(), by, now)
    return envelope.message_id


def _check(typed: dict[str, Any]) -> Envelope:
    try:
        envelope = Envelope.from_json(typed)
        contracts.load(envelope.type, envelope.version, envelope.data, strict=True)
    except MalformedEnvelopeError as error:
        raise UnusableDataError([f"This is no envelope: {error}."]) from error
    except UnknownMessageError as error:
        raise UnusableDataError([f"This release does not know {error}. Replay it after the upgrade."]) from error
    except InvalidMessageError as error:
        raise UnusableDataError(list(_sentences("", error.errors))) from error
    return envelope


def _sentences(path: str, errors: Any) -> list[str]:
    """Returns marshmallow's errors, which are nested like the data, as "outcomes.0.decision: …"."""
    if isinstance(errors, dict):
        return [each for key, inner in errors.items() for each in _sentences(f"{path}.{key}".lstrip("."), inner)]
    said = errors if isinstance(errors, list) else [errors]
    return [f"{path}: {each}" if path else str(each) for each in said]


def _note_repair(
    session: Session,
    letter: Letter,
    message_id: UUID,
    before: dict[str, Any],
    after: dict[str, Any],
    by: str,
    now: datetime,
) -> None:
    note(session, message_id, Event.REPAIRED, now, by=by, envelope={"before": before, "after": after})
    # Names and hashes only: the audit is kept for good, and data are people's names and addresses.
    made = {"message_id": message_id, "by": by, "changed": _changed(before, after), "sha256": _digest(after)}
    _record(session, Action.DEAD_LETTER_REPAIRED, letter, now, made, {"sha256": _digest(before)})


def _changed(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Returns the fields of the message's data that are new or other than before; "(others)" were taken away.

    Those are not named, because whoever sent them chose their names.
    """
    old, new = before.get("data"), after["data"]
    known = old if isinstance(old, dict) else {}
    changed = sorted(name for name in new if name not in known or known[name] != new[name])
    return [*changed, *(["(others)"] if known.keys() - new.keys() else [])]


def _digest(envelope: dict[str, Any]) -> str:
    """Returns the SHA-256, hexadecimal, of the envelope as JSON with sorted keys and no spaces, in UTF-8."""
    text = json.dumps(envelope, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _record(
    session: Session,
    action: Action,
    letter: Letter,
    now: datetime,
    after: dict[str, Any],
    before: dict[str, Any] | None = None,
) -> None:
    record(
        session,
        action,
        ("message", letter.message_id),
        now=now,
        before={"state": letter.state} | (before or {}),
        after=after,
        correlation_id=letter.correlation_id,
    )
