"""An official says how they want to be mailed."""

from datetime import datetime

from sqlalchemy.orm import Session

from approval_svc import digest_queries
from approval_svc.domain.digests import Mails
from approval_svc.domain.refusals import NotAnOfficialError
from approval_svc.tables import OfficialPreferencesRow
from approval_svc.use_cases.mail_days import mail_days
from shared import audit
from shared.audit import Action


def choose_mails(session: Session, user_id: str, mails: Mails, now: datetime) -> None:
    """Keeps what the person wants, for all authorities that they stand for. The same again changes nothing.

    Raises:
        NotAnOfficialError: the person stands for no authority.
    """
    rows = digest_queries.rows_of(session, user_id)
    if not rows:
        raise NotAnOfficialError
    chosen = digest_queries.lock_preferences(session, user_id)
    before = chosen.mails if chosen else Mails.IMMEDIATE
    if before is mails:
        return
    if chosen is None:
        chosen = OfficialPreferencesRow(user_id=user_id)
        session.add(chosen)
    chosen.mails, chosen.changed_at = mails, now
    chosen.next_digest_at = mail_days(session, rows).next_digest(now) if mails.daily else None
    audit.record(
        session,
        Action.OFFICIAL_MAILS_CHOSEN,
        ("user", user_id),
        now=now,
        before={"mails": before},
        after={"mails": mails},
        who=audit.user(user_id),
    )
