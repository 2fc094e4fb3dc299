"""`/kpi sources`: what is connected, how fresh it is, and every fault with its mending."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.workspace import Source
from storage import SessionFactory, backfills, runs, samples, spending
from storage.runs import Fault
from tests.factories import GITHUB, NOW, ZONE, asking, fail, framework, lines, said, workspace

GIT = Source("git", "git", ("git.commits",), 300.0)
HOUR_AGO = NOW - timedelta(hours=1)


def succeed(sessions: SessionFactory, source: str) -> None:
    with sessions.begin() as session:
        run = runs.start(session, source, now=HOUR_AGO, lease=timedelta(minutes=5))
        assert run is not None
        runs.finish(session, run, now=HOUR_AGO, written=samples.Written(1200, 3, 5))


def test_nothing_connected_says_how_to_connect(sessions: SessionFactory) -> None:
    told = lines(asking(workspace(sources=()), sessions)("sources"))
    assert told[0] == "No source is connected."
    assert "Connect one with kpi sources add" in told[1]


def test_a_source_that_was_never_read_is_not_called_fine(sessions: SessionFactory) -> None:
    assert lines(asking(workspace(sources=(GITHUB, GIT)), sessions)("sources")) == [
        "2 sources, 2 not read yet.",
        "○ github: not read yet",
        "○ git: not read yet",
    ]


def test_a_read_source_shows_its_age_and_what_came(sessions: SessionFactory) -> None:
    succeed(sessions, "github")
    reply = asking(workspace(), sessions)("sources")
    assert lines(reply) == ["1 source, fine.", "✓ github: 1 h ago, 1,200 new, 3 restated"]
    assert reply.data["sources"][0]["faults"] == []


def test_a_failing_source_shows_what_helps(sessions: SessionFactory) -> None:
    succeed(sessions, "git")
    fail(
        sessions,
        "github",
        Fault("AuthFailed", "GitHub refuses the token", "Renew `GITHUB_TOKEN`."),
        at=HOUR_AGO,
    )
    reply = asking(workspace(sources=(GITHUB, GIT)), sessions)("source")
    assert lines(reply)[:3] == [
        "2 sources, 1 failing.",
        "▲ github: 1 h ago, 1 fault",
        "GitHub refuses the token. Renew GITHUB_TOKEN.",
    ]
    assert reply.data["sources"][0]["faults"][0]["kind"] == "AuthFailed"


def test_many_faults_are_cut_with_their_number(sessions: SessionFactory) -> None:
    with sessions.begin() as session:
        run = runs.start(session, "github", now=NOW, lease=timedelta(minutes=5))
        assert run is not None
        faults = [Fault("Unavailable", f"Part {part} is down", part=str(part)) for part in range(7)]
        runs.finish(session, run, now=NOW, faults=faults)
    told = lines(asking(workspace(), sessions)("sources"))
    assert told[1] == "▲ github: just now, 7 faults, next in 60 min"
    assert told[-1] == "… and 3 more faults"


def test_a_source_can_be_read_again(sessions: SessionFactory) -> None:
    asked: list[str] = []

    def enqueue(name: str) -> bool:
        asked.append(name)
        return True

    ask = asking(workspace(), sessions, enqueue=enqueue)
    assert ask("sources refresh GitHub").text == "github is being read again; ask once more in a moment."
    assert asked == ["github"]


def test_where_nothing_collects_it_says_what_does(sessions: SessionFactory) -> None:
    assert "Run `kpi collect github`" in asking(workspace(), sessions)("sources refresh github").text


def test_an_unknown_source_gets_the_nearest(sessions: SessionFactory) -> None:
    assert asking(workspace(), sessions)("sources gitbub").text == "No source “gitbub”. Nearest: `github`."


def test_sample_data_says_so(sessions: SessionFactory) -> None:
    noted = Source("sample", "sample", ("github.stars",), 60.0, "sample data: not yours")
    assert "sample data: not yours" in said(asking(workspace(sources=(noted,)), sessions)("sources"))


def test_one_source_says_what_it_feeds_what_is_left_and_when_it_is_next(sessions: SessionFactory) -> None:
    with sessions.begin() as session:
        run = runs.start(session, "github", now=NOW - timedelta(minutes=12), lease=timedelta(minutes=5))
        assert run is not None
        runs.note_quota(session, run, runs.Quota(4812, 5000, NOW + timedelta(minutes=30)))
        runs.finish(session, run, now=NOW - timedelta(minutes=12), written=samples.Written(41, 0, 3))
    reply = asking(workspace(), sessions)("sources github")
    assert lines(reply)[:3] == [
        "✓ github: 12 min ago, 41 new, 0 restated, next in 48 min",
        "Feeds 1 KPI: GitHub Stars.",
        f"4,812 of 5,000 requests left until {(NOW + timedelta(minutes=30)).astimezone(ZONE):%H:%M}.",
    ]
    assert reply.data["feeds"] == ["acme/growth.github_stars"]
    assert reply.data["quota"] == {"left": 4812, "limit": 5000}


def test_an_unfinished_back_fill_says_how_to_go_on(sessions: SessionFactory) -> None:
    with sessions.begin() as session:
        backfills.begin(session, "github", since=NOW - timedelta(days=90), now=NOW)
        backfills.reach(session, "github", reached=NOW - timedelta(days=30), now=NOW)
    told = lines(asking(workspace(), sessions)("sources github"))
    assert any(
        one.startswith("Its past is read up to ") and "kpi collect github --since" in one for one in told
    )


def test_what_was_spent_this_month_is_told(sessions: SessionFactory) -> None:
    month = NOW.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    with sessions.begin() as session:
        spending.spend(session, "github:abc", month, amount=Decimal("1.25"), limit=Decimal(5))
        spending.spend(session, "x:abc", month, amount=Decimal("3"), limit=Decimal(5))
    told = lines(asking(workspace(), sessions)("sources github"))
    assert [one for one in told if one.startswith("Spent")] == ["Spent 1.25 since 1 Nov."]


FORGETFUL = replace(GITHUB, title="GitHub", forgets_after=timedelta(days=14), forgotten=("github.stars",))


@pytest.mark.parametrize(
    ("unread_days", "said"),
    [
        (1, None),
        (9, None),
        (10, "3 days of github.stars are lost by"),
        (15, "3 days of github.stars are lost by"),
        (16, "4 days of github.stars are lost by"),
        (20, "8 days of github.stars are lost by"),
    ],
)
def test_days_that_the_vendor_is_about_to_forget_are_counted_down(
    sessions: SessionFactory, unread_days: int, said: str | None
) -> None:
    then = NOW - timedelta(days=unread_days)
    with sessions.begin() as session:
        for at, faults in ((then, ()), (NOW - timedelta(hours=1), (Fault("AuthFailed", "no"),))):
            run = runs.start(session, "github", now=at, lease=timedelta(minutes=5))
            assert run is not None
            runs.finish(session, run, now=at, faults=faults)
    told = [
        one for one in lines(asking(workspace(sources=(FORGETFUL,)), sessions)("sources")) if "lost by" in one
    ]
    assert [one.startswith(said or "") for one in told] == ([True] if said else [])
    assert all(one.endswith(": GitHub keeps 14.") for one in told)


def test_what_several_parts_are_refused_for_is_told_once(sessions: SessionFactory) -> None:
    with sessions.begin() as session:
        run = runs.start(session, "github", now=NOW, lease=timedelta(minutes=5))
        assert run is not None
        faults = [Fault("AuthFailed", "GitHub refuses the token", part=str(part)) for part in range(7)]
        runs.finish(session, run, now=NOW, faults=faults)
    told = lines(asking(workspace(sources=(GITHUB,)), sessions)("sources"))
    assert told[1:] == ["▲ github: just now, 7 faults, next in 60 min", "GitHub refuses the token."]


def test_a_source_of_named_queries_feeds_only_what_it_holds(sessions: SessionFactory) -> None:
    def kpi(name: str, query: str) -> dict[str, object]:
        measure = f'last(prometheus.ratio{{query="{query}"}})'
        goal = {"better": "higher", "targets": {"day90": "99%"}}
        return {"name": name, "unit": "%", "measure": measure, **goal}

    metrics = ("prometheus.level", "prometheus.flow", "prometheus.ratio")
    ops = Source("ops", "prometheus", metrics, 3600.0, names={"queries": frozenset({"uptime"})})
    used = workspace(framework(kpi("Uptime", "uptime"), kpi("Errors", "errors")), sources=(ops,))
    assert asking(used, sessions)("sources ops").data["feeds"] == ["acme/growth.uptime"]
