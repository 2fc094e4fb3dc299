"""`kpi collect SOURCE --since DAY` as a process: stopped, killed and held off in the middle, it goes on, and
in the end every day is there once."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.collectors.loopback import Asked, Said
from tests.collectors.scenarios import prometheus
from tests.collectors.threads import serving
from tests.e2e.process import clean_environment, until

ZONE = ZoneInfo("Europe/Berlin")
SINCE = date(2022, 1, 1)
QUESTIONS = 5
"""Prometheus is asked for a year at a time, and for days of 23, 24 and 25 hours apart."""
THIRD = 2 * QUESTIONS + 1
"""The first question of the third piece."""

WORKSPACE = """
name: Acme
timezone: Europe/Berlin
frameworks: [{use: small.yaml, start: 2026-09-01, horizons: {phase1: 2030-12-31}}]
sources:
  servers:
    collector: prometheus
    base_url: "{url}"
    token: prom-canary-token
    tenant: tenant-canary
    queries:
      signups: {kind: flow, query: "sum(increase(signups_total[$day]))"}
"""
FRAMEWORK = """
framework: small
title: Small
horizons: {phase1: {title: Phase 1}}
sections:
  - title: Growth
    kpis:
      - name: Sign-ups
        unit: signups
        better: higher
        targets: {phase1: "100"}
        measure: sum(prometheus.flow{query="signups"}, 7d)
"""


@dataclass
class SlowVendor:
    """Prometheus, which takes its time; `instead` says by the number of the question what it answers."""

    seconds: float = 0.0
    instead: Callable[[int], Said | None] = lambda _number: None
    asked: list[tuple[str, str]] = field(default_factory=list)  # what stretches were answered
    number: int = 0
    stand: prometheus.Stand = field(default_factory=prometheus.Stand)

    def __call__(self, asked: Asked) -> Awaitable[Said]:
        return self._answer(asked)

    async def _answer(self, asked: Asked) -> Said:
        self.number += 1
        refusal = self.instead(self.number)
        await asyncio.sleep(self.seconds)
        if refusal is not None:
            return refusal
        said = self.stand(asked)
        form = self.stand.forms[-1]
        self.asked.append((form.get("start", form.get("time", "")), form.get("end", "")))
        return said


@dataclass
class Shell:
    """A folder with a workspace and its database."""

    folder: Path
    vendor: SlowVendor

    @contextmanager
    def begun(self, since: date = SINCE) -> Iterator[subprocess.Popen[str]]:
        """The command, running."""
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "collect", "servers", "--since", since.isoformat()],
            cwd=self.folder,
            env=clean_environment({"DATABASE_URL": f"sqlite:///{self.folder / 'kpi.db'}"}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            yield process
        finally:
            process.kill()
            process.communicate()

    def collect(self) -> tuple[int, str, str]:
        """Its exit code and what it said, once it is done."""
        with self.begun() as process:
            out, err = process.communicate(timeout=60)
            return process.returncode, out, err

    def cut_off(self, how: signal.Signals) -> tuple[int, str, str]:
        """The same, ended by a signal while the third piece is being read."""
        with self.begun() as process:
            until(lambda: self.vendor.number >= THIRD)
            process.send_signal(how)
            out, err = process.communicate(timeout=20)
            return process.returncode, out, err

    def query(self, statement: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.folder / "kpi.db")) as connection, connection:
            return connection.execute(statement).fetchall()

    def days(self) -> list[date]:
        """The day of every sample, in the workspace's zone; a revision counts as a sample of its own."""
        found = self.query("SELECT at FROM samples ORDER BY at")
        return [(_EPOCH + timedelta(microseconds=int(str(at)))).astimezone(ZONE).date() for (at,) in found]


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def every_day(since: date = SINCE) -> list[date]:
    today = datetime.now(ZONE).date()
    return [since + timedelta(days=one) for one in range((today - since).days + 1)]


@contextmanager
def standing(folder: Path, vendor: SlowVendor) -> Iterator[Shell]:
    with serving(vendor) as server:
        (folder / "kpi.yaml").write_text(WORKSPACE.replace("{url}", server.url))
        (folder / "small.yaml").write_text(FRAMEWORK)
        yield Shell(folder, vendor)


@pytest.fixture
def shell(tmp_path: Path, sqlite_url: str) -> Iterator[Shell]:
    assert sqlite_url == f"sqlite:///{tmp_path / 'kpi.db'}"
    with standing(tmp_path, SlowVendor(seconds=0.05)) as found:
        yield found


def test_a_past_in_one_go_is_told_on_the_way(shell: Shell) -> None:
    code, out, err = shell.collect()
    assert (code, err) == (0, "")
    *_, before, last = out.splitlines()
    assert "servers: 20% · read up to 2022-12-31" in out
    assert before.startswith("servers: 100% · read up to ")
    today = datetime.now(ZONE).date()
    assert last == f"servers: 2022-01-01 to {today}: {len(every_day()):,} new, 0 restated, 0 unchanged"
    assert shell.days() == every_day()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_keeps_what_was_read_and_the_same_command_goes_on(shell: Shell, how: signal.Signals) -> None:
    code, out, err = shell.cut_off(how)
    assert code == 130
    assert "servers: 40% · read up to 2023-12-31" in out
    assert "stopped. What was read is kept; the same command goes on from there." in err
    assert "Traceback" not in err
    assert shell.days() == [one for one in every_day() if one < date(2024, 1, 1)]

    asked = len(shell.vendor.asked)
    code, out, err = shell.collect()
    assert (code, err) == (0, "")
    assert out.startswith("servers: goes on from 2024-01-01, where it stopped\n")
    assert shell.days() == every_day()
    again = [first for first, _ in shell.vendor.asked[asked:]]
    assert min(again) > "2024"  # nothing that was kept is asked for twice


def test_a_kill_loses_one_piece_and_its_source_is_free_again_after_the_lease(shell: Shell) -> None:
    code, _, _ = shell.cut_off(signal.SIGKILL)
    assert code == -signal.SIGKILL
    assert len(shell.days()) == len(set(shell.days())) == 730

    code, out, err = shell.collect()  # its lease holds: for all anybody knows it lives
    assert code == 1
    assert "another process is reading it, or was killed while it did" in err
    assert "at the latest in 2 min" in err
    assert "100%" not in out

    shell.query("UPDATE collector_runs SET lease_until = started_at WHERE finished_at IS NULL")
    code, out, err = shell.collect()
    assert (code, err) == (0, "")
    assert "goes on from 2024-01-01" in out
    assert shell.days() == every_day()


def refusing(number: int, **headers: str) -> Callable[[int], Said | None]:
    said = Said(429, b"{}", {name.replace("_", "-"): value for name, value in headers.items()})
    return lambda asked: said if asked == number else None


def test_a_short_wait_in_the_middle_is_waited_for(shell: Shell) -> None:
    shell.vendor.instead = refusing(THIRD, Retry_After="1")
    began = time.monotonic()
    code, _, err = shell.collect()
    assert (code, err) == (0, "")
    assert time.monotonic() - began > 1
    assert shell.days() == every_day()


def test_a_longer_wait_is_told_and_waited_for(shell: Shell) -> None:
    """Longer than a single question waits by itself, 20 seconds, but not worth giving up."""
    shell.vendor.instead = refusing(THIRD, Retry_After="25")
    with shell.begun() as process:
        assert process.stdout is not None
        said = ""
        while "waits" not in said:
            said = process.stdout.readline()
            assert said
        assert said == "servers: waits 25 s, as the vendor asks\n"
        process.send_signal(signal.SIGINT)  # also a wait can be stopped
        _, err = process.communicate(timeout=20)
    assert "the same command goes on from there" in err
    assert shell.collect()[0] == 0
    assert shell.days() == every_day()


def test_a_long_wait_ends_it_and_says_when_to_go_on(shell: Shell) -> None:
    shell.vendor.instead = refusing(THIRD, Retry_After="10000")
    code, out, err = shell.collect()
    assert code == 1
    assert "servers: 2022-01-01 to 2023-12-31: 730 new" in out
    assert "stopped after 2023-12-31. The same command goes on from there in 3 h." in err
    assert shell.vendor.number == THIRD
    assert shell.collect()[0] == 0
    assert shell.days() == every_day()


def test_a_piece_that_is_broken_for_good_is_told_though_later_ones_are_fine(shell: Shell) -> None:
    wrong = Said(200, json.dumps({"status": "success", "data": {}}).encode())
    shell.vendor.instead = lambda number: wrong if number == QUESTIONS + 1 else None
    code, out, err = shell.collect()
    assert code == 1  # a hole stays, and nobody may think otherwise
    assert "servers: 2023-01-01 to 2023-12-31: " in err
    assert "100%" in out
    assert {one.year for one in every_day()} - {one.year for one in shell.days()} == {2023}


def test_what_went_by_since_it_was_interrupted_is_read_too(shell: Shell) -> None:
    shell.cut_off(signal.SIGINT)
    then = datetime(2025, 6, 1, tzinfo=UTC) - _EPOCH
    shell.query(f"UPDATE backfills SET until = {then // timedelta(microseconds=1)}")
    code, out, _ = shell.collect()
    assert code == 0
    assert f" to {datetime.now(ZONE).date()}: " in out
    assert shell.days() == every_day()
