"""/digests/<digest_token>: the link of a digest. What it listed and still waits is decided here, all of it or a part.

GET and HEAD show; POST asks for confirmation; POST …/act decides each alone, as My Approvals does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, redirect, render_template, url_for
from sqlalchemy.orm import Session

from approval_svc import digest_queries, queries
from approval_svc.domain import links as link_rules
from approval_svc.domain.approvals import Way
from approval_svc.domain.refusals import RefusedError, SignInRequiredError
from approval_svc.domain.routing import is_same
from approval_svc.settings import Settings
from approval_svc.tables import DigestEntryRow, DigestRow, OfficialRow
from approval_svc.web import acts, deciding_many, refusal_words, zones
from approval_svc.web.deciding import Page, Visit
from approval_svc.web.deciding_many import Line, Selection
from approval_svc.web.visits import WHY_PUBLIC, UnusableLinkError, signed_in_as
from shared import digest_links, links
from shared.clock import utc_now
from shared.web.access import public
from shared.web.current import database, settings
from shared.web.forms import Form

pages = Blueprint("digests", __name__, url_prefix="/digests/<digest_token>")


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Somebody who brings the link of a digest: the digest, when their link ends, and who is signed in, if anybody."""

    token: str
    digest: DigestRow
    ends: datetime
    signed_in_as: str | None

    @property
    def official(self) -> OfficialRow:
        """To whom the digest was mailed."""
        return self.digest.official

    @property
    def is_somebody_else(self) -> bool:
        """Whether another person than the official is signed in in this browser."""
        return self.signed_in_as is not None and not is_same(self.signed_in_as, self.digest.user_id)

    def is_over(self, now: datetime) -> bool:
        """Whether the link has ended: its time is over, or mail to the official goes to another address since."""
        return link_rules.is_over(self.ends, now) or self.official.address_since > self.digest.made_at

    @property
    def zone(self) -> ZoneInfo:
        """By whose clock the official reads."""
        return zones.of_official(self.official)

    def visits(self) -> list[Visit]:
        """Returns the visits at what the digest listed, in its order, at what waits no more too."""
        return [self._visit(entry) for entry in self.digest.entries]

    def _visit(self, entry: DigestEntryRow) -> Visit:
        page = url_for("digests.request_page", digest_token=self.token, approval_id=entry.approval_id)
        return Visit(
            approval=entry.approval,
            asking=queries.asking_of(entry.approval, entry.official_id) or abort(404),
            way=Way(link_ends=self.ends, signed_in_as=self.signed_in_as, digest_made_at=self.digest.made_at),
            page_url=page,
            confirm_url=page,
            decide_url=page,
        )


@pages.get("")
@public(WHY_PUBLIC)
def page(digest_token: str) -> Page:
    """Shows what of the digest still waits, and what became of the rest."""
    now = utc_now()
    with database().reading() as session:
        reading = _read(session, digest_token)
        return _refused(reading, now) or _show(session, reading, now)


@pages.get("/requests/<uuid:approval_id>")
@public(WHY_PUBLIC)
def request_page(digest_token: str, approval_id: UUID) -> Page:
    """Leads to the page of one request, with a link like that of the mail which asked the official to decide it."""
    now = utc_now()
    with database().reading() as session:
        reading = _read(session, digest_token)
        visit = next((each for each in reading.visits() if each.approval.id == approval_id), None)
        if reading.is_somebody_else or reading.is_over(now) or visit is None or not _opens(visit, now):
            return redirect(url_for(".page", digest_token=digest_token))
        found = links.mint(
            settings(Settings).link_signing_keys,
            approval_id=approval_id,
            official_id=visit.asking.official_id,
            expires_at=visit.asking.links_expire_at,
        )
    return redirect(links.path(found))


@pages.post("/confirm")
@public(WHY_PUBLIC)
def confirm(digest_token: str) -> Page:
    """Shows what was selected, and asks once more; changes nothing."""
    now = utc_now()
    with database().reading() as session:
        reading = _read(session, digest_token)
        return _refused(reading, now) or deciding_many.confirm(session, _selection(digest_token, reading), now)


@pages.post("/act")
@public(WHY_PUBLIC)
def act(digest_token: str) -> Page:
    """Decides each of those that were confirmed, alone, and reports row by row."""
    now = utc_now()
    with database().reading() as session:
        reading = _read(session, digest_token)
        if refused := _refused(reading, now):
            return refused
        selection = _selection(digest_token, reading)
    return deciding_many.take(selection, now)


def _read(session: Session, digest_token: str) -> Reading:
    try:
        link = digest_links.read(settings(Settings).link_signing_keys, digest_token)
    except links.AlteredLinkError as error:
        raise UnusableLinkError from error
    digest = digest_queries.find_digest(session, link.digest_id)
    if digest is None or digest.official_id != link.official_id:
        raise UnusableLinkError
    return Reading(token=digest_token, digest=digest, ends=link.expires_at, signed_in_as=signed_in_as())


def _refused(reading: Reading, now: datetime) -> Page | None:
    """Returns the page that says why the link opens nothing, or None when it does."""
    if reading.is_somebody_else:
        return render_template("somebody_else.html", official=reading.official), 403
    if reading.is_over(now):
        return render_template("digest_ended.html"), 410
    return None


def _opens(visit: Visit, now: datetime) -> bool:
    """Whether the digest's link still stands for the one that asked for this decision."""
    asking = visit.asking
    is_current = asking.ended_at is None and visit.way.digest_made_at and asking.asked_at <= visit.way.digest_made_at
    return bool(is_current) and not link_rules.is_over(visit.way.link_ends or now, now)


def _show(session: Session, reading: Reading, now: datetime, form: Form | None = None) -> Page:
    refused = [(visit, visit.refusal(now)) for visit in reading.visits()]
    waiting = [visit for visit, why in refused if why is None]
    ticked = form.values("approval") if form else [str(visit.approval.id) for visit in waiting[: deciding_many.MOST]]
    shown = render_template(
        "digest.html",
        form=form or Form(),
        reading=reading,
        rows=deciding_many.rows(session, waiting, now, reading.zone),
        ticked=ticked,
        selection=_selection(reading.token, reading),
        sign_in_first=_lines(refused, lambda why: isinstance(why, SignInRequiredError)),
        settled=_lines(refused, lambda why: not isinstance(why, SignInRequiredError)),
    )
    return shown, 422 if form else 200


def _lines(refused: Sequence[tuple[Visit, RefusedError | None]], wanted: Callable[[RefusedError], bool]) -> list[Line]:
    found = [(visit, why) for visit, why in refused if why is not None and wanted(why)]
    return [Line(visit=visit, text=refusal_words.sentence(why, visit)) for visit, why in found]


def _selection(digest_token: str, reading: Reading) -> Selection:
    here = url_for(".page", digest_token=digest_token)
    return Selection(
        acts=acts.DECIDING,
        back_url=here,
        confirm_url=url_for(".confirm", digest_token=digest_token),
        act_url=url_for(".act", digest_token=digest_token),
        zone=reading.zone,
        find=lambda session, chosen: _find(session, digest_token, chosen),
        again=lambda session, form: _show(session, _read(session, digest_token), utc_now(), form),
    )


def _find(session: Session, digest_token: str, chosen: Sequence[UUID]) -> list[Visit]:
    """Returns the visits at these approvals; what the digest did not list does not exist for its link (404)."""
    found = [visit for visit in _read(session, digest_token).visits() if visit.approval.id in set(chosen)]
    return found if len(found) == len(set(chosen)) else abort(404)
