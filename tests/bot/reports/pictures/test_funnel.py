"""A funnel of a report is drawn from the standings at the close of its stretch."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.charts.funnel import FunnelBar, FunnelChart
from bot.reply import Chart
from bot.reports import plans
from bot.reports.periods import last_closed
from bot.reports.pictures import funnel
from bot.reports.snapshot import load
from bot.workspace import KpiRef, Workspace
from kpi.calendar import Moment
from kpi.metric import Sample, labels
from storage import SessionFactory
from tests.factories import NOW, TODAY, ZONE, each_day, framework, store, workspace

SIGNUPS = {"name": "Signups", "unit": "signups", "better": "higher", "measure": "sum(mailchimp.signups, 30d)"}
QUERY = {
    "name": "First Query",
    "unit": "%",
    "better": "higher",
    "targets": {"steady": "60%+"},
    "measure": 'sum(mixpanel.retained_users{cohort="q"}, 30d) / sum(mixpanel.cohort_users{cohort="q"}, 30d)',
}
ACTIVE = {"name": "Active", "unit": "%", "better": "higher", "targets": {"steady": "40%+"}}
ACTIVE |= {"measure": "last(mixpanel.ratio)"}
STEPS = [
    {"name": "Signup", "count": "growth.signups"},
    {"name": "First query", "rate": "growth.first_query", "within": "7 days"},
    {"name": "Active", "rate": "growth.active"},
]


@pytest.fixture
def used() -> Workspace:
    own = framework(
        SIGNUPS,
        QUERY,
        ACTIVE,
        funnels=[{"key": "activation", "title": "Signup → Active", "steps": STEPS}],
        reports=[
            {
                "key": "review",
                "title": "Review",
                "cadence": "weekly",
                "parts": [{"title": "Activation", "funnels": ["activation"], "chart": "funnel"}],
            }
        ],
    )
    return workspace(own)


def drawn(sessions: SessionFactory, used: Workspace) -> Chart | None:
    plan = plans.find("weekly", used)
    assert plan is not None
    moment = Moment(NOW, ZONE)
    refs = [KpiRef(used.uses[0], kpi) for kpi in used.uses[0].framework.kpis]
    with sessions() as session:
        snapshot = load(session, used, moment, refs, history_days=40)
    return funnel.chart(plan.sections[0], snapshot, last_closed("weekly", moment))


def rates(retained: float, *, until_days_ago: int = 1) -> list[Sample]:
    until = TODAY - timedelta(days=until_days_ago)
    pairs = labels({"cohort": "q"})
    return [
        *each_day("mixpanel.retained_users", [retained] * 50, until=until, pairs=pairs),
        *each_day("mixpanel.cohort_users", [10] * 50, until=until, pairs=pairs),
    ]


def test_draws_counts_and_rates_against_the_stated_ones(sessions: SessionFactory, used: Workspace) -> None:
    store(sessions, rates(4.5), each_day("mailchimp.signups", [10] * 60))
    found = drawn(sessions, used)
    assert found is not None
    assert isinstance(found.drawing, FunnelChart)
    first, query, active = found.drawing.bars
    assert first == FunnelBar("Signup", "300 signups, 24 Oct to 22 Nov", is_counted=True)
    assert query == FunnelBar(
        "First query", "within 7 days", 45.0, "45%", target=60.0, target_label="≥ 60%", met=False
    )
    assert active == FunnelBar("Active", target=40.0, target_label="≥ 40%", note="not measured yet")
    assert found.drawing.overall is None
    assert found.drawing.finding == "weakest at First query, 45% of ≥ 60%"
    assert found.alt == (
        "Funnel, Signup → Active: weakest at First query, 45% of ≥ 60%; "
        "Signup 300 signups, 24 Oct to 22 Nov; First query within 7 days, 45%, target ≥ 60% not met; "
        "Active, no rate: not measured yet, target ≥ 40%"
    )
    assert found.drawing.png().startswith(b"\x89PNG")


def test_what_is_measured_today_does_not_change_last_week(sessions: SessionFactory, used: Workspace) -> None:
    store(sessions, rates(4.5), each_day("mixpanel.ratio", [0.41, 0.41, 0.99], until=TODAY))
    found = drawn(sessions, used)
    assert found is not None
    assert isinstance(found.drawing, FunnelChart)
    assert found.drawing.bars[2].rate == pytest.approx(41)
    overall = found.drawing.overall
    assert overall is not None
    assert overall.name == "Overall, as the rates multiply"
    assert overall.rate == pytest.approx(0.45 * 41)


def test_without_a_rate_nothing_is_drawn(sessions: SessionFactory, used: Workspace) -> None:
    store(sessions, each_day("mailchimp.signups", [10] * 60))
    assert drawn(sessions, used) is None
