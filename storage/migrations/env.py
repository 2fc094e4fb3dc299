"""How Alembic runs here: on the connection, in the transaction and under the lock of `storage.migrate`."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    transactional_ddl=True,
)
context.run_migrations()
