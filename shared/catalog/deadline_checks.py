"""Cross checks of the deadline policy: each policy that somebody can come under is possible."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import product

from shared.catalog.catalog import Catalog
from shared.catalog.deadlines import Policy, PolicyOverride
from shared.catalog.problems import Problem

FILE = "deadlines.yaml"
IN_NO_STATE = ("contract-organization", "mac", "ado")
"""Kinds of organization of which no list says in which state they are."""
MONTH = 20
"""Business days, at least."""


def deadline_overrides_refer(catalog: Catalog) -> Iterator[Problem]:
    """An override names a known role, and what differs for somebody stands in one place."""
    known = {role.id for role in catalog.roles}
    for override in catalog.deadlines.overrides:
        if override.role is not None and override.role not in known:
            yield Problem(FILE, override.key, f"The role “{override.role}” does not exist.")
        if override.changes.get("state_holidays") and override.organization_kind in IN_NO_STATE:
            yield Problem(FILE, override.key, "Has state holidays, and nothing says in which state these are.")
    for key, times in Counter(override.key for override in catalog.deadlines.overrides).items():
        if times > 1:
            yield Problem(FILE, key, f"{times} overrides are for this; put them together.")


def deadlines_come_in_order(catalog: Catalog) -> Iterator[Problem]:
    """What happens before an end lies before it, for the defaults and with every combination of overrides."""
    told: set[str] = set()
    for key, policy in _policies(catalog):
        for words in _disorder(policy):
            if words not in told:  # the defaults' fault is not told again for each who comes under them
                yield Problem(FILE, key, words)
            told.add(words)


def deadline_sources(catalog: Catalog) -> Iterator[tuple[str, PolicyOverride | Policy]]:
    """Yields the defaults and each override with its key: all that has sources."""
    yield "defaults", catalog.deadlines.defaults
    yield from ((override.key, override) for override in catalog.deadlines.overrides)


def _policies(catalog: Catalog) -> Iterator[tuple[str, Policy]]:
    """Yields each policy that can result, the defaults first, with the key of whom it is for."""
    yield "defaults", catalog.deadlines.defaults
    overrides = catalog.deadlines.overrides
    roles = dict.fromkeys((None, *(each.role for each in overrides)))
    kinds = dict.fromkeys((None, *(each.organization_kind for each in overrides)))
    for role, kind in product(roles, kinds):
        key = " at ".join(each for each in (role, kind) if each)
        if key:
            yield key, catalog.deadline_policy(role or "", kind)


def _disorder(policy: Policy) -> Iterator[str]:
    yield from (words for holds, words in RULES if not holds(policy))


RULES: tuple[tuple[Callable[[Policy], bool], str], ...] = (
    (lambda policy: max(policy.reminders, default=0) < policy.expiry, "A reminder must come before the expiry."),
    (lambda policy: (policy.escalation or 0) < policy.expiry, "The escalation must come before the expiry."),
    (
        lambda policy: max(policy.expiry_notices, default=0) < policy.expiry,
        "An expiry notice must come after officials were asked.",
    ),
    (lambda policy: bool(policy.expiry_notices), "Nothing expires unannounced: an expiry notice is needed."),
    (
        lambda policy: max(policy.inactivity.warnings, default=0) < policy.inactivity.end,
        "A warning of inactivity must come before the roles end.",
    ),
    (
        lambda policy: (
            policy.role_duration.days is None
            or max(policy.role_duration.notices, default=0) < policy.role_duration.days
        ),
        "The end of a role must be announced while it is held.",
    ),
    (
        lambda policy: policy.review.answer_within < policy.review.every_months * MONTH,
        "A review must be over before the next one begins.",
    ),
)
