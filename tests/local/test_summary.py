"""What `make run` prints: addresses and user IDs that can be copied, on a terminal and in a file."""

import io
import json
from dataclasses import asdict
from pathlib import Path

import pytest
from rich.console import Console

from deploy.local import summary
from deploy.local.accounts import demonstration_accounts
from deploy.local.layout import Layout
from shared.command_line import PIPE_WIDTH, new_console

ADDRESSES = {
    f"{name}_url": f"http://127.0.0.1:{45001 + number}"
    for number, name in enumerate(("request", "approval", "notify", "identity", "mailbox"))
}


def printed(tmp_path: Path, width: int, *, all_accounts: bool = True) -> list[str]:
    accounts = [{**asdict(account), "password": "correct horse"} for account in demonstration_accounts()]
    layout = Layout(tmp_path)
    layout.stack.write_text(json.dumps({**ADDRESSES, "accounts": accounts}))
    output = io.StringIO()
    summary.show(layout, Console(file=output, width=width), all_accounts=all_accounts)
    return output.getvalue().split()


@pytest.mark.parametrize("width", [summary.ROOMY, PIPE_WIDTH])
def test_what_people_copy_is_never_broken_in_two(tmp_path: Path, width: int) -> None:
    words = printed(tmp_path, width)
    for account in demonstration_accounts():
        assert account.user_id in words
        assert account.email in words
    assert set(ADDRESSES.values()) <= set(words)


def test_what_is_needed_first_stands_last_below_one_account_of_each_kind(tmp_path: Path) -> None:
    words = printed(tmp_path, summary.ROOMY, all_accounts=False)
    known = {account.user_id for account in demonstration_accounts()}
    assert known & set(words) == summary.FIRST_ACCOUNTS
    assert min(map(words.index, ADDRESSES.values())) > max(map(words.index, summary.FIRST_ACCOUNTS))
    assert words[-2:] == ["correct", "horse"]


def test_a_narrow_terminal_cuts_nothing_off(tmp_path: Path) -> None:
    together = "".join(printed(tmp_path, 60))
    assert "…" not in together


def test_a_file_or_a_pipe_is_wide_enough_for_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    assert new_console().width == PIPE_WIDTH
    monkeypatch.setenv("COLUMNS", "97")
    assert new_console().width == 97
