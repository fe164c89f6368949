"""What a test knows of a running stack: its addresses, accounts and the mails that arrived."""

import re
import time
from typing import Any

import requests

PATIENCE_SECONDS = 30.0


class Stack:
    """The content of `stack.json`."""

    def __init__(self, described: dict[str, Any]) -> None:
        self._described = described
        self.accounts = {account["user_id"]: account for account in described["accounts"]}

    def __getitem__(self, key: str) -> Any:
        return self._described[key]

    def email(self, user_id: str) -> str:
        return str(self.accounts[user_id]["email"])


class Mailbox:
    """Reads what the SMTP server received."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    def mails(self, user_id: str) -> list[dict[str, Any]]:
        """Returns the mails to a person, oldest first."""
        answer = requests.get(self._stack["mailbox_api"], params={"to": self._stack.email(user_id)}, timeout=10)
        answer.raise_for_status()
        return sorted(answer.json(), key=lambda mail: str(mail["received_at"]))

    def expect(self, user_id: str, subject: str) -> dict[str, Any]:
        """Waits for a mail to a person whose subject matches the pattern; returns the newest such."""
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            found = [mail for mail in self.mails(user_id) if re.search(subject, mail["subject"])]
            if found:
                return found[-1]
            time.sleep(0.1)
        subjects = [mail["subject"] for mail in self.mails(user_id)]
        raise AssertionError(f"no mail {subject!r} for {user_id}; there are: {subjects}")


def link_in(mail: dict[str, Any]) -> str:
    """Returns the decision link of a mail's text part."""
    found = re.search(r"https?://\S+/decide/\S+", mail["text"])
    assert found, mail["text"]
    return found.group(0)
