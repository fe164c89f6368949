"""What My Profile shows of officials who hand a request over or comment for everybody."""

from datetime import timedelta

import pytest

from request_svc.domain.refusals import RequestMissingError
from request_svc.tables import Part
from request_svc.use_cases.record_comment import record_comment
from request_svc.use_cases.record_decision import record_decision
from request_svc.use_cases.record_reassignment import record_reassignment
from request_svc.use_cases.record_routing import record_routing
from shared.catalog import Catalog
from shared.contracts import ApprovalReassigned, CommentMade, Person
from shared.db import Database
from shared.ids import new_id
from tests.audit import entries
from tests.pages import words
from tests.request_svc.conftest import Browser
from tests.request_svc.factories import LATER, LORETTA, approval_of, asked, decided, request_role, whole

MARGARET = Person(user_id="margaret", name="Margaret Hale", email="margaret@cms.example")
EVIL = "<script>alert(1)</script>"


def the_part(database: Database, catalog: Catalog) -> Part:
    request_id = request_role(database, catalog)
    (part,) = whole(database, request_id).parts
    with database.transaction() as session:
        record_routing(session, asked(part, LORETTA))
    return part


def reassigned(part: Part, *, hours: int = 1) -> ApprovalReassigned:
    routed = asked(part, MARGARET)
    return ApprovalReassigned(
        approval_id=routed.approval_id,
        request_id=routed.request_id,
        organization=routed.organization,
        authority=routed.authority,
        officials=routed.officials,
        handed_by=LORETTA.name,
        handed_to=MARGARET.name,
        reassigned_at=LATER + timedelta(hours=hours),
    )


def comment(part: Part, text: str) -> CommentMade:
    organization = part.as_value()
    return CommentMade(
        comment_id=new_id(),
        approval_id=approval_of(part.request_id, organization),
        request_id=part.request_id,
        organization=organization,
        author=LORETTA.name,
        text=text,
        made_at=LATER,
    )


def test_the_requester_sees_who_decides_now_and_from_whom_they_have_it(
    database: Database, catalog: Catalog, ada: Browser
) -> None:
    part = the_part(database, catalog)
    with database.transaction() as session:
        record_reassignment(session, reassigned(part))
    page = words(ada.open("/my-profile"))
    assert "Loretta Simmons handed it over to Margaret Hale for Alabama." in page
    (after,) = whole(database, part.request_id).parts
    assert [each["name"] for each in after.officials] == ["Margaret Hale"]


def test_an_older_handing_over_changes_nothing(database: Database, catalog: Catalog) -> None:
    part = the_part(database, catalog)
    with database.transaction() as session:
        record_reassignment(session, reassigned(part, hours=-24))
    (after,) = whole(database, part.request_id).parts
    assert [each["name"] for each in after.officials] == ["Loretta Simmons"]


def test_a_comment_for_everybody_stands_in_what_happened_as_it_was_written(
    database: Database, catalog: Catalog, ada: Browser
) -> None:
    part = the_part(database, catalog)
    with database.transaction() as session:
        record_comment(session, comment(part, f"I wait for your supervisor.\n{EVIL}"))
    html = ada.open("/my-profile")
    assert "Loretta Simmons wrote for Alabama: I wait for your supervisor." in words(html)
    assert EVIL not in html
    (entry,) = entries(database, "request.commented")
    assert "supervisor" not in str(entry)


def test_a_comment_that_comes_after_the_decision_is_shown_too(
    database: Database, catalog: Catalog, ada: Browser
) -> None:
    part = the_part(database, catalog)
    with database.transaction() as session:
        record_decision(session, decided(part), LATER)
        record_comment(session, comment(part, "Welcome."))
    assert "Welcome." in words(ada.open("/my-profile"))


def test_a_comment_on_what_is_not_ours_is_refused(database: Database, catalog: Catalog) -> None:
    part = the_part(database, catalog)
    part.request_id = new_id()
    with pytest.raises(RequestMissingError), database.transaction() as session:
        record_comment(session, comment(part, "Hello"))
