"""A gate in words: the verdict first, then what is missing, what is unmeasured, and since when.

Whoever may not see a KPI hears neither its name, nor its value, nor how far it is; it counts all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from bot.languages import day_of_month, said, said_of
from bot.reply import Bold, Mention, Note, Table, Text, line, note, spans
from bot.reports import words
from bot.reports.figures import print_change, print_value
from bot.reports.gate_history import DAYS, Past
from bot.reports.landing_words import outlook_lines
from bot.reports.standing_words import goal_words, nearest_end, spoken_unit
from bot.workspace import GateRef, KpiRef, Workspace, normal
from kpi.calendar import Moment
from kpi.gate_outlook import Outlook
from kpi.gates import GateItem, Verdict

SHOWN_NEAREST = 3
MOST_NEAREST = 5
SHOWN_UNMEASURED = 4
MARKS = {True: "✓", False: "–", None: "○"}


@dataclass(frozen=True)
class GateView:
    """One gate as one reader may see it."""

    ref: GateRef
    found: Verdict
    workspace: Workspace
    moment: Moment

    @property
    def hidden(self) -> frozenset[str]:
        """The keys of its framework's KPIs that the reader may not see."""
        framework = self.ref.use.framework
        return frozenset(
            kpi.key for kpi in framework.kpis if not self.workspace.shows(framework.key, kpi.key)
        )

    @property
    def refs(self) -> tuple[KpiRef, ...]:
        """The KPIs that it counts and the reader may see."""
        return tuple(KpiRef(self.ref.use, item.kpi) for item in self.shown(self.found.items))

    @property
    def withheld(self) -> int:
        """How many KPIs of the gate are not shown."""
        return sum(item.kpi.key in self.hidden for item in self.found.items)

    def shown(self, items: Sequence[GateItem]) -> tuple[GateItem, ...]:
        hidden = self.hidden
        return tuple(item for item in items if item.kpi.key not in hidden)


def title(ref: GateRef) -> str:
    """The two phases of a gate: "Phase 1 → 2"."""
    horizons = ref.use.framework.horizons
    return f"{horizons[ref.gate.from_].title} → {horizons[ref.gate.to].title.removeprefix('Phase ')}"


def share(found: Verdict) -> str:
    """The share achieved, never rounded onto what is needed: "79.5% of 80%"."""
    return said(
        "{share} of {needed}",
        share=words.percent(found.percent, limit=found.required),
        needed=words.percent(found.required),
    )


def outcome(found: Verdict) -> str:
    return said("open") if found.passed else said("not yet")


def headline(ref: GateRef, found: Verdict) -> str:
    """The verdict in one sentence."""
    counted = said(
        "{achieved} of {total} achieved, {needed} needed",
        achieved=found.achieved,
        total=found.total,
        needed=found.required_count,
    )
    return f"{title(ref)}: {outcome(found)}. {counted} ({share(found)})"


def finding(view: GateView, past: Past, outlook: Outlook | None, *, is_short: bool = True) -> Iterator[Text]:
    """The verdict, since when it holds, what opens it and when; KPIs by name only where no table follows."""
    yield line(Bold(headline(view.ref, view.found)))
    if since := past_words(past, view.moment.day):
        yield line(since)
    if not view.found.passed:
        yield from _missing(view, is_short=is_short)
    if is_short:
        yield from _unmeasured(view)
    if view.withheld:
        yield line(said_of(view.withheld, "{count} KPI not shown here.", "{count} KPIs not shown here."))
    yield from map(line, outlook_lines(outlook, view.moment.day))


def past_words(past: Past, today: date) -> str:
    """Since when the gate is open, or when it was open last; nothing where nobody knows."""
    if past.open_since is not None and past.is_bounded:
        return said("Open for at least {days} days.", days=DAYS)
    if past.open_since is not None:
        days = (today - past.open_since).days
        ago = words.count(days, "day") if days else said("today")
        return said("Open since {day} ({ago}).", day=words.day(past.open_since, today), ago=ago)
    if past.last_open is not None:
        return said("Shut; last open {days}.", days=_span(*past.last_open, today))
    return said("Shut for at least {days} days.", days=DAYS) if past.is_bounded else ""


def _span(first: date | None, last: date, today: date) -> str:
    """Days as people say them: "3–9 Nov", "28 Oct – 3 Nov"."""
    end = words.day(last, today)
    if first is None:
        return said("until {day}", day=end)
    if first == last:
        return end
    if (first.year, first.month) == (last.year, last.month):
        return f"{day_of_month(first)}–{end}"
    return f"{words.day(first, today)} – {end}"


def _missing(view: GateView, *, is_short: bool) -> Iterator[Text]:
    """How many more open it, and the nearest of them where no table follows."""
    found = view.found
    more = said_of(found.missing, "One more opens it.", "{count} more open it.")
    short, nearest = len(found.blocking), view.shown(found.blocking) if is_short else ()
    rest = found.missing - short
    if rest > 0:
        others = _some(rest, len(found.unmeasured))
        if short:
            told = said("Meet {short} and {others} not measured.", short=_all_short(short), others=others)
        else:
            told = said("Nothing measured falls short: it takes {others} not measured.", others=others)
        yield line(f"{more} {told}")
    else:
        yield line(said("{more} Nearest:", more=more) if nearest else more)
    for item in nearest[: min(max(found.missing, SHOWN_NEAREST), MOST_NEAREST)]:
        yield item_line(item, view)


def _some(count: int, total: int) -> str:
    if count < total:
        return said("{count} of the {total}", count=count, total=total)
    return said("all {total}", total=total) if total > 1 else said("the one")


def _all_short(count: int) -> str:
    return said_of(count, "the one that falls short", "all {count} that fall short")


def _unmeasured(view: GateView) -> Iterator[Text]:
    """What nobody measured, and what nobody judged."""
    items = view.shown(view.found.unmeasured)
    parts = {
        said("not measured"): [item for item in items if not item.needs_judgement],
        said("in words, not judged"): [item for item in items if item.needs_judgement],
    }
    for what, members in parts.items():
        if members:
            names = words.listing(tuple(item.kpi.name for item in members), SHOWN_UNMEASURED)
            against = said_of(len(members), " (it counts against)", " (they count against)")
            against = "" if view.found.passed else against
            yield line(f"○ {len(members)} {what}: {names}{against}")


def item_line(item: GateItem, view: GateView) -> Text:
    """One KPI that falls short: its value, its target, what is left and whose it is."""
    goal = goal_words(item.target.goal, item.kpi)
    left = left_words(item)
    said = f"– {item.kpi.name} {value_words(item)} → {goal}{f' ({left})' if left else ''}"
    owner = view.ref.use.framework.owner_of(item.kpi)
    if not owner:
        return line(said)
    person = next((one for one in view.workspace.people if normal(one.name) == normal(owner)), None)
    return Text(spans(f"{said} ", Mention(person.name, person.ids) if person else owner))


def value_words(item: GateItem) -> str:
    """The value, or the judgement, of one KPI of a gate."""
    if item.judgement is not None:
        return said("judged met") if item.judgement.met else said("judged not met")
    if item.needs_judgement:
        return said("not judged")
    if item.standing.value is None:
        return said("not measured")
    value = item.standing.value
    return print_value(value, spoken_unit(item.kpi), against=nearest_end(item.target.goal, value))


def left_words(item: GateItem) -> str:
    """What is left to the target, in the KPI's unit: "0.4 min to go"."""
    if item.gap is None:
        return ""
    if item.gap == 0:
        return said("at the limit, not past it")
    left = words.as_fine_as(item.gap, value_words(item))
    return said("{change} to go", change=print_change(left, item.kpi.unit).removeprefix("+"))


def evidence_table(view: GateView) -> Table:
    """Every KPI of the gate that the reader may see, as it stands."""
    framework = view.ref.use.framework
    rows = [
        (
            MARKS[item.met],
            item.kpi.name,
            value_words(item),
            goal_words(item.target.goal, item.kpi),
            left_words(item),
            framework.owner_of(item.kpi),
        )
        for item in view.shown(view.found.items)
    ]
    return table_of(("", said("KPI"), said("Now"), said("Needed"), said("Left"), said("Owner")), rows)


def table_of(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """A table without the columns that would be empty in every row."""
    kept = [at for at in range(len(columns)) if any(row[at] for row in rows)]
    told = tuple(tuple(row[at] for at in kept) for row in rows)
    caption = said("✓ achieved, – short, ○ not measured or not judged")
    return Table(tuple(columns[at] for at in kept), told, caption=caption)


def undated_line(view: GateView) -> Note | None:
    """The KPIs without a phase, by name: no gate counts them."""
    hidden = view.hidden
    names = tuple(kpi.name for kpi in view.found.undated if kpi.key not in hidden)
    return note(f"{len(names)} undated, in no gate: {', '.join(names)}") if names else None


def small_print(view: GateView) -> Note:
    """How it is counted, and what stays out."""
    framework, undated = view.ref.use.framework, len(view.found.undated)
    phase = framework.horizons[view.ref.gate.from_].title
    text = f"{framework.title} · every KPI with a {phase} target counts, measured or not"
    stay = "stays" if undated == 1 else "stay"
    return note(f"{text}; {words.count(undated, 'undated KPI')} {stay} out" if undated else text)
