"""The parts of a report: each with its finding, where it has something to say, for those it is meant for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from bot.reply import Chart, Note, Reply, plain_text
from bot.reports import pictured, plans
from bot.reports.audiences import addressed
from bot.workspace import Person
from kpi.metric import labels
from storage import SessionFactory
from tests.bot.reports.test_digest import ALL, FORKS, review, stating
from tests.factories import NPS, STARS, built_in, each_day, framework, lines, said, store, workspace

SLOW = {**FORKS, "targets": {}}
PART: Mapping[str, Any] = {"title": "Stars", "kpis": ["GitHub Stars"]}
OTHER: Mapping[str, Any] = {"title": "Forks", "kpis": ["Forks"]}


def titles(reply: Reply) -> list[str]:
    """The headings of the parts that were told."""
    return [one.text.partition(":")[0] for one in reply.thread][:-2]


def test_a_part_leads_with_its_finding(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [*[4990] * 8, *[5100] * 7]))
    part = review(sessions, stating(ALL)).thread[0]
    assert part.text == "Growth: 1 of 1 target met, 1 of 2 measured; GitHub Stars rose 2.2%."
    assert lines(part)[:4] == [
        "Growth",
        "1 of 1 target met, 1 of 2 measured; GitHub Stars rose 2.2%.",
        "✓ GitHub Stars 5,100, +110 (+2.2%), better · newly met · ≥ 5,000 met",
        "○ Net Promoter Score: no number yet",
    ]


def test_a_part_of_one_kpi_is_not_counted(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [*[4990] * 8, *[5100] * 7]))
    assert review(sessions, stating(PART)).thread[0].text == "Stars: GitHub Stars rose 2.2%."


@pytest.mark.parametrize(
    ("when", "stars", "told"),
    [
        ("changed", [4990] * 15, ["Forks"]),
        ("changed", [*[4990] * 8, *[5100] * 7], ["Stars", "Forks"]),
        ("red", [*[4990] * 8, *[5100] * 7], ["Forks"]),
        ("always", [4990] * 15, ["Stars", "Forks"]),
    ],
)
def test_a_part_that_has_nothing_to_say_leaves_no_heading(
    sessions: SessionFactory, when: str, stars: list[float], told: list[str]
) -> None:
    store(sessions, each_day("github.stars", stars), each_day("github.forks", [*[5] * 8, *[6] * 7]))
    used = stating({**PART, "when": when}, OTHER, used=workspace(framework(STARS, SLOW)))
    assert titles(review(sessions, used)) == told


def test_red_is_told_of_a_target_that_is_due(sessions: SessionFactory) -> None:
    steady = {**STARS, "targets": {"steady": "5,000"}}
    store(sessions, each_day("github.stars", [*[4000] * 8, *[4100] * 7]))
    used = stating({**PART, "when": "red"}, used=workspace(framework(steady)), when="red")
    reply = review(sessions, used)
    assert titles(reply) == ["Stars"]
    assert reply.data["is_worth_posting"] is True


@pytest.mark.parametrize(
    ("when", "stars", "is_worth"),
    [
        ("always", [10] * 15, True),
        ("changed", [10] * 15, False),
        ("changed", [*[10] * 8, *[11] * 7], True),
        ("red", [*[10] * 8, *[11] * 7], False),
    ],
)
def test_a_report_knows_whether_it_is_worth_posting(
    sessions: SessionFactory, when: str, stars: list[float], is_worth: bool
) -> None:
    store(sessions, each_day("github.stars", stars))
    assert review(sessions, stating(ALL, when=when)).data["is_worth_posting"] is is_worth


@pytest.mark.parametrize(
    ("place", "person", "told"),
    [
        ("", None, 2),
        ("slack:C0OTHER", None, 1),
        ("slack:C0BOARD", None, 2),
        ("", Person("kim"), 1),
        ("", Person("dana"), 2),
        ("", Person("kim", groups=("board",)), 2),
        ("", Person("kim", role="admin"), 2),
    ],
)
def test_a_part_goes_to_those_it_names(place: str, person: Person | None, told: int) -> None:
    named = {**PART, "audience": ["dana", "board", "admin", "slack:C0BOARD"]}
    plan = plans.find("review", stating(named, OTHER, used=workspace(framework(STARS, SLOW))))
    assert plan is not None
    assert len(addressed(plan, place, person).sections) == told


def test_a_change_is_told_apart_by_the_label_of_its_part(sessions: SessionFactory) -> None:
    for channel, grown in (("Hacker News", 300), ("Reddit", 100)):
        values = [*[100] * 8, *[100 + grown] * 7]
        store(sessions, each_day("web.visits", values, pairs=labels({"channel": channel})))
    query = {"title": "Visits", "queries": {"Visits": "last(web.visits)"}, "by": "channel"}
    reply = review(sessions, stating(query))
    assert lines(reply)[1] == "· Visits 600, +400 (+200%) · Hacker News +300, 75% of it"
    assert [text.strip() for text in lines(reply.thread[0])[3:5]] == [
        "Hacker News +300, 75% of it",
        "Reddit +100, 25% of it",
    ]


def test_a_chart_that_cannot_be_made_is_a_note(
    sessions: SessionFactory, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store(sessions, each_day("github.stars", [*[4990] * 8, *[5100] * 7]))
    monkeypatch.setitem(pictured._BUILDERS, "trend", "bot.reports.pictures.nowhere")
    part = review(sessions, stating({**PART, "chart": "trend"})).thread[0]
    notes = [plain_text(one.spans) for one in part.blocks if isinstance(one, Note)]
    assert notes == ["No chart: it could not be made."]
    assert "no chart kind=trend part=Stars" in caplog.text


def test_a_chart_without_data_says_so(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [*[4990] * 8, *[5100] * 7]))
    nps = {"title": "NPS", "kpis": ["nps"], "chart": "trend"}
    used = stating({**PART, "chart": "mix"}, nps)
    measured, unmeasured = (said(one) for one in review(sessions, used).thread[:2])
    assert "No chart: there is no data for it yet." in measured
    assert "Not measured yet" in unmeasured
    assert "No chart" not in unmeasured  # once is enough


def test_a_part_has_the_chart_it_asks_for(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [*[4990] * 8, *[5100] * 7]))
    part = review(sessions, stating({**PART, "chart": "bullet"})).thread[0]
    assert [type(one.drawing).__name__ for one in part.blocks if isinstance(one, Chart)] == ["BulletChart"]


def test_namesakes_are_told_apart(sessions: SessionFactory) -> None:
    sections = [
        {"title": "Growth", "kpis": [{**STARS, "line": 2}]},
        {"title": "Reach", "kpis": [{**STARS, "line": 3, "aliases": [], "measure": "last(github.forks)"}]},
    ]
    store(sessions, each_day("github.stars", [*[5] * 8, *[6] * 7]), each_day("github.forks", [3] * 15))
    every = {"title": "All", "everything": True}
    told = said(review(sessions, stating(every, used=workspace(framework(sections=sections)))).thread[0])
    assert "GitHub Stars (Growth) 6" in told
    assert "GitHub Stars (Reach) 3" in told


def test_gates_funnels_attribution_and_success_are_parts(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [*[4990] * 8, *[5100] * 7]))
    used = built_in("hektor", "inferno")
    part = {"title": "Rules", "success": True, "funnels": ["visitor_signup"], "attribution": ["channels"]}
    gates = {"title": "Gates", "gates": ["phase1", "phase2"]}
    reply = review(sessions, stating({"title": "Stars", "kpis": ["hektor stars"]}, part, gates, used=used))
    texts = [one.text for one in reply.thread]
    assert any("Success: 1 of 5 met, 4 not measured." in text for text in texts)
    assert any("Phase 1 → 2: not yet." in text and "as many as the week before" in text for text in texts)
    told = said(next(one for one in reply.thread if one.text.startswith("Inferno · Gates")))
    assert told.count("Phase 2 → 3: not yet.") == 1


def test_a_hidden_kpi_is_counted_and_not_named(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [*[4990] * 8, *[5100] * 7]))
    used = stating(ALL, used=workspace(framework(STARS, NPS)))
    path = "acme/growth.net_promoter_score"
    hiding = replace(used, withheld={path: "Not for you.\nAsk."}, withheld_kpis=used.kpis[1:])
    reply = review(sessions, hiding)
    everything = "\n".join((said(reply), *(said(one) for one in reply.thread)))
    assert "Net Promoter Score" not in everything
    assert everything.count("1 KPI left out: this place may not see") == 2
