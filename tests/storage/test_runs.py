"""Runs of collectors: one at a time a source, and faults that remember when they began."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from storage import SessionFactory, runs
from storage.runs import ABANDONED, Fault
from storage.samples import Written

NOW = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)
LEASE = timedelta(minutes=10)
REFUSED = Fault("AuthFailed", "GitHub refused the token.", "Set GITHUB_TOKEN anew.")


def start(sessions: SessionFactory, source: str = "github", at: datetime = NOW) -> int | None:
    with sessions.begin() as session:
        return runs.start(session, source, now=at, lease=LEASE)


def run(sessions: SessionFactory, at: datetime, *faults: Fault, source: str = "github") -> None:
    begun = start(sessions, source, at)
    assert begun is not None
    with sessions.begin() as session:
        assert runs.finish(
            session, begun, now=at + timedelta(seconds=5), written=Written(1, 2, 3), faults=faults
        )


def hours(number: int) -> datetime:
    return NOW + timedelta(hours=number)


def test_a_finished_run_tells_what_it_brought(sessions: SessionFactory) -> None:
    run(sessions, NOW)
    with sessions.read() as session:
        found = runs.last_by_source(session)["github"]
    assert (found.started_at, found.finished_at) == (NOW, NOW + timedelta(seconds=5))
    assert (found.written, found.faults) == (Written(1, 2, 3), ())


def test_the_last_run_of_each_source(sessions: SessionFactory) -> None:
    for hour in range(3):
        run(sessions, hours(hour))
    run(sessions, NOW, source="site")
    start(sessions, "site", hours(5))  # still going on
    with sessions.read() as session:
        last = runs.last_by_source(session)
        latest = runs.recent(session, "site")
    assert {source: one.started_at for source, one in last.items()} == {"github": hours(2), "site": NOW}
    assert [one.finished_at is None for one in latest] == [True, False]


def test_a_source_is_read_by_one_process_at_a_time(sessions: SessionFactory) -> None:
    with ThreadPoolExecutor(4) as pool:
        begun = list(pool.map(lambda _: start(sessions), range(4)))
    assert Counter(one is None for one in begun) == {True: 3, False: 1}
    assert start(sessions, "site") is not None


def test_a_run_that_died_gives_way_after_its_lease(sessions: SessionFactory) -> None:
    dead = start(sessions)
    assert start(sessions, at=NOW + LEASE - timedelta(seconds=1)) is None
    assert start(sessions, at=NOW + LEASE) not in (None, dead)
    with sessions.read() as session:
        (fault,) = runs.last_by_source(session)["github"].faults
    assert (fault.kind, fault.since) == (ABANDONED, NOW)


def test_a_run_that_was_given_up_cannot_finish_any_more(sessions: SessionFactory) -> None:
    dead = start(sessions)
    start(sessions, at=NOW + LEASE)
    assert dead is not None
    with sessions.begin() as session:
        assert not runs.finish(session, dead, now=NOW + LEASE)


def test_a_fault_keeps_the_time_it_began_until_a_run_is_free_of_it(sessions: SessionFactory) -> None:
    part = Fault("Unavailable", "502", part="releases")
    run(sessions, hours(0), REFUSED)
    run(sessions, hours(1), REFUSED, part)
    run(sessions, hours(2), REFUSED, part)
    with sessions.read() as session:
        since = {(fault.kind, fault.part): fault.since for _, fault in runs.faults(session)}
    assert since == {("AuthFailed", ""): hours(0), ("Unavailable", "releases"): hours(1)}
    run(sessions, hours(3))
    with sessions.read() as session:
        assert list(runs.faults(session)) == []
    run(sessions, hours(4), REFUSED)
    with sessions.read() as session:
        assert [(source, fault.since) for source, fault in runs.faults(session)] == [("github", hours(4))]


def test_a_run_that_renews_its_lease_is_not_taken_over(sessions: SessionFactory) -> None:
    slow = start(sessions)
    assert slow is not None
    with sessions.begin() as session:
        assert runs.renew(session, slow, until=NOW + 2 * LEASE)
    assert start(sessions, at=NOW + 2 * LEASE - timedelta(seconds=1)) is None
    assert start(sessions, at=NOW + 2 * LEASE) is not None
    with sessions.begin() as session:
        assert not runs.renew(session, slow, until=NOW + 9 * LEASE)
        latest = runs.recent(session, "github")
    assert [one.finished_at for one in latest] == [None, NOW + 2 * LEASE]


def test_a_lease_that_ran_out_unnoticed_can_be_renewed(sessions: SessionFactory) -> None:
    slow = start(sessions)
    assert slow is not None
    with sessions.begin() as session:
        assert runs.renew(session, slow, until=NOW + 3 * LEASE)
    assert start(sessions, at=NOW + 2 * LEASE) is None


def test_a_finished_run_has_no_lease(sessions: SessionFactory) -> None:
    run(sessions, NOW)
    with sessions.begin() as session:
        (done,) = runs.recent(session, "github")
        assert not runs.renew(session, done.id, until=NOW + LEASE)


def test_old_runs_are_dropped_but_the_newest_finished_and_the_open_one(sessions: SessionFactory) -> None:
    for hour in range(3):
        run(sessions, hours(hour), REFUSED)
        run(sessions, hours(hour), source="site")
    start(sessions, "site", hours(4))
    with sessions.begin() as session:
        assert runs.prune(session, hours(1)) == 2
        assert runs.prune(session, hours(9)) == 2
        assert runs.prune(session, hours(9)) == 0
        kept = {source: runs.recent(session, source) for source in ("github", "site")}
        last = runs.last_by_source(session)
    assert {source: [one.started_at for one in found] for source, found in kept.items()} == {
        "github": [hours(2)],
        "site": [hours(4), hours(2)],
    }
    assert last["github"].faults[0].since == hours(0)  # the beginning is remembered


def test_what_is_left_of_an_allowance_is_kept_with_the_run(sessions: SessionFactory) -> None:
    quota = runs.Quota(41.0, 5000.0, NOW + timedelta(minutes=12))
    with sessions.begin() as session:
        run = runs.start(session, "github", now=NOW, lease=timedelta(minutes=2))
        assert run is not None
        runs.note_quota(session, run, quota)
        runs.finish(session, run, now=NOW)
        assert runs.last_by_source(session)["github"].quota == quota


def test_the_last_faultless_run_is_by_metric(sessions: SessionFactory) -> None:
    def read(at: datetime, *faults: Fault) -> None:
        with sessions.begin() as session:
            run = runs.start(session, "github", now=at, lease=timedelta(minutes=2))
            assert run is not None
            runs.finish(session, run, now=at, faults=faults)

    read(NOW)
    read(NOW + timedelta(hours=1), Fault("AuthFailed", "no", part="traffic", metrics=("github.views",)))
    read(NOW + timedelta(hours=2), Fault("Unavailable", "down"))
    with sessions.read() as session:
        assert runs.last_faultless(session, "github", "github.views") == NOW
        assert runs.last_faultless(session, "github", "github.stars") == NOW + timedelta(hours=1)
        assert runs.last_faultless(session, "other", "github.stars") is None
