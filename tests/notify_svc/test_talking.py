"""Who is mailed when officials hand an approval over or ask each other, and what the mails allow."""

import re
from datetime import timedelta
from typing import Any

import pytest

from notify_svc.domain.notices import State
from notify_svc.settings import Settings
from notify_svc.use_cases.ask_officials import OWN_REQUEST, TOO_LATE
from notify_svc.use_cases.tell_approval_closed import OVERTAKEN
from shared import links, opinion_links
from shared.contracts import (
    ApprovalHandedOver,
    ApprovalRequested,
    ClosedBecause,
    Message,
    Official,
    OpinionAsked,
    OpinionGiven,
)
from shared.ids import new_id
from tests.notify_svc.conftest import World
from tests.notify_svc.factories import MARIA, NOW, approval_closed, approval_requested, official

JOHN, ANN, ROSA = official("John Smith"), official("Ann Brown"), official("Rosa Klein")
EVIL = '<script>alert("x")</script>'
ENDS = NOW + timedelta(days=14)


def about(asked: ApprovalRequested) -> dict[str, Any]:
    return {
        "approval_id": asked.approval_id,
        "request_id": asked.request_id,
        "requester": asked.requester,
        "role_name": asked.role_name,
        "organization": asked.organization,
        "requested_at": asked.requested_at,
        "expires_at": NOW + timedelta(days=30),
        "links_expire_at": ENDS,
    }


def waiting(asked: ApprovalRequested) -> dict[str, Any]:
    return about(asked) | {"authority": asked.authority, "officials": asked.officials, "not_before": NOW}


def handed(asked: ApprovalRequested, to: Official, note: str = "Her unit is yours.") -> ApprovalHandedOver:
    return ApprovalHandedOver(
        **waiting(asked), handed_by="Ann Brown", handed_to=to.official_id, note=note, handed_at=NOW
    )


def wanted(asked: ApprovalRequested, of: Official, question: str = "Do you know her?") -> OpinionAsked:
    return OpinionAsked(
        **about(asked), opinion_id=new_id(), official=of, asked_by="John Smith", question=question, asked_at=NOW
    )


def given(asked: ApprovalRequested, told: Official, answer: str = "I do.") -> OpinionGiven:
    return OpinionGiven(
        **waiting(asked),
        opinion_id=new_id(),
        given_by="Rosa Klein",
        question="Do you know her?",
        answer=answer,
        told=(told.official_id,),
        given_at=NOW,
    )


def token_in(world: World, path: str) -> str:
    text = world.mailbox.mails[0].part("plain")
    (token,) = re.findall(rf"http://127\.0\.0\.1:8002/{path}/(\S+)", text)
    return str(token)


def test_the_receiver_alone_gets_the_note_and_a_link_to_decide(world: World, settings: Settings) -> None:
    asked = approval_requested(JOHN, ANN)
    world.hears_and_works(handed(asked, JOHN))
    assert world.states() == {("handed_over", "JOHN"): State.SENT}
    received = world.mailbox.mails[0]
    assert received.mail["Subject"].startswith("Ann Brown handed a request over to you, decide by 12/20/2026: Maria")
    assert "Her unit is yours." in received.part("plain")
    link = links.read(settings.link_keys, token_in(world, "decide"))
    assert (link.approval_id, link.official_id) == (asked.approval_id, JOHN.official_id)


def test_the_adviser_gets_the_question_and_a_link_that_decides_nothing(world: World, settings: Settings) -> None:
    message = wanted(approval_requested(JOHN), ROSA)
    world.hears_and_works(message)
    assert world.states() == {("opinion_asked", "ROSA"): State.SENT}
    received = world.mailbox.mails[0]
    assert received.mail["Subject"].startswith("John Smith asks for your opinion by 12/20/2026: Maria Lopez")
    assert "2:05 PM CST" in received.part("plain")
    assert "/decide/" not in received.part("plain") + received.part("html")
    token = token_in(world, "opinion")
    assert opinion_links.read(settings.link_keys, token) == opinion_links.OpinionLink(
        opinion_id=message.opinion_id, expires_at=ENDS
    )
    with pytest.raises(links.AlteredLinkError):
        links.read(settings.link_keys, token)
    assert token not in str(world.notice().context)


def test_whoever_is_named_hears_the_opinion(world: World) -> None:
    world.hears_and_works(given(approval_requested(JOHN, ANN), ANN))
    assert world.states() == {("opinion_given", "ANN"): State.SENT}
    assert "I do." in world.mailbox.mails[0].part("plain")
    assert "Rosa Klein gave an opinion, decide by 12/20/2026" in world.mailbox.mails[0].mail["Subject"]


@pytest.mark.parametrize("make", [handed, wanted, given])
def test_what_officials_write_is_escaped_in_html(world: World, make: Any) -> None:
    world.hears_and_works(make(approval_requested(JOHN), JOHN, EVIL))
    received = world.mailbox.mails[0]
    assert EVIL not in received.part("html")
    assert "&lt;script&gt;" in received.part("html")
    assert EVIL in received.part("plain")


@pytest.mark.parametrize("make", [handed, wanted, given])
def test_after_the_end_nobody_is_mailed(world: World, make: Any) -> None:
    asked = approval_requested(JOHN)
    world.hears(approval_closed(asked, ClosedBecause.WITHDRAWN))
    world.hears_and_works(make(asked, JOHN))
    assert [(each.state, each.reason) for each in world.notices()] == [(State.SKIPPED, TOO_LATE)]


@pytest.mark.parametrize("make", [handed, wanted, given])
def test_what_is_not_sent_yet_is_called_off_at_the_end(world: World, make: Any) -> None:
    asked = approval_requested(JOHN)
    world.hears(make(asked, JOHN))
    world.hears_and_works(approval_closed(asked, ClosedBecause.WITHDRAWN))
    assert [(each.state, each.reason) for each in world.notices()] == [(State.SKIPPED, OVERTAKEN)]


@pytest.mark.parametrize("make", [handed, wanted, given])
def test_nobody_is_mailed_about_their_own_request(world: World, make: Any) -> None:
    maria = official("Maria Lopez", user_id=MARIA.user_id)
    message: Message = make(approval_requested(maria), maria)
    world.hears_and_works(message)
    assert [(each.state, each.reason) for each in world.notices()] == [(State.SKIPPED, OWN_REQUEST)]
