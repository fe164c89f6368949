"""The shape of the data files. Every key is known and every value has its type: a slip of the pen is refused.

Each schema loads into the values of shared.catalog.model, or, where the loader has to join files first, into a dict.
"""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from shared.catalog.fields import PRIVILEGE_ID, Day, Entry, Sources, Strict, YesNo, choice, identifier, text
from shared.catalog.model import (
    AuthorityKind,
    AuthorityKindId,
    Category,
    Document,
    OrganizationKind,
    OrganizationKindId,
    RoleOption,
    Step3,
    SurveyFor,
)


class DocumentSchema(Entry):
    """A document that entries name as their source."""

    builds = Document
    id = identifier(required=True)
    title = text(required=True)
    version = text(load_default=None)
    published = Day(load_default=None)


class DocumentsFile(Strict):
    """documents.yaml."""

    documents = fields.List(fields.Nested(DocumentSchema), required=True)


class CategorySchema(Entry):
    """A category of STEP 1."""

    builds = Category
    id = identifier(required=True)
    name = text(required=True)
    description = text(required=True)
    no_roles_advice = text(load_default=None)
    sources = Sources(required=True)


class CategoriesFile(Strict):
    """categories.yaml."""

    categories = fields.List(fields.Nested(CategorySchema), required=True)


class RoleOptionSchema(Entry):
    """A choice inside a role."""

    builds = RoleOption
    id = identifier(required=True)
    name = text(required=True)
    role_name = text(required=True)


class RoleSchema(Strict):
    """A role as written; the loader adds its category and what its matrix column answers with yes."""

    id = identifier(required=True)
    name = text(required=True)
    description = text(required=True)
    aliases = fields.List(text(), load_default=list)
    step3 = choice(Step3, required=True)
    survey_for = fields.List(choice(SurveyFor), load_default=list)
    asks_surveyor = YesNo(load_default=False)
    has_disciplines = YesNo(load_default=False)
    official_of = choice(AuthorityKindId, load_default=None)
    why_not = text(load_default=None)
    option_label = text(load_default=None)
    options = fields.List(fields.Nested(RoleOptionSchema), load_default=list)
    matrix_rights = fields.String(validate=validate.OneOf(["held", "grantable"]), load_default="held")
    privileges = fields.List(identifier(PRIVILEGE_ID), load_default=list)
    grantable = fields.List(identifier(PRIVILEGE_ID), load_default=list)
    sources = Sources(required=True)

    @validates_schema
    def _label_with_options(self, data: dict[str, Any], **_: Any) -> None:
        if bool(data["option_label"]) != bool(data["options"]):
            raise ValidationError("A role has options and a label for them, or neither.", "option_label")

    @validates_schema
    def _survey_for_with_step(self, data: dict[str, Any], **_: Any) -> None:
        if bool(data["survey_for"]) != (data["step3"] == "contract-surveyor"):
            raise ValidationError("Belongs to the contract-surveyor step, and to that step only.", "survey_for")


class RolesFile(Strict):
    """roles/*.yaml: the roles of one category."""

    category = identifier(required=True)
    roles = fields.List(fields.Nested(RoleSchema), required=True)


class PrivilegeSchema(Strict):
    """A privilege; its section is written once above its fellows."""

    id = identifier(PRIVILEGE_ID, required=True)
    action = text(required=True)
    sources = Sources(required=True)


class PrivilegeSectionSchema(Strict):
    """The privileges under one heading."""

    section = text(required=True)
    privileges = fields.List(fields.Nested(PrivilegeSchema), required=True)


class PrivilegesFile(Strict):
    """privileges.yaml."""

    sections = fields.List(fields.Nested(PrivilegeSectionSchema), required=True)


class MatrixColumnSchema(Strict):
    """A column's printed heading and the role that it is about."""

    heading = text(required=True)
    role = identifier(required=True)


class MatrixRowSchema(Strict):
    """A printed row; `privilege` only where heading and action do not spell its id."""

    action = text(required=True)
    privilege = identifier(PRIVILEGE_ID, load_default=None)
    cells = fields.List(YesNo(), required=True)


class MatrixSectionSchema(Strict):
    """The rows under one printed heading."""

    heading = text(required=True, allow_none=True)
    rows = fields.List(fields.Nested(MatrixRowSchema), required=True)

    @validates_schema
    def _privileges_without_heading(self, data: dict[str, Any], **_: Any) -> None:
        if data["heading"] is None and any(row["privilege"] is None for row in data["rows"]):
            raise ValidationError("Under no heading, each row must name its privilege.", "rows")


class MatrixFile(Strict):
    """matrix/*.yaml: one table of the User Roles Matrix."""

    number = fields.Integer(strict=True, required=True)
    title = text(required=True)
    introduction = text(required=True)
    note = text(load_default=None)
    columns = fields.List(fields.Nested(MatrixColumnSchema), required=True, validate=validate.Length(min=1))
    sections = fields.List(fields.Nested(MatrixSectionSchema), required=True)
    footnotes = fields.List(text(), load_default=list)
    sources = Sources(required=True)

    @validates_schema
    def _a_cell_for_each_column(self, data: dict[str, Any], **_: Any) -> None:
        columns = len(data["columns"])
        for row in (row for section in data["sections"] for row in section["rows"]):
            if len(row["cells"]) != columns:
                words = f"The row “{row['action']}” has {len(row['cells'])} cells for {columns} columns."
                raise ValidationError(words, "sections")


class DisciplineSchema(Strict):
    """A surveyor discipline."""

    id = identifier(required=True)
    name = text(required=True)


class DisciplinesFile(Strict):
    """disciplines.yaml, column by column."""

    sources = Sources(required=True)
    columns = fields.List(fields.List(fields.Nested(DisciplineSchema)), required=True)


class AuthorityKindSchema(Entry):
    """A kind of authority and the next one up."""

    builds = AuthorityKind
    id = choice(AuthorityKindId, required=True)
    name = text(required=True)
    next = choice(AuthorityKindId, required=True, allow_none=True)
    sources = Sources(required=True)


class RuleSchema(Strict):
    """One way to decide, for several roles at once; the loader makes a RoutingRule for each."""

    decided_by = choice(AuthorityKindId, required=True)
    survey_for = choice(SurveyFor, load_default=None)
    roles = fields.List(identifier(), required=True)
    sources = Sources(required=True)


class RoutingFile(Strict):
    """routing.yaml."""

    authorities = fields.List(fields.Nested(AuthorityKindSchema), required=True)
    rules = fields.List(fields.Nested(RuleSchema), required=True)


class OrganizationKindSchema(Entry):
    """A kind of organization and the CSV file that lists it."""

    builds = OrganizationKind
    id = choice(OrganizationKindId, required=True)
    name = text(required=True)
    plural = text(required=True)
    label = text(required=True)
    file = fields.String(required=True, validate=validate.Regexp(r"^[a-z_/]+\.csv$", error="Must name a CSV file."))
    demonstration = YesNo(load_default=False)
    sources = Sources(required=True)


class OrganizationsFile(Strict):
    """organizations.yaml."""

    kinds = fields.List(fields.Nested(OrganizationKindSchema), required=True)
