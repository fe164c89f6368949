"""Operations pages about messages that could not be taken: found, read, repaired, replayed, closed.

Each service with pages for operations mounts them (`pages`) and shows the way to them (`navigation`).
"""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from shared.clock import utc_now
from shared.messaging import backlog, dead_letters, letters
from shared.messaging.dead_letters import Answer, RefusedError, UnusableDataError
from shared.messaging.letters import PAGE, Filter, Letter
from shared.messaging.states import State
from shared.texts import clean
from shared.web.access import operations
from shared.web.current import database
from shared.web.forms import Form, parse, read_form
from shared.web.letter_forms import Act, ChoiceForm, CloseForm, FilterForm, RepairForm, flattened, kind_words
from shared.web.person import current_person, signed_in_person

Page = Response | tuple[str, int]

MOST_NAMED = 5
"""Refusals that a banner names; the cookie that carries it is small."""

pages = Blueprint("dead_letters", __name__, url_prefix="/operations/dead-letters")


def navigation() -> list[tuple[str, str]]:
    """Returns the way to these pages, with the number of dead letters, for members of operations; else nothing."""
    person = current_person()
    if person is None or not person.is_operations:
        return []
    try:
        with database().reading() as session:
            number = letters.count_dead(session)
    except SQLAlchemyError:
        # The page that says that the database is away has a navigation too.
        number = 0
    return [(f"Dead letters ({number})" if number else "Dead letters", url_for("dead_letters.index"))]


@pages.get("")
@operations
def index() -> Page:
    """Shows dead letters, newest first, with filters, and what else waits."""
    return _index(_asked(FilterForm()))


def _asked(schema: Any) -> Form:
    return parse(schema, {name: [clean(value) for value in values] for name, values in request.args.lists()})


def _index(form: Form) -> Page:
    now = utc_now()
    wanted = form.data.get("filter", lambda _now: Filter())(now)
    with database().reading() as session:
        found = letters.find_dead(session, wanted, PAGE + 1, form.data.get("before")) if form.ok else []
        page = render_template(
            "dead_letters.html",
            form=form,
            found=found[:PAGE],
            number=letters.count_dead(session),
            types=[(each, each) for each in letters.types_of_dead(session)],
            backlog=backlog.look(session, now),
            older=_older(form, found[PAGE - 1].message_id) if len(found) > PAGE else None,
            kind_words=kind_words,
        )
    return page, 200 if form.ok else 422


def _older(form: Form, last: UUID) -> str:
    kept = {name: form.value(name) for name in ("type", "kind", "correlation", "hours") if form.value(name)}
    return "?" + urlencode({**kept, "before": str(last)})


@pages.get("/confirm")
@operations
def confirm() -> Page:
    """Asks whether the chosen letters are to be replayed or closed. Changes nothing."""
    form = _asked(ChoiceForm())
    if not form.ok:
        return _index(form)
    return _confirm(form.data["action"], form.data["letters"], form, 200)


def _confirm(action: Act, chosen: Sequence[UUID], form: Form, status: int) -> tuple[str, int]:
    with database().reading() as session:
        found = letters.find_many(session, chosen)
        behind = {each.message_id: len(letters.waiting_behind(session, each)) for each in found}
    return render_template("dead_letters_confirm.html", action=action, found=found, behind=behind, form=form), status


@pages.post("/replay")
@operations
def replay() -> Page:
    """Sends the chosen letters on their way again."""
    form = read_form(ChoiceForm(only=["letters"]))
    if not form.ok:
        return _index(form)
    with database().transaction() as session:
        answers = dead_letters.replay(session, form.data["letters"], by=signed_in_person().user_id, now=utc_now())
    return _done(answers, "replayed")


@pages.post("/close")
@operations
def close() -> Page:
    """Gives the chosen letters up, for the reason that was typed."""
    form = read_form(CloseForm())
    chosen = read_form(ChoiceForm(only=["letters"]))
    if not chosen.ok:
        return _index(chosen)
    if not form.ok:
        return _confirm(Act.CLOSE, chosen.data["letters"], form, 422)
    by, reason = signed_in_person().user_id, form.data["reason"]
    with database().transaction() as session:
        answers = dead_letters.close(session, chosen.data["letters"], reason, by=by, now=utc_now())
    return _done(answers, "closed")


def _done(answers: Sequence[Answer], what: str) -> Response:
    refused = [each for each in answers if each.refusal]
    number = len(answers) - len(refused)
    if number:
        flash(f"{number} {'message was' if number == 1 else 'messages were'} {what}.", "success")
    for each in refused[:MOST_NAMED]:
        flash(f"{each.message_id} was not {what}: {each.refusal}", "warning")
    if len(refused) > MOST_NAMED:
        flash(f"{len(refused) - MOST_NAMED} more were not {what} either.", "warning")
    if len(answers) == 1 and not (refused and refused[0].refusal == dead_letters.MISSING):
        return redirect(url_for("dead_letters.letter", message_id=answers[0].message_id), 303)
    return redirect(url_for("dead_letters.index"), 303)


@pages.get("/<uuid:message_id>")
@operations
def letter(message_id: UUID) -> Page:
    """Shows one letter: its error, its history, what it says and who waits behind it."""
    return _letter(message_id, Form(), 200)


def _letter(message_id: UUID, form: Form, status: int) -> tuple[str, int]:
    with database().reading() as session:
        found = letters.find(session, message_id) or abort(404)
        history, behind = letters.history_of(session, message_id), letters.waiting_behind(session, found)
    typed = form if form.typed else Form(typed={"data": [_as_text(found)]})
    return render_template(
        "dead_letter.html",
        letter=found,
        is_dead=found.state is State.DEAD,
        lines=history,
        behind=behind,
        facts=list(flattened(found.content)) if isinstance(found.content, dict) else [],
        form=Form(typed=typed.typed, errors=form.errors),
        kind_words=kind_words,
    ), status


def _as_text(found: Letter) -> str:
    if isinstance(found.content, str):
        return found.content
    return json.dumps(found.content, indent=2, ensure_ascii=False)


@pages.post("/<uuid:message_id>/repair")
@operations
def repair(message_id: UUID) -> Page:
    """Keeps what was typed in place of the letter's data, if it fits; sends nothing."""
    form = read_form(RepairForm())
    if not form.ok:
        return _letter(message_id, form, 422)
    try:
        with database().transaction() as session:
            typed, by = dead_letters.read_typed(form.data["data"]), signed_in_person().user_id
            message_id = dead_letters.repair(session, message_id, typed, by=by, now=utc_now())
    except UnusableDataError as unusable:
        return _letter(message_id, form.with_errors(data=" ".join(unusable.problems)), 422)
    except RefusedError as refused:
        flash(f"Nothing was changed: {refused}", "warning")
    else:
        flash("The message was repaired. Replay it to send it on its way.", "success")
    return redirect(url_for("dead_letters.letter", message_id=message_id), 303)
