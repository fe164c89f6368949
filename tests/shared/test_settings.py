"""Settings are typed, checked at start, and secrets may come from files."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest

from shared import settings
from shared.settings import ServiceSettings, SettingsError, as_scope, load, setting


@dataclass(frozen=True, kw_only=True)
class Kiosk(ServiceSettings):
    service: ClassVar[str] = "kiosk"
    open_days: timedelta = setting("OPEN_DAYS", default="5", parse=settings.as_days, help="How long it is open")


GOOD = {
    "KIOSK_DATABASE_URL": "postgresql+psycopg://kiosk@db/kiosk",
    "KIOSK_PUBLIC_URL": "https://kiosk.example/",
    "KIOSK_SECRET_KEYS": "a" * 32 + "," + "b" * 32,
    "BROKER_URL": "redis://broker/0",
    "ASSETS_DIR": "/srv/assets",
}


def test_values_are_typed_and_defaults_are_parsed() -> None:
    config = load(Kiosk, GOOD | {"SESSION_MINUTES": "15"})
    assert config.public_url == "https://kiosk.example"
    assert config.secret_keys == ("a" * 32, "b" * 32)
    assert config.session_lifetime == timedelta(minutes=15)
    assert config.open_days == timedelta(days=5)
    assert config.display_zone.key == "America/New_York"


def test_counts_for_rate_limits_are_kept_where_every_copy_of_a_process_sees_them() -> None:
    assert load(Kiosk, GOOD).rate_limit_url == "redis://broker/0"
    assert load(Kiosk, GOOD | {"RATE_LIMIT_URL": "redis://limits/1"}).rate_limit_url == "redis://limits/1"


@pytest.mark.parametrize("bad", ["0", "-2", "two", "1.5", ""])
def test_the_number_of_web_workers_is_a_whole_number_of_at_least_one(bad: str) -> None:
    assert load(Kiosk, GOOD | {"WEB_CONCURRENCY": "3"}).web_workers == 3
    with pytest.raises(SettingsError, match="WEB_CONCURRENCY: must be a whole number of at least 1"):
        load(Kiosk, GOOD | {"WEB_CONCURRENCY": bad})


def test_sign_in_always_asks_who_it_is() -> None:
    assert as_scope("profile  openid email") == "profile openid email"
    with pytest.raises(ValueError, match="openid"):
        as_scope("profile email")


def test_every_bad_variable_is_named_at_once() -> None:
    bad = GOOD | {"LOG_LEVEL": "LOUD", "OPEN_DAYS": "-1", "DISPLAY_TIME_ZONE": "Mars/Olympus"}
    del bad["BROKER_URL"]
    with pytest.raises(SettingsError) as refused:
        load(Kiosk, bad)
    named = {problem.partition(":")[0] for problem in refused.value.problems}
    assert named == {"LOG_LEVEL", "OPEN_DAYS", "DISPLAY_TIME_ZONE", "BROKER_URL"}


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "keys"
    secret.write_text("c" * 40 + "\n")
    environ = {name: value for name, value in GOOD.items() if name != "KIOSK_SECRET_KEYS"}
    config = load(Kiosk, environ | {"KIOSK_SECRET_KEYS_FILE": str(secret)})
    assert config.secret_keys == ("c" * 40,)


def test_a_bad_secret_is_not_shown() -> None:
    with pytest.raises(SettingsError) as refused:
        load(Kiosk, GOOD | {"KIOSK_SECRET_KEYS": "hunter2"})
    assert "hunter2" not in str(refused.value)
    assert "KIOSK_SECRET_KEYS" in str(refused.value)


def test_secrets_are_not_in_the_repr() -> None:
    assert "aaaa" not in repr(load(Kiosk, GOOD))
    assert "postgresql" not in repr(load(Kiosk, GOOD))
