"""Where KPIs land: from closed days alone, by the measure's own days, and only with enough of them."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from kpi.framework import Kpi
from kpi.landing import Ahead, Landing, NoLanding, aheads, due, kept, landing, landing_json, restored
from kpi.metric import Series
from kpi.quantity import Better
from kpi.standing import standing
from tests.kpi.cases import TODAY, context_of, daily, framework_of, kpi_of

YESTERDAY = TODAY - timedelta(days=1)
DEADLINE = date(2026, 11, 29)  # Day 90
RANDOM = random.Random(7)
NOISE = [RANDOM.gauss(0, 1) for _ in range(400)]


def landed(kpi: Kpi, *series: Series, **changes: Any) -> Landing | NoLanding | None:
    context = context_of(framework_of(kpi), *series, **changes)
    target = due(standing(kpi, context).target, context.moment.today)
    if target is None:
        return None
    (ahead,) = aheads([(kpi, context)], target.deadline or TODAY)
    return landing(kpi, target, ahead) if isinstance(ahead, Ahead) else ahead


def stars(
    values: Sequence[float | None], target: str = "5,000", **changes: Any
) -> Landing | NoLanding | None:
    return landed(kpi_of({"day90": target}, **changes), daily("github.stars", values, hour=20))


def sure(found: Landing | NoLanding | None) -> Landing:
    assert isinstance(found, Landing)
    return found


GROWING = [1000 + 10.0 * day + 3 * noise for day, noise in zip(range(120), NOISE, strict=False)]


def test_a_level_goes_on_as_it_went() -> None:
    found = sure(stars(GROWING))
    assert found.value == pytest.approx(2260, abs=25)
    assert found.low95 <= found.low80 <= found.value <= found.high80 <= found.high95
    assert (found.deadline, found.history_days) == (DEADLINE, 120)
    assert found.chance == pytest.approx(0.005)
    assert [found.way[0].day, found.way[-1].day] == [TODAY, DEADLINE]
    assert found.way[-1].mean == found.value


def test_the_day_on_which_it_is_met_may_lie_behind_the_deadline() -> None:
    found = sure(stars(GROWING, "2,400"))
    assert found.met_on is not None
    assert TODAY + timedelta(days=12) < found.met_on < TODAY + timedelta(days=35)
    assert sure(stars(GROWING, "2,100")).met_on == TODAY
    assert sure(stars([*GROWING[::-1]], "5,000")).met_on is None


def test_today_is_open_and_plays_no_part() -> None:
    kpi = kpi_of({"day90": "5,000"})
    before = landed(kpi, daily("github.stars", GROWING, hour=20))
    after = landed(kpi, daily("github.stars", [*GROWING, 9000.0], until=TODAY + timedelta(days=1), hour=3))
    assert sure(after).value == pytest.approx(sure(before).value, rel=0.01)


@pytest.mark.parametrize(("count", "have"), [(1, 1), (9, 9)])
def test_a_short_history_says_so(count: int, have: int) -> None:
    assert stars([5.0 + day for day in range(count)]) == NoLanding("few days", have, 10)


def test_what_has_no_value_or_was_silent_for_long_lands_nowhere() -> None:
    assert landed(kpi_of({"day90": "5,000"})) == NoLanding(
        "no data", reason="github.stars was never measured"
    )
    assert stars([*GROWING, *[None] * 40]) == NoLanding("silent", 40, 28)


@pytest.mark.parametrize("target", [{"day90": "Market leader"}, {"steady": "5,000"}, {"phase1": "10"}, {}])
def test_without_a_number_and_a_deadline_there_is_no_landing(target: dict[str, str]) -> None:
    assert landed(kpi_of(target), daily("github.stars", GROWING)) is None


def test_a_past_deadline_is_over_and_a_far_one_too_far() -> None:
    series, start = daily("github.stars", GROWING), date(2026, 8, 1)
    assert landed(kpi_of({"day90": "5"}), series, start=start) is None
    assert landed(kpi_of({"month60": "5"}), series, start=start) == NoLanding("far")


VISITS = [100.0 + 20 * (day % 7 < 5) + 4 * noise for day, noise in zip(range(200), NOISE, strict=False)]


def test_a_sum_of_days_keeps_the_days_that_are_known() -> None:
    """Thirty days of twice as many as now: a forecast of the overlapping sums would go on along them."""
    visits = [*VISITS[:160], *(value * 2 for value in VISITS[160:])]
    kpi = kpi_of({"day90": "9,000"}, unit_name="visitors", measure="sum(site.visitors, 30d)")
    found = sure(landed(kpi, daily("site.visitors", visits)))
    known = sum(visits[-23:])
    assert found.value - known == pytest.approx(7 * 229, rel=0.12)
    assert found.low80 > known
    assert found.high80 - found.low80 < 0.2 * found.value


def test_a_running_total_never_falls_and_what_it_reached_is_certain() -> None:
    kpi = kpi_of({"day90": "9,000"}, unit_name="visitors", measure="sum(site.visitors, all)")
    found = sure(landed(kpi, daily("site.visitors", VISITS)))
    assert found.low95 >= sum(VISITS)
    assert (found.chance, found.met_on) == (1, TODAY)
    few = kpi_of({"day90": "< 9,000"}, unit_name="visitors", better=Better.LOWER, measure=kpi.measure)
    assert sure(landed(few, daily("site.visitors", VISITS))).chance == 0


def test_a_share_stays_a_share() -> None:
    kpi = kpi_of({"day90": "99"}, unit_name="%", measure="mean(ci.success, 30d)")
    passed = [1.0] * 150 + [0.0] + [1.0] * 29
    found = sure(landed(kpi, daily("ci.success", passed)))
    assert 90 < found.low95 <= found.value <= found.high95 <= 100
    kpi = kpi_of({"day90": "99"}, unit_name="%", measure="last(ci.success)")
    assert sure(landed(kpi, daily("ci.success", [0.97 + 0.01 * noise / 4 for noise in NOISE]))).high95 <= 100


def test_a_measure_of_another_kind_is_read_close_by_close() -> None:
    kpi = kpi_of({"day90": "<5"}, unit_name="min", better=Better.LOWER, measure="median(ci.build_time, 7d)")
    found = sure(landed(kpi, daily("ci.build_time", [240.0 + 10 * noise for noise in NOISE])))
    assert found.value == pytest.approx(4, abs=0.3)
    assert found.chance is not None
    assert found.chance > 0.9


def test_entries_are_foreseen_in_their_own_step() -> None:
    kpi = kpi_of({"day90": "50"}, unit_name="NPS", measure=None)
    weekly = [None if day % 7 else 30 + day / 10 + NOISE[day] for day in range(100, -1, -1)][::-1]
    found = sure(landed(kpi, daily("entry.hektor.section.github_stars", weekly, hour=9)))
    assert (found.history_days, found.is_spaced) == (15, True)
    assert found.value == pytest.approx(41, abs=3)
    few = landed(kpi, daily("entry.hektor.section.github_stars", weekly[-40:], hour=9))
    assert few == NoLanding("few entries", 6, 8)


def test_cohorts_are_read_as_many_days_late_as_they_ripen() -> None:
    kpi = replace(
        kpi_of({"day90": "9,000"}, unit_name="visitors", measure="sum(site.visitors, 7d)"),
        matures=timedelta(days=10),
    )
    unripe = [*[10.0 + noise for noise in NOISE[:100]], *[50.0] * 10]
    found = sure(landed(kpi, daily("site.visitors", unripe)))
    assert found.value == pytest.approx(70, rel=0.1)
    assert found.history_days == 100


def test_a_landing_is_kept_and_told_whole() -> None:
    for found in (sure(stars(GROWING)), NoLanding("few days", 3, 10)):
        assert restored(json.loads(json.dumps(kept(found)))) == found
    told = landing_json(sure(stars(GROWING)))
    assert list(told) == [
        *("value", "low80", "high80", "low95", "high95"),
        *("chance", "deadline", "met_on", "method", "history_days"),
    ]
    assert told["deadline"] == "2026-11-29"


def test_many_are_foreseen_like_each_alone() -> None:
    kpis = [kpi_of({"day90": "5,000"}, name=f"kpi {n}", measure=f"last(made.level_{n})") for n in range(3)]
    series = [daily(f"made.level_{n}", [value * (n + 1) for value in GROWING]) for n in range(3)]
    context = context_of(framework_of(*kpis), *series)
    together = aheads([(kpi, context) for kpi in kpis], DEADLINE)
    for kpi, one in zip(kpis, together, strict=True):
        (alone,) = aheads([(kpi, context)], DEADLINE)
        assert isinstance(one, Ahead)
        assert isinstance(alone, Ahead)
        assert one.mean == pytest.approx(alone.mean)
