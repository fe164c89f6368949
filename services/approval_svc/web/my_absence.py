"""/my-absence: when an official is absent, and who acts for them meanwhile."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from marshmallow import Schema, fields
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from approval_svc import absence_queries, organization_queries
from approval_svc.domain.absences import UnusableAbsenceError
from approval_svc.domain.refusals import NotAnOfficialError
from approval_svc.domain.routing import OrganizationId
from approval_svc.settings import Settings
from approval_svc.tables import AbsenceRow, OfficialRow
from approval_svc.use_cases.plan_absence import (
    NoSuchAbsenceError,
    Wanted,
    cancel_absence,
    change_absence,
    days_of,
    enter_absence,
    zone_of,
)
from approval_svc.web import directory
from approval_svc.web.deciding import Page
from shared.clock import utc_now
from shared.web.access import signed_in
from shared.web.current import database, settings
from shared.web.forms import Form, read_form
from shared.web.person import signed_in_person

NO_FIRST, NO_LAST = "Enter the first day, such as 12/24/2026", "Enter the last day, such as 12/31/2026"
ENTERED, CHANGED, CANCELLED, IS_OVER = "entered", "changed", "cancelled", "over"
SAID = {
    ENTERED: ("success", "Your absence is saved"),
    CHANGED: ("success", "Your absence is changed"),
    CANCELLED: ("success", "Your absence is cancelled"),
    IS_OVER: ("info", "This absence is over or was cancelled already"),
}
SHAPES = ("%m/%d/%Y", "%Y-%m-%d")

pages = Blueprint("my_absence", __name__, url_prefix="/my-absence")


class Day(fields.Field[date]):
    """A day as the job aids write it, 12/24/2026, or as a date picker sends it, 2026-12-24."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> date:
        for shape in SHAPES:
            try:
                return datetime.strptime(str(value), shape).date()  # noqa: DTZ007  # a day has no zone
            except ValueError:
                continue
        raise self.make_error("invalid")


class AbsenceForm(Schema):
    """The first and the last day, and who acts."""

    first_day = Day(required=True, error_messages={"required": NO_FIRST, "invalid": NO_FIRST})
    last_day = Day(required=True, error_messages={"required": NO_LAST, "invalid": NO_LAST})
    substitute = fields.String(required=True, error_messages={"required": "Select who acts for you"})


@pages.get("")
@signed_in
def index() -> Page:
    """Shows the person's absences, for whom they act, and the form for another absence."""
    with database().reading() as session:
        return _list(session, Form(), 200)


@pages.post("")
@signed_in
def enter() -> Page:
    """Keeps an absence."""
    form = read_form(AbsenceForm())
    if form.ok:
        try:
            with database().transaction() as session:
                enter_absence(session, _user(), Wanted(**form.data), settings(Settings).link_lifetime, utc_now())
            return _back(ENTERED)
        except NotAnOfficialError:
            return redirect(url_for(".index"), 303)
        except UnusableAbsenceError as error:
            form = form.with_errors(**{error.field: error.sentence})
    with database().reading() as session:
        return _list(session, form, 422)


@pages.get("/<uuid:absence_id>")
@signed_in
def page(absence_id: UUID) -> Page:
    """Shows an absence to change or to cancel; of one that is over the list says so."""
    with database().reading() as session:
        absence = _own(session, absence_id)
        return _change(session, absence, Form(typed=_as_typed(absence)), 200) if absence else _gone(absence_id)


@pages.post("/<uuid:absence_id>")
@signed_in
def change(absence_id: UUID) -> Page:
    """Gives an absence other days, or somebody else to act."""
    form, user_id, now = read_form(AbsenceForm()), _user(), utc_now()
    if form.ok:
        try:
            with database().transaction() as session:
                wanted = Wanted(**form.data)
                change_absence(session, user_id, absence_id, wanted, settings(Settings).link_lifetime, now)
            return _back(CHANGED)
        except NotAnOfficialError:
            return redirect(url_for(".index"), 303)
        except NoSuchAbsenceError:
            return _gone(absence_id)
        except UnusableAbsenceError as error:
            form = form.with_errors(**{error.field: error.sentence})
    with database().reading() as session:
        absence = _own(session, absence_id)
        return _change(session, absence, form, 422) if absence else _gone(absence_id)


@pages.post("/<uuid:absence_id>/cancel")
@signed_in
def cancel(absence_id: UUID) -> Page:
    """Ends an absence before its time."""
    try:
        with database().transaction() as session:
            cancel_absence(session, _user(), absence_id, settings(Settings).link_lifetime, utc_now())
    except NoSuchAbsenceError:
        return _gone(absence_id)
    return _back(CANCELLED)


def _user() -> str:
    return signed_in_person().user_id


def _back(said: str) -> Response:
    flash(said)
    return redirect(url_for(".index"), 303)


def _gone(absence_id: UUID) -> Response:
    """Says that an absence of theirs is over; one of somebody else does not exist here (404)."""
    with database().reading() as session:
        found = session.get(AbsenceRow, absence_id)
    return _back(IS_OVER) if found is not None and found.user_id == _user() else abort(404)


def _own(session: Session, absence_id: UUID) -> AbsenceRow | None:
    """Returns the person's absence; None for one that is over, or of somebody else."""
    found = absence_queries.open_absence(session, absence_id)
    return found if found is not None and found.user_id == _user() else None


def _as_typed(absence: AbsenceRow) -> dict[str, list[str]]:
    return {
        "first_day": [f"{absence.first_day:%m/%d/%Y}"],
        "last_day": [f"{absence.last_day:%m/%d/%Y}"],
        "substitute": [absence.substitute.user_id],
    }


def _list(session: Session, form: Form, status: int) -> tuple[str, int]:
    rows = absence_queries.rows_of(session, _user())
    own = absence_queries.open_absences_of(session, _user())
    acted = absence_queries.acted_by(session, _user())
    page = render_template(
        "my_absence.html",
        own=[(each, days_of(each)) for each in own],
        acted=[(_name(session, each), days_of(each), each.is_in_force) for each in acted],
        said=SAID,
        **_fields(session, rows, form),
    )
    return page, status


def _change(session: Session, absence: AbsenceRow, form: Form, status: int) -> tuple[str, int]:
    rows = absence_queries.rows_of(session, _user())
    page = render_template("my_absence_change.html", absence=absence, **_fields(session, rows, form))
    return page, status


def _fields(session: Session, rows: Sequence[OfficialRow], form: Form) -> dict[str, Any]:
    possible = absence_queries.possible_substitutes(session, rows)
    stood_for = {OrganizationId(kind=row.authority_kind, id=row.authority_id) for row in possible}
    named = {each: name for each in stood_for if (name := organization_queries.organization_name(session, each))}
    return {
        "form": form,
        "is_official": bool(rows),
        "zone": _place(zone_of(rows)),
        "substitutes": [(row.user_id, f"{row.name}, {directory.authority_name(row, named)}") for row in possible],
    }


def _place(zone: ZoneInfo) -> str:
    """Returns the place whose clock counts, as people call it: "New York"."""
    return zone.key.rpartition("/")[2].replace("_", " ")


def _name(session: Session, absence: AbsenceRow) -> str:
    return next((row.name for row in absence_queries.rows_of(session, absence.user_id)), absence.user_id)
