"""What the emails say, and what no email and no row may hold."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from sqlalchemy import text

import notify_svc.emails
from notify_svc.emails import EMAILS
from notify_svc.mail.compose import compose
from notify_svc.mail.render import Rendered, Renderer, UnrenderableError
from notify_svc.settings import Settings
from notify_svc.tables import Base
from shared import links
from shared.catalog import load as load_catalog
from shared.contracts import ClosedBecause, Decision, Person
from shared.ids import new_id
from shared.texts import one_line
from tests.notify_svc.conftest import World
from tests.notify_svc.factories import (
    HMS,
    MARIA,
    NOW,
    TELLIGEN,
    approval_closed,
    approval_requested,
    official,
    outcome,
    request_decided,
    role_requested,
)

FOLDER = Path(notify_svc.emails.__file__).parent
LATER = NOW + timedelta(days=1)
LINK = re.compile(r"http://127\.0\.0\.1:8002/decide/(\S+)")
DAY = re.compile(r"\b\d\d/\d\d/\d{4}\b")
WITHOUT_DAY = {
    *("request_received", "approved", "rejected", "decided_in_part"),
    *("withdrawn", "already_handled", "decision_recorded", "few_officials"),
}
"""What tells of something that is over and calls for nothing, or of something that has no day."""
EVIL = '<script>alert("x")</script>'


@pytest.fixture
def renderer(settings: Settings) -> Renderer:
    return Renderer(settings)


def test_every_folder_of_an_email_is_registered_and_has_its_three_files() -> None:
    folders = {path.name for path in FOLDER.iterdir() if path.is_dir() and not path.name.startswith("_")}

    assert folders == set(EMAILS)
    for name in folders:
        assert {"subject.txt", "body.txt", "body.html"} <= {path.name for path in (FOLDER / name).iterdir()}


@pytest.mark.parametrize("name", EMAILS)
def test_every_email_renders_with_its_sample_data(renderer: Renderer, name: str) -> None:
    rendered = renderer.render(name, EMAILS[name].sample)

    assert rendered.subject
    assert "\n" not in rendered.subject
    for part in (rendered.text, rendered.html):
        assert EMAILS[name].sample["name"] in part
        assert "Do not reply" in part
        assert "888-477-7876" in part
        assert "iQIES@cms.hhs.gov" in part
        assert "{{" not in part
        assert "None" not in part
    assert max(len(line) for line in rendered.text.splitlines() if "http" not in line) <= 80


@pytest.mark.parametrize("name", EMAILS)
def test_every_html_part_carries_its_styles_and_nothing_to_fetch(renderer: Renderer, name: str) -> None:
    html = renderer.render(name, EMAILS[name].sample).html

    assert 'style="' in html
    assert "<style" not in html
    assert not re.search(r"<(img|link|script|iframe)\b|url\(", html)
    unstyled = re.findall(r"<(?:p|h1|h2|a|div)\b(?![^>]*\bstyle=)[^>]*>", html)
    assert unstyled == []


def test_no_class_is_an_expression_because_styles_are_chosen_at_load() -> None:
    for path in FOLDER.rglob("*.html"):
        assert not re.search(r'class="[^"]*\{', path.read_text()), path


@pytest.mark.parametrize("name", EMAILS)
def test_every_email_needs_each_name_of_its_context(renderer: Renderer, name: str) -> None:
    with pytest.raises(UnrenderableError):
        renderer.render(name, {"zone": None})


@pytest.mark.parametrize("name", sorted(set(EMAILS) - WITHOUT_DAY))
def test_the_subject_says_by_when_or_since_when(renderer: Renderer, name: str) -> None:
    rendered = renderer.render(name, EMAILS[name].sample)
    (day,) = DAY.findall(rendered.subject)
    assert day in rendered.text
    assert day in rendered.html


WAITING = {name for name, email in EMAILS.items() if email.has_link}


@pytest.mark.parametrize("name", sorted(WAITING - {"expiry_notice"}))
def test_by_when_is_the_same_day_in_every_mail_about_one_approval(renderer: Renderer, name: str) -> None:
    sample = EMAILS[name].sample
    assert DAY.findall(renderer.render(name, sample).subject) == ["11/30/2026"]
    last = renderer.render(name, sample | {"escalates_at": None, "decide_by": sample["expires_at"]})
    assert DAY.findall(last.subject) == ["12/22/2026"]
    assert "others are asked too" not in last.text
    resting = renderer.render(name, sample | {"escalates_at": None, "expires_at": None, "decide_by": None})
    assert DAY.findall(resting.subject) == []
    assert "Decide by" not in resting.html


def test_a_notice_from_before_approvals_had_deadlines_says_nothing_of_them(renderer: Renderer) -> None:
    sample = EMAILS["decision_wanted"].sample
    before = {key: value for key, value in sample.items() if key not in ("escalates_at", "expires_at", "decide_by")}
    rendered = renderer.render("decision_wanted", before)
    assert rendered.subject.endswith("State Agency S&C General User \N{EN DASH} Alabama")
    assert "Decide by" not in rendered.text + rendered.html


def test_who_is_told_that_the_request_expires_is_not_sent_to_officials_that_there_are_not(renderer: Renderer) -> None:
    sample = EMAILS["expiry_notice_requester"].sample
    asked = renderer.render("expiry_notice_requester", sample)
    alone = renderer.render("expiry_notice_requester", sample | {"officials": []})
    for part in (asked.text, asked.html):
        assert "They were told too" in part
    for part in (alone.text, alone.html):
        assert "They were told" not in part
        assert "There is nobody just now who can decide on it" in part


@pytest.mark.parametrize("name", ["removed", "revoked", "role_ends_soon"])
def test_who_has_a_national_role_is_not_sent_to_officials_of_their_organization(renderer: Renderer, name: str) -> None:
    sample = EMAILS[name].sample
    asked, national = (renderer.render(name, sample | {"organization": each}) for each in ("Alabama", None))
    for part in (asked.text, asked.html):
        assert "Official of your" in " ".join(part.split())
    for part in (national.text, national.html):
        assert "Official of your" not in " ".join(part.split())


def test_an_unknown_email_cannot_be_rendered(renderer: Renderer) -> None:
    with pytest.raises(UnrenderableError):
        renderer.render("no_such_email", {"zone": None})


def test_the_link_opens_this_approval_for_this_official_until_it_ends(world: World, settings: Settings) -> None:
    john = official("John Smith")
    asked = approval_requested(john)
    world.hears_and_works(asked)

    received = world.mailbox.mails[0]
    (token,) = LINK.findall(received.part("plain"))
    assert links.path(token) in received.part("html")
    assert links.read(settings.link_keys, token) == links.DecisionLink(
        approval_id=asked.approval_id, official_id=john.official_id, expires_at=asked.links_expire_at
    )


def test_no_row_holds_a_token(world: World) -> None:
    world.hears_and_works(approval_requested(official("John Smith")))

    (token,) = LINK.findall(world.mailbox.mails[0].part("plain"))
    with world.database.reading() as session:
        for table in Base.metadata.sorted_tables:
            rows = session.scalars(text(f'SELECT row_to_json(t)::text FROM "{table.name}" t')).all()
            assert not any(token in row or "/decide/" in row for row in rows)
    assert len(world.notices()) == 1


def test_no_log_line_holds_a_token_or_an_address(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    world.hears_and_works(approval_requested(official("John Smith")))

    (token,) = LINK.findall(world.mailbox.mails[0].part("plain"))
    logged = "".join(capfd.readouterr())
    assert "notice sent" in logged
    assert token not in logged
    assert "@" not in logged


def test_what_people_wrote_is_escaped_in_html_and_plain_in_text(world: World) -> None:
    world.hears_and_works(request_decided(outcome(Decision.REJECTED, comment=f"No.\n{EVIL}")))

    received = world.mailbox.mails[0]
    assert EVIL not in received.part("html")
    assert "&lt;script&gt;" in received.part("html")
    assert EVIL in received.part("plain")


def test_no_line_break_reaches_a_header(world: World) -> None:
    name = "Maria\r\nBcc: everybody@example.org\u2028Lopez"
    world.hears_and_works(role_requested(Person(user_id="M", name=name, email="maria@example.gov")))
    world.hears_and_works(
        approval_requested(official("John Smith"), requester=Person(user_id="M", name=name, email=""))
    )

    for received in world.mailbox.mails:
        assert received.mail["Bcc"] is None
        assert len(received.recipients) == 1
        assert b"\nBcc:" not in received.raw.split(b"\r\n\r\n", 1)[0]
    subject = str(world.mailbox.mails[1].mail["Subject"])
    assert subject.startswith("Decision wanted: Maria Bcc: everybody@example.org Lopez asks for")


def test_no_header_holds_what_turns_or_hides_letters(settings: Settings) -> None:
    name = "Maria\u202eznep\u202c \u200bLo\u2066pez"
    raw = compose(
        Rendered(f"{name} asks", "text", "<p>text</p>"),
        sender=settings.mail_from,
        name=name,
        address="maria@example.gov",
        mail_id="<x@example.gov>",
        correlation_id=new_id(),
        now=NOW,
    )
    read = message_from_bytes(raw, policy=policy.default)
    assert (read["To"].addresses[0].display_name, read["Subject"]) == ("Mariaznep Lopez", "Mariaznep Lopez asks")


def test_a_subject_is_one_line_whatever_people_are_called(renderer: Renderer) -> None:
    rendered = renderer.render("decision_wanted", EMAILS["decision_wanted"].sample | {"requester": "Maria\n\tLopez"})

    assert rendered.subject.startswith("Decision wanted: Maria Lopez asks for")


@pytest.mark.parametrize("name", ["Maria\r\nBcc: x@example.org", "Jos\u00e9\r\nBcc: x@example.org"])
def test_a_header_is_one_line_whatever_it_is_made_of(settings: Settings, name: str) -> None:
    mail = compose(
        Rendered("Two\nBcc: x@example.org", "text", "<p>html</p>"),
        sender=settings.mail_from,
        name=name,
        address="maria@example.gov",
        mail_id="<1@hcqis.org>",
        correlation_id=new_id(),
        now=datetime(2026, 11, 23, tzinfo=UTC),
    )

    read = message_from_bytes(mail, policy=policy.default)
    assert read["Bcc"] is None
    assert read["To"].addresses[0].display_name == one_line(name)
    assert read["Subject"] == "Two Bcc: x@example.org"
    assert b"\n" not in mail.replace(b"\r\n", b"")


def test_names_of_every_alphabet_arrive(world: World) -> None:
    world.hears_and_works(role_requested(Person(user_id="J", name="José Núñez 王", email="jose@example.gov")))

    received = world.mailbox.mails[0]
    assert received.mail["To"].addresses[0].display_name == "José Núñez 王"
    assert "Hello José Núñez 王," in received.part("plain")


def test_dates_are_in_the_recipients_zone_with_its_name(world: World) -> None:
    world.hears_and_works(approval_requested(official("John Smith")))

    assert "12/04/2026 2:05 PM CST" in world.mailbox.mails[0].part("plain")


def test_an_official_whose_zone_is_not_known_reads_that_of_the_organization(world: World) -> None:
    john = replace(official("John Smith"), time_zone=None)
    asked = approval_requested(john)
    world.hears_and_works(asked)
    world.hears_and_works(approval_closed(asked, ClosedBecause.WITHDRAWN))

    assert [" CST" in mail.part("plain") for mail in world.mailbox.mails] == [True, True]


def test_without_a_known_zone_the_settings_zone_is_used(world: World) -> None:
    world.hears_and_works(role_requested(organizations=()))

    assert "11/20/2026 3:05 PM EST" in world.mailbox.mails[0].part("plain")


def test_the_official_reads_whom_and_what_in_the_subject(world: World) -> None:
    world.hears_and_works(approval_requested(official("John Smith")))

    expected = "Decision wanted: Maria Lopez asks for State Agency S&C General User \N{EN DASH} Alabama"
    assert world.mailbox.mails[0].mail["Subject"] == expected


def test_the_first_mail_says_by_when_and_what_follows(world: World) -> None:
    asked = approval_requested(official("John Smith"))
    in_time, at_last = NOW + timedelta(days=10), NOW + timedelta(days=30)
    world.hears_and_works(replace(asked, escalates_at=in_time, expires_at=at_last))

    assert str(world.mailbox.mails[0].mail["Subject"]).endswith("Alabama, decide by 11/30/2026")
    for part in ("plain", "html"):
        said = world.mailbox.mails[0].part(part)
        assert "11/30/2026 2:05 PM CST; then others are asked too" in said
        assert "12/20/2026 2:05 PM CST" in said


def test_an_approved_surveyor_without_a_discipline_is_told_to_select_one(world: World) -> None:
    surveyor = next(role for role in load_catalog().roles if role.has_disciplines)
    world.hears_and_works(
        request_decided(
            outcome(Decision.APPROVED, HMS),
            outcome(Decision.REJECTED, TELLIGEN),
            role_id=surveyor.id,
            role_name=surveyor.name,
        )
    )

    assert "select at least 1 primary discipline" in world.mailbox.mails[0].part("plain")


def test_a_surveyor_whose_official_chose_disciplines_is_not(world: World) -> None:
    surveyor = next(role for role in load_catalog().roles if role.has_disciplines)
    chosen = outcome(Decision.APPROVED, HMS, disciplines=("Architect",), extra_privileges=("Edit",))
    world.hears_and_works(request_decided(chosen, role_id=surveyor.id))

    said = world.mailbox.mails[0].part("plain")
    assert "primary discipline" not in said
    assert "Surveyor disciplines: Architect" in said
    assert "Additional permissions: Edit" in said


def test_each_outcome_has_the_time_of_its_own_decision(world: World) -> None:
    before, after = outcome(Decision.APPROVED, HMS), outcome(Decision.REJECTED, TELLIGEN, decided_at=LATER)
    world.hears_and_works(request_decided(before, after))

    said = world.mailbox.mails[0].part("plain")
    assert re.findall(r"Decided: (\d\d/\d\d)", said) == [f"{NOW:%m/%d}", f"{LATER:%m/%d}"]


def test_a_notice_from_before_outcomes_had_times_tells_the_request_s(renderer: Renderer) -> None:
    context = EMAILS["approved"].sample
    undated = [{key: value for key, value in one.items() if key != "decided_at"} for one in context["outcomes"]]
    rendered = renderer.render("approved", context | {"outcomes": undated})
    assert rendered.text.count("Decided: 11/23/2026") == rendered.html.count("11/23/2026") == 2


def test_a_national_role_names_no_organization(world: World) -> None:
    world.hears_and_works(request_decided(outcome(Decision.APPROVED, None), role_name="CMS General User"))

    assert world.mailbox.mails[0].mail["Subject"] == "Approved: CMS General User"
    assert "Organization" not in world.mailbox.mails[0].part("plain")
    assert world.mailbox.mails[0].recipients == [MARIA.email]
