"""`measures:` in kpi.yaml: a KPI measured by the company's own systems, whatever the framework reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from kpi.document import DocumentFaults
from tests.bot.test_loading import HEAD, resolved

BY_PROMETHEUS = 'last(prometheus.ratio{query="availability"})'
INFERNO = f"{HEAD}frameworks:\n  - use: inferno\n    measures:\n"


def measure_of(folder: Path, line: str, key: str) -> str | None:
    (use,) = resolved(folder, f"{INFERNO}      {line}\n").uses
    return use.framework.by_key[key].measure


@pytest.mark.parametrize("name", ["primary_business_metrics.platform_availability", "Platform Availability"])
def test_a_kpi_is_measured_as_kpi_yaml_says(tmp_path: Path, name: str) -> None:
    key = "primary_business_metrics.platform_availability"
    assert measure_of(tmp_path, f"{name}: '{BY_PROMETHEUS}'", key) == BY_PROMETHEUS


def test_by_hand_takes_the_measure_away(tmp_path: Path) -> None:
    key = "primary_business_metrics.platform_availability"
    assert measure_of(tmp_path, "Platform Availability: by hand", key) is None


def test_the_others_keep_theirs(tmp_path: Path) -> None:
    line = f"Platform Availability: '{BY_PROMETHEUS}'"
    arr = measure_of(tmp_path, line, "primary_business_metrics.revenue_arr")
    assert arr == 'last(stripe.arr{currency="usd"})'


@pytest.mark.parametrize(
    ("line", "said", "hint"),
    [
        ("Platform Availabilty: by hand", "is no KPI of inferno", "Platform Availability"),
        ("Feature Adoption Rate: by hand", "names several KPIs", "customer_success_metrics"),
        ("Platform Availability: last(prometheus.ratio", "column", "last(github.stars)"),
    ],
)
def test_what_cannot_be_meant_is_told_at_its_line(tmp_path: Path, line: str, said: str, hint: str) -> None:
    with pytest.raises(DocumentFaults) as refused:
        resolved(tmp_path, f"{INFERNO}      {line}\n")
    (fault,) = refused.value.faults
    assert said in fault.message
    assert hint in fault.hint
    assert fault.line == 6
