"""The story of a review of roles: an official confirms one and removes one; what nobody answers is kept.

It has newcomers of its own and makes what it needs: it can run alone and in any order.
"""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.walks.acts import BILLING, IQAN, MDS, Visit, Walk, approve, my_profile, of_state, request_role, user_roles
from tests.walks.stack import Mailbox, Stack
from tests.walks.visitor import PHONE, Visitor

PLACE, OFFICIAL = "Vermont", "vera.stone"
HAS = (of_state("milo.hart", IQAN, PLACE), of_state("milo.hart", BILLING, PLACE), of_state("nora.vance", MDS, PLACE))
REASON = "You moved to billing <for good>"


def test_a_review_in_which_one_role_is_confirmed_one_removed_and_one_left_to_silence(
    visit: Visit, mailbox: Mailbox, stack: Stack, tmp_path: Path
) -> None:
    make_official(stack, tmp_path)
    requesters = {user_id: visit(user_id) for user_id in ("milo.hart", "nora.vance")}
    for requester in requesters.values():
        requester.log_in()
    for walk in HAS:
        get_role(visit, mailbox, requesters[walk.user_id], walk)
    assert "asked vera.stone" in stack.countersign("reviews", "open", "state", "VT")

    mail = mailbox.expect(OFFICIAL, f"Review 3 roles of {PLACE} by ")
    assert "What nobody has answered by then is kept." in mail["text"]
    (link,) = set(re.findall(r"https?://\S+/reviews/\S+", mail["text"]))
    official = visit(OFFICIAL, width=PHONE)
    official.page.goto(link)
    official.fill_login(stack.accounts[OFFICIAL])
    official.look_twice()
    official.sees("3 roles wait for your answer", "less than an hour ago", "Milo Hart", "Nora Vance")

    tick(official, f"Select Milo Hart, {IQAN}")
    official.press("Remove selected")
    official.sees_heading("Remove 1 role?")
    official.press("Yes, remove it")
    official.sees("There is a problem", "Enter a reason: the person reads it")
    official.fill("Reason", REASON)
    official.press("Yes, remove it")
    official.sees_heading("1 role was removed")
    official.press("Go back to the review")
    tick(official, f"Select Nora Vance, {MDS}")
    official.press("Confirm selected")
    official.press("Yes, confirm it")
    official.sees_heading("1 role was confirmed")

    told = mailbox.expect("milo.hart", "Role removed on ")
    assert IQAN in told["subject"]
    assert REASON in told["text"]
    assert "<for good>" not in told["html"]
    my_profile(requesters["milo.hart"])
    assert [title.split(" - Vermont")[0] for title in user_roles(requesters["milo.hart"])] == [BILLING]

    after_its_end(stack)
    closed = mailbox.expect(OFFICIAL, "Review of roles closed on ")
    assert closed["subject"].endswith(f": {PLACE}, 2 kept, 1 removed")
    official.examine(link)
    official.sees("This review was closed on", "Kept: nobody answered: 1 of 3", "Confirmed: 1 of 3", "Removed: 1 of 3")
    my_profile(requesters["nora.vance"])
    assert len(user_roles(requesters["nora.vance"])) == 1


def make_official(stack: Stack, folder: Path) -> None:
    file = folder / "officials.csv"
    row = f"state,VT,{OFFICIAL},{stack.name(OFFICIAL)},{stack.email(OFFICIAL)},,America/New_York\n"
    file.write_text("authority_kind,organization_id,user_id,name,email,phone,time_zone\n" + row)
    stack.countersign("officials", "import", str(file))


def get_role(visit: Visit, mailbox: Mailbox, requester: Visitor, walk: Walk) -> None:
    requester.open(requester.stack["request_url"])
    request_role(requester, walk)
    approve(visit(), mailbox.wanted(OFFICIAL, walk.user_id, walk.role))
    mailbox.expect(walk.user_id, f"Approved: {walk.role}")


def tick(official: Visitor, name: str) -> None:
    official.page.locator("main label").filter(has_text=name).click()


def after_its_end(stack: Stack) -> None:
    """The beat's turns at noon of two business days in a row, of which at most one is a holiday, after the end."""
    day = datetime.now(UTC).replace(hour=17, minute=0, second=0, microsecond=0) + timedelta(days=36)
    day += timedelta(days=(1 - day.weekday()) % 7)  # Tuesday
    for each in (day, day + timedelta(days=1)):
        stack.countersign("tick", "approval_svc", "--at", each.isoformat())
