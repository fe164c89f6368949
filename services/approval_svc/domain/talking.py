"""What officials may write to each other, and whom they may ask. Pure."""

from collections.abc import Iterable
from datetime import date

from approval_svc.domain.refusals import UnusableChoiceError
from approval_svc.domain.routing import Candidate, PassedOver, Requester, Routing, is_same, why_passed_over

LONGEST_TEXT = 1000
"""Characters of a note, a question, an opinion or a comment."""

NO_NOTE = "Enter a note: why you hand it over, and what to look at"
NO_QUESTION = "Enter what you want to know"
NO_OPINION = "Enter your opinion"
NO_COMMENT = "Enter a comment"
TOO_LONG = f"Shorten it to {LONGEST_TEXT} characters or fewer"


def away(last_day: date) -> str:
    """Returns why an official who is absent until that day, which is included, is not asked for an opinion."""
    return f"This official is absent until {last_day:%m/%d/%Y}: ask somebody else"


def written(field: str, text: str, nothing: str) -> str:
    """Returns the text. Raises UnusableChoiceError, at the field, for one that is empty (`nothing` says so) or long."""
    if not text.strip():
        raise UnusableChoiceError(field, nothing)
    if len(text) > LONGEST_TEXT:
        raise UnusableChoiceError(field, TOO_LONG)
    return text


def receivers(routing: Routing, giver: str) -> tuple[Candidate, ...]:
    """Returns to whom the official with this user id can hand over: whoever routing lets decide, each person once.

    With the absent among those who are passed over (`assignment.Assignment.routing`), they receive nothing.
    """
    found: dict[str, Candidate] = {}
    for step in routing.steps:
        for candidate in step.eligible:
            if not is_same(candidate.user_id, giver):
                found.setdefault(candidate.user_id.strip().casefold(), candidate)
    return tuple(found.values())


def receiver(routing: Routing, giver: str, chosen: str) -> Candidate:
    """Returns who receives, by user id. Raises UnusableChoiceError for somebody to whom it cannot be handed over."""
    found = next((each for each in receivers(routing, giver) if is_same(each.user_id, chosen)), None)
    if found is None:
        raise UnusableChoiceError("receiver", "Select an official who can decide on this request now")
    return found


def advisers(officials: Iterable[Candidate], asker: str, requester: Requester) -> tuple[Candidate, ...]:
    """Returns who can be asked for an opinion: any official but the requester and the asker, each person once.

    They need not be able to decide; one whom no mail reaches is left out.
    """
    found: dict[str, Candidate] = {}
    for candidate in officials:
        if why_passed_over(candidate, requester) is None and not is_same(candidate.user_id, asker):
            found.setdefault(candidate.user_id.strip().casefold(), candidate)
    return tuple(found.values())


def adviser(officials: Iterable[Candidate], asker: str, requester: Requester) -> Candidate:
    """Returns who is asked of the rows of one person. Raises UnusableChoiceError when they cannot be asked."""
    candidates = tuple(officials)
    found = advisers(candidates, asker, requester)
    if found:
        return found[0]
    own = any(why_passed_over(each, requester) in _REQUESTER for each in candidates)
    words = "This is the person who asks for the role" if own else "Select an official of the list"
    raise UnusableChoiceError("adviser", words)


_REQUESTER = (PassedOver.IS_REQUESTER, PassedOver.SAME_EMAIL)
