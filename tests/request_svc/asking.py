"""An official asks the requester, as request_svc hears of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from request_svc.use_cases.record_question import record_question
from shared.contracts import Authority, Correctable, InformationAsked, Official, Person
from shared.db import Database
from shared.ids import new_id
from tests.request_svc.factories import ADA, LATER, LORETTA, approval_of, whole

ASKED_AT = LATER + timedelta(days=1)
WORDS = "Which surveys will you take part in?\nAnd for whom?"


def question(
    database: Database,
    request_id: UUID,
    fields: Sequence[str] = (),
    *,
    at: datetime = ASKED_AT,
    part: int = 0,
    text: str = WORDS,
    by: Person = LORETTA,
) -> InformationAsked:
    """What approval_svc says when an official asks about a part of the request."""
    of = whole(database, request_id).parts[part]
    organization = of.as_value()
    return InformationAsked(
        question_id=new_id(),
        approval_id=approval_of(request_id, organization),
        request_id=request_id,
        requester=ADA,
        role_name="a role",
        organization=organization,
        authority=Authority(kind="state", id="AL", name="Security Officials of Alabama"),
        asked_by=Official(official_id=new_id(), user_id=by.user_id, name=by.name, email=by.email),
        question=text,
        fields=tuple(map(Correctable, fields)),
        asked_at=at,
        clock_goes_on=at + timedelta(days=14),
    )


def asked(database: Database, message: InformationAsked) -> UUID:
    with database.transaction() as session:
        record_question(session, message)
    return message.question_id


def ask(database: Database, request_id: UUID, *fields: str, **more: Any) -> UUID:
    return asked(database, question(database, request_id, fields, **more))
