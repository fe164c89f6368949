"""For each service, a way through its pages on which every route is opened and every template is rendered.

Whoever adds a page adds the step here that shows it; the tests in `test_pages.py` name what is missing. Pages whose
address needs no sample are opened without being named here.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select

from approval_svc import digest_queries
from approval_svc.domain.routing import AuthorityId
from approval_svc.settings import Settings as ApprovalSettings
from approval_svc.tables import AbsenceRow, ApprovalRow, GrantRow, OfficialRow, OpinionRow, RequestRow
from approval_svc.use_cases import digesting
from approval_svc.use_cases.follow_grant import follow_grant
from approval_svc.use_cases.mark_unreachable import mark_unreachable
from approval_svc.use_cases.open_review import open_review
from approval_svc.use_cases.take_answer import take_answer
from notify_svc.domain.bounces import Kind, Source, report
from notify_svc.emails import EMAILS
from notify_svc.mail.postman import Postman
from notify_svc.settings import Settings as NotifySettings
from notify_svc.tables import Notice
from notify_svc.use_cases.confirm_request import confirm_request
from notify_svc.use_cases.record_bounce import record_bounce
from request_svc.use_cases.import_organizations import import_organizations
from request_svc.use_cases.record_decision import record_decision
from request_svc.use_cases.record_routing import record_routing
from shared import digest_links, links, opinion_links
from shared.catalog import the_catalog
from shared.clock import utc_now
from shared.contracts import Correctable, Correction, Decision, DigestKind, Organization, Person
from shared.ids import new_id
from shared.messaging import inbox
from shared.messaging.envelope import Envelope
from shared.settings import load
from shared.web.person import SignedIn
from tests.approval_svc import factories as approvals
from tests.approval_svc.asking import answered, the_question
from tests.architecture.journeys import OPERATIONS, Journey
from tests.identity_svc.factories import PASSWORD, new_account
from tests.letters import unreadable
from tests.notify_svc import factories as notices
from tests.request_svc import factories as requests
from tests.request_svc.asking import ask

Environ = dict[str, str]


def every_app(journey: Journey) -> None:
    """What all apps have from shared: files, and the pages that say no."""
    journey.get("/assets/uswds/css/uswds.min.css")
    journey.get("/assets/countersign/countersign.css")
    journey.get("/nowhere", 404)
    journey.open_routes_without_arguments()
    journey.as_nobody()


def dead_letters(journey: Journey) -> None:
    """A dead letter and one that waits behind it, chosen, refused and closed; a queue that nobody empties."""
    first, path = unreadable(), "/operations/dead-letters"
    later = unreadable(correlation_id=first["correlation_id"], after=[first["message_id"]])
    with journey.database.transaction() as session:
        inbox.take(session, {}, [first, later, "nonsense"], utc_now())
    journey.sign_in(OPERATIONS)
    journey.get(path)
    letter = f"{path}/{first['message_id']}"
    journey.get(letter)
    journey.post(f"{letter}/repair", {"data": "{}"}, page=letter, status=422)
    chosen = f"{path}/confirm?letter={first['message_id']}&action="
    journey.post(f"{path}/replay", page=f"{chosen}replay", status=422)
    journey.post(f"{path}/close", {"letter": first["message_id"], "reason": "Old"}, page=f"{chosen}close", status=303)
    journey.get(path)


def signed_in(person: Person) -> SignedIn:
    return replace(OPERATIONS, user_id=person.user_id, name=person.name, email=person.email, is_operations=False)


# ── request_svc ─────────────────────────────────────────────────────────────────────────────────────

STEP_3 = [
    ("state-agency", "state-agency-sc-general-user"),
    ("contractor", "contract-surveyor"),
    ("contractor", "clia-billing-contractor"),
    ("contractor", "mac-reports"),
    ("provider", "provider-administrator"),
    ("cms", "cms-view-only-user"),
]


def request_svc(journey: Journey, _environ: Environ) -> None:
    """The steps with and without answers, My Profile in every state, roles."""
    with journey.database.transaction() as session:
        import_organizations(session, the_catalog().organizations, requests.NOW)
    every_app(journey)
    dead_letters(journey)
    journey.as_nobody()
    assert journey.client.post("/sign-out").status_code == 400  # form_expired.html
    journey.get("/assets/request/request.css")
    journey.get("/roles/contract-surveyor")
    for number, (category, role) in enumerate(STEP_3):
        _three_steps(journey, replace(requests.ADA, user_id=f"ada.{number}"), category, role)
    _my_profile(journey)


def _three_steps(journey: Journey, person: Person, category: str, role: str) -> None:
    journey.sign_in(signed_in(person))
    journey.post("/request-role", page="/request-role", status=422)
    step_2 = str(journey.post("/request-role", {"category": category}, page="/request-role", status=303).location)
    journey.get(step_2.replace("/role", "/category") if step_2.endswith("/role") else step_2)
    journey.post(step_2, page=step_2, status=422)
    step_3 = str(journey.post(step_2, {"role": role}, page=step_2, status=303).location)
    journey.post(step_3, page=step_3, status=303 if category == "cms" else 422)


def _my_profile(journey: Journey) -> None:
    database, catalog = journey.database, the_catalog()
    pending = requests.request_role(database, catalog)
    with database.transaction() as session:
        (part,) = requests.whole(database, pending).parts
        record_routing(session, requests.asked(part, requests.LORETTA))
    question = ask(database, pending, *Correctable)
    past = requests.request_role(database, catalog, role=requests.SAGU)
    with database.transaction() as session:
        (part,) = requests.whole(database, past).parts
        refusal = requests.decided(part, Decision.REJECTED, reason="Not needed", comment="Ask again next year")
        record_decision(session, refusal, requests.LATER)
    grant_holder = replace(requests.ADA, user_id="ada.holds")
    grant = requests.grant_role(database, catalog, grant_holder)
    journey.sign_in(signed_in(requests.ADA))
    journey.get("/my-profile")
    journey.get(f"/my-profile/requests/{pending}/progress")
    journey.get(f"/my-profile/requests/{pending}/withdraw")
    _answer(journey, f"/my-profile/requests/{pending}/questions/{question}")
    journey.sign_in(signed_in(grant_holder))
    journey.get("/my-profile")
    journey.get(f"/my-profile/roles/{grant}/disciplines")
    giving_back = f"/my-profile/roles/{grant}/give-back"
    journey.post(giving_back, {"reason": "x" * 1001}, page=giving_back, status=422)


def _answer(journey: Journey, page: str) -> None:
    """A question that wants every field checked, answered not well and well."""
    journey.get(page)
    journey.post(page, {"answer": ""}, page=page, status=422)
    surveyor = {"surveyor_status": "existing", "federal_surveyor_id": "AL7", "confirm_federal_surveyor_id": "AL7"}
    journey.post(page, {"answer": "Those of nursing homes.", **surveyor}, page=page, status=303)
    journey.get("/my-profile")
    journey.get(page)


# ── approval_svc ────────────────────────────────────────────────────────────────────────────────────


def approval_svc(journey: Journey, environ: Environ) -> None:
    """A link in everybody's hands and at every time, the official's list, operations."""
    every_app(journey)
    dead_letters(journey)
    journey.as_nobody()
    keys, asked_at = load(ApprovalSettings, environ).link_signing_keys, utc_now()

    def link(approval_id: UUID, official_id: UUID, days: int = approvals.LIFETIME.days) -> str:
        ends = asked_at + timedelta(days=days)
        return links.path(links.mint(keys, approval_id=approval_id, official_id=official_id, expires_at=ends))

    approval, of_a_role, margaret_id, loretta_id = _waiting(journey, asked_at)
    good, path = link(approval.id, loretta_id), f"/approvals/{approval.id}"
    journey.get(good)
    journey.post(good, {"decision": "rejected"}, page=good, status=422)
    journey.post(good, {"decision": "approved"}, page=good, status=200)
    _ask(journey, good)
    journey.get(link(approval.id, loretta_id, days=-1), 410)
    journey.get(link(approval.id, margaret_id), 410)  # asked no more: the state has an official now
    journey.get(link(of_a_role.id, margaret_id))  # wants sign-in
    journey.get(link(uuid4(), loretta_id), 404)
    journey.sign_in(OPERATIONS)
    journey.get(good, 403)
    journey.get(f"/operations/requests/{approval.request_id}/explain")
    journey.get("/operations/deadlines?role=state-agency-sc-general-user&organization=AL&from=2026-11-21T19:30")
    journey.sign_in(replace(OPERATIONS, user_id="loretta", name="Loretta Simmons"))
    _absent(journey)
    _many_at_once(journey, str(approval.id))
    _talking(journey, keys, good, path)
    journey.get(path)
    _refused_to_loretta(journey, approval.request_id, loretta_id, good)
    journey.post(f"{path}/confirm", {"decision": "approved"}, page=path, status=303)
    journey.post(f"{path}/revoke", page=path, status=422)
    journey.post(f"{path}/revoke", {"reason": "A mistake"}, page=path, status=303)
    journey.get(path)
    _role(journey)
    _dead_address(journey)
    _digest(journey, keys)
    _review(journey)


def _review(journey: Journey) -> None:
    """The roles of Alabama are under review: a list, nothing chosen, a removal without a reason, and the report."""
    held = approvals.grant(approvals.ANGELA, "state-agency-sc-general-user", approvals.ALABAMA)
    with journey.database.transaction() as session:
        follow_grant(session, held, approvals.LIFETIME, utc_now())
        review = open_review(session, AuthorityId(kind="state", id="AL"), utc_now())
        assert review is not None
        path = f"/reviews/{review.id}"
    journey.sign_in(replace(OPERATIONS, user_id="loretta", name="Loretta Simmons"))
    journey.get("/reviews")
    journey.get(path)
    journey.post(path, {"said": "confirm"}, page=path, status=422)
    chosen = {"said": "remove", "role": str(held.grant_id)}
    journey.post(path, chosen, page=path, status=200)
    journey.post(f"{path}/answer", chosen, page=path, status=422)
    journey.post(f"{path}/answer", chosen | {"reason": "Left the agency"}, page=path, status=200)
    journey.get(path)


def _role(journey: Journey) -> None:
    """Loretta removes a role of her organization, not without a reason, and looks at it then; her own she cannot."""
    own = Person(user_id="loretta", name="Loretta Simmons", email="loretta@x.example")
    ends_at = utc_now() + timedelta(days=90)
    with journey.database.transaction() as session:
        for holder in (approvals.ANGELA, own):
            given = approvals.grant(holder, "state-agency-sc-general-user", approvals.ALABAMA, ends_at=ends_at)
            follow_grant(session, given, approvals.LIFETIME, utc_now())
        ids = session.execute(select(GrantRow.holder_user_id, GrantRow.id).order_by(GrantRow.granted_at)).all()
    pages = {user_id: f"/roles/{grant_id}" for user_id, grant_id in ids}
    journey.get("/roles?search=angela")
    role = pages[approvals.ANGELA.user_id]
    journey.post(f"{role}/remove", page=role, status=422)
    journey.post(f"{role}/remove", {"reason": "Left"}, page=role, status=303)
    journey.get(role)
    journey.get(pages["loretta"])


def _absent(journey: Journey) -> None:
    """Loretta enters an absence, which cannot be changed to days in the past, and cancels it."""
    path, day = "/my-absence", f"{utc_now() + timedelta(days=30):%m/%d/%Y}"
    journey.post(path, page=path, status=422)
    wanted = {"first_day": day, "last_day": day, "substitute": "margaret"}
    journey.post(path, wanted, page=path, status=303)
    with journey.database.reading() as session:
        one = f"{path}/{session.scalars(select(AbsenceRow.id)).one()}"
    journey.post(one, wanted | {"first_day": "01/02/2020"}, page=one, status=422)
    journey.post(f"{one}/cancel", page=one, status=303)


def _talking(journey: Journey, keys: tuple[str, ...], link: str, path: str) -> None:
    """Loretta comments, and asks Nina of Alaska what she thinks, who answers by her link."""
    with journey.database.transaction() as session:
        approvals.official(session, "state", "AK", "nina")
    for page in ("hand-over", "opinion", "comment"):
        journey.get(f"{link}/{page}")
        journey.post(f"{path}/{page}", page=f"{path}/{page}", status=422)
    journey.post(f"{path}/comment", {"text": "I wait.", "readers": "officials"}, page=f"{path}/comment", status=303)
    asking = f"{path}/opinion?find=nina"
    journey.post(asking, {"adviser": "nina", "question": "Do you know her?"}, page=asking, status=303)
    with journey.database.reading() as session:
        opinion = session.scalars(select(OpinionRow)).one()
    ways = [
        opinion_links.path(opinion_links.mint(keys, opinion_id=opinion.id, expires_at=opinion.asked_at + ends))
        for ends in (approvals.LIFETIME, timedelta(0))
    ]
    journey.get(ways[0], 403)
    nina = replace(OPERATIONS, user_id="nina", name="Nina", is_operations=False)
    journey.sign_in(nina)
    journey.get("/my-opinions")
    journey.get(ways[1], 410)
    journey.post(f"/my-opinions/{opinion.id}", page=f"/my-opinions/{opinion.id}", status=422)
    journey.post(ways[0], {"answer": "I do."}, page=ways[0], status=303)
    journey.get(ways[0])
    journey.sign_in(replace(OPERATIONS, user_id="loretta", name="Loretta Simmons"))


def _many_at_once(journey: Journey, approval_id: str) -> None:
    """One of the list is not rejected for want of a reason; another one is approved, and is not approved twice."""
    with journey.database.transaction() as session:
        (another,) = approvals.route(session, approvals.general_user(submitted_at=utc_now()), utc_now())
    journey.get("/my-approvals?search=nobody&selected=all")
    for act, chosen, status in (
        ("nothing", approval_id, 422),
        ("reject", approval_id, 422),
        ("approve", str(another.id), 200),
        ("approve", str(another.id), 200),
    ):
        form = {"act": act, "approval": chosen}
        journey.post("/my-approvals/act", form, page="/my-approvals", status=status)
    form = {"act": "approve", "approval": approval_id}
    journey.post("/my-approvals/confirm", form, page="/my-approvals", status=200)


def _digest(journey: Journey, keys: tuple[str, ...]) -> None:
    """The link of a digest, while it works and after; a choice of mails that is none, and one that is."""
    hawaii, now = Organization(kind="state", id="HI", name="Hawaii"), utc_now()
    with journey.database.transaction() as session:
        approvals.official(session, "state", "HI", "keala")
        approvals.route(session, approvals.role_requested("state-agency-sc-general-user", hawaii), now)
        askings = digest_queries.waiting_askings(session, "keala")
        made = digesting.make(session, askings, DigestKind.DAILY, approvals.LIFETIME, now, not_before=now)
        assert made is not None
        digest_id, official_id, approval_id = made.id, made.official_id, made.entries[0].approval_id
    link, ended = (
        digest_links.path(digest_links.mint(keys, digest_id=digest_id, official_id=official_id, expires_at=ends))
        for ends in (now + timedelta(days=1), now)
    )
    journey.as_nobody()
    journey.get(link)
    journey.get(f"{link}/requests/{approval_id}", 302)
    journey.post(f"{link}/confirm", page=link, status=422)
    journey.post(f"{link}/confirm", {"act": "approve", "approval": str(approval_id)}, page=link, status=200)
    journey.get(ended, 410)
    journey.sign_in(OPERATIONS)
    journey.get(link, 403)
    journey.sign_in(replace(OPERATIONS, user_id="keala", name="Keala"))
    journey.post("/my-mail", page="/my-mail", status=422)
    journey.post("/my-mail", {"mails": "both"}, page="/my-mail", status=303)
    journey.get("/my-mail")


def _ask(journey: Journey, page: str) -> None:
    """A question to the requester, asked not well and well, and its answer."""
    journey.post(f"{page}/question", {"question": ""}, page=page, status=422)
    asking = {"question": "Which surveys will you take part in?", "correct": "employee_id"}
    journey.post(f"{page}/question", asking, page=page, status=303)
    journey.get(page)
    with journey.database.transaction() as session:
        changed = Correction(field=Correctable.EMPLOYEE_ID, before=None, after="B 22")
        answer = answered(session, the_question(session).id, utc_now(), changed)
        take_answer(session, answer, approvals.LIFETIME, utc_now())
    journey.get(page)


def _dead_address(journey: Journey) -> None:
    """Mail to the one official of Alaska comes back, and then the address works again."""
    alaska, now = Organization(kind="state", id="AK", name="Alaska"), utc_now()
    with journey.database.transaction() as session:
        otto = approvals.official(session, "state", "AK", "otto")
        asked = approvals.role_requested("state-agency-sc-general-user", alaska, submitted_at=now)
        (approval,) = approvals.route(session, asked, now)
        mark_unreachable(session, approvals.returned_mail(approval, "otto"), approvals.LIFETIME, now)
    journey.sign_in(OPERATIONS)
    journey.get("/operations/addresses")
    works_again = f"/operations/addresses/{otto.id}/works-again"
    journey.post(works_again, page="/operations/addresses", status=303)
    with journey.database.transaction() as session:
        put_off = replace(approvals.returned_mail(approval, "otto"), permanent=False)
        mark_unreachable(session, put_off, approvals.LIFETIME, now)
    journey.get("/operations/addresses?restored=now")


def _waiting(journey: Journey, now: datetime) -> tuple[ApprovalRow, ApprovalRow, UUID, UUID]:
    """Returns a request for Alabama, one for a role that makes an official, and the ids of Margaret and Loretta.

    Both were before Margaret, of CMS, until Loretta became an official of Alabama.
    """
    loretta = Person(user_id="loretta", name="Loretta Simmons", email="loretta@x.example")
    role_of_officials = "state-agency-security-official"
    with journey.database.transaction() as session:
        approvals.route(session, approvals.role_requested("cms-general-user"), now)  # nobody can decide it
        margaret = approvals.official(session, "cms", "cms", "margaret")
        (approval,) = approvals.route(session, approvals.general_user(submitted_at=now), now)
        (of_a_role,) = approvals.route(session, approvals.role_requested(role_of_officials, approvals.ALABAMA), now)
    with journey.database.transaction() as session:
        grant = approvals.grant(loretta, role_of_officials, approvals.ALABAMA)
        follow_grant(session, grant, approvals.LIFETIME, now)
        loretta_id = session.scalars(select(OfficialRow.id).where(OfficialRow.user_id == "loretta")).one()
    return approval, of_a_role, margaret.id, loretta_id


def _refused_to_loretta(journey: Journey, request_id: UUID, official_id: UUID, link: str) -> None:
    def change(*, own: bool, active: bool) -> None:
        with journey.database.transaction() as session:
            official = session.get_one(OfficialRow, official_id)
            official.active = active
            address = official.email if own else approvals.ANGELA.email
            session.get_one(RequestRow, request_id).requester_email = address

    change(own=True, active=True)
    journey.get(link, 403)
    change(own=False, active=False)
    journey.get(link, 410)
    change(own=False, active=True)


# ── notify_svc ──────────────────────────────────────────────────────────────────────────────────────


def notify_svc(journey: Journey, environ: Environ) -> None:
    """A notice whose delivery was tried and which came back, and the preview of every email."""
    requested, now = notices.role_requested(), utc_now()
    with journey.database.transaction() as session:
        envelope = Envelope.around(requested, correlation_id=new_id(), cause=None, now=now)
        confirm_request(session, requested, envelope, now)
    with journey.database.reading() as session:
        notice_id = session.scalars(select(Notice.id)).one()
    postman = Postman(load(NotifySettings, environ), journey.database)
    postman.deliver(notice_id)
    postman.close()
    with journey.database.transaction() as session:
        mail_id = str(session.get_one(Notice, notice_id).mail_id)
        record_bounce(session, report(Source.MAILBOX, "1", mail_id, Kind.REFUSED, "550 5.1.1 no such mailbox"), now)
    every_app(journey)
    dead_letters(journey)
    journey.as_nobody()
    journey.sign_in(OPERATIONS)
    journey.get("/?state=lost", 422)
    journey.get(f"/notices/{notice_id}")
    journey.get(f"/notices/{notice_id}/send-again")
    for name in EMAILS:
        journey.get(f"/templates/{name}")
        journey.get(f"/templates/{name}/html")


# ── identity_svc ────────────────────────────────────────────────────────────────────────────────────


def identity_svc(journey: Journey, _environ: Environ) -> None:
    """Logging in, the account, logging out."""
    with journey.database.transaction() as session:
        session.add(new_account(now=utc_now()))
    every_app(journey)
    journey.get("/authorize", 400)  # refused: OpenID Connect wants GET to hand out a code, which is kept
    journey.post("/login", {"user_id": "sagu.walk", "password": "Wrong7Password77"}, page="/login", status=400)
    journey.post("/login", {"user_id": "sagu.walk", "password": PASSWORD}, page="/login", status=303)
    journey.get("/account")
    journey.get("/logout")


WAYS: dict[str, Callable[[Journey, Environ], None]] = {
    way.__name__: way for way in (request_svc, approval_svc, notify_svc, identity_svc)
}
