"""`countersign notices` on the command line."""

import json

import pytest
from click.testing import CliRunner, Result

from shared.cli import main
from shared.ids import new_id
from tests.notify_svc.conftest import World
from tests.notify_svc.factories import MARIA, role_requested


@pytest.fixture
def environ(mail_environ: dict[str, str]) -> dict[str, str]:
    return mail_environ


def countersign(environ: dict[str, str], *arguments: str) -> Result:
    return CliRunner().invoke(main, ["notices", *arguments], env=environ)


def test_the_list_masks_addresses(world: World, environ: dict[str, str]) -> None:
    world.hears_and_works(role_requested())

    listed = countersign(environ, "list", "--state", "sent")
    assert listed.exit_code == 0
    assert "m***@example.gov" in listed.output
    assert MARIA.email not in listed.output


def test_the_list_as_json_can_be_narrowed_to_a_request(world: World, environ: dict[str, str]) -> None:
    wanted = role_requested()
    world.hears(wanted)
    world.hears(role_requested())

    (row,) = json.loads(countersign(environ, "list", "--json", "--request", str(wanted.request_id)).output)
    assert (row["state"], row["recipient"]) == ("queued", MARIA.user_id)


def test_one_notice_is_shown_with_its_deliveries(world: World, environ: dict[str, str]) -> None:
    world.hears_and_works(role_requested())

    shown = json.loads(countersign(environ, "show", str(world.notice().id)).output)
    assert [(one["result"], one["code"]) for one in shown["deliveries"]] == [("taken", 250)]


def test_a_notice_that_there_is_not_is_said(world: World, environ: dict[str, str]) -> None:
    missing = countersign(environ, "show", str(new_id()))

    assert missing.exit_code == 1
    assert "There is no notice" in missing.output
