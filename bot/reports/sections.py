"""One part of a report: its finding, a line or a row for each KPI in the part's own view, its chart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.charts.calendar import CalendarChart
from bot.languages import said, said_of
from bot.reply import Block, Bold, Chart, Heading, Note, Reply, Table, Text, line, marked, note
from bot.reports import words
from bot.reports.dashboards import Part, has_columns, kpis_in, target_cells, target_columns
from bot.reports.digest_account import Account, attributed
from bot.reports.digest_moves import Move
from bot.reports.digest_words import change_of, clause, move_line, mover_lines, value_of
from bot.reports.pictured import chart_of
from bot.reports.plans import Section
from bot.reports.reasons import reason_words
from bot.reports.rows import hidden_words, missing_line
from bot.reports.rule_blocks import rule_blocks, rule_findings
from bot.reports.shares import share_row
from bot.workspace import KpiRef

MOST_ROWS = 30
MOST_TABLE_ROWS = 25
MOST_HORIZONS = 4
"""More targets side by side than a phone can show: there the one in force is enough."""

_WITH_CHANGE = 2  # horizons beside which there is room for the change
FEW_MISSING = 3
NAMED = 4  # KPIs of a part without any number


@dataclass(frozen=True, slots=True)
class Told:
    """A part in words and pictures: what its message in the thread and its page in a document say."""

    section: Section
    heading: str
    finding: str  # the first of its sentences
    further: tuple[str, ...]  # the others
    blocks: tuple[Block, ...]
    chart: Block | None
    notes: tuple[Note, ...]
    is_measured: bool = True  # one of its KPIs at least

    @property
    def message(self) -> Reply:
        """Its message in the thread."""
        after = (*(() if self.chart is None else (self.chart,)), *self.notes)
        text = f"{self.heading}: {' '.join((self.finding, *self.further))}"
        told = (line(Bold(self.finding)), *map(line, self.further))
        return Reply(text, (Heading(self.heading), *told, *self.blocks, *after))

    @property
    def page_blocks(self) -> tuple[Block, ...]:
        """What stands on its page below the finding: the chart before the rows."""
        first = (self.chart,) if isinstance(self.chart, Chart) else ()
        told = getattr(first[0].drawing, "finding", "") if first else ""
        further = [line(one) for one in self.further if not told or told not in one]
        return (*first, *further, *self.blocks, *self.notes)

    @property
    def is_empty(self) -> bool:
        """Whether it is of KPIs alone, and none of them is measured."""
        made = (self.section.gates, self.section.funnels, self.section.attribution, self.section.rule.success)
        return not self.is_measured and not any(made)


def told(account: Account) -> tuple[Told, ...]:
    """The parts that have something to say; what is left out leaves no heading behind."""
    return tuple(_told(one, account) for one in account.plan.sections if _is_shown(one, account))


def unmeasured(parts: Sequence[Told]) -> Reply:
    """The parts of which nothing is measured yet, in one message: each with a line of its KPIs."""
    title = said("Not measured yet")
    names = (words.listing(tuple(ref.kpi.name for ref in one.section.refs), NAMED) for one in parts)
    told = (line(f"○ {one.heading}: {listed}") for one, listed in zip(parts, names, strict=True))
    heading = ", ".join(one.heading for one in parts)
    return Reply(f"{title}: {heading}.", (Heading(title), *told))


def _is_shown(section: Section, account: Account) -> bool:
    match section.rule.when:
        case "changed":
            return account.changed(section)
        case "red":
            return any(one.is_red for one in account.moves_of(section))
        case _:
            return True


def _told(section: Section, account: Account) -> Told:
    chart = chart_of(section, account)
    findings = [*rule_findings(section, account)]
    if section.refs:
        findings.insert(0, _day_by_day(section, chart) or _finding(section, account))
    is_measured = any(account.moves[ref.path].standing.value is not None for ref in section.refs)
    return Told(
        section,
        _heading(section, account),
        findings[0] if findings else "",
        tuple(findings[1:]),
        (*_parts(section, account), *rule_blocks(section, account)),
        chart if is_measured or isinstance(chart, Chart) or not section.refs else None,
        tuple(_notes(section)),
        is_measured,
    )


def _day_by_day(section: Section, chart: Block | None) -> str:
    """What a calendar of one KPI found: more than the amount of its last day says."""
    if len(section.refs) != 1 or not isinstance(chart, Chart) or not isinstance(chart.drawing, CalendarChart):
        return ""
    return f"{section.refs[0].kpi.name}: {chart.drawing.finding}."


def _heading(section: Section, account: Account) -> str:
    """Its title, with the framework before it where the report is of several."""
    title = section.rule.title[:1].upper() + section.rule.title[1:]
    frameworks = {one.use.framework.key for one in account.plan.sections}
    return f"{section.use.framework.key.capitalize()} · {title}" if len(frameworks) > 1 else title


def _finding(section: Section, account: Account) -> str:
    """How much is known and met, and what moved most."""
    moves = [account.moves[ref.path] for ref in section.refs]
    measured = [one for one in moves if one.standing.value is not None]
    if len(moves) == len(measured) == 1:
        return f"{clause(moves[0])}." if moves[0].delta else f"{moves[0].title} {value_of(moves[0])}."
    if not measured:
        return said_of(len(moves), "Not measured yet.", "None of its {count} KPIs is measured yet.")
    clauses = []
    if held := [one.standing.met for one in moves if one.standing.met is not None]:  # as the lines below say
        targets = said_of(len(held), "{count} target", "{count} targets")
        clauses.append(said("{met} of {targets} met", met=sum(held), targets=targets))
    if len(measured) < len(moves):
        clauses.append(said("{measured} of {count} measured", measured=len(measured), count=len(moves)))
    elif not clauses:
        clauses.append(said_of(len(moves), "{count} KPI measured", "{count} KPIs measured"))
    first = max((one for one in moves if one.is_change), key=lambda one: one.weight, default=None)
    finding = ", ".join(clauses)
    return f"{finding}; {clause(first)}." if first is not None and first.delta else f"{finding}."


def _parts(section: Section, account: Account) -> Iterator[Block]:
    """The items of the part in their order; what an earlier item or an attribution shows is said once."""
    workspace = account.last.workspace
    shown = {ref.path for rule in section.attribution for ref in attributed(section, rule, workspace)}
    parts = [part for part in section.parts if part.refs and not part.funnels]
    for part in parts:
        fresh = tuple(ref for ref in part.refs if ref.path not in shown)
        shown.update(ref.path for ref in fresh)
        if not fresh:
            continue
        is_single = len(part.refs) == 1 and not part.item.sections
        if len(parts) > 1 and not is_single:
            yield Heading(part.item.text[:1].upper() + part.item.text[1:])
        is_table = has_columns(part) and len(target_columns(part, fresh)) <= MOST_HORIZONS
        yield from _table(part, fresh, account) if is_table else _rows(part, fresh, account, section.rule.by)


def _rows(part: Part, refs: Sequence[KpiRef], account: Account, by: str) -> Iterator[Block]:
    """A line for each measured KPI, with who moved it; of many without a number only how many there are."""
    shown, missing = _split(refs, account)
    for ref in shown[:MOST_ROWS]:
        yield Text(marked(row_of(part, account.moves[ref.path], account)))
        if by:
            parted = mover_lines(account.moves[ref.path], account.last, account.before, by)
            yield from (line(text) for text in parted)
    yield from _left_out(len(shown) - MOST_ROWS, missing, account)


def row_of(part: Part, move: Move, account: Account) -> str:
    """One KPI as its part shows it: a planned share beside its plan, all else beside what it was."""
    reading = move.standing.reading
    if reading.value is None:
        # Of what was measured before, the reader wants to know what is missing now.
        because = f" · {reason_words(reading.reason)}" if reading.at is not None and reading.reason else ""
        return f"{share_row(move.ref, account.last)}{because}"
    if part.item.view != "share":
        return move_line(move, account.stretch)
    change = change_of(move, account.stretch)
    return " · ".join(text for text in (share_row(move.ref, account.last), change) if text)


def _split(refs: Sequence[KpiRef], account: Account) -> tuple[Sequence[KpiRef], tuple[KpiRef, ...]]:
    """Those with a line of their own, and those that are only counted."""
    missing = tuple(ref for ref in refs if account.last.of(ref).value is None)
    if len(missing) <= FEW_MISSING and len(refs) <= MOST_ROWS:
        return refs, ()
    return tuple(ref for ref in refs if ref not in missing), missing


def _left_out(more: int, missing: Sequence[KpiRef], account: Account) -> Iterator[Block]:
    if more > 0:
        yield line(said("{count} more in the table of all.", count=more))
    if missing:
        yield line(missing_line(missing, account.last))


def _table(part: Part, refs: Sequence[KpiRef], account: Account) -> Iterator[Block]:
    """The value at the close, its change, and the target of each horizon side by side."""
    shown, missing = _split(refs, account)
    horizons = target_columns(part, refs)
    titles = tuple(refs[0].use.framework.horizons[key].title for key in horizons)
    rows, has_change = [], len(horizons) <= _WITH_CHANGE
    for ref in shown[:MOST_TABLE_ROWS]:
        _, value, *targets = target_cells(ref, horizons, account.last)
        move = account.moves[ref.path]
        change = (change_of(move, account.stretch),) if has_change else ()
        rows.append((move.title, value, *change, *targets))
    if rows:
        columns = (said("KPI"), said("At close"), *((said("Change"),) if has_change else ()), *titles)
        yield Table(columns, tuple(rows), caption=said("✓ met by the value at the close"))
    yield from _left_out(len(shown) - MOST_TABLE_ROWS, missing, account)


def _notes(section: Section) -> Iterator[Note]:
    """The small print: who may not see what, and how words were read."""
    if hidden := hidden_words(len(section.hidden)):
        yield note(hidden)
    own = section.rule.title  # a part's own title is no word of the document that has to be explained
    mapped = (text for part in section.parts if part.item.text != own for text in part.mapping)
    if told := " ".join(dict.fromkeys(text for text in (section.rule.note, *mapped) if text)):
        yield note(told)


def kpis_of(parts: Sequence[Told]) -> tuple[KpiRef, ...]:
    """The KPIs that these parts show, each once."""
    return kpis_in(part for one in parts for part in one.section.parts)
