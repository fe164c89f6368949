"""The shape of the data files. Every key is known and every value has its type: a slip of the pen is refused.

Each schema loads into the values of shared.catalog.model, or, where the loader has to join files first, into a dict.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, get_args

from marshmallow import (
    RAISE,
    Schema,
    ValidationError,
    fields,
    post_load,
    validate,
    validates_schema,
)

from shared.catalog.model import (
    AuthorityKind,
    AuthorityKindId,
    Category,
    Document,
    OrganizationKind,
    OrganizationKindId,
    RoleOption,
    Source,
    Step3,
    SurveyFor,
)

ID = r"^[a-z0-9]+(-[a-z0-9]+)*$"
PRIVILEGE_ID = r"^[a-z0-9]+(-[a-z0-9]+)*\.[a-z0-9]+(-[a-z0-9]+)*$"


def text(**options: Any) -> fields.String:
    """A string that is not empty and has no stray space at either end."""
    stray = "Must not be empty, nor begin or end with a space."
    return fields.String(validate=validate.Regexp(r"(?s)^\S(.*\S)?$", error=stray), **options)


def identifier(pattern: str = ID, **options: Any) -> fields.String:
    """An id: lower-case words joined by hyphens."""
    words = "Must be lower-case words joined by hyphens"
    words += ", with a dot after the section." if pattern == PRIVILEGE_ID else "."
    return fields.String(validate=validate.Regexp(pattern, error=words), **options)


def choice(literal: Any, **options: Any) -> fields.String:
    """One of the values of a typing.Literal."""
    return fields.String(validate=validate.OneOf(get_args(literal)), **options)


def yes_no(**options: Any) -> fields.Boolean:
    """YAML's own yes or no; marshmallow alone would take the string "on" and the number 1 as well."""
    return _YesNo(**options)


class _YesNo(fields.Boolean):
    def _deserialize(
        self,
        value: Any,
        attr: str | None,
        data: Mapping[str, Any] | None,
        **kwargs: Any,
    ) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Sources(fields.Field[tuple[Source, ...]]):
    """Document id to place, at least one: {clia-job-aid: Figure 12}."""

    def _deserialize(
        self,
        value: Any,
        attr: str | None,
        data: Mapping[str, Any] | None,
        **kwargs: Any,
    ) -> tuple[Source, ...]:
        if not isinstance(value, dict) or not value:
            raise ValidationError("Must name at least one document and the place in it.")
        if not all(isinstance(place, str) and place for place in value.values()):
            raise ValidationError("Each document needs a place in it, such as Figure 12.")
        return tuple(Source(str(document), place) for document, place in value.items())


class Strict(Schema):
    """A schema that refuses keys which it does not know."""

    class Meta:
        unknown = RAISE


class Entry(Strict):
    """A schema that loads into the dataclass named by `builds`."""

    builds: ClassVar[type]

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> Any:
        return self.builds(**data)


class DocumentSchema(Entry):
    builds = Document
    id = identifier(required=True)
    title = text(required=True)
    version = text(load_default=None)
    published = fields.Raw(
        load_default=None,
        validate=validate.Predicate("isoformat", error="Must be a date."),
    )


class DocumentsFile(Strict):
    documents = fields.List(fields.Nested(DocumentSchema), required=True)


class CategorySchema(Entry):
    builds = Category
    id = identifier(required=True)
    name = text(required=True)
    description = text(required=True)
    no_roles_advice = text(load_default=None)
    sources = Sources(required=True)


class CategoriesFile(Strict):
    categories = fields.List(fields.Nested(CategorySchema), required=True)


class RoleOptionSchema(Entry):
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
    asks_surveyor = yes_no(load_default=False)
    has_disciplines = yes_no(load_default=False)
    official_of = choice(AuthorityKindId, load_default=None)
    why_not = text(load_default=None)
    option_label = text(load_default=None)
    options = fields.List(fields.Nested(RoleOptionSchema), load_default=list)
    matrix_rights = fields.String(validate=validate.OneOf(["held", "grantable"]), load_default="held")
    privileges = fields.List(identifier(PRIVILEGE_ID), load_default=list)
    grantable = fields.List(identifier(PRIVILEGE_ID), load_default=list)
    sources = Sources(required=True)

    @validates_schema
    def label_with_options(self, data: dict[str, Any], **_: Any) -> None:
        if bool(data["option_label"]) != bool(data["options"]):
            raise ValidationError("A role has options and a label for them, or neither.", "option_label")

    @validates_schema
    def survey_for_with_step(self, data: dict[str, Any], **_: Any) -> None:
        if bool(data["survey_for"]) != (data["step3"] == "contract-surveyor"):
            raise ValidationError(
                "Belongs to the contract-surveyor step, and to that step only.",
                "survey_for",
            )


class RolesFile(Strict):
    category = identifier(required=True)
    roles = fields.List(fields.Nested(RoleSchema), required=True)


class PrivilegeSchema(Strict):
    id = identifier(PRIVILEGE_ID, required=True)
    action = text(required=True)
    sources = Sources(required=True)


class PrivilegeSectionSchema(Strict):
    section = text(required=True)
    privileges = fields.List(fields.Nested(PrivilegeSchema), required=True)


class PrivilegesFile(Strict):
    sections = fields.List(fields.Nested(PrivilegeSectionSchema), required=True)


class MatrixColumnSchema(Strict):
    heading = text(required=True)
    role = identifier(required=True)


class MatrixRowSchema(Strict):
    action = text(required=True)
    privilege = identifier(PRIVILEGE_ID, load_default=None)
    cells = fields.List(yes_no(), required=True)


class MatrixSectionSchema(Strict):
    heading = text(required=True, allow_none=True)
    rows = fields.List(fields.Nested(MatrixRowSchema), required=True)

    @validates_schema
    def privileges_without_heading(self, data: dict[str, Any], **_: Any) -> None:
        if data["heading"] is None and any(row["privilege"] is None for row in data["rows"]):
            raise ValidationError("Under no heading, each row must name its privilege.", "rows")


class MatrixFile(Strict):
    number = fields.Integer(strict=True, required=True)
    title = text(required=True)
    introduction = text(required=True)
    note = text(load_default=None)
    columns = fields.List(
        fields.Nested(MatrixColumnSchema),
        required=True,
        validate=validate.Length(min=1),
    )
    sections = fields.List(fields.Nested(MatrixSectionSchema), required=True)
    footnotes = fields.List(text(), load_default=list)
    sources = Sources(required=True)

    @validates_schema
    def a_cell_for_each_column(self, data: dict[str, Any], **_: Any) -> None:
        columns = len(data["columns"])
        for row in (row for section in data["sections"] for row in section["rows"]):
            if len(row["cells"]) != columns:
                words = f"The row “{row['action']}” has {len(row['cells'])} cells for {columns} columns."
                raise ValidationError(words, "sections")


class DisciplineSchema(Strict):
    id = identifier(required=True)
    name = text(required=True)


class DisciplinesFile(Strict):
    sources = Sources(required=True)
    columns = fields.List(fields.List(fields.Nested(DisciplineSchema)), required=True)


class AuthorityKindSchema(Entry):
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
    authorities = fields.List(fields.Nested(AuthorityKindSchema), required=True)
    rules = fields.List(fields.Nested(RuleSchema), required=True)


class OrganizationKindSchema(Entry):
    builds = OrganizationKind
    id = choice(OrganizationKindId, required=True)
    name = text(required=True)
    label = text(required=True)
    file = fields.String(
        required=True,
        validate=validate.Regexp(r"^[a-z_/]+\.csv$", error="Must name a CSV file."),
    )
    demonstration = yes_no(load_default=False)
    sources = Sources(required=True)


class OrganizationsFile(Strict):
    kinds = fields.List(fields.Nested(OrganizationKindSchema), required=True)
