"""The catalog: categories, roles, privileges, disciplines, organizations and routing, as data files with a schema.

`load()` reads the files beside this package; importing it reads nothing.
"""

from shared.catalog.catalog import Catalog, RoleMatch
from shared.catalog.loader import load
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
