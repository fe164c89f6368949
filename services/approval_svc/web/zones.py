"""By whose clock a page shows its times: the reader's."""

from zoneinfo import ZoneInfo

from approval_svc.settings import Settings
from approval_svc.tables import OfficialRow
from shared.web.current import settings
from shared.web.person import current_person


def of_official(official: OfficialRow, otherwise: str | None = None) -> ZoneInfo:
    """Returns the zone of the official's account if they are signed in, or else what the directory has for them.

    `otherwise` is the organization's, for an official of whom neither is known: the mails to them have that, too.
    """
    person = current_person()
    own = person.zone if person and person.user_id == official.user_id else None
    return _zone(own or official.time_zone or otherwise)


def of_reader(otherwise: str | None = None) -> ZoneInfo:
    """Returns the zone of the signed-in person's account; `otherwise` is for an account without one."""
    person = current_person()
    return _zone((person.zone if person else None) or otherwise)


def _zone(name: str | None) -> ZoneInfo:
    return ZoneInfo(name) if name else settings(Settings).display_zone
