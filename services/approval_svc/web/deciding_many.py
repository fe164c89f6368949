"""Many approvals at once: chosen from a list, confirmed by name, done each alone, reported row by row.

Whoever has a list of approvals makes a `Selection` of it: My Approvals for those who are signed in, the digest's page
for those who bring its link. The list itself shows `rows(…)` with the macro `choose` of `many/choose.html`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import render_template, request
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from approval_svc import deadline_queries, digest_queries, waiting_queries
from approval_svc.domain.refusals import RefusedError
from approval_svc.tables import AskingRow
from approval_svc.web import presenting, refusal_words
from approval_svc.web.acts import Act
from approval_svc.web.deciding import Page, Visit
from shared.clock import format_date, format_instant
from shared.web.current import database
from shared.web.forms import Form, read_form

Dates = Mapping[UUID, datetime]

MOST = 500
"""Approvals that are done at once."""

NOTHING_CHOSEN = "Select at least one request"
TOO_MANY = f"Select {MOST} requests at most"
NO_ACT = "Use the buttons below the list"
ALL = "all"
OURS = ("csrf_token", "act", "approval", "shown")
"""Fields of the list; whatever else a confirmation sends was filled in for the act."""


@dataclass(frozen=True, kw_only=True)
class Selection:
    """A list that somebody chooses from: what can be done, where its forms lead, and what it holds.

    Attributes:
        acts: what can be done; each is a button.
        back_url: the list.
        zone: the reader's, for every time on the pages.
        confirm_url: takes the POST of the list; calls `confirm`.
        act_url: takes the POST of the confirmation; calls `take`.
        find: returns the visits at these approvals, the oldest request first, those that wait no more too; an id that
            is not the person's to see does not exist (404).
        again: shows the list with what is wrong with the form.
        everything: the ids that "all that match" stands for; None where the list is whole on its page.
    """

    acts: Sequence[Act]
    back_url: str
    confirm_url: str
    act_url: str
    zone: ZoneInfo
    find: Callable[[Session, Sequence[UUID]], Sequence[Visit]]
    again: Callable[[Session, Form], Page]
    everything: Callable[[Session], Sequence[UUID]] | None = None

    def act(self, id: str) -> Act | None:
        """Returns what the button stands for."""
        return next((each for each in self.acts if each.id == id), None)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of a list: an approval, how long it has waited, and until when.

    `decide_by` is when others are asked too, or it expires, as the mails say it; None, both, while its clock rests.
    """

    visit: Visit
    requested: str
    age: str
    decide_by: str | None
    expires: str | None
    expires_soon: bool
    marks: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Line:
    """What became of one approval, or what is to be said of it before."""

    visit: Visit
    text: str


class ChosenForm(Schema):
    """What the list and the confirmation send: which approvals, which button.

    `shown` are all that a page had: with all that match chosen, what it showed and came back without its tick is not.
    """

    act = fields.String(required=True, error_messages={"required": NO_ACT})
    chosen = fields.List(
        fields.UUID(error_messages={"invalid_uuid": NOTHING_CHOSEN}),
        data_key="approval",
        validate=validate.Length(max=MOST, error=TOO_MANY),
    )
    shown = fields.List(fields.UUID(error_messages={"invalid_uuid": NOTHING_CHOSEN}))


def rows(session: Session, visits: Sequence[Visit], now: datetime, zone: ZoneInfo) -> list[Row]:
    """Returns the lines of a list, its times in the reader's zone."""
    ids = [each.approval.id for each in visits]
    ends = deadline_queries.expiries(session, [each.approval for each in visits])
    due, givers = digest_queries.decide_by(session, ids), waiting_queries.handovers(session, ids)
    return [_row(each, due, ends, _marks(each.asking, givers), now, zone) for each in visits]


def _row(visit: Visit, due: Dates, expiries: Dates, marks: list[str], now: datetime, zone: ZoneInfo) -> Row:
    requested_at = visit.approval.request.submitted_at
    decide_by, ends = due.get(visit.approval.id), expiries.get(visit.approval.id)
    return Row(
        visit=visit,
        requested=format_date(requested_at, zone),
        age=presenting.age(requested_at, now),
        decide_by=format_instant(decide_by, zone) if decide_by else None,
        expires=format_instant(ends, zone) if ends else None,
        expires_soon=ends is not None and ends <= now + waiting_queries.SOON,
        marks=marks,
    )


def _marks(asking: AskingRow, givers: Mapping[tuple[UUID, UUID], str]) -> list[str]:
    """Returns how it came to the official, where they were not simply asked."""
    giver = givers.get((asking.approval_id, asking.official_id))
    marks = [f"For {', '.join(each['name'] for each in asking.acts_for)}"] if asking.acts_for else []
    marks += [f"Handed over by {giver}"] if giver else []
    return [*marks, "Escalated to you"] if waiting_queries.is_escalated(asking) else marks


def confirm(session: Session, selection: Selection, now: datetime) -> Page:
    """Returns the page that names what was chosen, and asks once more. Changes nothing."""
    form, act = _read(selection)
    if act is None:
        return selection.again(session, form)
    chosen = _chosen(session, selection, form)
    if not chosen:
        return selection.again(session, form.with_errors(approval=NOTHING_CHOSEN))
    return _confirmation(session, selection, act, selection.find(session, chosen), now, Form())


def take(selection: Selection, now: datetime) -> Page:
    """Does it to each approval that was confirmed, alone, and returns the report."""
    form, act = _read(selection)
    with database().reading() as session:
        if act is None:
            return selection.again(session, form)
        chosen = list(dict.fromkeys(form.data["chosen"]))
        if not chosen:
            return selection.again(session, form.with_errors(approval=NOTHING_CHOSEN))
        visits = selection.find(session, chosen)
        filled, what = act.read(session, visits)
        if what is None:
            return _confirmation(session, selection, act, visits, now, filled)
    results = act.do(visits, what, now)
    with database().reading() as session:
        return _report(act, selection, [(each, results[each.approval.id]) for each in selection.find(session, chosen)])


def _read(selection: Selection) -> tuple[Form, Act | None]:
    """Returns what was sent, and the act of the button; None when something is wrong with either."""
    form = read_form(ChosenForm())
    act = selection.act(form.value("act"))
    if act is None:
        form = form.with_errors(act=NO_ACT)
    return form, act if form.ok else None


def _chosen(session: Session, selection: Selection, form: Form) -> list[UUID]:
    ticked: list[UUID] = form.data["chosen"]
    if selection.everything is None or request.args.get("selected") != ALL:
        return list(dict.fromkeys(ticked))
    left_out = set(form.data["shown"]) - set(ticked)
    return [each for each in selection.everything(session) if each not in left_out]


def _confirmation(
    session: Session, selection: Selection, act: Act, visits: Sequence[Visit], now: datetime, form: Form
) -> Page:
    refused = {each.approval.id: act.refusal(each, now) for each in visits}
    possible = [each for each in visits if refused[each.approval.id] is None]
    page = render_template(
        "many/confirm.html",
        selection=selection,
        act=act,
        rows=rows(session, possible, now, selection.zone),
        notes={each.approval.id: act.note(each) for each in possible},
        left_out=_lines(visits, refused),
        effects=act.effects(possible),
        form=form,
        context=act.context(session, possible) if possible else {},
    )
    return page, 422 if form.errors else 200


def _lines(visits: Sequence[Visit], refused: dict[UUID, RefusedError | None]) -> list[Line]:
    found = [(each, refused[each.approval.id]) for each in visits]
    return [Line(visit=each, text=refusal_words.sentence(why, each)) for each, why in found if why is not None]


def _report(act: Act, selection: Selection, results: Sequence[tuple[Visit, RefusedError | None]]) -> Page:
    again = [visit for visit, refused in results if isinstance(refused, refusal_words.AGAIN)]
    return render_template(
        "many/report.html",
        act=act,
        selection=selection,
        done=[Line(visit=visit, text=act.note(visit) or "") for visit, refused in results if refused is None],
        refused=_lines([visit for visit, _ in results], {visit.approval.id: why for visit, why in results}),
        again=[visit.approval.id for visit in again],
        filled=[(name, value) for name, value in request.form.items(multi=True) if name not in OURS],
    )
