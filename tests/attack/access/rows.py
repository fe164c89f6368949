"""Real rows of somebody's, which others try to get at, and a picture of all tables to compare."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from approval_svc import digest_queries, queries
from approval_svc.domain.approvals import Way
from approval_svc.domain.routing import AuthorityId
from approval_svc.tables import ApprovalRow, OfficialRow, OpinionRow
from approval_svc.talking_queries import opinions_of
from approval_svc.use_cases import digesting
from approval_svc.use_cases.ask_opinion import ask_opinion
from approval_svc.use_cases.follow_grant import follow_grant
from approval_svc.use_cases.open_review import open_review
from approval_svc.use_cases.plan_absence import Wanted, enter_absence
from approval_svc.use_cases.remove_official import remove_official
from notify_svc.tables import Notice
from notify_svc.use_cases.confirm_request import confirm_request
from request_svc.use_cases.import_organizations import import_organizations
from shared import digest_links, links, opinion_links
from shared.catalog import the_catalog
from shared.clock import utc_now
from shared.contracts import DigestKind
from shared.db import Database
from shared.ids import new_id
from shared.messaging.envelope import Envelope
from tests.approval_svc import factories as approvals
from tests.attack.access.people import SIGNED_IN
from tests.conftest import KEY
from tests.identity_svc.factories import new_account
from tests.letters import dead_letter
from tests.notify_svc import factories as notices
from tests.request_svc import factories as requests
from tests.request_svc.asking import ask

Ids = dict[str, Any]
"""A value for each parameter of the service's routes; the rows are the requester's, the link is the official's."""

FILES = {
    "/assets/uswds/<path:name>": "css/uswds.min.css",
    "/assets/countersign/<path:name>": "countersign.css",
    "/assets/request/<path:name>": "request.css",
    "/templates/<name>": "approved",
    "/templates/<name>/html": "approved",
}


def request_svc(database: Database) -> Ids:
    """A grant, a pending request, a question about it and a draft of the requester."""
    with database.transaction() as session:
        import_organizations(session, the_catalog().organizations, requests.NOW)
    catalog, admin = the_catalog(), ("contractor", "contract-survey-admin")
    request_id = requests.request_role(database, catalog, role=admin, answers=requests.FOR_CMS)
    return {
        "grant_id": requests.grant_role(database, catalog),
        "request_id": request_id,
        "question_id": ask(database, request_id, "phone"),
        "draft_id": requests.begin(database, catalog, requests.ADA, requests.SURVEYOR),
        "role_id": "contract-surveyor",
        "message_id": dead_letter(database),
    }


def approval_svc(database: Database) -> Ids:
    """An approval before Loretta of Alabama; Marcus was asked too and was removed, Nanook is of Alaska."""
    now = utc_now()
    with database.transaction() as session:
        approval = put_before_loretta_and_marcus(session)
        remove_official(session, AuthorityId(kind="state", id="AL"), "marcus", approvals.LIFETIME, now)
        loretta = official_named(session, "loretta")
        ids: Ids = {"approval_id": approval.id, "request_id": approval.request_id, "official_id": loretta.id}
        ids |= {"absence_id": an_absence(session, loretta), "grant_id": a_role(session)}
        ids |= {"review_id": a_review(session)}
        opinion = an_opinion(session, approval, loretta)
        ids |= {"opinion_id": opinion.id, "opinion_token": opinion_token(opinion)}
    tokens = {"token": token(approval, loretta), "digest_token": digest_token(database)}
    return ids | tokens | {"message_id": dead_letter(database)}


def a_role(session: Session) -> UUID:
    """Gives the requester a role in Alabama; returns its id."""
    given = approvals.grant(requests.ADA, "state-agency-sc-general-user", approvals.ALABAMA)
    follow_grant(session, given, approvals.LIFETIME, utc_now())
    return given.grant_id


def an_absence(session: Session, official: OfficialRow) -> UUID:
    """Plans an absence of the official, which changes nothing of what waits now; returns its id."""
    carl, day = approvals.official(session, "cms", "cms", "carl"), (utc_now() + timedelta(days=30)).date()
    wanted = Wanted(first_day=day, last_day=day, substitute=carl.user_id)
    return enter_absence(session, official.user_id, wanted, approvals.LIFETIME, utc_now()).id


def a_review(session: Session) -> UUID:
    """The roles of Alabama, and the requester's among them, are under review; returns the review's id."""
    review = open_review(session, AuthorityId(kind="state", id="AL"), utc_now())
    assert review is not None
    return review.id


def an_opinion(session: Session, approval: ApprovalRow, asker: OfficialRow) -> OpinionRow:
    """Loretta asks Nanook of Alaska what he thinks of the request."""
    way = Way(signed_in_as=asker.user_id)
    ask_opinion(
        session,
        approval.id,
        asker.id,
        "nanook",
        "Do you know her?",
        way,
        always_sign_in=False,
        at_most=approvals.LIFETIME,
        now=utc_now(),
    )
    return opinions_of(session, approval)[0]


def opinion_token(opinion: OpinionRow, *, keys: tuple[str, ...] = (KEY,)) -> str:
    """Returns the token that was mailed to Nanook."""
    return opinion_links.mint(keys, opinion_id=opinion.id, expires_at=opinion.asked_at + approvals.LIFETIME)


def put_before_loretta_and_marcus(session: Session) -> ApprovalRow:
    """Asks both officials of Alabama now; Nanook of Alaska is not concerned."""
    for kind, place, user_id in (("state", "AL", "loretta"), ("state", "AL", "marcus"), ("state", "AK", "nanook")):
        approvals.official(session, kind, place, user_id)
    request = approvals.general_user(requester=requests.ADA, submitted_at=utc_now())
    (approval,) = approvals.route(session, request, utc_now())
    found = queries.find_approval(session, approval.id)
    assert found is not None
    return found


def official_named(session: Session, user_id: str) -> OfficialRow:
    return session.scalars(select(OfficialRow).where(OfficialRow.user_id == user_id)).one()


def token(approval: ApprovalRow, official: OfficialRow, *, keys: tuple[str, ...] = (KEY,), days: float = 0) -> str:
    """Returns the token that was mailed to the official, or one that ends some days later."""
    (asking,) = (each for each in approval.askings if each.official_id == official.id)
    ends = asking.links_expire_at + timedelta(days=days)
    return links.mint(keys, approval_id=approval.id, official_id=official.id, expires_at=ends)


def digest_token(database: Database, *, keys: tuple[str, ...] = (KEY,)) -> str:
    """Returns the token of a digest that was mailed to Loretta now, of what waits for her."""
    now = utc_now()
    with database.transaction() as session:
        askings = digest_queries.waiting_askings(session, "loretta")
        made = digesting.make(session, askings, DigestKind.DAILY, approvals.LIFETIME, now, not_before=now)
        assert made is not None
        ends = made.links_expire_at
        return digest_links.mint(keys, digest_id=made.id, official_id=made.official_id, expires_at=ends)


def notify_svc(database: Database) -> Ids:
    """A notice to the requester."""
    requested, now = notices.role_requested(), utc_now()
    with database.transaction() as session:
        envelope = Envelope.around(requested, correlation_id=new_id(), cause=None, now=now)
        confirm_request(session, requested, envelope, now)
    with database.reading() as session:
        notice_id = session.scalars(select(Notice.id)).one()
    return {"notice_id": notice_id, "provider": "postmark", "message_id": dead_letter(database)}


def identity_svc(database: Database) -> Ids:
    """An account for each kind of person."""
    now = utc_now()
    with database.transaction() as session:
        for person in SIGNED_IN.values():
            groups = ["operations"] if person.is_operations else []
            session.add(new_account(now=now - timedelta(days=1), user_id=person.user_id, groups=groups))
    return {}


MAKE: dict[str, Callable[[Database], Ids]] = {
    make.__name__: make for make in (request_svc, approval_svc, notify_svc, identity_svc)
}


def picture(database: Database) -> dict[str, Any]:
    """Returns a digest of each table's rows."""
    with database.reading() as session:
        tables = session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        digest = "SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM"
        return {name: session.execute(text(f'{digest} "{name}" t')).scalar() for name in tables}
