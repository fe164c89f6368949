"""What operations may filter the ledger by."""

from typing import Any

from marshmallow import Schema, fields, post_load

from notify_svc.domain.notices import State
from notify_svc.queries import Filter

NOT_AN_ID = "Enter the whole id, as in 01936f2e-8c2a-7000-8000-2b1d5e6f7a8b."


class FilterForm(Schema):
    """The query of the ledger page; `made` is the Filter that it stands for."""

    state = fields.Enum(State, by_value=True, error_messages={"unknown": "Select a state from the list."})
    request_id = fields.UUID(data_key="request", error_messages={"invalid_uuid": NOT_AN_ID})
    recipient_id = fields.String(data_key="recipient")
    before = fields.UUID(error_messages={"invalid_uuid": NOT_AN_ID})

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {"filter": Filter(**data)}
