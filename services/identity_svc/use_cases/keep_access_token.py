"""The token endpoint has made an access token."""

from datetime import datetime

from sqlalchemy.orm import Session

from identity_svc.domain.codes import TOKEN_LIFETIME, AuthorizationCode
from identity_svc.queries import digest_of
from identity_svc.tables import AccessToken


def keep_access_token(session: Session, token: str, code: AuthorizationCode, now: datetime) -> None:
    """Stores the token's digest with what it gives access to, and until when."""
    session.add(
        AccessToken(
            digest=digest_of(token),
            code_id=code.code_id,
            account_id=code.account_id,
            client_id=code.client_id,
            scope=code.scope,
            expires_at=now + TOKEN_LIFETIME,
        )
    )
