"""What happens here when somebody has signed in."""

from approval_svc.use_cases.record_sign_in import record_sign_in
from shared.clock import utc_now
from shared.web.current import database
from shared.web.person import SignedIn


def note(person: SignedIn) -> None:
    """Lets the audit know of a Security Official who signs in."""
    with database().transaction() as session:
        record_sign_in(session, person.user_id, utc_now())
