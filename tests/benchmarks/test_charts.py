"""The race of our charts against plain ones: every shape runs in it, and both draw the same figure."""

from __future__ import annotations

import pytest

from benchmarks.charts import race
from bot import charts


def test_every_shape_is_in_it() -> None:
    names = {module.__name__.rpartition(".")[2] for module in charts.shapes()}
    assert race.SHAPES.keys() == names - {"trend"}


@pytest.mark.parametrize("name", sorted(race.SHAPES))
def test_no_picture_is_drawn_twice_and_the_plain_one_is_as_large(name: str) -> None:
    shape = race.SHAPES[name]
    pictures = {shape.sample(seed).png() for seed in (10, 11)}
    assert len(pictures) == 2
    width, height = race.size_of(pictures.pop())
    with race.with_fonts():
        assert race.size_of(shape.plain(shape.sample(10), height)) == (width, height)


def test_each_has_its_goal() -> None:
    found = race.run(quick=True)
    assert [one.most for one in found] == [0.4] * len(race.SHAPES)
    assert all(one.baseline and one.ours for one in found)
