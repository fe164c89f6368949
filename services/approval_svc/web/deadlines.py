"""Operations ask what would follow a request that nobody answers."""

from typing import Any

from flask import Blueprint, render_template, request
from marshmallow import Schema, fields

from approval_svc import reference
from approval_svc.domain.simulation import Follows
from approval_svc.use_cases.simulate_deadlines import Simulation, UnusableQuestionError, simulate_deadlines
from shared.clock import format_instant
from shared.web.access import operations
from shared.web.current import database
from shared.web.forms import Form, read_query

NO_ROLE, NO_DATE = "Select a role", "Enter when officials are asked"
FIELDS = ("role", "organization", "from")

pages = Blueprint("deadlines", __name__, url_prefix="/operations/deadlines")


class SimulationForm(Schema):
    """Which role is asked for, in which organization, and when."""

    role = fields.String(required=True, error_messages={"required": NO_ROLE})
    organization = fields.String(load_default=None)
    start = fields.String(data_key="from", required=True, error_messages={"required": NO_DATE})


@pages.get("")
@operations
def index() -> tuple[str, int]:
    """Shows the form, and below it each date and mail that would follow once it is filled in."""
    if not any(name in request.args for name in FIELDS):
        return _page(Form(), None, 200)
    form = read_query(SimulationForm())
    if not form.ok:
        return _page(form, None, 422)
    try:
        with database().reading() as session:
            found = simulate_deadlines(session, **form.data)
    except UnusableQuestionError as error:
        return _page(form.with_errors(**{error.field: error.sentence}), None, 422)
    return _page(form, found, 200)


def _page(form: Form, found: Simulation | None, status: int) -> tuple[str, int]:
    shown = _shown(found) if found else None
    page = render_template("operations_deadlines.html", form=form, roles=reference.requestable_roles(), shown=shown)
    return page, status


def _shown(found: Simulation) -> dict[str, Any]:
    """Returns what the page says, instants in the zone of the organization."""
    return {
        "role": found.role,
        "organization": found.organization.name if found.organization else None,
        "zone": found.zone.key,
        "asked": found.asked,
        "asked_at": format_instant(found.asked_at, found.zone),
        "counts_from": format_instant(found.counts_from, found.zone),
        "is_moved": found.counts_from != found.asked_at,
        "dates": [_date(each, found) for each in found.course.follows],
        "skipped": [(f"{each.day:%a %m/%d/%Y}", each.why) for each in found.course.skipped],
    }


def _date(each: Follows, found: Simulation) -> dict[str, Any]:
    return {
        "days": each.days,
        "at": format_instant(each.due_at, found.zone),
        "weekday": f"{each.due_at.astimezone(found.zone):%a}",
        "what": each.what,
        "to": [_sentence(who) for who in each.to],
        "moved_from": format_instant(each.moved_from, found.zone) if each.moved_from else None,
        "is_overtaken": each.is_overtaken,
    }


def _sentence(who: str) -> str:
    """Begins with a capital, but for a name that has its own: "iQIES"."""
    return who if who[1:2].isupper() else who[:1].upper() + who[1:]
