"""Alembic's environment: migrations run on the connection `bot.db.upgrade` opened."""

from importlib import import_module

from alembic import context

from bot.db import Base

# Importing a room's models registers its tables.
ROOMS = (
    "communities", "members", "outbox", "greeting", "impostors", "feeds", "programs", "engagement", "discounts",
    "sessions",
)  # fmt: skip
for room in ROOMS:
    import_module(f"bot.{room}.models")

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
