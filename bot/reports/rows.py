"""A KPI in one line of a list, and what must be said once below such a list: ages, sample data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import groupby

from bot import languages
from bot.languages import said, said_of
from bot.reports import words
from bot.reports.snapshot import Snapshot
from bot.reports.standing_words import against_target, source_name, source_notes, state_mark, value_words
from bot.workspace import KpiRef, Use, Workspace
from kpi.calendar import Moment, Period, day_of
from kpi.standing import Standing, State

NAMED_MISSING = 4


def row(ref: KpiRef, snapshot: Snapshot) -> str:
    """Mark, name, value and target: "– GitHub Stars 1,234 · 25% of ≥ 5,000"."""
    standing = snapshot.of(ref)
    if standing.value is None:
        return f"{state_mark(standing)} {ref.kpi.name}: {nothing(standing)}"
    return f"{state_mark(standing)} {valued(standing)}{beside(standing)}"


def beside(standing: Standing) -> str:
    """What stands behind a value: " · 25% of target, ≥ 5,000 needed · 3 days ago"."""
    told = against_target(standing)
    return f"{f' · {told}' if told else ''}{late(standing)}"


def valued(standing: Standing) -> str:
    """The name and the value: "GitHub Stars 1,234"."""
    return f"{standing.kpi.name} {value_words(standing)}"


def nothing(standing: Standing) -> str:
    """Why there is no value, in three or four words; of a target in words what somebody said of it."""
    if standing.judgement is not None:
        return said("judged met") if standing.judgement.met else said("judged not met")
    if standing.state is State.FAULT and standing.fault is not None:
        return said("no number, {source} fails", source=standing.fault.source)
    return said("no number yet")


def period_words(period: Period, moment: Moment) -> str:
    """The closed days of a period: "24 Oct to 22 Nov"; one day alone is just that day."""
    first, after = day_of(period.start, moment.zone), day_of(period.end, moment.zone)
    last = after - timedelta(days=1)
    end = words.day(last, moment.today)
    return end if last <= first else said("{first} to {last}", first=words.day(first, moment.today), last=end)


def late(standing: Standing) -> str:
    """The age of a value that should be newer, and the source that fails; empty where all is well."""
    if standing.value is None or standing.age is None or not (standing.is_stale or standing.fault):
        return ""
    fails = said(", {source} fails", source=standing.fault.source) if standing.fault is not None else ""
    return f" · {words.age(standing.age)}{fails}"


def missing_line(refs: Sequence[KpiRef], snapshot: Snapshot) -> str:
    """Those without a number in one line, which of them a fault keeps from one said apart."""
    if not refs:
        return ""
    names = words.listing(tuple(ref.kpi.name for ref in refs), NAMED_MISSING)
    faults = (snapshot.of(ref).fault for ref in refs if snapshot.of(ref).state is State.FAULT)
    failing = sorted({fault.source for fault in faults if fault is not None})
    sources = ", ".join(failing)
    told = said_of(len(failing), " ({sources} fails)", " ({sources} fail)", sources=sources)
    because = told if failing else ""
    return said("○ {count} not measured: {names}{because}", count=len(refs), names=names, because=because)


def by_section(refs: Iterable[KpiRef], workspace: Workspace) -> Iterator[tuple[str, tuple[KpiRef, ...]]]:
    """The KPIs that stand in one section each, with its own heading; of several frameworks the name comes
    before the first heading of each."""
    before = ""
    for (key, section), members in groupby(refs, lambda ref: (ref.use.framework.key, ref.kpi.section)):
        heading = section.rsplit(" > ", 1)[-1]
        is_new = len(workspace.uses) > 1 and key != before
        yield f"{key.capitalize()}: {heading}" if is_new else heading, tuple(members)
        before = key


def hidden_words(count: int) -> str:
    """How many KPIs this reader is not shown; empty for none."""
    if not count:
        return ""
    return said_of(
        count,
        "{count} KPI left out: this place may not see it",
        "{count} KPIs left out: this place may not see them",
    )


def shown_kpis(
    use: Use, keys: Iterable[str], workspace: Workspace
) -> tuple[tuple[KpiRef, ...], tuple[str, ...]]:
    """The KPIs behind `keys` that this reader may see, each once, and the keys of those not to be shown.

    Those that the reader may not even hear of are in neither.
    """
    wanted = dict.fromkeys(keys)
    visible = {ref.kpi.key: ref for ref in workspace.kpis if ref.use.framework.key == use.framework.key}
    found = tuple(visible[key] for key in wanted if key in visible)
    heard_of = (key for key in wanted if workspace.may_hear_of(use.framework.key, key))
    return found, tuple(key for key in heard_of if key not in visible)


def is_unheard_of(use: Use, keys: Iterable[str], workspace: Workspace) -> bool:
    """Whether one of these KPIs must seem not to exist, so that what is made of it must too."""
    return not all(workspace.may_hear_of(use.framework.key, key) for key in keys)


def small_print(refs: Iterable[KpiRef], snapshot: Snapshot) -> str:
    """To when the numbers reach, how old each source is, and what is sample data."""
    moment = snapshot.moment
    ages: dict[str, timedelta] = {}
    notes: set[str] = set()
    for ref in refs:
        standing = snapshot.of(ref)
        if standing.value is None or standing.age is None:
            continue
        name = source_name(ref, snapshot)
        ages[name] = max(ages.get(name, standing.age), standing.age)
        notes.add(source_notes(ref, snapshot))
    at = moment.now.astimezone(moment.zone)
    closed = words.day(moment.today - timedelta(days=1), moment.today)
    parts = [said("closed days to {day}, {zone}", day=closed, zone=moment.zone.key)]
    if moment.as_of is not None:
        when = f"{languages.day(at.date(), year=True)} {at:%H:%M}"
        parts[0] = said("as of {when}, {rest}", when=when, rest=parts[0])
    parts += [f"{name} {words.age(age)}" for name, age in sorted(ages.items())]
    parts += sorted(one for one in notes if one)
    text = " · ".join(parts)
    return text[:1].upper() + text[1:]
