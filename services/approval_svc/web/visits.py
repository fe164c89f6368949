"""How an official comes to an approval: by the emailed link, or signed in from their list."""

from collections.abc import Sequence
from uuid import UUID

import structlog
from flask import Flask, abort, current_app, render_template, url_for
from flask_limiter.errors import RateLimitExceeded
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from approval_svc import queries, waiting_queries
from approval_svc.domain.approvals import Way
from approval_svc.settings import Settings
from approval_svc.tables import ApprovalRow
from approval_svc.web.deciding import Visit
from shared import links
from shared.web import limits
from shared.web.current import settings
from shared.web.person import current_person, signed_in_person

log = structlog.get_logger(__name__)

WHY_PUBLIC = "the signed link names the official; the use case checks that it may decide"

_COUNT_GUESS = "approval_svc.count_guess"


class UnusableLinkError(LookupError):
    """The link is altered, or names nothing that we know; the page does not say which."""


def read_link(token: str) -> links.DecisionLink:
    """Returns what the link says, whether or not it has expired. Raises UnusableLinkError."""
    try:
        return links.read(settings(Settings).link_signing_keys, token)
    except links.AlteredLinkError as error:
        raise UnusableLinkError from error


def by_link(session: Session, token: str) -> Visit:
    """Returns the visit of whoever opened a link. Raises UnusableLinkError."""
    link = read_link(token)
    approval = queries.find_approval(session, link.approval_id)
    asking = queries.asking_of(approval, link.official_id) if approval else None
    if approval is None or asking is None:
        raise UnusableLinkError
    return Visit(
        approval=approval,
        asking=asking,
        way=Way(link_ends=link.expires_at, signed_in_as=signed_in_as()),
        page_url=url_for("decide_by_link.page", token=token),
        confirm_url=url_for("decide_by_link.confirm", token=token),
        decide_url=url_for("decide_by_link.decide", token=token),
        new_link_url=url_for("decide_by_link.new_link", token=token),
    )


def signed_in(session: Session, approval_id: UUID) -> Visit:
    """Returns the visit of the signed-in person; what they were never asked about does not exist for them (404)."""
    approval = queries.find_approval(session, approval_id)
    return _of_person(approval) if approval else abort(404)


def signed_in_many(session: Session, chosen: Sequence[UUID]) -> list[Visit]:
    """Returns the visits of the signed-in person, the oldest request first, as `signed_in` does each."""
    found = waiting_queries.approvals(session, chosen)
    if len(found) < len(chosen):
        abort(404)
    return [_of_person(approval) for approval in found]


def _of_person(approval: ApprovalRow) -> Visit:
    user_id = signed_in_person().user_id
    return Visit(
        approval=approval,
        asking=queries.asking_of_person(approval, user_id) or abort(404),
        way=Way(signed_in_as=user_id),
        page_url=url_for("my_approvals.page", approval_id=approval.id),
        confirm_url=url_for("my_approvals.confirm", approval_id=approval.id),
        decide_url=url_for("my_approvals.decide", approval_id=approval.id),
    )


def signed_in_as() -> str | None:
    """Returns the user id that the browser is signed in with, if any."""
    person = current_person()
    return person.user_id if person else None


def answer_unusable_links(app: Flask, settings: Settings) -> None:
    """Says of a link that it opens nothing; limits how often one address may try such links."""
    limiter = limits.install(app, settings)
    app.extensions[_COUNT_GUESS] = limiter.shared_limit(settings.bad_links_by_address, scope="bad links")(_guessed)
    app.register_error_handler(UnusableLinkError, _unusable)


def _unusable(_error: UnusableLinkError) -> Response | tuple[str, int]:
    """Says that the link opens nothing, and to wait to whoever tries many.

    Only these are counted: an official whose link works is never shut out by somebody at the same address.
    """
    try:
        current_app.extensions[_COUNT_GUESS]()
    except RateLimitExceeded as error:
        log.warning("many links that open nothing")
        return limits.too_many(error)
    return render_template("link_unusable.html"), 404


def _guessed() -> None:
    """Does nothing: calling it is what is counted."""
