"""The file of relying parties is checked when a process starts."""

import json
from pathlib import Path
from typing import Any

import pytest

from identity_svc.settings import Settings
from shared import settings as shared_settings
from shared.settings import SettingsError
from tests.identity_svc.factories import CLIENT_SECRET

GOOD: dict[str, Any] = {
    "client_id": "request_svc",
    "client_secret": CLIENT_SECRET,
    "redirect_uris": ["http://localhost:8001/sign-in/callback"],
    "post_logout_redirect_uris": ["http://localhost:8001/signed-out"],
}


def problem(environ: dict[str, str], file: Path) -> str:
    with pytest.raises(SettingsError) as raised:
        shared_settings.load(Settings, environ | {"IDENTITY_SVC_CLIENTS_FILE": str(file)})
    [sentence] = raised.value.problems
    return sentence


@pytest.mark.parametrize(
    "content",
    [
        "[",
        "{}",
        json.dumps([GOOD, GOOD]),
        json.dumps([GOOD | {"client_secret": "short"}]),
        json.dumps([GOOD | {"redirect_uris": []}]),
        json.dumps([GOOD | {"redirect_uris": ["/sign-in/callback"]}]),
        json.dumps([GOOD | {"redirect_uris": ["https://client.example/#fragment"]}]),
        json.dumps([GOOD | {"post_logout_redirect_uris": ["javascript:alert(1)"]}]),
        json.dumps([GOOD | {"unheard": "of"}]),
    ],
)
def test_a_file_that_cannot_be_used_is_named(settings_environ: dict[str, str], tmp_path: Path, content: str) -> None:
    file = tmp_path / "clients.json"
    file.write_text(content)

    sentence = problem(settings_environ, file)

    assert sentence.startswith(f"IDENTITY_SVC_CLIENTS_FILE: {file}")
    assert CLIENT_SECRET not in sentence


def test_a_missing_file_is_named(settings_environ: dict[str, str], tmp_path: Path) -> None:
    assert "nowhere.json" in problem(settings_environ, tmp_path / "nowhere.json")


def test_secrets_are_not_shown_with_the_settings(settings_environ: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "clients.json"
    file.write_text(json.dumps([GOOD]))

    loaded = shared_settings.load(Settings, settings_environ | {"IDENTITY_SVC_CLIENTS_FILE": str(file)})

    assert CLIENT_SECRET not in repr(loaded)
