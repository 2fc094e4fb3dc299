"""The evidence of a gate that was passed: the values as they were then, whatever was corrected since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from bot.reply import Block, Bold, line, note
from bot.reports import words
from bot.reports.gate_words import MARKS, GateView, outcome, share, table_of, title
from kpi.calendar import Moment, day_of
from kpi.gates import Verdict
from kpi.quantity import print_value
from kpi.standing_json import verdict_json
from kpi.unit import UnitFault, unit
from storage.gate_passes import GatePass


def evidence_of(found: Verdict, at: datetime) -> dict[str, Any]:
    """What a verdict rests on, as plain JSON values that stay readable when the framework has changed."""
    return {**verdict_json(found), "at": at.isoformat()}


def pass_headline(view: GateView, passed: GatePass) -> str:
    """The pass in one sentence."""
    kept = passed.evidence
    needed = Fraction(str(kept["required_percent"]))
    achieved = Fraction(100 * kept["achieved"], kept["total"])
    counted = f"{kept['achieved']} of {kept['total']} achieved, {kept['required']} needed"
    ratio = f"{words.percent(achieved, limit=needed)} of {words.percent(needed)}"
    return f"{title(view.ref)}: passed on {_day(passed, view.moment)}. {counted} ({ratio})"


def passed_line(passed: GatePass, view: GateView) -> str:
    """That a gate which is shut was passed before: "Passed on 12 Nov; today 35 of 44."."""
    now = _spoken_of(view.moment)
    return f"Passed on {_day(passed, view.moment)}; {now} {view.found.achieved} of {view.found.total}."


def _spoken_of(moment: Moment) -> str:
    """Today, or the day of the past that was asked for."""
    return "today" if moment.as_of is None else f"on {words.day(moment.today, moment.today)}"


def frozen_blocks(view: GateView, passed: GatePass) -> tuple[Block, ...]:
    """The evidence as it was, and today's verdict where that is another one."""
    found, kept = view.found, passed.evidence
    blocks: list[Block] = [line(Bold(pass_headline(view, passed)))]
    if (found.passed, found.achieved, found.total) != (kept["passed"], kept["achieved"], kept["total"]):
        state = "still open" if found.passed else outcome(found)
        now = _spoken_of(view.moment)
        counted = f"{state}, {found.achieved} of {found.total} ({share(found)})"
        blocks.append(line(f"{now[:1].upper()}{now[1:]}: {counted}."))
    items = _shown(kept["kpis"], view)
    if hidden := len(kept["kpis"]) - len(items):
        blocks.append(line(f"{words.count(hidden, 'KPI')} not shown here."))
    rows = [(MARKS[one["met"]], one["name"], _value(one), one["target"]["text"]) for one in items]
    blocks.append(table_of(("", "KPI", "Then", "Needed"), rows))
    moment = view.moment
    local = passed.passed_at.astimezone(moment.zone)
    when = f"{_day(passed, moment)} {local:%H:%M} {moment.zone.key}"
    blocks.append(
        note(f"{view.ref.use.framework.title} · as it stood {when}; later corrections leave it as it is")
    )
    return tuple(blocks)


def passes_json(passes: Sequence[GatePass], view: GateView, *, in_full: bool) -> list[dict[str, Any]]:
    """The passes for programs, oldest first; of the last one all the evidence where it was asked for."""
    told: list[dict[str, Any]] = [
        {"passed_at": one.passed_at.isoformat(), **{key: one.evidence[key] for key in _COUNTS}}
        for one in passes
    ]
    if told and in_full:
        told[-1]["evidence"] = _without_hidden(passes[-1].evidence, view)
    return told


_COUNTS = ("achieved", "total", "required")


def _without_hidden(kept: Mapping[str, Any], view: GateView) -> dict[str, Any]:
    """The evidence without what this reader may not see."""
    names = {name for name in ("blocking", "unmeasured", "cheapest", "undated") if name in kept}
    return {
        **kept,
        "kpis": _shown(kept["kpis"], view),
        **{name: [key for key in kept[name] if _may_show(key, view)] for name in names},
    }


def _shown(items: Iterable[Mapping[str, Any]], view: GateView) -> list[Mapping[str, Any]]:
    return [one for one in items if _may_show(one["key"], view)]


def _may_show(key: str, view: GateView) -> bool:
    """Whether the reader may see it; nobody can tell of a KPI that is gone, so it counts as withheld."""
    if not view.workspace.withheld:
        return True
    framework = view.ref.use.framework
    return key in framework.by_key and view.workspace.shows(framework.key, key)


def _value(item: Mapping[str, Any]) -> str:
    said = item.get("judgement")
    if said is not None:
        return f"judged {'met' if said['met'] else 'not met'}"
    if item["needs_judgement"]:
        return "not judged"
    if item["value"] is None:
        return "not measured"
    try:
        return print_value(item["value"], unit(item["unit"]), against=item["target"]["value"])
    except UnitFault:  # a unit that this version no longer knows
        return f"{item['value']:g} {item['unit']}"


def _day(passed: GatePass, moment: Moment) -> str:
    return words.day(day_of(passed.passed_at, moment.zone), moment.day)
