"""Which other setting of a rule would have dropped the alerts that were of no use and kept those acted on.

Candidates come from the alerts themselves: a limit just beyond the values of those marked not useful, a
duration longer than they lasted, an end that waits for what comes and goes, the same weekday instead of the
day before. Each is rehearsed, and one is proposed only if it keeps every alert that somebody acted on.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from pydantic import ValidationError

from bot.alerting import RuleRef, changed
from bot.reports.alert_marks import Mark
from bot.reports.rehearsed_past import read_past
from bot.reports.rehearsed_run import Stretch, chosen
from bot.settings_alerts import RuleEntry
from bot.workspace import Workspace
from kpi.alerts import span
from kpi.conditions_limits import compare
from kpi.rehearsal import Replay
from kpi.rehearsal_steps import steps
from kpi.rehearsal_tally import Episode, Rehearsal, Stated
from storage import Session

MOST_RULES = 2
"""So many rules a week are looked into: an edit at a time can be judged."""

_HOURS = ("30 minutes", "1 hour", "3 hours", "6 hours")
_DAYS = ("2 days", "3 days", "5 days", "7 days")
_LASTS_BY: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("measure", "kpi", "source", "no_data"), (*_HOURS, *_DAYS)),
    **dict.fromkeys(("percent_of_target", "drop", "rise", "anomaly"), _DAYS),
}
"""What a kind of rule may be asked to last for: one on days says nothing of an hour."""

_ENDS_AFTER = ("1 day", "3 days")
_COMES_AND_GOES = frozenset({"measure", "kpi", "percent_of_target", "zone", "gate"})
"""Kinds that swing around a limit; a drop is over with its day."""

_NEAR = timedelta(days=1)
"""A rehearsal looks in the morning: what it tells may be so much off what was told."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """One edit of a rule, and what it would have done."""

    rule: str
    values: Mapping[str, object]  # of its entry under `alerts.rules`
    fired: int  # alerts with it
    fired_today: int  # alerts by the rule as it is
    dropped: int  # of those marked not useful
    unwanted: int
    kept: int  # of those acted on: all
    weeks: float


def proposals(
    session: Session, workspace: Workspace, found: Mapping[str, Sequence[Mark]], stretch: Stretch
) -> tuple[Proposal, ...]:
    """An edit for each of the rules that were wrong most, where one would have been right."""
    refs = {ref.path: ref for ref in workspace.alert_rules}
    wrong = {
        path: sum(one.is_unwanted for one in some)
        for path, some in found.items()
        if path in refs and refs[path].rule.when is not None and refs[path].rule.severity != "celebrate"
    }
    worst = sorted((path for path, count in wrong.items() if count), key=lambda path: (-wrong[path], path))
    told = (_best(session, workspace, refs[path], found[path], stretch) for path in worst[:MOST_RULES])
    return tuple(one for one in told if one is not None)


def _best(
    session: Session, workspace: Workspace, ref: RuleRef, found: Sequence[Mark], stretch: Stretch
) -> Proposal | None:
    """The edit that drops most of what nobody wanted and changes least else; None where none is right."""
    entries = list(_tried(ref, found))
    if not entries:
        return None
    today, *others = _rehearsed(session, workspace, ref, [one for _, one in entries], stretch)
    unwanted = [one for one in found if one.is_unwanted]
    wanted = [one for one in found if one.is_right]
    needed = [one for one in wanted if _is_told(one, today)]
    fit: list[Proposal] = []
    for (values, _), done in zip(entries, others, strict=True):
        dropped = sum(_is_news(one, today) and not _is_news(one, done) for one in unwanted)
        if dropped and all(_is_told(one, done) for one in needed):
            fired, was = len(done.alerts), len(today.alerts)
            fit.append(
                Proposal(
                    ref.path, values, fired, was, dropped, len(unwanted), len(needed), round(done.weeks, 1)
                )
            )
    return max(fit, key=lambda one: (one.dropped, one.fired), default=None)


def _tried(ref: RuleRef, found: Sequence[Mark]) -> Iterator[tuple[dict[str, object], RuleRef]]:
    """The candidates as entries, with the rules that they make."""
    when = ref.rule.when
    assert when is not None  # people's own alerts are not tried
    values: list[dict[str, object]] = [*_limits(ref, found), *_durations(ref)]
    if (when.drop or when.rise) and when.against == "before":
        asked = when.model_dump(exclude_defaults=True) | {"against": "week"}
        values.append({"when": asked})
    for one in values:
        try:
            yield one, RuleRef(ref.path, changed(ref.rule, RuleEntry.model_validate(one)), ref.use)
        except ValidationError:  # such as a limit on the wrong side of `clears_at`
            continue


def _limits(ref: RuleRef, found: Sequence[Mark]) -> Iterator[dict[str, object]]:
    """Limits just beyond the worst value of each alert that nobody wanted."""
    limit = None if ref.rule.when is None else ref.rule.when.limit
    if limit is None or (ref.rule.when is not None and ref.rule.when.kind == "firing"):
        return
    op, old = limit
    is_upwards = op in ("above", "at_least")
    tried: set[float] = set()
    for mark in found:
        worst = [one.worst for one in mark.alert.items if one.worst is not None]
        if not mark.is_unwanted or not worst:
            continue
        new = _beyond(max(worst) if is_upwards else min(worst), is_upwards=is_upwards)
        if new != old and new not in tried and compare(op, new, old):
            tried.add(new)
            yield {op: int(new) if new == int(new) else new}


def _beyond(value: float, *, is_upwards: bool) -> float:
    """The next number of two digits further on: 43.7 → 44, or 43 downwards."""
    if not value:
        return 0.0
    step = 10.0 ** (math.floor(math.log10(abs(value))) - 1)
    part = round(value / step, 6)
    count = math.floor(part) + 1 if is_upwards else math.ceil(part) - 1
    return float(f"{count * step:.10g}")


def _durations(ref: RuleRef) -> Iterator[dict[str, object]]:
    """Longer durations than it asks for now: before it fires, where its kind can tell how long something
    lasts, and before it is over, for what comes and goes around a limit."""
    for text in () if ref.rule.when is None else _LASTS_BY.get(ref.rule.when.kind, ()):
        if span(text) > span(ref.rule.lasting):
            yield {"lasting": text}
    swings = ref.rule.when is not None and ref.rule.when.kind in _COMES_AND_GOES
    for text in _ENDS_AFTER if swings else ():
        if span(text) > span(ref.rule.clears_after):
            yield {"clears_after": text}


def _rehearsed(
    session: Session, workspace: Workspace, ref: RuleRef, others: Sequence[RuleRef], stretch: Stretch
) -> list[Rehearsal]:
    """The rule as it is, and each other, over one past that is read once."""
    beside = chosen(workspace.alert_rules, [ref.path])
    past = read_past(session, workspace, [*beside, *others], stretch.since, stretch.until)
    base = {one.path: Stated(one.rule, one.framework) for one in beside}
    sets = [base, *({**base, ref.path: Stated(one.rule, one.framework)} for one in others)]
    replays = [Replay(rules, stretch.until.zone) for rules in sets]
    ways = [{one.moment.now: one for one in steps(rules, past.seen, past.since)} for rules in sets]
    for now in sorted(set().union(*ways)):
        taken = [way.get(now) for way in ways]
        sight = past.sight(next(one.moment for one in taken if one is not None))
        for replay, step in zip(replays, taken, strict=True):
            if step is not None:
                replay.look(sight, step.only)
    return [_only(one.done(stretch.until.now), ref.path) for one in replays]


def _only(done: Rehearsal, path: str) -> Rehearsal:
    return Rehearsal(done.since, done.until, done.zone, {path: done.rules[path]}, done.of(path))


def _is_told(mark: Mark, done: Rehearsal) -> bool:
    """Whether a rehearsal tells of it too: at about that time, of one of its subjects."""
    return any(True for _ in _telling(mark, done))


def _is_news(mark: Mark, done: Rehearsal) -> bool:
    """Whether it begins then: what an earlier alert still tells of is no message of its own."""
    return any(one.fired_at >= mark.alert.fired_at - _NEAR for one in _telling(mark, done))


def _telling(mark: Mark, done: Rehearsal) -> Iterator[Episode]:
    alert = mark.alert
    subjects = {one.subject for one in alert.items}
    begin, end = alert.fired_at - _NEAR, (alert.resolved_at or done.until) + _NEAR
    for one in (each for raised in done.alerts for each in raised.episodes):
        is_then = one.fired_at <= end and (one.ended_at or done.until) >= begin
        if is_then and one.item.subject in subjects:
            yield one
