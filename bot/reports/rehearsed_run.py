"""A rehearsal run: today's rules on their way through the past, or beside them those of an edit."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot.alerting import RuleRef
from bot.reports.rehearsed_past import Past, read_past
from bot.workspace import Use, Workspace
from kpi.alert_course import silenced_by
from kpi.calendar import Moment
from kpi.conditions import Sight
from kpi.rehearsal import Replay
from kpi.rehearsal_steps import Step, steps
from kpi.rehearsal_tally import Rehearsal
from kpi.standing import Standing
from storage import Session

Progress = Callable[[int, int], object]
"""Told how many looks are done, of how many."""


@dataclass(frozen=True)
class Ran:
    """What the rules of one workspace did, and what they looked at."""

    past: Past
    rehearsal: Rehearsal
    standings: Mapping[str, Standing]  # by path, at the end

    @property
    def workspace(self) -> Workspace:
        return self.past.workspace

    @property
    def refs(self) -> Mapping[str, RuleRef]:
        return {ref.path: ref for ref in self.past.refs}


@dataclass(frozen=True)
class Stretch:
    """From the morning of a day to a moment."""

    since: date
    until: Moment


def run(
    session: Session,
    workspaces: Sequence[Workspace],
    stretch: Stretch,
    wanted: Collection[str] = (),
    *,
    tell: Progress = lambda _done, _total: None,
) -> tuple[Ran, ...]:
    """The rules of each workspace, all or the wanted ones, side by side: what they share is judged once."""
    pasts: list[Past] = []
    for workspace in workspaces:
        refs = chosen(workspace.alert_rules, wanted)
        if pasts and _is_same(pasts[0].workspace, workspace) and _reads_as(pasts[0].refs, refs):
            pasts.append(replace(pasts[0], workspace=workspace, refs=refs))
        else:
            pasts.append(read_past(session, workspace, refs, stretch.since, stretch.until))
    replays = [Replay(one.rules, stretch.until.zone) for one in pasts]
    ways = [{step.moment.now: step for step in steps(one.rules, one.seen, one.since)} for one in pasts]
    whole = sorted(set().union(*ways))
    for count, now in enumerate(whole):
        tell(count, len(whole))
        _look(pasts, replays, [way.get(now) for way in ways])
    tell(len(whole), len(whole))
    found = []
    for past, replay in zip(pasts, replays, strict=True):
        kept = {path for path in past.rules if not wanted or path in wanted}
        done = replay.done(stretch.until.now)
        rules = {path: one for path, one in done.rules.items() if path in kept}
        alerts = tuple(one for one in done.alerts if one.rule in kept)
        found.append(Ran(past, replace(done, rules=rules, alerts=alerts), _standings(past)))
    return tuple(found)


def chosen(refs: Iterable[RuleRef], wanted: Collection[str]) -> tuple[RuleRef, ...]:
    """The wanted rules with those that they count or give way to; all where none is named."""
    by_path = {ref.path: ref for ref in refs}
    if not wanted:
        return tuple(by_path.values())
    kept: dict[str, None] = {}
    open_ = [path for path in wanted if path in by_path]
    while open_:
        path = open_.pop()
        if path in kept:
            continue
        kept[path] = None
        rule = by_path[path].rule
        counted = "" if rule.when is None else rule.when.firing
        own = path.rpartition("/")[0]
        names = silenced_by(path, rule) + (
            [counted if "/" in counted else f"{own}/{counted}"] * bool(counted)
        )
        open_ += [name for name in names if name in by_path]
    return tuple(ref for path, ref in by_path.items() if path in kept)


def _look(pasts: Sequence[Past], replays: Sequence[Replay], taken: Sequence[Step | None]) -> None:
    """One moment of all. The first ones' standings serve the others where their framework is the same."""
    first: tuple[Past, Sight] | None = None
    for past, replay, step in zip(pasts, replays, taken, strict=True):
        if step is None:
            continue
        if first is not None and past.seen is first[0].seen:
            sight = first[1]
        else:
            sight = past.sight(step.moment)
            if first is not None and step.only is None:
                sight = replace(sight, standings=_shared(first, past))
        replay.look(sight, step.only)
        first = first or (past, sight)


def _shared(first: tuple[Past, Sight], past: Past) -> dict[str, Standing]:
    own, sight = first
    known = {use.framework.key: use for use in own.workspace.uses}
    same = [use for use in past.workspace.uses if _is_alike(use, known.get(use.framework.key))]
    return {
        one.path: sight.standing(one) for use in same for one in sight.scoped(use.framework.key)
    }  # fmt: skip


def _is_alike(use: Use, other: Use | None) -> bool:
    """Whether two uses state the same KPIs, whatever alerts they state."""
    if other is None or use.plan != other.plan:
        return False
    return replace(use.framework, alerts=()) == replace(other.framework, alerts=())


def _is_same(one: Workspace, other: Workspace) -> bool:
    """Whether both read the same numbers in the same way, whatever their rules."""
    return (
        len(one.uses) == len(other.uses)
        and all(_is_alike(own, use) for own, use in zip(one.uses, other.uses, strict=True))
        and one.sources == other.sources
        and one.zone == other.zone
        and one.calendar == other.calendar
    )


def _reads_as(refs: Sequence[RuleRef], others: Sequence[RuleRef]) -> bool:
    """Whether what was read for some rules is enough for others: they look at the same, up to the limit."""
    return {_read_by(ref) for ref in others} <= {_read_by(ref) for ref in refs}


def _read_by(ref: RuleRef) -> str:
    if ref.rule.when is None:
        return ""
    apart = {"above", "at_least", "at_most", "below"}
    return f"{ref.framework} {ref.rule.when.model_dump_json(exclude=apart)} {ref.rule.lasting}"


def _standings(past: Past) -> dict[str, Standing]:
    sight = past.sight(past.until)
    return {one.path: sight.standing(one) for one in sight.scoped("")}
