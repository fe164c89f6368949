"""What can be done to many approvals at once: each is a button of the list, a confirmation, and a deed."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from approval_svc.domain.approvals import Verdict
from approval_svc.domain.choices import LONGEST_COMMENT, REASONS, Choice, Offer, check
from approval_svc.domain.refusals import RefusedError, UnusableChoiceError
from approval_svc.settings import Settings
from approval_svc.use_cases import decide
from approval_svc.use_cases.decide_many import Chosen, decide_many
from approval_svc.use_cases.each_alone import Results
from approval_svc.web.deciding import Visit
from shared.catalog import the_catalog
from shared.web.current import database, settings
from shared.web.forms import Form, read_form

Visits = Sequence[Visit]

PATIENCE_SECONDS = 20
"""Proxies and browsers give an answer up some time after this: what is not done by then has a button to go on."""


@dataclass(frozen=True, kw_only=True)
class Act:
    """Something that an official can do to many approvals at once.

    Attributes:
        id: in the forms: the value of the button.
        verb: as buttons and headings say it: "approve", "hand over".
        done: as the report says it: "approved", "handed over".
        read: what was filled in on the confirmation, and what it means; None when something is wrong with it.
        refusal: why it cannot be done to this approval now, or None.
        do: does it to each, in transactions of its own (`use_cases/each_alone.py`).
        effects: sentences for the confirmation: what happens besides.
        note: a sentence for the line of an approval, before and after; None when there is nothing to say.
        template: the fields to fill in on the confirmation, a part that finds `form` and `context`; None: no fields.
        context: what the template needs.
        warns: whether its button is of the kind that warns.
    """

    id: str
    verb: str
    done: str
    read: Callable[[Session, Visits], tuple[Form, Any | None]]
    refusal: Callable[[Visit, datetime], RefusedError | None]
    do: Callable[[Visits, Any, datetime], Results]
    effects: Callable[[Visits], Sequence[str]]
    note: Callable[[Visit], str | None] = lambda _visit: None
    template: str | None = None
    context: Callable[[Session, Visits], Mapping[str, Any]] = lambda _session, _visits: {}
    warns: bool = False


def out_of_patience() -> Callable[[], bool]:
    """Returns what says, from now on, when the browser has waited long enough; give it to `each_alone`."""
    end = time.monotonic() + PATIENCE_SECONDS
    return lambda: time.monotonic() > end


def chosen(visits: Visits) -> list[Chosen]:
    """Returns what a use case needs to know of many approvals that an official chose."""
    return [Chosen(approval_id=each.approval.id, official_id=each.asking.official_id, way=each.way) for each in visits]


def _deciding(visits: Visits, choice: Choice, now: datetime) -> Results:
    return decide_many(
        database().transaction,
        chosen(visits),
        choice,
        always_sign_in=settings(Settings).always_sign_in,
        now=now,
        enough=out_of_patience(),
    )


def _may_decide(visit: Visit, now: datetime) -> RefusedError | None:
    return visit.refusal(now)


ALONE = "Each is decided alone: where one cannot be decided, the others are."
TOLD = "Each requester is told by email, and so are the other officials who were asked."


def _approval(_session: Session, _visits: Visits) -> tuple[Form, Choice]:
    return Form(), Choice(verdict=Verdict.APPROVED)


def _approving(visits: Visits) -> Sequence[str]:
    officials = sum(decide.needs_sign_in(each.approval.request, always=False) for each in visits)
    found = [TOLD, "Nobody gets extra privileges or surveyor disciplines: open a request to give them along.", ALONE]
    if officials:
        which = "One is for a role" if officials == 1 else f"{officials} are for roles"
        found.insert(0, f"{which} of Security Officials: whoever holds one decides on the requests of others.")
    return found


def _without_disciplines(visit: Visit) -> str | None:
    needs = the_catalog().role(visit.approval.request.role_id).has_disciplines
    return "Needs surveyor disciplines: the person is asked to choose at least one." if needs else None


class RejectionForm(Schema):
    """One reason and comment for all."""

    reason = fields.String(load_default=None)
    comment = fields.String(load_default=None)


def _rejection(_session: Session, _visits: Visits) -> tuple[Form, Choice | None]:
    form = read_form(RejectionForm())
    if not form.ok:
        return form, None
    choice = Choice(verdict=Verdict.REJECTED, **form.data)
    try:
        check(choice, Offer())
    except UnusableChoiceError as error:
        return form.with_errors(**{error.field: error.sentence}), None
    return form, choice


APPROVE = Act(
    id="approve",
    verb="approve",
    done="approved",
    read=_approval,
    refusal=_may_decide,
    do=_deciding,
    effects=_approving,
    note=_without_disciplines,
)
REJECT = Act(
    id="reject",
    verb="reject",
    done="rejected",
    read=_rejection,
    refusal=_may_decide,
    do=_deciding,
    effects=lambda _visits: (TOLD, "Whoever is rejected reads the reason and the comment.", ALONE),
    template="many/reject.html",
    context=lambda _session, _visits: {"reasons": list(REASONS.items()), "longest_comment": LONGEST_COMMENT},
    warns=True,
)

DECIDING: tuple[Act, ...] = (APPROVE, REJECT)
"""What an emailed link allows too."""
