"""A ledger from before one claim a channel was the rule is brought up to date with everything in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import bindparam, insert, text

from storage import Engine, SessionFactory, StorageFault, check, connect, migrate, migrations, promises
from storage.columns import Instant
from storage.migrate import revisions
from storage.promise_sql import TABLE
from storage.promises import Promise, Receipt, State
from tests.conftest import PostgresServer

DUE = datetime(2026, 11, 12, 8, 0, tzinfo=UTC)
LEASE = timedelta(minutes=5)
RECEIPT = Receipt("C1", "1762934400.000100", DUE + LEASE, ("chart left out",))
ADDED = ("copies", "stands_for", "follows")


def post(key: str, state: State = State.CLAIMED, channel: str = "C1") -> dict[str, Any]:
    """A row as it was then: all but the columns that came later."""
    row = {one.name: "" for one in TABLE.columns if one.name not in ADDED}
    row |= {"key": key, "report": "daily", "surface": "slack", "channel": channel, "state": state}
    times = {"due": DUE, "deadline": None, "first_tried_at": DUE, "retry_at": None, "delivered_at": None}
    own = {"payload": "{}", "attempts": 1, "notes": "[]", "claimed_by": "one", "is_uncertain": False}
    return row | times | own | {"claimed_until": DUE + LEASE}


DELIVERED = post("a", State.DELIVERED) | {
    "receipt_channel": RECEIPT.channel,
    "receipt_message": RECEIPT.message,
    "delivered_at": RECEIPT.at,
    "notes": '["chart left out"]',
}
ROWS = [DELIVERED, post("b"), post("c"), post("d"), post("e", channel="C2"), post("f", State.OWED)]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.xdist_group("postgresql"))])
def old_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database as the second revision left it, with several claims on one channel."""
    if request.param == "sqlite":
        fill(f"sqlite:///{tmp_path}/old.db")
        yield f"sqlite:///{tmp_path}/old.db"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = server.create()
    fill(server.url(name))
    yield server.url(name)
    server.run(f"DROP DATABASE {name} WITH (FORCE)")


def fill(url: str) -> None:
    from alembic import command
    from alembic.config import Config

    engine = connect(url)
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        names = ", ".join(ROWS[0])
        values = text(f"INSERT INTO promises ({names}) VALUES (:{', :'.join(ROWS[0])})")
        instants = [
            bindparam(one.name, type_=Instant()) for one in TABLE.columns if type(one.type) is Instant
        ]
        connection.execute(values.bindparams(*instants), ROWS)
    engine.dispose()


@pytest.fixture
def old(old_url: str) -> Iterator[Engine]:
    engine = connect(old_url)
    yield engine
    engine.dispose()


def test_an_older_ledger_is_refused_until_migrated(old_url: str, old: Engine) -> None:
    with pytest.raises(StorageFault, match="at revision 0002"):
        check(old)
    assert migrate(old_url) == revisions()[2:]
    check(old)


def test_every_promise_is_kept_and_was_sent_once_in_its_own_name(old_url: str, old: Engine) -> None:
    migrate(old_url)
    with SessionFactory(old).read() as session:
        found = {one.key: one for one in promises.listing(session)}
    assert set(found) == set("abcdef")
    assert found["a"].receipt == RECEIPT
    assert {one.stands_for for one in found.values()} == {""}
    assert (found["f"].state, found["f"].due) == (State.OWED, DUE)


def test_of_several_claims_on_one_channel_the_first_stays(old_url: str, old: Engine) -> None:
    migrate(old_url)
    with SessionFactory(old).read() as session:
        found = {one.key: one for one in promises.listing(session)}
    assert {key: one.state for key, one in found.items() if key in "bcde"} == {
        "b": State.CLAIMED,
        "c": State.UNKNOWN,
        "d": State.UNKNOWN,
        "e": State.CLAIMED,
    }
    assert {(one.retry_at, one.is_uncertain) for one in (found["c"], found["d"])} == {(DUE + LEASE, True)}


def test_each_is_taken_up_again_by_one_that_looks_first(old_url: str, old: Engine) -> None:
    migrate(old_url)
    taken: list[Promise] = []
    with SessionFactory(old).begin() as session:
        while found := promises.claim(session, worker="two", now=DUE + LEASE, lease=LEASE):
            promises.delivered(session, found.key, RECEIPT)
            taken.append(found)
    assert {one.key: one.is_uncertain for one in taken} == {
        "b": True, "c": True, "d": True, "e": True, "f": False,
    }  # fmt: skip


def test_a_process_of_before_can_still_owe(old_url: str, old: Engine) -> None:
    migrate(old_url)
    row = post("g", State.OWED)
    with SessionFactory(old).begin() as session:
        session.connection().execute(insert(TABLE).values(row))
        found = promises.find(session, "g")
    assert found is not None
    assert found.stands_for == ""
