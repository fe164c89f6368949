"""The app as a browser meets it, and the official of most stories."""

import pytest

from approval_svc.app import create_app
from approval_svc.settings import Settings
from approval_svc.tables import OfficialRow
from shared.clock import utc_now
from shared.db import Database
from shared.settings import load
from tests.approval_svc.browser import World


@pytest.fixture
def world(approval_database: Database, settings_environ: dict[str, str]) -> World:
    settings = load(Settings, settings_environ)
    app = create_app(settings, approval_database)
    return World(approval_database, settings, app.test_client(), utc_now())


@pytest.fixture
def loretta(world: World) -> OfficialRow:
    return world.official("state", "AL", "loretta", name="Loretta Simmons")
