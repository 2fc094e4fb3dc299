"""The change of a KPI over a stretch is told apart by a label, and its parts are the change."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest

from bot.charts.waterfall import WaterfallChart
from bot.reply import Chart
from bot.reports import plans
from bot.reports.periods import last_closed
from bot.reports.pictures import waterfall
from bot.reports.snapshot import load
from bot.workspace import Workspace
from kpi.calendar import Moment
from kpi.metric import Sample, labels
from storage import SessionFactory
from tests.factories import NOW, STARS, ZONE, each_day, framework, store, workspace

VISITS = {"name": "Visits", "unit": "visits", "better": "higher"}
VISITS |= {"measure": "sum(plausible.channel_visits, 7d)"}


def using(*kpis: Mapping[str, object], by: str = "") -> Workspace:
    part = {"title": "Traffic", "kpis": ["growth.visits"], "chart": "waterfall", "by": by}
    report = {"key": "review", "title": "Review", "cadence": "weekly", "parts": [part]}
    return workspace(framework(*kpis, reports=[report]))


def drawn(sessions: SessionFactory, used: Workspace) -> Chart | None:
    plan = plans.find("weekly", used)
    assert plan is not None
    moment = Moment(NOW, ZONE)
    with sessions() as session:
        snapshot = load(session, used, moment, plan.refs, history_days=40)
    return waterfall.chart(plan.sections[0], snapshot, last_closed("weekly", moment))


def channel(name: str, before: float, after: float) -> list[Sample]:
    """Visits a day: one number until a week ago, another one in the last seven days."""
    values = [before] * 20 + [after] * 7
    return each_day("plausible.channel_visits", values, pairs=labels({"channel": name}))


@pytest.mark.parametrize("by", ["", "channel"])
def test_names_who_moved_it_and_by_how_much(sessions: SessionFactory, by: str) -> None:
    store(sessions, channel("Hacker News", 10, 110), channel("Search", 50, 60), channel("Mail", 9, 4))
    found = drawn(sessions, using(VISITS, by=by))
    assert found is not None
    chart = found.drawing
    assert isinstance(chart, WaterfallChart)
    assert (chart.start, chart.end, chart.start_label, chart.end_label) == (483, 1218, "483", "1,218")
    assert [(one.name, one.change, one.change_label, one.share_label) for one in chart.steps] == [
        ("Hacker News", 700, "+700", "95%"),
        ("Search", 70, "+70", "9.5%"),
        ("Mail", -35, "−35", "−4.8%"),
    ]
    assert found.alt == (
        "What the change is made of, Visits by channel: +735 since 15 Nov: Hacker News +700, 95% of it; "
        "15 Nov 483; Hacker News +700, 95% of it; Search +70, 9.5% of it; Mail −35, −4.8% of it; 22 Nov 1,218"
    )


def test_a_mover_that_was_held_back_is_told_without_a_share(sessions: SessionFactory) -> None:
    store(sessions, channel("Ads", 100, 50), channel("Search", 10, 30))
    found = drawn(sessions, using(VISITS))
    assert found is not None
    assert isinstance(found.drawing, WaterfallChart)
    assert found.drawing.finding == "−210 since 15 Nov: Ads alone −350"


def test_many_are_folded_into_others_who_take_the_exact_remainder(sessions: SessionFactory) -> None:
    store(sessions, *(channel(f"channel {at:02}", 10.1, 10.1 + at * 0.37 * (-1) ** at) for at in range(30)))
    found = drawn(sessions, using(VISITS))
    assert found is not None
    chart = found.drawing
    assert isinstance(chart, WaterfallChart)
    assert len(chart.steps) == waterfall.MOST_STEPS
    assert chart.steps[-1].name == "23 others"
    assert chart.steps[-1].is_rest
    assert math.fsum(one.change for one in chart.steps) == pytest.approx(chart.end - chart.start, abs=1e-12)
    assert chart.levels[0] == chart.start
    assert chart.levels[-1] == chart.end


def test_one_part_no_change_or_no_label_is_no_picture(sessions: SessionFactory) -> None:
    stars = {**STARS, "name": "Visits"}
    assert drawn(sessions, using(VISITS)) is None
    store(sessions, channel("Ads", 1, 2), each_day("github.stars", range(40)))
    assert drawn(sessions, using(VISITS)) is None
    assert drawn(sessions, using(stars)) is None
    store(sessions, channel("Search", 2, 1))
    assert drawn(sessions, using(VISITS)) is None
    assert drawn(sessions, using(VISITS, by="page")) is None


def test_a_stretch_that_was_not_measured_at_both_ends_is_no_picture(sessions: SessionFactory) -> None:
    pairs = [labels({"channel": name}) for name in ("Ads", "Search")]
    store(sessions, *(each_day("plausible.channel_visits", [3.0] * 9, pairs=one) for one in pairs))
    assert drawn(sessions, using(VISITS)) is None
