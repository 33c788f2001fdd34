"""Alembic's entry: runs the migrations on the connection it is given, in that connection's transaction."""

from alembic import context

from contactcenter.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
