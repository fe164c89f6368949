"""What the catalog holds: plain values, built once by the loader and never changed afterwards.

Ids are lower-case words joined by hyphens ("cms-general-user"), a privilege's id has its section in front
("surveys.edit-idr"), a state's id is its postal code ("AL") and a provider's its CCN ("015009").
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal

Step3 = Literal["none", "state", "contract-surveyor", "ado", "mac", "provider"]
SurveyFor = Literal["cms", "state"]
OrganizationKindId = Literal["state", "contract-organization", "mac", "ado", "provider"]
AuthorityKindId = Literal["state", "contract-organization", "mac", "ado", "provider", "cms", "help-desk"]


@dataclass(frozen=True, slots=True)
class Document:
    """A document that catalog entries come from."""

    id: str
    title: str
    version: str | None
    published: dt.date | None


@dataclass(frozen=True, slots=True)
class Source:
    """Where an entry comes from: a document's id and the place in it ("Figure 12", "Table 5")."""

    document: str
    place: str


@dataclass(frozen=True, slots=True)
class Category:
    """A user category of STEP 1; `no_roles_advice` says what to do where the documents list no role."""

    id: str
    name: str
    description: str
    no_roles_advice: str | None
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class RoleOption:
    """A choice inside a role, such as the provider type; `role_name` is the role that results."""

    id: str
    name: str
    role_name: str


@dataclass(frozen=True, slots=True)
class Privilege:
    """Something that a role lets its holder do; `section` is the heading that it stands under."""

    id: str
    section: str
    action: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class MatrixColumn:
    """One role's column in a table of the User Roles Matrix, with the heading as printed."""

    table: int
    heading: str
    role: str


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One printed row: `cells` has one yes (True) or no for each column of its table, in their order."""

    action: str
    privilege: str
    cells: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class MatrixSection:
    """Rows under one printed heading; `heading` is None where the table prints none (Table 3)."""

    heading: str | None
    rows: tuple[MatrixRow, ...]


@dataclass(frozen=True, slots=True)
class MatrixTable:
    """A table of the User Roles Matrix with the words that introduce it and its footnotes."""

    number: int
    title: str
    introduction: str
    note: str | None
    columns: tuple[MatrixColumn, ...]
    sections: tuple[MatrixSection, ...]
    footnotes: tuple[str, ...]
    sources: tuple[Source, ...]

    @property
    def rows(self) -> tuple[MatrixRow, ...]:
        """Every row of every section, in printed order."""
        return tuple(row for section in self.sections for row in section.rows)

    def column_of(self, role_id: str) -> MatrixColumn | None:
        """Returns the role's column, or None if this table has none for it."""
        return next((column for column in self.columns if column.role == role_id), None)

    def yes_rows(self, role_id: str) -> tuple[str, ...]:
        """Returns the ids of the privileges that the role's column answers with yes, in printed order."""
        return self._answered(role_id, answer=True)

    def no_rows(self, role_id: str) -> tuple[str, ...]:
        """Returns the ids of the privileges that the role's column answers with no, in printed order."""
        return self._answered(role_id, answer=False)

    def _answered(self, role_id: str, *, answer: bool) -> tuple[str, ...]:
        at = [column.role for column in self.columns].index(role_id)
        return tuple(dict.fromkeys(row.privilege for row in self.rows if row.cells[at] is answer))


@dataclass(frozen=True, slots=True)
class Role:
    """A role of STEP 2.

    `step3` is the organization step that the request form shows; `survey_for` the choices of its "Organization"
    question (contract surveyor step only). `asks_surveyor`: the step shows "Are you a Surveyor?" with Skip Question.
    `official_of`: the kind of authority that a holder decides for, or None. `privileges` are held by every holder,
    `grantable` may be added by the official who approves. `why_not` says why a role that is not `requestable` is not.
    """

    id: str
    name: str
    category: str
    description: str
    aliases: tuple[str, ...]
    step3: Step3
    survey_for: tuple[SurveyFor, ...]
    asks_surveyor: bool
    has_disciplines: bool
    official_of: AuthorityKindId | None
    requestable: bool
    why_not: str | None
    option_label: str | None
    options: tuple[RoleOption, ...]
    privileges: tuple[str, ...]
    grantable: tuple[str, ...]
    matrix_column: MatrixColumn | None
    sources: tuple[Source, ...]

    def option(self, option_id: str) -> RoleOption:
        """Returns the option with this id; KeyError if the role has no such option."""
        for option in self.options:
            if option.id == option_id:
                return option
        raise KeyError(option_id)


@dataclass(frozen=True, slots=True)
class Discipline:
    """A surveyor discipline; `column` (1 to 3) is where Figure 21 shows it."""

    id: str
    name: str
    column: int
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class AuthorityKind:
    """Who decides: a kind of authority, its name with {organization} to fill in, and the next one up."""

    id: AuthorityKindId
    name: str
    next: AuthorityKindId | None
    sources: tuple[Source, ...]

    def name_for(self, organization: str = "") -> str:
        """Returns the authority's name for one organization, e.g. "Security Officials of Alabama"."""
        return self.name.format(organization=organization)


@dataclass(frozen=True, slots=True)
class RoutingRule:
    """Requests for this role are decided by this kind of authority; `survey_for` None means either."""

    role: str
    survey_for: SurveyFor | None
    decided_by: AuthorityKindId
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class OrganizationKind:
    """A kind of organization; `label` is what the request form calls the field."""

    id: OrganizationKindId
    name: str
    plural: str
    label: str
    file: str
    demonstration: bool
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Organization:
    """A state, contract organization, contractor or provider; `time_zone` is an IANA name.

    `state` (postal code) and `provider_type` are filled for providers only. `demonstration` marks made-up entries.
    """

    kind: OrganizationKindId
    id: str
    name: str
    time_zone: str
    state: str | None = None
    provider_type: str | None = None
    demonstration: bool = False
    sources: tuple[Source, ...] = field(default=())
