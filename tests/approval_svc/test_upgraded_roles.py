"""Roles that people had before sign-ins were kept: their days count from the upgrade, and their holders are named."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from alembic import command
from sqlalchemy import create_engine, select, text

from approval_svc.tables import ActivityRow, GrantRow, ReviewPlanRow
from approval_svc.use_cases.end_inactive import end_inactive
from deploy.local.servers import Servers
from shared import migrate
from shared.contracts import InactivityWarned
from shared.db import Database
from shared.service import find_service
from tests.approval_svc.factories import published

BEFORE = """
    INSERT INTO requests (id, correlation_id, requester_user_id, requester_name, requester_email, category_id, role_id,
        role_name, organizations, roles_held, submitted_at, received_at)
    VALUES (gen_random_uuid(), gen_random_uuid(), 'angela', 'Angela Whitaker', 'angela@x.example', 'state-agency',
        'state-agency-sc-general-user', 'General User', '[]', '{}', '2020-01-01', '2020-01-01');
    INSERT INTO grants (id, holder_user_id, role_id, role_name, organization_kind, organization_id, organization_name,
        extra_privileges, removed_at)
    VALUES
        (gen_random_uuid(), 'angela', 'state-agency-sc-general-user', 'General User', 'state', 'AL', 'Alabama', '{}', NULL),
        (gen_random_uuid(), 'bert', 'cms-general-user', 'CMS General User', NULL, NULL, NULL, '{}', NULL),
        (gen_random_uuid(), 'gone', 'cms-general-user', 'CMS General User', NULL, NULL, NULL, '{}', '2021-01-01');
"""  # noqa: E501 - a row of SQL each


@pytest.fixture
def upgraded(servers: Servers) -> Iterator[Database]:
    """A database that had roles when it was upgraded."""
    admin = create_engine(servers.database_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("CREATE DATABASE upgraded_roles"))
    url = admin.url.set(database="upgraded_roles").render_as_string(hide_password=False)
    config = migrate.config_for(find_service("approval_svc"), url)
    command.upgrade(config, "0016")
    old = create_engine(url)
    with old.begin() as connection:
        connection.execute(text(BEFORE))
    old.dispose()
    command.upgrade(config, "head")
    database = Database(url, pool_size=2)
    yield database
    database.dispose()
    with admin.connect() as connection:
        connection.execute(text("DROP DATABASE upgraded_roles WITH (FORCE)"))
    admin.dispose()


def test_nobody_loses_a_role_for_days_that_nobody_counted(upgraded: Database) -> None:
    with upgraded.transaction() as session:
        grants = {row.holder_user_id: row for row in session.scalars(select(GrantRow))}
        assert grants["angela"].holder_name == "Angela Whitaker"
        assert grants["bert"].holder_name == "bert"
        plans = {row.authority_kind for row in session.scalars(select(ReviewPlanRow))}
        assert plans == {"state", "cms"}
        assert set(session.scalars(select(ActivityRow.user_id))) == {"angela", "bert"}
        upgrade = grants["angela"].idle_from
    with upgraded.transaction() as session:
        assert end_inactive(session, upgrade + timedelta(days=2)) == 2
        assert published(session, InactivityWarned) == []
    with upgraded.transaction() as session:
        for hours in range(24):  # the upgrade may have been at night
            end_inactive(session, upgrade + timedelta(days=51, hours=hours))
        assert {each.holder.email for each in published(session, InactivityWarned)} == {"angela@x.example", ""}
