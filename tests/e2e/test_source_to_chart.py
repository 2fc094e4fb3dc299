"""Three KPIs from what a vendor says to the picture of it: each figure is the one worked out by hand.

GitHub, Stripe and Prometheus are played on this machine; everything else is the program as it is started by
its users: `kpi collect`, then `kpi ask`.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import pytest

from tests.collectors.fake_github import TOKEN, FakeGitHub
from tests.collectors.github_events import World
from tests.collectors.loopback import Answerer, Asked, Said, said_json
from tests.collectors.scenarios.stripe import KEY, Stripe
from tests.collectors.threads import serving
from tests.e2e.process import clean_environment

ZONE = ZoneInfo("Europe/Berlin")

WORKSPACE = """
name: Acme
timezone: Europe/Berlin
frameworks: [{use: small.yaml, start: 2026-09-01, horizons: {phase1: 2030-12-31}}]
sources:
  github: {collector: github, repository: acme/engine, token: "${GITHUB_TOKEN}",
           base_url: "GITHUB", parts: [stars]}
  stripe: {collector: stripe, api_key: "${STRIPE_KEY}", currency: usd, base_url: "STRIPE"}
  servers:
    collector: prometheus
    base_url: "PROMETHEUS"
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
      - name: New Stars
        unit: stars
        better: higher
        targets: {phase1: "30"}
        measure: sum(github.stars_gained, 7d)
      - name: MRR
        unit: $
        better: higher
        targets: {phase1: "$500"}
        measure: last(stripe.mrr{currency="usd"})
      - name: Weekly Sign-ups
        unit: signups
        better: higher
        targets: {phase1: "600"}
        measure: sum(prometheus.flow{query="signups"}, 7d)
"""


def signups(day: date) -> int:
    """Prometheus' figure of a day: 60 on a Monday, one more each day, 66 on a Sunday."""
    return 60 + day.weekday()


def prometheus(asked: Asked) -> Said:
    """Each evaluation is of the day that ends at its instant."""
    form = dict(parse_qsl(asked.body.decode()))
    is_range = asked.path.endswith("query_range")
    at = datetime.fromisoformat(form["start" if is_range else "time"])
    last = datetime.fromisoformat(form["end"]) if is_range else at
    found: list[tuple[float, str]] = []
    while at <= last:
        found.append((at.timestamp(), str(signups((at - timedelta(seconds=1)).astimezone(ZONE).date()))))
        at += timedelta(days=1)
    kind, values = ("matrix", {"values": found}) if is_range else ("vector", {"value": found[0]})
    result = [{"metric": {}, **values}]
    return said_json({"status": "success", "data": {"resultType": kind, "result": result}})


def starred() -> World:
    """A repository that three people star each day, a second after midnight, at noon and before midnight."""
    today = datetime.now(ZONE).date()
    days = [today - timedelta(days=ago) for ago in range(1, 40)]
    clock = (time(0, 0, 1), time(12), time(23, 59, 59))
    stars = [datetime.combine(day, at, ZONE).astimezone(UTC) for day in days for at in clock]
    return World(stars=stars, created=min(stars))


NEW_STARS = 21
"""Three on each of seven days."""

MRR = 399.58
"""Of Stripe's subscriptions in dollars, active or past due: 49 + 75 % of 1,188 / 12 + 2 × 49 + 52 × 10 / 12
+ (5 × 10 + 3 × 8) + 12 × 1 + 49 = 399.583…; the one in euros is another series."""

WEEK = 60 + 61 + 62 + 63 + 64 + 65 + 66
"""Any seven days in a row hold each day of the week once: 441."""


@dataclass
class Terminal:
    """A folder with a workspace, and what its user types."""

    folder: Path

    def __call__(self, *words: str) -> str:
        secrets = {"GITHUB_TOKEN": TOKEN, "STRIPE_KEY": KEY, "COLUMNS": "100"}
        done = subprocess.run(
            [sys.executable, "-m", "bot", *words],
            cwd=self.folder,
            env=clean_environment({"DATABASE_URL": f"sqlite:///{self.folder / 'kpi.db'}", **secrets}),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
        return done.stdout

    def asked(self, question: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self("ask", "--json", question))
        return found


@pytest.fixture
def terminal(tmp_path: Path, sqlite_url: str) -> Iterator[Terminal]:
    assert sqlite_url == f"sqlite:///{tmp_path / 'kpi.db'}"
    vendors: dict[str, Answerer] = {
        "GITHUB": FakeGitHub(starred()),
        "STRIPE": Stripe(datetime.now(UTC), ZONE),
        "PROMETHEUS": prometheus,
    }
    with ExitStack() as stack:
        text = WORKSPACE
        for name, vendor in vendors.items():
            text = text.replace(f'"{name}"', f'"{stack.enter_context(serving(vendor)).url}"')
        (tmp_path / "kpi.yaml").write_text(text)
        (tmp_path / "small.yaml").write_text(FRAMEWORK)
        yield Terminal(tmp_path)


def figures(text: str) -> set[float]:
    """Every number in a text."""
    return {float(one.replace(",", "")) for one in re.findall(r"\d[\d,]*(?:\.\d+)?", text)}


def test_what_the_vendors_say_is_what_why_and_the_chart_show(terminal: Terminal) -> None:
    since = (datetime.now(ZONE).date() - timedelta(days=20)).isoformat()
    terminal("collect")
    terminal("collect", "github", "servers", "--since", since)

    for name, metric, source, by_hand in (
        ("New Stars", "github.stars_gained", "github", NEW_STARS),
        ("MRR", "stripe.mrr", "stripe", MRR),
        ("Weekly Sign-ups", "prometheus.flow", "servers (prometheus)", WEEK),
    ):
        why, drawn = terminal.asked(f"why {name}"), terminal.asked(f"chart {name} 14d")
        assert why["data"]["value"] == pytest.approx(by_hand, abs=0.005)
        assert drawn["data"]["value"] == pytest.approx(by_hand, abs=0.005)
        words = json.dumps(why["blocks"], ensure_ascii=False)
        assert metric in words
        assert f"{source}, read every" in words
        assert any(abs(one - by_hand) < 0.5 for one in figures(why["text"])), why["text"]
        [alt] = [one["alt"] for one in drawn["blocks"] if one.get("type") == "chart"]
        assert alt == drawn["text"]
        assert any(abs(one - by_hand) < 0.5 for one in figures(alt)), alt

    pictures = terminal.folder / "pictures"
    assert "Weekly Sign-ups" in terminal("ask", "--charts", str(pictures), "chart weekly sign-ups 14d")
    [picture] = pictures.iterdir()
    assert picture.read_bytes().startswith(b"\x89PNG")
    everything = "".join(one.read_text() for one in terminal.folder.glob("*.yaml"))
    assert TOKEN not in everything
    assert KEY not in everything
