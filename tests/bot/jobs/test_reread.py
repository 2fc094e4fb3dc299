"""Files change while the bot runs: good ones are taken up, faulty ones are told of and stop nothing."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.core import open_core
from bot.jobs.reread import Reread
from bot.reply import Reply
from bot.settings import read_environment
from bot.surfaces.base import Invocation
from storage import revisions
from tests.factories import lines

KPI = """\
name: Acme
timezone: Europe/Berlin
frameworks: [{{use: own.yaml, start: {start}}}]
{more}
"""
OWN = """\
framework: own
title: Own
horizons: {{day90: {{title: Day 90}}}}
sections:
  - title: All
    kpis:
      - {{name: Seats, unit: seats, better: higher, targets: {{day90: "{target}"}}}}
"""


@dataclass
class Office:
    """A workspace on disk, and a bot that runs on it."""

    folder: Path
    writes: int = 0

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        self.writes += 1
        os.utime(path, ns=(self.writes * 10**9, self.writes * 10**9))

    def __post_init__(self) -> None:
        self.write("kpi.yaml", KPI.format(start="2026-09-01", more=""))
        self.write("own.yaml", OWN.format(target="100"))
        url = f"sqlite:///{self.folder / 'kpi.db'}"
        self.core = open_core(
            read_environment({"KPI_CONFIG": str(self.folder / "kpi.yaml"), "DATABASE_URL": url})
        )
        reread = self.core.rereading()
        assert isinstance(reread, Reread)
        self.reread = reread

    def ask(self, text: str) -> Reply:
        return self.core.dispatcher()(Invocation(text, "slack", "U0"))


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def test_nothing_is_read_where_nothing_changed(office: Office) -> None:
    assert not office.reread()


def test_an_edited_framework_is_in_force_at_once_and_kept(office: Office) -> None:
    office.write("own.yaml", OWN.format(target="250"))
    assert office.reread()
    assert office.ask("seats").data["target"]["value"] == 250
    with office.core.sessions.read() as session:
        texts = [one.text for one in revisions.read(session) if one.subject == "own"]
    assert len(texts) == 2


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("own.yaml", OWN.format(target="10..5"), "own.yaml"),
        ("own.yaml", "framework: [", "own.yaml"),
        ("kpi.yaml", KPI.format(start="2026-09-01", more="unknown_key: 1"), "unknown_key"),
        ("kpi.yaml", KPI.format(start="soon", more=""), "start"),
    ],
)
def test_a_fault_keeps_the_last_good_files_and_is_said(
    office: Office, name: str, text: str, said: str
) -> None:
    office.write(name, text)
    assert not office.reread()
    reply = office.ask("seats")
    assert reply.data["target"]["value"] == 100
    told = "\n".join(lines(reply))
    assert said in told
    assert "last good files" in told


def test_a_file_that_is_gone_is_said_and_one_that_is_mended_is_taken(office: Office) -> None:
    (office.folder / "own.yaml").unlink()
    assert not office.reread()
    assert "does not exist" in "\n".join(lines(office.ask("seats")))
    office.write("own.yaml", OWN.format(target="300"))
    assert office.reread()
    reply = office.ask("seats")
    assert reply.data["target"]["value"] == 300
    assert "last good" not in "\n".join(lines(reply))


def test_a_framework_newly_in_use_is_watched_from_then_on(office: Office) -> None:
    second = OWN.replace("own", "two").replace("Seats", "Desks")
    office.write("two.yaml", second.format(target="5"))
    both = "[{use: own.yaml, start: 2026-09-01}, {use: two.yaml, start: 2026-09-01}]"
    office.write("kpi.yaml", f"name: Acme\ntimezone: Europe/Berlin\nframeworks: {both}\n")
    assert office.reread()
    office.write("two.yaml", second.format(target="6"))
    assert office.reread()
    assert office.ask("desks").data["target"]["value"] == 6


def test_other_sources_need_a_restart_and_that_is_said(office: Office) -> None:
    more = 'sources: {site: {collector: web, url: "https://example.com"}}'
    office.write("kpi.yaml", KPI.format(start="2026-09-15", more=more))
    assert office.reread()
    reply = office.ask("seats")
    assert "restart the bot" in "\n".join(lines(reply))
    assert office.core.timeline.files.uses[0].plan.start is not None
