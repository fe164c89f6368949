"""The catalog: categories, roles, privileges, organizations and routing, as data files with a schema.

`load()` reads the files beside this package; importing it reads nothing.
"""

from pathlib import Path

from shared.catalog.catalog import Catalog, RoleMatch
from shared.catalog.model import (
    AuthorityKind,
    Category,
    Discipline,
    Document,
    MatrixColumn,
    MatrixRow,
    MatrixSection,
    MatrixTable,
    Organization,
    OrganizationKind,
    Privilege,
    Role,
    RoleOption,
    RoutingRule,
    Source,
)
from shared.catalog.problems import CatalogError, Problem

__all__ = [
    "AuthorityKind",
    "Catalog",
    "CatalogError",
    "Category",
    "Discipline",
    "Document",
    "MatrixColumn",
    "MatrixRow",
    "MatrixSection",
    "MatrixTable",
    "Organization",
    "OrganizationKind",
    "Privilege",
    "Problem",
    "Role",
    "RoleMatch",
    "RoleOption",
    "RoutingRule",
    "Source",
    "load",
]


def load(directory: Path | None = None) -> Catalog:
    """Read the catalog from `directory`, or the packaged one; CatalogError names what cannot be read.

    Takes about 0.2 seconds: read it once a process.
    """
    # Imported here because the command line imports this package for its help alone, without YAML and marshmallow.
    from shared.catalog.loader import load as read

    return read(directory)
