"""One sender at a time in a channel: posts come in order, and at one sender's pace."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Barrier, Lock
from time import sleep

import pytest
from sqlalchemy.exc import IntegrityError

from storage import SessionFactory, connect, promises
from storage.promise_sql import TABLE
from storage.promises import Promise, Receipt, State

DUE = datetime(2026, 11, 12, 8, 0, tzinfo=UTC)
LEASE = timedelta(minutes=2)
LATER = DUE + timedelta(hours=1)


def post(number: int, channel: str = "C1", surface: str = "slack") -> Promise:
    due = DUE + timedelta(minutes=number)
    return Promise(f"daily/{surface}:{channel}/{number}", "daily", str(number), surface, channel, due, "{}")


def owe(sessions: SessionFactory, *owed: Promise) -> None:
    with sessions.begin() as session:
        for one in owed:
            promises.owe(session, one)


def claim(
    sessions: SessionFactory, worker: str, at: datetime = LATER, surfaces: list[str] | None = None
) -> str | None:
    with sessions.begin() as session:
        found = promises.claim(session, worker=worker, now=at, lease=LEASE, surfaces=surfaces)
    return found and found.key


def test_the_next_post_of_a_channel_waits_for_the_one_before(sessions: SessionFactory) -> None:
    owe(sessions, post(0), post(1))
    assert claim(sessions, "one") == post(0).key
    assert claim(sessions, "two") is None
    assert claim(sessions, "one") is None
    with sessions.begin() as session:
        promises.delivered(session, post(0).key, Receipt("C1", "1", LATER))
    assert claim(sessions, "two") == post(1).key


def test_other_channels_and_the_same_id_elsewhere_need_not_wait(sessions: SessionFactory) -> None:
    others = [post(1, "C2"), post(2, "C1", "discord")]
    owe(sessions, post(0), *others)
    found = [claim(sessions, "one") for _ in range(4)]
    assert found == [post(0).key, *(one.key for one in others), None]


@pytest.mark.parametrize("state", [State.FAILED, State.OWED, State.UNKNOWN])
def test_a_post_that_could_not_be_sent_does_not_hold_up_the_next(
    sessions: SessionFactory, state: State
) -> None:
    owe(sessions, post(0), post(1))
    claim(sessions, "one")
    with sessions.begin() as session:
        if state is State.UNKNOWN:
            promises.unknown(session, post(0).key, worker="one", error="?", retry_at=LATER + LEASE)
        else:
            retry_at = None if state is State.FAILED else LATER + LEASE
            promises.failed(session, post(0).key, worker="one", error="no", retry_at=retry_at)
    assert claim(sessions, "one") == post(1).key


def test_a_dead_senders_post_is_settled_before_anything_else_in_its_channel(sessions: SessionFactory) -> None:
    owe(sessions, post(1))
    assert claim(sessions, "dead") == post(1).key
    owe(sessions, post(0), post(2))  # entered late, due before
    assert claim(sessions, "two", LATER + LEASE - timedelta(seconds=1)) is None
    assert claim(sessions, "two", LATER + LEASE) == post(1).key
    assert claim(sessions, "three", LATER + LEASE) is None


def test_a_claim_that_ran_out_can_be_renewed_until_it_is_taken_over(sessions: SessionFactory) -> None:
    owe(sessions, post(0), post(1))
    claim(sessions, "one")
    with sessions.begin() as session:
        assert promises.renew(session, post(0).key, worker="one", until=LATER + 3 * LEASE)
    assert claim(sessions, "two", LATER + 2 * LEASE) is None
    assert claim(sessions, "two", LATER + 3 * LEASE) == post(0).key
    with sessions.begin() as session:
        assert not promises.renew(session, post(0).key, worker="one", until=LATER + 9 * LEASE)


def test_only_the_surfaces_asked_for_are_served(sessions: SessionFactory) -> None:
    discord = post(1, "456", "discord")
    owe(sessions, post(0), discord, post(2, "C9", "playground"))
    assert claim(sessions, "one", surfaces=[]) is None
    assert claim(sessions, "one", surfaces=["discord", "terminal"]) == discord.key
    assert claim(sessions, "one", surfaces=["discord", "terminal"]) is None


def test_claims_that_see_nothing_of_each_other_never_get_into_one_channel(postgresql_url: str) -> None:
    engine = connect(f"{postgresql_url}&options=-c%20lock_timeout%3D2s")  # who waits here, waits for ever
    sessions = SessionFactory(engine)
    owe(sessions, post(0), post(1), post(2, "C2"))
    with sessions.begin() as first, sessions.begin() as second, sessions.begin() as third:
        found = [
            promises.claim(one, worker=str(one), now=LATER, lease=LEASE) for one in (first, second, third)
        ]
    assert [one and one.key for one in found] == [post(0).key, post(2, "C2").key, None]
    engine.dispose()


def test_a_claim_that_is_taken_back_frees_its_channel(sessions: SessionFactory) -> None:
    owe(sessions, post(0))
    with sessions() as session:
        assert promises.claim(session, worker="one", now=LATER, lease=LEASE) is not None
        session.rollback()
    assert claim(sessions, "two") == post(0).key


def test_the_database_itself_refuses_a_second_claim(sessions: SessionFactory) -> None:
    owe(sessions, post(0), post(1))
    by_hand = TABLE.update().values(state=State.CLAIMED)
    with pytest.raises(IntegrityError), sessions.begin() as session:
        session.connection().execute(by_hand)


@dataclass
class Place:
    """What happens in one channel, as its readers see it."""

    lock: Lock = field(default_factory=Lock)
    seen: list[str] = field(default_factory=list)

    def write(self, text: str) -> None:
        """Takes a moment, in which nobody else may write."""
        assert self.lock.acquire(blocking=False), f"{text} came while another post was being sent"
        sleep(0.002)
        self.seen.append(text)
        self.lock.release()


def send_all(url: str, worker: str, start: Barrier, places: dict[str, Place]) -> int:
    """Sends until nothing came for a while; every fourth first try fails. Returns how many were sent."""
    engine = connect(url, busy_timeout=30)
    sessions, sent, idle = SessionFactory(engine), 0, 0
    start.wait(10)
    while idle < 30:
        with sessions.begin() as session:
            one = promises.claim(session, worker=worker, now=LATER, lease=LEASE)
        if one is None:
            idle += 1
            sleep(0.002)
            continue
        idle = 0
        place = places[one.channel]
        place.write(one.period)
        with sessions.begin() as session:
            if one.attempts == 1 and int(one.period) % 4 == 3:
                promises.failed(session, one.key, worker=worker, error="no", retry_at=LATER)
            else:
                sent += promises.delivered(session, one.key, Receipt(one.channel, "1", LATER))
    engine.dispose()
    return sent


def test_many_senders_keep_every_channels_order(database_url: str, sessions: SessionFactory) -> None:
    channels, count, senders = ["C1", "C2", "C3"], 6, 4
    owe(sessions, *(post(number, channel) for channel in channels for number in range(count)))
    places = {channel: Place() for channel in channels}
    start = Barrier(senders)
    with ThreadPoolExecutor(senders) as pool:
        sent = [pool.submit(send_all, database_url, str(n), start, places) for n in range(senders)]
        assert sum(one.result(60) for one in sent) == len(channels) * count
    expected = [str(number) for number in range(count) for _ in range(2 if number % 4 == 3 else 1)]
    assert {channel: place.seen for channel, place in places.items()} == dict.fromkeys(channels, expected)


def test_of_many_claims_at_one_instant_one_a_channel_wins(sessions: SessionFactory) -> None:
    owe(sessions, *(post(number, f"C{number % 2}") for number in range(8)))
    start = Barrier(4)

    def run(number: int) -> str | None:
        start.wait(10)
        return claim(sessions, str(number))

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(run, range(4)))
    with sessions.read() as session:
        held = Counter(one.channel for one in promises.listing(session, states=[State.CLAIMED]))
    assert set(held.values()) == {1}
    assert len({one for one in found if one}) == sum(held.values())
    assert post(0, "C0").key in found
