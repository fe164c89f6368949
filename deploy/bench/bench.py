"""What every figure is measured with: a real PostgreSQL, and approval_svc's databases with open approvals in them."""

from collections.abc import Callable
from dataclasses import dataclass, field

from alembic import command
from sqlalchemy import create_engine, make_url, text

from shared import migrate
from shared.db import Database
from shared.service import find_service

APPROVAL = "approval_svc"


@dataclass(frozen=True)
class Bench:
    """A run: `database_url` is the server's superuser's, `sizes` are how many open approvals there are, rising.

    `say` tells whoever waits what is being done.
    """

    database_url: str
    sizes: tuple[int, ...]
    say: Callable[[str], None]
    _databases: dict[int, Database] = field(default_factory=dict)

    def approvals(self, size: int, fill: Callable[[Database, int], None]) -> Database:
        """Returns approval_svc's database with that many open approvals; `fill` makes them, the first time."""
        if size not in self._databases:
            self.say(f"Making {size:,} open approvals …")
            made = Database(self._new_database(f"bench_{size}"), pool_size=2)
            self._databases[size] = made
            fill(made, size)
        return self._databases[size]

    def close(self) -> None:
        """Closes every connection."""
        for database in self._databases.values():
            database.dispose()

    def _new_database(self, name: str) -> str:
        engine = create_engine(self.database_url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        url = make_url(self.database_url).set(database=name).render_as_string(hide_password=False)
        command.upgrade(migrate.config_for(find_service(APPROVAL), url), "head")
        return url
