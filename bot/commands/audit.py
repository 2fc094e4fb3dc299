"""`/kpi audit stars`: who changed what, when, why and from where; the newest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar, Self

from pydantic import Field

from bot import access
from bot.commands.audit_words import ALERT, VERBS, told
from bot.commands.base import Args, Command, Context, Group
from bot.commands.kpi import unknown_kpi, which
from bot.errors import UserError, shortened
from bot.reply import Action, Actions, Block, Bold, Note, Reply, line, marked
from bot.reports import words
from bot.reports.alert_lists import Views
from bot.reports.provenance import target_subject
from bot.reports.provenance_words import clock
from bot.roles import ALLOWED
from bot.workspace import KpiRef, Person, Workspace, nearest, normal
from kpi.reading import entry_metric, measures_of
from kpi.reviews import reviews_of
from storage import alerts, audit
from storage.audit import Act, Only

DEFAULT, MOST = 10, 50

_ACTIONS = {**{act: act for act in (*ALLOWED, *VERBS)}, "records": "record", "targets": "target"} | {
    **dict.fromkeys(("judgement", "judgements"), "judge"),
    "notes": "note",
    "reviews": "review",
    "silences": "silence",
}


class AuditArgs(Args):
    of: str = Field("", description="A KPI, a person, or an act such as target; none shows all.")
    count: int = Field(DEFAULT, ge=1, le=MOST, description="How many changes.")

    usage: ClassVar[str] = "audit stars 20"

    @classmethod
    def read(cls, words: tuple[str, ...]) -> Self:
        """The last word is a count where it is a number; whether it ends a name, `run` knows."""
        if words and words[-1].isascii() and words[-1].isdecimal():
            number = int(words[-1][:9])
            if not 1 <= number <= MOST:
                raise UserError(f"{shortened(words[-1])} changes are no list.", f"Ask for 1 to {MOST}.")
            return cls(of=" ".join(words[:-1]), count=number)
        return cls(of=" ".join(words))


def run(args: AuditArgs, ctx: Context) -> Reply:
    access.require("audit", ctx.workspace, ctx.invocation)
    name, count = args.of, args.count
    longer = f"{name} {count}".strip()
    if name and count != DEFAULT and ctx.workspace.find_kpi(longer):
        name, count = longer, DEFAULT
    kpis = ctx.workspace.find_kpi(name)
    if len(kpis) > 1:
        return which(name, kpis, "audit {}" + (f" {count}" if count != DEFAULT else ""))
    title, filters = _filters(name, kpis, ctx)
    acts = _read(filters, ctx)
    hidden = _hidden(ctx) | _hidden_alerts(acts, ctx)
    found = [one for one in acts if hidden.isdisjoint(_about(one))]
    return _answer(found[:count], title, len(found) > count, ctx)


def _filters(name: str, kpis: Sequence[KpiRef], ctx: Context) -> tuple[str, tuple[Only, ...]]:
    """What narrows the trail, in words, and as storage knows it. Raises `UserError` for an unknown name."""
    wanted = normal(name)
    if not wanted:
        return "", ({},)
    if kpis:
        return f" to {kpis[0].kpi.name}", tuple({"subject": one} for one in _subjects(kpis[0]))
    if refused := ctx.workspace.refusal_for(name):
        raise refused
    if wanted in _ACTIONS:
        return f" ({_ACTIONS[wanted]})", ({"action": _ACTIONS[wanted]},)
    if wanted in {"me", "mine"}:
        return " by you", ({"actor": ctx.author},)
    if found := [one for one in ctx.workspace.people if normal(one.name) == wanted.removeprefix("by ")]:
        return f" by {found[0].name}", tuple({"actor": one} for one in _actors(found[0]))
    if ":" in name and " " not in name:
        return f" by {shortened(name)}", ({"actor": name},)
    raise _unknown(name, ctx.workspace)


def _unknown(name: str, workspace: Workspace) -> UserError:
    known = {normal(one.name): one.name for one in workspace.people} | {act: act for act in VERBS}
    if close := nearest(normal(name)[:100], known):
        listed = ", ".join(f"`audit {one}`" for one in close)
        return UserError(f"No KPI, person or act “{shortened(name)}”.", f"Nearest: {listed}.")
    return unknown_kpi(name, workspace)


def _subjects(ref: KpiRef) -> Iterator[str]:
    """What acts on a KPI are filed under: itself, its targets, and what people enter for it."""
    yield ref.path
    yield entry_metric(ref.use.framework.key, ref.kpi)
    yield from (target_subject(ref, key) for key in ref.use.framework.horizons)


def _actors(person: Person) -> Iterator[str]:
    yield from (f"{surface}:{user}" for surface, user in person.ids.items())


def _read(filters: Iterable[Only], ctx: Context) -> list[Act]:
    """The acts that one of the filters lets through, the newest first, one more than is ever shown."""
    before = None if ctx.moment.as_of is None else ctx.moment.now
    found = [
        act for one in filters for act in audit.recent(ctx.session, limit=4 * MOST, before=before, **one)
    ]
    return sorted(found, key=lambda act: act.at, reverse=True)


def _about(act: Act) -> list[str]:
    """What an act is about: its subject without the horizon, or each of the metrics of an import."""
    return act.subject.partition("@")[0].split(", ")


def _hidden(ctx: Context) -> frozenset[str]:
    """What acts on withheld KPIs are filed under: metrics that only those read, and reviews of them, too."""
    workspace = ctx.workspace
    if not workspace.withheld:
        return frozenset()
    seen = {name for ref in workspace.kpis for name in _metrics(ref)}
    gone = {name for ref in workspace.withheld_kpis for name in _metrics(ref)}
    entered = {f"entry.{path.replace('/', '.', 1)}" for path in workspace.withheld}
    reviews = {
        f"{use.framework.key}/{due.key}"
        for use in workspace.uses
        for due in reviews_of(use.framework, use.plan, ctx.moment.day, {})
        if due.kpi and not workspace.shows(use.framework.key, due.kpi)
    }
    return frozenset((gone - seen) | entered | reviews | set(workspace.withheld))


def _hidden_alerts(acts: Sequence[Act], ctx: Context) -> frozenset[str]:
    """The alerts of which not all may be seen: what was done about them names what is kept back."""
    if not ctx.workspace.withheld:
        return frozenset()
    said = {one.subject.removeprefix(ALERT) for one in acts if one.subject.startswith(ALERT)}
    found = alerts.numbered(ctx.session, {int(one) for one in said if one.isdecimal()})
    whole = {one.number for one in Views(ctx.workspace, ctx.moment).seen(found) if one in found}
    return frozenset(f"{ALERT}{one}" for one in said if not (one.isdecimal() and int(one) in whole))


def _metrics(ref: KpiRef) -> Iterator[str]:
    for one in measures_of(ref.use.framework.key, ref.kpi):
        yield from one.metrics


def _answer(found: Sequence[Act], title: str, has_more: bool, ctx: Context) -> Reply:
    count = words.count(len(found), "change")
    said = f"{'The latest ' if has_more else ''}{count}{title}." if found else f"No change{title} yet."
    blocks: list[Block] = [
        line(Bold(said)),
        *(line(Bold(clock(one.at, ctx.moment)), f" {told(one, ctx)}") for one in found),
    ]
    if not found:
        blocks.append(Note(marked("Every record, judgement, note and changed target is kept here.")))
    elif not title:
        blocks.append(Note(marked("Narrow it: a KPI, a person, or an act: `audit target`.")))
        blocks.append(Actions((Action("Targets", "audit target"), Action("Records", "audit record"))))
    return Reply(said, tuple(blocks), data={"acts": [_data(one) for one in found]})


def _data(one: Act) -> dict[str, str]:
    return {
        "at": one.at.isoformat(),
        "actor": one.actor,
        "action": one.action,
        "subject": one.subject,
        "before": one.before,
        "after": one.after,
        "reason": one.note,
        "place": one.place,
    }


COMMAND = Command(
    name="audit",
    summary="Who changed what, when and why.",
    example="audit stars",
    args=AuditArgs,
    run=run,
    aliases=("trail",),
    group=Group.OPERATE,
)
