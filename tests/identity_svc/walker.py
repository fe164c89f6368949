"""A browser without a screen: follows redirects by hand, keeps cookies, fills in the login form."""

import base64
import hashlib
from urllib.parse import parse_qs, urljoin, urlsplit

import requests
from bs4 import BeautifulSoup
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.identity_svc.factories import CLIENT_SECRET, PASSWORD

VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


class Walker:
    """One person's browser between the provider and the relying party."""

    def __init__(self, provider: str, client: str) -> None:
        self.provider, self.client = provider, client
        self.browser = requests.Session()

    def get(self, url: str, *, follow: bool = True, **parameters: str) -> requests.Response:
        return self.browser.get(urljoin(self.provider, url), params=parameters, allow_redirects=follow, timeout=10)

    def submit(self, page: requests.Response, *, follow: bool = True, **typed: str) -> requests.Response:
        """Sends the page's form with what was typed."""
        form = BeautifulSoup(page.text, "html.parser").select_one("main form")
        assert form, page.text
        values = {str(field["name"]): str(field.get("value", "")) for field in form.select("input[name]")} | typed
        target = urljoin(page.url, str(form["action"]))
        return self.browser.post(target, data=values, allow_redirects=follow, timeout=10)

    def log_in(
        self, page: requests.Response, user_id: str, password: str = PASSWORD, *, follow: bool = True
    ) -> requests.Response:
        return self.submit(page, user_id=user_id, password=password, follow=follow)

    def authorize(self, **changes: str) -> requests.Response:
        """Sends an authorization request as a relying party would; a parameter changed to "" is left out."""
        parameters = {
            "response_type": "code",
            "client_id": "request_svc",
            "redirect_uri": f"{self.client}/sign-in/callback",
            "scope": "openid profile email phone groups",
            "state": "a state, with spaces & signs",
            "nonce": "n-0S6_WzA2Mj",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        } | changes
        given = {name: value for name, value in parameters.items() if value}
        return self.browser.get(f"{self.provider}/authorize", params=given, allow_redirects=False, timeout=10)

    def login_page(self, **changes: str) -> requests.Response:
        """Returns the page that an authorization request leads to when a password is asked for."""
        return self.get(self.authorize(**changes).headers["Location"])

    def sign_in_here(self, user_id: str) -> None:
        """Signs in at the provider itself."""
        page = self.log_in(self.get("/login"), user_id)
        assert page.url.endswith("/account"), page.text

    def code(self, **changes: str) -> str:
        """Returns an authorization code; the person is signed in at the provider."""
        return answer_of(self.authorize(**changes))["code"]

    def redeem(self, code: str, **changes: str) -> requests.Response:
        """Sends a token request as the relying party's server would."""
        values = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": f"{self.client}/sign-in/callback",
            "code_verifier": VERIFIER,
            "client_id": "request_svc",
            "client_secret": CLIENT_SECRET,
        } | changes
        given = {name: value for name, value in values.items() if value}
        return requests.post(f"{self.provider}/token", data=given, timeout=10)


def answer_of(response: requests.Response) -> dict[str, str]:
    """Returns the parameters that a redirect carries back to the client."""
    assert response.status_code in (302, 303), response.text
    return {name: values[0] for name, values in parse_qs(urlsplit(response.headers["Location"]).query).items()}


def id_token_claims(provider: str, answer: requests.Response) -> dict[str, object]:
    """Checks the signature with the published keys and returns the claims."""
    keys = KeySet.import_key_set(requests.get(f"{provider}/jwks.json", timeout=10).json())
    return dict(jwt.decode(answer.json()["id_token"], keys, algorithms=["RS256"]).claims)
