"""Officials are newly asked about several approvals at once, because somebody is away or back: one mail of them all."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from approval_svc import absence_queries, digest_queries
from approval_svc.tables import AskingRow
from approval_svc.use_cases import digesting
from approval_svc.use_cases.asking import request_decision
from approval_svc.use_cases.mail_days import mail_days
from shared.contracts import DigestKind


def tell_asked(session: Session, newly_asked: Sequence[AskingRow], at_most: timedelta, now: datetime) -> None:
    """Mails each person once what they are newly asked, when their mail hours are; nothing that is not theirs any more.

    Those who want nothing but a daily digest find it there. The caller holds the requests.
    """
    people: dict[str, list[AskingRow]] = defaultdict(list)
    for asking in newly_asked:
        if asking.ended_at is None:
            people[asking.official.user_id].append(asking)
    for user_id, theirs in people.items():
        not_before = mail_days(session, absence_queries.rows_of(session, user_id)).mail_at(now)
        if digest_queries.only_by_digest(session, [theirs[0].official]):
            continue
        if len(theirs) > 1:
            digesting.make(session, theirs, DigestKind.TOGETHER, at_most, now, not_before=not_before)
            continue
        (asking,) = theirs
        ends = asking.links_expire_at
        request_decision(session, asking.approval, [asking.official], ends, now, not_before=not_before)
