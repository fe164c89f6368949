"""What happens here when somebody has signed in."""

from request_svc.use_cases.note_sign_in import note_sign_in
from shared.clock import utc_now
from shared.web.current import database
from shared.web.person import SignedIn


def note(person: SignedIn) -> None:
    """Lets the others know of it."""
    with database().transaction() as session:
        note_sign_in(session, person.user_id, utc_now(), person.zone)
