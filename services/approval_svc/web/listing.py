"""My Approvals as a list: what is looked for, a page at a time, and what of it is selected."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import render_template, request, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from approval_svc import digest_queries, revocation_queries, waiting_queries
from approval_svc.domain.routing import OrganizationId
from approval_svc.tables import ApprovalRow
from approval_svc.use_cases.revoke_decision import as_decided
from approval_svc.waiting_queries import Coming, Wanted
from approval_svc.web import acts, deciding_many, handing_over, visits, zones
from approval_svc.web.deciding import Page
from approval_svc.web.deciding_many import ALL, MOST, Selection
from shared.clock import format_instant
from shared.web.forms import Form, read_query
from shared.web.person import signed_in_person

PAGE = 50
"""Requests on a page."""

LONGEST_SEARCH = 100
SHOWN, NATIONAL = "shown", "national"
FILTERS = ("search", "role", "organization", "coming")
FROM_LIST = "Select one from the list"
COMINGS: Sequence[tuple[str, str]] = (
    (Coming.ASKED, "You were asked"),
    (Coming.ESCALATED, "Escalated to you"),
    (Coming.HANDED_OVER, "Handed over to you"),
    (Coming.ACTING, "In the place of somebody who is absent"),
    (Coming.DUE_SOON, f"Expires within {waiting_queries.SOON.days} days"),
)


class ListForm(Schema):
    """The query of the list."""

    search = fields.String(validate=validate.Length(max=LONGEST_SEARCH, error="Look for something shorter"))
    role = fields.String()
    organization = fields.String(
        validate=validate.Regexp(f"^({NATIONAL}|[^:]+:.+)$", error=FROM_LIST),
    )
    coming = fields.Enum(Coming, by_value=True, error_messages={"unknown": FROM_LIST})
    page = fields.Integer(
        load_default=1,
        validate=validate.Range(min=1, max=10**6, error="There is no such page"),
        error_messages={"invalid": "There is no such page", "too_large": "There is no such page"},
    )
    selected = fields.String(validate=validate.OneOf([SHOWN, ALL], error="Use the links above the list to select"))


def show(session: Session, now: datetime, problems: Form | None = None) -> Page:
    """Returns a page of the list; `problems` are of the form below it, whose ticks stay."""
    query = read_query(ListForm())
    form = query.with_errors(**(problems.errors if problems else {}))
    page = render_template("my_approvals.html", form=form, **_context(session, query, problems, now))
    return page, 422 if form.errors else 200


def selection(now: datetime) -> Selection:
    """Returns what the signed-in person chooses from, with the filter of the address that they came by."""
    query, user_id = read_query(ListForm()), signed_in_person().user_id
    return Selection(
        acts=(*acts.DECIDING, handing_over.HAND_OVER),
        back_url=_url(page=None, selected=None),
        confirm_url=_url("confirm_many"),
        act_url=_url("act_on_many", page=None, selected=None),
        zone=_zone(),
        find=visits.signed_in_many,
        again=lambda session, form: show(session, now, form),
        everything=lambda session: _everything(session, query, user_id, now),
    )


def _everything(session: Session, query: Form, user_id: str, now: datetime) -> Sequence[UUID]:
    if not query.ok:
        return ()
    return waiting_queries.ids(session, user_id, _wanted(query), now, limit=MOST)


def _context(session: Session, query: Form, problems: Form | None, now: datetime) -> dict[str, Any]:
    user_id, wanted = signed_in_person().user_id, _wanted(query)
    found = waiting_queries.count(session, user_id, wanted, now)
    pages = max(1, -(-found // PAGE))
    number = min(query.data.get("page", 1), pages)
    shown = waiting_queries.ids(session, user_id, wanted, now, limit=PAGE, offset=(number - 1) * PAGE)
    selected = query.data.get("selected")
    chosen = selection(now)
    return {
        "number": waiting_queries.count(session, user_id, Wanted(), now),
        "is_official": bool(digest_queries.rows_of(session, user_id)),
        "found": found,
        "is_filtered": wanted != Wanted(),
        "rows": deciding_many.rows(session, visits.signed_in_many(session, shown), now, chosen.zone),
        "ticked": _ticked(shown, selected, problems),
        "selected": selected,
        "whole": selected == ALL,
        "selection": chosen,
        "pages": pages,
        "page_number": number,
        "most": MOST,
        "approved": _approved_lately(session, user_id, now),
        "url": partial(_url, fragment="list"),
        **_choices(session, user_id, now),
    }


def _approved_lately(session: Session, user_id: str, now: datetime) -> list[tuple[ApprovalRow, str]]:
    """Returns what the person can still revoke, each with until when."""
    found = [(each, as_decided(each).until()) for each in revocation_queries.approved_lately(session, user_id, now)]
    return [(each, format_instant(until, _zone())) for each, until in found if until]


def _choices(session: Session, user_id: str, now: datetime) -> dict[str, Any]:
    named = waiting_queries.organizations(session, user_id, now)
    return {
        "roles": waiting_queries.roles(session, user_id, now),
        "organizations": [(f"{each.kind}:{each.id}" if each else NATIONAL, name) for each, name in named],
        "comings": COMINGS,
        "longest_search": LONGEST_SEARCH,
    }


def _ticked(shown: Sequence[UUID], selected: str | None, problems: Form | None) -> list[str]:
    if problems is not None:
        return problems.values("approval")
    return [str(each) for each in shown] if selected else []


def _wanted(query: Form) -> Wanted:
    """Returns what is looked for; whatever is wrong with the query, nothing is: the form says so."""
    if not query.ok:
        return Wanted()
    organization = query.data.get("organization") or ""
    kind, _, identifier = organization.partition(":")
    return Wanted(
        role_id=query.data.get("role"),
        organization=OrganizationId(kind=kind, id=identifier) if identifier else None,
        national=organization == NATIONAL,
        coming=query.data.get("coming"),
        words=tuple(query.data.get("search", "").split()),
    )


def _url(view: str = "index", *, fragment: str | None = None, **differently: Any) -> str:
    """Returns the address of a view of the list with the filter, page and selection of the present one."""
    kept = {name: request.args.get(name) or None for name in (*FILTERS, "page", "selected")}
    return url_for(f"my_approvals.{view}", _anchor=fragment, **(kept | differently))


def _zone() -> ZoneInfo:
    return zones.of_reader()
