"""Emailed links that were forged, swapped, kept too long, or fetched by machines."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from itsdangerous import URLSafeSerializer

from approval_svc.domain.routing import AuthorityId
from approval_svc.tables import ApprovalRow, OfficialRow
from approval_svc.use_cases.remove_official import remove_official
from approval_svc.use_cases.reroute import reroute_and_tell
from shared import links
from shared.clock import utc_now
from shared.contracts import ApprovalRequested
from shared.db import Database
from tests.approval_svc import factories as approvals
from tests.approval_svc.browser import hidden_fields
from tests.attack.access.conftest import make_app
from tests.attack.access.rows import official_named, picture, put_before_loretta_and_marcus, token
from tests.conftest import KEY
from tests.pages import heading, token_of, words

ALABAMA = AuthorityId(kind="state", id="AL")
OLD_KEY, NEW_KEY = "o" * 40, "n" * 40
SCANNER = {"REMOTE_ADDR": "203.0.113.7"}


@pytest.fixture
def app(environ: dict[str, str], approval_database: Database) -> Flask:
    return make_app("approval_svc", environ, approval_database)


@pytest.fixture
def approval(approval_database: Database) -> ApprovalRow:
    with approval_database.transaction() as session:
        return put_before_loretta_and_marcus(session)


@pytest.fixture
def loretta(approval_database: Database, approval: ApprovalRow) -> OfficialRow:
    with approval_database.reading() as session:
        return official_named(session, "loretta")


@pytest.fixture
def marcus(approval_database: Database, approval: ApprovalRow) -> OfficialRow:
    with approval_database.reading() as session:
        return official_named(session, "marcus")


def state(database: Database, approval: ApprovalRow) -> str:
    with database.reading() as session:
        return session.get_one(ApprovalRow, approval.id).state


def decide(app: Flask, path: str, form_of: str | None = None) -> None:
    """Sends the decision as a browser would that has the form of a page that works."""
    browser = app.test_client()
    csrf = token_of(browser.get(form_of or path))
    browser.post(f"{path}/confirm", data={"csrf_token": csrf, "decision": "approved"})


# ── Forged and swapped ──────────────────────────────────────────────────────────────────────────────


def _altered(approval: ApprovalRow, loretta: OfficialRow, _marcus: OfficialRow) -> str:
    good = token(approval, loretta)
    return good[:-4] + good[-4:].swapcase()


def _cut_off(approval: ApprovalRow, loretta: OfficialRow, _marcus: OfficialRow) -> str:
    return token(approval, loretta)[:-1]


def _extended(approval: ApprovalRow, loretta: OfficialRow, _marcus: OfficialRow) -> str:
    return token(approval, loretta) + "A"


def _said_by_one_signed_by_another(approval: ApprovalRow, loretta: OfficialRow, marcus: OfficialRow) -> str:
    said, signed = token(approval, loretta), token(approval, marcus)
    return said.rpartition(".")[0] + "." + signed.rpartition(".")[2]


def _of_another_key(approval: ApprovalRow, loretta: OfficialRow, _marcus: OfficialRow) -> str:
    return token(approval, loretta, keys=("x" * 40,))


def _of_another_purpose(approval: ApprovalRow, loretta: OfficialRow, _marcus: OfficialRow) -> str:
    said = [approval.id.hex, loretta.id.hex, int((utc_now() + timedelta(days=1)).timestamp())]
    return str(URLSafeSerializer(KEY, salt="cookie-session").dumps(said))


def _of_an_approval_that_does_not_exist(approval: ApprovalRow, loretta: OfficialRow, _marcus: OfficialRow) -> str:
    ends = approval.askings[0].links_expire_at
    return links.mint([KEY], approval_id=UUID(int=7), official_id=loretta.id, expires_at=ends)


def _of_an_official_who_was_not_asked(approval: ApprovalRow, _loretta: OfficialRow, _marcus: OfficialRow) -> str:
    ends = approval.askings[0].links_expire_at
    return links.mint([KEY], approval_id=approval.id, official_id=UUID(int=7), expires_at=ends)


FORGERIES = [
    _altered,
    _cut_off,
    _extended,
    _said_by_one_signed_by_another,
    _of_another_key,
    _of_another_purpose,
    _of_an_approval_that_does_not_exist,
    _of_an_official_who_was_not_asked,
]
Forge = Callable[[ApprovalRow, OfficialRow, OfficialRow], str]


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda each: each.__name__.strip("_"))
def test_a_forged_link_shows_nothing_and_decides_nothing(
    app: Flask,
    approval_database: Database,
    approval: ApprovalRow,
    loretta: OfficialRow,
    marcus: OfficialRow,
    forge: Forge,
) -> None:
    path = links.path(forge(approval, loretta, marcus))
    before = picture(approval_database)
    page = app.test_client().get(path)
    assert (page.status_code, heading(page)) == (404, "This link does not work")
    assert "Ada Wells" not in page.text
    decide(app, path, form_of=links.path(token(approval, loretta)))
    assert picture(approval_database) == before


def test_a_link_that_ends_later_than_the_mailed_one_is_none_of_ours(
    app: Flask, approval_database: Database, approval: ApprovalRow, loretta: OfficialRow
) -> None:
    decide(app, links.path(token(approval, loretta, days=300)), form_of=links.path(token(approval, loretta)))
    assert state(approval_database, approval) == "asked"


# ── Kept ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_used_link_shows_the_outcome_and_decides_no_second_time(
    app: Flask, approval_database: Database, approval: ApprovalRow, loretta: OfficialRow
) -> None:
    path = links.path(token(approval, loretta))
    decide(app, path)
    after = picture(approval_database)
    assert heading(app.test_client().get(path)) == "You approved this request"
    app.test_client().post(f"{path}/confirm", data={"decision": "rejected", "reason": "not-needed"})
    assert picture(approval_database) == after


@pytest.fixture
def asked_again(approval_database: Database, approval: ApprovalRow, loretta: OfficialRow) -> str:
    """Loretta was removed and came back, so that she was asked a second time; returns her first link."""
    first = links.path(token(approval, loretta))
    with approval_database.transaction() as session:
        remove_official(session, ALABAMA, "loretta", approvals.LIFETIME, utc_now())
    with approval_database.transaction() as session:
        session.get_one(OfficialRow, loretta.id).active = True
        reroute_and_tell(session, [ALABAMA], approvals.LIFETIME, utc_now() + timedelta(days=1))
    return first


def test_an_old_link_does_not_come_back_to_life_when_its_official_is_asked_again(
    app: Flask, approval_database: Database, approval: ApprovalRow, loretta: OfficialRow, asked_again: str
) -> None:
    page = app.test_client().get(asked_again)
    assert page.status_code == 410
    assert "A new link was mailed to Loretta" in words(page)
    assert "Ada Wells" not in page.text
    with approval_database.reading() as session:
        now_asked = session.get_one(ApprovalRow, approval.id)
        newest = links.path(token(now_asked, loretta))
    decide(app, asked_again, form_of=newest)
    assert state(approval_database, approval) == "asked"
    decide(app, newest)
    assert state(approval_database, approval) == "approved"


def test_the_link_that_a_mail_carries_is_the_one_that_works(
    approval_database: Database, approval: ApprovalRow, asked_again: str
) -> None:
    """Every message that mails links names the end that the rows name, so that no mail carries a dead link."""
    with approval_database.reading() as session:
        newest = approvals.published(session, ApprovalRequested)[-1]
        for asking in session.get_one(ApprovalRow, approval.id).askings:
            if asking.official_id in newest.newly_asked:
                assert newest.links_expire_at == asking.links_expire_at


def test_a_removed_officials_link_ends_at_once(
    app: Flask, approval_database: Database, approval: ApprovalRow, loretta: OfficialRow
) -> None:
    with approval_database.transaction() as session:
        remove_official(session, ALABAMA, "loretta", approvals.LIFETIME, utc_now())
    page = app.test_client().get(links.path(token(approval, loretta)))
    assert (page.status_code, heading(page)) == (410, "You no longer decide this request")


# ── Fetched by machines ─────────────────────────────────────────────────────────────────────────────


def test_a_mail_scanner_changes_nothing_however_often_it_looks(
    app: Flask, approval_database: Database, approval: ApprovalRow, loretta: OfficialRow, marcus: OfficialRow
) -> None:
    before = picture(approval_database)
    for official in (loretta, marcus):
        for path in (links.path(token(approval, official)), links.path(token(approval, official, days=-60))):
            for _ in range(3):
                for method in ("GET", "HEAD", "OPTIONS"):
                    answer = app.test_client().open(path, method=method, environ_base=SCANNER)
                    assert answer.status_code in (200, 410)
    assert picture(approval_database) == before


def test_a_scanner_that_sends_the_forms_of_the_page_decides_nothing(
    app: Flask, approval_database: Database, approval: ApprovalRow, loretta: OfficialRow
) -> None:
    """It takes each form with its hidden fields and submits it; the confirmation is a second page."""
    path, browser = links.path(token(approval, loretta)), app.test_client()
    before = picture(approval_database)
    for decision in ("approved", "rejected"):
        page = browser.get(path, environ_base=SCANNER)
        browser.post(path, data=hidden_fields(page) | {"decision": decision}, environ_base=SCANNER)
    assert picture(approval_database) == before


# ── Keys that change ────────────────────────────────────────────────────────────────────────────────


def test_link_keys_rotate_without_a_link_that_stops_working(
    environ: dict[str, str], approval_database: Database, approval: ApprovalRow, loretta: OfficialRow
) -> None:
    def opens(keys: str, minted_with: str) -> int:
        app = make_app("approval_svc", environ | {"LINK_SIGNING_KEYS": keys}, approval_database)
        return app.test_client().get(links.path(token(approval, loretta, keys=(minted_with,)))).status_code

    assert opens(OLD_KEY, OLD_KEY) == 200  # before
    assert opens(f"{OLD_KEY},{NEW_KEY}", NEW_KEY) == 200  # step 1: whoever reads links knows both
    assert opens(f"{NEW_KEY},{OLD_KEY}", OLD_KEY) == 200  # step 2: the new one signs, the old one is read
    assert opens(NEW_KEY, NEW_KEY) == 200  # step 3: when the last old link has ended
    assert opens(NEW_KEY, OLD_KEY) == 404
