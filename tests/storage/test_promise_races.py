"""Several senders, one ledger: every promise goes to exactly one of them, every channel to one at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from threading import Barrier

from storage import SessionFactory, connect, promises
from storage.promises import Promise

DUE = datetime(2026, 11, 12, 8, 0, tzinfo=UTC)
LEASE = timedelta(minutes=2)
SENDERS = 4


def owed(number: int, channel: str = "") -> Promise:
    key = f"daily/{channel}/{number:03}"
    return Promise(key, "daily", str(number), "slack", channel or f"C{number}", DUE, "{}")


def claim_all(url: str, worker: str, now: datetime) -> list[str]:
    """Claims until nothing is left, each in its own transaction, as a sender does."""
    engine = connect(url, busy_timeout=30)
    sessions = SessionFactory(engine)
    taken: list[str] = []
    while True:
        with sessions.begin() as session:
            claimed = promises.claim(session, worker=worker, now=now, lease=LEASE)
        if claimed is None:
            engine.dispose()
            return taken
        taken.append(claimed.key)


def together(act: Callable[[int], bool]) -> list[bool]:
    """Runs `act` in several threads that start at the same moment."""
    start = Barrier(SENDERS)

    def run(number: int) -> bool:
        start.wait(10)
        return act(number)

    with ThreadPoolExecutor(SENDERS) as pool:
        return list(pool.map(run, range(SENDERS)))


def test_one_promise_is_owed_once_however_many_schedule_it(sessions: SessionFactory) -> None:
    def owe(_number: int) -> bool:
        with sessions.begin() as session:
            return promises.owe(session, owed(1))

    assert Counter(together(owe)) == {True: 1, False: SENDERS - 1}


def test_one_promise_has_one_winner(sessions: SessionFactory) -> None:
    for number in range(5):
        with sessions.begin() as session:
            promises.owe(session, owed(number))

        def claim(worker: int) -> bool:
            with sessions.begin() as session:
                return promises.claim(session, worker=str(worker), now=DUE, lease=LEASE) is not None

        assert Counter(together(claim)) == {True: 1, False: SENDERS - 1}


def test_an_expired_claim_has_one_heir(sessions: SessionFactory) -> None:
    with sessions.begin() as session:
        promises.owe(session, owed(1))
        promises.claim(session, worker="dead", now=DUE, lease=LEASE)

    def claim(worker: int) -> bool:
        with sessions.begin() as session:
            return promises.claim(session, worker=str(worker), now=DUE + LEASE, lease=LEASE) is not None

    assert Counter(together(claim)) == {True: 1, False: SENDERS - 1}


def test_a_missed_promise_is_reported_by_one(sessions: SessionFactory) -> None:
    late = Promise("late", "daily", "1", "slack", "C0123", DUE, "{}", deadline=DUE + LEASE)
    with sessions.begin() as session:
        promises.owe(session, late)

    def expire(_number: int) -> bool:
        with sessions.begin() as session:
            return bool(promises.expire(session, DUE + LEASE))

    assert Counter(together(expire)) == {True: 1, False: SENDERS - 1}


def test_two_processes_share_the_work_and_no_promise(database_url: str, sessions: SessionFactory) -> None:
    keys = [owed(number).key for number in range(60)]
    with sessions.begin() as session:
        for number in range(60):
            promises.owe(session, owed(number))
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        taken = [pool.submit(claim_all, database_url, worker, DUE) for worker in ("one", "two")]
        found = [key for one in taken for key in one.result(60)]
    assert sorted(found) == sorted(keys)
