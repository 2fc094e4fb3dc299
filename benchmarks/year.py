"""A made-up company's year: all three built-in frameworks, measured every day, some by hand, some not at all.

    python -m benchmarks.year FOLDER

makes `kpi.yaml` and `kpi.db` in FOLDER, and says how to ask them. The year ends on Sunday, 22 November 2026;
nothing in it is random: every run writes the same numbers. A post went round on 12 November, the site was
down for two hours on 3 November, Plausible lost two days in February, and the podcast's host went silent four
days before the end.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from benchmarks.year_fit import aim, fitted
from benchmarks.year_series import OUTAGE, SHOW_HN, Days, Year, chance
from bot.loading import resolve
from bot.settings import read_workspace
from bot.workspace import KpiRef, Workspace
from collectors import BY_KIND
from kpi import measure
from kpi.calendar import Moment
from kpi.horizon import TargetInForce, target_in_force
from kpi.judgement import Judgement
from kpi.metric import Kind, Series, to_micros
from kpi.quantity import print_value
from kpi.reading import entry_metric
from storage import Session, SessionFactory, connect, entries, judgements, migrate, runs
from storage.annotations import Annotation
from storage.annotations import add as annotate
from storage.entries import Entry
from storage.labelling import spell
from storage.runs import Fault
from storage.sample_sql import sql_for

END = date(2026, 11, 22)
"""The last closed day, a Sunday."""
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Berlin")
FRAMEWORKS = ("hektor", "bakhmach", "inferno")

_STARTS = {"hektor": date(2026, 8, 31), "bakhmach": date(2026, 1, 1), "inferno": date(2026, 3, 2)}
_HORIZONS = {
    "bakhmach": {"stage1": date(2026, 6, 30), "stage2": date(2027, 6, 30), "stage3": date(2028, 12, 31)},
    "inferno": {
        "phase1": date(2026, 8, 31),
        "phase2": date(2027, 2, 28),
        "phase3": date(2027, 8, 31),
        "phase4": date(2028, 2, 29),
    },
}
_UNCONNECTED = frozenset({"appstore", "googleplay", "zendesk", "youtube"})
"""Collectors that nobody has set up, so that some KPIs have no data."""
_NEVER = frozenset({"gross_margin", "compliance_score", "resource_utilization", "performance_per_watt"})
"""Queries that nobody has written."""
_GAPS = (
    ("plausible", date(2026, 2, 14), date(2026, 2, 15)),
    ("github", date(2026, 9, 5), date(2026, 9, 6)),
    ("op3", date(2026, 11, 19), END),
)
"""Days that a source has no numbers of, both included."""
_FAILING = {"op3": Fault("AuthFailed", "OP3 refused the token.", "Make a new one at op3.dev.")}
_DANA, _KIM = "slack:U0DANA", "slack:U0KIM"
_NOTES = (
    ("", date(2026, 2, 10), "release", "0.4: filters"),
    ("", date(2026, 5, 19), "release", "0.5: hybrid search"),
    ("", date(2026, 9, 1), "release", "1.0"),
    ("hektor", date(2026, 9, 22), "campaign", "Launch week"),
    ("", OUTAGE, "incident", "Outage: two hours, expired certificate"),
    ("hektor", SHOW_HN, "note", "Show HN, 412 points"),
    ("bakhmach", date(2026, 10, 5), "note", "New pricing"),
    ("inferno", date(2026, 10, 19), "note", "Sprint goal: quantization"),
    ("", date(2026, 11, 17), "release", "1.2"),
)


def workspace(*names: str, language: str = "en") -> Workspace:
    """The company with these frameworks, or with all three, as the bot loads it from its kpi.yaml."""
    text = json.dumps(_file(names or FRAMEWORKS, language))
    return resolve(read_workspace(text, "kpi.yaml", {}), Path("kpi.yaml"))


def write_workspace(folder: Path, *names: str, language: str = "en") -> Path:
    """The company's kpi.yaml in `folder`."""
    path = folder / "kpi.yaml"
    path.write_text(json.dumps(_file(names or FRAMEWORKS, language), indent=1) + "\n", encoding="utf-8")
    return path


def _file(names: tuple[str, ...], language: str) -> dict[str, object]:
    """What its kpi.yaml says; JSON is YAML too."""
    uses = [
        {
            "use": name,
            "start": _STARTS[name].isoformat(),
            "horizons": {key: day.isoformat() for key, day in _HORIZONS.get(name, {}).items()},
        }
        for name in names
    ]
    return {
        "name": "Acme",
        "timezone": ZONE.key,
        "language": language,
        "frameworks": uses,
        "sources": {kind: _configured(BY_KIND[kind].about.example) for kind in sorted(_connected())},
        "channels": {"daily": ["slack:C0DAILY"], "weekly": ["slack:C0WEEKLY"], "monthly": ["slack:C0LEADS"]},
        "schedule": {
            "daily": "09:00 business days",
            "weekly": "09:30 monday",
            "monthly": "10:00 1st business day",
        },
        "calendar": {"country": "DE", "subdivision": "BE", "closed": ["2026-12-24", "2026-12-31"]},
        "people": {
            "dana": {"slack": "U0DANA", "role": "admin"},
            "kim": {"slack": "U0KIM", "role": "editor"},
        },
    }


def _connected() -> set[str]:
    """The collectors whose metrics the built-in frameworks read, less those left out."""
    read = {name for ref in _refs() for name in measure.parse(ref.kpi.measure or "last(a.b)").metrics}
    return ({name.partition(".")[0] for name in read} & set(BY_KIND)) - _UNCONNECTED


@cache
def _refs() -> tuple[KpiRef, ...]:
    bare = {"timezone": ZONE.key, "frameworks": [{"use": name} for name in FRAMEWORKS]}
    return resolve(read_workspace(json.dumps(bare), "kpi.yaml", {}), Path("kpi.yaml")).kpis


def _configured(example: Any) -> Any:
    """A source's example with something in the place of each secret."""
    match example:
        case str():
            return re.sub(r"\$\{\w+\}", "not-a-secret-at-all", example)
        case dict():
            return {name: _configured(one) for name, one in example.items()}
        case list() | tuple():
            return [_configured(one) for one in example]
        case _:
            return example


@cache
def _year(days: int) -> Year:
    whole = workspace()
    stretch = Days(END - timedelta(days=days - 1), days, ZONE)
    return fitted(whole, stretch, Moment(NOW, ZONE), counted_from=_STARTS["hektor"])


def fill(sessions: SessionFactory, *, days: int = 366) -> int:
    """Everything the company knows, into a migrated and empty database; returns the number of samples."""
    refs = workspace().kpis
    with sessions.begin() as session:
        written = _store(session, [one for one in _kept(_year(days)) if len(one)])
        for entry in _entries(refs, days):
            entries.record(session, entry)
            written += 1
        for framework, judgement in _judgements(refs):
            judgements.add(session, framework, judgement, judgement.at)
        for subject, day, kind, text in _NOTES:
            at = _at(day, 9)
            annotate(session, Annotation(subject, at, text, _DANA, at + timedelta(hours=1), kind=kind))
    _run_sources(sessions)
    return written


def _kept(year: Year) -> Iterator[Series]:
    """The series of connected sources, with their gaps."""
    for (name, pairs), stem in year.stems.items():
        source = name.partition(".")[0]
        if source in _UNCONNECTED or _NEVER & {value for _, value in pairs}:
            continue
        one = stem.series(rounded=True)
        kept = np.ones(len(one), dtype=np.bool_)
        for gap, first, last in _GAPS:
            if gap == source:
                start, end = to_micros(_at(first, 0)), to_micros(_at(last + timedelta(days=1), 0))
                kept &= (one.at < start) | (one.at >= end)
        values = one.value[kept]
        if name == "web.up":
            down = to_micros(_at(OUTAGE, 14))
            values = np.where((one.at[kept] >= down) & (one.at[kept] < down + 7_200_000_000), 0.0, 1.0)
        yield Series(name, pairs, one.at[kept], values, one.settled[kept])


def _store(session: Session, series: list[Series]) -> int:
    """Each sample as known a little after its instant, a day's amount the morning after its day."""
    sql = sql_for(session.connection())
    metrics = _year_metrics()
    ids = sql.identify(sorted((one.metric, spell(one.labels)) for one in series))
    total, now = 0, to_micros(NOW)
    for one in series:
        identity = ids[one.metric, spell(one.labels)]
        is_flow = metrics[one.metric].kind is Kind.FLOW
        seen = timedelta(hours=30 if is_flow else 1) // timedelta(microseconds=1)
        rows = [
            (identity, at, min(at + seen, now), value, True)
            for at, value in zip(one.at.tolist(), one.value.tolist(), strict=True)
        ]
        sql.append(rows)
        sql.count({identity: len(rows)})
        total += len(rows)
    return total


def _year_metrics() -> Any:
    return workspace("hektor").metrics


def _entries(refs: tuple[KpiRef, ...], days: int) -> Iterator[Entry]:
    """What people type in at the end of each month or quarter; of every fifth KPI nobody ever did."""
    for ref in refs:
        target = _in_force(ref)
        if ref.kpi.measure is not None or target is None or not target.is_numeric:
            continue
        rng = chance("entry", ref.path)
        if rng.random() < 0.2:
            continue
        wanted, metric = aim(ref, target), entry_metric(ref.use.framework.key, ref.kpi)
        asked = {"quarterly": 91, "weekly": 7}.get(ref.kpi.asked or "", 30)
        for back in range((days - 1) // asked, -1, -1):
            drift = 1 - 0.05 * min(back * asked / 30, 11) + float(rng.normal(0, 0.02))
            value = wanted * (2 - drift if target.goal.op.value.startswith("<") else drift)
            is_whole = abs(value) >= 20 or ref.kpi.unit.kind == "count"
            rounded = float(round(value)) if is_whole else round(value, 1)
            at = _at(END - timedelta(days=2 + back * asked), 16)
            author = _KIM if rng.random() < 0.5 else _DANA
            yield Entry(metric, at, rounded, print_value(rounded, ref.kpi.unit), author, at)


def _judgements(refs: tuple[KpiRef, ...]) -> Iterator[tuple[str, Judgement]]:
    """What people said of targets in words: of two in three."""
    for ref in refs:
        target = _in_force(ref)
        rng = chance("judgement", ref.path)
        if target is None or not target.is_in_words or rng.random() > 0.66:
            continue
        met = bool(rng.random() < 0.6)
        reason = "seen in the last review" if met else "two points of the list are still open"
        at = _at(END - timedelta(days=int(rng.integers(5, 60))), 11)
        said = Judgement(ref.kpi.key, target.horizon, target.goal.text, met, reason, _DANA, at)
        yield ref.use.framework.key, said


def _in_force(ref: KpiRef) -> TargetInForce | None:
    return target_in_force(ref.kpi, ref.use.framework, ref.use.plan, END + timedelta(days=1))


def _run_sources(sessions: SessionFactory) -> None:
    """An hour ago every source was read, and one of them refused for four days."""
    for source in sorted(_connected()):
        faults = [_FAILING[source]] if source in _FAILING else []
        started = [NOW - timedelta(days=back, hours=1) for back in ((3, 2, 1, 0) if faults else (0,))]
        for at in started:
            with sessions.begin() as session:
                run = runs.start(session, source, now=at, lease=timedelta(minutes=5))
                if run is not None:
                    runs.finish(session, run, now=at + timedelta(seconds=20), faults=faults)


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), ZONE).astimezone(UTC)


def main(folder: Path) -> None:
    """Makes the files of the module's own docstring."""
    folder.mkdir(parents=True, exist_ok=True)
    config, database = write_workspace(folder), folder / "kpi.db"
    database.unlink(missing_ok=True)
    url = f"sqlite:///{database}"
    migrate(url)
    engine = connect(url)
    try:
        count = fill(SessionFactory(engine))
    finally:
        engine.dispose()
    told = f"{count:,} samples. Ask: KPI_CONFIG={config} DATABASE_URL={url} kpi report weekly --for {END}"
    sys.stdout.write(told + os.linesep)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
