"""Alembic's entry: it runs on the connection that `database.migrate` hands over, inside its transaction."""

from alembic import context

from services.members.tables import Base

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=True
)
context.run_migrations()
