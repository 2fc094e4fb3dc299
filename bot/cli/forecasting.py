"""`kpi forecast FILE.csv`: the coming steps of any series, with bands."""

from __future__ import annotations

import json
import math
from datetime import MAXYEAR, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.opening import say
from bot.errors import UserError
from bot.series_file import Series, read_series
from kpi.forecast_grid import Step, on_grid, step_of

if TYPE_CHECKING:
    from kpi.forecast import Forecast

FARTHEST = 5_000
_COLUMNS = ("mean", "low80", "high80", "low95", "high95")
_HINT = "Give at least three rows with a value, at different instants."


def register(app: typer.Typer) -> None:
    app.command("forecast")(forecast)


def forecast(
    file: Annotated[Path, typer.Argument(help="A CSV file with the columns at and value; - reads stdin.")],
    horizon: Annotated[
        int, typer.Option("--horizon", min=1, max=FARTHEST, help="How many steps ahead, in the file's step.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> int:
    """What the coming steps of a series bring: the middle, and bands that hold 80 % and 95 %."""
    series = read_series(file, keep_repeats=True)
    step = step_of(series.at)
    found = None if step is None else _foreseen(series, step, horizon)
    if step is None or found is None:
        raise UserError(f"{series.name} is too short to forecast.", _HINT)
    coming = _coming(series, step, horizon)
    say(_json(coming, found) if as_json else _table(coming, found, step))
    return 0


def _foreseen(series: Series, step: Step, horizon: int) -> Forecast | None:
    from kpi.forecast import forecast as foresee  # here, so that the command line starts without numpy

    values = on_grid(series.at, series.values.tolist(), step)
    return foresee(values, horizon, season=step.season)


def _coming(series: Series, step: Step, horizon: int) -> list[str]:
    """The instants ahead, in the file's own spelling."""
    last = series.at[-1]
    try:
        return [series.spelled(step.after(last, ahead)) for ahead in range(1, horizon + 1)]
    except (OverflowError, ValueError):
        most = _most(last, step, horizon)
        raise UserError(
            f"{horizon} steps of one {step.name} end beyond the year {MAXYEAR}.",
            f"The horizon can be {most} at most.",
        ) from None


def _most(last: datetime, step: Step, horizon: int) -> int:
    for ahead in range(1, horizon + 1):
        try:
            step.after(last, ahead)
        except (OverflowError, ValueError):
            return ahead - 1
    return horizon


def _json(coming: list[str], found: Forecast) -> str:
    rows = [
        {"at": at, **{name: _plain(getattr(found, name)[place]) for name in _COLUMNS}}
        for place, at in enumerate(coming)
    ]
    return json.dumps({"forecast": rows, "method": found.method}, ensure_ascii=False)


def _plain(value: float) -> float:
    """Without the digits that mean nothing."""
    return float(f"{value:.10g}")


def _table(coming: list[str], found: Forecast, step: Step) -> str:
    decimals = _decimals(found)
    rows = [("at", "mean", "80 % between", "95 % between")]
    for place, at in enumerate(coming):
        mean, *bounds = (f"{getattr(found, name)[place]:,.{decimals}f}" for name in _COLUMNS)
        rows.append((at, mean, f"{bounds[0]} … {bounds[1]}", f"{bounds[2]} … {bounds[3]}"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    return "\n".join([*lines, "", f"Step: {step.name}. Method: {found.method}."])


def _decimals(found: Forecast) -> int:
    """As many as tell the ends of the narrowest band apart."""
    width = min(high - low for low, high in zip(found.low80, found.high80, strict=True))
    return 0 if width <= 0 else min(8, max(0, 1 - math.floor(math.log10(width))))
