"""What is running and where: `stack.json` for tests and tools, tables for people."""

import json
from dataclasses import asdict

from rich import box
from rich.console import Console
from rich.table import Column, Table

from deploy.local import supervisor
from deploy.local.accounts import demonstration_accounts
from deploy.local.environment import SERVICES, Environment
from deploy.local.files import write_private
from deploy.local.layout import Layout
from deploy.local.ports import HOST

ROOMY = 100
"""Columns of a terminal from which on user IDs and addresses are kept whole; in a narrower one they would be cut."""
FIRST_ACCOUNTS = frozenset(
    {"sagu.walk", "surveyor.cms", "loretta.simmons", "gregory.pawlak", "margaret.osei", "operations.desk"}
)
"""Requesters, the officials of a state, of a contract organization and of CMS who decide for them, and operations."""


def write(layout: Layout, environment: Environment) -> None:
    """Writes `stack.json`, readable by its owner alone because it has passwords in it."""
    write_private(layout.stack, json.dumps(_stack(layout, environment), indent=2) + "\n")


def show(layout: Layout, console: Console, *, all_accounts: bool = False) -> None:
    """Prints demonstration accounts, the addresses and the password, what is needed first as the last.

    The accounts are one of each kind, or all.
    """
    stack = json.loads(layout.stack.read_text())
    accounts = stack["accounts"]
    shown = [each for each in accounts if all_accounts or each["user_id"] in FIRST_ACCOUNTS]
    console.print(_accounts(shown, whole=console.width >= ROOMY))
    if len(shown) < len(accounts):
        console.print(f"{len(accounts) - len(shown)} more accounts: make status")
    console.print(_addresses(stack))
    console.print(f"Every account signs in with the password [bold]{accounts[0]['password']}[/bold]")


def show_processes(layout: Layout, console: Console) -> None:
    """Prints the state and process id of every process."""
    table = Table("Process", "State", "PID", box=box.SIMPLE_HEAD)
    for process in supervisor.processes(layout):
        table.add_row(process.name, process.state.lower(), str(process.pid or ""))
    console.print(table)


def _stack(layout: Layout, environment: Environment) -> dict[str, object]:
    urls = {f"{service.removesuffix('_svc')}_url": environment.url(service) for service in SERVICES}
    password = environment.demonstration_password
    return {
        **urls,
        "mailbox_url": environment.mailbox_url,
        "mailbox_api": f"{environment.mailbox_url}/api/mails",
        "smtp": f"{HOST}:{environment.ports.smtp}",
        "broker_url": environment.broker_url,
        "database_urls": {service: environment.database_url(service) for service in SERVICES},
        "accounts": [{**asdict(account), "password": password} for account in demonstration_accounts()],
        "processes": [{"name": process.name, "pid": process.pid} for process in supervisor.processes(layout)],
        "settings_file": str(layout.settings),
    }


def _addresses(stack: dict[str, str]) -> Table:
    table = Table(Column("Open", no_wrap=True), "to", box=box.SIMPLE_HEAD)
    table.add_row(stack["request_url"], "ask for a role and see My Profile")
    table.add_row(stack["approval_url"], "decide, as a Security Official")
    table.add_row(stack["mailbox_url"], "read every mail that was sent")
    table.add_row(stack["notify_url"], "see notices and deliveries (operations)")
    table.add_row(stack["identity_url"], "see the sign-in service")
    return table


def _accounts(accounts: list[dict[str, str]], *, whole: bool) -> Table:
    """Returns the accounts; `whole` keeps each user ID and address on one line, so that it can be copied."""
    exact = [Column(heading, overflow="fold", no_wrap=whole) for heading in ("User ID", "Email")]
    table = Table(*exact, "What it is for", box=box.SIMPLE_HEAD)
    for account in accounts:
        table.add_row(account["user_id"], account["email"], account["may"])
    return table
