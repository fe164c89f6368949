"""Having those who decide reminded: one POST from My Profile."""

from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, url_for
from werkzeug.wrappers import Response

from request_svc.domain.refusals import NothingToNudgeError, NotPendingError, NudgeTooEarlyError
from request_svc.settings import Settings
from request_svc.use_cases.nudge_officials import nudge_officials
from shared.clock import format_instant, utc_now
from shared.web.access import signed_in
from shared.web.current import database, settings
from shared.web.person import signed_in_person

pages = Blueprint("nudging", __name__, url_prefix="/my-profile/requests/<uuid:request_id>")

NUDGED = "officials-reminded"


@pages.post("/nudge")
@signed_in
def nudge(request_id: UUID) -> Response:
    """Has the officials reminded, or says from when on that is possible; leads back to the request."""
    try:
        with database().transaction() as session:
            nudge_officials(session, request_id, signed_in_person().user_id, utc_now())
    except NudgeTooEarlyError as refusal:
        zone = signed_in_person().zone
        possible = format_instant(refusal.possible_from, ZoneInfo(zone) if zone else settings(Settings).display_zone)
        flash(f"{refusal.sentence} You can do so from {possible}.", "refusal")
    except (NothingToNudgeError, NotPendingError) as refusal:
        flash(refusal.sentence, "refusal")
    else:
        flash(NUDGED)
    return redirect(f"{url_for('profile.show')}#request-{request_id}", 303)
