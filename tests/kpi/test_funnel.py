"""Funnels: measured rates first, counted ones only over the same days, the weakest step by its own limit."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.framework import Kpi
from kpi.framework_rules import Funnel, FunnelStep
from kpi.funnel import FunnelStanding, Origin, funnel_standing, kpis_of
from kpi.metric import Series
from kpi.standing import standings
from tests.kpi.cases import NOON, context_of, daily, framework_of, kpi_of, reading_at

VISITORS = kpi_of({"steady": "100"}, name="Visitors", unit_name="visitors", measure="sum(site.visitors, 30d)")
SIGNUPS = kpi_of({"steady": "500+"}, name="Signups", unit_name="signups", measure="sum(mail.signups, all)")
SHARE = kpi_of({"steady": "3-5%"}, name="Share", unit_name="%", measure=None)
KEPT = kpi_of({"steady": "40%"}, name="Kept", unit_name="%", measure=None)
WHOLE = kpi_of({"steady": "12%"}, name="Whole", unit_name="%", measure=None)
BY_HAND = kpi_of({"steady": "10+"}, name="Deals", unit_name="deals", measure=None)


def entry(kpi: Kpi, value: float) -> Series:
    return reading_at(f"entry.hektor.{kpi.key}", NOON, value)


def funnel_of(*steps: FunnelStep, overall: Kpi | None = None) -> Funnel:
    return Funnel(key="f", title="Funnel", steps=steps, overall="" if overall is None else overall.key)


def found(funnel: Funnel, kpis: Sequence[Kpi], *series: Series, hidden: Sequence[Kpi] = ()) -> FunnelStanding:
    context = context_of(framework_of(*kpis), *series)
    known = {key: one for key, one in standings(context).items() if key not in {kpi.key for kpi in hidden}}
    return funnel_standing(funnel, context, known)


def visitors_to_signups(*series: Series, rate: bool = True, hidden: Sequence[Kpi] = ()) -> FunnelStanding:
    steps = (
        FunnelStep(name="Visitor", count=VISITORS.key),
        FunnelStep(name="Signup", count=SIGNUPS.key, rate=SHARE.key if rate else ""),
    )
    return found(funnel_of(*steps), (VISITORS, SIGNUPS, SHARE), *series, hidden=hidden)


def test_a_measured_rate_wins_over_a_counted_one() -> None:
    rate = (
        visitors_to_signups(
            daily("site.visitors", [100.0] * 40), daily("mail.signups", [5.0] * 40), entry(SHARE, 3.5)
        )
        .steps[1]
        .rate
    )
    assert rate is not None
    assert (rate.value, rate.origin, rate.met) == (3.5, Origin.MEASURED, True)


def test_without_one_it_is_counted_over_the_shorter_of_both_windows() -> None:
    """Forty days of signups against thirty of visitors would be no rate."""
    rate = (
        visitors_to_signups(
            daily("site.visitors", [100.0] * 40), daily("mail.signups", [50.0] * 10 + [2.0] * 30)
        )
        .steps[1]
        .rate
    )
    assert rate is not None
    assert (rate.value, rate.origin, rate.met) == (2.0, Origin.COUNTED, False)
    assert rate.shortfall == pytest.approx(1 / 3)
    assert rate.period is not None
    assert (rate.period.end - rate.period.start).days == 30


@pytest.mark.parametrize(
    ("visitors", "signups", "reason"),
    [
        ([0.0] * 40, [0.0] * 40, "nobody came in"),
        ([100.0] * 40, [], "has no number"),
        ([], [5.0] * 40, "has no number"),
        ([100.0] * 40, [5.0] * 9, "Signups: 21 of 30 days missing"),  # nine days are not thirty
    ],
)
def test_a_rate_that_cannot_be_counted_says_why(
    visitors: list[float], signups: list[float], reason: str
) -> None:
    series = [
        daily(name, values)
        for name, values in (("site.visitors", visitors), ("mail.signups", signups))
        if values
    ]
    rate = visitors_to_signups(*series).steps[1].rate
    assert rate is not None
    assert (rate.value, rate.origin, rate.met, rate.shortfall) == (None, Origin.NONE, None, None)
    assert reason in rate.reason


def test_levels_and_entries_have_no_common_period_and_give_no_rate() -> None:
    steps = (FunnelStep(name="In", count=VISITORS.key), FunnelStep(name="Deal", count=BY_HAND.key))
    rate = (
        found(funnel_of(*steps), (VISITORS, BY_HAND), daily("site.visitors", [100.0] * 40), entry(BY_HAND, 5))
        .steps[1]
        .rate
    )
    assert rate is not None
    assert rate.value is None
    assert "not counted over the same closed days" in rate.reason


def test_without_a_stated_rate_a_counted_one_is_neither_met_nor_missed() -> None:
    rate = (
        visitors_to_signups(
            daily("site.visitors", [100.0] * 40), daily("mail.signups", [5.0] * 40), rate=False
        )
        .steps[1]
        .rate
    )
    assert rate is not None
    assert (rate.value, rate.met, rate.target) == (5.0, None, None)


def test_what_may_not_be_shown_is_not_counted_out_of_the_rest() -> None:
    series = (daily("site.visitors", [100.0] * 40), daily("mail.signups", [5.0] * 40), entry(SHARE, 3.5))
    without_rate = visitors_to_signups(*series, hidden=[SHARE])
    assert without_rate.rated == ()
    assert without_rate.hidden == (SHARE.key,)
    without_count = visitors_to_signups(*series[:2], hidden=[VISITORS])
    assert without_count.steps[0].count is None
    assert without_count.rated == ()


def chain(share: float | None, kept: float | None, whole: float | None) -> FunnelStanding:
    steps = (
        FunnelStep(name="In"),
        FunnelStep(name="Share", rate=SHARE.key),
        FunnelStep(name="Kept", rate=KEPT.key, within="7 days"),
    )
    values = ((SHARE, share), (KEPT, kept), (WHOLE, whole))
    series = [entry(kpi, value) for kpi, value in values if value is not None]
    return found(funnel_of(*steps, overall=WHOLE), (SHARE, KEPT, WHOLE), *series)


def test_the_weakest_step_is_the_one_furthest_below_its_own_rate() -> None:
    """2 of 3 % is a third short, 30 of 40 % only a quarter."""
    assert (weakest := chain(2, 30, None).weakest) is not None
    assert weakest.step.name == "Share"
    assert (weakest := chain(3, 30, None).weakest) is not None
    assert weakest.step.name == "Kept"
    assert chain(3, 40, None).weakest is None
    assert chain(None, None, None).weakest is None


def test_the_product_stands_beside_the_stated_overall_rate() -> None:
    whole = chain(4, 50, 12.5)
    assert whole.product.value == 2.0
    assert whole.product.origin is Origin.MULTIPLIED
    assert whole.product.met is False
    assert whole.overall is not None
    assert (whole.overall.value, whole.overall.met) == (12.5, True)
    part = chain(4, None, None)
    assert part.product.value is None
    assert part.product.reason == "1 of 2 rates has no number"


def test_a_funnel_names_its_kpis_once() -> None:
    steps = (FunnelStep(name="a", count="x"), FunnelStep(name="b", count="x", rate="y"))
    assert kpis_of(Funnel(key="f", title="F", steps=steps, overall="y")) == ("x", "y")


shares = st.floats(0, 100).map(lambda value: round(value, 2))


@settings(max_examples=50)
@given(share=shares, kept=shares)
def test_the_product_is_never_above_any_of_its_rates(share: float, kept: float) -> None:
    product = chain(share, kept, None).product.value
    assert product is not None
    assert 0 <= product <= min(share, kept) + 1e-9


@settings(max_examples=50)
@given(share=shares, kept=shares)
def test_a_step_is_weak_exactly_where_its_rate_is_missed(share: float, kept: float) -> None:
    whole = chain(share, kept, None)
    missed = [one.step.name for one in whole.steps if one.rate is not None and one.rate.met is False]
    assert (whole.weakest is None) == (not missed)
    assert whole.weakest is None or whole.weakest.step.name in missed
