"""Faults of PostgreSQL: it restarts without warning, or cuts its connections."""

import signal

import psutil
import psycopg

from deploy.faults.injectors.injector import Struck
from deploy.faults.stack import PATIENCE_SECONDS, Stack

ROUNDS = 3
CUT = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


def restart_at_once(stack: Stack, target: str, _seconds: float) -> Struck:
    """Ends PostgreSQL as `pg_ctl stop -m immediate` does (SIGQUIT): no checkpoint, recovery at the next start."""
    pid = stack.pid(target)
    process = psutil.Process(pid)
    process.send_signal(signal.SIGQUIT)
    process.wait(timeout=PATIENCE_SECONDS)
    struck = Struck(f"process {pid}")
    stack.wait_ready(target, other_than=pid)
    return struck


def cut_connections(stack: Stack, _target: str, seconds: float) -> Struck:
    """Ends every client's connection, and those that come in their place, in three rounds."""
    cut = 0
    with psycopg.connect(stack.superuser_url.replace("+psycopg", ""), autocommit=True, connect_timeout=5) as ours:
        for number in range(ROUNDS):
            stack.endure(seconds / ROUNDS if number else 0)
            cut += int(ours.execute(CUT).fetchall()[0][0])
    return Struck(f"{cut} connections")
