"""What only a person can judge: targets in words and lines of the definition of success, and the verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.commands.base import Context
from bot.reply import Action, Actions, Block, Bold, Heading, Note, Reply, line, marked
from bot.reports import words
from bot.reports.provenance import author_name
from bot.reports.success import judged_key
from bot.workspace import KpiRef, Workspace, normal
from kpi.calendar import STEADY, day_of
from kpi.framework import slug
from kpi.horizon import placed
from kpi.judgement import Judgement, Judgements, judged
from storage import judgements

MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Judged:
    """One thing to be judged. `ask` names it in a command; a line of success has no `path` of a KPI."""

    framework: str
    key: str
    horizon: str
    title: str  # the horizon's
    text: str
    subject: str  # the KPI's name, or the group of the line
    ask: str
    path: str = ""
    due: date | None = None

    @property
    def name(self) -> str:
        """The subject with its horizon, which goes without saying where it is always in force."""
        return self.subject if self.horizon == STEADY else f"{self.subject}, {self.title}"


def of_kpi(ref: KpiRef, today: date) -> tuple[Judged, ...]:
    """The targets of a KPI that are in words, in the order of the framework's horizons."""
    use, kpi = ref.use, ref.kpi
    found = (placed(target, use.framework, use.plan, today) for target in kpi.targets.values())
    return tuple(
        Judged(
            framework=use.framework.key,
            key=kpi.key,
            horizon=one.horizon,
            title=one.title,
            text=one.goal.text,
            subject=kpi.name,
            ask=f"{ref.path} {one.horizon}",
            path=ref.path,
            due=one.deadline,
        )
        for one in found
        if one.is_in_words
    )


def success_items(workspace: Workspace) -> tuple[Judged, ...]:
    """The lines of the definition of success that people have to judge."""
    return tuple(
        Judged(
            framework=use.framework.key,
            key=judged_key(item),
            horizon=STEADY,
            title="Success",
            text=item.text,
            subject=f"Success, {item.group}" if item.group else "Success",
            ask=f"success {slug(item.text)}",
        )
        for use in workspace.uses
        for item in use.framework.success
        if item.is_judged
    )


def spoken(one: Judged, workspace: Workspace) -> str:
    """`ask` as a person would say it: the KPI's own name, or the first words of a line that mean it alone."""
    if one.path:
        (ref,) = workspace.find_kpi(one.path)
        name = workspace.own_name(ref).lower()
        return f"{name} {one.horizon}" if len(ref.kpi.targets) > 1 else name
    known = [normal(other.text) for other in success_items(workspace)]
    said = normal(one.text).split()
    starts = (" ".join(said[:end]) for end in range(min(2, len(said)), len(said) + 1))
    start = next((text for text in starts if sum(text in other for other in known) == 1), "")
    return f"success {start}" if start else one.ask


def answer(ctx: Context) -> Reply:
    """What waits for a judgement, the next deadline first, and what was said of the rest."""
    workspace, today = ctx.workspace, ctx.moment.day
    every = [one for ref in workspace.kpis if ref.kpi.scored for one in of_kpi(ref, today)]
    every = [*sorted(every, key=lambda one: one.due or date.max), *success_items(workspace)]
    keys = {one.framework for one in every}
    known = judgements.read(ctx.session, keys, until=ctx.moment.now, as_of=ctx.moment.as_of) if keys else {}
    waiting = [one for one in every if _of(one, known) is None]
    said = _headline(waiting, every)
    blocks: list[Block] = [line(Bold(said)), *(line(_waiting(one, ctx)) for one in waiting[:MOST_SHOWN])]
    if len(waiting) > MOST_SHOWN:
        blocks.append(Note(marked(f"{len(waiting) - MOST_SHOWN} more.")))
    done = [(one, found) for one in every if (found := _of(one, known)) is not None]
    if done:
        blocks += [Heading("Judged"), *(line(_done(one, found, ctx)) for one, found in done[:MOST_SHOWN])]
    if waiting:
        ask = f"judge {spoken(waiting[0], workspace)} met because …"
        blocks.append(Note(marked(f"Say `{ask}`, or `not met`.")))
    shown = [Action("Show it", one.path) for one in waiting[:1] if one.path]
    blocks.append(Actions((*shown, Action("Share", "judge", share=True))))
    return Reply(
        said,
        tuple(blocks),
        data={"waiting": _data(waiting, known), "judged": _data((one for one, _ in done), known)},
    )


def _of(one: Judged, known: Mapping[str, Judgements]) -> Judgement | None:
    return judged(known.get(one.framework, {}), kpi=one.key, horizon=one.horizon, text=one.text)


def _headline(waiting: Sequence[Judged], every: Sequence[Judged]) -> str:
    if not every:
        return "No target in use is in words: numbers judge them all."
    if not waiting:
        return f"Nothing waits: all {words.count(len(every), 'target')} in words are judged."
    wait = "waits" if len(waiting) == 1 else "wait"
    return f"{len(waiting)} of {words.count(len(every), 'target')} in words {wait} for a judgement."


def _waiting(one: Judged, ctx: Context) -> str:
    due = ""
    if one.due is not None:
        past = one.due < ctx.moment.day
        due = f", {'was ' if past else ''}due {words.day(one.due, ctx.moment.day)}"
    return f"○ {one.name}: “{one.text}”{due}"


def _done(one: Judged, found: Judgement, ctx: Context) -> str:
    day = words.day(day_of(found.at, ctx.moment.zone), ctx.moment.day)
    mark, word = ("✓", "met") if found.met else ("–", "not met")
    by = f"{author_name(found.author, ctx.workspace)} {day}"
    return f"{mark} {one.name}: “{one.text}” {word}, {by}: {found.reason}"


def _data(found: Iterable[Judged], known: Mapping[str, Judgements]) -> list[dict[str, object]]:
    listed: list[dict[str, object]] = []
    for one in found:
        said = _of(one, known)
        listed.append(
            {
                "framework": one.framework,
                "kpi": one.key,
                "horizon": one.horizon,
                "text": one.text,
                "due": None if one.due is None else one.due.isoformat(),
                "met": None if said is None else said.met,
            }
        )
    return listed
