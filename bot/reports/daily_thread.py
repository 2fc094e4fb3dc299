"""What stands under the daily update: all KPIs, the frameworks' own daily parts, faults, and definitions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.languages import said, said_of
from bot.reply import Block, Bold, Heading, Reply, Table, Text, line, marked, note
from bot.reports import words
from bot.reports.changes import Change, Span
from bot.reports.dashboard_page import page
from bot.reports.dashboards import Part
from bot.reports.figures import print_change
from bot.reports.meanings import meanings
from bot.reports.plans import Section
from bot.reports.ranking import best
from bot.reports.snapshot import Snapshot
from bot.reports.standing_words import goal_words, spoken_unit
from bot.workspace import KpiRef
from kpi.standing import Standing, Zone


@dataclass(frozen=True, slots=True)
class Details:
    """All that the thread is made of."""

    snapshot: Snapshot
    span: Span
    changes: Mapping[str, Change]  # by path, of whatever is measured
    closed: Mapping[str, Standing]  # by path, as the last day closed; of those silent on it, as they are now
    printed: Mapping[str, str]  # by path, the values of `closed` in words
    sections: tuple[Section, ...] = ()
    shown: tuple[KpiRef, ...] = ()  # those in the root message
    small_print: str = ""


def thread(details: Details) -> tuple[Reply, ...]:
    """Its messages in their order; none where nothing is measured."""
    if not details.changes:
        return ()
    return (*_table(details), *_sections(details), *_faults(details), *_definitions(details))


def _table(details: Details) -> Iterator[Reply]:
    """Every measured KPI of the workspace, as the last day closed."""
    own = [ref for ref in details.snapshot.workspace.kpis if ref.path in details.changes]
    if not own:
        return
    rows = tuple(_row(details.changes[ref.path], details) for ref in own)
    caption = said_of(
        len(rows),
        "{count} KPI measured; change {since}",
        "{count} KPIs measured; change {since}",
        since=details.span.since_words,
    )
    columns = (said("KPI"), said("Value"), said("Change"), said("Target, age"))
    blocks: list[Block] = [Table(columns, rows, frozenset({1, 2}), caption)]
    if details.small_print:
        blocks.append(note(details.small_print))
    yield Reply(caption, tuple(blocks))


def _row(change: Change, details: Details) -> tuple[str, ...]:
    standing = details.closed[change.ref.path]
    goal = goal_words(standing.target.goal, standing.kpi) if standing.target else said("no target")
    age = words.age(standing.age) if standing.age is not None else ""
    unit = spoken_unit(change.ref.kpi)
    delta = said("no data") if change.delta is None else print_change(change.delta, unit)
    parts = [goal, age, "" if standing.reading.settled else said("provisional")]
    return (
        change.ref.kpi.name,
        details.printed[change.ref.path],
        delta,
        ", ".join(part for part in parts if part),
    )


def _sections(details: Details) -> Iterator[Reply]:
    """A message for each part of the frameworks' daily reports that is worth one."""
    for section in details.sections:
        if not is_due(section, details):
            continue
        blocks = [*_page(section.parts, details.snapshot), *_best(section, details)]
        if blocks:
            title = section.rule.title
            heads = isinstance(blocks[0], Heading) and blocks[0].text == title
            yield Reply(said("{title}.", title=title), (*(() if heads else (Heading(title),)), *blocks))


def is_due(section: Section, details: Details) -> bool:
    """Whether a part is worth a message: always, where something in it changed, or where something is red."""
    refs = section.refs
    match section.rule.when:
        case "changed":
            found = (details.changes.get(ref.path) for ref in refs)
            return any(one is not None and one.is_change for one in found)
        case "red":
            return any(_is_red(details.snapshot.of(ref)) for ref in refs)
        case _:
            return any(details.snapshot.of(ref).value is not None for ref in refs)


def _is_red(standing: Standing) -> bool:
    """Off track, or short of a target that is due."""
    is_due = standing.target is not None and standing.target.is_past
    return standing.zone is Zone.RED or (is_due and standing.met is False)


def _page(parts: tuple[Part, ...], snapshot: Snapshot) -> Iterator[Block]:
    """The items as a dashboard lays them out; an item whose own words differ from its KPI's says so once."""
    yield from page(parts, snapshot)
    mappings = dict.fromkeys(text for part in parts for text in part.mapping)
    if mappings:
        yield note(" ".join(mappings))


def _best(section: Section, details: Details) -> Iterator[Block]:
    """The values of the label that the part ranks, those that led on the days of the update."""
    if not section.rule.by:
        return
    for ref in section.refs:
        if told := best(ref, section.rule.by, details.snapshot, details.span):
            yield line(told)


def _faults(details: Details) -> Iterator[Reply]:
    if not (failing := {fault.source: fault for fault in details.snapshot.faults.values()}):
        return
    lines = tuple(
        Text(marked(f"◆ {name}: {words.told(fault.message, fault.hint)}"))
        for name, fault in sorted(failing.items())
    )
    title = said("Sources that fail")
    yield Reply(f"{title}.", (line(Bold(title)), *lines))


def _definitions(details: Details) -> Iterator[Reply]:
    refs = (*details.shown, *(ref for section in details.sections for ref in section.refs))
    if blocks := tuple(meanings(refs, details.snapshot)):
        yield Reply(said("What the numbers mean."), blocks)


def without_those_for_others(sections: tuple[Section, ...]) -> tuple[Section, ...]:
    """The parts for everybody: those with an audience of their own go to nobody else."""
    return tuple(one for one in sections if not one.rule.audience)
