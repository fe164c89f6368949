"""What the provider gives, and what it refuses (OpenID Connect Core 1.0, RFC 6749, RFC 7636, RFC 9700)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import parse_qsl

import pytest
import requests
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from identity_svc.tables import AccessToken, Account, UsedCode
from identity_svc.use_cases.forget_ended import forget_ended
from identity_svc.use_cases.redeem_code import redeem_code
from shared.clock import utc_now
from shared.db import Database
from shared.ids import new_id
from tests.identity_svc.factories import CLIENT_SECRET, new_code
from tests.identity_svc.walker import VERIFIER, Walker, answer_of, id_token_claims

# What it gives


def test_a_code_gives_an_id_token_with_everything_the_scopes_promise(person: Walker) -> None:
    answer = person.redeem(person.code())

    claims = id_token_claims(person.provider, answer)
    assert answer.headers["Cache-Control"] == "no-store"
    assert claims["iss"] == person.provider
    assert claims["aud"] == "request_svc"
    assert claims["exp"] - claims["iat"] == 600  # type: ignore[operator]  # both are numbers
    assert claims["nonce"] == "n-0S6_WzA2Mj"
    assert 0 <= claims["iat"] - claims["auth_time"] < 60  # type: ignore[operator]  # both are numbers
    assert {name: claims[name] for name in ("sub", "name", "email", "phone_number", "zoneinfo", "groups")} == {
        "sub": "sagu.walk",
        "name": "Angela Whitaker",
        "email": "angela@health.alabama.example",
        "phone_number": "202-555-0139",
        "zoneinfo": "America/Chicago",
        "groups": ["operations"],
    }


def test_fewer_scopes_tell_less(person: Walker) -> None:
    claims = id_token_claims(person.provider, person.redeem(person.code(scope="openid unheard-of")))

    assert claims["sub"] == "sagu.walk"
    assert not {"name", "email", "phone_number", "groups"} & set(claims)


def test_the_secret_may_come_in_the_authorization_header(person: Walker) -> None:
    form = {
        "grant_type": "authorization_code",
        "code": person.code(),
        "redirect_uri": f"{person.client}/sign-in/callback",
        "code_verifier": VERIFIER,
    }

    answer = requests.post(f"{person.provider}/token", form, auth=("request_svc", CLIENT_SECRET), timeout=10)

    assert answer.status_code == 200


def test_userinfo_tells_the_same_as_the_id_token(person: Walker) -> None:
    token = person.redeem(person.code()).json()["access_token"]

    for ask in (requests.get, requests.post):
        answer = ask(f"{person.provider}/userinfo", headers={"Authorization": f"Bearer {token}"}, timeout=10)
        assert answer.json()["email"] == "angela@health.alabama.example"


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eDp5"}])
def test_userinfo_refuses_without_a_token(provider: str, header: dict[str, str]) -> None:
    answer = requests.get(f"{provider}/userinfo", headers=header, timeout=10)

    assert answer.status_code == 401
    assert answer.headers["Content-Type"].startswith("application/json")


def test_the_state_comes_back_unchanged_with_the_issuer(person: Walker) -> None:
    answer = answer_of(person.authorize(state="é ?&=#%\"'"))

    assert answer["state"] == "é ?&=#%\"'"
    assert answer["iss"] == person.provider


def test_the_discovery_document_names_every_endpoint_and_they_answer(provider: str) -> None:
    document = requests.get(f"{provider}/.well-known/openid-configuration", timeout=10).json()

    assert document["issuer"] == provider
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["id_token_signing_alg_values_supported"] == ["RS256"]
    assert document["response_types_supported"] == ["code"]
    assert set(document["token_endpoint_auth_methods_supported"]) == {"client_secret_basic", "client_secret_post"}
    for name in ("authorization", "token", "userinfo", "end_session"):
        assert requests.get(document[f"{name}_endpoint"], timeout=10).status_code != 404
    assert requests.get(document["jwks_uri"], timeout=10).json() == {"keys": []}


def test_an_authorization_request_may_come_as_a_form(person: Walker) -> None:
    """By GET in the end: the session cookie does not come with another site's POST."""
    wanted = str(person.authorize().url).partition("?")[2]
    url = f"{person.provider}/authorize"

    answer = person.browser.post(url, data=dict(parse_qsl(wanted)), allow_redirects=False, timeout=10)

    assert "code" in answer_of(person.get(answer.headers["Location"], follow=False))


# What it refuses


def test_a_request_without_pkce_is_sent_back(person: Walker) -> None:
    for changes in ({"code_challenge": ""}, {"code_challenge_method": ""}, {"code_challenge_method": "plain"}):
        answer = answer_of(person.authorize(**changes))
        assert answer["error"] == "invalid_request"
        assert answer["state"] == "a state, with spaces & signs"
        assert answer["iss"] == person.provider


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": "profile"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"request": "eyJ"}, "request_not_supported"),
        ({"request_uri": "https://client.example/request"}, "request_uri_not_supported"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
    ],
)
def test_a_request_that_breaks_a_rule_is_sent_back_with_its_name(
    person: Walker, changes: dict[str, str], error: str
) -> None:
    assert answer_of(person.authorize(**changes))["error"] == error


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "unknown"},
        {"client_id": ""},
        {"redirect_uri": ""},
        {"redirect_uri": "https://evil.example/sign-in/callback"},
        {"redirect_uri": '"><script>'},
        {"response_type": '"'},
    ],
)
def test_nobody_is_sent_to_an_address_that_is_not_registered(person: Walker, changes: dict[str, str]) -> None:
    answer = person.authorize(**changes)

    assert answer.status_code == 400
    assert "This sign-in cannot go on" in answer.text


@pytest.mark.parametrize("end", ["/", "?x=1", "/../callback", "%2f"])
def test_the_redirect_uri_is_compared_character_by_character(person: Walker, end: str) -> None:
    assert person.authorize(redirect_uri=f"{person.client}/sign-in/callback{end}").status_code == 400


def test_a_code_is_good_once_and_the_second_use_takes_back_what_the_first_gave(person: Walker) -> None:
    code = person.code()
    token = person.redeem(code).json()["access_token"]

    again = person.redeem(code)

    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    userinfo = requests.get(f"{person.provider}/userinfo", headers={"Authorization": f"Bearer {token}"}, timeout=10)
    assert userinfo.status_code == 401


def test_of_two_uses_at_once_one_gets_tokens(person: Walker) -> None:
    code = person.code()

    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(lambda _: person.redeem(code), range(2)))

    assert sorted(answer.status_code for answer in answers) == [200, 400]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "w" * 64}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_request"),
        ({"redirect_uri": "http://127.0.0.1/elsewhere"}, "invalid_grant"),
        ({"redirect_uri": ""}, "invalid_grant"),
        ({"client_id": "other", "client_secret": CLIENT_SECRET[::-1]}, "invalid_grant"),
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_id": "unknown"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_a_code_is_bound_to_client_address_and_verifier(person: Walker, changes: dict[str, str], error: str) -> None:
    answer = person.redeem(person.code(), **changes)

    assert answer.status_code in (400, 401)
    assert answer.json()["error"] == error
    assert "id_token" not in answer.json()


def test_a_wrong_verifier_uses_the_code_up(person: Walker) -> None:
    code = person.code()
    person.redeem(code, code_verifier="w" * 64)

    assert person.redeem(code).json()["error"] == "invalid_grant"


def test_an_altered_code_is_refused(person: Walker) -> None:
    code = person.code()
    assert person.redeem(code[:-2] + "AA").json()["error"] == "invalid_grant"
    assert person.redeem("nonsense").json()["error"] == "invalid_grant"


def test_a_code_ends_after_a_minute(identity_database: Database) -> None:
    issued = utc_now()
    code, old = (new_code(account_id=new_id(), issued_at=issued) for _ in range(2))

    with identity_database.transaction() as session:
        assert redeem_code(session, code, "request_svc", issued + timedelta(seconds=59))
        assert not redeem_code(session, old, "request_svc", issued + timedelta(seconds=60))


def test_a_closed_account_gets_no_token(person: Walker, identity_database: Database) -> None:
    code = person.code()
    with identity_database.transaction() as session:
        session.scalars(select(Account)).one().closed_at = utc_now()

    assert person.redeem(code).json()["error"] == "invalid_grant"


# Asking for the password


def test_prompt_none_says_that_a_login_is_needed(walker: Walker, angela: str) -> None:
    assert answer_of(walker.authorize(prompt="none"))["error"] == "login_required"

    walker.sign_in_here(angela)

    assert "code" in answer_of(walker.authorize(prompt="none"))


def test_prompt_login_asks_once_although_somebody_is_signed_in(person: Walker) -> None:
    login = person.login_page(prompt="login")
    assert "/login" in login.url

    back = person.log_in(login, "sagu.walk", follow=False)
    answer = person.get(back.headers["Location"], follow=False)

    assert "code" in answer_of(answer)
    assert "/login" in person.authorize(prompt="login").headers["Location"]


def test_max_age_asks_who_signed_in_too_long_ago(person: Walker) -> None:
    assert "code" in answer_of(person.authorize(max_age="3600"))

    login = person.login_page(max_age="0")
    back = person.log_in(login, "sagu.walk", follow=False)

    assert "code" in answer_of(person.get(back.headers["Location"], follow=False))


def test_what_has_ended_is_forgotten(person: Walker, identity_database: Database) -> None:
    person.redeem(person.code())
    with identity_database.transaction() as session:
        forget_ended(session, utc_now())
        assert _count(session) == 2
        forget_ended(session, utc_now() + timedelta(minutes=10, seconds=1))
        assert _count(session) == 0


def _count(session: Session) -> int:
    return sum(session.scalar(select(func.count()).select_from(table)) or 0 for table in (AccessToken, UsedCode))
