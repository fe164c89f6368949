"""Reads the mailbox of returned mails: what each one says is recorded, then it is filed away."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime

import structlog

from notify_svc.bounces.dsn import read_dsn
from notify_svc.bounces.mailbox import BounceMailbox, Folder
from notify_svc.use_cases.record_bounce import Recorded, record_bounce
from shared.db import Database

log = structlog.get_logger(__name__)

UNREADABLE = "no report"


def read_mailbox(database: Database, box: BounceMailbox, clock: Callable[[], datetime]) -> Counter[str]:
    """Reads up to 200 mails, each in a transaction of its own; returns how many came to which end."""
    ends: Counter[str] = Counter()
    for key, raw in box.unread():
        report = read_dsn(raw)
        if report is None:
            end = UNREADABLE
        else:
            with database.transaction() as session:
                end = record_bounce(session, report, clock()).value
        box.file(key, Folder.RECORDED if end in (Recorded.TAKEN, Recorded.SEEN) else Folder.OTHERS)
        ends[end] += 1
    if ends:
        log.info("returned mails read", **{end.replace(" ", "_"): count for end, count in ends.items()})
    return ends
