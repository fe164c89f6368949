"""A client brings an authorization code to the token endpoint."""

from datetime import datetime

import structlog
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from identity_svc.domain.codes import AuthorizationCode
from identity_svc.tables import AccessToken, UsedCode
from shared import audit
from shared.audit import Action

log = structlog.get_logger(__name__)


def redeem_code(session: Session, code: AuthorizationCode, client_id: str, now: datetime) -> bool:
    """Returns whether the client may have tokens for the code, and uses the code up.

    A code that comes a second time was stolen or sent twice: it is refused, and what it had given is taken back
    (RFC 6749, section 4.1.2). Two at once wait for each other at the row; one of them wins.
    """
    if code.client_id != client_id:
        return False
    values = {"code_id": code.code_id, "used_at": now}
    used = session.execute(insert(UsedCode).values(values).on_conflict_do_nothing().returning(UsedCode.code_id))
    if used.scalar() is not None:
        return not code.ended(now)
    session.execute(delete(AccessToken).where(AccessToken.code_id == code.code_id))
    audit.record(
        session,
        Action.SIGN_IN_CODE_REPLAYED,
        ("account", code.account_id),
        now=now,
        after={"client": client_id, "code": code.code_id, "tokens": "taken back"},
    )
    log.warning("authorization code came twice", client_id=client_id, code_id=str(code.code_id))
    return False
