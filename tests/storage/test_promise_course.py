"""Whatever happens in whatever order: one claim a channel, the longest due first, each delivered once."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage import Session, SessionFactory, promises
from storage.promises import Promise, Receipt, State

START = datetime(2026, 11, 12, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LEASE = 2 * MINUTE
WORKERS = ("one", "two")
STEPS = st.one_of(
    st.tuples(st.just("owe"), st.sampled_from(["C1", "C2"])),
    st.tuples(st.just("wait"), st.integers(1, 3)),
    st.tuples(
        st.sampled_from(["claim", "claim", "renew", "deliver", "fail", "lose"]), st.sampled_from(WORKERS)
    ),
)


class Course:
    """The ledger under random events, and what should be in it."""

    def __init__(self, session: Session) -> None:
        self.session, self.now = session, START
        self.owed: list[str] = []
        self.delivered: Counter[str] = Counter()
        self.held: dict[str, str] = {}  # by worker, the key it claimed last

    def owe(self, channel: str) -> None:
        key = f"{len(self.owed)}"
        self.owed.append(key)
        promises.owe(self.session, Promise(key, "daily", "", "slack", channel, self.now, "{}"))

    def wait(self, minutes: int) -> None:
        self.now += minutes * MINUTE

    def claim(self, worker: str) -> None:
        claimed = {one.channel: one.key for one in promises.listing(self.session, states=[State.CLAIMED])}
        free = [
            one.key
            for one in promises.due(self.session, self.now)
            if claimed.get(one.channel, one.key) == one.key
        ]
        found = promises.claim(self.session, worker=worker, now=self.now, lease=LEASE)
        assert (found and found.key) == (free[0] if free else None)
        if found is not None:
            assert found.is_uncertain or found.attempts == 1 or found.error == "no"
            self.held[worker] = found.key

    def renew(self, worker: str) -> None:
        key = self.held.get(worker, "")
        found = promises.find(self.session, key)
        is_own = found is not None and (found.state, found.claimed_by) == (State.CLAIMED, worker)
        assert promises.renew(self.session, key, worker=worker, until=self.now + LEASE) == is_own

    def deliver(self, worker: str) -> None:
        key = self.held.pop(worker, "")
        receipt = Receipt("C1", "1", self.now)
        self.delivered[key] += promises.delivered(self.session, key, receipt)

    def fail(self, worker: str) -> None:
        key, retry_at = self.held.pop(worker, ""), self.now + MINUTE
        promises.failed(self.session, key, worker=worker, error="no", retry_at=retry_at)

    def lose(self, worker: str) -> None:
        key, retry_at = self.held.pop(worker, ""), self.now + MINUTE
        promises.unknown(self.session, key, worker=worker, error="?", retry_at=retry_at)

    def check(self) -> None:
        claims = promises.listing(self.session, states=[State.CLAIMED])
        assert len({one.channel for one in claims}) == len(claims)

    def end(self) -> None:
        """Left alone, everything is delivered."""
        for _ in range(2 * len(self.owed) + 2):
            self.now += LEASE
            self.claim("one")
            self.deliver("one")
        del self.delivered[""]
        assert self.delivered == dict.fromkeys(self.owed, 1)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=12)
@given(steps=st.lists(STEPS, max_size=20))
def test_any_course_ends_with_each_delivered_once(
    sessions: SessionFactory, steps: list[tuple[str, str | int]]
) -> None:
    with sessions() as session:
        course = Course(session)
        for name, argument in steps:
            getattr(course, name)(argument)
            course.check()
        course.end()
        session.rollback()
