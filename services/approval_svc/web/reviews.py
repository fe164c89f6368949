"""/reviews: the roles of an organization, confirmed or removed one by one or many at once."""

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from approval_svc import review_queries
from approval_svc.domain.ending import LONGEST_REASON
from approval_svc.domain.refusals import UnusableChoiceError
from approval_svc.review_queries import Line
from approval_svc.tables import ReviewRow
from approval_svc.use_cases.answer_review import (
    NoSuchReviewError,
    Result,
    ReviewClosedError,
    Said,
    answer_review,
    refusal,
)
from approval_svc.web import review_list
from approval_svc.web.deciding import Page
from approval_svc.web.review_list import ALL, MOST
from shared.clock import format_date, format_instant, utc_now
from shared.web.access import signed_in
from shared.web.current import database
from shared.web.forms import Form, read_form, read_query
from shared.web.person import signed_in_person

pages = Blueprint("reviews", __name__)

NOTHING_CHOSEN = "Select at least one role"
TOO_MANY = f"Select {MOST} roles at most"
USE_BUTTONS = "Use the buttons below the list"
TOO_LATE = "The review was closed before your answer came"


class ChosenForm(Schema):
    """Which roles, and which button. `shown` are all that a page had: what of it has no tick is left out of "all"."""

    said = fields.Enum(Said, by_value=True, required=True, error_messages={"required": USE_BUTTONS})
    chosen = fields.List(
        fields.UUID(error_messages={"invalid_uuid": NOTHING_CHOSEN}),
        data_key="role",
        load_default=list,
        validate=validate.Length(max=MOST, error=TOO_MANY),
    )
    shown = fields.List(fields.UUID(error_messages={"invalid_uuid": NOTHING_CHOSEN}), load_default=list)
    reason = fields.String(load_default=None)


@pages.get("/reviews")
@signed_in
def index() -> str:
    """Shows the reviews that are the person's business."""
    with database().reading() as session:
        found = review_queries.reviews_for(session, signed_in_person().user_id)
        at, day = (
            partial(format_instant, zone=review_list.reader_zone()),
            partial(format_date, zone=review_list.reader_zone()),
        )
        return render_template("reviews.html", found=found, at=at, day_of=day)


@pages.get("/reviews/<uuid:review_id>")
@signed_in
def page(review_id: UUID) -> Page:
    """Shows the roles with the last sign-in beside each name."""
    with database().reading() as session:
        return _list(session, review_id, Form())


@pages.post("/reviews/<uuid:review_id>")
@signed_in
def confirm(review_id: UUID) -> Page:
    """Names what was chosen and asks once more; changes nothing."""
    form = read_form(ChosenForm())
    with database().reading() as session:
        if not form.ok:
            return _list(session, review_id, form)
        review, lines = _review(session, review_id)
        if review.closed_at is not None:
            return _to(review_id)
        chosen = _chosen(review, lines, form)
        if not chosen:
            return _list(session, review_id, form.with_errors(role=NOTHING_CHOSEN))
        return _confirmation(review, lines, chosen, form.data["said"], Form())


@pages.post("/reviews/<uuid:review_id>/answer")
@signed_in
def answer(review_id: UUID) -> Page:
    """Keeps the answers, and reports what became of each."""
    form = read_form(ChosenForm())
    chosen: list[UUID] = form.data.get("chosen", [])
    if not form.ok or not chosen:
        with database().reading() as session:
            return _list(session, review_id, form if form.errors else form.with_errors(role=NOTHING_CHOSEN))
    said, user_id = form.data["said"], signed_in_person().user_id
    try:
        with database().transaction() as session:
            reason = form.data["reason"]
            results = answer_review(session, review_id, user_id, said, grants=set(chosen), reason=reason, now=utc_now())
            return _report(review_queries.find_review(session, review_id), said, results)
    except NoSuchReviewError:
        abort(404)
    except ReviewClosedError:
        with database().reading() as session:
            review, lines = _review(session, review_id)
            late = [(line.grant, refusal(line, user_id) or TOO_LATE) for line in _of(lines, chosen)]
            return _report(review, said, [Result(grant=grant, refused=why) for grant, why in late])
    except UnusableChoiceError as error:
        with database().reading() as session:
            review, lines = _review(session, review_id)
            wrong = form.with_errors(**{error.field: error.sentence})
            return _confirmation(review, lines, chosen, said, wrong)


def _review(session: Session, review_id: UUID) -> tuple[ReviewRow, list[Line]]:
    """Returns the review with what the person may see of it; one in which they have no part does not exist (404)."""
    user_id = signed_in_person().user_id
    review = review_queries.find_review(session, review_id)
    if review is None:
        abort(404)
    lines = review_queries.lines_of(session, review)
    if not review_queries.has_part(session, review, lines, user_id):
        abort(404)
    return review, review_queries.visible_to(session, review, lines, user_id)


def _list(session: Session, review_id: UUID, problems: Form) -> Page:
    query = read_query(review_list.ListForm())
    form = query.with_errors(**problems.errors)
    review, lines = _review(session, review_id)
    context = review_list.context(review, lines, query, problems)
    return render_template("review.html", review=review, form=form, **context), 422 if form.errors else 200


def _chosen(review: ReviewRow, lines: Sequence[Line], form: Form) -> list[UUID]:
    ticked: list[UUID] = form.data["chosen"]
    query = read_query(review_list.ListForm())
    if query.data.get("selected") != ALL:
        return list(dict.fromkeys(ticked))
    user_id, left_out = signed_in_person().user_id, set(form.data["shown"]) - set(ticked)
    found = review_list.found_in(review, lines, query)
    waiting = [line for line in found if line.is_open and refusal(line, user_id) is None]
    return [line.grant.id for line in waiting if line.grant.id not in left_out][:MOST]


def _confirmation(review: ReviewRow, lines: Sequence[Line], chosen: Sequence[UUID], said: Said, form: Form) -> Page:
    user_id, now, zone = signed_in_person().user_id, utc_now(), review_list.reader_zone()
    meant = _of(lines, chosen)
    possible = [
        review_list.row_of(line, user_id, review, now, zone) for line in meant if refusal(line, user_id) is None
    ]
    context = {
        "rows": possible,
        "left_out": [(line, why) for line in meant if (why := refusal(line, user_id))],
        "removes": said is Said.REMOVE,
        "said": said.value,
        "longest_reason": LONGEST_REASON,
        "back_url": review_list.url_to(review.id),
    }
    page = render_template("review_confirm.html", review=review, form=form, **context)
    return page, 422 if form.errors else 200


def _of(lines: Sequence[Line], chosen: Sequence[UUID]) -> list[Line]:
    wanted = set(chosen)
    return [line for line in lines if line.grant.id in wanted]


def _report(review: ReviewRow | None, said: Said, results: Sequence[Result]) -> str:
    return render_template(
        "review_report.html",
        review=review,
        removes=said is Said.REMOVE,
        done=[each.grant for each in results if each.refused is None],
        refused=[(each.grant, each.refused) for each in results if each.refused is not None],
    )


def _to(review_id: UUID) -> Response:
    return redirect(url_for(".page", review_id=review_id), 303)
