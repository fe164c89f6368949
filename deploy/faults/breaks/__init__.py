"""Five places in which the code is broken on purpose: the proof must catch each."""

from dataclasses import dataclass
from pathlib import Path

from deploy.faults.findings import Fault


@dataclass(frozen=True)
class Edit:
    """In `file`, the one place that reads `old` is to read `new`."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Break:
    """A way to break the code, and the faults under which it is apt to show; `often` is how many of each there are.

    `shows` are the differences that this break makes, and a busy machine does not: one of them must be found.
    """

    name: str
    edits: tuple[Edit, ...]
    shows: frozenset[Fault]
    kinds: tuple[str, ...] = ()
    often: int = 1
    requests: int = 80
    minutes: float = 0.75


BREAKS = (
    Break(
        "publish before commit",
        (
            Edit(
                "shared/messaging/outbox.py",
                "    session.execute(insert(outbox), [_row(envelope, queue, before[queue]) for queue in queues])\n",
                "    with session.get_bind().engine.begin() as at_once:\n"
                "        at_once.execute(insert(outbox), [_row(envelope, queue, before[queue]) for queue in queues])\n",
            ),
        ),
        shows=frozenset(
            {Fault.MAIL_NOT_OWED, Fault.STRANGER, Fault.DECIDED_TWICE, Fault.STATES_DIFFER, Fault.DECISION_DIFFERS}
        ),
        kinds=("postgres connections cut", "kill worker", "kill gunicorn worker"),
        often=4,
    ),
    Break(
        "no inbox",
        (
            Edit(
                "shared/messaging/held.py",
                "    held = [_new(envelopes[each], now) for each in new]\n",
                "    held = [_new(envelopes[each], now) for each in envelopes]\n",
            ),
        ),
        shows=frozenset({Fault.EFFECT_TWICE}),
        kinds=("messages repeated",),
    ),
    Break(
        "no acknowledgement",
        (
            Edit(
                "shared/messaging/relay.py",
                '"sent_into": memory}',
                '"sent_into": memory, "taken_at": now}',
            ),
        ),
        shows=frozenset({Fault.LOST, Fault.MAIL_MISSING}),
        kinds=("broker flushed", "broker killed without its data", "kill worker", "messages out of order"),
        often=4,
    ),
    Break(
        "no claim on a notice",
        (
            Edit(
                "services/notify_svc/use_cases/claim_notice.py",
                "select(Notice).where(Notice.id == notice_id, Notice.state == State.QUEUED)",
                "select(Notice).where(Notice.id == notice_id)",
            ),
            Edit(
                "services/notify_svc/use_cases/claim_notice.py",
                "    notice.state = step(notice.state, State.SENDING)\n",
                "    notice.state = State.SENDING\n",
            ),
        ),
        shows=frozenset({Fault.MAIL_REPEATED}),
        kinds=("messages repeated",),
    ),
    Break(
        "no lock in deciding",
        (
            Edit(
                "services/approval_svc/use_cases/decide.py",
                "queries.lock_request(session, found.request_id)",
                "queries.find_request(session, found.request_id)",
            ),
        ),
        shows=frozenset({Fault.DECIDED_TWICE}),
        requests=120,
    ),
)

CONTROL = Break(
    "nothing",
    edits=(),
    shows=frozenset(Fault) - {Fault.NOT_QUIET},
    kinds=tuple(dict.fromkeys(kind for one in BREAKS for kind in one.kinds)),
    requests=120,
    minutes=1.5,
)
"""The code as it is, under all those faults: nothing may show."""


def apply(one: Break, root: Path) -> None:
    """Breaks the code below `root`. Raises `ValueError` when a place is not there, or there twice."""
    for edit in one.edits:
        file = root / edit.file
        text = file.read_text()
        if text.count(edit.old) != 1:
            raise ValueError(f"{one.name}: {edit.file} has {text.count(edit.old)} places that read {edit.old!r}")
        file.write_text(text.replace(edit.old, edit.new))
