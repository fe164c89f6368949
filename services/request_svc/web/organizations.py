"""STEP 3, Add Organizations (access job aid 3.1, Figures 13, 18, 25, 32, 37; CLIA job aid 1.0, Figures 13, 23, 33)."""

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from request_svc import queries
from request_svc.domain.refusals import (
    AlreadyGrantedError,
    AlreadyRequestedError,
    IncompleteError,
    RefusalError,
)
from request_svc.domain.steps import OrganizationKey, Step
from request_svc.tables import Draft, OrganizationRow
from request_svc.use_cases.keep_organizations import keep_organizations
from request_svc.use_cases.submit_request import submit_request
from request_svc.web.common import requester
from request_svc.web.forms import OrganizationsForm
from request_svc.web.refused import to_profile_with_banner
from request_svc.web.steps import Answer
from shared.catalog import Role, the_catalog
from shared.clock import utc_now
from shared.web.access import signed_in
from shared.web.current import database
from shared.web.forms import Form, pressed, read_form
from shared.web.person import signed_in_person

pages = Blueprint("organizations", __name__, url_prefix="/request-role")

FOUND_AT_MOST = 25
_OFFERED: dict[str, tuple[str, ...]] = {
    Step.STATE: ("state",),
    Step.CONTRACT_SURVEYOR: ("state", "contract-organization"),
    Step.ADO: ("ado",),
    Step.MAC: ("mac",),
}


@pages.get("/<uuid:draft_id>/organizations")
@signed_in
def show(draft_id: UUID) -> Response | str:
    """Shows STEP 3 with what was entered before."""
    with database().reading() as session:
        draft = queries.draft_of(session, draft_id, signed_in_person().user_id)
        if draft.role_id is None:
            return redirect(url_for("steps.role", draft_id=draft_id))
        return _page(session, draft, Form(typed=draft.answers))


@pages.post("/<uuid:draft_id>/organizations")
@signed_in
def save(draft_id: UUID) -> Answer:
    """Takes what button was pressed: Submit Request, Previous, Skip Question or Search."""
    form = read_form(OrganizationsForm())
    button = pressed("submit")
    if button == "submit":
        return _submit(draft_id, form)
    _keep(draft_id, form, without=("surveyor",) if button == "skip" else ())
    if button == "previous":
        return redirect(url_for("steps.role", draft_id=draft_id), 303)
    here = url_for("organizations.show", draft_id=draft_id)
    return redirect(f"{here}#{'provider_search' if button == 'search' else 'surveyor'}", 303)


def _submit(draft_id: UUID, form: Form) -> Answer:
    if not form.ok:
        return _again(draft_id, form, None)
    try:
        with database().transaction() as session:
            submit_request(session, the_catalog(), draft_id, requester(), form.data["answers"], utc_now())
    except IncompleteError as refusal:
        return _again(draft_id, form.with_errors(**refusal.problems), None)
    except RefusalError as refusal:
        return _again(draft_id, form, refusal)
    return to_profile_with_banner()


def _keep(draft_id: UUID, form: Form, *, without: Sequence[str]) -> None:
    names = set(OrganizationsForm().fields) - set(without)
    typed = {name: values for name, values in form.typed.items() if name in names}
    with database().transaction() as session:
        keep_organizations(session, draft_id, signed_in_person().user_id, typed, utc_now())


def _again(draft_id: UUID, form: Form, refusal: RefusalError | None) -> Answer:
    with database().reading() as session:
        draft = queries.draft_of(session, draft_id, signed_in_person().user_id)
        if draft.role_id is None:
            return redirect(url_for("steps.role", draft_id=draft_id), 303)
        return _page(session, draft, form, refusal), 422


def _page(session: Session, draft: Draft, form: Form, refusal: RefusalError | None = None) -> str:
    role = the_catalog().role(str(draft.role_id))
    return render_template(
        "step_organizations.html",
        form=form,
        draft=draft,
        role=role,
        role_name=role.option(draft.option_id).role_name if draft.option_id else role.name,
        offered={kind: queries.organizations(session, kind) for kind in _OFFERED.get(role.step3, ())},
        found=_providers(session, role, form),
        found_at_most=FOUND_AT_MOST,
        refusal=refusal,
        refusal_url=_where_it_is(refusal),
    )


def _providers(session: Session, role: Role, form: Form) -> Sequence[OrganizationRow]:
    """Returns what the search found, with the provider chosen before on top."""
    if Step(role.step3) is not Step.PROVIDER:
        return ()
    words, chosen_id = form.value("provider_search"), form.value("provider")
    found = list(queries.search_providers(session, words, FOUND_AT_MOST)) if words else []
    chosen = queries.organization(session, OrganizationKey("provider", chosen_id)) if chosen_id else None
    return [chosen, *(row for row in found if row.id != chosen.id)] if chosen else found


def _where_it_is(refusal: RefusalError | None) -> str | None:
    if isinstance(refusal, AlreadyRequestedError):
        return f"{url_for('profile.show')}#request-{refusal.request_id}"
    if isinstance(refusal, AlreadyGrantedError):
        return f"{url_for('profile.show')}#grant-{refusal.grant_id}"
    return None
