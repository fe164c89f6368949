"""Cross checks: what each file's schema cannot see because it lies between files.

Nothing here raises for a faulty catalog; each check yields what is wrong, for all of it to be put right at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from shared.catalog.catalog import Catalog
from shared.catalog.deadline_checks import (
    deadline_overrides_refer,
    deadline_sources,
    deadlines_come_in_order,
)
from shared.catalog.model import AuthorityKind, AuthorityKindId, MatrixTable, Role, Source, SurveyFor
from shared.catalog.problems import Problem

CATEGORIES = 8  # Figure 11
DISCIPLINES = 38  # Figure 21: 13, 13 and 12 in its three columns
STATES = 56  # 50 states, the District of Columbia, five territories
CONTRACT_ORGANIZATIONS = 6  # Figure 25
MATRIX_ROWS = {1: 54, 2: 46, 3: 6, 4: 19, 5: 56, 6: 4}  # User Roles Matrix 3.0

Check = Callable[[Catalog], Iterator[Problem]]


def check(catalog: Catalog) -> list[Problem]:
    """Returns what contradicts itself or the documents, in the order of the files; nothing if all is well."""
    return [problem for each in CHECKS for problem in each(catalog)]


def counts(catalog: Catalog) -> Iterator[Problem]:
    """The documents have a known number of these."""
    yield from _count("categories.yaml", "categories", catalog.categories, CATEGORIES)
    yield from _count("disciplines.yaml", "columns", catalog.disciplines, DISCIPLINES)
    yield from _count("states.csv", "", catalog.organizations_of("state"), STATES)
    organizations = catalog.organizations_of("contract-organization")
    yield from _count("contract_organizations.csv", "", organizations, CONTRACT_ORGANIZATIONS)
    yield from _count("matrix", "", catalog.tables, len(MATRIX_ROWS))
    for table in catalog.tables:
        yield from _count(_matrix_file(table), "rows", table.rows, MATRIX_ROWS.get(table.number, 0))


def unique_ids(catalog: Catalog) -> Iterator[Problem]:
    """An id names one entry."""
    yield from _repeated("documents.yaml", "id", (entry.id for entry in catalog.documents))
    yield from _repeated("categories.yaml", "id", (entry.id for entry in catalog.categories))
    yield from _repeated("roles", "id", (entry.id for entry in catalog.roles))
    yield from _repeated("privileges.yaml", "id", (entry.id for entry in catalog.privileges))
    yield from _repeated("disciplines.yaml", "id", (entry.id for entry in catalog.disciplines))
    yield from _repeated("routing.yaml", "id", (entry.id for entry in catalog.authorities))
    yield from _repeated("organizations.yaml", "id", (entry.id for entry in catalog.organization_kinds))
    yield from _repeated("matrix", "number", (str(table.number) for table in catalog.tables))


def unique_names(catalog: Catalog) -> Iterator[Problem]:
    """A name that people read, alias or not, means one thing."""
    yield from _repeated("categories.yaml", "name", (entry.name for entry in catalog.categories))
    yield from _repeated("disciplines.yaml", "name", (entry.name for entry in catalog.disciplines))
    names = (name for role in catalog.roles for name in {role.name, *role.aliases})
    yield from _repeated("roles", "name", names)
    actions = (f"{entry.section}: {entry.action}" for entry in catalog.privileges)
    yield from _repeated("privileges.yaml", "action", actions)


def categories_offer_a_way(catalog: Catalog) -> Iterator[Problem]:
    """A category has roles or says what to do instead, never both."""
    known = {category.id for category in catalog.categories}
    for category in catalog.categories:
        has_roles = bool(catalog.roles_in(category.id))
        if has_roles == bool(category.no_roles_advice):
            text = "Has roles and advice for want of roles." if has_roles else "Has neither roles nor advice."
            yield Problem("categories.yaml", category.id, text)
    for role in catalog.roles:
        if role.category not in known:
            yield _role_problem(role, f"The category “{role.category}” does not exist.")


def roles_name_privileges(catalog: Catalog) -> Iterator[Problem]:
    """What a role gives is a known privilege, and every role gives something."""
    known = {privilege.id for privilege in catalog.privileges}
    for role in catalog.roles:
        for unknown in sorted({*role.privileges, *role.grantable} - known):
            yield _role_problem(role, f"The privilege “{unknown}” is not in privileges.yaml.")
        if not role.privileges:
            yield _role_problem(role, "Gives no privilege, so the role finder never shows it.")


def matrix_refers(catalog: Catalog) -> Iterator[Problem]:
    """Each column is a role's only one; each row is a known privilege."""
    roles = {role.id for role in catalog.roles}
    known = {privilege.id for privilege in catalog.privileges}
    for table in catalog.tables:
        for column in table.columns:
            if column.role not in roles:
                yield Problem(_matrix_file(table), column.heading, f"The role “{column.role}” does not exist.")
        for row in table.rows:
            if row.privilege not in known:
                text = f"The privilege “{row.privilege}” is not in privileges.yaml."
                yield Problem(_matrix_file(table), row.action, text)
    columns = (column.role for table in catalog.tables for column in table.columns)
    yield from _repeated("matrix", "column", columns)


def roles_follow_matrix(catalog: Catalog) -> Iterator[Problem]:
    """A role gives nothing that its matrix column refuses."""
    for role in catalog.roles:
        table = catalog.table_of(role)
        refused = set(table.no_rows(role.id)) - set(table.yes_rows(role.id)) if table else set()
        for privilege in sorted(refused & {*role.privileges, *role.grantable}):
            yield _role_problem(role, f"Gives “{privilege}”, which its matrix column answers with no.")


def privileges_used(catalog: Catalog) -> Iterator[Problem]:
    """Each privilege is a row of the matrix or given by a role."""
    used = {row.privilege for table in catalog.tables for row in table.rows}
    used.update(each for role in catalog.roles for each in (*role.privileges, *role.grantable))
    for privilege in catalog.privileges:
        if privilege.id not in used:
            yield Problem("privileges.yaml", privilege.id, "No role gives it and no matrix row names it.")


def requests_have_one_rule(catalog: Catalog) -> Iterator[Problem]:
    """Each role that can be requested is routed once for each thing to survey for; no other role is routed."""
    for role in catalog.roles:
        for survey_for in _surveys(role):
            found = [
                rule
                for rule in catalog.rules
                if rule.role == role.id and (rule.survey_for == survey_for or rule.survey_for is None)
            ]
            wanted = 1 if role.requestable else 0
            if len(found) != wanted:
                yield Problem("routing.yaml", _rule_key(role.id, survey_for), _rule_count(len(found), wanted))


def rules_refer(catalog: Catalog) -> Iterator[Problem]:
    """A rule names a known role, an answer that its form offers, and an authority whose organizations it asks for."""
    roles = {role.id: role for role in catalog.roles}
    authorities = {authority.id for authority in catalog.authorities}
    for rule in catalog.rules:
        key = _rule_key(rule.role, rule.survey_for)
        if rule.role not in roles:
            yield Problem("routing.yaml", key, f"The role “{rule.role}” does not exist.")
        elif rule.survey_for is not None and rule.survey_for not in roles[rule.role].survey_for:
            yield Problem("routing.yaml", key, f"Nobody is asked to survey for “{rule.survey_for}” in this role.")
        elif rule.decided_by not in _reachable(roles[rule.role]):
            text = f"The form does not ask for the organization that “{rule.decided_by}” needs."
            yield Problem("routing.yaml", key, text)
        if rule.decided_by not in authorities:
            yield Problem("routing.yaml", key, f"The authority “{rule.decided_by}” does not exist.")


def chains_end(catalog: Catalog) -> Iterator[Problem]:
    """From each authority the next one up leads to an authority that has none."""
    following = {authority.id: authority.next for authority in catalog.authorities}
    for authority in catalog.authorities:
        end = _chain_end(authority.id, following)
        if end is not None:
            text = "goes round in a circle" if end in following else f"leads to “{end}”, which does not exist"
            yield Problem("routing.yaml", authority.id, f"The chain of authorities {text}.")


def names_can_be_filled(catalog: Catalog) -> Iterator[Problem]:
    """An authority's name has {organization} to fill in, or nothing."""
    for authority in catalog.authorities:
        if not _fillable(authority):
            yield Problem("routing.yaml", authority.id, "Only {organization} can be filled in a name.")


def officials_decide(catalog: Catalog) -> Iterator[Problem]:
    """An official's role belongs to a known authority."""
    known = {authority.id for authority in catalog.authorities}
    for role in catalog.roles:
        if role.official_of is not None and role.official_of not in known:
            yield _role_problem(role, f"Is official of “{role.official_of}”, which routing.yaml does not have.")


def steps_have_organizations(catalog: Catalog) -> Iterator[Problem]:
    """Every organization step has something to choose from."""
    for role in catalog.roles:
        for kind in _organization_kinds(role):
            if not catalog.organizations_of(kind):
                yield _role_problem(role, f"Asks for a “{kind}”, and there is none to choose.")


def sources_known(catalog: Catalog) -> Iterator[Problem]:
    """Each entry's sources are documents in documents.yaml, and it has one."""
    known = {document.id for document in catalog.documents}
    for file, key, sources in _sourced(catalog):
        if not sources:
            yield Problem(file, key, "Has no source.")
        for source in sources:
            if source.document not in known:
                yield Problem(file, key, f"The document “{source.document}” is not in documents.yaml.")


CHECKS: tuple[Check, ...] = (
    counts,
    unique_ids,
    unique_names,
    categories_offer_a_way,
    roles_name_privileges,
    roles_follow_matrix,
    officials_decide,
    steps_have_organizations,
    privileges_used,
    matrix_refers,
    requests_have_one_rule,
    rules_refer,
    chains_end,
    names_can_be_filled,
    deadline_overrides_refer,
    deadlines_come_in_order,
    sources_known,
)


def _count(file: str, key: str, entries: Sequence[object], expected: int) -> Iterator[Problem]:
    if len(entries) != expected:
        yield Problem(file, key, f"There are {len(entries)} entries; the documents have {expected}.")


def _repeated(file: str, key: str, values: Iterable[str]) -> Iterator[Problem]:
    for value, times in Counter(values).items():
        if times > 1:
            yield Problem(file, key, f"“{value}” stands here {times} times.")


def _role_problem(role: Role, text: str) -> Problem:
    return Problem(f"roles/{role.category}.yaml", role.id, text)


def _matrix_file(table: MatrixTable) -> str:
    return f"matrix/table-{table.number}.yaml"


def _surveys(role: Role) -> Sequence[SurveyFor | None]:
    return role.survey_for or (None,)


def _rule_key(role_id: str, survey_for: str | None) -> str:
    return f"{role_id}, to survey for {survey_for}" if survey_for else role_id


def _rule_count(found: int, wanted: int) -> str:
    if not wanted:
        return "This role cannot be requested, so no rule belongs to it."
    return "No rule says who decides." if not found else f"{found} rules say who decides; there must be one."


def _chain_end(start: AuthorityKindId, following: Mapping[AuthorityKindId, AuthorityKindId | None]) -> str | None:
    """Returns where the chain ends wrongly: an unknown authority, or one that comes again; None if it ends well."""
    seen: set[str] = set()
    at: AuthorityKindId | None = start
    while at is not None and at in following and at not in seen:
        seen.add(at)
        at = following[at]
    return at


def _organization_kinds(role: Role) -> Sequence[str]:
    """Returns the kinds of organization that the role's step asks for."""
    if role.step3 == "contract-surveyor":
        return ("contract-organization", *(["state"] if "state" in role.survey_for else []))
    return () if role.step3 == "none" else (role.step3,)


def _reachable(role: Role) -> set[str]:
    """Authorities that a request can be brought to: those of its organizations, and those that need none."""
    return {*_organization_kinds(role), "cms", "help-desk"}


def _fillable(authority: AuthorityKind) -> bool:
    try:
        return bool(authority.name_for("Alabama"))
    except (KeyError, IndexError, ValueError, AttributeError):
        return False


def _sourced(catalog: Catalog) -> Iterator[tuple[str, str, tuple[Source, ...]]]:
    """Yields every entry with its file, its key and its sources."""
    yield from (("categories.yaml", entry.id, entry.sources) for entry in catalog.categories)
    yield from ((f"roles/{entry.category}.yaml", entry.id, entry.sources) for entry in catalog.roles)
    yield from (("privileges.yaml", entry.id, entry.sources) for entry in catalog.privileges)
    yield from ((_matrix_file(table), "sources", table.sources) for table in catalog.tables)
    yield from (("disciplines.yaml", entry.id, entry.sources) for entry in catalog.disciplines)
    yield from (("routing.yaml", entry.id, entry.sources) for entry in catalog.authorities)
    yield from (("routing.yaml", _rule_key(rule.role, rule.survey_for), rule.sources) for rule in catalog.rules)
    yield from (("organizations.yaml", entry.id, entry.sources) for entry in catalog.organization_kinds)
    yield from (("deadlines.yaml", key, entry.sources) for key, entry in deadline_sources(catalog))
