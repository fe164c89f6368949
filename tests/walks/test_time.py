"""Stories of time: nobody answers, and what was simulated happens. The clock is moved by its argument, nobody waits.

They have a stack of their own, because what falls due in it falls due for everybody. Each has a newcomer of its own.
"""

import json
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.conftest import ROOT
from tests.walks.acts import ALABAMA, FLORIDA, Visit, approve, asked, card, my_profile, of_state, user_roles
from tests.walks.conftest import STACK
from tests.walks.stack import PATIENCE_SECONDS, Mailbox, Stack, link_in
from tests.walks.visitor import PHONE

SAGU, SAGU_ID = "State Agency S&C General User", "state-agency-sc-general-user"
LATE = timedelta(minutes=10)
"""How much later than simulated time is moved to: longer than a story takes to ask."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    directory = tmp_path_factory.mktemp("stack-of-time")
    place = ["--directory", str(directory)]
    subprocess.run([*STACK, "up", "--detach", "--ports", "auto", *place], cwd=ROOT, check=True)
    try:
        yield Stack(directory)
    finally:
        subprocess.run([*STACK, "stop", *place], cwd=ROOT, check=True)


class Future:
    """What is simulated for a request that is made now, and the way there."""

    def __init__(self, stack: Stack, mailbox: Mailbox, state: str) -> None:
        self._stack, self._mailbox = stack, mailbox
        said = stack.countersign(
            *("deadlines", "simulate", "--role", SAGU_ID, "--organization", state),
            *("--from", datetime.now(UTC).isoformat(timespec="seconds"), "--json"),
        )
        self._dates: list[dict[str, Any]] = json.loads(said)["dates"]

    def go_to(self, kind: str, step: int, *mails: tuple[str, str], times: int = 1) -> list[dict[str, Any]]:
        """Moves time to that date, and returns these mails of it: to whom, and how the subject begins.

        With this one, `times` mails have come whose subject begins so.
        """
        (date,) = [each for each in self._dates if (each["kind"], each["step"]) == (kind, step)]
        at = (datetime.fromisoformat(date["due_at"]) + LATE).isoformat()
        self._stack.countersign("tick", "approval_svc", "--at", at)
        return [self._last(user_id, subject, times, at) for user_id, subject in mails]

    def _last(self, user_id: str, subject: str, times: int, at: str) -> dict[str, Any]:
        """Mails wait for their hour until a sweep at that hour finds them."""
        end = time.monotonic() + PATIENCE_SECONDS
        while len(found := self._found(user_id, subject)) < times and time.monotonic() < end:
            self._stack.countersign("tick", "notify_svc", "--at", at, "--sweeps")
        assert len(found) == times, [each["subject"] for each in self._mailbox.mails(user_id)]
        return found[-1]

    def _found(self, user_id: str, subject: str) -> list[dict[str, Any]]:
        return [mail for mail in self._mailbox.mails(user_id) if mail["subject"].startswith(subject)]


def test_reminder_then_escalation_then_decision_by_the_second_authority(
    stack: Stack, visit: Visit, mailbox: Mailbox
) -> None:
    requester, links = asked(visit, mailbox, of_state("vera.lund", SAGU, "Alabama", *ALABAMA))
    future = Future(stack, mailbox, "AL")
    (reminder,) = future.go_to("reminder", 1, ("loretta.simmons", "Reminder: Vera Lund asks for"))
    assert "decide by" in reminder["subject"]
    first = visit(width=PHONE)
    first.open(link_in(reminder))
    first.sees_heading("Decide on a role request")
    first.sees("Reminded Loretta Simmons, Wesley Tran.")

    second, told = future.go_to(
        *("escalation", 1), ("margaret.osei", "Decision wanted by"), ("loretta.simmons", "Still yours to decide by")
    )
    assert "Vera Lund" in second["subject"]
    assert "CMS Security Officials" in told["text"]
    my_profile(requester)
    expect(card(requester, SAGU)).to_contain_text("Margaret Osei")
    first.open(links["loretta.simmons"])
    first.sees_heading("Decide on a role request")  # the first official may decide still

    approve(visit(), link_in(second))
    assert "Margaret Osei" in mailbox.expect("vera.lund", f"Approved: {SAGU}")["text"]
    for user_id in (*ALABAMA, "daniel.reyes-whitfield"):
        mailbox.expect(user_id, "Already handled: Vera Lund")
    first.open(link_in(reminder))
    expect(first.page.get_by_role("button", name="Approve", exact=True)).to_have_count(0)
    my_profile(requester)
    assert f"{SAGU} - Alabama" in user_roles(requester)
    before = len(mailbox.mails("loretta.simmons"))
    future.go_to("expiry", 1)
    assert len(mailbox.mails("loretta.simmons")) == before  # nobody hears any more of what was decided


def test_nobody_decides_and_the_request_expires_after_two_notices(stack: Stack, visit: Visit, mailbox: Mailbox) -> None:
    requester, links = asked(visit, mailbox, of_state("vito.hart", SAGU, "Florida", *FLORIDA))
    future = Future(stack, mailbox, "FL")
    notices = ("vito.hart", "Your request expires on"), ("marisol.fuentes", "Expires on")
    own, official = future.go_to("expiry_notice", 1, *notices)
    day = own["subject"].removeprefix("Your request expires on ")[: len("12/22/2026")]
    assert official["subject"].startswith(f"Expires on {day} unless you decide: Vito Hart")
    my_profile(requester)
    expect(card(requester, SAGU)).to_contain_text(day)
    future.go_to("expiry_notice", 2, *notices, times=2)

    over, told = future.go_to(
        *("expiry", 1), ("vito.hart", "Expired on"), ("marisol.fuentes", f"Expired on {day}: Vito Hart")
    )
    assert over["subject"].startswith(f"Expired on {day}, nobody decided: {SAGU}")
    late = visit(width=PHONE)
    late.open(links["marisol.fuentes"])
    late.sees_heading("This request has expired")
    expect(late.page.get_by_role("button", name="Approve", exact=True)).to_have_count(0)
    my_profile(requester)
    expect(card(requester, SAGU)).to_contain_text("Nobody decided in time")
    assert user_roles(requester) == []
    assert "Vito Hart" in told["text"]
