"""A framework's definition of success: its numbers scored, apart from what people judge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.languages import said, said_of
from bot.reply import Block, Bold, Heading, Text, line, marked, note
from bot.reports import words
from bot.reports.provenance import author_name
from bot.reports.rows import late, nothing, shown_kpis
from bot.reports.snapshot import Snapshot
from bot.reports.standing_words import deadline_words, goal_words, value_words
from bot.workspace import KpiRef, Use, Workspace
from kpi.calendar import STEADY, Moment
from kpi.framework import slug
from kpi.framework_rules import SuccessItem
from kpi.horizon import TargetInForce, placed
from kpi.judgement import Judgement, Judgements, judged
from kpi.scoring import met, percent_of_target
from kpi.standing import Standing
from storage import Session, judgements

MARKS = {True: "✓", False: "–", None: "○"}


@dataclass(frozen=True, slots=True)
class Scored:
    """One item: what decides it, and whether it is met; None where nothing says yet."""

    item: SuccessItem
    met: bool | None
    ref: KpiRef | None = None  # the KPI behind it, where this reader may see it
    standing: Standing | None = None
    target: TargetInForce | None = None
    judgement: Judgement | None = None


def success_kpis(use: Use, workspace: Workspace) -> tuple[KpiRef, ...]:
    """The KPIs behind the definition that this reader may see."""
    return shown_kpis(use, (item.kpi for item in use.framework.success if item.kpi), workspace)[0]


def read_judgements(
    session: Session, uses: Sequence[Use], moment: Moment, known_by: datetime | None
) -> dict[str, dict[tuple[str, str], Judgement]]:
    """What people said by the moment, by framework: one statement."""
    as_of = min((at for at in (moment.as_of, known_by) if at is not None), default=None)
    return judgements.read(session, [use.framework.key for use in uses], until=moment.now, as_of=as_of)


def score(use: Use, snapshot: Snapshot, said: Judgements) -> tuple[Scored, ...]:
    """Every item of the framework's definition that this reader may see, in its order."""
    shown = {ref.kpi.key: ref for ref in success_kpis(use, snapshot.workspace)}
    return tuple(
        _scored(item, use, shown.get(item.kpi), snapshot, said=said)
        for item in use.framework.success
        if not item.kpi or item.kpi in shown
    )


def judged_key(item: SuccessItem) -> str:
    """Under which key people judge an item."""
    return f"success.{slug(item.text)}"


def _scored(
    item: SuccessItem, use: Use, ref: KpiRef | None, snapshot: Snapshot, *, said: Judgements
) -> Scored:
    """People's word where they may give it and did; else the KPI against its target at the item's horizon."""
    word = judged(said, kpi=judged_key(item), horizon=STEADY, text=item.text) if item.is_judged else None
    if ref is None:
        return Scored(item, None if word is None else word.met, judgement=word)
    standing = snapshot.of(ref)
    target = standing.target
    if item.horizon and (stated := ref.kpi.targets.get(item.horizon)) is not None:
        target = placed(stated, use.framework, use.plan, snapshot.moment.day)
    is_met = None if target is None else met(target.goal, standing.value, ref.kpi.better)
    return Scored(item, is_met if word is None else word.met, ref, standing, target, word)


def headline(items: Sequence[Scored], use: Use, *, several: bool) -> str:
    """The numbers' score, and apart from it how much of the rest is held to be met."""
    numbers = [one for one in items if not one.item.is_judged]
    people = [one for one in items if one.item.is_judged]
    told = _score_words(numbers, said("not measured")) if numbers else said("no number is asked for.")
    told = f"{use.framework.key.capitalize() if several else said('Success')}: {told}"
    if not people:
        return told
    beyond = _score_words(people, said("not judged"))
    return said("{numbers} Beyond numbers: {judged}", numbers=told, judged=beyond)


def _score_words(items: Sequence[Scored], lacking: str) -> str:
    unknown = sum(one.met is None for one in items)
    told = said("{met} of {total} met", met=sum(one.met is True for one in items), total=len(items))
    return f"{told}, {unknown} {lacking}." if unknown else f"{told}."


def success_blocks(use: Use, items: Sequence[Scored], snapshot: Snapshot) -> Iterator[Block]:
    """The score, every group with its items, and what its author says of using it."""
    yield line(Bold(headline(items, use, several=len(snapshot.workspace.uses) > 1)))
    for group in dict.fromkeys(one.item.group for one in items):
        members = [one for one in items if one.item.group == group]
        yield Heading(f"{group}{_deadline(members, snapshot.moment)}")
        yield from (line(f"{MARKS[one.met]} {one.item.text}: {_words(one, snapshot)}") for one in members)
    if any(one.item.is_judged and one.met is None for one in items):
        yield Text(marked(said("People judge what is beyond numbers: `judge`.")))
    asked = (item.kpi for item in use.framework.success if item.kpi)
    if hidden := len(shown_kpis(use, asked, snapshot.workspace)[1]):
        yield note(
            said_of(
                hidden,
                "{count} item left out: this place may not see it.",
                "{count} items left out: this place may not see them.",
            )
        )
    if principle := use.framework.governance.principle:
        yield note(f"“{principle}”")


def _deadline(members: Sequence[Scored], moment: Moment) -> str:
    """When all of a group are due, if that is one day."""
    targets = {one.target.deadline: one.target for one in members if one.target is not None}
    if len(targets) != 1 or None in targets:
        return ""
    return f" {deadline_words(next(iter(targets.values())), moment)}"


def _words(one: Scored, snapshot: Snapshot) -> str:
    if one.judgement is not None:
        return _judged_words(one.judgement, snapshot)
    if one.standing is None or (one.item.is_judged and one.standing.value is None):
        return said("not judged yet")
    return _number_words(one, one.standing)


def _judged_words(word: Judgement, snapshot: Snapshot) -> str:
    moment = snapshot.moment
    who = author_name(word.author, snapshot.workspace)
    when = words.clock(word.at, moment.zone, moment.day)
    because = f": {word.reason}" if word.reason else ""
    if word.met:
        return said("judged met by {who}, {when}", who=who, when=when) + because
    return said("judged not met by {who}, {when}", who=who, when=when) + because


def _number_words(one: Scored, standing: Standing) -> str:
    """The value against the target at the item's own horizon."""
    if standing.value is None:
        return nothing(standing)
    if one.target is None:
        return f"{value_words(standing)}{late(standing)}"
    goal = goal_words(one.target.goal, standing.kpi)
    share = percent_of_target(one.target.goal, standing.value, standing.kpi.better)
    if one.met:
        return f"{value_words(standing)}, {said('{goal} met', goal=goal)}{late(standing)}"
    part = goal if share is None else said("{percent} of {goal}", percent=words.percent(share), goal=goal)
    return f"{value_words(standing)}, {part}{late(standing)}"


def success_json(use: Use, items: Sequence[Scored]) -> dict[str, Any]:
    """The numbers behind the words, as plain JSON values."""
    numbers = [one for one in items if not one.item.is_judged]
    return {
        "framework": use.framework.key,
        "met": sum(one.met is True for one in numbers),
        "total": len(numbers),
        "principle": use.framework.governance.principle,
        "items": [
            {
                "text": one.item.text,
                "group": one.item.group,
                "judged": one.item.is_judged,
                "met": one.met,
                "kpi": one.ref.kpi.key if one.ref else None,
                "value": None if one.standing is None else one.standing.value,
                "judge": judged_key(one.item) if one.item.is_judged else None,
            }
            for one in items
        ],
    }
