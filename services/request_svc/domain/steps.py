"""STEP 3, Add Organizations: what each kind of role asks for, and who then has to decide.

Access job aid 3.1, Figures 13, 18, 25, 32 and 37; CLIA job aid 1.0, Figures 13, 23 and 33.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple


class Step(StrEnum):
    """The kinds of STEP 3."""

    NONE = "none"
    STATE = "state"
    CONTRACT_SURVEYOR = "contract-surveyor"
    ADO = "ado"
    MAC = "mac"
    PROVIDER = "provider"


class OrganizationKey(NamedTuple):
    """An organization's kind and its id within that kind."""

    kind: str
    id: str


@dataclass(frozen=True, kw_only=True)
class Question:
    """What STEP 3 asks for one role. `survey_for` lists the choices under "Organization"."""

    step: Step
    survey_for: tuple[str, ...] = ()
    asks_surveyor: bool = False


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What a person answered in STEP 3; organizations are ids. `surveyor` None means skipped."""

    survey_for: str | None = None
    state: str | None = None
    contract_organizations: tuple[str, ...] = ()
    ado: str | None = None
    mac: str | None = None
    provider: str | None = None
    employee_id: str | None = None
    surveyor: bool | None = None
    surveyor_status: str | None = None
    federal_surveyor_id: str | None = None
    confirm_federal_surveyor_id: str | None = None


_FIELDS: dict[Step, frozenset[str]] = {
    Step.NONE: frozenset(),
    Step.STATE: frozenset({"state", "employee_id"}),
    Step.CONTRACT_SURVEYOR: frozenset(
        {
            "survey_for",
            "state",
            "contract_organizations",
            "surveyor_status",
            "federal_surveyor_id",
            "confirm_federal_surveyor_id",
        }
    ),
    Step.ADO: frozenset({"ado"}),
    Step.MAC: frozenset({"mac"}),
    Step.PROVIDER: frozenset({"provider"}),
}

_SINGLE = {
    Step.STATE: "Select a state.",
    Step.ADO: "Select an ADO contractor.",
    Step.MAC: "Select a Medicare Administrative Contractor.",
    Step.PROVIDER: "Search for your provider and select it.",
}

NOT_LISTED = {
    "state": "Select a state from the list.",
    "contract-organization": "Select contract organizations from the list.",
    "ado": "Select an ADO contractor from the list.",
    "mac": "Select a Medicare Administrative Contractor from the list.",
    "provider": "Search for your provider and select it from the list.",
}
"""What to say of an organization that is not known, by its kind."""


def relevant(question: Question, answers: Answers) -> Answers:
    """Returns only the answers that the question asks for.

    A person may come back and choose another role; what they answered for the first must not travel along. A
    state does not belong to a surveyor for CMS.
    """
    kept = {name: getattr(answers, name) for name in _FIELDS[question.step]}
    if question.asks_surveyor:
        kept["surveyor"] = answers.surveyor
    if question.step is Step.CONTRACT_SURVEYOR and answers.survey_for != "state":
        kept["state"] = None
    kept["contract_organizations"] = tuple(dict.fromkeys(kept.get("contract_organizations", ())))
    return replace(Answers(), **kept)


def problems(question: Question, answers: Answers) -> dict[str, str]:
    """Returns a sentence for each field that is missing or does not fit; empty when STEP 3 is complete."""
    if question.step is Step.CONTRACT_SURVEYOR:
        return _surveyor_problems(question, answers)
    sentence = _SINGLE.get(question.step)
    if sentence and not getattr(answers, question.step.value):
        return {question.step.value: sentence}
    return {}


def _surveyor_problems(question: Question, answers: Answers) -> dict[str, str]:
    found = {}
    if answers.survey_for not in question.survey_for:
        found["survey_for"] = "Select the organization that you survey for."
    if answers.survey_for == "state" and not answers.state:
        found["state"] = "Select a state."
    if not answers.contract_organizations:
        found["contract_organizations"] = "Select at least one contract organization."
    if answers.surveyor_status not in ("new", "existing"):
        found["surveyor_status"] = "Select New or Existing."
    return found | surveyor_id_problems(answers)


def surveyor_id_problems(answers: Answers) -> dict[str, str]:
    """Says what is wrong with the ID: an existing surveyor gives it, twice the same (access job aid 3.1, Figure 18)."""
    if answers.surveyor_status == "existing" and not answers.federal_surveyor_id:
        return {"federal_surveyor_id": "Enter your Federal Surveyor ID."}
    if answers.federal_surveyor_id != answers.confirm_federal_surveyor_id:
        return {"confirm_federal_surveyor_id": "Enter the same Federal Surveyor ID as above."}
    return {}


def chosen(question: Question, answers: Answers) -> tuple[OrganizationKey, ...]:
    """Returns every organization that was named, in the order of the page."""
    kept = relevant(question, answers)
    single = [(kind, getattr(kept, kind)) for kind in ("state", "ado", "mac", "provider")]
    several = [("contract-organization", each) for each in kept.contract_organizations]
    return tuple(OrganizationKey(kind, each) for kind, each in single + several if each)


def deciding(question: Question, answers: Answers) -> tuple[OrganizationKey | None, ...]:
    """Returns the organization of each decision that the request needs; None stands for a national role.

    A surveyor for a state is decided once, by the state: the contract organizations are details then. A surveyor for
    CMS is decided by each contract organization (design: Routing).
    """
    named = chosen(question, answers)
    if question.step is Step.CONTRACT_SURVEYOR and answers.survey_for == "state":
        return tuple(key for key in named if key.kind == "state")
    return named or (None,)


def scope_of(key: OrganizationKey | None) -> str:
    """Returns the text under which two requests for the same organization meet: "state:AL", "national"."""
    return f"{key.kind}:{key.id}" if key else "national"
