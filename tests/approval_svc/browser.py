"""The app with its database and one browser, and what a test reads off a page."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from approval_svc.settings import Settings
from approval_svc.tables import ApprovalRow, OfficialRow
from shared import links
from shared.contracts import RoleRequested
from shared.db import Database
from shared.web.person import SignedIn
from tests.approval_svc.factories import official, route
from tests.pages import sign_in, soup, token_of

LORETTA = SignedIn(
    user_id="loretta", name="Loretta Simmons", email="loretta@x.example", phone=None, zone=None, is_operations=False
)


@dataclass
class World:
    """The app with its database, and one browser."""

    database: Database
    settings: Settings
    browser: FlaskClient
    now: datetime

    def routed(self, request: RoleRequested) -> ApprovalRow:
        with self.database.transaction() as session:
            (approval,) = route(session, request, self.now)
            return approval

    def official(self, *who: str, **differently: Any) -> OfficialRow:
        with self.database.transaction() as session:
            return official(session, *who, **differently)

    def link(self, approval_id: UUID, official_id: UUID, days: float = 30) -> str:
        ends = self.now + timedelta(days=days)
        keys = self.settings.link_signing_keys
        return links.path(links.mint(keys, approval_id=approval_id, official_id=official_id, expires_at=ends))

    def sign_in(self, person: SignedIn) -> None:
        sign_in(self.browser, person)

    def post(self, path: str, page: TestResponse, **fields: Any) -> TestResponse:
        return self.browser.post(path, data={"csrf_token": token_of(page), **fields})

    def state(self, approval: ApprovalRow) -> str:
        with self.database.reading() as session:
            return session.get_one(ApprovalRow, approval.id).state

    def rows(self) -> dict[str, Any]:
        with self.database.reading() as session:
            tables = session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
            return {
                name: session.execute(
                    text(f"SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM {name} t")
                ).all()
                for name in tables
            }


def hidden_fields(page: TestResponse) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for each in soup(page).select("input[type=hidden]"):
        fields.setdefault(str(each["name"]), []).append(str(each["value"]))
    return fields
