"""A small version of `make simulate`: each mail of sixty days was foretold, and what was foretold came."""

from collections import Counter
from datetime import timedelta
from random import Random

import pytest

from approval_svc.settings import Settings as ApprovalSettings
from deploy.simulation.mails import Mail
from deploy.simulation.plan import END, START, make_plan
from deploy.simulation.run import Result, Services, run
from deploy.simulation.world import ZONES, make_world
from notify_svc.settings import Settings as NotifySettings
from shared.db import Database
from shared.settings import load

SEED, REQUESTS, ORGANIZATIONS = 54, 10, 3
"""Chosen for a run that is short and has a bit of everything."""
OF_TIME = {"reminder", "escalated", "escalated_first", "expiry_notice", "expired"}
OF_PEOPLE = {"decision_wanted", "already_handled", "absence_begun", "acting_for", "handed_over"}


@pytest.fixture
def services(approval_database: Database, notify_database: Database, settings_environ: dict[str, str]) -> Services:
    return Services(
        approval_database=approval_database,
        approval_settings=load(ApprovalSettings, settings_environ),
        notify_database=notify_database,
        notify_settings=load(NotifySettings, settings_environ),
    )


def test_what_was_foretold_is_what_was_mailed(services: Services) -> None:
    result = run(services, seed=SEED, requests=REQUESTS, organizations=ORGANIZATIONS)
    assert result.missing == []
    assert result.unforeseen == []
    assert min(result.absences, result.handed_over) > 0
    told = {mail.template for mail in result.sent}
    assert OF_TIME | OF_PEOPLE | {"digest"} <= told


def test_a_mail_too_many_and_one_too_few_are_seen() -> None:
    one, two = (Mail(START + timedelta(days=day), "reminder", "loretta", ()) for day in (1, 2))
    result = Result(make_world(Random(1), 6), 1, sent=Counter({one: 2}), expected=Counter({one: 1, two: 1}))
    assert result.unforeseen == [one]
    assert result.missing == [two]


def test_the_world_and_what_people_do_follow_from_the_seed() -> None:
    worlds = [make_world(Random(3), 60) for _ in range(2)]
    assert worlds[0] == worlds[1]
    assert make_plan(Random(3), worlds[0], 50) == make_plan(Random(3), worlds[1], 50)
    assert len(worlds[0].organizations) == 60
    assert {each.time_zone for each in worlds[0].organizations} == {*ZONES}
    assert all(START <= each.submitted_at < END + timedelta(days=1) for each in make_plan(Random(3), worlds[0], 50))
