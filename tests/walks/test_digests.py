"""The story of a digest: an official wants one mail a day, and decides three of the five requests that it lists.

It has newcomers of its own and makes what it needs: it can run alone and in any order.
"""

import re
import time
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.walks.acts import BILLING, IQAN, MDS, Visit, my_profile, of_state, request_role, user_roles
from tests.walks.stack import PATIENCE_SECONDS, Mailbox, Stack
from tests.walks.visitor import PHONE, Visitor

SAGU, COORDINATOR = "State Agency S&C General User", "State Agency Assessment Coordinator"
ROLES = (COORDINATOR, SAGU, MDS, IQAN, BILLING)
NEW_YORK = ZoneInfo("America/New_York")


def test_digest_then_three_of_five_decided(visit: Visit, mailbox: Mailbox, stack: Stack, tmp_path: Path) -> None:
    make_official(stack, tmp_path, "dora.hill", "ME")
    official = visit("dora.hill")
    due = choose_digest(official)
    requester = visit("gil.navarro")
    requester.log_in()
    for role in ROLES:
        requester.open(stack["request_url"])
        request_role(requester, of_state("gil.navarro", role, "Maine"))
        mailbox.expect("gil.navarro", f"Request received: {role}")
    assert mailbox.mails("dora.hill") == []

    # Her hour comes: the beat makes the digest, and the sweep finds it due.
    stack.countersign("tick", "approval_svc", "--at", due.isoformat())
    mail = the_digest(mailbox, stack, due)
    assert re.search(r"5 new, decide the first by \d\d/\d\d/\d{4}$", mail["subject"])
    (link,) = set(re.findall(r"https?://\S+/digests/\S+", mail["text"]))

    reader = visit(width=PHONE)
    reader.examine(link)
    reader.sees("5 requests of your digest wait for your decision, the oldest first.", "You are deciding as Dora Hill")
    for role in (IQAN, BILLING):
        reader.page.locator("main label").filter(has_text=role).click()
    reader.press("Approve selected")
    reader.sees_heading("Approve 3 requests?")
    reader.press("Yes, approve those with a tick")
    reader.sees_heading("3 requests were approved")
    reader.press("Go back to the list")
    reader.sees("2 requests of your digest wait", f"Gil Navarro, {SAGU}, Maine: Already approved by you.")

    for role in (COORDINATOR, SAGU, MDS):
        mailbox.expect("gil.navarro", f"Approved: {role}")
    my_profile(requester)
    titles = user_roles(requester)
    assert {role for role in ROLES if any(title.startswith(role) for title in titles)} == {COORDINATOR, SAGU, MDS}


def make_official(stack: Stack, folder: Path, user_id: str, state: str) -> None:
    file = folder / "officials.csv"
    row = f"state,{state},{user_id},{stack.name(user_id)},{stack.email(user_id)},,America/New_York\n"
    file.write_text(f"authority_kind,organization_id,user_id,name,email,phone,time_zone\n{row}")
    stack.countersign("officials", "import", str(file))


def choose_digest(official: Visitor) -> datetime:
    """Chooses one mail a day on My Mail; returns when the first one is due, as the page says it."""
    official.log_in()
    official.open(f"{official.stack['approval_url']}/my-approvals")
    official.examine(f"{official.stack['approval_url']}/my-mail")
    official.choose("One mail a day")
    official.press("Save")
    official.sees("Your choice is saved")
    said = official.page.locator("main").inner_text()
    found = re.search(r"Your next list is due (\S+ \S+ [AP]M) E[SD]T", said)
    assert found, said
    return datetime.strptime(found.group(1), "%m/%d/%Y %I:%M %p").replace(tzinfo=NEW_YORK)


def the_digest(mailbox: Mailbox, stack: Stack, due: datetime) -> dict[str, str]:
    """Returns the mail, which waits in the ledger for its hour until a sweep at that hour finds it."""
    later, end = (due + timedelta(minutes=1)).isoformat(), time.monotonic() + PATIENCE_SECONDS
    while not mailbox.mails("dora.hill") and time.monotonic() < end:
        stack.countersign("tick", "notify_svc", "--at", later, "--sweeps")
    return mailbox.expect("dora.hill", "Daily digest: 5 requests wait for your decision")
