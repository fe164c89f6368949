"""/roles: the roles that people have in the organizations of an official, and taking one away.

Officials see those of their own organizations; officials of CMS and of the help desk, and operations, see all.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from flask import Blueprint, abort, redirect, render_template, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from approval_svc import grant_queries
from approval_svc.domain.ending import LONGEST_REASON, Ender
from approval_svc.domain.refusals import NotYoursToEndError, OwnRoleError, RefusedError, UnusableChoiceError
from approval_svc.domain.routing import NATIONAL, AuthorityId
from approval_svc.grant_queries import Sought
from approval_svc.tables import GrantRow
from approval_svc.use_cases.remove_role import NoSuchRoleError, Person, as_held, ender_of, remove_role
from approval_svc.web import zones
from shared.clock import format_instant, utc_now
from shared.web.access import signed_in
from shared.web.current import database
from shared.web.forms import Form, read_form, read_query
from shared.web.person import signed_in_person

log = structlog.get_logger(__name__)

pages = Blueprint("roles", __name__, url_prefix="/roles")

Page = Response | tuple[str, int]
PAGE = 50
"""Roles on a page."""
LONGEST_SEARCH = 100
NO_SUCH_PAGE = "There is no such page"


class SearchForm(Schema):
    """The query of the list."""

    search = fields.String(
        load_default="", validate=validate.Length(max=LONGEST_SEARCH, error="Look for something shorter")
    )
    page = fields.Integer(
        load_default=1,
        validate=validate.Range(min=1, max=10**6, error=NO_SUCH_PAGE),
        error_messages={"invalid": NO_SUCH_PAGE, "too_large": NO_SUCH_PAGE},
    )


class RemovalForm(Schema):
    """Why a role is taken away."""

    reason = fields.String(load_default=None)


@dataclass(frozen=True, kw_only=True)
class Line:
    """A role in the list: whose it is, and when they signed in last as far as is known."""

    grant: GrantRow
    last_sign_in_at: datetime | None
    is_own: bool


@pages.get("")
@signed_in
def index() -> Page:
    """Shows the roles of the person's organizations, or those that were searched for."""
    form = read_query(SearchForm())
    with database().reading() as session:
        ender = _ender(session)
        sought = Sought(authorities=_scope(ender), words=form.data.get("search", "").split())
        found = grant_queries.count_held(session, sought) if form.ok else 0
        pages_ = max(1, -(-found // PAGE))
        number = min(form.data.get("page", 1), pages_)
        rows = grant_queries.held(session, sought, limit=PAGE, offset=(number - 1) * PAGE) if found else []
    lines = [
        Line(grant=grant, last_sign_in_at=last, is_own=isinstance(as_held(grant).refusal(ender), OwnRoleError))
        for grant, last in rows
    ]
    page = render_template(
        "roles.html",
        form=form,
        lines=lines,
        found=found,
        pages=pages_,
        number=number,
        may_look=ender.is_operations or bool(ender.authorities),
        sees_all=sought.authorities is None,
        longest_search=LONGEST_SEARCH,
    )
    return page, 200 if form.ok else 422


@pages.get("/<uuid:grant_id>")
@signed_in
def one(grant_id: UUID) -> Page:
    """Shows a role with the form that takes it away, or why it cannot be."""
    with database().reading() as session:
        return _page(session, grant_id, Form())


@pages.post("/<uuid:grant_id>/remove")
@signed_in
def remove(grant_id: UUID) -> Page:
    """Takes the role away; the page of the role says what came of it."""
    form = read_form(RemovalForm())
    if not form.ok:
        with database().reading() as session:
            return _page(session, grant_id, form)
    try:
        with database().transaction() as session:
            remove_role(session, grant_id, _person(), form.data["reason"], utc_now())
    except UnusableChoiceError as error:
        with database().reading() as session:
            return _page(session, grant_id, form.with_errors(**{error.field: error.sentence}))
    except (NoSuchRoleError, NotYoursToEndError):
        abort(404)
    except RefusedError as refused:
        log.info("removal refused", refusal=type(refused).__name__, grant_id=str(grant_id))
    return redirect(url_for(".one", grant_id=grant_id), 303)


def _page(session: Session, grant_id: UUID, form: Form) -> tuple[str, int]:
    """Returns the page of a role; what the person may not know of does not exist for them (404)."""
    grant, ender = grant_queries.find_grant(session, grant_id), _ender(session)
    refused = as_held(grant).refusal(ender) if grant else NotYoursToEndError()
    if grant is None or isinstance(refused, NotYoursToEndError):
        abort(404)
    context: dict[str, Any] = {
        "grant": grant,
        "is_own": isinstance(refused, OwnRoleError),
        "may_remove": refused is None,
        "longest_reason": LONGEST_REASON,
        "at": partial(format_instant, zone=_zone()),
    }
    return render_template("role.html", form=form, **context), 422 if form.errors else 200


def _scope(ender: Ender) -> list[AuthorityId] | None:
    """Returns the organizations whose roles the person sees, None: those of all."""
    if ender.is_operations or any(each.kind in NATIONAL for each in ender.authorities):
        return None
    return list(ender.authorities)


def _ender(session: Session) -> Ender:
    person = _person()
    return ender_of(person, grant_queries.officials_rows_of(session, person.user_id))


def _person() -> Person:
    person = signed_in_person()
    return Person(user_id=person.user_id, name=person.name, email=person.email, is_operations=person.is_operations)


def _zone() -> ZoneInfo:
    return zones.of_reader()
