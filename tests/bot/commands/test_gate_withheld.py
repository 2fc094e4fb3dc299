"""A gate counts KPIs that its reader may not see, and tells nothing else of them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.commands import gate, gates
from bot.commands.base import Args, Command, Context
from bot.errors import UserError
from bot.jobs.evaluate import Board, Evaluate
from bot.reply import Reply
from bot.surfaces.base import Invocation
from bot.timeline import Timeline
from bot.workspace import Workspace
from kpi.calendar import Moment
from storage import SessionFactory
from tests.factories import NOW, ZONE, each_day, framework, lines, said, store, workspace

HORIZONS = {"phase1": {"title": "Phase 1"}, "phase2": {"title": "Phase 2"}}
NAMES = ("Stars", "Secret Margin", "Secret Churn", "Forks")


def whole() -> Workspace:
    kpis = [
        {"name": name, "unit": "points", "better": "higher", "targets": {"phase1": "10"}} for name in NAMES
    ]
    rest = {"name": "Secret Audit", "unit": "points", "better": "higher", "targets": {"steady": "1"}}
    horizons = {**HORIZONS, "steady": {"title": "Always"}}
    made = framework(*kpis, rest, horizons=horizons, gates={"phase1": {"to": "phase2", "require": "75%"}})
    return workspace(made)


def limited() -> Workspace:
    keys = ("secret_margin", "secret_churn", "secret_audit")
    return replace(whole(), withheld={f"acme/growth.{key}": "It is for finance." for key in keys})


def asked(
    sessions: SessionFactory,
    text: str,
    *,
    used: Workspace | None = None,
    is_shared: bool = False,
    now: datetime = NOW,
) -> Reply:
    name, _, rest = text.partition(" ")
    command: Command = {"gate": gate.COMMAND, "gates": gates.COMMAND}[name]
    invocation = Invocation(text, "slack", "U1", "C1", is_shared)
    with sessions.read() as session:
        ctx = Context(used or limited(), session, Moment(now, ZONE), invocation, lambda _source: False)
        args: Args = command.args.read(tuple(rest.split()))
        return command.run(args, ctx)


@pytest.fixture
def entered(sessions: SessionFactory) -> SessionFactory:
    values = {"stars": 12.0, "secret_margin": 9.87654, "secret_churn": 11.0, "forks": 3.0}
    store(sessions, *(each_day(f"entry.acme.growth.{key}", [value]) for key, value in values.items()))
    return sessions


@pytest.mark.parametrize("text", ["gate phase1", "gate phase1 all", "gate phase1 evidence", "gates"])
def test_neither_name_nor_value_nor_distance_is_told(text: str, entered: SessionFactory) -> None:
    reply = asked(entered, text)
    everything = said(reply) + reply.text + json.dumps(reply.data)
    assert "ecret" not in everything
    assert "9.87" not in everything


def test_they_count_and_the_reader_is_told_how_many(entered: SessionFactory) -> None:
    reply = asked(entered, "gate phase1")
    assert reply.text == "Phase 1 → 2: not yet. 2 of 4 achieved, 3 needed (50% of 75%)"
    assert "2 KPIs not shown here." in lines(reply)
    assert "– Forks 3 points → ≥ 10 points (7 to go)" in lines(reply)
    assert (reply.data["total"], reply.data["withheld"], len(reply.data["kpis"])) == (4, 2, 2)
    assert reply.data["cheapest"] == []  # the nearest is one of those


def test_in_a_shared_channel_such_a_gate_is_refused(entered: SessionFactory) -> None:
    for text in ("gate phase1", "gates"):
        with pytest.raises(UserError, match="not for this channel") as refused:
            asked(entered, text, is_shared=True)
        assert "ecret" not in str(refused.value)
    assert asked(entered, "gate phase1", used=whole(), is_shared=True).data["total"] == 4


def test_frozen_evidence_is_told_without_them(sessions: SessionFactory) -> None:
    store(
        sessions,
        *(each_day(f"entry.acme.growth.{key}", [12.0]) for key in ("stars", "secret_margin", "forks")),
    )
    Evaluate(Timeline(whole()), sessions, lambda: NOW, Board())()
    reply = asked(sessions, "gate phase1 evidence", now=NOW + timedelta(hours=1))
    assert reply.text.startswith("Phase 1 → 2: passed on 23 Nov. 3 of 4 achieved")
    assert "2 KPIs not shown here." in lines(reply)
    assert "ecret" not in said(reply) + json.dumps(reply.data)
    full = asked(sessions, "gate phase1 evidence", used=whole())
    assert "✓ | Secret Margin | 12 points | 10" in lines(full)
    assert full.data["passes"][0]["passed_at"] == datetime(2026, 11, 23, 8, tzinfo=UTC).isoformat()
