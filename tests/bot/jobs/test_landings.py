"""Landings are reckoned once for each change, by one process, and commands read what is kept."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.jobs import landings as job
from bot.jobs.landings import KeepLandings
from bot.reports.landings import gate_path
from bot.reports.snapshot import Snapshot, load
from bot.workspace import Workspace
from kpi.calendar import Moment
from storage import SessionFactory, landings
from storage.landings import Kept
from tests.factories import (
    NOW,
    STARS,
    TODAY,
    YESTERDAY,
    ZONE,
    asking,
    each_day,
    framework,
    lines,
    store,
    workspace,
)

NPS = {"name": "Rating", "unit": "points", "better": "higher", "targets": {"day90": "50", "phase1": "40"}}
HORIZONS = {
    "day90": {"title": "Day 90"},
    "phase1": {"title": "Phase 1"},
    "phase2": {"title": "Phase 2"},
}
GATES = {"phase1": {"to": "phase2", "require": "100%"}}
RISING = [1000 + 12 * day + day % 5 for day in range(90)]
KPI, GATE = "acme/growth.github_stars", "gate acme/phase1"


def used(target: str = "5,000") -> Workspace:
    kpis = {**STARS, "targets": {"day90": target}}, NPS
    return workspace(framework(*kpis, horizons=HORIZONS, gates=GATES))


def seen(sessions: SessionFactory, of: Workspace, now: datetime = NOW) -> Snapshot:
    with sessions.read() as session:
        return load(session, of, Moment(now, ZONE), of.kpis)


def keeping(sessions: SessionFactory, now: datetime = NOW) -> KeepLandings:
    return KeepLandings(sessions, lambda _session: now, lambda: now)


def kept(sessions: SessionFactory) -> dict[str, Kept]:
    with sessions.read() as session:
        return landings.listing(session)


@pytest.fixture
def measured(sessions: SessionFactory) -> SessionFactory:
    store(sessions, each_day("github.stars", RISING), each_day("entry.acme.growth.rating", range(20, 50)))
    return sessions


def test_what_is_due_is_kept_once(measured: SessionFactory) -> None:
    run = keeping(measured)
    assert run(seen(measured, used())) == 3
    assert set(kept(measured)) == {KPI, "acme/growth.rating", GATE}
    assert run(seen(measured, used())) == 0
    assert gate_path(used().gates[0]) == GATE


def test_a_closed_day_a_target_or_a_sample_reckons_anew(measured: SessionFactory) -> None:
    keeping(measured)(seen(measured, used()))
    assert keeping(measured)(seen(measured, used("6,000"))) == 1
    store(measured, each_day("github.stars", [2500]), recorded_at=NOW)  # yesterday, restated
    assert keeping(measured)(seen(measured, used("6,000"))) == 1
    store(measured, each_day("github.stars", [2501], until=TODAY), recorded_at=NOW)  # today is open
    assert keeping(measured)(seen(measured, used("6,000"))) == 0
    tomorrow = NOW + timedelta(days=1)
    assert keeping(measured, tomorrow)(seen(measured, used("6,000"), tomorrow)) == 3


def test_a_past_that_is_filled_in_counts_as_well(measured: SessionFactory) -> None:
    keeping(measured)(seen(measured, used()))
    store(measured, each_day("github.stars", range(10), until=YESTERDAY - timedelta(days=200)))
    assert keeping(measured)(seen(measured, used())) == 1


def test_several_processes_reckon_each_change_once(measured: SessionFactory) -> None:
    snapshot = seen(measured, used())
    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(lambda _: keeping(measured)(snapshot), range(3)))
    assert sum(done) == 3


def test_the_command_says_what_is_kept_and_the_same_without_it(measured: SessionFactory) -> None:
    ask = asking(used(), measured)
    before = {text: ask(text) for text in ("stars", "rating", "gate phase1")}
    assert keeping(measured)(seen(measured, used())) == 3
    for text, reply in before.items():
        after = ask(text)
        assert lines(after) == lines(reply)
        assert after.data.get("landing") == pytest.approx(reply.data.get("landing"))
        assert after.data.get("chances") == reply.data.get("chances")
    assert before["stars"].data["landing"]["deadline"] == "2026-11-30"


def test_what_is_kept_is_what_is_said(measured: SessionFactory) -> None:
    keeping(measured)(seen(measured, used()))
    with measured.begin() as session:
        one = landings.find(session, KPI)
        assert one is not None
        changed = {**one.payload, "value": 4180.0, "low80": 3870.0, "high80": 4490.0, "chance": 0.09}
        landings.keep(session, [replace(one, payload=changed)])
    told = asking(used(), measured)("stars")
    assert "Landing 4,180 ± 310 on day 90; 9% chance of 5,000." in lines(told)
    # Another target, another day or a question of the past are not answered by it.
    assert "4,180" not in str(asking(used("6,000"), measured)("stars").data)
    assert "4180.0" not in str(asking(used(), measured, now=NOW + timedelta(days=1))("stars").data)
    past = asking(used(), measured)("stars as-of 2026-11-20")
    assert past.data["landing"]["value"] < 3000
    assert past.data["landing"]["history_days"] == 87


def test_what_fails_is_left_to_the_commands(
    measured: SessionFactory, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(job, "foreseen", lambda *_: 1 / 0)
    assert keeping(measured)(seen(measured, used())) == 0
    assert "landings not reckoned" in caplog.text
    assert asking(used(), measured)("stars").data["landing"] is not None
