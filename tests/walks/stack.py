"""What a test knows of a running stack: its addresses, accounts, commands, and the mails that arrived."""

import csv
import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import requests

PATIENCE_SECONDS = 30.0
NEWCOMERS = Path(__file__).parent / "newcomers.csv"
"""People whom no demonstration walk knows: each story has its own, so that it can run alone and in any order."""


class Stack:
    """The content of `stack.json`, which lies in `directory`, and the newcomers."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._described: dict[str, Any] = json.loads((directory / "stack.json").read_text())
        self.accounts = {account["user_id"]: account for account in self._described["accounts"]}
        self._let_newcomers_in()

    def __getitem__(self, key: str) -> Any:
        return self._described[key]

    def email(self, user_id: str) -> str:
        return str(self.accounts[user_id]["email"])

    def name(self, user_id: str) -> str:
        return str(self.accounts[user_id]["name"])

    def countersign(self, *words: str) -> str:
        """Runs a command of the operators; returns what it printed."""
        program = [str(Path(sys.executable).parent / "countersign"), "--env-file", self["settings_file"]]
        return subprocess.run([*program, *words], stdout=subprocess.PIPE, text=True, check=True).stdout

    def _let_newcomers_in(self) -> None:
        password = next(iter(self.accounts.values()))["password"]
        file = self.directory / "newcomers-password"
        file.write_text(password)
        self.countersign("accounts", "import", str(NEWCOMERS), "--password-file", str(file))
        with NEWCOMERS.open(newline="") as opened:
            self.accounts |= {row["user_id"]: {**row, "password": password} for row in csv.DictReader(opened)}


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
        """Waits for the one mail to a person whose subject begins so.

        A story asks for mails to a newcomer of its own, or names its newcomer in the subject: two such mails mean
        that something was told twice.
        """
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            found = [mail for mail in self.mails(user_id) if mail["subject"].startswith(subject)]
            if found:
                assert len(found) == 1, f"{user_id} was told {len(found)} times: {subject}"
                return found[0]
            time.sleep(0.1)
        subjects = [mail["subject"] for mail in self.mails(user_id)]
        raise AssertionError(f"no mail {subject!r} for {user_id}; there are: {subjects}")

    def wanted(self, official: str, requester: str, role: str) -> str:
        """Waits for the mail that asks the official to decide; returns its link."""
        return link_in(self.expect(official, f"Decision wanted: {self._stack.name(requester)} asks for {role}"))


def link_in(mail: dict[str, Any]) -> str:
    """Returns the decision link of a mail's text part."""
    found = re.search(r"https?://\S+/decide/\S+", mail["text"])
    assert found, mail["text"]
    return found.group(0)
