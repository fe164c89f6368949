"""What a sign-in provider says of a person: names that people typed there, and answers of odd providers."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.texts import LONGEST_NAME
from shared.web.claims import UnusableClaimsError, person_from
from shared.web.person import SignedIn
from tests.attack.bad_input.hostile import HEADERS, UNSEEN

CLAIMS = {"sub": "ada.wells", "name": "Ada Wells", "email": "ada@example.org"}


def person(**changed: Any) -> SignedIn:
    return person_from(CLAIMS | changed, operations_group="operations")


def test_a_name_is_one_line_that_can_be_seen() -> None:
    assert person(name=f"Ada{UNSEEN} \ud800Wells").name == "Ada Wells"
    assert person(name=HEADERS).name == "x X-Injected: yes Bcc: mallory@evil.example hello"
    assert person(phone_number="555\r\n-0100\x00").phone == "555 -0100"


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_every_name_can_be_stored(name: str) -> None:
    cleaned = person(name=name).name
    assert cleaned.encode()
    assert "\0" not in cleaned
    assert len(cleaned.splitlines()) == 1
    assert person(name=cleaned).name == cleaned


@pytest.mark.parametrize("name", [None, "", " \u200b\u3164\u2800 ", 5, {"given": "Ada"}, ["Ada"]])
def test_who_has_no_name_is_called_by_their_user_id(name: object) -> None:
    assert person(name=name).name == "ada.wells"


def test_a_name_without_end_is_cut() -> None:
    assert person(name="A" * 100_000).name == "A" * LONGEST_NAME


@pytest.mark.parametrize("sub", [None, "", 7, "a" * 256, "ada\0", "ada\n", " ada", "ad\u0430", "\ud800", ["ada"]])
def test_nobody_signs_in_under_an_id_that_cannot_be_kept(sub: object) -> None:
    with pytest.raises(UnusableClaimsError):
        person(sub=sub)


@pytest.mark.parametrize(
    "email",
    [
        *(None, "", 7, ["a@x.example"], "a@x.example\r\nBcc: b@x.example", "a@x.example, b@x.example", "a", "a@b@c"),
        *(
            "a\0@x.example",
            "\u202ea@x.example",
            "Ada <a@x.example>",
            "a@x.example\n",
            f"{'a' * 250}@x.example",
            "\ud800@x",
        ),
    ],
)
def test_nobody_signs_in_with_an_address_that_is_none(email: object) -> None:
    with pytest.raises(UnusableClaimsError):
        person(email=email)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "/etc/passwd", "\0", "", 5, ["America/Chicago"]])
def test_a_time_zone_that_nobody_knows_is_left_out(zone: object) -> None:
    assert person(zoneinfo=zone).zone is None
    assert person(zoneinfo="America/Chicago").zone == "America/Chicago"


@pytest.mark.parametrize(
    "groups", ["operations-of-others", "no operations", ["operations "], {"operations": 1}, 5, None]
)
def test_only_the_group_itself_opens_the_operations_pages(groups: object) -> None:
    assert not person(groups=groups).is_operations
    assert person(groups=["others", "operations"]).is_operations
    assert person(groups="operations").is_operations
