"""What an edit of kpi.yaml or of a framework does, in words: what fires more or less, what turns red."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from bot.reply import Block, Bold, Reply, Table, line, note
from bot.reports import rehearsed, words
from bot.reports.figures import print_value
from bot.reports.rehearsed_compared import Compared, Turn
from bot.reports.standing_words import goal_words
from kpi.rehearsal_tally import Tally
from kpi.standing import Standing

MOST_TURNS = 20
_TOLD_RULES = 3
_TOLD_NAMES = 3
COLUMNS = ("Rule", "Today", "Edit", "Days today", "Days edit", "Longest edit")
_BECOMES = {
    "red": "turns {target} red for {names}",
    "yellow": "turns {target} yellow for {names}",
    "green": "turns {target} green for {names}",
    "met": "meets {target} of {names}",
    "missed": "misses {target} of {names}",
    "new": "adds {names}",
    "gone": "takes out {names}",
}


def reply(found: Compared) -> Reply:
    """The finding, a row for each rule that does something else, and what stands elsewhere."""
    finding = f"{_sentence(found)}."
    blocks: list[Block] = [line(Bold(finding))]
    if rows := [_row(was, now) for was, now in found.changed]:
        caption = rehearsed.caption(found.after.rehearsal).partition(". ")[0]
        blocks.append(Table(COLUMNS, tuple(rows), frozenset(range(1, 6)), f"{caption}."))
    if found.turns:
        blocks.append(_turned(found.turns))
    if chart := rehearsed.picture(found.after):
        blocks.append(chart)
    blocks += [note(text) for text in _small_print(found)]
    return Reply(finding, tuple(blocks), tuple(_thread(found)), data=as_json(found))


def _sentence(found: Compared) -> str:
    days = words.count(rehearsed.days_of(found.after.rehearsal), "day")
    was, now = (len(one.rehearsal.alerts) for one in (found.before, found.after))
    turns = list(_clauses(found.turns))
    if was != now:
        head = f"This edit fires {now} instead of {words.count(was, 'time')} in {days}{_where(found)}"
    elif found.changed:
        head = f"This edit fires {words.count(now, 'time')} in {days} as today, but at other times"
        head += _where(found)
    else:
        head = f"This edit fires as today, {words.count(now, 'time')} in {days}"
    return " and ".join([", ".join([head, *turns[:-1]]), *turns[-1:]])


def _where(found: Compared) -> str:
    """Which rules it is about: "(hektor/traffic_drop)", with their own counts where they are several."""
    changed = found.changed
    if len(changed) == 1:
        return f" ({_path(*changed[0])})"
    told = [f"{_path(was, now)} {_fired(now)} instead of {_fired(was)}" for was, now in changed[:_TOLD_RULES]]
    more = len(changed) - len(told)
    return f" ({', '.join(told)}{f' and {more} more' if more > 0 else ''})"


def _path(was: Tally | None, now: Tally | None) -> str:
    known = was or now
    return "" if known is None else known.rule


def _fired(one: Tally | None) -> int:
    return 0 if one is None else one.fired


def _clauses(turns: Iterable[Turn]) -> Iterator[str]:
    """ "turns Q2 red for Stars", one for each target and what became of it."""

    def kind(one: Turn) -> tuple[str, str]:
        return one.verb, _target(one)

    for (verb, target), some in groupby(turns, key=kind):
        names = words.listing(tuple(_name(one) for one in some), _TOLD_NAMES)
        yield _BECOMES[verb].format(target=target, names=names)


def _target(turn: Turn) -> str:
    standing = turn.after or turn.before
    return "" if standing is None or standing.target is None else standing.target.title


def _name(turn: Turn) -> str:
    standing = turn.after or turn.before
    return turn.path if standing is None else standing.kpi.name


def _row(was: Tally | None, now: Tally | None) -> tuple[str, ...]:
    longest = rehearsed.row(now)[4] if now is not None else "–"
    before, after = ("–" if one is None else str(one.fired) for one in (was, now))
    days = ("–" if one is None else str(one.days) for one in (was, now))
    return (_path(was, now), before, after, *days, longest)


def _turned(turns: tuple[Turn, ...]) -> Table:
    rows = tuple(
        (_name(one), one.verb, _stands(one.before), _stands(one.after)) for one in turns[:MOST_TURNS]
    )
    more = len(turns) - len(rows)
    caption = f"On today's numbers, {words.count(len(turns), 'KPI')}{f'; {more} not shown' if more else ''}."
    return Table(("KPI", "Becomes", "Today", "Edit"), rows, caption=caption)


def _stands(one: Standing | None) -> str:
    """ "1,200 of 5,000 by Day 90, red"."""
    if one is None:
        return "not there"
    value = "no data" if one.value is None else print_value(one.value, one.kpi.unit)
    target = "" if one.target is None else f" of {goal_words(one.target.goal, one.kpi)}"
    when = "" if one.target is None else f", {one.target.title}"
    zone = (
        one.zone.value if one.zone.value != "unknown" else {True: "met", False: "missed", None: ""}[one.met]
    )
    return f"{value}{target}{when}{f', {zone}' if zone else ''}"


def _small_print(found: Compared) -> Iterator[str]:
    unchanged = len(found.pairs) - len(found.changed)
    if unchanged:
        yield f"{words.count(unchanged, 'rule')} as today; `kpi rehearse` without --change lists them."
    *_, method = rehearsed.small_print(found.after)
    yield method


def _thread(found: Compared) -> Iterator[Reply]:
    if more := found.only_after():
        yield rehearsed.episodes(more, found.after, "With the edit alone")
    if less := found.only_before():
        yield rehearsed.episodes(less, found.before, "Gone with the edit")


def as_json(found: Compared) -> dict[str, Any]:
    """What the edit does, and both rehearsals."""
    before, after = rehearsed.as_json(found.before), rehearsed.as_json(found.after)
    return {
        **after,
        "fired_today": before["fired"],
        "changed": [
            {"rule": _path(was, now), "fired_today": _fired(was), "fired": _fired(now)}
            for was, now in found.changed
        ],
        "turned": [
            {
                "kpi": one.path,
                "becomes": one.verb,
                "target": _target(one),
                "today": _stood(one.before),
                "edit": _stood(one.after),
            }
            for one in found.turns
        ],
        "only_edit": [_alert(one.rule, one.fired_at.isoformat()) for one in found.only_after()],
        "only_today": [_alert(one.rule, one.fired_at.isoformat()) for one in found.only_before()],
        "today": before,
    }


def _alert(rule: str, at: str) -> dict[str, str]:
    return {"rule": rule, "fired_at": at}


def _stood(one: Standing | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {
        "value": one.value,
        "zone": one.zone.value,
        "met": one.met,
        "percent": one.percent_of_target,
        "target": None if one.target is None else one.target.goal.text,
    }
