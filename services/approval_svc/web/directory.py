"""The directory of Security Officials as operations see it: who stands for whom, and whom nobody stands for.

Which organizations exist is request_svc's to know. Here count those that the catalog lists in full, that a request has
named, or that somebody has been an official of.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from approval_svc import reference
from approval_svc.domain.few import RECOMMENDED_OFFICIALS
from approval_svc.domain.routing import NATIONAL, OrganizationId
from approval_svc.tables import OfficialRow

__all__ = ["RECOMMENDED_OFFICIALS", "AuthorityGroup", "Names", "authority_name", "groups", "without_officials"]

Names = Mapping[OrganizationId, str]
"""What requests called organizations."""


@dataclass(frozen=True)
class AuthorityGroup:
    """An authority with its officials; `is_short` when it has fewer than recommended who can be asked."""

    name: str
    officials: tuple[OfficialRow, ...]
    is_short: bool


def groups(officials: Sequence[OfficialRow], named: Names) -> list[AuthorityGroup]:
    """Returns the authorities with their officials; `officials` are sorted by authority."""
    return [_group(authority, tuple(rows), named) for authority, rows in groupby(officials, key=_stands_for)]


def without_officials(officials: Sequence[OfficialRow], named: Names) -> list[tuple[str, list[str]]]:
    """Returns, for each kind of organization, the names of those that no active official stands for.

    Kinds are in the catalog's order, headed by their plural; a kind that lacks nobody is left out.
    """
    served = {_stands_for(row) for row in officials if row.active}
    once_served = [_stands_for(row) for row in officials if row.authority_kind not in NATIONAL]
    everybody = dict.fromkeys([*reference.organizations(demonstration=False), *named, *once_served])
    lacking = [each for each in everybody if each not in served]
    kinds = reference.organization_kinds()
    found = [(plural, [_name(each, named) for each in lacking if each.kind == kind]) for kind, plural in kinds.items()]
    return [(plural[0].upper() + plural[1:], sorted(names)) for plural, names in found if names]


def _stands_for(row: OfficialRow) -> OrganizationId:
    return OrganizationId(kind=row.authority_kind, id=row.authority_id)


def authority_name(row: OfficialRow, named: Names) -> str:
    """Returns the name of the authority that an official stands for."""
    return _authority_name(_stands_for(row), named)


def _authority_name(authority: OrganizationId, named: Names) -> str:
    return reference.authority_name(authority.kind, None if authority.kind in NATIONAL else _name(authority, named))


def _group(authority: OrganizationId, rows: tuple[OfficialRow, ...], named: Names) -> AuthorityGroup:
    able = sum(row.active and row.reachable for row in rows)
    return AuthorityGroup(
        name=_authority_name(authority, named),
        officials=rows,
        is_short=able < RECOMMENDED_OFFICIALS,
    )


def _name(organization: OrganizationId, named: Names) -> str:
    return named.get(organization) or reference.organization_name(organization.kind, organization.id)
