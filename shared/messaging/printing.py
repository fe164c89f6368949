"""Letters on the command line: as a line of a table, as JSON, as a whole."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.command_line import new_console

if TYPE_CHECKING:
    from shared.messaging.letters import Letter

HEADINGS = ("Service", "Message", "Id", "Came", "Kind", "Error")


@dataclass(frozen=True)
class Found:
    """A letter and the service that has it."""

    service: str
    letter: Letter


def summary(found: Found) -> dict[str, Any]:
    """Returns a letter as JSON values, without what it says."""
    letter = found.letter
    return {
        "service": found.service,
        "message_id": str(letter.message_id),
        "type": letter.type,
        "state": letter.state.value,
        "kind": letter.kind.value if letter.kind else None,
        "error": letter.error,
        "attempts": letter.attempts,
        "correlation_id": str(letter.correlation_id) if letter.correlation_id else None,
        "received_at": letter.received_at.isoformat(timespec="seconds"),
    }


def row_of(found: Found) -> tuple[str, ...]:
    """Returns a letter as a line of a table."""
    one = summary(found)
    names = ("service", "type", "message_id", "received_at", "kind", "error")
    return tuple(one[name] or "" for name in names)


def print_letter(shown: dict[str, Any]) -> None:
    """Prints a letter with its history and what it says, for people."""
    from rich.text import Text

    console = new_console(highlight=False)
    history, envelope = shown.pop("history"), shown.pop("envelope")
    shown["waiting_behind"] = ", ".join(shown["waiting_behind"]) or "nothing"
    for name, value in shown.items():
        console.print(Text(f"{name.replace('_', ' ')}: {'none' if value is None else value}"))
    for line in history:
        who = f" by {line['by']}" if line["by"] else ""
        said = line["reason"] or line["error"] or ""
        console.print(Text(f"{line['at']:%Y-%m-%d %H:%M:%S}Z {line['what']}{who}: {said}"))
    if history and history[-1]["traceback"]:
        console.print(Text(history[-1]["traceback"]))
    console.print(Text(json.dumps(envelope, indent=2, ensure_ascii=False)))
