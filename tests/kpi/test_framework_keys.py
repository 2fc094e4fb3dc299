"""Keys of a KPI beside its numbers: how old its cohorts are, how long its data, how its work is spread."""

from __future__ import annotations

import json
from datetime import timedelta

import jsonschema
import pytest
import yaml

from kpi.calendar import EVEN, WEEKDAYS
from kpi.document import DocumentFaults
from kpi.framework import Framework, Kpi
from kpi.framework_file import json_schema, parse_framework

FILE = """\
framework: acme
title: Acme
horizons: {{q1: {{title: Q1}}}}
sections:
  - title: Growth
    kpis:
      - name: Signups
        better: higher
        {key}: {value}
governance:
  tasks:
    - {{title: Audit, due: {due}}}
"""


def read(key: str, value: str, due: str = "q1") -> Framework:
    return parse_framework(FILE.format(key=key, value=value, due=due), "acme.yaml")


def kpi(key: str, value: str) -> Kpi:
    return read(key, value).kpis[0]


@pytest.mark.parametrize("text", ["7d", '"7 days"', "7 D"])
def test_an_age_is_a_number_of_days(text: str) -> None:
    assert kpi("matures", text).matures == timedelta(days=7)
    assert kpi("history", text).history == timedelta(days=7)


@pytest.mark.parametrize(
    ("text", "rhythm"),
    [
        ("weekdays", WEEKDAYS),
        ("even", EVEN),
        ("{monday: 2, friday: 1}", (2, 0, 0, 0, 1, 0, 0)),
        ("{saturday: '3'}", (0, 0, 0, 0, 0, 3, 0)),
    ],
)
def test_a_rhythm_is_a_word_or_weights(text: str, rhythm: tuple[int, ...]) -> None:
    assert kpi("rhythm", text).rhythm == rhythm


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("matures", "soon", "not a number of days"),
        ("matures", "0d", "not a number of days"),
        ("history", "-7d", "not a number of days"),
        ("rhythm", "sometimes", "is no rhythm"),
        ("rhythm", "[1, 2]", "is no rhythm"),
        ("rhythm", "{funday: 2}", "is no rhythm"),
        ("rhythm", "{monday: -1}", "no whole numbers"),
        ("rhythm", "{monday: 0}", "no whole numbers"),
        ("rhythm", "{monday: 1.5}", "no whole numbers"),
    ],
)
def test_what_is_neither_is_refused_with_its_line(key: str, value: str, said: str) -> None:
    with pytest.raises(DocumentFaults) as caught:
        read(key, value)
    fault = caught.value.faults[0]
    assert said in str(fault)
    assert fault.line == 9


def test_a_task_is_due_on_a_day_or_at_a_horizon() -> None:
    assert read("unit", "x", due="2026-09-30").governance.tasks[0].due == "2026-09-30"
    with pytest.raises(DocumentFaults) as caught:
        read("unit", "x", due="q5")
    assert str(caught.value.faults[0]).startswith("acme.yaml:12: ")


@pytest.mark.parametrize(
    ("key", "value"), [("matures", "7d"), ("rhythm", "weekdays"), ("rhythm", "{monday: 2}")]
)
def test_the_schema_takes_what_the_reader_takes(key: str, value: str) -> None:
    text = FILE.format(key=key, value=value, due="q1") + "zones:\n  - {zone: green, at_least: 90%}\n"
    parse_framework(text, "acme.yaml")
    jsonschema.validate(json.loads(json.dumps(yaml.safe_load(text))), json_schema())
