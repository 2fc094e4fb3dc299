"""`kpi` in this process, in a folder with a small workspace on an empty database."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.cli import main
from tests.e2e.slack import Slack, slack_in_a_thread

WORKSPACE = """
name: Acme
timezone: Europe/Berlin
frameworks: [{use: small.yaml, start: 2026-09-01, horizons: {phase1: 2030-12-31}}]
channels: {daily: ["slack:C0123"]}
schedule: {daily: "09:00 weekdays"}
"""
FRAMEWORK = """
framework: small
title: Small
horizons: {phase1: {title: Phase 1}, phase2: {title: Phase 2}}
sections:
  - title: Growth
    kpis:
      - {name: Stars, unit: stars, better: higher, targets: {phase1: "100"}, measure: last(github.stars)}
      - {name: NPS, unit: points, better: higher, targets: {phase1: "50"}}
gates:
  phase1: {to: phase2, require: "80%"}
"""


@dataclass(frozen=True)
class Result:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str


class Kpi:
    """Runs commands as a shell would."""

    def __init__(self, capture: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self._capture, self._patch = capture, patch

    def __call__(self, *words: str, stdin: bytes = b"") -> Result:
        self._patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        self._capture.readouterr()
        code = main(list(words))
        said = self._capture.readouterr()
        return Result(code, said.out, said.err)


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, and an environment that says nothing."""
    for name in [*os.environ]:
        if name.startswith(("SLACK_", "KPI_", "DATABASE_", "GITHUB_")) or name in {"PORT", "HOST"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


@pytest.fixture
def here(bare: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a kpi.yaml."""
    (bare / "kpi.yaml").write_text(WORKSPACE)
    (bare / "small.yaml").write_text(FRAMEWORK)
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    return bare


@pytest.fixture
def kpi(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Kpi:
    return Kpi(capsys, monkeypatch)


@pytest.fixture
def slack(here: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Slack]:
    """A stand-in that `kpi` posts to."""
    with slack_in_a_thread() as found:
        for name, value in found.environment.items():
            monkeypatch.setenv(name, value)
        yield found
