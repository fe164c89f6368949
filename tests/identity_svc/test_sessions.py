"""What stays of a session that was there before sign-in, and of one that was left."""

import requests

from tests.identity_svc.walker import Walker
from tests.pages import token_of


def cookies(browser: requests.Session) -> dict[str, str]:
    return {cookie.name: str(cookie.value) for cookie in browser.cookies}


def opens(walker: Walker, name: str, value: str, url: str) -> bool:
    """Whether a page opens for a stranger who has that cookie alone."""
    return requests.get(url, cookies={name: value}, allow_redirects=False, timeout=10).status_code == 200


def test_who_knew_the_session_before_sign_in_is_not_signed_in_with_it(walker: Walker, angela: str) -> None:
    login = walker.get(f"{walker.client}/profile")
    planted = cookies(walker.browser)
    walker.log_in(login, angela)
    now = cookies(walker.browser)
    for name, url in (("request_svc", f"{walker.client}/profile"), ("identity_svc", f"{walker.provider}/account")):
        assert planted[name] != now[name]
        assert not opens(walker, name, planted[name], url)
        assert opens(walker, name, now[name], url)


def test_a_token_for_forms_from_before_sign_in_is_refused_after_it(walker: Walker, angela: str) -> None:
    login = walker.get(f"{walker.provider}/login")
    planted = token_of(login.text)
    walker.log_in(login, angela)
    answer = walker.browser.post(f"{walker.provider}/logout/confirmed", data={"csrf_token": planted}, timeout=10)
    assert answer.status_code == 400
    assert walker.get("/account").status_code == 200


def test_what_was_copied_from_a_browser_is_worth_nothing_after_logging_out(walker: Walker, angela: str) -> None:
    walker.log_in(walker.get(f"{walker.client}/page"), angela)
    copied = cookies(walker.browser)
    page = walker.get(f"{walker.client}/page")
    walker.browser.post(f"{walker.client}/sign-out", data={"csrf_token": token_of(page.text)}, timeout=10)
    for name, url in (("request_svc", f"{walker.client}/profile"), ("identity_svc", f"{walker.provider}/account")):
        assert not opens(walker, name, copied[name], url)
