"""Reads the data files into a Catalog."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from shared.catalog.catalog import Catalog
from shared.catalog.deadlines_schema import DeadlinesFile
from shared.catalog.files import Reader
from shared.catalog.model import (
    Discipline,
    MatrixColumn,
    MatrixRow,
    MatrixSection,
    MatrixTable,
    Organization,
    OrganizationKind,
    Privilege,
    Role,
    RoutingRule,
)
from shared.catalog.organizations import parse
from shared.catalog.problems import Problem
from shared.catalog.schema import (
    CategoriesFile,
    DisciplinesFile,
    DocumentsFile,
    MatrixFile,
    OrganizationsFile,
    PrivilegesFile,
    RolesFile,
    RoutingFile,
)

DATA = Path(__file__).parent / "data"


def load(directory: Path | None = None) -> Catalog:
    """Reads the catalog from `directory` (the packaged data when left out).

    Raises CatalogError naming every file and key that cannot be read. What contradicts between files is not an
    error here: shared.catalog.check finds it.
    """
    reader = Reader(directory or DATA)
    documents = reader.read("documents.yaml", DocumentsFile)
    categories = reader.read("categories.yaml", CategoriesFile)
    roles = reader.read_each("roles", RolesFile)
    privileges = reader.read("privileges.yaml", PrivilegesFile)
    matrix = reader.read_each("matrix", MatrixFile)
    disciplines = reader.read("disciplines.yaml", DisciplinesFile)
    routing = reader.read("routing.yaml", RoutingFile)
    organizations = reader.read("organizations.yaml", OrganizationsFile)
    deadlines = reader.read("deadlines.yaml", DeadlinesFile)
    reader.raise_problems()
    tables = tuple(sorted((_table(entry) for entry in matrix), key=lambda table: table.number))
    catalog = Catalog(
        documents=tuple(documents["documents"]),
        categories=tuple(categories["categories"]),
        roles=tuple(_role(file["category"], entry, tables) for file in roles for entry in file["roles"]),
        privileges=_privileges(privileges),
        tables=tables,
        disciplines=_disciplines(disciplines),
        authorities=tuple(routing["authorities"]),
        rules=tuple(_rule(entry, role) for entry in routing["rules"] for role in entry["roles"]),
        organization_kinds=tuple(organizations["kinds"]),
        organizations=_organizations(reader, organizations["kinds"]),
        deadlines=deadlines,
    )
    reader.raise_problems()
    return catalog


def _table(entry: dict[str, Any]) -> MatrixTable:
    columns = tuple(MatrixColumn(entry["number"], each["heading"], each["role"]) for each in entry["columns"])
    return MatrixTable(
        number=entry["number"],
        title=entry["title"],
        introduction=entry["introduction"],
        note=entry["note"],
        columns=columns,
        sections=tuple(_section(each) for each in entry["sections"]),
        footnotes=tuple(entry["footnotes"]),
        sources=entry["sources"],
    )


def _section(entry: dict[str, Any]) -> MatrixSection:
    return MatrixSection(entry["heading"], tuple(_row(entry["heading"], row) for row in entry["rows"]))


def _row(heading: str | None, row: dict[str, Any]) -> MatrixRow:
    privilege = row["privilege"] or f"{slug(heading or '')}.{slug(row['action'])}"
    return MatrixRow(row["action"], privilege, tuple(row["cells"]))


def slug(words: str) -> str:
    """Returns the id that printed words make: "Edit CMS-377 form" becomes "edit-cms-377-form"."""
    return re.sub(r"[^a-z0-9]+", "-", words.casefold()).strip("-")


def _role(category: str, entry: dict[str, Any], tables: tuple[MatrixTable, ...]) -> Role:
    table = next((each for each in tables if entry["id"] in (column.role for column in each.columns)), None)
    privileges, grantable = _rights(entry, table)
    return Role(
        id=entry["id"],
        name=entry["name"],
        category=category,
        description=entry["description"],
        aliases=tuple(entry["aliases"]),
        step3=entry["step3"],
        survey_for=tuple(entry["survey_for"]),
        asks_surveyor=entry["asks_surveyor"],
        has_disciplines=entry["has_disciplines"],
        official_of=entry["official_of"],
        requestable=entry["why_not"] is None,
        why_not=entry["why_not"],
        option_label=entry["option_label"],
        options=tuple(entry["options"]),
        privileges=privileges,
        grantable=grantable,
        matrix_column=table.column_of(entry["id"]) if table else None,
        sources=entry["sources"],
    )


def _rights(entry: dict[str, Any], table: MatrixTable | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Returns what holders have and what may be added: as written, with the matrix column's yes rows in front."""
    matrix = table.yes_rows(entry["id"]) if table else ()
    held = (*(matrix if entry["matrix_rights"] == "held" else ()), *entry["privileges"])
    grantable = (*(matrix if entry["matrix_rights"] == "grantable" else ()), *entry["grantable"])
    return tuple(dict.fromkeys(held)), tuple(each for each in dict.fromkeys(grantable) if each not in held)


def _privileges(file: dict[str, Any]) -> tuple[Privilege, ...]:
    return tuple(Privilege(section=part["section"], **each) for part in file["sections"] for each in part["privileges"])


def _disciplines(file: dict[str, Any]) -> tuple[Discipline, ...]:
    return tuple(
        Discipline(id=each["id"], name=each["name"], column=number, sources=file["sources"])
        for number, column in enumerate(file["columns"], start=1)
        for each in column
    )


def _rule(entry: dict[str, Any], role: str) -> RoutingRule:
    return RoutingRule(role, entry["survey_for"], entry["decided_by"], entry["sources"])


def _organizations(reader: Reader, kinds: list[OrganizationKind]) -> tuple[Organization, ...]:
    states: dict[str, str] = {}
    found: list[Organization] = []
    for kind in sorted(kinds, key=lambda each: each.id != "state"):  # the states first: providers refer to them
        text = reader.text(kind.file)
        if text is None:
            continue
        report = parse(kind.id, text, states=states)
        reader.problems.extend(
            Problem(kind.file, f"line {each.line}" + (f", {each.column}" if each.column else ""), each.text)
            for each in report.problems
        )
        if kind.id == "state":
            states = {state.id: state.time_zone for state in report.rows}
        found.extend(replace(each, demonstration=kind.demonstration, sources=kind.sources) for each in report.rows)
    return tuple(found)
