"""Operator commands about reviews and inactivity."""

from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from approval_svc.review_commands import inactivity, reviews
from approval_svc.tables import ActivityRow
from approval_svc.use_cases.follow_grant import follow_grant
from shared.clock import utc_now
from shared.db import Database
from tests.approval_svc.factories import ALABAMA, ANGELA, LIFETIME, grant, official


@pytest.fixture
def run(approval_database: Database, settings_environ: dict[str, str]) -> Callable[..., Result]:
    with approval_database.transaction() as session:
        official(session, "state", "AL", "loretta")
        follow_grant(session, grant(ANGELA, "state-agency-sc-general-user", ALABAMA), LIFETIME, utc_now())
    return lambda command, *words: CliRunner(env=settings_environ).invoke(command, words)


def test_an_operator_begins_a_review_before_its_time_and_lists_it(run: Callable[..., Result]) -> None:
    assert "Review opened: asked loretta, to be done by " in run(reviews, "open", "state", "AL").output
    listed = run(reviews, "list").output
    assert "Security Officials of Alabama" in listed
    assert "1 of 1" in listed


@pytest.mark.parametrize("place", [("state", "AK"), ("county", "AL"), ("cms", "cms")])
def test_where_there_is_nothing_to_review_it_says_so(run: Callable[..., Result], place: tuple[str, str]) -> None:
    refused = run(reviews, "open", *place)
    assert refused.exit_code == 1
    assert "has nothing to review" in refused.output


def test_everybody_is_looked_at_anew(run: Callable[..., Result], approval_database: Database) -> None:
    assert run(inactivity, "look").output == "1 people are looked at by the next turns of the beat.\n"
    with approval_database.reading() as session:
        due_at = session.scalars(select(ActivityRow.due_at)).one()
    assert due_at is not None
    assert due_at <= utc_now()
