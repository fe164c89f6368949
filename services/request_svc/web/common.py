"""What the views of this service share."""

from shared.contracts import Person
from shared.web.person import signed_in_person


def requester() -> Person:
    """Returns the person who is signed in, as messages name them."""
    person = signed_in_person()
    return Person(user_id=person.user_id, name=person.name, email=person.email, phone=person.phone)
