"""`/kpi sources`: what is connected, how fresh it is, and every fault with its mending."""

from __future__ import annotations

from datetime import timedelta

from bot.workspace import Source
from storage import SessionFactory, runs, samples
from storage.runs import Fault
from tests.factories import GITHUB, NOW, asking, fail, lines, said, workspace

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
    assert "Add one under sources: in kpi.yaml" in told[1]


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
    assert told[1] == "▲ github: just now, 7 faults"
    assert told[-1] == "… and 3 more faults"


def test_a_source_can_be_read_again(sessions: SessionFactory) -> None:
    asked: list[str] = []

    def enqueue(name: str) -> bool:
        asked.append(name)
        return True

    ask = asking(workspace(), sessions, enqueue=enqueue)
    assert ask("sources refresh GitHub").text == "github is being read again; ask once more in a moment."
    assert ask("sources github").text.startswith("github is being read again")
    assert asked == ["github", "github"]


def test_where_nothing_collects_it_says_what_does(sessions: SessionFactory) -> None:
    assert "Run `kpi collect github`" in asking(workspace(), sessions)("sources github").text


def test_an_unknown_source_gets_the_nearest(sessions: SessionFactory) -> None:
    assert asking(workspace(), sessions)("sources gitbub").text == "No source “gitbub”. Nearest: `github`."


def test_sample_data_says_so(sessions: SessionFactory) -> None:
    noted = Source("sample", "sample", ("github.stars",), 60.0, "sample data: not yours")
    assert "sample data: not yours" in said(asking(workspace(sources=(noted,)), sessions)("sources"))
