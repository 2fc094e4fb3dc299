"""`/kpi alerts`: what fires, since when, who has it and by when it asks for somebody; and what is over."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import ClassVar

from pydantic import Field

from bot.commands.base import Args, Command, Context, Group
from bot.commands.numbered import refuse_outsiders
from bot.commands.present import only_present
from bot.errors import UserError, shortened
from bot.reply import Action, Actions, Block, Bold, Heading, Reply, line, marked, note, plain_text
from bot.reports import words
from bot.reports.alert_data import data_of
from bot.reports.alert_lists import Views, finding_words, mark
from bot.reports.alert_standing import standing_lines
from bot.reports.alert_view import CELEBRATE, CRITICAL, path_of, severity_words
from bot.reports.home import owned_by
from bot.workspace import nearest, normal
from kpi.alerts import State
from storage import alerts
from storage.alerts import Alert

LATELY = timedelta(days=7)
MOST_OPEN = 10
MOST_OVER = 5
MOST_LISTED = 20
MOST_BUTTONS = 4
_ALL = frozenset({"all", "everything", "history"})
_OPEN = frozenset({"", "open", "firing", "active"})
_MINE = frozenset({"mine", "me", "my"})

_Keep = Callable[[Alert], bool]


class AlertsArgs(Args):
    which: str = Field("", description="`open`, `all`, `mine`, a rule or a KPI; none: open ones and 7 days.")

    usage: ClassVar[str] = "alerts mine"


def run(args: AlertsArgs, ctx: Context) -> Reply:
    only_present(ctx, "Alerts are shown")
    return listed(ctx, args.which)


def listed(ctx: Context, which: str = "") -> Reply:
    """What is open and what was lately. Raises `UserError` for a rule that there is not."""
    refuse_outsiders(ctx)
    views, wanted = Views(ctx.workspace, ctx.moment), normal(which)
    keep = _chosen(wanted, which, views, ctx)
    still = [one for one in views.still(ctx.session) if keep(one)]
    lately = [one for one in views.seen(alerts.recent(ctx.session, limit=100)) if _is_over(one) and keep(one)]
    last = lately[0] if lately else None
    if wanted not in _ALL:
        start = ctx.moment.now - LATELY
        lately = [one for one in lately if (one.resolved_at or one.fired_at) >= start]
    over = lately[: MOST_LISTED if wanted in _ALL else MOST_OVER] if wanted != "open" else []
    said = _headline(still, last, views)
    blocks: list[Block] = [line(Bold(said))]
    for one in still[:MOST_OPEN]:
        blocks += _open(one, views)
    if len(still) > MOST_OPEN:
        blocks.append(line(f"{len(still) - MOST_OPEN} more are open."))
    blocks += _over(over, views, is_all=wanted in _ALL)
    blocks.append(
        note(f"Times in {ctx.moment.zone.key}. ", *marked("`alert 12` shows one with its history."))
    )
    if asks := tuple(_asks(still, wanted)):
        blocks.append(Actions(asks))
    return Reply(said, tuple(blocks), data={"alerts": [data_of(one) for one in (*still, *over)]})


def _is_over(alert: Alert) -> bool:
    return not alert.is_open or alert.severity == CELEBRATE


def _headline(still: Sequence[Alert], last: Alert | None, views: Views) -> str:
    if still:
        critical = sum(one.severity == CRITICAL for one in still)
        nobody = sum(one.state is State.FIRING and not one.assigned_to for one in still)
        parts = [f"{words.count(len(still), 'alert')} open"]
        parts += [f"{critical} critical"] if critical else []
        parts += [f"nobody has {nobody if nobody < len(still) else 'any'}"] if nobody else []
        return f"{', '.join(parts)}."
    if last is None:
        return "No alert is open, and none was lately."
    return f"No alert is open. The last one: {finding_words(last, views.of(last))}."


def _open(alert: Alert, views: Views) -> Iterator[Block]:
    """One open alert: what it is, then who has it and by when somebody should."""
    view = views.of(alert)
    told = f"{mark(alert)} {alert.number}. {finding_words(alert, view)}"
    nobody = " · nobody has it" if alert.state is State.FIRING and not alert.assigned_to else ""
    yield line(Bold(told), f" · {severity_words(alert.severity)}{nobody}")
    if standing := [plain_text(parts) for parts in standing_lines(alert, view)]:
        yield line(" · ".join(standing))


def _over(found: Sequence[Alert], views: Views, *, is_all: bool) -> Iterator[Block]:
    if found:
        yield Heading("Earlier" if is_all else "Last 7 days")
    for one in found:
        view = views.of(one)
        who = one.assigned_to or one.acknowledged_by or one.resolved_by
        by = f" · {view.person(who)}" if who else ""
        opinion = f" · {one.opinion}" if one.opinion else ""
        yield line(f"{mark(one)} {one.number}. {finding_words(one, view)}{by}{opinion}")


def _asks(still: Sequence[Alert], wanted: str) -> Iterator[Action]:
    for one in [one for one in still if one.state is State.FIRING][:MOST_BUTTONS]:
        yield Action(f"I have {one.number}", f"ack {one.number}")
    if wanted not in _ALL:
        yield Action("All alerts", "alerts all")


def _chosen(wanted: str, which: str, views: Views, ctx: Context) -> _Keep:
    """Which alerts are meant. Raises `UserError` with the nearest rules."""
    if wanted in _ALL | _OPEN:
        return lambda _alert: True
    if wanted in _MINE:
        return _mine(views, ctx)
    if wanted in ("critical", "warning", "warnings", "celebrations", "celebrate"):
        severity = {"warnings": "warning", "celebrations": "celebrate"}.get(wanted, wanted)
        return lambda alert: alert.severity == severity
    if paths := {path for path, ref in views.refs.items() if wanted in _names(path, ref.rule.name)}:
        return lambda alert: alert.rule in paths
    if kpis := {ref.path for ref in ctx.workspace.find_kpi(which)}:
        return lambda alert: any(path_of(one.subject) in kpis for one in alert.items)
    if refused := ctx.workspace.refusal_for(which):
        raise refused
    raise unknown_rule(which, views, "alerts {}")


def _names(path: str, title: str) -> frozenset[str]:
    """What people call a rule: its whole name, its key alone, its title."""
    return frozenset((normal(path), normal(path.rpartition("/")[2]), normal(title)))


def unknown_rule(which: str, views: Views, ask: str) -> UserError:
    """The refusal for a rule that there is not, with the nearest."""
    names = {normal(path.rpartition("/")[2]): path for path in views.refs}
    close = nearest(normal(which)[:100], names)
    hint = (
        f"Nearest: {', '.join(f'`{ask.format(one)}`' for one in close)}."
        if close
        else "`alerts` lists what is open."
    )
    return UserError(f"No rule or KPI “{shortened(which)}”.", hint)


def _mine(views: Views, ctx: Context) -> _Keep:
    """What somebody has, was given, or owns a KPI of."""
    person = ctx.workspace.person(ctx.invocation.surface, ctx.invocation.user)
    names = {ctx.author, *(() if person is None else (person.name,))}
    if person is not None:
        names |= {f"{surface}:{user}" for surface, user in person.ids.items()}
    owned = owned_by(person, views.workspace)
    return lambda alert: (
        alert.acknowledged_by in names
        or alert.assigned_to in names
        or any(path_of(one.subject) in owned for one in alert.items)
    )


COMMAND = Command(
    name="alerts",
    summary="What fires, since when and who has it; what is over.",
    example="alerts",
    args=AlertsArgs,
    run=run,
    aliases=("alarms", "firing"),
    group=Group.ASK,
)
