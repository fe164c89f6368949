"""Why a decision is not taken, one type for each reason. The text is for the log; pages have their own words."""


class RefusedError(Exception):
    """Base of every refusal; nothing was changed."""


class SomebodyElseError(RefusedError):
    """Another person than the official is signed in in this browser."""


class OfficialRemovedError(RefusedError):
    """The official no longer stands for the authority."""


class RequestWithdrawnError(RefusedError):
    """The requester took the request back."""


class RequestExpiredError(RefusedError):
    """Nobody decided in time."""


class AlreadyDecidedError(RefusedError):
    """The first decision stands."""


class OwnRequestError(RefusedError):
    """The official is the requester, by user id or by email address."""


class NotAskedError(RefusedError):
    """The approval is not, or no longer, before this official."""


class LinkExpiredError(RefusedError):
    """The link's time is over, or a newer one was mailed; the official may have a new one."""


class SignInRequiredError(RefusedError):
    """The decision needs the official to be signed in."""


class NotAnOfficialError(RefusedError):
    """The person stands for no authority."""


class BusyError(RefusedError):
    """Somebody else had the request in hand for too long; it can be tried again."""


class NotReachedError(RefusedError):
    """Its turn has not come: time was up, or the database was away; it can be done yet."""


class QuestionOpenError(RefusedError):
    """The requester has been asked something already, and has not answered."""


class OpinionGivenError(RefusedError):
    """The official has said what they think; the first answer stands."""


class UnusableChoiceError(RefusedError):
    """What was chosen is not on offer or not complete; `field` names the form field that it came from."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field
        self.sentence = sentence


class NotApprovedError(RefusedError):
    """There is no approval to take back: it waits, or ended otherwise."""


class AlreadyRevokedError(RefusedError):
    """The approval was taken back before."""


class TooLateToRevokeError(RefusedError):
    """The day is over in which an approval can be taken back; the role can still be removed."""


class NotYoursToEndError(RefusedError):
    """The person stands for no authority that gives this role."""


class OwnRoleError(RefusedError):
    """It is the person's own role: they can give it back."""


class RoleEndedError(RefusedError):
    """The role has ended, or is about to."""
