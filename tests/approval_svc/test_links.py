"""The token of an emailed link: signed for one purpose, readable with every key, the same for the same input."""

import string
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import URLSafeSerializer

from shared import links

OLD, NEW, OTHER = ("o" * 32, "n" * 32, "x" * 32)
ENDS = datetime(2026, 12, 23, 15, 0, tzinfo=UTC)
APPROVAL, OFFICIAL = UUID(int=1), UUID(int=2)


def minted(*keys: str) -> str:
    return links.mint(keys, approval_id=APPROVAL, official_id=OFFICIAL, expires_at=ENDS)


@given(st.uuids(), st.uuids(), st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1)))  # noqa: DTZ001 - hypothesis wants bounds without zone
def test_what_is_minted_is_read(approval: UUID, official: UUID, ends: datetime) -> None:
    ends = ends.replace(tzinfo=UTC, microsecond=0)
    token = links.mint([NEW], approval_id=approval, official_id=official, expires_at=ends)
    assert links.read([NEW], token) == links.DecisionLink(approval_id=approval, official_id=official, expires_at=ends)


def test_equal_input_gives_an_equal_token_whatever_the_zone() -> None:
    local = ENDS.astimezone().replace(microsecond=1) - timedelta(microseconds=1)
    assert links.mint([NEW], approval_id=APPROVAL, official_id=OFFICIAL, expires_at=local) == minted(NEW)


def test_the_first_key_signs_and_all_are_accepted() -> None:
    assert minted(NEW, OLD) == minted(NEW)
    assert links.read([NEW, OLD], minted(OLD)) == links.read([NEW], minted(NEW))


FOREIGN = URLSafeSerializer(NEW).dumps([APPROVAL.hex, OFFICIAL.hex, 1])
SHAPELESS = URLSafeSerializer(NEW, salt=links.PURPOSE).dumps("something else")
CUT, LONGER, SWAPPED = minted(NEW)[:-1], minted(NEW) + "A", minted(NEW).swapcase()


@pytest.mark.parametrize("token", ["", "x", "é", minted(OTHER), CUT, LONGER, SWAPPED, FOREIGN, SHAPELESS])
def test_anything_else_is_refused(token: str) -> None:
    with pytest.raises(links.AlteredLinkError):
        links.read([NEW], token)


@pytest.mark.parametrize("character", string.ascii_letters + string.digits + "-_")
def test_no_other_last_character_will_do(character: str) -> None:
    """Base64 leaves bits of it unused, so that several characters decode to one signature."""
    token = minted(NEW)
    if character != token[-1]:
        with pytest.raises(links.AlteredLinkError):
            links.read([NEW], token[:-1] + character)
