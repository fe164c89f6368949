"""Why something was not done, in a sentence for the person who wanted it: where many are done, each has a line."""

from collections.abc import Callable, Mapping

from approval_svc.domain.approvals import DECIDED
from approval_svc.domain.refusals import (
    AlreadyDecidedError,
    BusyError,
    LinkExpiredError,
    NotAskedError,
    NotReachedError,
    OfficialRemovedError,
    OwnRequestError,
    RefusedError,
    RequestExpiredError,
    RequestWithdrawnError,
    SignInRequiredError,
    SomebodyElseError,
    UnusableChoiceError,
)
from approval_svc.tables import ApprovalRow
from approval_svc.web.deciding import Visit

AGAIN = (BusyError, NotReachedError)
"""These may go better when they are tried again."""


def sentence(refused: RefusedError, visit: Visit) -> str:
    """Returns why it was not, or cannot be, done to this approval; `visit` has it as it stands now."""
    if isinstance(refused, UnusableChoiceError):
        return f"{refused.sentence}."
    words = SENTENCES[type(refused)]
    return words if isinstance(words, str) else words(visit)


def _handled(visit: Visit) -> str:
    approval: ApprovalRow = visit.approval
    who = "you" if approval.decided_by == visit.asking.official_id else approval.decider
    return f"Already {approval.state} by {who}." if approval.state in DECIDED and who else "Already handled."


SENTENCES: Mapping[type[RefusedError], str | Callable[[Visit], str]] = {
    AlreadyDecidedError: _handled,
    RequestWithdrawnError: "The requester took the request back.",
    RequestExpiredError: "The request has expired.",
    SignInRequiredError: "It needs you to log in: whoever gets this role decides on others.",
    SomebodyElseError: "You are logged in as somebody else.",
    OwnRequestError: "It is your own request. Another Security Official decides it.",
    OfficialRemovedError: "You are no longer a Security Official for it.",
    NotAskedError: "It no longer waits for you: others were asked.",
    LinkExpiredError: "Your link to it has ended. Log in to decide it.",
    BusyError: "Somebody else has it in hand at this moment.",
    NotReachedError: "Its turn has not come yet.",
}
"""Each refusal with its sentence, or with what says it of a visit."""
