"""The daily update: what changed and why it matters in three lines; every detail in the thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bot.charts.trend import describe
from bot.reply import Block, Bold, Chart, Reply, Table, Text, Visibility, line, marked, note
from bot.reports import words
from bot.reports.ahead import next_line
from bot.reports.history import closing, history
from bot.reports.picture import trend_chart
from bot.reports.silenced import ended_words, hushed, silenced, silenced_words
from bot.reports.snapshot import Snapshot, load, reaching_back
from bot.reports.source_health import forgetting
from bot.reports.standing_words import (
    against_target,
    goal_words,
    source_name,
    spoken_unit,
    state_mark,
    value_words,
)
from bot.workspace import KpiRef, Workspace
from kpi.calendar import Moment
from kpi.quantity import Better, print_change
from kpi.scoring import met
from kpi.standing import Standing
from storage import Session, reviews
from storage.reviews import Done
from storage.silences import Silence

HISTORY_DAYS = 90
"""How far back the chart goes."""

SHOWN_CHANGES = 3


@dataclass(frozen=True, slots=True)
class Change:
    """A measured KPI over the days since the last update: its values where they begin and where they end."""

    ref: KpiRef
    before: float | None
    latest: float | None
    turned: bool | None  # became met (True), stopped being met (False), or neither
    size: float  # what a change is held against: the larger of value and target

    @property
    def delta(self) -> float | None:
        """None where either end was not measured: a gap is not bridged."""
        return None if self.latest is None or self.before is None else self.latest - self.before

    @property
    def weight(self) -> tuple[bool, float]:
        """What matters most comes first: a target won or lost, then the largest relative move."""
        return (self.turned is not None, abs(self.delta or 0.0) / (self.size or 1.0))

    @property
    def is_change(self) -> bool:
        return bool(self.delta) or self.turned is not None

    @property
    def is_silent(self) -> bool:
        """Whether its source said nothing of the last closed day."""
        return self.latest is None


@dataclass(frozen=True, slots=True)
class Span:
    """The closed days an update is about."""

    days: int
    close: Moment  # of the last day
    before: Moment  # of the last day that the update before was about

    @property
    def since_words(self) -> str:
        """From which close a change is counted: "yesterday", "since Thursday"."""
        if self.days == 1:
            return "yesterday"
        return (
            f"since {self.before.day:%A}"
            if self.days < 7
            else f"since {words.day(self.before.day, self.close.day)}"
        )

    @property
    def before_words(self) -> str:
        """The day whose close a value is the same as."""
        return "the day before" if self.days == 1 else self.since_words.replace("since", "on", 1)


def compose(session: Session, workspace: Workspace, moment: Moment, *, since: date) -> Reply:
    """The update of `moment`'s day over the closed days from `since` on, from one reading of storage."""
    days = max(1, (moment.today - since).days)
    yesterday = moment.today - timedelta(days=1)
    span = Span(days, moment.close_of(yesterday), moment.close_of(yesterday - timedelta(days=days)))
    snapshot = load(session, workspace, moment, workspace.kpis, history_days=days + 1)
    measured = [ref for ref in workspace.kpis if snapshot.of(ref).value is not None]
    changes = [_change(ref, snapshot, span) for ref in measured]
    quiet = silenced(session, workspace, moment.now)
    mute = hushed(quiet, workspace)
    spoken = [one for one in changes if one.ref.path not in mute]
    moved = sorted(_distinct(spoken), key=lambda one: one.weight, reverse=True)
    if moved:
        snapshot = reaching_back(session, snapshot, moved[0].ref, HISTORY_DAYS)
    done = reviews.last(session, until=moment.now, as_of=moment.as_of)
    silence = _Silence(quiet, mute, ended_words(session, workspace, _update_before(moment, days), moment.now))
    losing = () if moment.as_of is not None else forgetting(session, workspace, moment)
    return _Update(snapshot, span, changes, moved, done, silence, losing).reply()


def _update_before(moment: Moment, days: int) -> datetime:
    """About when the update before this one was told: at the same time of day, so many days ago."""
    return moment.now.astimezone(moment.zone) - timedelta(days=days)


def _change(ref: KpiRef, snapshot: Snapshot, span: Span) -> Change:
    """The last closed day held against the last one that the update before covered."""
    before, latest = closing(ref, snapshot, span.before), closing(ref, snapshot, span.close)
    target = snapshot.of(ref).target
    turned, size = None, abs(before or 0.0)
    if target is not None and target.is_numeric:
        size = max(size, abs(target.goal.value or 0.0))
        was, is_ = (met(target.goal, value, ref.kpi.better) for value in (before, latest))
        turned = is_ if None not in (was, is_) and was != is_ else None
    return Change(ref, before, latest, turned, size)


def _distinct(changes: Sequence[Change]) -> list[Change]:
    """What changed, each reading once: two KPIs on one measure are told as the one that comes first."""
    found: dict[str, Change] = {}
    for one in changes:
        if one.is_change:
            found.setdefault(one.ref.kpi.measure or one.ref.path, one)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class _Silence:
    """What is kept quiet, and what no longer is."""

    quiet: Mapping[str, Silence]  # by path, what is silenced
    mute: frozenset[str]  # paths of what must not lead
    ended: str  # whose silence ran out, in words


@dataclass(frozen=True)
class _Update:
    """All that one update is made of."""

    snapshot: Snapshot
    span: Span
    changes: Sequence[Change]
    moved: Sequence[Change]  # what changed, weightiest first
    done: Mapping[tuple[str, str], Done]  # the reviews that were held
    silence: _Silence
    losing: tuple[str, ...] = ()  # days that vendors are about to forget, unread

    def reply(self) -> Reply:
        """The root message and its thread."""
        said = f"{self.title}: {self.finding}"
        shown = [
            (one, self.snapshot.at_close(one.ref, self.span.close.day)) for one in self.moved[:SHOWN_CHANGES]
        ]
        blocks: list[Block] = [line(Bold(said))]
        blocks += [line(self.change_words(one, standing)) for one, standing in shown]
        blocks += [line(text) for text in self.ending_lines if text]
        if shown:
            blocks.append(self.chart(*shown[0]))
        blocks.append(note(self.small_print))
        blocks += [note(text) for text in self.losing]
        if self.snapshot.workspace.trouble:
            blocks.append(note(self.snapshot.workspace.trouble))
        data = {
            "day": self.today.isoformat(),
            "changed": [one.ref.path for one in self.moved],
            "measured": len(self.changes),
        }
        return Reply(said, tuple(blocks), self.thread, Visibility.CHANNEL, data)

    @property
    def ending_lines(self) -> tuple[str, ...]:
        """What is left out, what is no longer silenced, and what comes next; some may be empty."""
        return self.rest, self.silence.ended, next_line(self.snapshot, self.done)

    @property
    def today(self) -> date:
        return self.snapshot.moment.today

    @property
    def closed_day(self) -> str:
        return words.day(self.span.close.day, self.today)

    @property
    def title(self) -> str:
        name = f"{self.snapshot.workspace.name}, " if self.snapshot.workspace.name else ""
        return f"{name}{self.today:%A} {words.day(self.today, self.today)}"

    @property
    def finding(self) -> str:
        """The day in one clause: the weightiest change, and how many others there are."""
        if not self.changes:
            return "nothing is measured yet."
        if not self.moved:
            return self.stillness
        first, others = self.moved[0], len(self.moved) - 1
        name = first.ref.kpi.name
        if first.turned is not None:
            clause = f"{name} {'reached its target' if first.turned else 'fell short of its target'}"
        else:
            value = value_words(self.snapshot.at_close(first.ref, self.span.close.day))
            clause = f"{name} {self.direction(first)} to {value}"
        if not others and self.muted:
            return f"{clause}; {words.count(self.muted, 'silenced change')}."
        return f"{clause}; {words.count(others, 'other') if others else 'nothing else'} changed."

    @property
    def muted(self) -> int:
        """How many changes are kept quiet."""
        return sum(one.is_change and one.ref.path in self.silence.mute for one in self.changes)

    @property
    def stillness(self) -> str:
        """What is said where nothing changed; a day without readings is no quiet day."""
        still, silent = self.still, sum(one.is_silent for one in self.changes)
        if silent == len(self.changes):
            return f"no readings for {self.closed_day}."
        if self.muted:
            return f"{words.count(self.muted, 'silenced change')}, nothing else."
        if not still:
            return f"first readings of {words.count(len(self.changes) - silent, 'KPI')}."
        every = "all " if still == len(self.changes) and still > 1 else ""
        return f"{every}{words.count(still, 'KPI')} as {self.span.before_words}."

    @property
    def still(self) -> int:
        return sum(one.delta == 0 and not one.is_change for one in self.changes)

    def direction(self, change: Change) -> str:
        """How far up or down, and whether that is good where down is what is wanted."""
        delta = change.delta or 0.0
        far = print_change(abs(delta), spoken_unit(change.ref.kpi)).removeprefix("+")
        return f"{'up' if delta > 0 else 'down'} {far}{_judged(change)}"

    def change_words(self, change: Change, standing: Standing) -> str:
        delta = f"{print_change(change.delta or 0.0, spoken_unit(change.ref.kpi))} {self.span.since_words}"
        text = (
            f"{state_mark(standing)} {change.ref.kpi.name} {value_words(standing)}, {delta}{_judged(change)}"
        )
        said = against_target(standing)
        return f"{text} · {said}" if said else text

    @property
    def rest(self) -> str:
        """What the lines leave out: further changes, the unchanged, the unmeasured, failing sources."""
        silent = sum(one.is_silent for one in self.changes)
        fresh = sum(not one.is_silent and one.before is None for one in self.changes)
        unmeasured = len(self.snapshot.workspace.kpis) - len(self.changes)
        failing = sorted({fault.source for fault in self.snapshot.faults.values()})
        more, is_all_silent = len(self.moved) - SHOWN_CHANGES, silent == len(self.changes)
        parts = [
            f"{more} more changed" if more > 0 else "",
            f"{self.still} unchanged" if self.still and self.moved else "",
            f"{fresh} with nothing to compare" if fresh else "",
            f"{silent} without a reading for {self.closed_day}" if silent and not is_all_silent else "",
            f"{unmeasured} not measured" if unmeasured and (self.moved or not self.changes) else "",
            silenced_words(self.silence.quiet, self.snapshot.workspace, self.snapshot.moment.now),
            f"failing: {', '.join(failing)}" if failing else "",
        ]
        return " · ".join(part for part in parts if part)

    def chart(self, change: Change, standing: Standing) -> Chart:
        past = replace(history(change.ref, self.snapshot, HISTORY_DAYS), today=None)
        drawing = trend_chart(change.ref, standing, self.snapshot, past)
        return Chart(drawing.title, describe(drawing), drawing, f"{change.ref.kpi.key}.png")

    @property
    def small_print(self) -> str:
        """To when the numbers reach, how old each source is, and what is sample data."""
        ages: dict[str, timedelta] = {}
        for one in self.changes:
            name, age = source_name(one.ref, self.snapshot), self.snapshot.of(one.ref).age
            if age is not None:
                ages[name] = min(ages.get(name, age), age)
        notes = sorted({source.note for source in self.snapshot.workspace.sources if source.note})
        parts = [f"Closed days to {self.closed_day}, {self.snapshot.moment.zone.key}"]
        parts += [f"{name} {words.age(age)}" for name, age in sorted(ages.items())]
        return " · ".join([*parts, *notes])

    @property
    def thread(self) -> tuple[Reply, ...]:
        """Every measured KPI with its age and target, then the sources that fail."""
        if not self.changes:
            return ()
        rows = tuple(self.row(one) for one in self.changes)
        caption = f"{words.count(len(rows), 'KPI')} measured; change {self.span.since_words}"
        table = Table(("KPI", "Now", "Change", "Target, age"), rows, frozenset({1, 2}), caption)
        replies = [Reply(caption, (table,))]
        if failing := {fault.source: fault for fault in self.snapshot.faults.values()}:
            lines = tuple(
                Text(marked(f"◆ {name}: {words.told(fault.message, fault.hint)}"))
                for name, fault in sorted(failing.items())
            )
            replies.append(Reply("Sources that fail.", (line(Bold("Sources that fail")), *lines)))
        return tuple(replies)

    def row(self, change: Change) -> tuple[str, ...]:
        standing = self.snapshot.of(change.ref)
        goal = goal_words(standing.target.goal, standing.kpi) if standing.target else "no target"
        age = words.age(standing.age) if standing.age is not None else ""
        delta = "no data" if change.delta is None else print_change(change.delta, spoken_unit(change.ref.kpi))
        return (change.ref.kpi.name, value_words(standing), delta, f"{goal}, {age}")


def _judged(change: Change) -> str:
    """Whether a move is good, said where down is what is wanted."""
    if change.ref.kpi.better is not Better.LOWER or not change.delta:
        return ""
    return " (worse)" if change.delta > 0 else " (better)"
