"""The daily update: what changed and why it matters in three lines; every detail in the thread."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property

from bot import languages
from bot.charts.trend import describe
from bot.languages import figure, said, said_of
from bot.reply import Block, Bold, Chart, Reply, Visibility, line, note
from bot.reports import change_words, happenings, plans, words
from bot.reports.ahead import next_line
from bot.reports.alert_lists import digest_lines
from bot.reports.changes import Change, Span, at_close, by_weight, changes_of, distinct
from bot.reports.daily_thread import Details, thread, without_those_for_others
from bot.reports.dashboards import history_days
from bot.reports.history import history
from bot.reports.noteworthy import CHART_DAYS, Remark, days_back, noticed, remark
from bot.reports.picture import trend_chart
from bot.reports.plans import Section
from bot.reports.printed import figures
from bot.reports.silenced import ended_words, hushed, silenced, silenced_words
from bot.reports.snapshot import Snapshot, load, reaching_back
from bot.reports.source_health import forgetting
from bot.reports.standing_words import source_name, value_words
from bot.workspace import KpiRef, Workspace
from kpi.calendar import Moment
from kpi.standing import Standing
from storage import Session, reviews
from storage.reviews import Done
from storage.silences import Silence

SHOWN_CHANGES = 3


def compose(session: Session, workspace: Workspace, moment: Moment, *, since: date) -> Reply:
    """The update of `moment`'s day over the closed days from `since` on, from one reading of storage."""
    days = max(1, (moment.today - since).days)
    span = Span.up_to(moment, days)
    plan = plans.find("daily", workspace)
    sections = () if plan is None else without_those_for_others(plan.sections)
    refs = _with(workspace.kpis, sections)
    back = max(days + 1, history_days(part for one in sections for part in one.parts))
    snapshot = load(session, workspace, moment, refs, history_days=back)
    changes = changes_of(refs, snapshot, span)
    paths = {ref.path for ref in workspace.kpis}
    own = [one for one in changes if one.ref.path in paths]
    quiet = silenced(session, workspace, moment.now)
    mute = hushed(quiet, workspace)
    spoken = distinct([one for one in own if one.ref.path not in mute])
    moved = by_weight(noticed(spoken, snapshot, span))
    shown = [one.ref for one in moved[:SHOWN_CHANGES]]
    if shown:
        snapshot = reaching_back(session, snapshot, shown, days_back(shown, snapshot))
        charted = (moment.today - timedelta(days=CHART_DAYS), moment.today)
        happened = happenings.around(session, workspace, shown[:1], charted, moment)
        snapshot = replace(snapshot, happened=happened)
    done = reviews.last(session, until=moment.now, as_of=moment.as_of)
    before = _update_before(moment, days)
    silence = _Silence(quiet, mute, ended_words(session, workspace, before, moment.now))
    losing = () if moment.as_of is not None else forgetting(session, workspace, moment)
    told = () if moment.as_of is not None else digest_lines(session, workspace, moment, before)
    return _Update(snapshot, span, own, moved, done, silence, losing, told, changes, sections).reply()


def _with(kpis: tuple[KpiRef, ...], sections: Sequence[Section]) -> tuple[KpiRef, ...]:
    """The KPIs, and the measures that a daily report asks for beside them."""
    known = {ref.path: ref for ref in kpis}
    more = {ref.path: ref for one in sections for ref in one.refs if ref.path not in known}
    return (*kpis, *more.values())


def _update_before(moment: Moment, days: int) -> datetime:
    """About when the update before this one was told: at the same time of day, so many days ago."""
    return moment.now.astimezone(moment.zone) - timedelta(days=days)


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
    losing: tuple[str, ...]  # days that vendors are about to forget, unread
    alerts: tuple[str, ...]  # what is open, what was muted, a line each
    every: Sequence[Change]  # the changes, and those of measures that only a daily report asks for
    sections: tuple[Section, ...]

    def reply(self) -> Reply:
        """The root message and its thread."""
        text = said("{title}: {finding}", title=self.title, finding=self.finding)
        is_quiet = bool(self.changes) and not self.moved
        data = {
            "day": self.today.isoformat(),
            "changed": [one.ref.path for one in self.moved],
            "measured": len(self.changes),
            "figures": figures(self.changes, self.closed, self.printed, day=self.span.close.day),
        }
        blocks = tuple(self.quiet_blocks(text) if is_quiet else self.blocks(text))
        return Reply(text, blocks, self.thread(), Visibility.CHANNEL, data)

    def blocks(self, text: str) -> Iterator[Block]:
        yield line(Bold(text))
        yield from (line(each) for each in self.alerts)
        for one in self.shown:
            yield line(self.line_of(one))
        yield from (line(each) for each in (self.rest, self.silence.ended, self.next) if each)
        if self.shown:
            yield self.chart(self.shown[0])
        yield note(self.small_print(self.shown))
        yield from self.warnings()

    def quiet_blocks(self, text: str) -> Iterator[Block]:
        """Nothing changed: one line, and what must be said wherever a number shows."""
        yield line(Bold(text), f" {self.next}") if self.next else line(Bold(text))
        yield from (line(each) for each in (*self.alerts, self.rest, self.silence.ended) if each)
        if self.notes:
            yield note(" · ".join(self.notes))
        yield from self.warnings()

    def warnings(self) -> Iterator[Block]:
        yield from (note(each) for each in self.losing)
        if self.snapshot.workspace.trouble:
            yield note(self.snapshot.workspace.trouble)

    @property
    def shown(self) -> Sequence[Change]:
        return self.moved[:SHOWN_CHANGES]

    @cached_property
    def closed(self) -> Mapping[str, Standing]:
        """By path, where each KPI stood as the last day closed; of those silent on it, where they stand."""
        found = {one.ref.path: at_close(one, self.snapshot, self.span) for one in self.every}
        for one in self.shown:  # by the target of that day
            found[one.ref.path] = self.snapshot.at_close(one.ref, self.span.close.day)
        return found

    @cached_property
    def printed(self) -> Mapping[str, str]:
        """By path, the value in words: once for the table and for the figures behind it."""
        return {path: value_words(one) for path, one in self.closed.items()}

    @cached_property
    def remarks(self) -> Mapping[str, Remark]:
        return {
            one.ref.path: remark(one, self.closed[one.ref.path], self.snapshot, self.span)
            for one in self.shown
        }

    @cached_property
    def next(self) -> str:
        return next_line(self.snapshot, self.done)

    @property
    def today(self) -> date:
        return self.snapshot.moment.today

    @property
    def closed_day(self) -> str:
        return words.day(self.span.close.day, self.today)

    @property
    def title(self) -> str:
        day = said("{weekday} {day}", weekday=languages.weekday(self.today), day=languages.day(self.today))
        name = self.snapshot.workspace.name
        return said("{name}, {day}", name=name, day=day) if name else day

    @property
    def finding(self) -> str:
        """The day in one clause: the weightiest change, and how many others there are."""
        if not self.changes:
            return said("nothing is measured yet.")
        if not self.moved:
            return self.stillness
        first, others = self.moved[0], len(self.moved) - 1
        path = first.ref.path
        clause = change_words.finding(first, self.closed[path], self.remarks[path], self.span)
        if others:
            return said_of(
                others, "{clause}; {count} other changed.", "{clause}; {count} others changed.", clause=clause
            )
        if self.muted:
            return said("{clause}; {silenced}.", clause=clause, silenced=self.muted_words)
        return said("{clause}; nothing else changed.", clause=clause)

    def line_of(self, change: Change) -> str:
        path = change.ref.path
        return change_words.change_line(change, self.closed[path], self.remarks[path], self.span)

    @property
    def muted(self) -> int:
        """How many changes are kept quiet."""
        return sum(one.is_change and one.ref.path in self.silence.mute for one in self.changes)

    @property
    def muted_words(self) -> str:
        return said_of(self.muted, "{count} silenced change", "{count} silenced changes")

    @property
    def stillness(self) -> str:
        """What is said where nothing changed; a day without readings is no quiet day."""
        still, silent = self.still, sum(one.is_silent for one in self.changes)
        if silent == len(self.changes):
            return said("no readings for {day}.", day=self.closed_day)
        if self.muted:
            return said("{silenced}, nothing else.", silenced=self.muted_words)
        if not still:
            fresh = len(self.changes) - silent
            return said_of(fresh, "first readings of {count} KPI.", "first readings of {count} KPIs.")
        when = self.span.before_words
        if still == len(self.changes) and still > 1:
            return said_of(still, "all {count} KPI as {when}.", "all {count} KPIs as {when}.", when=when)
        return said_of(still, "{count} KPI as {when}.", "{count} KPIs as {when}.", when=when)

    @property
    def still(self) -> int:
        return sum(one.delta == 0 and not one.is_change for one in self.changes)

    @property
    def rest(self) -> str:
        """What the lines leave out: further changes, the unchanged, the unmeasured, failing sources."""
        silent = sum(one.is_silent for one in self.changes)
        fresh = sum(not one.is_silent and one.before is None for one in self.changes)
        unmeasured = len(self.snapshot.workspace.kpis) - len(self.changes)
        failing = sorted({fault.source for fault in self.snapshot.faults.values()})
        more, is_all_silent = len(self.moved) - SHOWN_CHANGES, silent == len(self.changes)
        parts = [
            said("{count} more changed", count=_number(more)) if more > 0 else "",
            said("{count} unchanged", count=_number(self.still)) if self.still and self.moved else "",
            said("{count} with nothing to compare", count=_number(fresh)) if fresh else "",
            said("{count} without a reading", count=_number(silent)) if silent and not is_all_silent else "",
            said("{count} not measured", count=_number(unmeasured))
            if unmeasured and (self.moved or not self.changes)
            else "",
            silenced_words(self.silence.quiet, self.snapshot.workspace, self.snapshot.moment.now),
            said("failing: {sources}", sources=", ".join(failing)) if failing else "",
        ]
        return " · ".join(part for part in parts if part)

    def chart(self, change: Change) -> Chart:
        past = replace(history(change.ref, self.snapshot, CHART_DAYS), today=None)
        drawing = trend_chart(change.ref, self.closed[change.ref.path], self.snapshot, past)
        return Chart(drawing.title, describe(drawing), drawing, f"{change.ref.kpi.key}.png")

    @property
    def notes(self) -> list[str]:
        """What sources want said of their numbers: that they are sample data."""
        return sorted({source.note for source in self.snapshot.workspace.sources if source.note})

    def small_print(self, changes: Sequence[Change]) -> str:
        """To when the numbers reach, how old each source of these is, what may still change, what is sample
        data."""
        ages: dict[str, timedelta] = {}
        unsettled: set[str] = set()
        for one in changes:
            name, age = source_name(one.ref, self.snapshot), self.snapshot.of(one.ref).age
            if age is not None:
                ages[name] = min(ages.get(name, age), age)
            if not self.closed[one.ref.path].reading.settled:
                unsettled.add(name)
        zone = self.snapshot.moment.zone.key
        parts = [said("Closed days to {day}, {zone}", day=self.closed_day, zone=zone)]
        for name, age in sorted(ages.items()):
            aged = said("{source} {age}", source=name, age=words.age(age))
            parts.append(said("{source}, provisional", source=aged) if name in unsettled else aged)
        return " · ".join([*parts, *self.notes])

    def thread(self) -> tuple[Reply, ...]:
        """Every measured KPI, the parts of the frameworks' own daily reports, faults and definitions."""
        details = Details(
            self.snapshot,
            self.span,
            {one.ref.path: one for one in self.every},
            self.closed,
            self.printed,
            self.sections,
            tuple(one.ref for one in self.shown),
            self.small_print(self.changes),
        )
        return thread(details) if self.changes else ()


def _number(count: int) -> str:
    return figure(f"{count:,}")
