"""Whatever was written, in whatever order: `as_of` gives back exactly what was known at that instant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpi.metric import Sample, SeriesSet, from_micros
from storage import SessionFactory, samples

START = datetime(2026, 11, 1, tzinfo=UTC)

INSTANTS = st.integers(0, 9)
READINGS = st.tuples(st.sampled_from([1.0, 2.0, 2.5]), st.booleans())
BATCHES = st.lists(st.dictionaries(INSTANTS, READINGS, max_size=6), min_size=1, max_size=6)

Known = dict[int, tuple[float, bool]]


def learn(known: Known, batch: Known) -> Known:
    """The model: a value replaces another; equal values can only become settled."""
    learned = dict(known)
    for at, (value, settled) in batch.items():
        before = known.get(at)
        if before is None or before[0] != value or (settled and not before[1]):
            learned[at] = (value, settled)
    return learned


def in_view(known: Known, since: int, until: int) -> Known:
    before = [at for at in known if at < since and at <= until]
    first = max(before, default=since)
    return {at: known[at] for at in sorted(known) if first <= at <= until}


def instant(number: int) -> datetime:
    return START + timedelta(hours=number)


def learned_at(number: int) -> datetime:
    return START + timedelta(days=10, minutes=number)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(batches=BATCHES, since=INSTANTS, until=INSTANTS)
def test_as_of_reproduces_what_was_known(
    sessions: SessionFactory, batches: list[Known], since: int, until: int
) -> None:
    metric = f"m{uuid4().hex}"
    states: list[Known] = [{}]
    for number, batch in enumerate(batches):
        found = [Sample(metric, instant(at), value, settled=flag) for at, (value, flag) in batch.items()]
        with sessions.begin() as session:
            written = samples.write(session, found, learned_at(number))
        states.append(learn(states[-1], batch))
        assert written.new == len(states[-1]) - len(states[-2])
        assert written.new + written.restated + written.unchanged == len(batch)
    with sessions.read() as session:
        for number, state in enumerate(states):
            for moment in (learned_at(number - 1), learned_at(number) - timedelta(microseconds=1)):
                read = samples.read(session, {metric: instant(since)}, until=instant(until), as_of=moment)
                assert seen(read) == in_view(state, since, until)
        latest = samples.read(session, {metric: instant(since)}, until=instant(until))
        assert seen(latest) == in_view(states[-1], since, until)


def seen(read: SeriesSet) -> Known:
    found = {}
    for series in read:
        for at, value, settled in zip(series.at, series.value, series.settled, strict=True):
            found[(from_micros(at) - START) // timedelta(hours=1)] = (float(value), bool(settled))
    return found
