"""The stories of roles that end: removed by an official, revoked within a day, given back by the holder."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from tests.walks.acts import ALABAMA, IQAN, Visit, approve, asked, card, my_profile, of_state, user_roles
from tests.walks.stack import Mailbox, Stack
from tests.walks.test_absence import signed_in
from tests.walks.visitor import PHONE, Visitor

TITLE = f"{IQAN} - Alabama"


def has_no_role(holder: Visitor) -> None:
    """The end of a role has arrived when My Profile does not name it any more."""
    my_profile(holder)
    for _ in range(20):
        if user_roles(holder) == []:
            return
        holder.page.wait_for_timeout(500)
        holder.page.reload()
    raise AssertionError(user_roles(holder))


def test_an_official_removes_a_role_that_was_given_for_a_time(stack: Stack, visit: Visit, mailbox: Mailbox) -> None:
    holder, links = asked(visit, mailbox, of_state("yara.benson", IQAN, "Alabama", *ALABAMA))
    last = datetime.now(ZoneInfo("America/Chicago")).date() + timedelta(days=60)
    loretta = visit("loretta.simmons")
    loretta.open(links["loretta.simmons"])
    loretta.fill("Last day of the role", last.isoformat())
    loretta.press("Approve", exact=True)
    loretta.sees(f"The role ends by itself on {last:%m/%d/%Y} 11:59 PM")
    loretta.press("Yes, approve")
    # The day ends by the clock of Alabama; the holder, whose account is of New York, reads it by theirs.
    end = datetime.combine(last, time(23, 59), ZoneInfo("America/Chicago")).astimezone(ZoneInfo("America/New_York"))
    text = mailbox.expect("yara.benson", f"Approved: {IQAN}")["text"]
    assert f"The role ends: {end:%m/%d/%Y %I:%M %p} {end.tzname()}" in text
    my_profile(holder)
    assert user_roles(holder) == [TITLE]

    official = visit("loretta.simmons", width=PHONE)
    signed_in(official, "roles?search=yara")
    official.sees("1 role found", f"{last:%m/%d/%Y}")
    official.look_twice()
    official.page.get_by_role("link", name="Yara Benson").click()
    official.press("Remove role")
    official.sees("There is a problem", "Enter a reason: the person reads it")
    official.fill("Reason", "Works for another agency now.")
    official.press("Remove role")
    official.look_twice()
    has_no_role(holder)

    text = mailbox.expect("yara.benson", "Role removed on")["text"]
    for part in ("By: Loretta Simmons (Security Officials of Alabama)", "Reason: Works for another agency now."):
        assert part in text
    expect(card(holder, IQAN)).to_contain_text("Loretta Simmons removed the role for Alabama.")
    official.open(f"{stack['approval_url']}/roles?search=yara")
    official.sees("0 roles found")


def test_an_official_revokes_an_approval_from_the_page_that_shows_it(
    stack: Stack, visit: Visit, mailbox: Mailbox
) -> None:
    holder, links = asked(visit, mailbox, of_state("zeno.albright", IQAN, "Alabama", *ALABAMA))
    official = visit(scripts=False)
    approve(official, links["loretta.simmons"])
    official.sees("Revoke the approval")
    official.fill("Reason for revoking", "Meant for somebody else")
    official.press("Revoke the approval")
    official.sees("The approval was revoked", "Meant for somebody else")
    has_no_role(holder)
    assert "Reason: Meant for somebody else" in mailbox.expect("zeno.albright", "Approval revoked on")["text"]
    colleague = visit("wesley.tran")
    colleague.open(links["wesley.tran"])
    colleague.sees("Loretta Simmons approved this request", "The approval was revoked")


def test_a_holder_gives_a_role_back_and_the_officials_are_told(visit: Visit, mailbox: Mailbox) -> None:
    holder, links = asked(visit, mailbox, of_state("xenia.dahl", IQAN, "Alabama", *ALABAMA))
    approve(visit(), links["loretta.simmons"])
    mailbox.expect("xenia.dahl", f"Approved: {IQAN}")
    my_profile(holder)
    holder.press("Give this role back")
    holder.sees_heading("Give this role back?")
    holder.look_twice()
    holder.fill("Reason", "I work elsewhere.")
    holder.press("Give Role Back")
    holder.sees("Role Given Back", "You have no user roles.")
    for official in ALABAMA:
        assert any("I work elsewhere." in mail["text"] for mail in _given_back(mailbox, official))


def _given_back(mailbox: Mailbox, official: str) -> list[dict[str, str]]:
    day = datetime.now(ZoneInfo("America/Chicago"))
    return [mailbox.expect(official, f"Given back on {day:%m/%d/%Y}: Xenia Dahl")]
