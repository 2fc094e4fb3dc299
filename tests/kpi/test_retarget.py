"""Changed targets: they stand in for the file's cells as long as the file says what they replaced."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.amount import QuantityFault
from kpi.framework import Framework
from kpi.quantity import Op
from kpi.retarget import TargetChange, changed_target, with_targets, written_text
from tests.factories import NPS, STARS, framework

KEYS = ("growth.github_stars", "growth.net_promoter_score")
STARS_KEY = KEYS[0]


def acme(**targets: str) -> Framework:
    return framework({**STARS, "targets": targets or {"day90": "5,000"}}, NPS)


def cell(found: Framework, kpi: str = STARS_KEY, horizon: str = "day90") -> str:
    return written_text(found.by_key[kpi], horizon)


def test_a_change_replaces_the_text_and_its_number() -> None:
    found = with_targets(acme(), [TargetChange(STARS_KEY, "day90", "6,000", "5,000")])
    target = found.by_key[STARS_KEY].targets["day90"]
    assert (target.goal.text, target.goal.value, target.goal.op) == ("6,000", 6000, Op.AT_LEAST)
    assert found.by_key[KEYS[1]] is not None
    assert [kpi.key for kpi in found.kpis] == list(KEYS)


def test_a_new_target_takes_its_place_among_the_horizons() -> None:
    found = with_targets(acme(month6="9,000"), [TargetChange(STARS_KEY, "day90", "6,000", "")])
    assert list(found.by_key[STARS_KEY].targets) == ["day90", "month6"]


@pytest.mark.parametrize(
    ("text", "is_applicable", "op"), [("N/A", False, Op.WORDS), ("Market leader", True, Op.WORDS)]
)
def test_words_stay_words(text: str, is_applicable: bool, op: Op) -> None:
    target = changed_target(acme(), STARS_KEY, "day90", text).by_key[STARS_KEY].targets["day90"]
    assert (target.is_applicable, target.goal.op, target.goal.value) == (is_applicable, op, None)


@pytest.mark.parametrize(
    "change",
    [
        TargetChange("growth.gone", "day90", "1", ""),
        TargetChange(STARS_KEY, "year9", "1", ""),
        TargetChange(STARS_KEY, "day90", "6,000", "4,000"),  # the file says 5,000 by now
        TargetChange(STARS_KEY, "day90", "6,000", ""),  # there was no target then
        TargetChange(STARS_KEY, "month6", "6,000", "5,000"),  # and here there is none any more
        TargetChange(STARS_KEY, "day90", "6,000 hours", "5,000"),  # the unit has changed
        TargetChange(STARS_KEY, "day90", "5,000", "5,000"),
    ],
)
def test_a_change_that_the_file_has_left_behind_is_ignored(change: TargetChange) -> None:
    written = acme()
    assert with_targets(written, [change]) is written


def test_back_to_the_files_words_means_what_its_author_said_they_mean() -> None:
    written = acme().by_key[STARS_KEY].targets["day90"].goal
    special = framework({**STARS, "targets": {"day90": {"text": "five thousand or so", "goal": "5,000"}}})
    changes = [
        TargetChange(STARS_KEY, "day90", "6,000", "five thousand or so"),
        TargetChange(STARS_KEY, "day90", "five thousand or so", "five thousand or so"),
    ]
    assert with_targets(special, changes) is special
    assert special.by_key[STARS_KEY].targets["day90"].goal.value == written.value


@pytest.mark.parametrize("text", ["", "4,000 → 5,000", "$5", "9,000 hours"])
def test_a_text_that_is_no_target_is_refused(text: str) -> None:
    with pytest.raises(QuantityFault):
        changed_target(acme(), STARS_KEY, "day90", text)


@pytest.mark.parametrize(("kpi", "horizon"), [("growth.gone", "day90"), (STARS_KEY, "year9")])
def test_a_cell_that_cannot_be_is_refused(kpi: str, horizon: str) -> None:
    with pytest.raises(KeyError):
        changed_target(acme(), kpi, horizon, "1")


_TEXTS = st.sampled_from(["5,000", "6,000", "7,000", "N/A", "9 hours"])
_CHANGES = st.lists(
    st.builds(
        TargetChange,
        st.sampled_from([*KEYS, "growth.gone"]),
        st.sampled_from(["day90", "month6", "year9"]),
        _TEXTS,
        st.sampled_from(["", "5,000", "50", "6,000"]),
    ),
    max_size=8,
)
WRITTEN = acme()


@given(_CHANGES)
@settings(max_examples=60, deadline=None)
def test_each_cell_says_what_the_last_change_that_holds_says(changes: list[TargetChange]) -> None:
    found = with_targets(WRITTEN, changes)
    for kpi in KEYS:
        for horizon in ("day90", "month6"):
            own = cell(WRITTEN, kpi, horizon)
            said = [
                one.text
                for one in changes
                if (one.kpi, one.horizon, one.replaced) == (kpi, horizon, own) and one.text != "9 hours"
            ]
            assert cell(found, kpi, horizon) == (said[-1] if said else own)


@given(_CHANGES, _TEXTS)
@settings(max_examples=40, deadline=None)
def test_an_edit_of_the_file_wins_over_every_change_made_before(
    changes: list[TargetChange], edited: str
) -> None:
    made_before = [one for one in changes if one.replaced != edited]
    if edited == "9 hours":
        return
    file = acme(day90=edited)
    assert cell(with_targets(file, made_before)) == edited


@given(_CHANGES)
@settings(max_examples=40, deadline=None)
def test_changes_of_different_cells_come_in_any_order(changes: list[TargetChange]) -> None:
    last = {(one.kpi, one.horizon): one for one in changes}
    found = with_targets(WRITTEN, last.values())
    assert found == with_targets(WRITTEN, reversed(last.values()))
    assert (found is WRITTEN) == (found == WRITTEN)
