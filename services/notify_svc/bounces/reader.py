"""Reads the mailbox of returned mails: what each one says is recorded, then it is filed away."""

import imaplib
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
NOT_FILED = "not filed"


def read_mailbox(database: Database, box: BounceMailbox, clock: Callable[[], datetime]) -> Counter[str]:
    """Reads up to 200 mails, each in a transaction of its own; returns how many came to which end.

    A mail that cannot be filed away stays, is read again the next time, and keeps no other from being read.
    """
    ends: Counter[str] = Counter()
    for key, raw in box.unread():
        report = read_dsn(raw)
        if report is None:
            end = UNREADABLE
        else:
            with database.transaction() as session:
                end = record_bounce(session, report, clock()).value
        ends[end] += 1
        if not _filed(box, key, Folder.RECORDED if end in (Recorded.TAKEN, Recorded.SEEN) else Folder.OTHERS):
            ends[NOT_FILED] += 1
    if ends:
        log.info("returned mails read", **{end.replace(" ", "_"): count for end, count in ends.items()})
    return ends


def _filed(box: BounceMailbox, key: str, folder: Folder) -> bool:
    try:
        box.file(key, folder)
    except imaplib.IMAP4.abort:
        raise  # the connection is gone
    except (imaplib.IMAP4.error, OSError) as error:
        log.warning("returned mail stays where it is", folder=folder, error=type(error).__name__)
        return False
    return True
