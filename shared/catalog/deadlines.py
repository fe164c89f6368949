"""The deadline policy: how long people may take, and what follows when they take longer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from shared.catalog.model import OrganizationKindId, Source

Silence = Literal["keep", "remove"]


@dataclass(frozen=True, slots=True)
class Inactivity:
    """Days (24 hours each) without sign-in: those on which the holder is warned, and that on which the roles end."""

    warnings: tuple[int, ...]
    end: int


@dataclass(frozen=True, slots=True)
class Review:
    """How often officials confirm the roles of their organization, and what becomes of a role if they do not.

    `every_months` are calendar months, `answer_within` business days; `silence` keeps or removes what nobody
    confirmed.
    """

    every_months: int
    answer_within: int
    silence: Silence


@dataclass(frozen=True, slots=True)
class RoleDuration:
    """For how many days (of 24 hours) a role is given, None: no end, and how many before its end the holder is told."""

    days: int | None
    notices: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """What follows when, for requests of one role to one kind of organization.

    Business days since the officials were asked: `reminders`, `escalation` (to the next authority, and again after as
    many to the next; None for never) and `expiry`. Business days before the expiry: `expiry_notices`. Business days
    between two nudges of the requester: `nudge_every`. Business days for which a question to the requester stops the
    clock: `question_ends`. Calendar days: `link_lifetime`. `mail_hours` are from when until
    when mail goes out, by the wall clock of the organization. `state_holidays` says whether those of the organization's
    state count as holidays besides the federal ones.
    """

    reminders: tuple[int, ...]
    escalation: int | None
    expiry: int
    expiry_notices: tuple[int, ...]
    link_lifetime: int
    mail_hours: tuple[dt.time, dt.time]
    nudge_every: int
    question_ends: int
    state_holidays: bool
    inactivity: Inactivity
    review: Review
    role_duration: RoleDuration
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class PolicyOverride:
    """What differs for a role, a kind of organization, or a role at a kind of organization; `changes` are fields."""

    role: str | None
    organization_kind: OrganizationKindId | None
    changes: Mapping[str, Any]
    sources: tuple[Source, ...]

    def applies_to(self, role_id: str, organization_kind: str | None) -> bool:
        """Returns whether requests of this role to this kind of organization (None: to none) are meant."""
        return self.role in (None, role_id) and self.organization_kind in (None, organization_kind)

    @property
    def key(self) -> str:
        """What the override is for, as the check names it."""
        return " at ".join(each for each in (self.role, self.organization_kind) if each) or "everything"


@dataclass(frozen=True, slots=True)
class DeadlinePolicies:
    """The policy of everybody, and what differs for some."""

    defaults: Policy
    overrides: tuple[PolicyOverride, ...]

    def policy(self, role_id: str, organization_kind: str | None) -> Policy:
        """Returns the policy for the role and the kind of organization, None for a national role.

        What is said of a role counts more than what is said of a kind of organization, and what is said of both
        together counts most.
        """
        meant = [each for each in self.overrides if each.applies_to(role_id, organization_kind)]
        policy = self.defaults
        for override in sorted(meant, key=_how_particular):
            sources = tuple(dict.fromkeys((*policy.sources, *override.sources)))
            policy = replace(policy, **{**override.changes, "sources": sources})
        return policy


def _how_particular(override: PolicyOverride) -> tuple[bool, bool]:
    return (override.role is not None, override.organization_kind is not None)
