"""What no vendor can mean: samples that are left out, whoever sent them, each with what is wrong with it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from unicodedata import category

from kpi.metric import Labels, Metric, Sample, labels

MOST_SERIES = 10_000
"""How many combinations of labels one run may bring: every answer reads all series of its metrics."""
LONGEST_LABEL = 500
"""Characters of a label's value: longer ones are texts, and PostgreSQL cannot look them up."""

_CLOCKS_APART = timedelta(minutes=10)
"""How far a vendor's clock may be ahead of ours."""
_FIRST = datetime(1990, 1, 1, tzinfo=UTC)
"""Nothing a company measures is older: an earlier date is a zero or a blank that was read as one."""


def sift(
    samples: Iterable[Sample], metrics: Mapping[str, Metric], extra: Mapping[str, str], now: datetime
) -> tuple[list[Sample], dict[str, str]]:
    """Samples in UTC with the labels `extra` too; and for each metric of others what is wrong with one."""
    kept: list[Sample] = []
    wrong: dict[str, str] = {}
    series: set[tuple[str, Labels]] = set()
    for one in samples:
        own = labels({**dict(one.labels), **extra})
        said = _impossible(one, metrics[one.metric], now) or _unfit(own)
        if not said and (one.metric, own) not in series and len(series) >= MOST_SERIES:
            said = f"comes in more than {MOST_SERIES:,} series"
        if said:
            wrong.setdefault(one.metric, said)
            continue
        series.add((one.metric, own))
        kept.append(replace(one, at=one.at.astimezone(UTC), labels=own))
    return kept, wrong


def _impossible(sample: Sample, metric: Metric, now: datetime) -> str:
    """What is wrong with a value or its time; empty where nothing is."""
    if not math.isfinite(sample.value):
        return f"is {sample.value}"
    if sample.value < 0 and not metric.is_signed:
        return f"is below zero ({sample.value:g})"
    if sample.at > now + _CLOCKS_APART:
        return f"is dated {sample.at:%Y-%m-%d %H:%M}, in the future"
    if sample.at < _FIRST:
        return f"is dated {sample.at:%Y-%m-%d}"
    return ""


def _unfit(pairs: Labels) -> str:
    """What is wrong with a label; empty where nothing is."""
    for name, text in pairs:
        if len(text) > LONGEST_LABEL:
            return f"has a {name} of {len(text):,} characters"
        # An emoji of several parts is not printable either, but a name that people read.
        if not text.isprintable() and any(category(one) in ("Cc", "Cs") for one in text):
            return f"has a {name} with control characters"
    return ""
