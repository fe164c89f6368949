"""Questions and answers as messages carry them: the part that asking, reminding and answering share."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from approval_svc import queries, reference
from approval_svc.domain.questions import recipients
from approval_svc.tables import OfficialRow, QuestionRow
from approval_svc.tables.approvals import absent_names
from approval_svc.use_cases import reminding, telling
from approval_svc.use_cases.timing import Timing
from shared.contracts import Authority, Correctable, Official


def about_question(question: QuestionRow) -> dict[str, Any]:
    """Returns what each message to the requester about a question says."""
    approval = question.approval
    return {
        "question_id": question.id,
        "approval_id": approval.id,
        "request_id": approval.request_id,
        "requester": telling.requester(approval.request),
        "role_name": approval.request.role_name,
        "organization": telling.organization(approval),
        "authority": _authority(question.official, approval.organization_name),
        "asked_by": who_asks(question),
        "question": question.text,
        "fields": tuple(map(Correctable, question.fields)),
        "asked_at": question.asked_at,
        "clock_goes_on": question.clock_goes_on,
    }


def who_asks(question: QuestionRow) -> Official:
    """Returns who asked, with the absent in whose place they did."""
    return replace(telling.official(question.official), acts_for=absent_names(question.acts_for))


def for_officials(
    session: Session, question: QuestionRow, timing: Timing, at_most: timedelta, now: datetime
) -> dict[str, Any]:
    """Gives everybody who may decide a fresh link; returns what each message to them about a question says.

    Whoever asked is told; when they may not decide any more, everybody who may is.
    """
    approval = question.approval
    live = [asking.official_id for asking in queries.live_askings(approval)]
    values = reminding.awaited(session, approval, timing, at_most, now)
    return values | {"question": question.text, "told": recipients(question.official_id, live)}


def labels(fields: Iterable[str]) -> str:
    """Returns the fields in the words of the job aids: "Phone Number, Surveyor"."""
    return ", ".join(Correctable(name).label for name in fields)


def _authority(official: OfficialRow, organization_name: str | None) -> Authority:
    kind = official.authority_kind
    return Authority(kind=kind, id=official.authority_id, name=reference.authority_name(kind, organization_name))
