"""A relying party signs a person in with issuer, client id and secret alone."""

import json
from pathlib import Path

import pytest
import requests
from authlib.oidc.core import UserInfo
from joserfc.jwk import RSAKey
from sqlalchemy import select

from identity_svc.sealing import Sealer
from identity_svc.settings import Settings
from identity_svc.tables import SigningKey
from identity_svc.use_cases.rotate_keys import rotate_keys
from identity_svc.web.code_grant import IdToken
from shared.clock import utc_now
from shared.db import Database
from shared.web.person import SignedIn
from tests.identity_svc.walker import Walker
from tests.pages import token_of


def test_a_person_comes_to_a_page_by_way_of_the_login_page(walker: Walker, angela: str) -> None:
    login = walker.get(f"{walker.client}/profile?tab=roles")
    assert login.url.startswith(f"{walker.provider}/login")

    page = walker.log_in(login, angela.upper())

    assert page.url == f"{walker.client}/profile?tab=roles"
    assert page.json() == {
        "user_id": "sagu.walk",
        "name": "Angela Whitaker",
        "email": "angela@health.alabama.example",
        "phone": "202-555-0139",
        "zone": "America/Chicago",
        "is_operations": True,
    }


def test_a_service_is_told_of_who_signs_in_to_it_and_of_nobody_who_does_not(
    walker: Walker, angela: str, came_in: list[SignedIn]
) -> None:
    walker.get(f"{walker.client}/sign-in/callback?code=made-up&state=made-up")
    assert came_in == []

    walker.log_in(walker.get(f"{walker.client}/profile"), angela)

    assert [person.user_id for person in came_in] == [angela]


def test_who_is_signed_in_at_the_provider_is_not_asked_again(walker: Walker, angela: str) -> None:
    walker.sign_in_here(angela)

    page = walker.get(f"{walker.client}/profile")

    assert page.json()["user_id"] == angela


def test_tokens_of_a_new_key_are_understood_by_a_client_that_knows_the_old_ones(
    walker: Walker, angela: str, identity_database: Database, settings: Settings
) -> None:
    walker.log_in(walker.get(f"{walker.client}/profile"), angela)
    for _ in range(3):
        with identity_database.transaction() as session:
            rotate_keys(session, Sealer(settings.secret_keys), utc_now())
    walker.browser.cookies.clear()

    page = walker.log_in(walker.get(f"{walker.client}/profile"), angela)

    assert page.json()["user_id"] == angela


def test_logging_out_ends_both_sessions(walker: Walker, angela: str) -> None:
    walker.log_in(walker.get(f"{walker.client}/profile"), angela)

    page = _log_out(walker)

    assert page.url == f"{walker.client}/signed-out"
    assert walker.get(f"{walker.client}/profile").url.startswith(f"{walker.provider}/login")


def test_an_answer_with_another_state_signs_nobody_in(walker: Walker, angela: str) -> None:
    login = walker.get(f"{walker.client}/profile")
    back = walker.log_in(login, angela, follow=False)
    answer = walker.get(back.headers["Location"], follow=False).headers["Location"]

    page = walker.get(answer.replace("state=", "state=x"))

    assert page.status_code == 400
    assert "Sign-in did not finish" in page.text
    assert walker.get(f"{walker.client}/profile", follow=False).status_code == 302


def test_an_id_token_that_does_not_hold_signs_nobody_in(
    walker: Walker, angela: str, identity_database: Database, settings: Settings
) -> None:
    login = walker.get(f"{walker.client}/profile")
    back = walker.log_in(login, angela, follow=False)
    answer = walker.get(back.headers["Location"], follow=False).headers["Location"]
    with identity_database.transaction() as session:
        rotate_keys(session, Sealer(settings.secret_keys), utc_now())
    _swap_public_keys(identity_database)

    page = walker.get(answer)

    assert page.status_code == 400
    assert "Sign-in did not finish" in page.text


def test_many_sign_ins_that_were_given_up_do_not_fill_the_cookie(walker: Walker, angela: str) -> None:
    for _ in range(20):
        login = walker.get(f"{walker.client}/profile")

    assert max(len(cookie.value or "") for cookie in walker.browser.cookies) < 4000
    assert walker.log_in(login, angela).json()["user_id"] == angela


def test_a_provider_may_keep_what_it_knows_for_those_who_ask(
    walker: Walker, angela: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(IdToken, "generate_user_info", lambda *_: UserInfo(sub=angela))

    person = walker.log_in(walker.get(f"{walker.client}/profile"), angela).json()

    assert (person["name"], person["email"]) == ("Angela Whitaker", "angela@health.alabama.example")
    assert person["is_operations"]


def test_what_a_provider_says_of_somebody_else_is_not_believed(
    walker: Walker, angela: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(IdToken, "generate_user_info", lambda *_: UserInfo(sub="somebody.else"))

    page = walker.log_in(walker.get(f"{walker.client}/profile"), angela)

    assert page.status_code == 400
    assert "Sign-in did not finish" in page.text


class TestWithFewerScopes:
    @pytest.fixture
    def environ(self, environ: dict[str, str]) -> dict[str, str]:
        return environ | {"OIDC_SCOPE": "openid email"}

    def test_no_more_is_asked_for_than_the_scopes_that_are_set(self, walker: Walker, angela: str) -> None:
        person = walker.log_in(walker.get(f"{walker.client}/profile"), angela).json()

        assert (person["name"], person["email"]) == (angela, "angela@health.alabama.example")
        assert person["phone"] is None
        assert not person["is_operations"]


class TestWithoutAnAddress:
    @pytest.fixture
    def environ(self, environ: dict[str, str]) -> dict[str, str]:
        return environ | {"OIDC_SCOPE": "openid profile"}

    def test_nobody_is_signed_in_whom_no_mail_could_reach(self, walker: Walker, angela: str) -> None:
        page = walker.log_in(walker.get(f"{walker.client}/profile"), angela)

        assert page.status_code == 400
        assert "Sign-in did not finish" in page.text


def _log_out(walker: Walker) -> requests.Response:
    token = token_of(walker.get(f"{walker.client}/signed-out").text)
    return walker.browser.post(f"{walker.client}/sign-out", data={"csrf_token": token}, timeout=10)


def _swap_public_keys(database: Database) -> None:
    """Publishes another public half under the id of each key, as somebody in between could."""
    with database.transaction() as session:
        for key in session.scalars(select(SigningKey)):
            other = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256", "kid": key.kid})
            key.public_jwk = dict(other.as_dict(private=False))


class TestWithASecretThatChanges:
    """The provider takes both secrets while the relying party's processes are started again one by one."""

    NEW_SECRET = "n" * 40

    @pytest.fixture(params=["the old one", "the new one"])
    def environ(self, environ: dict[str, str], request: pytest.FixtureRequest) -> dict[str, str]:
        file = Path(environ["IDENTITY_SVC_CLIENTS_FILE"])
        clients = json.loads(file.read_text())
        clients[0]["other_client_secrets"] = [self.NEW_SECRET]
        file.write_text(json.dumps(clients))
        is_new = request.param == "the new one"
        return environ | ({"REQUEST_SVC_OIDC_CLIENT_SECRET": self.NEW_SECRET} if is_new else {})

    def test_people_sign_in_with_either(self, walker: Walker, angela: str) -> None:
        assert walker.log_in(walker.get(f"{walker.client}/profile"), angela).json()["user_id"] == angela

    def test_no_third_secret_is_taken(self, walker: Walker, angela: str) -> None:
        walker.sign_in_here(angela)
        assert walker.redeem(walker.code(), client_secret="x" * 40).status_code == 401
