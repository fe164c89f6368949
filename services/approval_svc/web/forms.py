"""The form that an official fills in when deciding, and that by which operations look a request up."""

from typing import Any

from marshmallow import Schema, fields, validate

from approval_svc.domain.approvals import Verdict
from approval_svc.domain.choices import Choice, Offer, check
from approval_svc.domain.refusals import UnusableChoiceError
from approval_svc.domain.terms import Term
from shared.web.forms import Form, read_form

NOT_AN_ID = "Enter the whole id of the request"
NOT_A_DAY = "Enter a day with its year, such as 2027-06-30"
NO_SUCH_REQUEST = "No request with this id has come here. Check the id"


class ExplainForm(Schema):
    """The id of the request that operations want explained."""

    request_id = fields.UUID(
        data_key="request", required=True, error_messages={"required": NOT_AN_ID, "invalid_uuid": NOT_AN_ID}
    )


class ChoiceForm(Schema):
    """What the two forms of the page send: that to approve and that to reject."""

    decision = fields.String(
        required=True,
        validate=validate.OneOf([each.value for each in Verdict], error="Use the buttons to approve or reject"),
        error_messages={"required": "Use the buttons to approve or reject"},
    )
    reason = fields.String(load_default=None)
    comment = fields.String(load_default=None)
    disciplines = fields.List(fields.String(), load_default=list)
    extra_privileges = fields.List(fields.String(), load_default=list)
    until = fields.Date(load_default=None, error_messages={"invalid": NOT_A_DAY})


def read_choice(offer: Offer, term: Term) -> tuple[Form, Choice | None]:
    """Returns the form as it was sent and the choice that it makes, None when something is wrong with it.

    `term` says until when the role may be given.
    """
    form = read_form(ChoiceForm())
    if not form.ok:
        return form, None
    choice = _choice(form.data)
    try:
        check(choice, offer)
        term.check(choice.until)
    except UnusableChoiceError as error:
        return form.with_errors(**{error.field: error.sentence}), None
    return form, choice


def _choice(data: dict[str, Any]) -> Choice:
    return Choice(
        verdict=Verdict(data["decision"]),
        reason=data["reason"],
        comment=data["comment"],
        disciplines=tuple(dict.fromkeys(data["disciplines"])),
        extra_privileges=tuple(dict.fromkeys(data["extra_privileges"])),
        until=data["until"],
    )
