"""Every numeric target of the built-in frameworks, scored at its limit, past it and short of it."""

from __future__ import annotations

from importlib import resources

import pytest

from kpi.framework import Framework, Kpi, Target
from kpi.framework_file import parse_framework
from kpi.quantity import Better, Op
from kpi.scoring import direction, is_numeric, met, percent_of_target

FILES = sorted(
    path.name for path in resources.files("kpi.frameworks").iterdir() if path.name.endswith(".yaml")
)
STRICT = (Op.ABOVE, Op.BELOW)


@pytest.fixture(scope="module", params=FILES)
def framework(request: pytest.FixtureRequest) -> Framework:
    return parse_framework(
        resources.files("kpi.frameworks").joinpath(request.param).read_text("utf-8"), request.param
    )


def judged_targets(framework: Framework) -> list[tuple[Kpi, Target]]:
    """All targets that a number decides; a planned share has no verdict."""
    return [
        (kpi, target)
        for kpi in framework.kpis
        for target in kpi.targets.values()
        if is_numeric(target.goal) and target.goal.op is not Op.EQUAL
    ]


def test_at_the_limit_it_is_100_percent_and_met_unless_the_limit_is_strict(framework: Framework) -> None:
    for kpi, target in judged_targets(framework):
        goal, where = target.goal, f"{kpi.key} {target.goal.text}"
        assert percent_of_target(goal, goal.value, kpi.better) == 100, where
        assert met(goal, goal.value, kpi.better) is (goal.op not in STRICT), where


def test_a_little_better_is_met_and_a_little_worse_is_not(framework: Framework) -> None:
    for kpi, target in judged_targets(framework):
        goal, where = target.goal, f"{kpi.key} {target.goal.text}"
        assert goal.value is not None
        step = abs(goal.value) * 1e-6 or 1e-6
        is_lower = direction(goal, kpi.better) is Better.LOWER
        worse = (goal.high or goal.value) + step if is_lower else goal.value - step
        better = goal.value - step if is_lower else goal.value + step
        assert met(goal, worse, kpi.better) is False, where
        assert met(goal, better, kpi.better) is True, where
        short = percent_of_target(goal, worse, kpi.better)
        assert short is not None, where
        assert short < 100, where


def test_words_and_cells_without_a_target_have_no_score(framework: Framework) -> None:
    for kpi in framework.kpis:
        for target in kpi.targets.values():
            if not is_numeric(target.goal):
                assert met(target.goal, 5.0, kpi.better) is None
                assert percent_of_target(target.goal, 5.0, kpi.better) is None
