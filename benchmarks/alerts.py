"""The alert rules rehearsed over the made-up year: how often they speak, how often they are right, how fast.

    python -m benchmarks.alerts

Right and wrong go by labels that are written down here: the year is made up, so what happened in it is known.
An alert on an incident is right where it tells of it. One on a state, a zone or a share of a target, is right
where that state lasted: the year has no crisis of a day or two, so that one that turns back within `LASTS`
was noise around a limit. A drop in traffic is right on the days of a label alone: weekends are no incidents.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from benchmarks import year
from benchmarks.outcome import Outcome
from bot.reports.rehearsed_past import Past, read_past
from bot.reports.rehearsed_run import Ran, Stretch
from bot.reports.rehearsed_run import run as rehearse
from bot.workspace import Workspace
from kpi.alerts import CELEBRATE
from kpi.calendar import Moment, day_of
from kpi.rehearsal_tally import Raised
from storage import SessionFactory, connect, migrate

MOST_SECONDS = 60.0
MOST_RULES_MS = 60.0
LASTS = timedelta(days=3)
_NEAR = timedelta(days=3)
"""How much later than its days an incident may be told of: a vendor's days settle late."""


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that happened in the year, and the rules that have to tell of it, or may."""

    name: str
    first: date
    last: date
    rules: tuple[str, ...]
    has_to_be_told: bool = True


INCIDENTS = (
    Incident("Outage of two hours", date(2026, 11, 3), date(2026, 11, 3), ("hektor/website_down",)),
    Incident("OP3 silent", date(2026, 11, 19), date(2026, 11, 22), ("health/source", "health/no_data")),
    Incident("GitHub gap", date(2026, 9, 5), date(2026, 9, 6), ("health/no_data", "health/source")),
    Incident("Plausible gap", date(2026, 2, 14), date(2026, 2, 15), ("health/no_data", "health/source")),
    Incident(
        "After the post of 12 November",
        date(2026, 11, 13),
        date(2026, 11, 16),
        ("hektor/traffic_drop",),
        False,
    ),
)
"""What happened, by its days. Two days without numbers are within what a daily source may be late: only
KPIs that read every day have to be missed."""

_OF_STATES = frozenset({"zone", "percent_of_target", "gate", "firing", "no_data"})


@dataclass(frozen=True, slots=True)
class Judged:
    """One rule against the labels."""

    rule: str
    fired: int
    right: int

    @property
    def precision(self) -> float | None:
        return self.right / self.fired if self.fired else None


def judge(ran: Ran) -> list[Judged]:
    """Each rule that fired, the noisiest first; celebrations are judged by nobody."""
    found = []
    for path, one in ran.rehearsal.rules.items():
        own = ran.rehearsal.of(path)
        if own and one.rule.severity != CELEBRATE:
            found.append(Judged(path, len(own), sum(is_right(alert, ran) for alert in own)))
    return sorted(found, key=lambda one: (one.right - one.fired, -one.fired))


def is_right(alert: Raised, ran: Ran) -> bool:
    """Whether an alert tells of an incident, or of a state that lasted."""
    if any(_tells_of(alert, one, ran) for one in INCIDENTS):
        return True
    when = ran.rehearsal.rules[alert.rule].rule.when
    if when is None or when.kind not in _OF_STATES:
        return False
    return any(one.lasted(ran.rehearsal.until) >= LASTS for one in alert.episodes) or alert.is_open


def told(ran: Ran) -> dict[str, bool]:
    """Of each incident that has to be told, whether it was."""
    return {
        one.name: any(_tells_of(alert, one, ran) for alert in ran.rehearsal.alerts)
        for one in INCIDENTS
        if one.has_to_be_told
    }


def _tells_of(alert: Raised, incident: Incident, ran: Ran) -> bool:
    day = day_of(alert.fired_at, ran.rehearsal.zone)
    return alert.rule in incident.rules and incident.first <= day <= incident.last + _NEAR


def _rules_ms(past: Past, looks: int) -> list[float]:
    """What all rules take over all KPIs, beyond the standings, one look each."""
    times = []
    for back in range(looks):
        sight = past.sight(past.until.at(past.until.now - timedelta(days=back)))
        for one in sight.scoped(""):
            sight.standing(one)
        began = time.perf_counter()
        for ref in past.refs:
            ref.findings(sight)
        times.append(1000 * (time.perf_counter() - began))
    return times


@dataclass(frozen=True)
class Measured:
    """The rehearsal, how long it took, and the time of single looks."""

    ran: Ran
    seconds: float
    rules_ms: tuple[float, ...]


def measure(days: int, looks: int) -> Measured:
    """The year in a database of its own, rehearsed over its last days."""
    until = Moment(year.NOW, year.ZONE)
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'kpi.db'}"
        migrate(url)
        engine = connect(url)
        try:
            sessions = SessionFactory(engine)
            year.fill(sessions)
            return _measured(
                sessions, year.workspace(), Stretch(until.today - timedelta(days=days), until), looks
            )
        finally:
            engine.dispose()


def _measured(sessions: SessionFactory, workspace: Workspace, stretch: Stretch, looks: int) -> Measured:
    with sessions.read() as session:
        began = time.perf_counter()
        (ran,) = rehearse(session, [workspace], stretch)
        seconds = time.perf_counter() - began
        short = stretch.until.today - timedelta(days=looks)
        past = read_past(session, workspace, workspace.alert_rules, short, stretch.until)
    return Measured(ran, seconds, tuple(_rules_ms(past, looks)))


def run(*, quick: bool = False) -> list[Outcome]:
    """How fast a year is rehearsed, and a look at all rules; how much of what was told was right."""
    found = measure(14 if quick else 360, 2 if quick else 20)
    ran, kpis = found.ran, len(found.ran.workspace.kpis)
    judged = judge(ran)
    fired, right = sum(one.fired for one in judged), sum(one.right for one in judged)
    named = told(ran)
    days = round(ran.rehearsal.weeks * 7)
    figures = {
        "rules": {one.rule: {"fired": one.fired, "right": one.right} for one in judged},
        "incidents": named,
    }
    return [
        Outcome(f"{days} days of {kpis} KPIs rehearsed", "s", found.seconds, most=MOST_SECONDS),
        Outcome(
            f"all alert rules over {kpis} KPIs, beyond the standings, median",
            "ms",
            statistics.median(found.rules_ms),
            most=MOST_RULES_MS,
        ),
        Outcome("alerts a week", "alerts", fired / ran.rehearsal.weeks, note="without celebrations"),
        Outcome("alerts that were right", "%", 100 * right / fired if fired else 100.0, figures=figures),
        Outcome("incidents told of", "%", 100 * sum(named.values()) / len(named)),
    ]


def main() -> None:
    """The tables, to be read."""
    found = measure(360, 20)
    ran, done = found.ran, found.ran.rehearsal
    out = sys.stdout.write
    out(
        f"{len(ran.workspace.kpis)} KPIs, {done.weeks:.0f} weeks, {done.looks} looks: {found.seconds:.1f} s\n"
    )
    out(f"one look at all rules: {statistics.median(found.rules_ms):.1f} ms beyond the standings\n\n")
    out(f"{'rule':28} {'fired':>6} {'a week':>7} {'right':>6} {'precision':>10}\n")
    judged = judge(ran)
    whole = Judged("all", sum(one.fired for one in judged), sum(one.right for one in judged))
    for one in (*judged, whole):
        share = "–" if one.precision is None else f"{100 * one.precision:.0f}%"
        out(f"{one.rule:28} {one.fired:6} {one.fired / done.weeks:7.2f} {one.right:6} {share:>10}\n")
    out("\n")
    for name, was in told(ran).items():
        out(f"{name}: {'told' if was else 'not told'}\n")


if __name__ == "__main__":
    main()
