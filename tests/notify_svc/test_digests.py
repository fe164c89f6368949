"""One mail that lists what waits for an official: what it says, and that it lists nothing that is over."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from notify_svc import queries
from notify_svc.domain.notices import State
from notify_svc.emails import digest
from notify_svc.settings import Settings
from notify_svc.use_cases.ask_officials import TOO_LATE
from notify_svc.use_cases.tell_approval_closed import OVERTAKEN
from shared import digest_links
from shared.contracts import ApprovalRequested, ClosedBecause, DigestDue, DigestEntry, DigestKind, Message
from shared.ids import new_id
from tests.notify_svc.conftest import World
from tests.notify_svc.factories import ALABAMA, NOW, SAGU, approval_closed, approval_requested, official
from tests.notify_svc.test_waiting import expired, notice, reminder

JOHN, ANN = official("John Smith"), official("Ann Brown")
End = Callable[[ApprovalRequested], tuple[Message, str]]
ENDS: dict[str, End] = {
    "decided": lambda asked: (approval_closed(asked, ClosedBecause.DECIDED, by=ANN), "already_handled"),
    "withdrawn": lambda asked: (approval_closed(asked, ClosedBecause.WITHDRAWN), "withdrawn"),
    "expired": lambda asked: (expired(asked), "expired"),
}
"""How an approval ends without its reader, and the mail that tells of it."""
EVIL = "<script>alert(1)</script>"
LINK = re.compile(r"http://127\.0\.0\.1:8002/digests/(\S+)")


def entry(asked: ApprovalRequested, **differently: Any) -> DigestEntry:
    values: dict[str, Any] = {
        "approval_id": asked.approval_id,
        "request_id": asked.request_id,
        "official_id": JOHN.official_id,
        "requester": "Maria Lopez",
        "role_name": SAGU,
        "organization": ALABAMA,
        "requested_at": NOW - timedelta(days=2),
        "decide_by": NOW + timedelta(days=10),
        "expires_at": NOW + timedelta(days=30),
        "is_new": False,
        "acts_for": (),
    }
    return DigestEntry(**values | differently)


def due(
    *entries: DigestEntry, kind: DigestKind = DigestKind.DAILY, not_before: datetime = NOW, **more: Any
) -> DigestDue:
    return DigestDue(
        digest_id=new_id(),
        kind=kind,
        official=JOHN,
        entries=entries,
        links_expire_at=NOW + timedelta(days=30),
        not_before=not_before,
        made_at=NOW,
        **more,
    )


def several(number: int) -> list[ApprovalRequested]:
    return [approval_requested(JOHN) for _ in range(number)]


def test_the_subject_says_how_many_wait_how_many_are_new_and_by_when(world: World) -> None:
    first, second = several(2)
    world.hears_and_works(due(entry(first), entry(second, is_new=True, decide_by=NOW + timedelta(days=20))))
    (mail,) = world.mailbox.mails
    assert mail.mail["Subject"] == (
        "Daily digest: 2 requests wait for your decision, 1 new, decide the first by 11/30/2026"
    )


@pytest.mark.parametrize(("kind", "begins"), [(DigestKind.TOGETHER, "Reminder"), (DigestKind.ASKED, "Decision wanted")])
def test_what_comes_together_says_what_it_is(world: World, kind: DigestKind, begins: str) -> None:
    world.hears_and_works(due(*map(entry, several(3)), kind=kind))
    (mail,) = world.mailbox.mails
    subject = " ".join(str(mail.mail["Subject"]).split())
    assert subject == f"{begins}: 3 requests wait for your decision, decide the first by 11/30/2026"


@pytest.mark.parametrize(("number", "what"), [(3, "3 requests"), (1, "a request")])
def test_who_is_handed_many_reads_who_did_it_and_the_note(world: World, number: int, what: str) -> None:
    handed: dict[str, Any] = {"handed_by": "Ann Brown", "note": f"I am away.\nLook at the dates. {EVIL}"}
    world.hears_and_works(due(*map(entry, several(number)), kind=DigestKind.HANDED_OVER, **handed))
    (mail,) = world.mailbox.mails
    subject = " ".join(str(mail.mail["Subject"]).split())
    assert subject == f"Ann Brown handed {what} over to you, decide the first by 11/30/2026"
    assert EVIL not in mail.part("html")
    for part in ("plain", "html"):
        text = re.sub(r"<[^>]*>|\s+", " ", mail.part(part))
        for said in (f"Ann Brown handed {what} over to you", "I am away. Look at the dates.", "Maria Lopez"):
            assert said in text


def test_each_request_is_named_with_its_times_in_the_readers_zone_and_for_whom_they_act(world: World) -> None:
    (asked,) = several(1)
    world.hears_and_works(due(entry(asked, acts_for=("Rosa Klein",), is_new=True)))
    for part in ("plain", "html"):
        text = re.sub(r"<[^>]*>|\s+", " ", world.mailbox.mails[0].part(part))
        for said in ("Maria Lopez (new)", "Alabama", "11/30/2026 2:05 PM CST", "12/20/2026 2:05 PM CST", "Rosa Klein"):
            assert said in text


def test_the_mail_names_fifty_and_says_how_many_more_there_are(world: World) -> None:
    world.hears_and_works(due(*map(entry, several(digest.MOST + 2))))
    text = world.mailbox.mails[0].part("plain")
    assert "\n50. Maria Lopez" in text
    assert "51." not in text
    assert "and 2 more" in text


def test_the_link_names_digest_and_official_and_no_row_holds_it(world: World, settings: Settings) -> None:
    message = due(*map(entry, several(2)))
    world.hears_and_works(message)
    (token,) = LINK.findall(world.mailbox.mails[0].part("plain"))
    assert digest_links.path(token) in world.mailbox.mails[0].part("html")
    assert digest_links.read(settings.link_keys, token) == digest_links.DigestLink(
        digest_id=message.digest_id, official_id=JOHN.official_id, expires_at=message.links_expire_at
    )
    assert token not in str(world.notice().context)


def test_what_closes_before_the_mail_goes_out_is_not_in_it(world: World) -> None:
    first, second = several(2)
    morning = NOW + timedelta(hours=12)
    world.hears_and_works(due(entry(first, requester="Early Bird"), entry(second), not_before=morning))
    world.hears_and_works(approval_closed(first, ClosedBecause.WITHDRAWN))
    world.passes(timedelta(hours=12))
    world.works()
    text = world.mailbox.mails[-1].part("plain")
    assert "1 request waits" in text
    assert "Early Bird" not in text


@pytest.mark.parametrize("because", [ClosedBecause.WITHDRAWN, ClosedBecause.MOVED])
def test_a_digest_of_which_nothing_is_left_is_not_sent(world: World, because: ClosedBecause) -> None:
    (asked,) = several(1)
    world.hears_and_works(due(entry(asked), not_before=NOW + timedelta(hours=12)))
    world.hears(approval_closed(asked, because))
    world.passes(timedelta(hours=12))
    world.works()
    assert (world.notice().state, world.notice().reason) == (State.SKIPPED, OVERTAKEN)


def test_what_moved_to_others_leaves_the_digest_of_whom_it_left_alone(world: World) -> None:
    (asked,) = several(1)
    world.hears_and_works(due(entry(asked), not_before=NOW + timedelta(hours=12)))
    anns = approval_requested(ANN, approval_id=asked.approval_id)
    world.hears(approval_closed(anns, ClosedBecause.MOVED))
    world.passes(timedelta(hours=12))
    world.works()
    assert world.notice().state is State.SENT


@pytest.mark.parametrize("kind", [DigestKind.ASKED, DigestKind.HANDED_OVER, DigestKind.TOGETHER])
@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_who_has_a_digest_in_place_of_mails_is_told_of_the_end(world: World, kind: DigestKind, end: End) -> None:
    asked, other = several(2)
    message, told = end(asked)
    world.hears_and_works(due(entry(asked), entry(other), kind=kind))
    world.hears_and_works(message)
    assert world.states() == {("digest", "JOHN"): State.SENT, (told, "JOHN"): State.SENT}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize(("kind", "hours"), [(DigestKind.DAILY, 0), (DigestKind.ASKED, 12)], ids=["daily", "not sent"])
def test_who_chose_digests_or_has_not_had_one_is_not_told(world: World, kind: DigestKind, hours: int, end: End) -> None:
    asked, other = several(2)
    world.hears_and_works(due(entry(asked), entry(other), kind=kind, not_before=NOW + timedelta(hours=hours)))
    world.hears_and_works(end(asked)[0])
    assert [each.template for each in world.notices()] == ["digest"]


def test_a_digest_that_comes_after_the_end_of_all_it_lists_is_not_mailed(world: World) -> None:
    (asked,) = several(1)
    world.hears(approval_closed(asked, ClosedBecause.WITHDRAWN))
    world.hears_and_works(due(entry(asked)))
    assert (world.notice().state, world.notice().reason) == (State.SKIPPED, TOO_LATE)


def test_whom_a_digest_tells_gets_no_mail_of_its_own_and_the_others_and_the_requester_do(world: World) -> None:
    asked = approval_requested(JOHN, ANN, by_digest=(JOHN.official_id,))
    for message in (
        asked,
        reminder(asked, by_digest=(JOHN.official_id,)),
        notice(asked, by_digest=(JOHN.official_id,)),
    ):
        world.hears_and_works(message)
    told = {(each.template, each.recipient_id) for each in world.notices()}
    assert told == {
        ("decision_wanted", "ANN"),
        ("reminder", "ANN"),
        ("expiry_notice", "ANN"),
        ("expiry_notice_requester", "MLOPEZ01"),
    }


def test_the_share_of_digests_counts_mails_that_were_sent(world: World) -> None:
    world.hears_and_works(due(*map(entry, several(2))))
    for asked in several(3):
        world.hears_and_works(asked)
    world.hears(due(entry(several(1)[0]), not_before=NOW + timedelta(hours=12)))
    with world.database.reading() as session:
        share = queries.digests_among_mails(session)
    assert (share.digests, share.mails, share.listed) == (1, 4, 2)
