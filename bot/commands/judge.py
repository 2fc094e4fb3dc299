"""`/kpi judge vs competitors phase4 met because Gartner named us`: what people say of a target in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from pydantic import Field

from bot import access
from bot.commands import judge_list
from bot.commands.base import Args, Command, Context, Group
from bot.commands.cells import find_horizon, named_first
from bot.commands.judge_list import Judged, of_kpi, success_items
from bot.commands.kpi import which
from bot.commands.reasons import required, split_reason
from bot.errors import UserError, shortened
from bot.reply import Action, Actions, Block, Bold, Reply, line, note
from bot.workspace import KpiRef, Workspace, nearest, normal
from kpi.horizon import placed, target_in_force
from kpi.judgement import Judgement, judged
from kpi.quantity import print_goal
from storage import judgements

_MET = ("met", "achieved", "reached")
_MISSED = ("missed", "unmet", "not-met", "notmet", "not_met", "failed")


class JudgeArgs(Args):
    subject: str = Field(
        "", description="The KPI, `met` or `not met`, and a horizon; or `success` and one of its lines."
    )
    reason: str = Field("", description="Why; the trail keeps it.")

    usage: ClassVar[str] = "judge vs competitors phase4 met because Gartner named us"

    @classmethod
    def read(cls, words: tuple[str, ...]) -> Self:
        said, reason = split_reason(words)
        return cls(subject=" ".join(said), reason=reason)


def run(args: JudgeArgs, ctx: Context) -> Reply:
    said = tuple(args.subject.split())
    if not said:
        return judge_list.answer(ctx)
    if said[0].casefold() == "success" and not ctx.workspace.find_kpi(args.subject):
        return _success(said[1:], args, ctx)
    found, name, rest = named_first(_before_verdict(said, ctx.workspace), ctx.workspace)
    rest = (*rest, *said[len(name.split()) + len(rest) :])
    is_met, others = verdict(rest)
    meant = _meant(name, found, others, ctx)
    if is_met is None:
        own = name if len(meant) > 1 else ctx.workspace.own_name(meant[0][0]).lower()
        raise UserError("Say whether it is met.", f"`judge {own} met because …`, or `not met`.")
    if len(meant) > 1:
        asked = " ".join(rest)
        reason = required(args.reason, f"judge {name} {asked}")
        return which(name, tuple(ref for ref, _ in meant), f"judge {{}} {asked} because {reason}")
    ref, candidates = meant[0]
    if len(candidates) > 1:
        return _which_horizon(candidates, is_met, required(args.reason, f"judge {args.subject}"))
    reply = _keep(candidates[0], is_met, args, ctx)
    return reply.noted(_only_one(name, ref)) if len(found) > 1 else reply


_Meant = tuple[KpiRef, tuple[Judged, ...]]
"""A KPI that may be meant, with its targets that may be."""


def _meant(name: str, found: Sequence[KpiRef], said: Sequence[str], ctx: Context) -> Sequence[_Meant]:
    """Those of the KPIs that people can judge. Raises `UserError` where there is none."""
    meant: list[_Meant] = []
    faults: list[UserError] = []
    for ref in found:
        try:
            meant.append((ref, _candidates(ref, _horizon(ref, said), ctx)))
        except UserError as fault:
            faults.append(fault)
    if meant:
        return meant
    if len({str(one) for one in faults}) == 1:
        raise faults[0]
    raise UserError(
        f"None of the {len(found)} KPIs called “{shortened(name)}” has such a target in words.",
        "`judge` alone lists what waits for a judgement.",
    )


def _horizon(ref: KpiRef, said: Sequence[str]) -> str | None:
    """The key of the horizon that is named behind the KPI; None for none."""
    before, horizon, behind = find_horizon(said, ref.use.framework)
    if before or behind:
        extra = " ".join((*before, *behind))
        raise UserError(f"“{shortened(extra)}” is more than a judgement takes.", f"Say `{JudgeArgs.usage}`.")
    return horizon.key if horizon else None


def _only_one(name: str, ref: KpiRef) -> str:
    """Which of several by one name was taken, and why no other."""
    where = f"{ref.use.framework.title}: {ref.kpi.section.rsplit(' > ', 1)[-1]}"
    return f"{where}, the only “{shortened(name)}” that people judge there."


def _before_verdict(said: Sequence[str], workspace: Workspace) -> Sequence[str]:
    """The words that may hold the KPI's name: all of them where it holds a word such as `met` itself."""
    end = next((at for at in range(len(said)) if _verdict_at(said, at) is not None), len(said))
    is_in_name = any(workspace.find_kpi(" ".join(said[:at])) for at in range(end + 1, len(said) + 1))
    return said if is_in_name or end == 0 else said[:end]


def verdict(said: Sequence[str]) -> tuple[bool | None, tuple[str, ...]]:
    """The last `met` or `not met` that is said, None for neither; and the other words."""
    for at in reversed(range(len(said))):
        found = _verdict_at(said, at - 1) if at and said[at - 1].casefold() == "not" else None
        start, (is_met, length) = (at - 1, found) if found else (at, _verdict_at(said, at) or (None, 0))
        if is_met is not None:
            return is_met, (*said[:start], *said[start + length :])
    return None, tuple(said)


def _verdict_at(said: Sequence[str], at: int) -> tuple[bool, int] | None:
    word = said[at].casefold()
    if word in _MISSED:
        return False, 1
    if word in _MET:
        return True, 1
    if word == "not" and at + 1 < len(said) and said[at + 1].casefold() in _MET:
        return False, 2
    return None


def _candidates(ref: KpiRef, horizon: str | None, ctx: Context) -> tuple[Judged, ...]:
    """The targets that may be meant. Raises `UserError` where none is in words."""
    kpi, use = ref.kpi, ref.use
    in_words = of_kpi(ref, ctx.moment.day)
    if horizon is not None:
        target = kpi.targets.get(horizon)
        if target is None:
            known = ", ".join(f"`{key}`" for key in kpi.targets) or "no target at all"
            raise UserError(
                f"{kpi.name} has no target at {use.framework.horizons[horizon].title}.", f"It has {known}."
            )
        chosen = tuple(one for one in in_words if one.horizon == horizon)
        if chosen:
            return chosen
        raise _not_in_words(ref, horizon, ctx)
    in_force = target_in_force(kpi, use.framework, use.plan, ctx.moment.day)
    chosen = tuple(one for one in in_words if in_force is not None and one.horizon == in_force.horizon)
    if chosen or in_words:
        return chosen or in_words
    if in_force is None:
        hint = f"Set one: `target {ctx.workspace.own_name(ref).lower()} …`."
        raise UserError(f"{kpi.name} has no target to judge.", hint)
    raise _not_in_words(ref, in_force.horizon, ctx)


def _not_in_words(ref: KpiRef, horizon: str, ctx: Context) -> UserError:
    """Why the target at `horizon` is not a person's to judge."""
    found = placed(ref.kpi.targets[horizon], ref.use.framework, ref.use.plan, ctx.moment.day)
    name, own = f"{ref.kpi.name}, {found.title}", ctx.workspace.own_name(ref).lower()
    if not found.is_applicable:
        return UserError(f"{name} says {found.goal.text}: it asks for nothing.", "There is nothing to judge.")
    if found.is_undecided:
        return UserError(
            f"{name} says “{found.goal.text}”: nobody has decided what it asks.",
            f"Set it first: `target {own} {horizon} …`.",
        )
    return UserError(
        f"{name} is {print_goal(found.goal, ref.kpi.unit)}: its number judges it.",
        f"Record one: `record {own} VALUE`.",
    )


def _which_horizon(found: Sequence[Judged], is_met: bool, reason: str) -> Reply:
    said = f"{found[0].subject} has {len(found)} targets in words: which one?"
    lines = tuple(line(f"{one.title}: “{one.text}”") for one in found)
    word = "met" if is_met else "not met"
    choices = tuple(Action(one.title, f"judge {one.ask} {word} because {reason}") for one in found[:5])
    return Reply(
        said, (line(Bold(said)), *lines, Actions(choices)), data={"ambiguous": [one.horizon for one in found]}
    )


def _success(said: Sequence[str], args: JudgeArgs, ctx: Context) -> Reply:
    """A line of the definition of success that people have to judge."""
    is_met, rest = verdict(said)
    found = _success_lines(" ".join(rest), success_items(ctx.workspace))
    if is_met is None:
        own = judge_list.spoken(found[0], ctx.workspace)
        raise UserError("Say whether it is met.", f"`judge {own} met because …`, or `not met`.")
    if len(found) > 1:
        return _which_line(found, is_met, required(args.reason, f"judge {args.subject}"))
    return _keep(found[0], is_met, args, ctx)


def _success_lines(text: str, known: Sequence[Judged]) -> tuple[Judged, ...]:
    """The lines that `text` means: one in full, or those that hold its words. Raises `UserError`."""
    if not known:
        raise UserError(
            "No framework in use has a line of success to judge.", "`judge` alone lists what waits."
        )
    wanted = normal(text)
    exact = tuple(
        one for one in known if wanted in {normal(one.text), normal(one.ask.removeprefix("success "))}
    )
    found = exact or tuple(one for one in known if wanted and wanted in normal(one.text))
    if found:
        return found
    names = {normal(one.text): one.text for one in known}
    close = nearest(wanted[:100], names) or tuple(names.values())[:3]
    listed = ", ".join(f"“{one}”" for one in close)
    raise UserError(f"No line of success says “{shortened(text)}”.", f"Nearest: {listed}.")


def _which_line(found: Sequence[Judged], is_met: bool, reason: str) -> Reply:
    said = f"{len(found)} lines of success say that: which one?"
    word = "met" if is_met else "not met"
    choices = tuple(Action(one.text[:60], f"judge {one.ask} {word} because {reason}") for one in found[:5])
    lines = tuple(line(one.text) for one in found)
    return Reply(
        said, (line(Bold(said)), *lines, Actions(choices)), data={"ambiguous": [one.key for one in found]}
    )


@dataclass(frozen=True, slots=True)
class _Verdict:
    """A judgement beside the one it follows."""

    now: Judgement
    before: Judgement | None


def _keep(one: Judged, is_met: bool, args: JudgeArgs, ctx: Context) -> Reply:
    access.require("judge", ctx.workspace, ctx.invocation)
    word = "met" if is_met else "not met"
    reason = required(args.reason, f"judge {judge_list.spoken(one, ctx.workspace)} {word}")
    known = judgements.read(ctx.session, [one.framework], until=ctx.moment.now)[one.framework]
    before = judged(known, kpi=one.key, horizon=one.horizon, text=one.text)
    now = Judgement(one.key, one.horizon, one.text, is_met, reason, ctx.author, ctx.moment.now)
    judgements.add(ctx.session, one.framework, now, ctx.moment.now)
    was = "" if before is None else "met" if before.met else "not met"
    ctx.audit("judge", f"{one.framework}/{one.key}@{one.horizon}", before=was, after=word, reason=reason)
    return _answer(one, _Verdict(now, before))


def _answer(one: Judged, found: _Verdict) -> Reply:
    word = "met" if found.now.met else "not met"
    said = f"{'✓' if found.now.met else '–'} {one.name}: “{one.text}” is {word}."
    data = {
        "kpi": one.key,
        "framework": one.framework,
        "horizon": one.horizon,
        "text": one.text,
        "met": found.now.met,
        "before": None if found.before is None else found.before.met,
        "reason": found.now.reason,
    }
    return Reply(said, tuple(_blocks(one, found, said)), data=data)


def _blocks(one: Judged, found: _Verdict, said: str) -> Iterator[Block]:
    yield line(Bold(said))
    if found.before is not None:
        same = found.before.met == found.now.met
        yield line("Said again; both are kept." if same else "It was judged otherwise before; both are kept.")
    yield line("It counts from now on; earlier reports stay as they were.")
    yield note(f"Why: {found.now.reason}")
    show = (Action("Show it", one.path),) if one.path else ()
    yield Actions((*show, Action("What else waits", "judge")))


COMMAND = Command(
    name="judge",
    summary="Say whether a target in words is met; alone, what waits for a judgement.",
    example="judge vs competitors phase4 met because Gartner named us",
    args=JudgeArgs,
    run=run,
    aliases=("judgement", "judgements"),
    writes=True,
    group=Group.CHANGE,
)
