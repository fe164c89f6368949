"""From one official's page through the post into another one's mail, and by its link back to a page."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from approval_svc.app import create_app
from approval_svc.settings import Settings as ApprovalSettings
from approval_svc.tables import OfficialRow
from notify_svc.mail.render import Renderer
from notify_svc.settings import Settings as NotifySettings
from notify_svc.tables import Notice
from notify_svc.worker import HANDLERS
from shared import links
from shared.clock import utc_now
from shared.db import Database
from shared.messaging import inbox
from shared.messaging.tables import outbox
from shared.settings import load
from tests.approval_svc.factories import approvals_of, general_user, official, route
from tests.pages import heading, token_of, words

SITE = "http://127.0.0.1:8002"


@dataclass
class Town:
    """approval_svc with its pages, notify_svc with its ledger, and the post between them; the mails, by reader."""

    approvals: Database
    notices: Database
    browser: FlaskClient
    renderer: Renderer
    delivered: set[UUID] = field(default_factory=set)

    def post(self) -> None:
        """Carries what approval_svc has written for notify_svc since."""
        with self.approvals.reading() as session:
            written = select(outbox).where(outbox.c.queue == "notify_svc").order_by(outbox.c.id)
            rows = [row for row in session.execute(written) if row.id not in self.delivered]
        self.delivered |= {row.id for row in rows}
        for row in rows:
            with self.notices.transaction() as session:
                inbox.take(session, HANDLERS, [row.envelope], utc_now())
                assert inbox.count_by_state(session) == {}

    def link_to(self, reader: str, template: str) -> str:
        """Returns the path of the link in the newest mail of that kind to this person."""
        self.post()
        with self.notices.reading() as session:
            theirs = select(Notice).where(Notice.recipient_id == reader, Notice.template == template)
            notice = session.scalars(theirs.order_by(Notice.id.desc())).first()
            assert notice is not None
            text = self.renderer.render(notice.template, notice.context).text
        (path,) = re.findall(rf"{re.escape(SITE)}(/(?:decide|opinion)/\S+)", text)
        return str(path)

    def send(self, path: str, **fields: str) -> None:
        """Fills in the form of a page, which must lead on."""
        page = self.browser.get(path)
        answer = self.browser.post(path, data={"csrf_token": token_of(page), **fields})
        assert answer.status_code == 303, words(answer)


@pytest.fixture
def town(approval_database: Database, notify_database: Database, settings_environ: dict[str, str]) -> Town:
    browser = create_app(load(ApprovalSettings, settings_environ), approval_database).test_client()
    return Town(approval_database, notify_database, browser, Renderer(load(NotifySettings, settings_environ)))


@pytest.fixture
def asked(town: Town, settings_environ: dict[str, str]) -> Callable[[str], str]:
    """Returns the link by which an official of Alabama was asked; Margaret is of CMS, Nanook of Alaska."""
    now, request = utc_now(), general_user(submitted_at=utc_now())
    with town.approvals.transaction() as session:
        for kind, place, user_id in (("state", "AL", "loretta"), ("cms", "cms", "margaret"), ("state", "AK", "nanook")):
            official(session, kind, place, user_id)
        route(session, request, now)

    def link(user_id: str) -> str:
        keys = load(ApprovalSettings, settings_environ).link_signing_keys
        with town.approvals.reading() as session:
            (approval,) = approvals_of(session, request)
            row = session.scalars(select(OfficialRow).where(OfficialRow.user_id == user_id)).one()
            (ends,) = (each.links_expire_at for each in approval.askings if each.official_id == row.id)
            return links.path(links.mint(keys, approval_id=approval.id, official_id=row.id, expires_at=ends))

    return link


def test_what_is_handed_over_is_decided_by_the_link_in_the_receivers_mail(
    town: Town, asked: Callable[[str], str]
) -> None:
    mine = town.link_to("loretta", "decision_wanted")
    assert mine == asked("loretta")
    town.send(f"{mine}/hand-over", receiver="margaret", note="She is yours.")
    theirs = town.link_to("margaret", "handed_over")
    assert heading(town.browser.get(mine)) == "You handed this request over"
    page = town.browser.get(theirs)
    assert heading(page) == "Decide on a role request"
    assert "She is yours." in words(page)
    answer = town.browser.post(f"{theirs}/confirm", data={"csrf_token": token_of(page), "decision": "approved"})
    assert answer.status_code == 303
    assert heading(town.browser.get(theirs)) == "You approved this request"


def test_an_opinion_is_given_by_its_own_link_and_read_by_that_of_the_decision(
    town: Town, asked: Callable[[str], str]
) -> None:
    mine = town.link_to("loretta", "decision_wanted")
    town.send(f"{mine}/opinion?find=nanook", adviser="nanook", question="Do you know her?")
    theirs = town.link_to("nanook", "opinion_asked")
    assert theirs.startswith("/opinion/")
    town.send(theirs, answer="She was with us until May.")
    told = town.link_to("loretta", "opinion_given")
    assert "She was with us until May." in words(town.browser.get(told))
    assert heading(town.browser.get(mine)) == "Decide on a role request"  # the older link works as well
