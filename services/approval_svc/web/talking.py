"""Pages beside a decision: shown while the request waits for the official, and a form that is sent on each."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import structlog
from flask import redirect, render_template
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from approval_svc.domain.refusals import RefusedError, UnusableChoiceError
from approval_svc.domain.talking import LONGEST_TEXT, TOO_LONG
from approval_svc.web.deciding import Page, Visit
from shared.web.current import database
from shared.web.forms import Form, read_form

log = structlog.get_logger(__name__)

Find = Callable[[Session], Visit]
Show = Callable[[Session, Visit, datetime, Form], Page]
Deed = Callable[[Session, Visit, Mapping[str, Any]], None]


def text_field(nothing: str) -> fields.String:
    """Returns the field of a form that holds what an official writes; `nothing` is said when it is empty."""
    too_long = validate.Length(max=LONGEST_TEXT, error=TOO_LONG)
    return fields.String(required=True, validate=too_long, error_messages={"required": nothing})


def page(visit: Visit, now: datetime, form: Form, template: str, **context: Any) -> Page:
    """Returns the page, or sends on to that of the decision, which says why there is nothing to do."""
    if visit.refusal(now):
        return redirect(visit.page_url, 303)
    shown = render_template(
        template,
        visit=visit,
        form=form,
        approval=visit.approval,
        request_row=visit.approval.request,
        official=visit.asking.official,
        longest=LONGEST_TEXT,
        **context,
    )
    return shown, 422 if form.errors else 200


def send(find: Find, schema: Schema, show: Show, deed: Deed, now: datetime) -> Page:
    """Does what the form says, in one transaction; shows the form again with what is wrong with it.

    Whatever else comes of it is shown by the page of the decision, which the browser is sent on to.
    """
    with database().reading() as session:
        visit, form = find(session), read_form(schema)
        if not form.ok:
            return show(session, visit, now, form)
    try:
        with database().transaction() as session:
            deed(session, visit, form.data)
    except UnusableChoiceError as error:
        with database().reading() as session:
            return show(session, find(session), now, form.with_errors(**{error.field: error.sentence}))
    except RefusedError as refused:
        log.info("refused", refusal=type(refused).__name__, approval_id=str(visit.approval.id))
    return redirect(f"{visit.page_url}#talk", 303)
