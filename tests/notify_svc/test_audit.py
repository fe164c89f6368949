"""What the audit of notify_svc says: the ledger has every mail, the audit those that failed for good."""

from dataclasses import replace

from notify_svc.domain.notices import State
from tests.audit import entries
from tests.notify_svc.conftest import World
from tests.notify_svc.factories import MARIA, role_requested
from tests.notify_svc.mailbox import Mood


def test_a_mail_that_arrives_is_the_ledgers_business(world: World) -> None:
    world.hears_and_works(role_requested())
    assert world.notice().state is State.SENT
    assert entries(world.database) == []


def test_a_mail_that_is_refused_for_good_is_recorded(world: World) -> None:
    world.mailbox.mood = Mood.NO_SUCH_MAILBOX
    world.hears_and_works(role_requested())
    (entry,) = entries(world.database)
    notice = world.notice()
    assert (entry.action, entry.subject_id) == ("notice.failed", str(notice.id))
    assert (entry.after["state"], entry.after["to"]) == ("failed", MARIA.user_id)
    assert entry.correlation_id == notice.correlation_id
    assert MARIA.email not in str(entry)


def test_a_recipient_without_a_usable_address_is_recorded(world: World) -> None:
    world.hears_and_works(role_requested(replace(MARIA, email="nowhere")))
    (entry,) = entries(world.database)
    assert (entry.action, entry.before, entry.after["state"]) == ("notice.failed", None, "skipped")
