"""Where everything the bot remembers lives: in SQLite by default, in PostgreSQL when shared.

Callers open `with sessions.begin() as session` to write or `with sessions.read() as session` to look, and
pass the session to the query functions, one module an aggregate. Those never commit and return plain objects.
"""

from sqlalchemy import Engine
from sqlmodel import Session

from storage.engine import SessionFactory, connect
from storage.faults import StorageFault
from storage.migrate import check, migrate

__all__ = ["Engine", "Session", "SessionFactory", "StorageFault", "check", "connect", "migrate"]
