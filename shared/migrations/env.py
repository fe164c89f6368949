"""Alembic's environment, the same for every service: url and metadata come from `shared.migrate`."""

from alembic import context
from sqlalchemy import create_engine, pool, text

from shared.migrate import LOCK_TIMEOUT

attributes = context.config.attributes
engine = create_engine(attributes["url"], poolclass=pool.NullPool)

with engine.connect() as connection:
    connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=attributes["metadata"],
        compare_type=True,
        compare_server_default=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
