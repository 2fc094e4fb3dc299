"""The text of a measure: what parses, what a fault says, and what units come out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.measure import MeasureFault, parse
from kpi.metric import Kind, Metric
from kpi.unit import UnitFault, convert, unit

METRICS = {
    name: Metric(name, counted, kind, "")
    for name, counted, kind in [
        ("github.stars", "stars", Kind.LEVEL),
        ("github.forks", "forks", Kind.LEVEL),
        ("web.latency", "seconds", Kind.RATIO),
        ("ci.duration", "ms", Kind.RATIO),
        ("site.visitors", "visitors", Kind.FLOW),
        ("crm.pipeline", "$", Kind.LEVEL),
        ("ads.spend", "$", Kind.FLOW),
        ("shop.sales", "€", Kind.FLOW),
        ("site.bounce", "%", Kind.RATIO),
    ]
}


@pytest.mark.parametrize(
    ("text", "metrics"),
    [
        ("last(github.stars)", {"github.stars"}),
        ("sum(a,30d)/sum(b,30d)", {"a", "b"}),
        (' sum ( a.b { channel = "organic" , kind="x" } , 4w ) ', {"a.b"}),
        ("-(change(a, month) - 2.5e1) * 100", {"a"}),
        ("last(entry.inferno.dashboard.7_day_active)", {"entry.inferno.dashboard.7_day_active"}),
        ("p95(web.latency, all) + p95(web.latency, quarter)", {"web.latency"}),
        ("42", set()),
        ("last(größe.wert)", {"größe.wert"}),
    ],
)
def test_a_measure_knows_its_metrics(text: str, metrics: set[str]) -> None:
    assert parse(text).metrics == metrics
    assert parse(text) is parse(text)


@pytest.mark.parametrize(
    ("text", "column", "message", "hint"),
    [
        ("", 1, "nothing is written", "last(github.stars)"),
        ("summ(a.b, 30d)", 1, "no function 'summ'", "did you mean sum?"),
        ("1 + avg(a.b, 30d)", 5, "no function 'avg'", "did you mean mean?"),
        ("xyzzy(a.b)", 1, "no function 'xyzzy'", "there are last, sum"),
        ("sum(a.b)", 1, "sum needs a window", "sum(a.b, 30d)"),
        ("last(a.b, 3d)", 11, "last takes no window", "last(a.b)"),
        ("sum(a.b, 30x)", 10, "'30x' is no window", "30d"),
        ("sum(a.b, 0d)", 10, "'0d' is no window", "30d"),
        ("sum(a.b, 99999d)", 10, "is no window", "30d"),
        ("github.stars", 1, "'github.stars' stands alone", "last(github.stars)"),
        ("last(a.b) + github.stars * 2", 13, "'github.stars' stands alone", "last(github.stars)"),
        ("last(a.b", 9, "ends too early", "a closing )"),
        ("last(a.b) +", 12, "ends too early", "a function"),
        ("1,000", 2, "',' cannot stand here", "+ - * /"),
        ("last(a.b) last(c.d)", 11, "'last' cannot stand here", "+ - * /"),
        ("last(a.b{x=1})", 12, "cannot stand here", "double quotes"),
        ('last(a.b{x="1", x="2"})', 17, "label x is named twice", "once"),
        ("last()", 6, "')' cannot stand here", "name of a metric"),
        ("$", 1, "'$' cannot stand here", "a function"),
        ("1e999", 1, "too large", ""),
        ("(" * 10_000 + "1" + ")" * 10_000, 2001, "20001 characters", "2000"),
        ("-" * 1_500 + "last(a.b)", 1, "more than 100 steps", "split it"),
        ("1" + "+1" * 900, 1, "more than 100 steps", "split it"),
    ],
)
def test_a_fault_names_the_column_and_the_way_out(text: str, column: int, message: str, hint: str) -> None:
    with pytest.raises(MeasureFault) as caught:
        parse(text)
    assert caught.value.column == column
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_parentheses_alone_nest_as_deep_as_the_text_is_long() -> None:
    assert parse("(" * 999 + "1" + ")" * 999).metrics == frozenset()


@given(st.text(max_size=60) | st.text('lastsumd(){}=,."+-*/ 0123456789ab_', max_size=60))
def test_any_text_is_a_measure_or_a_measure_fault(text: str) -> None:
    try:
        parse(text)
    except MeasureFault as fault:
        found = fault
    else:
        return
    assert 1 <= found.column <= len(text) + 1
    assert found.message


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("last(github.stars)", "stars"),
        ("rate(github.stars, 30d)", "stars/day"),
        ("count(github.stars, 30d)", ""),
        ("last(github.stars) - 100", "stars"),
        ("last(github.stars) + last(github.forks)", ""),
        ("sum(site.visitors, 30d) / last(github.stars)", "ratio"),
        ("last(crm.pipeline) / sum(ads.spend, all)", "ratio"),
        ("sum(ads.spend, 30d) / change(github.stars, 30d)", "$"),
        ("last(web.latency) + last(ci.duration)", "seconds"),
        ("last(site.bounce) * sum(site.visitors, 30d)", "visitors"),
        ("12 * last(crm.pipeline)", "$"),
        ("-last(crm.pipeline)", "$"),
        ("1 / last(github.stars)", "ratio"),
        ("2 * 3", ""),
        ("sum(ads.spend, 30d) / last(web.latency)", "$/second"),
    ],
)
def test_units_follow_the_arithmetic(text: str, name: str) -> None:
    found = parse(text).unit(METRICS)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(
    "text",
    [
        "last(github.stars) + last(web.latency)",
        "last(crm.pipeline) - sum(shop.sales, 30d)",
        "last(crm.pipeline) * sum(ads.spend, 30d)",
        "last(web.latency) * last(ci.duration)",
        "last(github.stars) + rate(github.stars, 7d)",
        "last(site.bounce) - last(github.stars)",
    ],
)
def test_units_that_do_not_mix_are_a_fault(text: str) -> None:
    with pytest.raises(UnitFault, match="cannot be"):
        parse(text).unit(METRICS)


@pytest.mark.parametrize(
    "text", ["last(no.such)", "last(no.such) + last(web.latency)", "last(web.latency) / last(no.such)"]
)
def test_the_unit_of_an_unknown_metric_is_unknown(text: str) -> None:
    assert parse(text).unit(METRICS) is None


def test_a_ratio_fits_a_kpi_in_percent() -> None:
    found = parse("sum(site.visitors, 30d) / last(github.stars)").unit(METRICS)
    assert found is not None
    assert convert(0.12, found, unit("%")) == 12
