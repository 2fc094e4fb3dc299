"""`/kpi gate phase1`: exact counts, what is nearest, and unmeasured KPIs that count against."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from kpi.framework import Framework, Kpi
from kpi.quantity import Op
from storage import SessionFactory
from tests.factories import asking, asks, built_in, each_day, framework, lines, said, store, workspace

HORIZONS = {"phase1": {"title": "Phase 1"}, "phase2": {"title": "Phase 2"}, "phase3": {"title": "Phase 3"}}


def phased(total: int, *, require: str = "80%", key: str = "acme") -> Framework:
    """`total` KPIs, each 10 at phase 1 and 20 at phase 2, entered by hand."""
    kpis = [
        {
            "name": f"Figure {index}",
            "unit": "points",
            "better": "higher",
            "targets": {"phase1": "10", "phase2": "20"},
        }
        for index in range(total)
    ]
    gates = {"phase1": {"to": "phase2", "require": require}, "phase2": {"to": "phase3", "require": require}}
    return framework(*kpis, key=key, horizons=HORIZONS, gates=gates)


def enter(sessions: SessionFactory, values: Sequence[float], *, key: str = "acme") -> None:
    store(
        sessions,
        *(each_day(f"entry.{key}.growth.figure_{index}", [value]) for index, value in enumerate(values)),
    )


def test_a_shut_gate_says_how_many_are_missing_and_which_are_nearest(sessions: SessionFactory) -> None:
    enter(sessions, [10] * 35 + [9, 5, 1, 0])
    reply = asking(workspace(phased(44)), sessions)("gate phase1")
    assert reply.text == "Phase 1 → 2: not yet. 35 of 44 achieved, 36 needed (79.5% of 80%)"
    told = lines(reply)
    assert told[1] == "One more opens it. Nearest:"
    assert told[2] == "– Figure 35 9 points → ≥ 10 points (1 to go)"
    assert [line.split()[2] for line in told[2:5]] == ["35", "36", "37"]
    assert (
        told[5]
        == "○ 5 not measured: Figure 39, Figure 40, Figure 41, Figure 42 and 1 more (they count against)"
    )
    assert reply.data["verdict"] == "not enough data"
    assert reply.data["passed"] is False
    assert (reply.data["achieved"], reply.data["required"], reply.data["total"]) == (35, 36, 44)


def test_an_open_gate_says_so(sessions: SessionFactory) -> None:
    enter(sessions, [10] * 36 + [9])
    reply = asking(workspace(phased(44)), sessions)("gate phase1")
    assert reply.text == "Phase 1 → 2: open. 36 of 44 achieved, 36 needed (82% of 80%)"
    assert "more open" not in said(reply)
    assert reply.data["passed"] is True


@pytest.mark.parametrize("total", range(1, 60, 7))
def test_no_share_is_rounded_across_the_requirement(total: int, sessions: SessionFactory) -> None:
    achieved = total * 4 // 5
    enter(sessions, [10.0] * achieved + [0.0] * (total - achieved))
    reply = asking(workspace(phased(total)), sessions)("gate phase1")
    found = re.search(r"\(([\d.]+)% of 80%\)", reply.text)
    assert found
    assert (float(found[1]) >= 80) == (reply.data["passed"] is True)


@pytest.mark.parametrize(
    "text",
    [
        "gate phase1",
        "gate",
        "GATE Phase 1",
        "gate p1",
        "gate P1→P2",
        "gate p1→p2",
        "gate p1 -> p2",
        "gate phase 1 to phase 2",
        "gate acme phase1",
        "gate acme phase 1",
        "gate phase 1 to 2",
        "gate 1",
        "gate phase1 all",
        "gate phase1 evidence",
    ],
)
def test_a_gate_has_many_spellings(text: str, sessions: SessionFactory) -> None:
    assert asking(workspace(phased(3)), sessions)(text).data["gate"] == "phase1"


@pytest.mark.parametrize("text", ["gate inferno phase 2", "gate phase2", "gate P2→P3", "gate phase 2 to 3"])
def test_the_gate_behind_phase_two(text: str, sessions: SessionFactory) -> None:
    reply = asking(built_in("inferno"), sessions)(text)
    assert reply.text.startswith("Phase 2 → 3: not yet. 0 of 59 achieved, 51 needed")


@pytest.mark.parametrize(
    "text", ["gate phase9", "gate p1→p3", "gate nonsense", "gate phase1 phase2 phase3", "gate “x”"]
)
def test_a_gate_that_is_not_there_names_those_that_are(text: str, sessions: SessionFactory) -> None:
    reply = asking(workspace(phased(3)), sessions)(text)
    assert reply.text.startswith("No gate “")
    assert "`gate phase1`, `gate phase2`" in reply.text


def test_without_an_argument_it_is_the_first_gate_that_is_shut(sessions: SessionFactory) -> None:
    enter(sessions, [15, 15, 15])
    ask = asking(workspace(phased(3)), sessions)
    assert ask("gate").data["gate"] == "phase2"
    enter(sessions, [25, 25, 25])
    assert ask("gate").data["gate"] == "phase2"  # all are open: the last one


def test_a_framework_alone_means_its_next_gate(sessions: SessionFactory) -> None:
    enter(sessions, [15, 15, 15])
    used = workspace(phased(3), phased(2, key="other"))
    assert asking(used, sessions)("gate acme").data["gate"] == "phase2"
    assert asking(used, sessions)("gate other").data["gate"] == "phase1"


def test_35_and_36_of_the_44_kpis_of_the_first_inferno_gate(sessions: SessionFactory) -> None:
    used = built_in("inferno")
    inferno = used.uses[0].framework
    numeric = [kpi for kpi in inferno.gates[0].kpis(inferno) if kpi.targets["phase1"].is_numeric]

    def achieve(kpis: Sequence[Kpi]) -> None:
        store(sessions, *(each_day(f"entry.inferno.{kpi.key}", [_enough(kpi)]) for kpi in kpis))

    achieve(numeric[:35])
    shut = asking(used, sessions)("gate phase1")
    assert shut.text == "Phase 1 → 2: not yet. 35 of 44 achieved, 36 needed (79.5% of 80%)"
    assert (
        lines(shut)[1] == "One more opens it. Nothing measured falls short: it takes 1 of the 9 not measured."
    )
    achieve(numeric[35:36])
    opened = asking(used, sessions)("gate inferno P1→P2")
    assert opened.text == "Phase 1 → 2: open. 36 of 44 achieved, 36 needed (82% of 80%)"
    assert lines(opened)[1] == "Open since 22 Nov (1 day)."
    assert (shut.data["passed"], opened.data["passed"]) == (False, True)


def _enough(kpi: Kpi) -> float:
    """A value that meets the phase 1 target in full."""
    goal = kpi.targets["phase1"].goal
    assert goal.value is not None
    return goal.value * {Op.BELOW: 0.99, Op.ABOVE: 1.001}.get(goal.op, 1.0)


def test_a_framework_without_gates_says_so(sessions: SessionFactory) -> None:
    assert asking(built_in("hektor"), sessions)("gate").text.startswith("No framework in use has gates.")
    both = asking(built_in("hektor", "inferno"), sessions)("gate hektor phase1")
    assert "has no gates" in both.text
    assert "`gate phase1`" in both.text


def test_two_frameworks_with_gates_ask_which_and_their_buttons_answer(sessions: SessionFactory) -> None:
    ask = asking(workspace(phased(2, key="one"), phased(3, key="two")), sessions)
    for text in ("gate", "gate phase1"):
        reply = ask(text)
        assert reply.text == "2 gates go by that name: which one?"
        assert [ask(again).data["framework"] for again in asks(reply)] == ["one", "two"]


def test_all_shows_every_kpi_of_the_gate_with_its_mark(sessions: SessionFactory) -> None:
    enter(sessions, [10, 9])
    reply = asking(workspace(phased(3)), sessions)("gate phase1 all")
    told = said(reply)
    assert "✓ | Figure 0 | 10 points | ≥ 10 points" in told
    assert "– | Figure 1 | 9 points | ≥ 10 points" in told
    assert "○ | Figure 2 | not measured | ≥ 10 points" in told
    assert all(again.endswith("all") for again in asks(reply))


def test_a_value_at_a_hair_below_its_target_is_not_printed_as_the_target(sessions: SessionFactory) -> None:
    enter(sessions, [9.9999])
    told = said(asking(workspace(phased(1)), sessions)("gate phase1"))
    assert "9.9999 points → ≥ 10 points" in told
    assert "0 of 1 achieved" in told


def test_the_verdict_of_a_past_day(sessions: SessionFactory) -> None:
    store(sessions, each_day("entry.acme.growth.figure_0", [9, 12]))
    ask = asking(workspace(phased(1)), sessions)
    assert ask("gate phase1").data["passed"] is True
    assert ask("gate phase1 as-of 2026-11-21").data["passed"] is False
