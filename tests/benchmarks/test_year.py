"""The made-up year is the same in every run, and believable: near its targets, with holes in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from benchmarks import year
from bot.loading import read_workspace_file, resolve
from bot.reports import snapshot
from bot.settings import read_environment
from kpi.calendar import Moment
from storage import SessionFactory, connect, samples
from storage.annotations import between


@pytest.fixture
def sessions(sqlite_url: str) -> Iterator[SessionFactory]:
    engine = connect(sqlite_url)
    yield SessionFactory(engine)
    engine.dispose()


def test_the_year_is_mixed_and_has_holes(sessions: SessionFactory) -> None:
    written = year.fill(sessions)
    workspace = year.workspace()
    with sessions.read() as session:
        found = snapshot.load(session, workspace, Moment(year.NOW, year.ZONE), workspace.kpis)
        notes = between(session, [""], year.NOW - timedelta(days=90), year.NOW)
    shares = [one.percent_of_target for one in found.standings.values() if one.percent_of_target is not None]
    states = Counter(one.state.value for one in found.standings.values())
    assert written > 50_000
    assert sum(share >= 100 for share in shares) > 60
    assert sum(share < 70 for share in shares) > 15
    assert states["value"] > 250
    assert states["no data"] > 10
    assert states["fault"] >= 1
    assert (notes[-1].kind, notes[-1].text) == ("release", "1.2")


def test_the_files_hold_what_the_tests_use(sessions: SessionFactory, tmp_path: Path) -> None:
    year.main(tmp_path / "made")
    engine = connect(f"sqlite:///{tmp_path / 'made' / 'kpi.db'}")
    year.fill(sessions)
    with sessions.read() as one, SessionFactory(engine).read() as two:
        assert list(samples.export(one)) == list(samples.export(two))
    engine.dispose()


def test_what_is_written_down_is_what_the_tests_use(tmp_path: Path) -> None:
    path = year.write_workspace(tmp_path, "hektor", language="en")
    settings = read_environment({"KPI_CONFIG": str(path)})
    workspace = resolve(read_workspace_file(settings), path)
    assert [one.path for one in workspace.kpis] == [one.path for one in year.workspace("hektor").kpis]
    assert {one.name for one in workspace.sources} >= {"github", "plausible", "hubspot"}
