"""Cleaning of text: what is kept as it was typed, and what goes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.texts import clean, name_problem, one_line

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()))
"""Halves of characters included."""


@given(ANY_TEXT)
def test_every_cleaned_text_can_be_stored_and_stays_as_it_is(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode()
    assert clean(cleaned) == cleaned
    assert one_line(one_line(text)) == one_line(text)
    assert len(one_line(text).splitlines()) <= 1
    assert cleaned.split("\n") == (cleaned.splitlines() or [""])


@given(st.text(alphabet=st.characters(categories=("L", "N", "P", "Sm", "Sc")), min_size=1))
def test_letters_digits_and_signs_stay(text: str) -> None:
    seen = text.translate(dict.fromkeys(map(ord, "\u115f\u1160\u17b4\u17b5\u3164\uffa0")))
    assert clean(f"x{seen}") == f"x{seen}"


@pytest.mark.parametrize(
    "text",
    [
        "क्\u200cष",
        "👩\u200d👩\u200d👧",
        "हिन्\u200dदी",
        "Zoë Łukasz 王小明",
        "two\nlines\tand a tab",
        "a  b",
        "❤\ufe0f",
    ],
)
def test_what_people_write_stays(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        (
            "one\r\ntwo\rthree\x85four\u2028five\u2029six\x0bseven\x0ceight",
            "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight",
        ),
        ("a\x00b\x1b[31mc\x7fd\x9be", "ab[31mcde"),
        ("deny \u202eyned\u202c \u2066all\u2069\u200f\u061c", "deny yned all"),
        ("pay\u200bload\ufeff \u00adhid\u2060den\U000e0041", "payload hidden"),
        ("half \ud83d of it \udc00", "half  of it"),
        (" \u200b\u2060\u3164\u2800\u200d\ufe0f\n", ""),
    ],
)
def test_what_cannot_be_seen_goes(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "a\tb", "a\nb", "a\0", " a", "a\u202eb", "A" * 201])
def test_a_name_that_harms_a_list_is_refused(name: str) -> None:
    assert name_problem(name)


@pytest.mark.parametrize("name", ["Alabama", "St. Mary's (North), 2nd=", "Łódź", "A" * 200])
def test_other_names_are_taken(name: str) -> None:
    assert name_problem(name) is None
