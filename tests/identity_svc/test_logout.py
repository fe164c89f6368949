"""Ending the sign-in at the provider (OpenID Connect RP-Initiated Logout 1.0)."""

import pytest

from identity_svc.sealing import Sealer
from identity_svc.settings import Settings
from identity_svc.use_cases.rotate_keys import rotate_keys
from shared.clock import utc_now
from shared.db import Database
from tests.identity_svc.factories import new_account
from tests.identity_svc.walker import Walker


def hint(person: Walker) -> str:
    token: str = person.redeem(person.code()).json()["id_token"]
    return token


def is_signed_in(person: Walker) -> bool:
    return person.get("/account", follow=False).status_code == 200


def test_a_client_that_shows_the_id_token_gets_its_person_back(person: Walker) -> None:
    home = f"{person.client}/signed-out"

    answer = person.get("/logout", follow=False, id_token_hint=hint(person), post_logout_redirect_uri=home, state="a b")

    assert answer.headers["Location"] == f"{home}?state=a+b"
    assert not is_signed_in(person)


@pytest.mark.parametrize("end", ["/", "?next=//evil.example", "@evil.example", "#x"])
def test_nobody_is_led_to_an_address_that_is_not_registered(person: Walker, end: str) -> None:
    for address in (f"{person.client}/signed-out{end}", "https://evil.example/"):
        answer = person.get("/logout", follow=False, id_token_hint=hint(person), post_logout_redirect_uri=address)
        assert answer.headers["Location"] == "/logged-out"
        person.sign_in_here("sagu.walk")


@pytest.mark.parametrize("shown", ["", "nonsense", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzYWd1LndhbGsifQ."])
def test_without_a_token_of_ours_the_person_is_asked_first(person: Walker, shown: str) -> None:
    hint(person)
    page = person.get("/logout", id_token_hint=shown, post_logout_redirect_uri=f"{person.client}/signed-out")
    assert "Do you want to log out?" in page.text
    assert is_signed_in(person)

    done = person.submit(page)

    assert done.url == f"{person.provider}/logged-out"
    assert not is_signed_in(person)


def test_a_token_of_somebody_else_does_not_log_a_person_out(person: Walker, identity_database: Database) -> None:
    of_angela = hint(person)
    with identity_database.transaction() as session:
        session.add(new_account(now=utc_now(), user_id="somebody.else"))
    person.sign_in_here("somebody.else")

    page = person.get("/logout", id_token_hint=of_angela, post_logout_redirect_uri=f"{person.client}/signed-out")

    assert "Do you want to log out?" in page.text
    assert is_signed_in(person)


def test_an_old_token_still_logs_out_after_its_key_was_replaced(
    person: Walker, identity_database: Database, settings: Settings
) -> None:
    shown = hint(person)
    with identity_database.transaction() as session:
        rotate_keys(session, Sealer(settings.secret_keys), utc_now())

    person.get("/logout", follow=False, id_token_hint=shown)

    assert not is_signed_in(person)


def test_a_logout_request_may_come_as_a_form(person: Walker) -> None:
    form = {"id_token_hint": hint(person), "post_logout_redirect_uri": f"{person.client}/signed-out"}

    page = person.browser.post(f"{person.provider}/logout", data=form, timeout=10)

    assert page.url == f"{person.client}/signed-out"


def test_who_is_not_signed_in_is_told_so(walker: Walker) -> None:
    assert walker.get("/logout").url == f"{walker.provider}/logged-out"
