"""Writing appends what is new, skips what is known and never loses what was held true before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from kpi.metric import Sample
from storage import SessionFactory, samples
from storage.samples import Revision, Written

DAY = datetime(2026, 11, 12, tzinfo=UTC)
NOW = datetime(2026, 11, 13, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def stars(value: float, *, settled: bool = True, at: datetime = DAY) -> Sample:
    return Sample("github.stars", at, value, settled=settled)


def write(sessions: SessionFactory, *batch: Sample, at: datetime = NOW) -> Written:
    with sessions.begin() as session:
        return samples.write(session, batch, at)


def history(sessions: SessionFactory, at: datetime = DAY) -> list[Revision]:
    with sessions.read() as session:
        return samples.revisions(session, "github.stars", (), at)


def test_a_first_value_is_new(sessions: SessionFactory) -> None:
    assert write(sessions, stars(10.0)) == Written(new=1)
    assert history(sessions) == [Revision(10.0, True, NOW)]


def test_nothing_to_write_is_nothing_written(sessions: SessionFactory) -> None:
    assert write(sessions) == Written()


def test_the_same_value_again_is_unchanged(sessions: SessionFactory) -> None:
    write(sessions, stars(10.0))
    assert write(sessions, stars(10.0), at=LATER) == Written(unchanged=1)
    assert len(history(sessions)) == 1


def test_a_restated_value_keeps_the_earlier_one(sessions: SessionFactory) -> None:
    write(sessions, stars(10.0))
    assert write(sessions, stars(12.0), at=LATER) == Written(restated=1)
    assert history(sessions) == [Revision(10.0, True, NOW), Revision(12.0, True, LATER)]


def test_a_value_restated_back_is_restated_again(sessions: SessionFactory) -> None:
    for hour, value in enumerate([10.0, 12.0, 10.0]):
        write(sessions, stars(value), at=NOW + timedelta(hours=hour))
    assert [one.value for one in history(sessions)] == [10.0, 12.0, 10.0]


def test_settling_a_value_is_a_restatement_of_the_flag(sessions: SessionFactory) -> None:
    write(sessions, stars(10.0, settled=False))
    assert write(sessions, stars(10.0), at=LATER) == Written(restated=1)
    assert history(sessions)[-1] == Revision(10.0, True, LATER)


def test_a_settled_value_does_not_become_open_again(sessions: SessionFactory) -> None:
    write(sessions, stars(10.0))
    assert write(sessions, stars(10.0, settled=False), at=LATER) == Written(unchanged=1)


@pytest.mark.parametrize("step", [timedelta(0), timedelta(hours=-5)])
def test_the_last_write_wins_even_when_the_clock_stands_still_or_goes_back(
    sessions: SessionFactory, step: timedelta
) -> None:
    write(sessions, stars(10.0))
    write(sessions, stars(12.0), at=NOW + step)
    last = history(sessions)[-1]
    assert last == Revision(12.0, True, NOW + timedelta(microseconds=1))


def test_of_two_samples_of_one_instant_the_last_counts(sessions: SessionFactory) -> None:
    assert write(sessions, stars(10.0), stars(11.0)) == Written(new=1)
    assert [one.value for one in history(sessions)] == [11.0]


def test_labels_in_any_order_are_one_series(sessions: SessionFactory) -> None:
    one = Sample("visits", DAY, 1.0, (("country", "de"), ("page", '/ä "quoted"')))
    two = Sample("visits", DAY, 1.0, (("page", '/ä "quoted"'), ("country", "de")))
    assert write(sessions, one) == Written(new=1)
    assert write(sessions, two) == Written(unchanged=1)


def test_a_batch_may_hold_everything_at_once(sessions: SessionFactory) -> None:
    days = [DAY + timedelta(days=n) for n in range(3)]
    write(sessions, stars(1.0, at=days[0]), stars(2.0, at=days[1]))
    batch = (
        stars(1.0, at=days[0]),
        stars(9.0, at=days[1]),
        stars(3.0, at=days[2]),
        Sample("forks", DAY, 4.0),
    )
    assert write(sessions, *batch, at=LATER) == Written(new=2, restated=1, unchanged=1)


def test_labels_may_hold_anything(sessions: SessionFactory) -> None:
    odd = Sample("visits", DAY, 1.0, (("page", "/\x00\ud800\u2028ä'; DROP TABLE samples; --"),))
    assert write(sessions, odd) == Written(new=1)
    assert write(sessions, odd) == Written(unchanged=1)
    with sessions.read() as session:
        assert list(samples.export(session)) == [odd]


def test_a_metric_needs_a_name_that_can_be_printed(sessions: SessionFactory) -> None:
    with pytest.raises(ValueError, match="no name for a metric"):
        write(sessions, Sample("git\x00hub", DAY, 1.0))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_value_that_is_no_number_is_refused_with_the_whole_batch(
    sessions: SessionFactory, value: float
) -> None:
    with pytest.raises(ValueError, match=r"github\.stars at 2026-11-12"):
        write(sessions, Sample("forks", DAY, 1.0), stars(value))
    with sessions.read() as session:
        assert samples.names(session) == []


def test_values_and_instants_are_kept_exactly(sessions: SessionFactory) -> None:
    batch = [
        stars(value, at=DAY + timedelta(microseconds=n))
        for n, value in enumerate([0.1 + 0.2, 1e-300, -0.0, 1.7976931348623157e308, 2**53 + 1.0, 1 / 3])
    ]
    write(sessions, *batch)
    with sessions.read() as session:
        assert list(samples.export(session)) == batch


def test_samples_from_before_1970_are_kept(sessions: SessionFactory) -> None:
    write(sessions, stars(1.0, at=datetime(1969, 7, 20, 20, 17, 40, 123456, tzinfo=UTC)))
    with sessions.read() as session:
        assert samples.newest(session, ["github.stars"])["github.stars"].at.year == 1969


def test_a_batch_of_many_thousands_is_written_as_one(sessions: SessionFactory) -> None:
    batch = [Sample(f"m{n % 7}", DAY + timedelta(minutes=n), float(n)) for n in range(12_000)]
    assert write(sessions, *batch) == Written(new=12_000)
    assert write(sessions, *batch) == Written(unchanged=12_000)


def test_two_writers_of_the_same_samples_write_them_once(sessions: SessionFactory) -> None:
    batch = [stars(float(n), at=DAY + timedelta(hours=n)) for n in range(200)]
    turns = [batch, batch[::-1], batch, batch[::-1]]
    with ThreadPoolExecutor(4) as pool:
        written = list(pool.map(lambda mine: write(sessions, *mine), turns))
    assert sum(one.new for one in written) == 200
    assert sum(one.unchanged for one in written) == 600


def test_two_writers_that_disagree_both_remain_in_the_history(sessions: SessionFactory) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda value: write(sessions, stars(value)), [1.0, 2.0, 3.0, 4.0]))
    assert sorted(one.value for one in history(sessions)) == [1.0, 2.0, 3.0, 4.0]


def test_what_was_first_held_true_is_told_for_many_instants_at_once(sessions: SessionFactory) -> None:
    write(sessions, stars(10.0), stars(20.0, at=DAY + timedelta(days=1)))
    write(sessions, stars(12.0), at=LATER)
    instants = [DAY, DAY + timedelta(days=1), DAY + timedelta(days=2)]
    with sessions.read() as session:
        assert samples.first_known(session, "github.stars", (), instants) == {DAY: 10.0, instants[1]: 20.0}
        assert samples.first_known(session, "github.stars", (), []) == {}
        early = NOW - timedelta(seconds=1)
        assert samples.first_known(session, "github.stars", (), instants, as_of=early) == {}
