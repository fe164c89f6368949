"""CommentMade: an official wrote a comment that the requester may read. Those for officials only never come here."""

from sqlalchemy.orm import Session

from request_svc import queries
from request_svc.domain.requests import Happening
from request_svc.use_cases.parts import audit_part, part_for
from request_svc.use_cases.timeline import note
from shared.audit import Action
from shared.contracts import CommentMade


def record_comment(session: Session, message: CommentMade) -> None:
    """Adds the comment to what happened, that of an ended part too: it was made before the end.

    Raises:
        RequestMissingError, PartMissingError: the message names a request or an organization that is not ours.
    """
    request = queries.lock_request(session, message.request_id)
    part = part_for(request, message.organization)
    made = {"comment": message.comment_id}
    audit_part(session, part, Action.REQUEST_COMMENTED, message.made_at, before={}, after=made)
    note(
        session,
        request.id,
        Happening.COMMENTED,
        message.made_at,
        organization=part.organization_name,
        people=[message.author],
        words=message.text,
    )
