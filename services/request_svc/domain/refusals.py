"""Everything that request_svc refuses, each with its name and its sentence for the person."""

from datetime import datetime
from uuid import UUID


class RefusalError(Exception):
    """Something that a person asked for cannot be done. `field` names the form field to say it at."""

    field = "form"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class OtherCategoryError(RefusalError):
    """The person has roles or pending requests in another category (User Roles Matrix 3.0, section 2)."""

    field = "category"

    def __init__(self, held: str) -> None:
        super().__init__(
            f"You must stay in the same category of users. Your roles and pending requests are in: {held}."
        )


class CategoryWithoutRolesError(RefusalError):
    """The documents list no role for the category; `advice` says what to do instead."""

    field = "category"

    def __init__(self, category: str, advice: str) -> None:
        super().__init__(f"No role can be requested in the category {category}.")
        self.advice = advice


class RoleNotInCategoryError(RefusalError):
    """The role is not one of the category that was chosen in STEP 1."""

    field = "role"

    def __init__(self) -> None:
        super().__init__("Select a role of the list.")


class RoleNotRequestableError(RefusalError):
    """The role is shown, but nobody may request it; the sentence says why."""

    field = "role"


class OptionMissingError(RefusalError):
    """A role with options was chosen without one."""

    field = "option"

    def __init__(self, label: str) -> None:
        super().__init__(f"Select one for {label}.")


class IncompleteError(RefusalError):
    """STEP 3 is not complete; `problems` maps each field to its sentence."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


class ClosedAccountError(RefusalError):
    """The person's account was closed for good, in whatever browser they were still signed in."""

    def __init__(self) -> None:
        super().__init__("Your account was closed. No role can be requested with it.")


class AlreadyRequestedError(RefusalError):
    """The person has a pending request for the same role and organization."""

    def __init__(self, request_id: UUID, role: str, organization: str | None) -> None:
        super().__init__(f"You already have a pending request for {_named(role, organization)}.")
        self.request_id = request_id


class AlreadyGrantedError(RefusalError):
    """The person has the role for that organization."""

    def __init__(self, grant_id: UUID, role: str, organization: str | None) -> None:
        super().__init__(f"You already have the role {_named(role, organization)}.")
        self.grant_id = grant_id


class NotPendingError(RefusalError):
    """The request was decided or withdrawn before."""

    def __init__(self, state: str) -> None:
        super().__init__(f"This request is {state} already; there is nothing to withdraw.")


class NothingToNudgeError(RefusalError):
    """Nobody is asked about the request now, or they are being reminded already."""

    def __init__(self) -> None:
        super().__init__("Nobody can be reminded now: those who decide are being looked up, reminded or waited for.")


class NudgeTooEarlyError(RefusalError):
    """The officials were asked or reminded not long ago; `possible_from` says when they can be reminded next."""

    def __init__(self, possible_from: datetime) -> None:
        super().__init__("It is too early to remind those who decide.")
        self.possible_from = possible_from


class AlreadyAnsweredError(RefusalError):
    """The question has its answer."""

    def __init__(self) -> None:
        super().__init__("You have answered this question. Your answer was sent.")


class QuestionOverError(RefusalError):
    """The question needs no answer any more; the sentence says why."""


class DisciplinesMissingError(RefusalError):
    """A surveyor's role needs a discipline (access job aid 3.1, step 4.14)."""

    field = "disciplines"

    def __init__(self) -> None:
        super().__init__("Select at least one discipline.")


class DraftMissingError(LookupError):
    """There is no such draft, or it is another person's."""


class DraftSubmittedError(Exception):
    """The draft became a request before; its steps cannot be changed."""


class RequestMissingError(LookupError):
    """There is no such request, or it is another person's."""


class QuestionMissingError(LookupError):
    """There is no such question, or it was asked of another person."""


class GrantMissingError(LookupError):
    """There is no such role grant, or it is another person's, or it ended."""


def _named(role: str, organization: str | None) -> str:
    return f"{role} at {organization}" if organization else role
