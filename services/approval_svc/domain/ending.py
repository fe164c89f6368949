"""Who may end the role of somebody else: undo an approval within a day, or remove a role later. Pure.

Nobody ends their own role as an official: on My Profile it can be given back.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from approval_svc.domain.approvals import State
from approval_svc.domain.refusals import (
    AlreadyRevokedError,
    NotApprovedError,
    NotYoursToEndError,
    OfficialRemovedError,
    OwnRequestError,
    OwnRoleError,
    RefusedError,
    RoleEndedError,
    TooLateToRevokeError,
    UnusableChoiceError,
)
from approval_svc.domain.routing import NATIONAL, AuthorityId, OrganizationId, Requester, is_same

UNDO_WITHIN = timedelta(hours=24)
LONGEST_REASON = 1000


def check_reason(reason: str | None) -> str:
    """Returns the reason. Raises UnusableChoiceError when there is none, or it is too long."""
    if not reason:
        raise UnusableChoiceError("reason", "Enter a reason: the person reads it")
    if len(reason) > LONGEST_REASON:
        raise UnusableChoiceError("reason", f"Shorten the reason to {LONGEST_REASON} characters or fewer")
    return reason


@dataclass(frozen=True, kw_only=True)
class Ender:
    """Who wants to end a role: an official of these authorities, or somebody of operations."""

    user_id: str
    email: str
    authorities: Collection[AuthorityId] = ()
    is_operations: bool = False


@dataclass(frozen=True, kw_only=True)
class Decided:
    """An approval as somebody finds it who wants to undo it; `authorities` are those for which it was decided.

    `is_over`: whether the role that it gave has ended otherwise, or is about to.
    """

    state: State
    requester: Requester
    authorities: Collection[AuthorityId]
    decided_at: datetime | None
    revoked_at: datetime | None
    is_over: bool = False

    def until(self) -> datetime | None:
        """Returns until when the approval can be undone; None for what was not approved."""
        return self.decided_at + UNDO_WITHIN if self.state is State.APPROVED and self.decided_at else None

    def refusal(self, ender: Ender, *, active: bool, now: datetime) -> RefusedError | None:
        """Returns why the official may not undo it now, or None; `active`: whether they are an official still."""
        until = self.until()
        if until is None:
            return NotApprovedError()
        if self.revoked_at is not None:
            return AlreadyRevokedError()
        if _is_person(ender, self.requester):
            return OwnRequestError()
        if not active:
            return OfficialRemovedError()
        if not set(self.authorities) & set(ender.authorities):
            return NotYoursToEndError()
        if self.is_over:
            return RoleEndedError()
        return TooLateToRevokeError() if now >= until else None


@dataclass(frozen=True, kw_only=True)
class Held:
    """A role as somebody finds it who wants to end it; `organization` is None for a national role."""

    holder: Requester
    organization: OrganizationId | None
    is_over: bool

    def refusal(self, ender: Ender) -> RefusedError | None:
        """Returns why they may not end it, or None."""
        if not ender.is_operations and self.on_behalf_of(ender) is None:
            return NotYoursToEndError()
        if _is_person(ender, self.holder):
            return OwnRoleError()
        return RoleEndedError() if self.is_over else None

    def on_behalf_of(self, ender: Ender) -> AuthorityId | None:
        """Returns for which of their authorities they end it: that of the organization before a national one."""
        own = [each for each in ender.authorities if self._is_of(each)]
        return next(iter(own or [each for each in ender.authorities if each.kind in NATIONAL]), None)

    def _is_of(self, authority: AuthorityId) -> bool:
        return self.organization is not None and (authority.kind, authority.id) == (
            self.organization.kind,
            self.organization.id,
        )


def _is_person(ender: Ender, other: Requester) -> bool:
    return is_same(ender.user_id, other.user_id) or is_same(ender.email, other.email)
