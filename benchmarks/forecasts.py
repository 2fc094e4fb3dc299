"""Forecasts of real series, tried from a rolling origin against the naive ways.

Every series of a folder of `at,value` files is cut at several days in its past, with all of its history and
with a short one; what came then is held against our forecast, the last season again (seasonal naive), the
last value (naive) and the line through both ends (drift). MASE is the mean absolute error by that of the
seasonal naive forecast one season ahead within the history (Hyndman and Koehler 2006), sMAPE as in M4.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.outcome import Outcome
from bot.series_file import read_series
from kpi.forecast import Forecast, History, forecast_many
from kpi.forecast_grid import on_grid, step_of

Array = npt.NDArray[np.float64]
DATA = Path(__file__).parent / "data"
WEEK = 7
YEAR = 52
CUTS = 6
SHORT = 60  # steps of the short histories
BASELINES = ("seasonal naive", "naive", "drift")
KPIS, DAYS, AHEAD = 300, 400, 90
MOST_SECONDS = 2.0
MOST_IMPORT_MS = 200.0


@dataclass(frozen=True, slots=True)
class Case:
    """What was known on a day, and what came."""

    history: Array
    actual: Array
    season: int


@dataclass(frozen=True, slots=True)
class Score:
    """The means over all cases of one group; `mase` and `smape` by method, ours first."""

    cases: int
    mase: dict[str, float]
    smape: dict[str, float]
    held80: float
    held95: float
    held95_first: float
    held95_last: float


def groups(folder: Path) -> dict[str, list[tuple[Array, int, int]]]:
    """Series with their season and horizon, by group."""
    stars = [_series(path) for path in sorted((folder / "stars").glob("*.csv"))]
    traffic = [_series(path) for path in sorted((folder / "traffic").glob("*.csv"))]
    gains = [np.diff(one) for one in stars]
    return {
        "stars, running total": [(one, WEEK, 28) for one in stars],
        "stars gained a day": [(one, WEEK, 28) for one in gains],
        "traffic a day": [(one, WEEK, 28) for one in traffic],
        "stars gained a week": [(_weekly(one), YEAR, 8) for one in gains],
        "traffic a week": [(_weekly(one), YEAR, 8) for one in traffic],
    }


def _series(path: Path) -> Array:
    read = read_series(path)
    step = step_of(read.at)
    if step is None:
        raise RuntimeError(f"{path} has no two instants")
    return np.array(on_grid(read.at, read.values.tolist(), step), np.float64)


def _weekly(values: Array) -> Array:
    whole = len(values) // WEEK * WEEK
    return np.asarray(values[len(values) - whole :].reshape(-1, WEEK).sum(axis=1), np.float64)


def cases(series: list[tuple[Array, int, int]], cuts: int) -> Iterator[Case]:
    for values, season, horizon in series:
        for back in range(cuts):
            end = len(values) - horizon - back * (horizon + 3)
            for length in (end, SHORT):
                history, actual = values[max(0, end - length) : end], values[end : end + horizon]
                known = np.isfinite(history).sum()
                if end > SHORT and known >= 2 * WEEK and np.isfinite(actual).sum() >= horizon / 2:
                    yield Case(history, actual, season)


def baseline(case: Case, name: str) -> Array:
    known = _filled(case.history)
    ahead = len(case.actual)
    if name == "naive":
        return np.full(ahead, known[-1])
    if name == "drift":
        return np.asarray(
            known[-1] + np.arange(1, ahead + 1) * (known[-1] - known[0]) / (len(known) - 1), np.float64
        )
    return np.resize(known[-case.season :] if len(known) >= case.season else known[-1:], ahead)


def _filled(values: Array) -> Array:
    """Each gap holds the value before it."""
    is_known = np.isfinite(values)
    places = np.maximum.accumulate(np.where(is_known, np.arange(len(values)), int(is_known.argmax())))
    return np.asarray(values[places], np.float64)


def score(found: list[Case], forecasts: list[Forecast | None]) -> Score:
    mase: dict[str, list[float]] = {name: [] for name in ("ours", *BASELINES)}
    smape: dict[str, list[float]] = {name: [] for name in mase}
    held: list[tuple[float, float, float, float]] = []
    for case, ours in zip(found, forecasts, strict=True):
        unit = _usual_error(case)
        if ours is None or not unit > 0:
            continue
        for name in mase:
            guess = np.array(ours.mean) if name == "ours" else baseline(case, name)
            mase[name].append(float(np.nanmean(np.abs(case.actual - guess))) / unit)
            smape[name].append(_smape(case.actual, guess))
        held.append(_held(case.actual, ours))
    shares = np.nanmean(np.array(held), axis=0).tolist()
    return Score(len(held), _means(mase), _means(smape), *shares)


def _usual_error(case: Case) -> float:
    apart = case.season if len(case.history) > 2 * case.season else 1
    steps = np.abs(case.history[apart:] - case.history[:-apart])
    return float(np.nanmean(steps)) if np.isfinite(steps).any() else 0.0


def _smape(actual: Array, guess: Array) -> float:
    size = np.abs(actual) + np.abs(guess)
    return float(np.nanmean(200 * np.abs(actual - guess) / np.where(size == 0, 1.0, size)))


def _held(actual: Array, ours: Forecast) -> tuple[float, float, float, float]:
    """The shares of what came inside 80 % and 95 %, and of the first and last third inside 95 %."""
    known, third = np.isfinite(actual), len(actual) // 3
    inside = [
        np.where(known, (actual >= np.array(low) - 1e-9) & (actual <= np.array(high) + 1e-9), np.nan)
        for low, high in ((ours.low80, ours.high80), (ours.low95, ours.high95))
    ]
    parts = (inside[0], inside[1], inside[1][:third], inside[1][-third:])
    return tuple(float(np.nanmean(one)) if np.isfinite(one).any() else np.nan for one in parts)  # type: ignore[return-value]  # four of them


def _means(values: dict[str, list[float]]) -> dict[str, float]:
    return {name: statistics.fmean(listed) for name, listed in values.items()}


def scores(folder: Path, cuts: int) -> dict[str, Score]:
    found = {}
    for name, series in groups(folder).items():
        listed = list(cases(series, cuts))
        horizon = len(listed[0].actual)
        ours = forecast_many([History(one.history.tolist(), one.season) for one in listed], horizon)
        found[name] = score(listed, ours)
    return found


def seconds(kpis: int = KPIS) -> float:
    """The time to forecast so many daily series, the best of three."""
    rng = np.random.default_rng(7)
    week = np.tile([1.2, 1.3, 1.2, 1.1, 1.0, 0.6, 0.6], DAYS // WEEK + 1)[:DAYS]
    histories = [
        History((week * 50 * np.exp(0.02 * rng.normal(size=DAYS).cumsum())).tolist(), WEEK)
        for _ in range(kpis)
    ]
    return min(_timed(lambda: forecast_many(histories, AHEAD)) for _ in range(3))


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def import_ms() -> float:
    """What `import kpi.forecast` adds to a start, in a fresh process, the best of five."""
    program = "import time; b = time.perf_counter(); import kpi.forecast; print(time.perf_counter() - b)"
    runs = [
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
        for _ in range(5)
    ]
    return 1000 * min(map(float, runs))


def run(*, quick: bool = False, folder: Path = DATA) -> list[Outcome]:
    """MASE against seasonal naive by group, how far the 95 % band is off its promise, and the times."""
    found = []
    for name, one in scores(folder, 2 if quick else CUTS).items():
        note = f"{one.cases} forecasts; the 95 % band held {100 * one.held95:.1f} %."
        figures = {"mase": one.mase, "smape": one.smape, "held80": one.held80, "held95": one.held95}
        found.append(
            Outcome(
                f"forecast, {name}, MASE",
                "",
                one.mase["ours"],
                one.mase["seasonal naive"],
                1.0,
                note,
                figures,
            )
        )
    took = seconds(30 if quick else KPIS)
    found.append(
        Outcome(f"forecast of {KPIS} KPIs, {DAYS} days each, {AHEAD} ahead", "s", took, most=MOST_SECONDS)
    )
    found.append(Outcome("import of the forecaster", "ms", import_ms(), most=MOST_IMPORT_MS))
    return found


def markdown(found: dict[str, Score]) -> str:
    names = ("ours", *BASELINES)
    lines = []
    for title, digits in (("mase", 3), ("smape", 1)):
        lines += [
            f"| {title.replace('smape', 'sMAPE, %').replace('mase', 'MASE')} | n | {' | '.join(names)} |"
        ]
        lines += ["| --- " * (len(names) + 2) + "|"]
        for group, one in found.items():
            cells = [f"{getattr(one, title)[name]:.{digits}f}" for name in names]
            lines.append(f"| {group} | {one.cases} | {' | '.join(cells)} |")
        lines.append("")
    lines += ["| held, % | 80 % band | 95 % band | first third | last third |", "| --- " * 5 + "|"]
    for group, one in found.items():
        shares = (one.held80, one.held95, one.held95_first, one.held95_last)
        lines.append(f"| {group} | {' | '.join(f'{100 * share:.1f}' for share in shares)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=DATA, help="holds stars/ and traffic/")
    folder = parser.parse_args().folder
    print(markdown(scores(folder, CUTS)))
    print(
        f"\n{KPIS} KPIs of {DAYS} days, {AHEAD} days ahead: {seconds():.2f} s; import: {import_ms():.0f} ms"
    )


if __name__ == "__main__":
    main()
