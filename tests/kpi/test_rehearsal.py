"""Rules replayed: the same steps as a running bot, gathered into the same alerts, and counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.alert_rules import AlertRule
from kpi.calendar import Moment
from kpi.conditions import Sight, Text
from kpi.metric import Series
from kpi.rehearsal import Replay, rehearse
from kpi.rehearsal_steps import Step, mornings, steps
from kpi.rehearsal_tally import Rehearsal, Stated
from tests.kpi.cases import BERLIN, NOON, kpi_of
from tests.kpi.sights import daily, points, rule, sight_of

FEW = rule(measure="sum(visits, 1d)", below=100)
START = NOON.date() - timedelta(days=10)


def visits(*values: float | None) -> Series:
    """A value a day, the last one of yesterday."""
    return daily("visits", list(values))


def played(
    rules: Mapping[str, AlertRule], sight: Sight, days: int = 10, *, framework: str = "hektor"
) -> Rehearsal:
    stated = {path: Stated(one, framework) for path, one in rules.items()}
    taken = steps(stated, sight, NOON.date() - timedelta(days=days))
    return rehearse(
        stated, ((sight.at(one.moment), one.only) for one in taken), sight.moment.now, zone=BERLIN
    )


def test_each_stretch_beyond_the_limit_is_one_alert() -> None:
    done = played({"a/few": FEW}, sight_of(visits(200, 200, 50, 50, 200, 200, 200, 40, 200, 200, 200)))
    lasted = [one.lasted(done.until) for one in done.alerts]
    assert lasted == [timedelta(days=2), timedelta(days=1)]
    assert [one.episodes[0].item.value for one in done.alerts] == [50, 40]
    assert done.tallies[0].days == 3


def test_what_fires_still_is_counted_to_the_end() -> None:
    done = played({"a/few": FEW}, sight_of(visits(*[200.0] * 8, 50, 50)))
    (alert,) = done.alerts
    assert alert.is_open
    assert alert.ended_at is None
    (tally,) = done.tallies
    assert (tally.fired, tally.still, tally.at_start) == (1, 1, 0)
    assert tally.longest == alert.lasted(done.until) == done.until - alert.fired_at


def test_what_held_at_the_start_is_told_as_such() -> None:
    done = played({"a/few": FEW}, sight_of(visits(*[50.0] * 8, *[200.0] * 6)))
    assert [one.is_from_start for one in done.alerts] == [True]
    assert done.tallies[0].at_start == 1


def test_a_duration_counts_before_it_fires() -> None:
    series = visits(200, 200, 200, 50, 200, 50, 50, 50, 200, 200, 200)
    patient = rule(measure="sum(visits, 1d)", below=100, handling={"lasting": "3 days"})
    done = played({"a/few": patient}, sight_of(series))
    assert [one.lasted(done.until) for one in done.alerts] == [timedelta(days=1)]


def test_a_subject_without_any_number_is_silent() -> None:
    silent = rule(kpi="any", below=100)
    stars = kpi_of({"phase1": "5000"}, measure="last(stars)")
    done = played({"a/few": silent}, sight_of(visits(*[200.0] * 12), kpis=[stars]))
    assert done.alerts == ()
    assert [len(one.silent) for one in done.tallies] == [1]


def test_an_outage_is_as_long_as_its_readings() -> None:
    down = datetime(2026, 11, 20, 14, tzinfo=BERLIN)
    quarter = timedelta(minutes=15)
    first = datetime(2026, 11, 10, tzinfo=BERLIN)
    count = (NOON - first) // quarter
    samples = ((first + at * quarter, 1.0) for at in range(count + 1))
    up = points(
        "web.up", *((at, 0.0 if down <= at < down + 8 * quarter else one) for at, one in samples), url="u"
    )
    done = played({"a/down": rule("critical", measure="last(web.up)", below=1, by="url")}, sight_of(up))
    (alert,) = done.alerts
    assert alert.fired_at == down
    assert alert.ended_at == down + timedelta(hours=2)
    assert done.looks < 20  # each morning, and where the reading turned


def test_rules_that_count_others_come_after_them() -> None:
    rules = {
        "a/few": rule(measure="sum(visits, 1d)", below=100, by="site"),
        "a/both": rule("critical", firing="few", at_least=2),
    }
    sites = [
        replace(daily("visits", [*[200.0] * 6, *values]), labels=(("site", site),))
        for site, values in SITES.items()
    ]
    done = played(rules, sight_of(*sites), framework="a")
    assert [(one.rule, len(one.episodes)) for one in done.alerts] == [("a/few", 2), ("a/both", 1)]
    (few, both) = done.alerts
    assert both.fired_at == few.fired_at


SITES = {"a": [50.0, 50.0, 200.0], "b": [50.0, 50.0, 50.0]}


def test_a_more_urgent_rule_silences_and_the_alert_goes_on_after_it() -> None:
    rules = {
        "a/low": replace_rule(FEW, unless_firing=("none",)),
        "a/none": rule("critical", measure="sum(visits, 1d)", at_most=10),
    }
    done = played(rules, sight_of(visits(200, 200, 200, 50, 50, 0, 50, 50, 200, 200)))
    told = [(one.rule, len(one.episodes)) for one in done.alerts]
    assert told == [("a/low", 2), ("a/none", 1)]


def replace_rule(one: AlertRule, **values: Any) -> AlertRule:
    return one.changed(**values)


def test_a_text_is_told_once_and_fires_no_longer() -> None:
    text = Text("1", "post", NOON - timedelta(days=4), "Widgets are great", reach=20_000.0)
    sight = replace(sight_of(visits(*[200.0] * 12)), texts=(text,))
    asked = rule("warning", text={"kinds": ["post"], "reach": 10_000})
    done = played({"a/viral": asked}, sight)
    (alert,) = done.alerts
    assert not alert.is_open
    assert alert.lasted(done.until) == timedelta(0)
    assert done.tallies[0].still == 0


def test_a_celebration_is_told_once_and_old_news_never() -> None:
    cheer = rule("celebrate", measure="last(stars)", at_least=1000)
    rising = daily("stars", [900, 950, 990, 1005, 990, 1010, 1020])
    assert len(played({"a/cheer": cheer}, sight_of(rising), days=6).alerts) == 1
    assert played({"a/cheer": cheer}, sight_of(daily("stars", [1005.0] * 12)), days=6).alerts == ()


def test_only_some_rules_at_a_finer_step_end_none_of_the_others() -> None:
    stated = {"a/few": Stated(FEW, "hektor"), "a/stars": Stated(rule(measure="last(stars)", below=5))}
    sight = sight_of(visits(*[50.0] * 12), daily("stars", [9.0] * 12))
    replay = Replay(stated, BERLIN)
    replay.look(sight.at(Moment(NOON - timedelta(hours=2), BERLIN)))
    replay.look(sight.at(Moment(NOON - timedelta(hours=1), BERLIN)), ["a/stars"])
    assert [one.is_open for one in replay.done(NOON).alerts] == [True]


def test_a_day_is_looked_at_each_morning_and_at_the_end() -> None:
    found = mornings(START, Moment(NOON, BERLIN))
    assert len(found) == 12
    assert {one.now.astimezone(BERLIN).hour for one in found[:-1]} == {9}
    assert found[-1].now == NOON


def test_days_on_which_nothing_began_are_counted_too() -> None:
    done = played({"a/few": FEW}, sight_of(visits(*[200.0] * 6, 50, *[200.0] * 4)))
    assert sum(done.told_on.values()) == 1
    assert len(done.told_on) == 11


@pytest.mark.parametrize("severity", ["warning", "critical"])
def test_a_rehearsal_without_anything_tells_nothing(severity: str) -> None:
    done = played({"a/few": rule(severity, measure="sum(visits, 1d)", below=100)}, sight_of())
    assert done.alerts == ()
    assert done.tallies[0].longest == timedelta(0)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from([20.0, 80.0, 120.0, 200.0, None]), min_size=4, max_size=12))
def test_a_stricter_limit_never_fires_on_more_days(values: list[float | None]) -> None:
    sight = sight_of(visits(*values))
    wide, narrow = (
        played({"a/few": rule(measure="sum(visits, 1d)", below=limit)}, sight) for limit in (150, 50)
    )
    assert narrow.tallies[0].days <= wide.tallies[0].days
    for alert in (*wide.alerts, *narrow.alerts):
        assert alert.lasted(wide.until) >= timedelta(0)


def test_steps_come_in_the_order_of_time() -> None:
    found: Iterable[Step] = steps({"a/few": Stated(FEW)}, sight_of(visits(1, 2)), START)
    instants = [one.moment.now for one in found]
    assert instants == sorted(set(instants))
