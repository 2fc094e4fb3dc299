"""What stands under the update: the frameworks' own daily parts, definitions, and the figures as data."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from benchmarks.database import counted
from bot.reply import Reply
from bot.reports import daily
from bot.workspace import Workspace
from kpi.calendar import Moment, day_start
from kpi.metric import Sample, labels
from storage import Engine, SessionFactory
from tests.factories import (
    NOW,
    NPS,
    STARS,
    TODAY,
    YESTERDAY,
    ZONE,
    built_in,
    each_day,
    framework,
    lines,
    said,
    store,
    workspace,
)

FORKS = {**STARS, "name": "Forks", "aliases": [], "unit": "forks", "measure": "last(github.forks)"}


def update(sessions: SessionFactory, used: Workspace, *, since: date = YESTERDAY) -> Reply:
    with sessions.read() as session:
        return daily.compose(session, used, Moment(NOW, ZONE), since=since)


def reporting(*parts: dict[str, object]) -> Workspace:
    """A workspace whose framework states a daily report of these parts."""
    report = {"key": "daily", "title": "Daily", "cadence": "daily", "parts": list(parts)}
    return workspace(framework(STARS, FORKS, NPS, reports=[report]))


def titles(reply: Reply) -> list[str]:
    return [one.text for one in reply.thread]


def test_the_parts_of_the_daily_report_have_messages_of_their_own(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", range(100, 120)), each_day("github.forks", range(20)))
    used = reporting({"title": "Stars", "kpis": ["growth.github_stars"], "view": "delta"})
    reply = update(sessions, used)
    assert titles(reply) == ["2 KPIs measured; change yesterday", "Stars.", "What the numbers mean."]
    assert lines(reply.thread[1]) == [
        "Stars",
        "– GitHub Stars 119 · +1 yesterday, +7 in 7 days (+7 in the 7 before)",
    ]


@pytest.mark.parametrize(("forks", "is_there"), [([5, 6], True), ([5, 5], False)])
def test_a_part_comes_when_something_in_it_changed(
    sessions: SessionFactory, forks: list[float], is_there: bool
) -> None:
    store(sessions, each_day("github.stars", [100, 110]), each_day("github.forks", forks))
    reply = update(sessions, reporting({"title": "Copies", "kpis": ["growth.forks"], "when": "changed"}))
    assert ("Copies." in titles(reply)) is is_there


def test_a_part_comes_when_something_in_it_is_red(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [100, 110]), each_day("github.forks", [5000, 5001]))
    report = {"key": "daily", "title": "Daily", "cadence": "daily"}
    parts = [
        {"title": name, "kpis": [key], "when": "red"}
        for name, key in (("Copies", "growth.forks"), ("Love", "growth.github_stars"))
    ]
    zones = [{"zone": "green", "at_least": 70}, {"zone": "red", "below": 70}]
    used = workspace(framework(STARS, FORKS, zones=zones, reports=[report | {"parts": parts}]))
    assert "Love." in titles(update(sessions, used))
    assert "Copies." not in titles(update(sessions, used))


def test_a_part_for_some_people_is_not_in_everybodys_thread(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [100, 110]))
    part: dict[str, object] = {"title": "Secret", "kpis": ["growth.github_stars"], "audience": ["dana"]}
    assert "Secret." not in titles(update(sessions, reporting(part)))


def test_what_did_best_is_ranked_by_its_label(sessions: SessionFactory) -> None:
    pages = {"launch": 412.0, "pricing": 96.0, "docs": 97.0, "old": 1.0, "gone": 0.0}
    views = [
        Sample("plausible.page_views", day_start(day, ZONE), value, labels({"page": page}))
        for page, value in pages.items()
        for day in (YESTERDAY, YESTERDAY - timedelta(days=1))
    ]
    store(sessions, each_day("github.stars", [100, 110]), views)
    queries = {"Page views": "sum(plausible.page_views, 1d)"}
    reply = update(sessions, reporting({"title": "Top content", "queries": queries, "by": "page"}))
    assert lines(reply.thread[1])[-1] == "Page views: launch 412, docs 97, pricing 96 and 1 more"
    assert reply.data["measured"] == 1  # a measure that only the report asks for is no KPI
    assert reply.data["changed"] == ["acme/growth.github_stars"]


def test_a_ranking_of_levels_goes_by_what_they_gained(sessions: SessionFactory) -> None:
    store(
        sessions,
        each_day("hub.members", [10, 15], pairs=labels({"place": "forum"})),
        each_day("hub.members", [90, 91], pairs=labels({"place": "chat"})),
        each_day("github.stars", [100, 110]),
    )
    queries = {"Members": "last(discord.members)"}
    reply = update(sessions, reporting({"title": "Members", "queries": queries, "by": "place"}))
    assert "Members." not in titles(reply)  # nothing of it is measured: it is no empty heading


def test_numbers_are_explained_with_their_source(sessions: SessionFactory) -> None:
    store(
        sessions,
        each_day("github.stars", [100, 110]),
        each_day("entry.acme.growth.net_promoter_score", [40, 44]),
    )
    (*_, meanings) = update(sessions, reporting({"title": "All", "everything": True})).thread
    assert lines(meanings) == [
        "What the numbers mean",
        "Net Promoter Score: entered by hand",
        "GitHub Stars: people who star the repository now, the newest reading; from github",
    ]


def test_the_figures_are_what_was_printed(sessions: SessionFactory) -> None:
    store(
        sessions,
        each_day("github.stars", [100, 104, 110], until=TODAY),
        each_day("github.forks", [7, 7, None]),
        recorded_at=NOW,
    )
    reply = update(sessions, workspace(framework(STARS, FORKS)))
    assert reply.data["figures"] == [
        {
            "kpi": "acme/growth.github_stars",
            "day": "2026-11-22",
            "value": 104.0,
            "zone": "unknown",
            "met": False,
            "printed": "104",
            "settled": True,
        }
    ]
    assert "GitHub Stars | 104 | +4" in said(reply.thread[0])  # the open day's 110 is no figure of the update


def test_the_statements_do_not_grow_with_what_is_told(sessions: SessionFactory, engine: Engine) -> None:
    used = built_in("hektor", "bakhmach", "inferno")
    store(sessions, each_day("github.stars", range(100)))
    with counted(engine) as few:
        update(sessions, used)
    names = ("github.forks", "x.followers", "linkedin.followers", "discord.members", "github.contributors")
    store(sessions, *(each_day(name, range(100)) for name in names))
    with counted(engine) as many:
        update(sessions, used)
    assert len(many) == len(few)
