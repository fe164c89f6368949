"""Settings are typed, checked at start, and secrets may come from files."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest

from shared import settings
from shared.settings import ServiceSettings, SettingsError, load, setting


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
