"""A live report in one message: what holds now, what changed since yesterday's close, nothing cut unsaid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from bot import access, languages
from bot.reply import Chart, Reply, Visibility, spoken
from bot.reports import live, plans
from bot.reports.one_message import MOST_CHARACTERS
from bot.settings_reports import ReportEntry
from bot.surfaces.discord import render as discord
from bot.surfaces.slack import render as slack
from bot.workspace import Workspace
from kpi.calendar import Moment
from kpi.metric import Sample
from storage import Engine, SessionFactory
from tests.bot.commands.answering import enter
from tests.bot.commands.posted import secret
from tests.factories import (
    NOW,
    NPS,
    STARS,
    ZONE,
    asks,
    built_in,
    each_day,
    framework,
    lines,
    store,
    workspace,
)

ALL: Mapping[str, Any] = {"title": "Growth", "sections": ["Growth"]}


def stating(*parts: Mapping[str, Any], used: Workspace | None = None) -> Workspace:
    """A workspace with a live report of its own."""
    entry = {"title": "Board", "cadence": "real-time", "parts": parts or (ALL,)}
    return replace(used or workspace(), reports={"board": ReportEntry.model_validate(entry)})


def board(
    sessions: SessionFactory,
    used: Workspace,
    *,
    name: str = "board",
    now: datetime = NOW,
    language: str = "en",
) -> Reply:
    plan = plans.find(name, used)
    assert plan is not None
    with sessions.read() as session, languages.speaking(language):
        return live.compose(session, used, Moment(now, ZONE), plan, is_kept=True)


def test_the_finding_then_what_changed_then_the_numbers(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [4900, 4990]), [Sample("github.stars", NOW, 5012.0)])
    reply = board(sessions, stating())
    assert lines(reply) == [
        "Board: 1 of 1 target of Day 90 met",
        "Since yesterday's close: GitHub Stars +22, target met",
        "Growth",
        "✓ GitHub Stars 5,012 · ≥ 5,000 met",
        "○ Net Promoter Score: no number yet",
        "Kept up to date here, last at 09:00 · Closed days to 22 Nov, Europe/Berlin · github just now",
    ]
    assert reply.text == lines(reply)[0]
    assert reply.visibility is Visibility.CHANNEL
    assert reply.thread == ()
    assert not any(isinstance(block, Chart) for block in reply.blocks)


def test_a_preview_does_not_say_that_it_is_kept_up_to_date(sessions: SessionFactory) -> None:
    used = stating()
    plan = plans.find("board", used)
    assert plan is not None
    with sessions.read() as session:
        said = spoken(live.compose(session, used, Moment(NOW, ZONE), plan))
    assert "As it stands at 09:00" in said
    assert "Kept up to date" not in said


def test_what_reads_as_at_yesterdays_close_is_no_change(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [4900, 4990]))
    assert lines(board(sessions, stating()))[1] == "Growth"


def test_the_weightiest_changes_come_first_and_the_others_are_counted(sessions: SessionFactory) -> None:
    kpis = [
        {
            **STARS,
            "name": f"Count {at}",
            "aliases": [],
            "targets": {"day90": "100"},
            "measure": f"last(git.c{at})",
        }
        for at in range(1, 6)
    ]
    for at in range(1, 6):
        now = [Sample(f"git.c{at}", NOW, 99.0 + (2 if at == 4 else -at))]
        store(sessions, each_day(f"git.c{at}", [99]), now)
    told = lines(board(sessions, stating(used=workspace(framework(*kpis)))))[1]
    assert told == "Since yesterday's close: Count 4 +2, target met · Count 5 −5 · Count 3 −3 · 2 more"


def test_current_value_and_every_target_stand_side_by_side(sessions: SessionFactory) -> None:
    used = built_in("inferno")
    enter(sessions, "inferno", {"primary_business_metrics.enterprise_customers": 55.0})
    reply = board(sessions, used, name="executive_dashboard")
    told = lines(reply)
    assert told[:4] == [
        "Executive Dashboard: 1 of 1 target of Phase 1 met",
        "Primary Business Metrics",
        "The value, then its targets: Phase 1 · Phase 2 · Phase 3 · Phase 4 (✓ met by the current value)",
        "○ Developer Adoption no number yet · ≥ 1,000 · ≥ 10,000 · ≥ 50,000 · ≥ 100,000",
    ]
    assert told[4].endswith(
        "Enterprise Customers 55 · ✓\N{NO-BREAK SPACE}≥ 5 · ✓\N{NO-BREAK SPACE}≥ 50 · ≥ 500 · ≥ 1,000"
    )
    assert "".join(told).count("The value, then its targets") == 1
    assert "– Phase 1 → 2: not yet. 1 of 44 achieved, 36 needed (2.3% of 80%)" in told
    assert asks(reply) == ["gates"]


def test_off_track_is_counted_and_marked(sessions: SessionFactory) -> None:
    zones = [{"zone": "green", "at_least": "90%"}, {"zone": "red", "below": "90%"}]
    store(sessions, each_day("github.stars", [10]))
    reply = board(sessions, stating(used=workspace(framework(STARS, NPS, zones=zones))))
    assert reply.text == "Board: 0 of 1 target of Day 90 met, 1 off track"
    assert asks(reply) == ["zones red"]


def test_without_any_number_it_says_so(sessions: SessionFactory) -> None:
    assert board(sessions, stating()).text == "Board: none of its 2 KPIs is measured yet"


def test_without_targets_the_measured_are_counted(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [10]))
    free = [{**STARS, "targets": {}}, {**NPS, "targets": {}}]
    assert board(sessions, stating(used=workspace(framework(*free)))).text == "Board: 1 of 2 KPIs measured"


def test_rules_have_a_line_each(sessions: SessionFactory) -> None:
    used = built_in("hektor", "inferno")
    stated = stating(
        {"title": "Rules", "funnels": ["conversion"], "gates": ["phase1"], "success": True}, used=used
    )
    told = "\n".join(lines(board(sessions, stated)))
    assert "Rules" in told
    assert "Phase 1 → 2" in told


@pytest.mark.parametrize(
    ("change", "is_other"),
    [
        ({"later": timedelta(minutes=50)}, False),
        ({"stars": 5100.0}, True),
        ({"target": "6,000"}, True),
        ({"title": "Other"}, True),
        ({"later": timedelta(days=1)}, True),
    ],
)
def test_the_digest_is_of_what_matters_and_not_of_ages(
    sessions: SessionFactory, change: dict[str, Any], is_other: bool
) -> None:
    store(sessions, each_day("github.stars", [4990] * 3))
    first = board(sessions, stating())
    stars = {**STARS, "targets": {"day90": change["target"]}} if "target" in change else STARS
    used = stating({**ALL, "title": change.get("title", "Growth")}, used=workspace(framework(stars, NPS)))
    if "stars" in change:
        store(sessions, [Sample("github.stars", NOW, change["stars"])])
    second = board(sessions, used, now=NOW + change.get("later", timedelta()))
    assert first != second
    assert (live.digest_of(first) != live.digest_of(second)) is is_other


def test_the_data_holds_the_figures(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [4990]))
    first, second = board(sessions, stating()).data["figures"]
    assert first == {
        "kpi": "acme/growth.github_stars",
        "name": "GitHub Stars",
        "value": 4990.0,
        "printed": "4,990",
        "zone": "unknown",
        "met": False,
        "state": first["state"],
        "is_stale": False,
        "targets": ["≥ 5,000"],
    }
    assert (second["value"], second["printed"]) == (None, "no number yet")


def test_what_may_not_be_seen_is_left_out_and_counted(sessions: SessionFactory) -> None:
    enter(sessions, "acme", {"growth.net_promoter_score": 77.0})
    shut = access.channel_view(secret(stating()), "slack", "C0TEAM")
    told = "\n".join(lines(board(sessions, shut)))
    assert "77" not in told
    assert "Net Promoter" not in told
    assert "1 KPI left out: this place may not see it" in told


@pytest.mark.parametrize("view", ["value", "target"])
def test_it_is_one_message_on_every_chat(sessions: SessionFactory, view: str) -> None:
    names = [f"A rather long name of a counted thing, number {at}" for at in range(120)]
    targets = {"targets": {"day90": "5,000", "month6": "50,000"}, "aliases": []}
    parts = [{"title": f"Part {at}", "kpis": names[20 * at : 20 * at + 20], "view": view} for at in range(6)]
    store(sessions, each_day("github.stars", [4990]))
    kpis = [{**STARS, "name": name} | targets for name in names]
    reply = board(sessions, stating(*parts, used=workspace(framework(*kpis))))
    assert len(slack.render(reply)) == 1
    assert len(discord.render(reply)) == 1
    assert sum(map(len, lines(reply))) < MOST_CHARACTERS + 500
    assert lines(reply)[-2] == "More than one message holds: report board"


def test_the_statements_do_not_grow(engine: Engine, sessions: SessionFactory) -> None:
    counted: list[int] = []
    store(sessions, each_day("github.stars", [1, 2, 3]))
    for used, name in ((stating(), "board"), (built_in("inferno"), "executive_dashboard")):
        told: list[str] = []

        def note(_c: object, _cur: object, statement: str, *_more: object, told: list[str] = told) -> None:
            told.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        board(sessions, used, name=name)
        event.remove(engine, "before_cursor_execute", note)
        counted.append(len(told))
    assert counted[1] <= counted[0] + 2
    assert counted[1] <= 8
