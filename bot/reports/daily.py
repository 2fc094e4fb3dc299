"""The daily update: what changed and why it matters in three lines; every detail in the thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.charts.trend import describe
from bot.reply import Block, Bold, Chart, Reply, Table, Visibility, line, note
from bot.reports import words
from bot.reports.history import History, history
from bot.reports.picture import trend_chart
from bot.reports.snapshot import Snapshot, load
from bot.reports.standing_words import against_target, goal_words, source_name, value_words
from bot.workspace import KpiRef, Workspace
from kpi.calendar import Moment, day_of
from kpi.gates import verdict
from kpi.quantity import Better, print_change
from kpi.scoring import met
from kpi.standing import Standing
from storage import Session

HISTORY_DAYS = 90
SHOWN_CHANGES = 3
SHOWN_NEXT = 2


@dataclass(frozen=True, slots=True)
class Change:
    """A measured KPI over the days since the last update."""

    ref: KpiRef
    standing: Standing
    past: History
    delta: float | None  # None where either end was not measured
    turned: bool | None  # became met (True), stopped being met (False), or neither

    @property
    def weight(self) -> tuple[bool, float]:
        """What matters most comes first: a target won or lost, then the largest relative move."""
        value = self.standing.value or 0.0
        share = abs(self.delta) / (abs(value - self.delta) or 1.0) if self.delta else 0.0
        return (self.turned is not None, share)

    @property
    def is_change(self) -> bool:
        return bool(self.delta) or self.turned is not None


def compose(
    session: Session, workspace: Workspace, moment: Moment, *, since: date, late_for: datetime | None = None
) -> Reply:
    """The update of `moment`'s day over the closed days from `since` on, from one reading of storage."""
    snapshot = load(session, workspace, moment, workspace.kpis, history_days=HISTORY_DAYS)
    days = max(1, (moment.today - since).days)
    measured = [ref for ref in workspace.kpis if snapshot.of(ref).value is not None]
    changes = [_change(ref, snapshot, days) for ref in measured]
    return build(snapshot, changes, days=days, late_for=late_for)


def _change(ref: KpiRef, snapshot: Snapshot, days: int) -> Change:
    """The last closed day held against the last one that the update before covered."""
    past = history(ref, snapshot, days + 1)
    standing = snapshot.of(ref)
    return Change(ref, standing, past, past.change(days), _turned(ref, snapshot, past, days))


def _turned(ref: KpiRef, snapshot: Snapshot, past: History, days: int) -> bool | None:
    target = snapshot.of(ref).target
    if target is None or not target.is_numeric or len(past.days) <= days:
        return None
    before = met(target.goal, past.days[-1 - days][1], ref.kpi.better)
    after = met(target.goal, past.days[-1][1], ref.kpi.better)
    return after if None not in (before, after) and before != after else None


def build(
    snapshot: Snapshot, changes: Sequence[Change], *, days: int, late_for: datetime | None = None
) -> Reply:
    """The root message and its thread."""
    moved = sorted(_distinct(changes), key=lambda one: one.weight, reverse=True)
    said = f"{_today(snapshot)}: {_finding(moved, changes, snapshot, days)}"
    blocks: list[Block] = [line(Bold(said))]
    if late_for is not None:
        zone = snapshot.moment.zone
        blocks.append(
            note(f"Late, due {words.clock(late_for, zone, day_of(late_for, zone))}: the bot was not running.")
        )
    blocks += [line(_change_words(one, snapshot, days)) for one in moved[:SHOWN_CHANGES]]
    blocks += [line(text) for text in (_rest(moved, changes, snapshot), _next(snapshot)) if text]
    if moved:
        blocks.append(_chart(moved[0], snapshot))
    blocks.append(note(_small_print(changes, snapshot)))
    data = {
        "day": snapshot.moment.today.isoformat(),
        "changed": [one.ref.path for one in moved],
        "measured": len(changes),
    }
    return Reply(said, tuple(blocks), _thread(changes, snapshot, days), Visibility.CHANNEL, data)


def _distinct(changes: Sequence[Change]) -> list[Change]:
    """What changed, each reading once: two KPIs on one measure are told as the one that comes first."""
    found: dict[object, Change] = {}
    for one in changes:
        if one.is_change:
            found.setdefault(one.ref.kpi.measure or one.ref.path, one)
    return list(found.values())


def _today(snapshot: Snapshot) -> str:
    name = f"{snapshot.workspace.name}, " if snapshot.workspace.name else ""
    return f"{name}{snapshot.moment.today:%A} {words.day(snapshot.moment.today, snapshot.moment.today)}"


def _finding(moved: Sequence[Change], changes: Sequence[Change], snapshot: Snapshot, days: int) -> str:
    """The day in one clause: the weightiest change, and how many others there are."""
    if not changes:
        return "nothing is measured yet."
    if not moved:
        last = _closed_day(snapshot)
        if all(one.past.latest is None for one in changes):
            return f"no readings for {last}."
        return f"all {len(changes)} as {_before(snapshot, days)}."
    first = moved[0]
    name = first.ref.kpi.name
    if first.turned is not None:
        clause = f"{name} {'reached its target' if first.turned else 'fell short of its target'}"
    else:
        clause = f"{name} {_direction(first)} to {value_words(first.standing)}"
    others = len(moved) - 1
    return (
        f"{clause}; {words.count(others, 'other')} changed." if others else f"{clause}; nothing else changed."
    )


def _direction(change: Change) -> str:
    """How far up or down, and whether that is good where down is what is wanted."""
    delta = change.delta or 0.0
    text = (
        f"{'up' if delta > 0 else 'down'} {print_change(abs(delta), change.ref.kpi.unit).removeprefix('+')}"
    )
    if change.ref.kpi.better is Better.LOWER:
        text += " (worse)" if delta > 0 else " (better)"
    return text


def _before(snapshot: Snapshot, days: int) -> str:
    """The day the change is counted from: "on the day before", "on Thursday"."""
    if days == 1:
        return "the day before"
    return f"on {snapshot.moment.today - timedelta(days=days + 1):%A}"


def _closed_day(snapshot: Snapshot) -> str:
    return words.day(snapshot.moment.today - timedelta(days=1), snapshot.moment.today)


def _mark(change: Change) -> str:
    """A sign and a word beside every judgement: shape, never colour alone."""
    if change.delta is None or change.ref.kpi.better is Better.NONE:
        return "·"
    better = (change.delta > 0) == (change.ref.kpi.better is Better.HIGHER)
    return (
        "▲" if better and change.delta > 0 else "▼" if change.delta < 0 else "▲" if change.delta > 0 else "="
    )


def _change_words(change: Change, snapshot: Snapshot, days: int) -> str:
    unit = change.ref.kpi.unit
    delta = (
        f", {print_change(change.delta, unit)} {_since_words(snapshot, days)}"
        if change.delta is not None
        else ""
    )
    said = against_target(change.standing)
    text = f"{_mark(change)} {change.ref.kpi.name} {value_words(change.standing)}{delta}"
    return f"{text} · {said}" if said else text


def _since_words(snapshot: Snapshot, days: int) -> str:
    return "yesterday" if days == 1 else f"since {snapshot.moment.today - timedelta(days=days + 1):%A}"


def _rest(moved: Sequence[Change], changes: Sequence[Change], snapshot: Snapshot) -> str:
    """What the lines leave out: further changes, the unchanged, days without a reading, failing sources."""
    more = len(moved) - min(len(moved), SHOWN_CHANGES)
    silent = sum(one.past.latest is None for one in changes)
    still = len(changes) - len(moved) - sum(one.past.latest is None and not one.is_change for one in changes)
    unmeasured = len(snapshot.workspace.kpis) - len(changes)
    failing = sorted({fault.source for fault in snapshot.faults.values()})
    parts = [
        f"{more} more changed" if more else "",
        f"{still} unchanged" if still and moved else "",
        f"{silent} without a reading for {_closed_day(snapshot)}" if silent and changes else "",
        f"{unmeasured} not measured" if unmeasured else "",
        f"failing: {', '.join(failing)}" if failing else "",
    ]
    return " · ".join(part for part in parts if part)


def _next(snapshot: Snapshot) -> str:
    """What comes next: the nearest deadline and the distance to each shut gate."""
    moment = snapshot.moment
    deadlines = {
        (target.deadline, target.title)
        for standing in snapshot.standings.values()
        if (target := standing.target) is not None
        and target.deadline is not None
        and target.deadline >= moment.today
    }
    parts = [
        f"{title} in {words.count((day - moment.today).days, 'day')}" for day, title in sorted(deadlines)[:1]
    ]
    for ref in snapshot.workspace.gates:
        known = {one.kpi.key: snapshot.of(one) for one in snapshot.workspace.kpis if one.use is ref.use}
        found = verdict(ref.gate, ref.use.framework, snapshot.context(ref.use), known=known)
        if not found.passed:
            parts.append(
                f"gate {found.gate.title or found.gate.key}: {words.count(found.missing, 'KPI')} short"
            )
            break
    return f"Next: {' · '.join(parts[:SHOWN_NEXT])}." if parts else ""


def _chart(change: Change, snapshot: Snapshot) -> Chart:
    past = history(change.ref, snapshot, HISTORY_DAYS)
    drawing = trend_chart(change.ref, change.standing, snapshot, past)
    return Chart(drawing.title, describe(drawing), drawing, f"{change.ref.kpi.key}.png")


def _small_print(changes: Sequence[Change], snapshot: Snapshot) -> str:
    """To when the numbers reach, how old each source is, and what is sample data."""
    ages: dict[str, timedelta] = {}
    for one in changes:
        name = source_name(one.ref, snapshot)
        if one.standing.age is not None:
            ages[name] = min(ages.get(name, one.standing.age), one.standing.age)
    notes = sorted({source.note for source in snapshot.workspace.sources if source.note})
    parts = [f"Closed days to {_closed_day(snapshot)} 23:59 {snapshot.moment.zone.key}"]
    parts += [f"{name} {words.age(age)}" for name, age in sorted(ages.items())]
    return " · ".join([*parts, *notes])


def _thread(changes: Sequence[Change], snapshot: Snapshot, days: int) -> tuple[Reply, ...]:
    """Every measured KPI with its age and target, then what is not measured."""
    if not changes:
        return ()
    rows = tuple(_row(one) for one in changes)
    caption = f"{words.count(len(rows), 'KPI')} measured; change {_since_words(snapshot, days)}"
    table = Table(("KPI", "Now", "Change", "Target, age"), rows, frozenset({1, 2}), caption)
    replies = [Reply(caption, (line(Bold(caption)), table))]
    if failing := {fault.source: fault for fault in snapshot.faults.values()}:
        lines = tuple(
            line(f"◆ {name}: {words.told(fault.message, fault.hint)}")
            for name, fault in sorted(failing.items())
        )
        replies.append(Reply("Sources that fail.", (line(Bold("Sources that fail")), *lines)))
    return tuple(replies)


def _row(change: Change) -> tuple[str, ...]:
    standing = change.standing
    goal = goal_words(standing.target.goal, standing.kpi) if standing.target else "none"
    age = words.age(standing.age) if standing.age is not None else ""
    delta = print_change(change.delta, change.ref.kpi.unit) if change.delta is not None else "no data"
    return (change.ref.kpi.name, value_words(standing), delta, f"{goal}, {age}")
