"""Alembic's way in: it works on the connection, and in the transaction, that the store hands over."""

from alembic import context

# Alembic runs this file; the transaction is the store's, which commits all revisions or none.
context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
context.run_migrations()
