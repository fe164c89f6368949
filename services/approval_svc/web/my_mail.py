"""/my-mail: how an official wants to be mailed about what waits for them."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, url_for
from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from approval_svc import digest_queries
from approval_svc.domain.digests import Mails
from approval_svc.domain.refusals import NotAnOfficialError
from approval_svc.tables import OfficialRow
from approval_svc.use_cases.choose_mails import choose_mails
from approval_svc.web import zones
from approval_svc.web.deciding import Page
from shared.clock import format_instant, utc_now
from shared.web.access import signed_in
from shared.web.current import database
from shared.web.forms import Form, read_form
from shared.web.person import signed_in_person

pages = Blueprint("my_mail", __name__)

FROM_LIST = "Select one of the three"
SAVED = "saved"
CHOICES: Sequence[tuple[str, str, str]] = (
    (Mails.IMMEDIATE, "One mail for each request, at once", "And a reminder when you have not answered."),
    (Mails.DIGEST, "One mail a day", "It lists everything that waits for you. When nothing waits, no mail comes."),
    (Mails.BOTH, "Both", "One mail for each request, and the list each day."),
)


class MailForm(Schema):
    """The one choice."""

    mails = fields.Enum(
        Mails, by_value=True, required=True, error_messages={"required": FROM_LIST, "unknown": FROM_LIST}
    )


@pages.get("/my-mail")
@signed_in
def show() -> Page:
    """Shows what the official has chosen."""
    with database().reading() as session:
        return _page(session)


@pages.post("/my-mail")
@signed_in
def save() -> Page:
    """Keeps what they choose."""
    form = read_form(MailForm())
    if not form.ok:
        with database().reading() as session:
            return _page(session, form), 422
    try:
        with database().transaction() as session:
            choose_mails(session, signed_in_person().user_id, form.data["mails"], utc_now())
    except NotAnOfficialError:
        return redirect(url_for(".show"), 303)
    flash(SAVED)
    return redirect(url_for(".show"), 303)


def _page(session: Session, form: Form | None = None) -> str:
    user_id = signed_in_person().user_id
    rows = digest_queries.rows_of(session, user_id)
    chosen = digest_queries.preferences_of(session, user_id)
    mails = chosen.mails if chosen else Mails.IMMEDIATE
    context: dict[str, Any] = {
        "is_official": bool(rows),
        "address": next((row.email for row in rows if row.reachable), None),
        "form": form or Form(typed={"mails": [mails]}),
        "choices": CHOICES,
        "next_digest": None,
    }
    if rows and chosen and chosen.next_digest_at:
        context["next_digest"] = format_instant(max(chosen.next_digest_at, utc_now()), _zone(rows))
    return render_template("my_mail.html", **context)


def _zone(rows: Sequence[OfficialRow]) -> ZoneInfo:
    return zones.of_reader(next((row.time_zone for row in rows if row.time_zone), None))
