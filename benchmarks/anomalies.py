"""The anomaly detector against usual rules, on series with anomalies put into them.

The rules are three standard deviations off the last 28 points, and three or five off the value a season ago;
with five they tell about as often as the detector does. All tell an incident once, and again only after a
quiet stretch of the same length; what was told within the window of what was put in is a hit, the rest of the
tested half is false. Real series have oddities of their own, so their precision is a lower bound; the made
ones have none.
"""

from __future__ import annotations

import math
import sys
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from statistics import fmean, median

from benchmarks.anomaly_cases import GAP, Case, Timeline, Values, cases, made, timelines
from benchmarks.outcome import Outcome
from kpi.anomaly import detect

Rule = Callable[[Timeline, Values], list[bool]]
LEAST_PER_SECOND = 10_000.0
_WARM = 30


def ours(timeline: Timeline, values: Values) -> list[bool]:
    return [point.is_anomaly for point in detect(timeline.at, values)]


def three_sigma(timeline: Timeline, values: Values) -> list[bool]:
    """Off the mean of the last 28 points by three of their standard deviations."""
    return _told(timeline, (_window_scores(values)))


def seasonal_three_sigma(timeline: Timeline, values: Values) -> list[bool]:
    return _seasonal(timeline, values, 3.0)


def seasonal_five_sigma(timeline: Timeline, values: Values) -> list[bool]:
    return _seasonal(timeline, values, 5.0)


def _seasonal(timeline: Timeline, values: Values, most: float) -> list[bool]:
    """Off the value a season ago by `most` standard deviations of such differences, of the last 8 seasons."""
    season = timeline.season
    off: Values = [None] * season
    for before, value in zip(values, values[season:], strict=False):
        off.append(None if before is None or value is None else value - before)
    return _told(timeline, _window_scores(off, 8 * season, most))


RULES: dict[str, Rule] = {
    "ours": ours,
    "3 sigma of 28": three_sigma,
    "seasonal 3 sigma": seasonal_three_sigma,
    "seasonal 5 sigma": seasonal_five_sigma,
}


def _window_scores(values: Values, length: int = 28, most: float = 3.0) -> Iterable[bool]:
    """Whether each value lies `most` standard deviations off the ones before."""
    window: deque[float] = deque()
    total = squares = 0.0
    for value in values:
        if value is None:
            yield False
            continue
        count = len(window)
        mean = total / count if count else 0.0
        spread = math.sqrt(max(squares / count - mean * mean, 0.0)) if count else 0.0
        yield count >= min(length, 28) and abs(value - mean) > most * max(spread, 1e-9)
        window.append(value)
        total, squares = total + value, squares + value * value
        if len(window) > length:
            old = window.popleft()
            total, squares = total - old, squares - old * old


def _told(timeline: Timeline, is_odd: Iterable[bool]) -> list[bool]:
    """Each incident once: told anew after a quiet week of days, or half a day of anything finer."""
    rest = timeline.season if timeline.season in (4, 7) else max(10, min(timeline.season // 2, 300))
    found, calm = [], rest
    for odd in is_odd:
        found.append(odd and calm >= rest)
        calm = 0 if odd else calm + 1
    return found


@dataclass(slots=True)
class Tally:
    """What one rule made of the cases of one kind."""

    cases: int = 0
    hits: int = 0
    false: int = 0
    delays: list[int] = field(default_factory=list)

    def add(self, case: Case, told: list[bool]) -> None:
        """Count one case: the first that is told in its window is the hit."""
        half = len(told) // 2
        places = [place for place in range(half, len(told)) if told[place]]
        inside = [place for place in places if case.start <= place < case.start + case.within]
        self.cases += 1
        if inside and case.kind != GAP:
            self.hits += 1
            self.delays.append(inside[0] - case.start)
        # What follows a lasting incident up to its window's double belongs to it.
        end = case.start + 2 * case.within
        self.false += sum(not case.start <= place < end for place in places)
        self.false += len(inside) if case.kind == GAP else 0

    @property
    def recall(self) -> float:
        return self.hits / self.cases if self.cases else math.nan

    @property
    def precision(self) -> float:
        told = self.hits + self.false
        return self.hits / told if told else math.nan


Tallies = dict[str, dict[str, Tally]]


def measured(
    rounds: int, *, seed: str = "", keep: Callable[[Case], bool] = lambda _: True
) -> tuple[Tallies, ...]:
    """Tallies by kind and rule: of the real series, the made days and weeks, the made hours and minutes."""
    found: tuple[Tallies, ...] = (defaultdict(dict), defaultdict(dict), defaultdict(dict))
    for case in cases(rounds, seed):
        if not keep(case):
            continue
        tallies = found[_group(case.timeline)]
        for name, rule in RULES.items():
            tallies[case.kind].setdefault(name, Tally()).add(case, rule(case.timeline, case.values))
    return found


def _group(timeline: Timeline) -> int:
    if not timeline.name.startswith("made/"):
        return 0
    return 1 if timeline.season in (4, 7) else 2


def false_alarms() -> dict[str, dict[str, float]]:
    """Told incidents per 1,000 points of the series as they are, by group and rule."""
    points: dict[str, int] = defaultdict(int)
    told: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for timeline in timelines():
        group = timeline.name if timeline.name.startswith("made/") else timeline.name.split("/")[0]
        points[group] += len(timeline.values)
        for name, rule in RULES.items():
            told[group][name] += sum(rule(timeline, timeline.values))
    return {
        group: {name: 1000 * told[group][name] / count for name in RULES} for group, count in points.items()
    }


def speed(rounds: int = 3) -> dict[str, float]:
    """Points per second on one core, the best of some rounds."""
    found = {}
    day = next(iter(timelines()))
    for name, timeline in {"minute": made("minute"), "hour": made("hour"), "day": day}.items():
        times = []
        for _ in range(rounds):
            began = time.perf_counter()
            detect(timeline.at, timeline.values)
            times.append(time.perf_counter() - began)
        found[name] = len(timeline.at) / min(times)
    return found


def run(*, quick: bool = False) -> list[Outcome]:
    """Recall over all kinds against the better rule, false alarms, and speed."""
    *_, of_made = measured(1, keep=(lambda case: "hour" in case.timeline.name) if quick else lambda _: True)
    recalls = {name: _mean_recall(of_made, name) for name in RULES}
    speeds = speed(1 if quick else 3)
    return [
        Outcome(
            "anomalies not found, made series, mean over kinds",
            "%",
            100 * (1 - recalls.pop("ours")),
            100 * (1 - max(recalls.values())),
            1.0,
            "the baseline is the best of three rules of some sigma.",
        ),
        Outcome(
            "time of the anomaly detector per 1,000 points",
            "ms",
            1e6 / min(speeds.values()),
            most=1e6 / LEAST_PER_SECOND,
            figures={name: round(value) for name, value in speeds.items()},
        ),
    ]


def _mean_recall(tallies: Tallies, rule: str) -> float:
    return fmean(by_rule[rule].recall for kind, by_rule in tallies.items() if kind != GAP)


def tables(rounds: int = 2) -> str:
    """What `python -m benchmarks.anomalies` prints, as Markdown."""
    lines = []
    titles = ("Real days", "Made days and weeks", "Made hours and minutes")
    for title, tallies in zip(titles, measured(rounds), strict=True):
        heads = "".join(f" {name}: recall | precision | delay |" for name in RULES)
        lines += [
            f"**{title}**",
            "",
            f"| put in | cases |{heads}",
            "| --- | ---: |" + " ---: |" * 3 * len(RULES),
        ]
        lines += [_row(kind, by_rule) for kind, by_rule in tallies.items()]
        lines.append("")
    lines += ["**Told per 1,000 points of the series as they are**", "", f"| series | {' | '.join(RULES)} |"]
    lines.append("| --- |" + " ---: |" * len(RULES))
    lines += [
        f"| {group} | {' | '.join(f'{rates[name]:.1f}' for name in RULES)} |"
        for group, rates in false_alarms().items()
    ]
    lines += ["", "**Points per second on one core**", "", "| data | points |", "| --- | ---: |"]
    lines += [f"| {name} | {rate:,.0f} |" for name, rate in speed().items()]
    return "\n".join(lines)


def _row(kind: str, by_rule: dict[str, Tally]) -> str:
    cells = []
    for name in RULES:
        tally = by_rule[name]
        if kind == GAP:
            cells.append(f"– | {tally.false} false | – |")
        else:
            delay = f"{median(tally.delays):.0f}" if tally.delays else "–"
            cells.append(f"{tally.recall:.0%} | {_share(tally.precision)} | {delay} |")
    return f"| {kind} | {by_rule['ours'].cases} | {' '.join(cells)}"


def _share(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.0%}"


if __name__ == "__main__":
    sys.stdout.write(f"{tables()}\n")
