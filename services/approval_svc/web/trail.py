"""The audit of a request in plain words: what happened, who did it, and from where."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from approval_svc import audit_queries
from approval_svc.tables import ApprovalRow, OfficialRow, RequestRow
from approval_svc.use_cases.questioning import labels
from shared.audit import Action
from shared.contracts import in_place_of

Values = Mapping[str, Any]

SAID: dict[str, Callable[["_Names", Values], str]] = {
    Action.REQUEST_RECEIVED: lambda _names, _after: "The request came in",
    Action.REQUEST_WITHDRAWAL_ASKED: lambda _names, _after: "Withdrawal was asked for",
    Action.APPROVAL_ASKED: lambda names, after: f"Put before {names.listed(after)}",
    Action.APPROVAL_MOVED: lambda names, after: f"Now before {names.listed(after)}",
    Action.APPROVAL_UNROUTABLE: lambda _names, _after: "Nobody could decide it",
    Action.APPROVAL_DECIDED: lambda names, after: _decided(names, after),
    Action.APPROVAL_REVOKED: lambda names, after: f"Approval revoked by {names.official(after['official'])}",
    Action.APPROVAL_WITHDRAWN: lambda _names, _after: "Closed, because the request was withdrawn",
    Action.APPROVAL_REMINDED: lambda names, after: f"Reminded {names.listed(after)}",
    Action.APPROVAL_NUDGED: lambda _names, _after: "The officials were reminded, as the requester asked",
    Action.APPROVAL_ESCALATED: lambda names, after: f"Nobody had answered in time: asked {names.listed(after)} besides",
    Action.APPROVAL_STUCK: lambda _names, _after: "No further authority could be asked: operations were alerted",
    Action.APPROVAL_EXPIRY_ANNOUNCED: lambda _names, _after: "Everybody was told when it expires",
    Action.APPROVAL_EXPIRED: lambda _names, _after: "Expired: nobody decided in time",
    Action.APPROVAL_DEADLINES_MOVED: lambda _names, _after: "Its deadlines moved, because the policy or a calendar did",
    Action.APPROVAL_CLOCK_RESTED: lambda _names, _after: "The clock stopped, to wait for the requester",
    Action.APPROVAL_CLOCK_RESUMED: lambda _names, _after: "The clock went on",
    Action.APPROVAL_QUESTION_ASKED: lambda names, after: f"{names.official(after['official'])} asked the requester",
    Action.APPROVAL_QUESTION_REMINDED: lambda _names, _after: "The requester was reminded of the question",
    Action.APPROVAL_QUESTION_ANSWERED: lambda _names, after: _answered(after),
    Action.APPROVAL_QUESTION_LAPSED: lambda _names, after: (
        "The question did not reach the requester" if after.get("refused") else "No answer came in time"
    ),
    Action.APPROVAL_QUESTION_CLOSED: lambda _names, _after: "The question was not answered before it was over",
    Action.APPROVAL_HANDED_OVER: lambda names, after: f"Handed over to {names.official(after['to'])}",
    Action.APPROVAL_OPINION_ASKED: lambda names, after: f"{names.official(after['official'])} was asked for an opinion",
    Action.APPROVAL_OPINION_GIVEN: lambda names, after: f"{names.official(after['official'])} gave an opinion",
    Action.APPROVAL_COMMENTED: lambda _names, after: _commented(after),
    Action.APPROVAL_LINK_RENEWED: lambda names, after: f"A new link was mailed to {names.official(after['official'])}",
    Action.OFFICIAL_UNREACHABLE: lambda names, after: f"Mail does not reach {names.official(after['subject'])}",
    Action.OFFICIAL_CHANGED: lambda names, after: f"Mail reaches {names.official(after['subject'])} again",
}
WAYS = {
    "link": "from the emailed link",
    "link and sign-in": "from the emailed link, signed in",
    "sign-in": "signed in, without a link",
}
CAUSES = {
    "RoleRequested": "The request form",
    "NudgeAsked": "My Profile of the requester",
    "InformationProvided": "My Profile of the requester",
    "RequestWithdrawn": "My Profile of the requester",
    "RoleGranted": "A Security Official role was granted",
    "RoleRemoved": "A Security Official role ended",
    "NoticeFailed": "Mail that came back",
}


@dataclass(frozen=True)
class Line:
    """One entry; `part` names the organization that it is about, if it is about one."""

    number: int
    at: datetime
    what: str
    part: str | None
    who: str
    origin: str


def of_approval(session: Session, approval: ApprovalRow) -> list[Line]:
    """Returns what concerns this approval, without network addresses: for the officials who are asked."""
    return _lines(session, approval.request, [approval], with_addresses=False)


def of_request(session: Session, request: RequestRow) -> list[Line]:
    """Returns what concerns any approval of the request, with network addresses: for operations."""
    return _lines(session, request, request.approvals, with_addresses=True)


def _lines(
    session: Session, request: RequestRow, approvals: Sequence[ApprovalRow], *, with_addresses: bool
) -> list[Line]:
    entries = audit_queries.audit_of(session, request.id, [approval.id for approval in approvals])
    names = _Names(request, audit_queries.people_in(session, entries))
    parts = _parts(approvals)
    return [
        Line(
            number=entry.seq,
            at=entry.at,
            what=_what(names, entry),
            part=parts.get(entry.subject_id),
            who=names.actor(entry.who, entry.on_behalf_of),
            origin=_origin(entry.origin, with_addresses=with_addresses),
        )
        for entry in entries
    ]


def _parts(approvals: Sequence[ApprovalRow]) -> dict[str, str]:
    """Returns the organization of each approval by its id, and by an official's id those that they were asked for."""
    parts = {str(approval.id): approval.organization_name or "National" for approval in approvals}
    asked_for: dict[str, list[str]] = {}
    for asking in (each for approval in approvals for each in approval.askings):
        asked_for.setdefault(str(asking.official_id), []).append(parts[str(asking.approval_id)])
    return parts | {official: ", ".join(sorted(names)) for official, names in asked_for.items()}


class _Names:
    """The names of those whom entries name by id."""

    def __init__(self, request: RequestRow, officials: Sequence[OfficialRow]) -> None:
        self._officials = {str(each.id): each.name for each in officials}
        self._users = {each.user_id: each.name for each in officials}
        self._users[request.requester_user_id] = request.requester_name

    def official(self, identifier: str) -> str:
        return self._officials.get(identifier, identifier)

    def listed(self, after: Values) -> str:
        acting = after.get("acting") or {}
        asked = [self.in_place_of(each, acting.get(each)) for each in after.get("asked") or acting]
        return ", ".join(sorted(asked)) or "the same people"

    def in_place_of(self, identifier: str, absent: Sequence[str] | None) -> str:
        return in_place_of(self.official(identifier), [self.official(each) for each in absent or ()])

    def actor(self, who: str, on_behalf_of: str | None) -> str:
        kind, _, name = (on_behalf_of or "").partition(":")
        return f"{self._one(who)}, for {self._users.get(name, name)}" if kind == "user" else self._one(who)

    def _one(self, who: str) -> str:
        kind, _, name = who.partition(":")
        named = {
            "user": self._users.get(name, name),
            "official": self.official(name),
            "operator": f"Operator {name}",
            "service": "Countersign",
        }
        return named.get(kind, "Nobody known")


def _what(names: _Names, entry: Any) -> str:
    say = SAID.get(entry.action)
    return (
        say(names, {**(entry.after or {}), "subject": entry.subject_id})
        if say
        else str(entry.action).replace(".", ": ").replace("_", " ")
    )


def _commented(after: Values) -> str:
    return f"Commented, for {'officials only' if after['for_officials'] else 'everybody'}"


def _decided(names: _Names, after: Values) -> str:
    who = names.in_place_of(after["official"], after.get("acted_for"))
    return f"{str(after['state']).capitalize()} by {who} {WAYS.get(after['way'], '')}"


def _answered(after: Values) -> str:
    corrected = labels(after["corrected"])
    return f"The question was answered; corrected: {corrected}" if corrected else "The question was answered"


def _origin(origin: Values, *, with_addresses: bool) -> str:
    if origin["kind"] == "web":
        page = "Emailed link" if str(origin["route"]).startswith(("/decide/", "/digests/", "/opinion/")) else "Web page"
        return f"{page}, from {origin['address']}" if with_addresses else page
    if origin["kind"] == "message":
        return CAUSES.get(origin["message"], f"Message {origin['message']}")
    return {"command": "An operator's command", "tick": "A regular check"}.get(origin["kind"], "Countersign itself")
