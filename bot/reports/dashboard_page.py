"""A dashboard laid out: its items in their order, in the view each asks for, nothing said twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.languages import said, said_of
from bot.reply import Block, Heading, Table, Text, line, marked
from bot.reports import words
from bot.reports.dashboards import Part, has_columns, item_row, kpis_in, target_cells, target_columns
from bot.reports.funnels import funnel_line, standing_of
from bot.reports.rows import hidden_words, missing_line, small_print
from bot.reports.snapshot import Snapshot
from bot.workspace import KpiRef, Use
from kpi.framework_rules import Dashboard
from kpi.standing_json import standing_json

MOST_ROWS = 36
"""Lines of KPIs in one dashboard; what is beyond them is counted."""

MOST_TABLE_ROWS = 25
FEW = 3


def headline(use: Use, dashboard: Dashboard, parts: Sequence[Part], snapshot: Snapshot) -> str:
    """How much of it is known, and how much of that is where it should be."""
    refs = kpis_in(parts)
    standings = [snapshot.of(one) for one in refs]
    measured = sum(one.value is not None for one in standings)
    held = [one.met for one in standings if one.met is not None]
    name = dashboard.title
    if len(snapshot.workspace.uses) > 1:
        name = f"{use.framework.key.capitalize()}, {name}"
    if not measured:
        return said(
            "{name}: none of its {kpis} is measured yet", name=name, kpis=words.count(len(refs), "KPI")
        )
    targets = ""
    if held:
        targets = said(", {met} of {targets} met", met=sum(held), targets=words.count(len(held), "target"))
    return said(
        "{name}: {measured} of {kpis} measured{targets}",
        name=name,
        measured=measured,
        kpis=words.count(len(refs), "KPI"),
        targets=targets,
    )


def page(parts: Sequence[Part], snapshot: Snapshot) -> Iterator[Block]:
    """The items in their order; what an earlier item shows in the same view is not said again."""
    told: set[tuple[str, str]] = set()
    left = MOST_ROWS
    for part in parts:
        if not part.refs:  # not for this reader: not even its words are
            continue
        view = "value" if part.item.view in ("target", "share") else part.item.view
        fresh = tuple(ref for ref in part.refs if (ref.path, view) not in told)
        told.update((ref.path, view) for ref in fresh)
        is_single = len(part.refs) == 1 and not part.item.sections
        if not is_single:
            yield Heading(part.item.text[:1].upper() + part.item.text[1:])
        if part.funnels:
            use = part.refs[0].use
            yield from (line(funnel_line(standing_of(use, one, snapshot))) for one in part.funnels)
        elif has_columns(part):
            yield from _table(part, fresh, snapshot)
        else:
            rows = tuple(_rows(part, fresh, snapshot, left))
            left -= len(rows)
            yield from (Text(marked(text)) for text in rows)
        if len(fresh) < len(part.refs):
            yield line(_above(part, len(fresh), is_single=is_single))


def _above(part: Part, fresh: int, *, is_single: bool) -> str:
    count = len(part.refs) - fresh
    if is_single:
        return said("{what}: stands above.", what=part.item.text)
    if fresh:
        return said_of(count, "{count} more stands above.", "{count} more stand above.")
    return said_of(count, "{count} stands above.", "{count} stand above.")


def _rows(part: Part, refs: Sequence[KpiRef], snapshot: Snapshot, most: int) -> Iterator[str]:
    """A line for each measured KPI; of many without a number only how many there are."""
    missing = tuple(ref for ref in refs if snapshot.of(ref).value is None)
    shown = (
        refs
        if len(missing) <= FEW and len(refs) <= most
        else tuple(ref for ref in refs if ref not in missing)
    )
    yield from (item_row(part, ref, snapshot) for ref in shown[: max(most, 0)])
    if len(shown) > max(most, 0):
        key = refs[0].use.framework.key
        yield said(
            "{count} more measured: `list {framework}`", count=len(shown) - max(most, 0), framework=key
        )
    if len(shown) < len(refs):
        yield missing_line(missing, snapshot)


def _table(part: Part, refs: Sequence[KpiRef], snapshot: Snapshot) -> Iterator[Block]:
    """Current value and the target of each horizon side by side."""
    missing = tuple(ref for ref in refs if snapshot.of(ref).value is None)
    shown = refs if len(refs) <= MOST_TABLE_ROWS else tuple(ref for ref in refs if ref not in missing)
    horizons = target_columns(part, refs)
    if shown:
        titles = tuple(refs[0].use.framework.horizons[key].title for key in horizons)
        rows = tuple(target_cells(ref, horizons, snapshot) for ref in shown[:MOST_TABLE_ROWS])
        yield Table((said("KPI"), said("Current"), *titles), rows, caption=said("✓ met by the current value"))
    if len(shown) > MOST_TABLE_ROWS:
        key, count = refs[0].use.framework.key, len(shown) - MOST_TABLE_ROWS
        yield Text(marked(said("{count} more measured: `list {framework}`", count=count, framework=key)))
    if len(shown) < len(refs):
        yield line(missing_line(missing, snapshot))


def notes(use: Use, parts: Sequence[Part], snapshot: Snapshot) -> Iterator[str]:
    """The small print: what stands behind the numbers, and how words were read."""
    hidden = len({key for part in parts for key in part.hidden})
    small = [use.framework.title, hidden_words(hidden), small_print(kpis_in(parts), snapshot)]
    yield " · ".join(part for part in small if part)
    mappings = dict.fromkeys(text for part in parts for text in part.mapping)
    if mappings:
        yield " ".join(mappings)


def dashboard_json(
    use: Use, dashboard: Dashboard, parts: Sequence[Part], snapshot: Snapshot
) -> dict[str, object]:
    """The numbers behind the words, as plain JSON values."""
    items = [
        {
            "text": part.item.text,
            "view": part.item.view,
            "mapping": list(part.mapping),
            "hidden": len(part.hidden),
            "kpis": [standing_json(snapshot.of(one)) for one in part.refs],
        }
        for part in parts
    ]
    return {
        "dashboard": dashboard.key,
        "framework": use.framework.key,
        "title": dashboard.title,
        "items": items,
    }
