"""The catalog: categories, roles, privileges, organizations and routing, as data files with a schema.

`load()` reads the files beside this package; importing it reads nothing.
"""

from functools import cache
from pathlib import Path

from shared.catalog.catalog import Catalog, RoleMatch, by_section
from shared.catalog.deadlines import (
    DeadlinePolicies,
    Inactivity,
    Policy,
    PolicyOverride,
    Review,
    RoleDuration,
)
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
    "DeadlinePolicies",
    "Discipline",
    "Document",
    "Inactivity",
    "MatrixColumn",
    "MatrixRow",
    "MatrixSection",
    "MatrixTable",
    "Organization",
    "OrganizationKind",
    "Policy",
    "PolicyOverride",
    "Privilege",
    "Problem",
    "Review",
    "Role",
    "RoleDuration",
    "RoleMatch",
    "RoleOption",
    "RoutingRule",
    "Source",
    "by_section",
    "load",
    "require_sound_catalog",
    "the_catalog",
]


def load(directory: Path | None = None) -> Catalog:
    """Reads the catalog from `directory`, or the packaged one; CatalogError names what cannot be read.

    Takes about 0.2 seconds: a process that only asks it calls `the_catalog`.
    """
    # Imported here because the command line imports this package for its help alone, without YAML and marshmallow.
    from shared.catalog.loader import load as read

    return read(directory)


@cache
def the_catalog() -> Catalog:
    """Returns the packaged catalog, read once a process."""
    return load()


def require_sound_catalog() -> None:
    """Reads and checks the packaged catalog; CatalogError names everything that is wrong with it."""
    from shared.catalog.check import check

    if problems := check(the_catalog()):
        raise CatalogError(problems)
