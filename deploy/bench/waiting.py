"""Open approvals by the million, as they would be: a few are routed by the service, the database multiplies them.

Only keys and due times are made up, so whatever else somebody adds to a table is right here as well.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Float,
    FromClause,
    Integer,
    Interval,
    MetaData,
    String,
    Table,
    Uuid,
    cast,
    create_engine,
    delete,
    func,
    insert,
    literal,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import Session

from approval_svc.domain.deadline_plan import DeadlineKind
from approval_svc.tables import ApprovalRow, AskingRow, Base, DeadlineRow, HistoryRow, OfficialRow, RequestRow
from approval_svc.use_cases.route_request import route_request
from shared.catalog import the_catalog
from shared.contracts import Organization, Person, RoleRequested
from shared.db import Database
from shared.ids import new_id

START = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
"""When the approvals were asked for."""
NOTHING_IS_DUE_UNTIL = START + timedelta(days=100)
"""From here on the deadlines lie, at the distances of the policy, one approval after another."""
SPREAD = timedelta(days=30)
LINK_LIFETIME = timedelta(days=30)
PROTOTYPES = 20
AT_ONCE = 50_000
ROLE = "state-agency-sc-general-user"
KINDS = tuple(DeadlineKind)

_prototypes = Table(
    "prototypes",
    MetaData(),
    Column("number", Integer, primary_key=True),
    Column("request_id", Uuid),
    Column("approval_id", Uuid),
    prefixes=["TEMPORARY"],
)


def fill(database: Database, size: int) -> None:
    """Makes `size` open approvals, of as many requests at 20 state agencies, none of which is due."""
    with database.transaction() as session:
        prototypes = list(_routed(session))
    # An engine of its own: what multiplies them takes longer than a statement of the service may.
    engine = create_engine(database.engine.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        _prototypes.create(connection)
        connection.execute(insert(_prototypes), prototypes)
        # What is copied refers to copies: to check that of eight million rows would double the time.
        connection.execute(text("SET session_replication_role = replica"))
        for first in range(0, size, AT_ONCE):
            _multiply(connection, first, min(first + AT_ONCE, size) - 1, size)
        _forget(connection)
        connection.execute(text("VACUUM (ANALYZE)"))
    engine.dispose()


def deadline_id(number: int, kind: DeadlineKind, step: int) -> UUID:
    """Returns the id of a deadline of the approval with that number, counted from 0."""
    return UUID(int=number * 64 + (KINDS.index(kind) + 1) * 8 + step)


def _routed(session: Session) -> Iterator[dict[str, Any]]:
    """Yields a request of each of 20 states, routed by the service."""
    for authority in ("cms", "help-desk"):
        _official(session, authority, authority)
    for number, place in enumerate(the_catalog().organizations_of("state")[:PROTOTYPES]):
        for which in (1, 2):
            _official(session, "state", place.id, which)
        asked = _request(Organization(kind="state", id=place.id, name=place.name, time_zone=place.time_zone))
        route_request(session, asked, correlation_id=new_id(), lifetime=LINK_LIFETIME, now=START)
        session.flush()
        approval_id = session.scalars(select(ApprovalRow.id).where(ApprovalRow.request_id == asked.request_id)).one()
        yield {"number": number, "request_id": asked.request_id, "approval_id": approval_id}


def _official(session: Session, kind: str, identifier: str, which: int = 1) -> None:
    user_id = f"{kind}.{identifier}.{which}".lower()
    session.add(
        OfficialRow(
            id=new_id(),
            authority_kind=kind,
            authority_id=identifier,
            user_id=user_id,
            name=user_id,
            email=f"{user_id}@officials.example",
            time_zone="America/New_York",
            active=True,
            reachable=True,
            source="import",
            added_at=START,
            address_since=START,
        )
    )


def _request(organization: Organization) -> RoleRequested:
    requester = Person(user_id="a.requester", name="A. Requester", email="requester@health.example", phone=None)
    return RoleRequested(
        request_id=new_id(),
        requester=requester,
        category_id="state-agency",
        role_id=ROLE,
        role_name=the_catalog().role(ROLE).name,
        option_id=None,
        survey_for=None,
        organizations=(organization,),
        surveyor=None,
        surveyor_status=None,
        federal_surveyor_id=None,
        employee_id=None,
        roles_held=(),
        submitted_at=START,
    )


def _multiply(connection: Connection, first: int, last: int, size: int) -> None:
    """Copies request, approval, askings and deadlines of a prototype to each number from `first` to `last`."""
    number = select(func.generate_series(first, last).label("number")).cte("numbers").c.number
    own, request_id, approval_id = _as_id(number), _prototypes.c.request_id, _prototypes.c.approval_id
    request, approval, asking, deadline = (
        _table(row).alias("old") for row in (RequestRow, ApprovalRow, AskingRow, DeadlineRow)
    )
    place = func.array_position(array([kind.value for kind in KINDS]), cast(deadline.c.kind, String))
    # As `deadline_id` has it.
    deadline_id = _as_id(number * 64 + place * 8 + deadline.c.step)
    seconds = literal(SPREAD.total_seconds() / size, Float) * number
    later = literal(NOTHING_IS_DUE_UNTIL - START, Interval) + func.make_interval(0, 0, 0, 0, 0, 0, seconds)
    due = {"id": deadline_id, "approval_id": own, "due_at": deadline.c.due_at + later}
    _copy(connection, RequestRow, request, number, request.c.id == request_id, {"id": own, "correlation_id": own})
    _copy(connection, ApprovalRow, approval, number, approval.c.id == approval_id, {"id": own, "request_id": own})
    _copy(connection, AskingRow, asking, number, asking.c.approval_id == approval_id, {"approval_id": own})
    _copy(connection, DeadlineRow, deadline, number, deadline.c.approval_id == approval_id, due)


def _copy(
    connection: Connection,
    row: type[Base],
    old: FromClause,
    number: ColumnElement[int],
    of_prototype: ColumnElement[bool],
    changed: Mapping[str, ColumnElement[Any]],
) -> None:
    names = [column.name for column in old.c]
    values = [changed.get(name, old.c[name]) for name in names]
    copies = select(*values).where(number % PROTOTYPES == _prototypes.c.number, of_prototype)
    connection.execute(insert(row).from_select(names, copies))


def _forget(connection: Connection) -> None:
    """Takes the prototypes away, so that there are as many approvals as wanted."""
    approvals, requests = select(_prototypes.c.approval_id), select(_prototypes.c.request_id)
    for row in (DeadlineRow, AskingRow):
        connection.execute(delete(row).where(row.approval_id.in_(approvals)))
    connection.execute(delete(HistoryRow).where(HistoryRow.request_id.in_(requests)))
    connection.execute(delete(ApprovalRow).where(ApprovalRow.id.in_(approvals)))
    connection.execute(delete(RequestRow).where(RequestRow.id.in_(requests)))


def _table(row: type[Base]) -> Table:
    table = row.__table__
    assert isinstance(table, Table)  # noqa: S101  # rows are mapped to tables here, never to a join
    return table


def _as_id(number: ColumnElement[int]) -> ColumnElement[UUID]:
    """Ids that rise, like the service's own, fill the indexes as these do."""
    return cast(func.lpad(func.to_hex(number), 32, "0"), Uuid)
