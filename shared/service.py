"""What a service tells the common tools (runner, migrations, tests) about itself.

The parts are named as "module:attribute" strings and loaded when they are needed, so that a relay
does not import Flask and a command line does not import everything.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, Literal

Role = Literal["web", "worker", "mailer", "relay", "beat"]

ENTRY_POINT_GROUP = "countersign.services"


class UnknownServiceError(LookupError):
    """No installed service has that name."""


@dataclass(frozen=True, kw_only=True)
class WorkerKind:
    """A process that receives messages: from which queues, and how many chunks at a time.

    `threads` names the setting that says how many; None is one, in the process's main thread.
    """

    queues: tuple[str, ...]
    threads: str | None = None


@dataclass(frozen=True, kw_only=True)
class Service:
    """The parts of one service: each string names one, and the line below it says what it must be."""

    name: str
    roles: tuple[Role, ...]
    settings: str
    """A `ServiceSettings` class."""
    metadata: str
    """The SQLAlchemy `MetaData` of the service's own database."""
    app: str
    """`create_app(settings, database) -> Flask`."""
    handlers: str
    """`dict[message type, Handler]`, or a function of the settings that returns one; run inside the inbox."""
    workers: Mapping[Role, WorkerKind] = field(default_factory=dict)
    """Those of its roles that receive messages, if not just `worker` from a queue of the service's name."""
    effects: str | None = None
    """`make_effects(settings, database) -> dict[message type, Effect]`, run outside any transaction, and from several
    threads at a time where a worker has them."""
    prepare: str | None = None
    """`prepare(session, messages)`, run in a chunk's transaction before its handlers: takes the locks they want."""
    sweeps: str | None = None
    """`tuple[Sweep, ...]`, run by the relay about once a second."""
    schedule: str | None = None
    """`tuple[Tick, ...]`, or a function of the settings that returns one; run by beat."""
    commands: str | None = None
    """`list[click.Command]` for the `countersign` command line."""
    needs_catalog: bool = False
    """Whether its processes are to start with a sound catalog only; those that read it, relays and mailers do not."""

    def worker(self, role: Role) -> WorkerKind | None:
        """Returns what a role receives, or None for one that receives nothing."""
        return (self.workers or {"worker": WorkerKind(queues=(self.name,))}).get(role)

    def load(self, part: str | None) -> Any:
        """Returns the object behind a "module:attribute" string, or None for None."""
        if part is None:
            return None
        module, _, attribute = part.partition(":")
        loaded: Any = import_module(module)
        for name in attribute.split("."):
            loaded = getattr(loaded, name)
        return loaded

    def load_for(self, part: str | None, settings: Any) -> Any:
        """Returns like `load`; what is a function of the settings is called with them."""
        loaded = self.load(part)
        return loaded(settings) if callable(loaded) else loaded


def installed_services() -> Iterator[Service]:
    """Yields every service that this installation registers, in the order of their names."""
    for point in sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda point: point.name):
        yield point.load()


def find_service(name: str) -> Service:
    """Returns the installed service of that name.

    Raises:
        UnknownServiceError: there is none; the message lists those that there are.
    """
    services = {service.name: service for service in installed_services()}
    if name not in services:
        raise UnknownServiceError(f"no service {name!r}; there are: {', '.join(services)}")
    return services[name]
