"""An official comments on a request: for everybody, its requester too, or for officials alone."""

from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from approval_svc.domain.approvals import Way
from approval_svc.domain.talking import NO_COMMENT, written
from approval_svc.tables import ApprovalRow, AskingRow, CommentRow
from approval_svc.use_cases import auditing, telling
from approval_svc.use_cases.in_hand import doer, take_in_hand
from shared import audit
from shared.audit import Action
from shared.contracts import CommentMade
from shared.ids import new_id
from shared.messaging.outbox import publish


def comment(
    session: Session,
    approval_id: UUID,
    official_id: UUID,
    text: str,
    way: Way,
    *,
    for_officials: bool,
    always_sign_in: bool,
    now: datetime,
    form_id: UUID | None = None,
) -> None:
    """Keeps the comment; one that is not for officials alone is told to the requester's side.

    The same text for the same readers that comes again from the same form was sent twice, and is kept once.

    Raises:
        RefusedError: the approval does not wait for this official, or the text cannot be taken.
    """
    approval, asking = take_in_hand(session, approval_id, official_id, way, always_sign_in=always_sign_in, now=now)
    comment_id = uuid5(form_id, f"{approval_id} {official_id} {for_officials} {text}") if form_id else new_id()
    if session.get(CommentRow, comment_id) is not None:
        return
    row = CommentRow(
        id=comment_id,
        approval_id=approval.id,
        official_id=official_id,
        author=telling.acting_name(asking),
        text=written("text", text, NO_COMMENT),
        for_officials=for_officials,
        made_at=now,
    )
    session.add(row)
    whom = "officials only" if for_officials else "everybody"
    words = f"{row.author} wrote a comment for {whom}."
    telling.note(session, words, request_id=approval.request_id, approval_id=approval.id, now=now)
    _audit(session, approval, asking, row, way, now)
    if not for_officials:
        publish(session, _message(approval, row), correlation_id=approval.request.correlation_id, now=now)


def _message(approval: ApprovalRow, row: CommentRow) -> CommentMade:
    return CommentMade(
        comment_id=row.id,
        approval_id=approval.id,
        request_id=approval.request_id,
        organization=telling.organization(approval),
        author=row.author,
        text=row.text,
        made_at=row.made_at,
    )


def _audit(
    session: Session, approval: ApprovalRow, asking: AskingRow, row: CommentRow, way: Way, now: datetime
) -> None:
    audit.record(
        session,
        Action.APPROVAL_COMMENTED,
        ("approval", approval.id),
        now=now,
        after={
            "comment": row.id,
            "for_officials": row.for_officials,
            "official": asking.official_id,
            "request": approval.request_id,
        }
        | auditing.also_acted_for(asking),
        who=doer(asking, way),
        on_behalf_of=auditing.asked_for(asking),
        correlation_id=approval.request.correlation_id,
    )
