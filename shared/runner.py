"""Starts one process of one service: web, relay, beat, or one that receives messages."""

import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shared import logs, settings
from shared.audit.acting import this_process
from shared.catalog import require_sound_catalog
from shared.db import Database
from shared.service import Role, Service, WorkerKind

READY_FILE = "READY_FILE"
"""Environment variable: a file that a process writes its pid to when it is ready to work."""
READ_NO_CATALOG: tuple[Role, ...] = ("relay", "mailer")


class NoSuchRoleError(ValueError):
    """The service has no process of that kind."""


def run(service: Service, role: Role, environ: Mapping[str, str]) -> None:
    """Runs until the process is told to stop (SIGTERM, SIGINT).

    Raises:
        NoSuchRoleError: e.g. beat for a service without deadlines.
        SettingsError: a variable is missing or unusable.
        CatalogError: the catalog, of which the deadline policy is a part, cannot be read or contradicts itself.
    """
    if role not in service.roles:
        raise NoSuchRoleError(f"{service.name} has no {role}; it has: {', '.join(service.roles)}")
    config = settings.load(service.load(service.settings), environ)
    if service.needs_catalog and role not in READ_NO_CATALOG:
        # Now, and not with the first message that needs it: that would be a dead letter.
        require_sound_catalog()
    logs.configure(config.log_level, config.log_format, service=service.name, process=role)
    this_process(service.name, role)
    if kind := service.worker(role):
        _worker(service, config, kind)
    else:
        {"web": _web, "relay": _relay, "beat": _beat}[role](service, config)


def announce_ready() -> None:
    """Tells whoever started the process that it works now."""
    if path := os.environ.get(READY_FILE):
        Path(path).write_text(f"{os.getpid()}\n")


def _web(service: Service, config: settings.ServiceSettings) -> None:
    from gunicorn.app.base import BaseApplication

    class Server(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
        def load_config(self) -> None:
            options: dict[str, Any] = {
                "bind": config.bind,
                "worker_class": "gthread",
                "workers": config.web_workers,
                "threads": 8,
                "timeout": 30,
                "graceful_timeout": 10,
                "proc_name": service.name,
                "control_socket_disable": True,
                "post_worker_init": lambda _worker: announce_ready(),
                "logger_class": "shared.web.gunicorn_log.StructuredLogger",
            }
            for key, value in options.items():
                self.cfg.set(key, value)

        def load(self) -> Any:
            return service.load(service.app)(config, Database(config.database_url))

    Server().run()


def _worker(service: Service, config: settings.ServiceSettings, kind: WorkerKind) -> None:
    """Receives what comes on the queues of its kind, so that slow work of one kind keeps no other waiting.

    One chunk at a time in the main thread, or several in as many threads, which suits work that waits for others.
    """
    from celery.signals import worker_ready

    from shared.messaging.broker import make_celery
    from shared.messaging.worker import register

    threads: int = getattr(config, kind.threads) if kind.threads else 1
    database = Database(config.database_url, pool_size=threads + 1)
    app = make_celery(service.name, config.broker_url, kind.queues)
    make_effects = service.load(service.effects)
    effects = make_effects(config, database) if make_effects else {}
    register(app, database, service.load_for(service.handlers, config), effects, service.load(service.prepare))

    def tell(**_: Any) -> None:
        announce_ready()

    worker_ready.connect(tell, weak=False)
    app.worker_main(
        [
            "worker",
            *(["--pool=threads", f"--concurrency={threads}"] if kind.threads else ["--pool=solo"]),
            f"--hostname={service.name}-{os.getpid()}@%h",
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
            f"--loglevel={config.log_level}",
        ]
    )


def _relay(service: Service, config: settings.ServiceSettings) -> None:
    from shared.messaging.broker import make_celery
    from shared.messaging.relay import Relay

    relay = Relay(
        Database(config.database_url),
        make_celery(service.name, config.broker_url),
        service.name,
        service.load(service.sweeps) or (),
    )
    _on_stop(relay.stop)
    relay.run(announce_ready)


def _beat(service: Service, config: settings.ServiceSettings) -> None:
    from shared.beat import Beat

    beat = Beat(Database(config.database_url), service.load_for(service.schedule, config))
    _on_stop(beat.stop)
    beat.run(announce_ready)


def _on_stop(stop: Any) -> None:
    def handle(_signal: int, _frame: object) -> None:
        stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handle)
