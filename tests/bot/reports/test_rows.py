"""A KPI in a line, and the headings above such lines."""

from __future__ import annotations

from datetime import timedelta

from bot.reports.rows import by_section, row
from bot.reports.snapshot import load
from kpi.calendar import Moment
from kpi.judgement import Judgement
from storage import SessionFactory, judgements
from tests.factories import NOW, NPS, STARS, built_in, framework, workspace

POSITION = {**NPS, "name": "Position", "aliases": [], "targets": {"day90": "Market leader"}}


def test_a_heading_is_the_sections_own_and_a_framework_is_named_once() -> None:
    used = built_in("hektor", "bakhmach")
    headings = [heading for heading, _ in by_section(used.kpis, used)]
    assert headings[:2] == ["Hektor: Primary Metrics (North Star)", "Website Traffic"]
    assert [one for one in headings if one.startswith("Bakhmach: ")] == ["Bakhmach: Performance Metrics"]
    assert not any(" > " in one for one in headings)


def test_every_kpi_stands_below_one_heading() -> None:
    used = built_in("hektor", "inferno")
    assert tuple(ref for _, members in by_section(used.kpis, used) for ref in members) == used.kpis


def test_of_one_framework_the_name_goes_without_saying() -> None:
    used = workspace(framework(STARS, NPS))
    assert [(heading, len(members)) for heading, members in by_section(used.kpis, used)] == [("Growth", 2)]


def test_a_target_in_words_without_a_number_says_what_was_judged(sessions: SessionFactory) -> None:
    used = workspace(framework(POSITION))
    at = NOW - timedelta(days=1)
    said = Judgement(
        "growth.position", "day90", "Market leader", True, "first in two reports", "slack:U0DANA", at
    )
    with sessions.begin() as session:
        judgements.add(session, "acme", said, at)
    with sessions.read() as session:
        snapshot = load(session, used, Moment(NOW, used.zone), used.kpis)
    assert row(used.kpis[0], snapshot) == "✓ Position: judged met"
