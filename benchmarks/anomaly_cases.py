"""Series with anomalies put into them: real days of stars and traffic, and made hours and minutes.

What is put in is known to the point, so recall and delay can be counted. Everything is seeded: each run has
the same cases.
"""

from __future__ import annotations

import csv
import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median

DATA = Path(__file__).parent / "data"
START = datetime(2026, 1, 5, tzinfo=UTC)
_DAY = timedelta(days=1)

Values = list[float | None]


@dataclass(frozen=True, slots=True)
class Timeline:
    """A series without anything put in. `season` is in points."""

    name: str
    at: list[datetime]
    values: Values
    season: int


@dataclass(frozen=True, slots=True)
class Case:
    """A series with one incident from point `start` on, to be told within `within` points."""

    kind: str
    timeline: Timeline
    values: Values
    start: int
    within: int


def timelines() -> list[Timeline]:
    """The real ones by day, then the made ones: counts of a business by day and week, hours and minutes."""
    finer = (made(step) for step in ("hour", "hour with a trend", "count an hour", "minute"))
    return [*real(), *(business(step, level) for step in ("day", "week") for level in (12, 60, 400)), *finer]


def real() -> list[Timeline]:
    """Stars gained a day, and traffic a day, on a calendar without holes: what is missing is None."""
    found = []
    for path in sorted(DATA.glob("*/*.csv")):
        with path.open(encoding="utf-8") as file:
            rows = {datetime.fromisoformat(row["at"]).replace(tzinfo=UTC): float(row["value"])
                    for row in csv.DictReader(file)}  # fmt: skip
        first, last = min(rows), max(rows)
        at = [first + _DAY * number for number in range((last - first).days + 1)]
        values: Values = [rows.get(day) for day in at]
        if path.parent.name == "stars":
            values = [None, *(None if a is None or b is None else b - a for a, b in pairwise(values))]
        found.append(Timeline(f"{path.parent.name}/{path.stem}", at, values, 7))
    return found


def made(kind: str) -> Timeline:
    """A server's year in small: days, weeks, noise; nothing odd in it."""
    chance = random.Random(kind)
    step, count = (timedelta(minutes=1), 20_160) if kind == "minute" else (timedelta(hours=1), 2_400)
    at = [START + step * number for number in range(count)]
    values: Values = []
    noise = 0.0
    for number, moment in enumerate(at):
        time = moment.hour + moment.minute / 60
        shape = 100 + 60 * math.sin((time - 9) / 24 * 2 * math.pi) - (35 if moment.weekday() >= 5 else 0)
        noise = 0.5 * noise + chance.gauss(0, 4)
        if kind == "count an hour":
            values.append(float(_poisson(chance, shape / 60)))
        else:
            values.append(shape + noise + (number / 20 if "trend" in kind else 0))
    return Timeline(f"made/{kind}", at, values, round(_DAY / step))


def business(step: str, level: int) -> Timeline:
    """Counts of a business that grows slowly: fewer at weekends, scattered more than by chance."""
    chance = random.Random(f"{step} {level}")
    days = 1 if step == "day" else 7
    at = [START + days * number * _DAY for number in range(500 // days + 150)]
    values: Values = []
    for moment in at:
        mean = level * days * (1 + (moment - START).days / 1460)
        if days == 1 and moment.weekday() >= 5:
            mean *= 0.6
        values.append(float(_poisson(chance, chance.gammavariate(40, mean / 40))))
    return Timeline(f"made/count a {step}, about {level * days:,}", at, values, 7 if days == 1 else 4)


def _poisson(chance: random.Random, mean: float) -> int:
    if mean > 50:
        return max(round(chance.gauss(mean, math.sqrt(mean))), 0)
    limit, product, count = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        count += 1
    return count


@dataclass(frozen=True, slots=True)
class _Site:
    """Where something is put in: the values so far, how far they scatter, and chance."""

    values: Values
    start: int
    season: int
    scatter: float
    level: float
    chance: random.Random

    def shifted(self, count: int, by: Callable[[int, float], float]) -> Values:
        """`count` values from the start changed; what would fall below 0 is 0."""
        found = list(self.values)
        for place in range(self.start, min(self.start + count, len(found))):
            value = found[place]
            if value is not None:
                found[place] = max(by(place - self.start, value), 0.0)
        return found

    @property
    def before(self) -> float:
        return next(value for value in reversed(self.values[: self.start]) if value is not None)


def _spike(site: _Site) -> Values:
    return site.shifted(1, lambda _, value: value + 10 * site.scatter)


def _dip(site: _Site) -> Values:
    return site.shifted(1, lambda _, value: value - 10 * site.scatter)


def _fifth(site: _Site) -> Values:
    return site.shifted(1, lambda _, value: round(0.2 * value))


def _nothing(site: _Site) -> Values:
    return site.shifted(1, lambda _number, _value: 0.0)


def _level_shift(site: _Site) -> Values:
    return site.shifted(len(site.values), lambda _, value: value + max(6 * site.scatter, 0.5 * site.level))


def _trend_break(site: _Site) -> Values:
    return site.shifted(len(site.values), lambda number, value: value + 0.7 * site.scatter * number)


def _dead(site: _Site) -> Values:
    return site.shifted(max(10, site.season // 4), lambda _number, _value: 0.0)


def _frozen(site: _Site) -> Values:
    return site.shifted(max(20, site.season // 3), lambda _number, _value: site.before)


def _season_flip(site: _Site) -> Values:
    """The season half a period late."""
    late = list(site.values)
    return site.shifted(
        3 * site.season, lambda number, value: late[site.start + number - site.season // 2] or value
    )


def _unrest(site: _Site) -> Values:
    return site.shifted(
        max(14, site.season // 8), lambda _, value: value + site.chance.gauss(0, 6 * site.scatter)
    )


def _gap(site: _Site) -> Values:
    """Nothing measured for some time: nothing odd is to be told of what follows."""
    found = list(site.values)
    found[site.start : site.start + 10] = [None] * 10
    return found


KINDS: dict[str, Callable[[_Site], Values]] = {
    "spike": _spike,
    "dip": _dip,
    "a fifth of usual": _fifth,
    "zero for once": _nothing,
    "level shift": _level_shift,
    "trend break": _trend_break,
    "dead (zero)": _dead,
    "frozen value": _frozen,
    "season flip": _season_flip,
    "variance burst": _unrest,
    "gap (no alarm wanted)": _gap,
}
GAP = "gap (no alarm wanted)"
_NEEDS_LEVEL = frozenset({"dip", "dead (zero)"})
_NEEDS_SEASON = frozenset({"season flip"})
_ONCE = frozenset({"spike", "dip", "a fifth of usual", "zero for once"})
_WITHIN = {"trend break": 30, "frozen value": 20, "season flip": 21, GAP: 20}


def cases(rounds: int = 3, seed: str = "") -> Iterator[Case]:
    """Each kind put into each series `rounds` times, where it can be told apart from the series itself."""
    for timeline in timelines():
        for kind, put_in in KINDS.items():
            for number in range(rounds):
                chance = random.Random(f"{timeline.name} {kind} {number}{seed}")
                site = _site(timeline, chance)
                if site is None or not _is_visible(kind, site):
                    continue
                within = 1 if kind in _ONCE else max(_WITHIN.get(kind, 10), timeline.season // 4)
                yield Case(kind, timeline, put_in(site), site.start, within)


def _site(timeline: Timeline, chance: random.Random) -> _Site | None:
    """A measured point in the second half with a measured month around it; None after ten tries without."""
    values = timeline.values
    for _ in range(10):
        start = chance.randrange(len(values) // 2, len(values) - max(60, 3 * timeline.season))
        if None in values[start - 2 * timeline.season : start + 30]:
            continue
        season, near = timeline.season, [value or 0.0 for value in values[max(start - 20 * 7, 0) : start]]
        lags = (
            [abs(b - a) for a, b in zip(near, near[season:], strict=False)] if len(near) > season else [1.0]
        )
        scatter = max(median(lags), 0.1 * median(near), 1.0)
        return _Site(values, start, season, scatter, median(near), chance)
    return None


def _is_visible(kind: str, site: _Site) -> bool:
    if kind in _NEEDS_LEVEL:
        return site.level > 4 * site.scatter
    if kind in ("a fifth of usual", "zero for once"):
        lowest = min(value or 0.0 for value in site.values[max(site.start - 8 * site.season, 0) : site.start])
        value = site.values[site.start] or 0.0
        return lowest >= 3.0 and (kind == "zero for once" or 0.2 * value < 0.5 * lowest)
    if kind in _NEEDS_SEASON:
        span = [value or 0.0 for value in site.values[site.start - site.season : site.start]]
        return max(span) - min(span) > 6 * site.scatter
    return True
