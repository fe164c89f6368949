"""Alembic's environment, the same for every service: url and metadata come from `shared.migrate`."""

from typing import Literal

from alembic import context
from sqlalchemy import create_engine, pool, text

from shared.db import UtcDateTime
from shared.migrate import LOCK_TIMEOUT

attributes = context.config.attributes
engine = create_engine(attributes["url"], poolclass=pool.NullPool)


def render_item(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Writes our timestamp column as what the database knows, so that a migration imports none of our code."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


with engine.connect() as connection:
    connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=attributes["metadata"],
        render_item=render_item,
        compare_type=True,
        compare_server_default=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
