"""Leaving while the sign-in provider is away."""

from approval_svc.app import create_app
from approval_svc.settings import Settings
from shared.db import Database
from shared.settings import load
from tests.architecture.journeys import OPERATIONS
from tests.pages import sign_in, token_of, words


def test_who_signs_out_while_the_provider_is_away_is_signed_out_and_told_what_is_left(
    settings_environ: dict[str, str], approval_database: Database
) -> None:
    nobody_there = settings_environ | {"OIDC_ISSUER": "http://127.0.0.1:9"}
    browser = create_app(load(Settings, nobody_there), approval_database).test_client()
    sign_in(browser, OPERATIONS)
    token = token_of(browser.get("/operations/addresses"))
    answer = browser.post("/sign-out", data={"csrf_token": token})
    assert answer.status_code == 200
    assert "You are signed out here; the sign-in service was not told" in words(answer)
    assert OPERATIONS.name not in words(answer)
    assert browser.get("/operations/addresses").status_code in (302, 401)
