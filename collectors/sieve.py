"""What no vendor can mean: samples and happenings that are left out, each with what is wrong with it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from unicodedata import category
from zoneinfo import ZoneInfo

from collectors.happenings import Happening
from collectors.redaction import Redactor, one_line
from kpi.calendar import day_of
from kpi.metric import Labels, Metric, Sample, labels

MOST_SERIES = 10_000
"""How many combinations of labels one run may bring: every answer reads all series of its metrics."""
LONGEST_LABEL = 500
"""Characters of a label's value: longer ones are texts, and PostgreSQL cannot look them up."""
LONGEST_TEXT = 200
"""Characters of a happening's text: more do not fit on a chart."""
LONGEST_ADDRESS = 500
MOST_A_DAY = 20
"""How many happenings of one kind are kept of a day, the earliest: charts show such a day as one mark."""

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


def sift_happenings(
    found: Iterable[Happening], *, now: datetime, zone: ZoneInfo, redact: Redactor
) -> tuple[tuple[Happening, ...], tuple[str, ...]]:
    """Happenings in UTC with words that may be shown, oldest first; and what was left out, for the log.

    However often a day is read, of one kind the same ones are kept of it: its earliest.
    """
    kept: dict[str, Happening] = {}
    wrong: dict[str, None] = {}
    counts: Counter[object] = Counter()
    for one in sorted(found, key=lambda one: (one.at, one.reference)):
        text = one_line(redact(one.text), LONGEST_TEXT)
        if said := _untold(one, text, now):
            wrong[f"left out: {said}"] = None
            continue
        reference, day = one_line(one.reference, LONGEST_ADDRESS), (one.kind, day_of(one.at, zone))
        if reference in kept or counts[day] >= MOST_A_DAY:
            continue
        counts[day] += 1
        at, url = one.at.astimezone(UTC), _address(one.url, redact)
        kept[reference] = replace(one, at=at, text=text, reference=reference, url=url)
    return tuple(kept.values()), tuple(wrong)


def _untold(one: Happening, text: str, now: datetime) -> str:
    """What is wrong with a happening; empty where nothing is."""
    if not any(char.isalnum() for char in text):
        return f"a {one.kind} without words"
    if one.at > now + _CLOCKS_APART:
        return f"a {one.kind} dated {one.at:%Y-%m-%d %H:%M}, in the future"
    if one.at < _FIRST:
        return f"a {one.kind} dated {one.at:%Y-%m-%d}"
    return ""


def _address(url: str, redact: Redactor) -> str:
    """A web address that may be shown; empty for any other."""
    is_one = url.startswith(("https://", "http://")) and url.isprintable() and not set(url) & set(" <>|\"'")
    return redact(url) if is_one and len(url) <= LONGEST_ADDRESS else ""


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
