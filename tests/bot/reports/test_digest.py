"""Reports over a closed stretch: the finding first, equal closed periods only, gaps told as gaps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from bot.reply import Reply, Visibility
from bot.reports import digest, plans
from bot.settings_reports import ReportEntry
from bot.workspace import Workspace
from kpi.calendar import Moment
from storage import Engine, SessionFactory
from tests.factories import NOW, NPS, STARS, ZONE, each_day, framework, lines, store, workspace

FORKS = {**STARS, "name": "Forks", "aliases": [], "unit": "forks", "measure": "last(github.forks)"}
LATENCY = {
    "name": "Latency",
    "unit": "ms",
    "better": "lower",
    "targets": {"day90": "<200 ms"},
    "measure": "last(web.latency)",
}
ALL: Mapping[str, Any] = {"title": "Growth", "sections": ["Growth"]}


def stating(*parts: Mapping[str, Any], used: Workspace | None = None, **entry: Any) -> Workspace:
    """A workspace with one report of its own, `review`; weekly unless it says otherwise."""
    stated = ReportEntry.model_validate({"title": "Review", "cadence": "weekly", "parts": parts} | entry)
    return replace(used or workspace(), reports={"review": stated})


def review(sessions: SessionFactory, used: Workspace, *, now: datetime = NOW, name: str = "review") -> Reply:
    plan = plans.find(name, used)
    assert plan is not None
    with sessions.read() as session:
        return digest.compose(session, used, Moment(now, ZONE), plan)


def test_the_finding_states_targets_and_the_largest_move(sessions: SessionFactory) -> None:
    store(
        sessions,
        each_day("github.stars", [*[4990] * 8, *[5100] * 7]),
        each_day("github.forks", [*[100] * 8, *[82] * 7]),
    )
    reply = review(sessions, stating(ALL, used=workspace(framework(STARS, FORKS, NPS), name="Me")))
    assert reply.text == (
        "Me, Review, Week 16 to 22 Nov: GitHub Stars reached its target, 1 of 2 targets met; Forks fell 18%."
    )
    assert lines(reply) == [
        reply.text,
        "✓ GitHub Stars 5,100, +110 (+2.2%), better · newly met · ≥ 5,000 met",
        "– Forks 82, −18 (−18%), worse · 1.6% of target, ≥ 5,000 needed",
        "Against the week before: 1 better · 1 worse · 1 not measured",
        "Next: Day 90 in 7 days.",
        "Closed days to 22 Nov, Europe/Berlin · github 13 h ago",
    ]
    assert reply.visibility is Visibility.CHANNEL


def test_data_holds_exactly_what_was_printed(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [*[4990] * 8, *[5100] * 7]))
    assert review(sessions, stating(ALL)).data == {
        "report": "review",
        "title": "Review",
        "first": "2026-11-16",
        "last": "2026-11-22",
        "figures": [
            {
                "kpi": "acme/growth.github_stars",
                "day": "2026-11-22",
                "value": 5100.0,
                "zone": "unknown",
                "met": True,
                "printed": "5,100",
                "settled": True,
            }
        ],
        "changed": ["acme/growth.github_stars"],
        "measured": 1,
        "is_worth_posting": True,
    }


def test_nothing_changed_is_one_line(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [4990] * 15), each_day("github.forks", [7] * 15))
    reply = review(sessions, stating(ALL, used=workspace(framework(STARS, FORKS))))
    assert lines(reply)[0] == ("Review, Week 16 to 22 Nov: all 2 as the week before. Next: Day 90 in 7 days.")
    assert not reply.charts
    assert [one.text for one in reply.thread] == ["2 KPIs measured; change against the week before."]


def test_the_first_stretch_ever_says_so(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [4990, 5100]))
    reply = review(sessions, stating(ALL))
    assert reply.text == "Review, Week 16 to 22 Nov: first readings of 1 KPI."
    assert "Against the week before: 1 first reading · 1 not measured" in lines(reply)


def test_nothing_measured_is_said_and_posts_no_table_of_nothing(sessions: SessionFactory) -> None:
    reply = review(sessions, stating(ALL))
    assert reply.text == "Review, Week 16 to 22 Nov: nothing is measured yet."
    assert reply.data["measured"] == 0


def test_a_gap_at_either_end_is_no_data_and_never_zero(sessions: SessionFactory) -> None:
    days = [*[4990] * 7, None, *[5100] * 7]  # nothing on the 15th, the close before
    store(sessions, each_day("github.stars", days), each_day("github.forks", [5, 6, 7, *[None] * 5]))
    reply = review(sessions, stating(ALL, used=workspace(framework(STARS, FORKS))))
    assert reply.text.endswith("no readings to compare with the week before.")
    rows = lines(reply.thread[-1])
    assert any(row.startswith("GitHub Stars | 5,100 | no data for 15 Nov") for row in rows)
    assert any(row.startswith("Forks | 7 | no reading for 22 Nov") for row in rows)
    assert reply.data["changed"] == []


def test_days_without_a_reading_are_counted(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [*[4990] * 8, 4991, None, None, 4995, 4996, 4997, 4999]))
    assert "5 of 7 days" in lines(review(sessions, stating(ALL)))[1]


def test_what_gets_better_by_falling_says_so(sessions: SessionFactory) -> None:
    store(sessions, each_day("web.latency", [*[0.19] * 8, *[0.15] * 7]))
    reply = review(sessions, stating(ALL, used=workspace(framework(LATENCY))))
    assert reply.text.endswith("Latency fell 21% (better).")
    assert "✓ Latency 150 ms, −40 ms (−21%), better · < 200 ms met" in lines(reply)


def test_a_month_is_held_against_the_month_before(sessions: SessionFactory) -> None:
    values = [100.0 + day for day in range(90)]  # up to 22 Nov: 31 Oct is day 67, 30 Sep day 36
    store(sessions, each_day("github.stars", values))
    reply = review(sessions, stating(ALL, cadence="monthly"))
    assert (
        reply.text == "Review, October 2026: 0 of 1 target met, as the month before; GitHub Stars rose 23%."
    )
    assert lines(reply)[1].startswith("– GitHub Stars 167, +31 (+23%), better")
    assert lines(reply)[-1] == "Closed days to 31 Oct, Europe/Berlin · github 13 h ago"


def test_today_plays_no_part(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [4990] * 15))
    before = review(sessions, stating(ALL)).text
    store(sessions, each_day("github.stars", [9000], until=NOW.date()), recorded_at=NOW)
    assert review(sessions, stating(ALL), now=datetime(2026, 11, 23, 21, tzinfo=UTC)).text == before


@pytest.mark.parametrize("cadence", ["daily", "weekly", "biweekly", "monthly", "quarterly", "yearly"])
def test_the_number_of_statements_does_not_grow_with_the_kpis(
    sessions: SessionFactory, engine: Engine, cadence: str
) -> None:
    some = [{**STARS, "name": f"Stars {at}", "aliases": []} for at in range(30)]
    store(sessions, each_day("github.stars", [float(day) for day in range(100)]))

    def statements(*kpis: Mapping[str, object]) -> int:
        told: list[str] = []

        def tell(*args: Any) -> None:
            told.append(args[2])

        event.listen(engine, "before_cursor_execute", tell)
        try:
            review(sessions, stating(ALL, used=workspace(framework(*kpis)), cadence=cadence))
        finally:
            event.remove(engine, "before_cursor_execute", tell)
        return len(told)

    statements(some[0])  # a new connection says a few things of its own
    assert statements(*some[:3]) == statements(*some)


def test_a_record_names_how_many_weeks_it_beats(sessions: SessionFactory) -> None:
    weeks = [100.0 + 7 * (day // 7) for day in range(84)]
    store(sessions, each_day("github.stars", [*weeks, *[400.0] * 7]))
    assert "largest rise in 12 weeks" in lines(review(sessions, stating(ALL)))[1]


def test_the_next_stretch_is_told_without_the_days_since(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [float(day) for day in range(120)]))
    later = review(sessions, stating(ALL, cadence="monthly"), now=NOW + timedelta(days=5))
    assert later.data["last"] == "2026-10-31"
