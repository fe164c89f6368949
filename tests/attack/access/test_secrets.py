"""Each secret is changed while everything runs, in the steps of docs/security.md ("Rotating secrets")."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError
from sqlalchemy import text

from deploy.local.servers import Servers
from identity_svc.sealing import SealBrokenError, Sealer
from identity_svc.use_cases.rotate_keys import rotate_keys
from identity_svc.use_cases.sign_with_key import current_key
from shared.clock import utc_now
from shared.db import Database
from tests.approval_svc import factories as approvals

OLD, NEW = "o" * 40, "n" * 40


def test_the_providers_secret_keys_can_go_after_two_new_signing_keys(identity_database: Database) -> None:
    """The private halves of signing keys rest sealed with them, the next one's too."""
    with identity_database.transaction() as session:
        current_key(session, Sealer([OLD]), utc_now())
    with identity_database.transaction() as session:
        rotate_keys(session, Sealer([NEW, OLD]), utc_now())
    with identity_database.transaction() as session, pytest.raises(SealBrokenError):
        current_key(session, Sealer([NEW]), utc_now())
    with identity_database.transaction() as session:
        rotate_keys(session, Sealer([NEW, OLD]), utc_now())
        assert current_key(session, Sealer([NEW]), utc_now()).is_private


@pytest.fixture
def second_login(approval_database: Database) -> Iterator[Database]:
    """The steps for PostgreSQL: a second login that acts as the owner of the tables."""
    name = f"approval_svc_{uuid4().hex[:8]}"
    engine = approval_database.engine
    with approval_database.transaction() as session:
        owner = session.scalar(text("SELECT current_user"))
        session.execute(text(f"CREATE ROLE {name} LOGIN PASSWORD '{NEW}' IN ROLE {owner}"))
        session.execute(text(f"ALTER ROLE {name} SET role TO {owner}"))
    database = Database(engine.url.set(username=name, password=NEW).render_as_string(hide_password=False))
    yield database
    database.dispose()
    with approval_database.transaction() as session:
        session.execute(text(f"DROP ROLE {name}"))


def test_a_second_login_of_the_database_works_on_the_same_tables(
    approval_database: Database, second_login: Database
) -> None:
    with second_login.transaction() as session:
        approvals.official(session, "cms", "cms", "margaret")
    with approval_database.transaction() as session:
        assert session.scalar(text("SELECT user_id FROM officials")) == "margaret"
        assert session.scalar(text("SELECT tableowner FROM pg_tables WHERE tablename = 'officials'")) == session.scalar(
            text("SELECT current_user")
        )


def test_the_broker_takes_two_passwords_while_processes_are_started_again(servers: Servers) -> None:
    admin: Any = Redis.from_url(servers.broker_url)
    at, user = urlsplit(servers.broker_url), f"countersign-{uuid4().hex}"

    def works(password: str) -> bool:
        try:
            return bool(Redis(host=at.hostname or "", port=at.port or 0, username=user, password=password).ping())
        except AuthenticationError:
            return False

    admin.execute_command("ACL", "SETUSER", user, "on", f">{OLD}", "~*", "&*", "+@all")
    admin.execute_command("ACL", "SETUSER", user, f">{NEW}")
    assert works(OLD)
    assert works(NEW)
    admin.execute_command("ACL", "SETUSER", user, f"<{OLD}")
    assert not works(OLD)
    assert works(NEW)
    admin.execute_command("ACL", "DELUSER", user)
