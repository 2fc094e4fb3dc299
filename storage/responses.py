"""The last answer of each vendor address, so that the next request can ask whether anything changed.

A cache: it may be emptied at any time and costs only one full answer each.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, SQLModel, col, select

from storage.engine import insert_into
from storage.tables import ResponseRow


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """An answer worth keeping: it came with an ETag or a Last-Modified."""

    body: bytes
    fetched_at: datetime
    etag: str = ""
    last_modified: str = ""
    headers: Mapping[str, str] | None = None


_TABLE = SQLModel.metadata.tables[ResponseRow.__tablename__]


def load(session: Session, source: str) -> dict[str, StoredResponse]:
    """All answers kept for a source, by the key they were saved under."""
    rows = session.exec(select(ResponseRow).where(ResponseRow.source == source))
    return {
        row.key: StoredResponse(
            row.body, row.fetched_at, row.etag, row.last_modified, json.loads(row.headers)
        )
        for row in rows
    }


def save(session: Session, source: str, responses: Mapping[str, StoredResponse]) -> None:
    """Keeps these answers in place of older ones of the same keys; others stay."""
    if not responses:
        return
    rows = [
        {
            "source": source,
            "key": key,
            "etag": one.etag,
            "last_modified": one.last_modified,
            "headers": json.dumps(dict(one.headers or {}), ensure_ascii=False),
            "body": one.body,
            "fetched_at": one.fetched_at,
        }
        for key, one in sorted(responses.items())
    ]
    statement = insert_into(session, _TABLE)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in ("source", "key")}
    upsert = statement.on_conflict_do_update(index_elements=["source", "key"], set_=changed)
    session.connection().execute(upsert, rows)


def forget(session: Session, before: datetime) -> int:
    """Drops answers fetched before then and says how many: addresses nobody asks for any more."""
    old = delete(ResponseRow).where(col(ResponseRow.fetched_at) < before)
    return session.exec(old).rowcount
