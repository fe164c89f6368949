"""Which messages there are, how they are read, and who hears which: the one table."""

from functools import cache
from typing import Any

from marshmallow import ValidationError

from shared.contracts import absences
from shared.contracts import activity as a
from shared.contracts import digests as d
from shared.contracts import messages as m
from shared.contracts import questions as q
from shared.contracts import reviews as v
from shared.contracts import roles as r
from shared.contracts import talking as t
from shared.contracts import waiting as w
from shared.contracts.derive import DataclassSchema, schema_of
from shared.contracts.upgrades import UPGRADES

APPROVAL = "approval_svc"
IDENTITY = "identity_svc"
NOTIFY = "notify_svc"
NOTIFY_MAIL = "notify_svc.mail"
REQUEST = "request_svc"

SUBSCRIBERS: dict[type[m.Message], tuple[str, ...]] = {
    # message               written by      heard by (queues)
    m.RoleRequested: (APPROVAL, NOTIFY),  # request_svc
    m.RequestWithdrawn: (APPROVAL,),  # request_svc
    m.NudgeAsked: (APPROVAL,),  # request_svc
    q.InformationProvided: (APPROVAL, NOTIFY),  # request_svc
    m.RoleGranted: (APPROVAL,),  # request_svc
    m.RoleRemoved: (APPROVAL, NOTIFY),  # request_svc
    m.ApprovalRequested: (REQUEST, NOTIFY),  # approval_svc
    m.ApprovalUnroutable: (REQUEST,),  # approval_svc
    m.ApprovalDecided: (REQUEST,),  # approval_svc
    m.ApprovalWithdrawn: (REQUEST,),  # approval_svc
    m.RequestDecided: (REQUEST, NOTIFY),  # approval_svc
    m.ApprovalClosed: (NOTIFY,),  # approval_svc
    w.DeadlinesPlanned: (REQUEST,),  # approval_svc
    w.ReminderDue: (NOTIFY,),  # approval_svc
    w.ApprovalEscalated: (REQUEST, NOTIFY),  # approval_svc
    w.ExpiryAnnounced: (NOTIFY,),  # approval_svc
    w.ApprovalNudged: (NOTIFY,),  # approval_svc
    w.ApprovalExpired: (REQUEST, NOTIFY),  # approval_svc
    d.DigestDue: (NOTIFY,),  # approval_svc
    absences.AbsenceBegun: (NOTIFY,),  # approval_svc
    absences.AbsenceEnded: (NOTIFY,),  # approval_svc
    r.RoleEndOrdered: (REQUEST,),  # approval_svc
    r.RoleEndsSoon: (NOTIFY,),  # approval_svc
    r.RoleGivenBack: (NOTIFY,),  # approval_svc
    r.FewOfficials: (NOTIFY,),  # approval_svc
    q.InformationAsked: (REQUEST, NOTIFY),  # approval_svc
    q.AnswerAwaited: (NOTIFY,),  # approval_svc
    q.InformationReceived: (NOTIFY,),  # approval_svc
    q.QuestionLapsed: (NOTIFY,),  # approval_svc
    a.SignedIn: (APPROVAL, NOTIFY),  # identity_svc, request_svc
    a.InactivityWarned: (NOTIFY,),  # approval_svc
    a.InactiveRolesEnded: (NOTIFY,),  # approval_svc
    v.ReviewDue: (NOTIFY,),  # approval_svc
    v.ReviewClosed: (NOTIFY,),  # approval_svc
    t.ApprovalReassigned: (REQUEST,),  # approval_svc
    t.ApprovalHandedOver: (NOTIFY,),  # approval_svc
    t.OpinionAsked: (NOTIFY,),  # approval_svc
    t.OpinionGiven: (NOTIFY,),  # approval_svc
    t.CommentMade: (REQUEST,),  # approval_svc
    m.NoticeQueued: (NOTIFY_MAIL,),  # notify_svc
    m.NoticeSent: (APPROVAL,),  # notify_svc
    m.NoticeFailed: (APPROVAL, IDENTITY),  # notify_svc
    m.AccountLocked: (NOTIFY,),  # identity_svc
    r.AccountClosed: (APPROVAL, REQUEST, NOTIFY),  # identity_svc
}

QUEUES: dict[str, tuple[str, ...]] = {
    # service: the queues that its workers consume
    REQUEST: (REQUEST,),
    APPROVAL: (APPROVAL,),
    NOTIFY: (NOTIFY, NOTIFY_MAIL),
    IDENTITY: (IDENTITY,),
}


class UnknownMessageError(LookupError):
    """No message has that type and version."""


class InvalidMessageError(ValueError):
    """A message's data do not fit its schema; `errors` says where."""

    def __init__(self, type: str, errors: Any) -> None:
        super().__init__(f"{type}: {errors}")
        self.errors = errors


@cache
def _written() -> dict[str, type[m.Message]]:
    return {message.type(): message for message in SUBSCRIBERS}


@cache
def _schema(type: str, *, strict: bool = False) -> DataclassSchema:
    return schema_of(_written()[type], strict=strict)()


def known_messages() -> tuple[tuple[str, int], ...]:
    """Returns the type and version of every message that can be read: what is written now, and what was before."""
    return (*((name, message.version) for name, message in _written().items()), *UPGRADES)


def is_known(type: str, version: int) -> bool:
    """Whether a message of that type and version can be read."""
    return (type, version) in known_messages()


def dump(message: m.Message) -> dict[str, Any]:
    """Returns the message's data as JSON values, having validated them.

    Raises:
        InvalidMessageError: the message's own fields do not fit its schema.
    """
    schema = _schema(message.type(), strict=True)
    data: dict[str, Any] = schema.dump(message)
    errors = schema.validate(data)
    if errors:
        raise InvalidMessageError(message.type(), errors)
    return data


def load(type: str, version: int, data: dict[str, Any], *, strict: bool = False) -> m.Message:
    """Returns the message that the data describe, which may be of an older version.

    A field that this release does not know is left out, because a newer one may have written it; `strict` refuses it
    instead, for data that somebody typed.

    Raises:
        UnknownMessageError: no such type and version.
        InvalidMessageError: the data do not fit.
    """
    if not is_known(type, version):
        raise UnknownMessageError(f"{type} version {version}")
    try:
        message: m.Message = _schema(type, strict=strict).load(_upgraded(type, version, data))
    except ValidationError as error:
        raise InvalidMessageError(type, error.messages) from error
    return message


def _upgraded(type: str, version: int, data: dict[str, Any]) -> dict[str, Any]:
    try:
        for step in range(version, _written()[type].version):
            data = UPGRADES[type, step](data)
    except (KeyError, TypeError, AttributeError) as error:
        raise InvalidMessageError(type, f"not what version {version} promised: {error!r}") from error
    return data
