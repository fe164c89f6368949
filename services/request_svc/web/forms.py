"""The forms of this service. Shapes only: what STEP 3 needs to be complete stands in domain/steps.py."""

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load, validate

from request_svc.domain.questions import LONGEST_ANSWER
from request_svc.domain.steps import NOT_LISTED, Answers

SURVEYOR_ID = validate.Regexp(r"^[A-Za-z0-9]{1,20}\Z", error="Use letters and digits only, 20 at most.")
EMPLOYEE_ID = (
    validate.Length(max=40, error="Use 40 characters at most."),
    validate.Regexp(r"^[A-Za-z0-9 .\-]*\Z", error="Use letters, digits, spaces, dots and hyphens only."),
    validate.Regexp(r"^[A-Za-z0-9]", error="Begin with a letter or a digit."),
)
PHONE = validate.Regexp(r"^[\x20-\x7e]{1,40}\Z", error="Use digits and signs only, 40 at most.")
LONGEST_ID = 64
ID = validate.Length(max=LONGEST_ID, error="Select one from the list.")
YES_NO = {"yes": True, "no": False}


def _listed(kind: str) -> validate.Length:
    """Refuses what is too long for an id in the words that an unknown id is refused in."""
    return validate.Length(max=LONGEST_ID, error=NOT_LISTED[kind])


class _Form(Schema):
    class Meta:
        unknown = EXCLUDE


class CategoryForm(_Form):
    """STEP 1."""

    category = fields.String(required=True, validate=ID, error_messages={"required": "Select a user category."})


class RoleForm(_Form):
    """STEP 2. A role with options has a field of its own for them, so that one page can show several."""

    role = fields.String(required=True, validate=ID, error_messages={"required": "Select a user role."})


class OrganizationsForm(_Form):
    """STEP 3, whatever it asks; loads into Answers."""

    survey_for = fields.String(validate=ID)
    state = fields.String(validate=_listed("state"))
    contract_organizations = fields.List(fields.String(validate=_listed("contract-organization")))
    ado = fields.String(validate=_listed("ado"))
    mac = fields.String(validate=_listed("mac"))
    provider = fields.String(validate=_listed("provider"))
    provider_search = fields.String(validate=validate.Length(max=100, error="Type 100 characters at most."))
    employee_id = fields.String(validate=EMPLOYEE_ID)
    surveyor = fields.String(validate=validate.OneOf(YES_NO, error="Select Yes or No, or skip the question."))
    surveyor_status = fields.String(validate=ID)
    federal_surveyor_id = fields.String(validate=SURVEYOR_ID)
    confirm_federal_surveyor_id = fields.String(validate=SURVEYOR_ID)

    @post_load
    def _answers(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        data.pop("provider_search", None)
        if "surveyor" in data:
            data["surveyor"] = YES_NO[data["surveyor"]]
        data["contract_organizations"] = tuple(data.get("contract_organizations", ()))
        return {"answers": Answers(**data)}


class AnswerForm(_Form):
    """The answer to a question; of the other fields those are looked at that the question names."""

    answer = fields.String(
        load_default="",
        validate=validate.Length(max=LONGEST_ANSWER, error=f"Use {LONGEST_ANSWER} characters at most."),
    )
    phone = fields.String(validate=PHONE)
    employee_id = fields.String(validate=EMPLOYEE_ID)
    surveyor = fields.String(validate=validate.OneOf(YES_NO, error="Select Yes or No."))
    surveyor_status = fields.String(validate=ID)
    federal_surveyor_id = fields.String(validate=SURVEYOR_ID)
    confirm_federal_surveyor_id = fields.String(validate=SURVEYOR_ID)


class DisciplinesForm(_Form):
    """Surveyor Disciplines."""

    disciplines = fields.List(fields.String(validate=ID))
