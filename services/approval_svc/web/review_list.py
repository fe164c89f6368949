"""The list of the roles of a review: what is looked for, a page at a time, and what of it is selected."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import request, url_for
from marshmallow import Schema, fields, validate

from approval_svc.domain.reviews import Answer
from approval_svc.review_queries import Line
from approval_svc.tables import ReviewRow
from approval_svc.use_cases.answer_review import refusal
from approval_svc.use_cases.reviewing import would_end
from approval_svc.web import presenting, zones
from shared.clock import format_date, format_instant, utc_now
from shared.web.forms import Form
from shared.web.person import signed_in_person

PAGE = 50
"""Roles on a page."""
MOST = 500
"""Roles that are answered at once."""
LONGEST_SEARCH = 100
SHOWN, ALL, BY_SIGN_IN = "shown", "all", "sign-in"
SORTS = ((BY_SIGN_IN, "Longest without sign-in first"),)
FROM_LIST, NO_SUCH_PAGE = "Select one from the list", "There is no such page"
TAGS = {
    Answer.CONFIRMED: ("Confirmed", "approved"),
    Answer.REMOVED: ("Removed", "rejected"),
    Answer.KEPT: ("Kept: nobody answered", "pending"),
    Answer.ENDED: ("Removed: nobody confirmed", "rejected"),
    Answer.GONE: ("Ended meanwhile", "expired"),
}


class ListForm(Schema):
    """What is looked for, and what of it is selected."""

    search = fields.String(
        load_default="", validate=validate.Length(max=LONGEST_SEARCH, error="Look for something shorter")
    )
    sort = fields.String(load_default=None, validate=validate.OneOf([BY_SIGN_IN], error=FROM_LIST))
    selected = fields.String(
        load_default=None, validate=validate.OneOf([SHOWN, ALL], error="Use the links above the list to select")
    )
    page = fields.Integer(
        load_default=1,
        validate=validate.Range(1, 100_000, error=NO_SUCH_PAGE),
        error_messages={"invalid": NO_SUCH_PAGE, "too_large": NO_SUCH_PAGE},
    )


@dataclass(frozen=True, kw_only=True)
class Row:
    """One role of the list, its times in the reader's zone; `left_to` names who reviews what the reader cannot."""

    line: Line
    may: bool
    signed_in: str
    ago: str | None
    granted: str
    tag: tuple[str, str] | None
    answered: str | None
    left_to: str | None


def context(review: ReviewRow, lines: Sequence[Line], query: Form, problems: Form) -> dict[str, Any]:
    """Returns what the page shows of these lines; `problems` are of the form below the list, whose ticks stay."""
    user_id, now, zone = signed_in_person().user_id, utc_now(), reader_zone()
    waiting = [line for line in lines if _waits_for(line, user_id, review)]
    found = found_in(review, lines, query)
    number = min(query.data.get("page", 1), _pages_of(found))
    shown = found[(number - 1) * PAGE : number * PAGE]
    selected = query.data.get("selected")
    ticked = problems.values("role") if problems.errors else _ids(shown) if selected else []
    return {
        "waiting": waiting,
        "ending": sum(would_end(line.grant) for line in waiting),
        "counted": {answer: sum(line.item.answer is answer for line in lines) for answer in Answer},
        "tags": TAGS,
        "total": len(lines),
        "found": found,
        "selectable": sum(_waits_for(line, user_id, review) for line in found),
        "rows": [row_of(line, user_id, review, now, zone) for line in shown],
        "ticked": ticked,
        "selected": selected,
        "sorts": SORTS,
        "number": number,
        "pages": _pages_of(found),
        "page_size": PAGE,
        "most": MOST,
        "longest_search": LONGEST_SEARCH,
        "is_filtered": bool(query.data.get("search")),
        "url": partial(url_to, review.id),
        "at": partial(format_instant, zone=zone),
    }


def _pages_of(found: Sequence[Line]) -> int:
    """Returns how many pages the list has, at least one."""
    return max(1, -(-len(found) // PAGE))


def found_in(review: ReviewRow, lines: Sequence[Line], query: Form) -> list[Line]:
    """Returns the lines that the query looks for: those that wait for the reader first, each part in its order."""
    words = str(query.data.get("search", "")).casefold().split()
    found = [line for line in lines if all(word in _text(line) for word in words)]
    if query.data.get("sort") == BY_SIGN_IN:
        found.sort(key=lambda line: line.last_sign_in_at.timestamp() if line.last_sign_in_at else 0.0)
    user_id = signed_in_person().user_id
    return sorted(found, key=lambda line: not _waits_for(line, user_id, review))


def _text(line: Line) -> str:
    return f"{line.grant.holder_name} {line.grant.holder_user_id} {line.grant.role_name}".casefold()


def row_of(line: Line, user_id: str, review: ReviewRow, now: datetime, zone: ZoneInfo) -> Row:
    """Returns the line as the person with this user id is shown it."""
    last, granted, item = line.last_sign_in_at, line.grant.granted_at, line.item
    by = f"{item.answered_by_name}, " if item.answered_by_name else ""
    waits = _waits_for(line, user_id, review)
    return Row(
        line=line,
        may=waits,
        signed_in=format_date(last, zone) if last else "Never, as far as we know",
        ago=f"{presenting.age(last, now)} ago" if last else None,
        granted=format_date(granted, zone) if granted else "-",
        tag=TAGS[item.answer] if item.answer else TAGS[Answer.GONE] if line.is_gone else None,
        answered=f"{by}{format_date(item.answered_at, zone)}" if item.answered_at else None,
        left_to=(refusal(line, user_id) or "") if line.is_open and not waits and review.closed_at is None else None,
    )


def _waits_for(line: Line, user_id: str, review: ReviewRow) -> bool:
    return review.closed_at is None and line.is_open and refusal(line, user_id) is None


def _ids(lines: Sequence[Line]) -> list[str]:
    return [str(line.grant.id) for line in lines]


def url_to(review_id: UUID, view: str = "page", **differently: Any) -> str:
    """Returns the address of a view of the list with the filter, page and selection of the present one."""
    kept = {name: request.args.get(name) or None for name in ("search", "sort", "page", "selected")}
    return url_for(f"reviews.{view}", review_id=review_id, **(kept | differently))


def reader_zone() -> ZoneInfo:
    """Returns the signed-in person's own zone, or that of the service."""
    return zones.of_reader()
