"""How PostgreSQL finds what a read asks for."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.orm import Session

Plan = dict[str, Any]


def explained(session: Session, run: Callable[[], object], *options: str) -> Plan:
    """Returns PostgreSQL's plan of the last SELECT that `run` executes."""
    statements: list[tuple[str, Any]] = []
    connection = session.connection()

    def keep(_connection: Connection, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        if statement.startswith(("SELECT", "WITH")):
            statements.append((statement, values))

    event.listen(connection, "before_cursor_execute", keep)
    run()
    event.remove(connection, "before_cursor_execute", keep)
    statement, values = statements[-1]
    explain = f"EXPLAIN ({', '.join((*options, 'FORMAT JSON'))}) {statement}"
    plan: Plan = connection.exec_driver_sql(explain, values).scalar_one()[0]["Plan"]
    return plan


def nodes(plan: Plan) -> list[Plan]:
    """Returns the node and all below it."""
    return [plan, *(node for each in plan.get("Plans", ()) for node in nodes(each))]


def rows_read(plan: Plan) -> int:
    """Returns how many rows the busiest node returned or threw away, of a plan that was explained with ANALYZE."""
    gone = ("Rows Removed by Filter", "Rows Removed by Index Recheck")
    return max(
        int((node["Actual Rows"] + sum(node.get(each, 0) for each in gone)) * node["Actual Loops"])
        for node in nodes(plan)
    )


def indexes(plan: Plan) -> set[str]:
    """Returns the indexes that the plan uses."""
    return {node["Index Name"] for node in nodes(plan) if "Index Name" in node}
