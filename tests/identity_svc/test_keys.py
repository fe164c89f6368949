"""The keys that sign id tokens: announced, used, retired, and useless to who copies the database."""

from datetime import timedelta

from sqlalchemy import select

from identity_svc.queries import published_keys
from identity_svc.sealing import Sealer
from identity_svc.settings import Settings
from identity_svc.tables import SigningKey
from identity_svc.use_cases.rotate_keys import rotate_keys
from identity_svc.use_cases.sign_with_key import current_key
from shared.clock import utc_now
from shared.db import Database
from tests.identity_svc.walker import Walker, id_token_claims


def test_tokens_of_the_old_key_still_verify_after_a_rotation(
    person: Walker, identity_database: Database, settings: Settings
) -> None:
    answer = person.redeem(person.code())

    with identity_database.transaction() as session:
        rotate_keys(session, Sealer(settings.secret_keys), utc_now())

    assert id_token_claims(person.provider, answer)["sub"] == "sagu.walk"


def test_the_next_key_is_published_before_it_signs_and_the_old_one_until_its_tokens_ended(
    identity_database: Database, settings: Settings
) -> None:
    now, sealer = utc_now(), Sealer(settings.secret_keys)
    with identity_database.transaction() as session:
        first = rotate_keys(session, sealer, now)
        announced = {key["kid"] for key in published_keys(session, now)}
        second = rotate_keys(session, sealer, now)

        assert {first, second} == announced
        assert current_key(session, sealer, now).kid == second
        assert first in {key["kid"] for key in published_keys(session, now + timedelta(minutes=14))}
        assert first not in {key["kid"] for key in published_keys(session, now + timedelta(minutes=15))}


def test_the_database_holds_no_usable_private_key(identity_database: Database, settings: Settings) -> None:
    with identity_database.transaction() as session:
        first = rotate_keys(session, Sealer(settings.secret_keys), utc_now())
        rotate_keys(session, Sealer(settings.secret_keys), utc_now())
        keys = {key.kid: key for key in session.scalars(select(SigningKey))}

    assert keys.pop(first).sealed_private is None
    assert all(not {"d", "p", "q"} & set(key.public_jwk) for key in keys.values())
    assert all(str(key.sealed_private).startswith("eyJ") for key in keys.values())


def test_new_secret_keys_open_what_the_old_ones_sealed_and_lost_ones_are_survived(
    identity_database: Database,
) -> None:
    old, both, new = Sealer(["o" * 40]), Sealer(["n" * 40, "o" * 40]), Sealer(["n" * 40])
    with identity_database.transaction() as session:
        kid = rotate_keys(session, old, utc_now())
        assert current_key(session, both, utc_now()).kid == kid

        made = rotate_keys(session, new, utc_now())

        assert current_key(session, new, utc_now()).kid == made
