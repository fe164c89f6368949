"""Operator commands about absences: `countersign officials absent`, `absences` and `back`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import click

from shared.command_line import new_console, opened, table_of

if TYPE_CHECKING:
    from approval_svc.tables import AbsenceRow

DAY = click.DateTime(formats=["%Y-%m-%d"])
OPTIONS = {"first_day": "--from", "last_day": "--until", "substitute": "--substitute"}
"""Which option a refusal is about."""


@click.command()
@click.argument("user_id")
@click.option("--from", "first_day", type=DAY, required=True, help="First day, by the official's own clock.")
@click.option("--until", "last_day", type=DAY, required=True, help="Last day, included.")
@click.option("--substitute", required=True, help="User id of the official who acts meanwhile.")
def absent(user_id: str, first_day: datetime, last_day: datetime, substitute: str) -> None:
    """Enter that the official USER_ID is absent, for somebody who cannot do it themselves."""
    from approval_svc.domain.absences import UnusableAbsenceError
    from approval_svc.domain.refusals import NotAnOfficialError
    from approval_svc.settings import Settings
    from approval_svc.use_cases.plan_absence import Wanted, enter_absence
    from shared.clock import utc_now

    wanted = Wanted(first_day=first_day.date(), last_day=last_day.date(), substitute=substitute)
    try:
        with opened(Settings) as (database, settings), database.transaction() as session:
            absence = enter_absence(session, user_id, wanted, settings.link_lifetime, utc_now())
            click.echo(_said(absence))
    except NotAnOfficialError as error:
        raise click.ClickException(f"{user_id} is no Security Official.") from error
    except UnusableAbsenceError as error:
        raise click.BadParameter(f"{error.sentence}.", param_hint=OPTIONS[error.field]) from error


@click.command()
def absences() -> None:
    """List the absences that are planned or in force."""
    from approval_svc import absence_queries
    from approval_svc.settings import Settings

    with opened(Settings) as (database, _), database.reading() as session:
        rows = list(_rows(absence_queries.all_open(session)))
    new_console().print(table_of(("User ID", "Days", "Time zone", "Acts", "State"), rows))


@click.command()
@click.argument("user_id")
def back(user_id: str) -> None:
    """End the absence of USER_ID that has begun, or else cancel the next one that is planned."""
    from approval_svc import absence_queries
    from approval_svc.settings import Settings
    from approval_svc.use_cases.plan_absence import cancel_absence, days_of
    from shared.clock import utc_now

    with opened(Settings) as (database, settings), database.transaction() as session:
        found = next(iter(absence_queries.open_absences_of(session, user_id)), None)
        if found is None:
            raise click.ClickException(f"{user_id} is not absent, and no absence is planned.")
        cancel_absence(session, user_id, found.id, settings.link_lifetime, utc_now())
        click.echo(f"The absence of {user_id} ({days_of(found)}) is cancelled.")


COMMANDS = [absent, absences, back]


def _said(absence: AbsenceRow) -> str:
    from approval_svc.use_cases.plan_absence import days_of

    return f"{absence.substitute.name} acts for {absence.user_id} on {days_of(absence)}, {absence.zone}."


def _rows(found: Iterable[AbsenceRow]) -> Iterator[tuple[str, ...]]:
    from approval_svc.use_cases.plan_absence import days_of

    for row in found:
        state = "begun" if row.is_in_force else "planned"
        yield row.user_id, str(days_of(row)), row.zone, row.substitute.name, state
