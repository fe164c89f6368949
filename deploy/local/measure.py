"""`make measure`: starts a fresh stack on free ports and measures it from outside, through HTTP and SMTP.

Prints the seconds until everything was ready, and for 20 role requests the seconds from sending the Submit
form until the SMTP server had received the Security Official's mail (median, fastest, slowest).
"""

import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

from deploy.local.layout import ROOT

STACK = [sys.executable, "-m", "deploy.local.stack"]
REQUESTER, CATEGORY, ROLE = "spare.requester", "state-agency", "mds-extract-data-api-access"
STATES = tuple(re.findall("..", "ALAKAZARCACOCTDEFLGAHIIDILINIAKSKYLAMEMD"))
PATIENCE_SECONDS = 30.0


class NoMailError(RuntimeError):
    """The official's mail did not come in time."""


def main() -> None:
    """Starts, measures, prints one JSON object, and stops."""
    with tempfile.TemporaryDirectory(prefix="countersign-") as name:
        place = ["--directory", name]
        began = time.monotonic()
        try:
            subprocess.run(
                [*STACK, "up", "--detach", "--ports", "auto", *place], cwd=ROOT, check=True, stdout=subprocess.DEVNULL
            )
            ready = time.monotonic() - began
            stack = json.loads((Path(name) / "stack.json").read_text())
            seconds = _submit_to_mail(stack)
        finally:
            subprocess.run([*STACK, "stop", *place], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    print(json.dumps(_figures(ready, seconds), indent=2))


def _figures(ready: float, seconds: list[float]) -> dict[str, float]:
    return {
        "seconds_to_ready": round(ready, 1),
        "requests": len(seconds),
        "submit_to_mail_median_seconds": round(statistics.median(seconds), 3),
        "submit_to_mail_fastest_seconds": round(min(seconds), 3),
        "submit_to_mail_slowest_seconds": round(max(seconds), 3),
    }


def _submit_to_mail(stack: dict[str, Any]) -> list[float]:
    browser = _signed_in(stack)
    _submit(browser, stack, "WY")  # wakes every process once; not counted
    _wait_for_mail(stack, 1)
    seconds = []
    for number, state in enumerate(STATES, start=2):
        submitted = _submit(browser, stack, state)
        seconds.append((_wait_for_mail(stack, number) - submitted).total_seconds())
    return seconds


def _signed_in(stack: dict[str, Any]) -> requests.Session:
    account = next(each for each in stack["accounts"] if each["user_id"] == REQUESTER)
    browser = requests.Session()
    page = browser.get(f"{stack['request_url']}/sign-in?next=/my-profile", timeout=20)
    typed = {"user_id": account["user_id"], "password": account["password"], "csrf_token": _token(page)}
    browser.post(page.url, data=typed, timeout=20).raise_for_status()
    return browser


def _submit(browser: requests.Session, stack: dict[str, Any], state: str) -> datetime:
    """Requests the role for a state; returns when the Submit form was sent."""
    page = browser.get(f"{stack['request_url']}/request-role", timeout=20)
    page = browser.post(page.url, data={"category": CATEGORY, "csrf_token": _token(page)}, timeout=20)
    page = browser.post(page.url, data={"role": ROLE, "csrf_token": _token(page)}, timeout=20)
    typed = {"state": state, "button": "submit", "csrf_token": _token(page)}
    sent = datetime.now(UTC)
    page = browser.post(page.url, data=typed, timeout=20)
    page.raise_for_status()
    return sent


def _wait_for_mail(stack: dict[str, Any], number: int) -> datetime:
    """Returns when the first mail for the `number`-th request was received by the SMTP server."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        mails = requests.get(stack["mailbox_api"], timeout=20).json()
        wanted = [mail for mail in mails if mail["subject"].startswith("Decision wanted")]
        first_of_each: dict[str, datetime] = {}
        for mail in sorted(wanted, key=lambda mail: str(mail["received_at"])):
            organization = re.search(r"Organization: (.+)", mail["text"])
            first_of_each.setdefault(
                organization.group(1) if organization else "", datetime.fromisoformat(mail["received_at"])
            )
        if len(first_of_each) >= number:
            return max(first_of_each.values())
        time.sleep(0.05)
    raise NoMailError(f"no mail for request {number} within {PATIENCE_SECONDS:.0f} seconds")


def _token(page: requests.Response) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    if not found:
        raise NoMailError(f"{page.url} shows no form")
    return found.group(1)


if __name__ == "__main__":
    main()
