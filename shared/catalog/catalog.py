"""The loaded catalog and the questions that people ask of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from shared.catalog.deadlines import DeadlinePolicies, Policy
from shared.catalog.model import (
    AuthorityKind,
    Category,
    Discipline,
    Document,
    MatrixTable,
    Organization,
    OrganizationKind,
    Privilege,
    Role,
    RoutingRule,
)

MATRIX = "roles-matrix"
"""Id of the document that tells what roles may do; it is no figure of STEP 2."""


@dataclass(frozen=True, slots=True)
class RoleMatch:
    """A role that gives every wanted privilege, `to_grant` of them only if the official adds them."""

    role: Role
    to_grant: tuple[str, ...]
    beyond: int
    """How many privileges the role gives that were not asked for."""


@dataclass(frozen=True)  # no slots: the indexes below are computed once and kept in the instance's __dict__
class Catalog:
    """Everything the data files hold, in the files' order, with lookups by id.

    Lookups by id raise KeyError for an id that the catalog does not have.
    """

    documents: tuple[Document, ...]
    categories: tuple[Category, ...]
    roles: tuple[Role, ...]
    privileges: tuple[Privilege, ...]
    tables: tuple[MatrixTable, ...]
    disciplines: tuple[Discipline, ...]
    authorities: tuple[AuthorityKind, ...]
    rules: tuple[RoutingRule, ...]
    organization_kinds: tuple[OrganizationKind, ...]
    organizations: tuple[Organization, ...]
    deadlines: DeadlinePolicies

    def document(self, document_id: str) -> Document:
        """Returns the document with this id."""
        return self._documents[document_id]

    def category(self, category_id: str) -> Category:
        """Returns the category with this id."""
        return self._categories[category_id]

    def role(self, role_id: str) -> Role:
        """Returns the role with this id."""
        return self._roles[role_id]

    def privilege(self, privilege_id: str) -> Privilege:
        """Returns the privilege with this id."""
        return self._privileges[privilege_id]

    def discipline(self, discipline_id: str) -> Discipline:
        """Returns the discipline with this id."""
        return self._disciplines[discipline_id]

    def authority(self, kind: str) -> AuthorityKind:
        """Returns the authority of this kind."""
        return self._authorities[kind]

    def organization_kind(self, kind: str) -> OrganizationKind:
        """Returns the kind of organization with this id."""
        return self._organization_kinds[kind]

    def organization(self, kind: str, organization_id: str) -> Organization:
        """Returns an organization by its kind and its id: a state's code, a provider's CCN."""
        return self._organizations[kind, organization_id]

    def table(self, number: int) -> MatrixTable:
        """Returns a table of the User Roles Matrix by its number, 1 to 6."""
        return self._tables[number]

    def organizations_of(self, kind: str) -> tuple[Organization, ...]:
        """Returns every organization of a kind, in its file's order."""
        return tuple(entry for entry in self.organizations if entry.kind == kind)

    def roles_in(self, category_id: str) -> tuple[Role, ...]:
        """Returns the category's roles in the order of STEP 2, those that cannot be requested included."""
        return tuple(role for role in self.roles if role.category == category_id)

    def offered_in(self, category_id: str) -> tuple[Role, ...]:
        """Returns the roles that STEP 2 shows: those for request, and those that the job aids' figures print besides.

        CMS Admin, which only the matrix's footnote names, is neither.
        """
        return tuple(
            role
            for role in self.roles_in(category_id)
            if role.requestable or any(source.document != MATRIX for source in role.sources)
        )

    def find_role(self, name: str) -> Role | None:
        """Returns the role with this id, name or alias, whatever its capitals, spaces and dashes, or None."""
        return self._roles.get(name) or self._roles_by_name.get(_plain(name))

    def privileges_of(self, role: Role) -> tuple[Privilege, ...]:
        """Returns what every holder of the role may do."""
        return tuple(self.privilege(each) for each in role.privileges)

    def grantable_of(self, role: Role) -> tuple[Privilege, ...]:
        """Returns what the official who approves the role may add."""
        return tuple(self.privilege(each) for each in role.grantable)

    def table_of(self, role: Role) -> MatrixTable | None:
        """Returns the matrix table in which the role has a column, or None."""
        return self.table(role.matrix_column.table) if role.matrix_column else None

    def rule_for(self, role_id: str, survey_for: str | None = None) -> RoutingRule | None:
        """Returns the rule that routes a request for this role, or None for a role that cannot be requested."""
        for rule in self.rules:
            if rule.role == role_id and rule.survey_for in (None, survey_for):
                return rule
        return None

    def authority_chain(self, kind: str) -> tuple[AuthorityKind, ...]:
        """Returns the authority of this kind and each next one up; stops where a chain would repeat itself."""
        chain: dict[str, AuthorityKind] = {}
        while kind not in chain:
            chain[kind] = self.authority(kind)
            following = chain[kind].next
            if following is None:
                break
            kind = following
        return tuple(chain.values())

    def deadline_policy(self, role_id: str, organization_kind: str | None) -> Policy:
        """Returns how long people may take with this role at this kind of organization, None for a national role."""
        return self.deadlines.policy(role_id, organization_kind)

    def roles_with(self, privilege_ids: Iterable[str]) -> tuple[RoleMatch, ...]:
        """Returns the roles that give all these privileges, least privilege first.

        A grantable privilege counts: the match names it in `to_grant`. Roles that cannot be requested come
        last. Nothing asked for, nothing found.
        """
        wanted = frozenset(privilege_ids)
        matches = [
            _match(role, wanted) for role in self.roles if wanted and wanted <= {*role.privileges, *role.grantable}
        ]
        return tuple(sorted(matches, key=_least_privilege))

    @cached_property
    def _documents(self) -> dict[str, Document]:
        return {entry.id: entry for entry in self.documents}

    @cached_property
    def _categories(self) -> dict[str, Category]:
        return {entry.id: entry for entry in self.categories}

    @cached_property
    def _roles(self) -> dict[str, Role]:
        return {entry.id: entry for entry in self.roles}

    @cached_property
    def _roles_by_name(self) -> dict[str, Role]:
        return {_plain(name): role for role in self.roles for name in (role.name, *role.aliases)}

    @cached_property
    def _privileges(self) -> dict[str, Privilege]:
        return {entry.id: entry for entry in self.privileges}

    @cached_property
    def _disciplines(self) -> dict[str, Discipline]:
        return {entry.id: entry for entry in self.disciplines}

    @cached_property
    def _authorities(self) -> dict[str, AuthorityKind]:
        return {entry.id: entry for entry in self.authorities}

    @cached_property
    def _organization_kinds(self) -> dict[str, OrganizationKind]:
        return {entry.id: entry for entry in self.organization_kinds}

    @cached_property
    def _organizations(self) -> dict[tuple[str, str], Organization]:
        return {(entry.kind, entry.id): entry for entry in self.organizations}

    @cached_property
    def _tables(self) -> dict[int, MatrixTable]:
        return {table.number: table for table in self.tables}


def by_section(privileges: Iterable[Privilege]) -> dict[str, list[Privilege]]:
    """Returns the privileges under the headings of the User Roles Matrix, in the order in which they come."""
    sections: dict[str, list[Privilege]] = {}
    for privilege in privileges:
        sections.setdefault(privilege.section, []).append(privilege)
    return sections


def _match(role: Role, wanted: frozenset[str]) -> RoleMatch:
    to_grant = tuple(each for each in role.grantable if each in wanted)
    return RoleMatch(role=role, to_grant=to_grant, beyond=len(frozenset(role.privileges) - wanted))


def _least_privilege(match: RoleMatch) -> tuple[bool, int, int]:
    return (not match.role.requestable, match.beyond, len(match.to_grant))


def _plain(name: str) -> str:
    # The CLIA job aid prints one role's dash as a hyphen on one page and as an en dash on the next.
    return re.sub(r"[\s\-\u2010-\u2015]+", " ", name).strip().casefold()
