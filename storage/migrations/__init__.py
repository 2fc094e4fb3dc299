"""Alembic's script location: numbered, forward only, run by `storage.migrate`."""
