"""`/kpi stars`: where one KPI stands, in a few lines; its chart follows them (`bot.commands.chart`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import ClassVar, Self

from pydantic import Field

from bot import windows
from bot.commands.base import Args, Command, Context, Subject
from bot.errors import UserError, shortened
from bot.reply import Action, Actions, Block, Bold, Note, Reply, Text, line, marked
from bot.reports.alert_lists import kpi_line
from bot.reports.history import (
    CHANGE_DAYS,
    DEFAULT_DAYS,
    can_be_drawn,
    changes,
    closing,
    default_window,
    edges,
    ends_of,
    reach,
)
from bot.reports.landing_words import landing_lines
from bot.reports.landings import landing_of
from bot.reports.missing_words import no_number_lines
from bot.reports.progress_words import progress_lines
from bot.reports.snapshot import Snapshot, load
from bot.reports.standing_words import (
    change_line,
    headline,
    pace_line,
    source_line,
    target_line,
)
from bot.reports.window_words import window_json, window_line
from bot.windows import Window
from bot.workspace import KpiRef, Workspace, normal
from kpi.calendar import Moment, day_of
from kpi.landing import Landing, NoLanding
from kpi.standing import Standing
from kpi.standing_json import standing_json

MOST_CHOICES = 5
LONGEST_LABEL = 70


class KpiArgs(Args):
    name: str = Field("", description="The KPI: its name, an alias, or its key.")
    window: str = Field(
        "", description="Over which days: 90d, last quarter, q2 2026, since july, 2026-07-01 to 2026-08-15."
    )

    usage: ClassVar[str] = "stars 90d"
    about: ClassVar[Subject] = Subject.KPI

    @classmethod
    def read(cls, words: tuple[str, ...]) -> Self:
        """A window at the end is one where it looks like it; whether it ends a name, `pick` knows."""
        rest, window = windows.split(words)
        if window and rest == words[: len(rest)]:
            return cls(name=" ".join(rest), window=window)
        return cls(name=" ".join(words))


def run(args: KpiArgs, ctx: Context) -> Reply:
    picked = pick(args, ctx)
    return picked if isinstance(picked, Reply) else answer(*picked, ctx)


def pick(args: KpiArgs, ctx: Context, command: str = "") -> tuple[KpiRef, Window | None] | Reply:
    """The KPI that is meant, and the days where some are named; or the question which one is, to be asked of
    `command`.

    Raises `UserError` where there is none. A word like 30d may end the name; behind a path it never does.
    """
    find = ctx.workspace.find_kpi
    name, window, found = args.name, args.window, find(args.name)
    is_path = len(found) == 1 and found[0].path == args.name
    if window and not is_path and (longer := find(f"{name} {window}")):
        name, window, found = f"{name} {window}", "", longer
    if not normal(name):
        raise UserError("The KPI is missing.", f"Say `{args.usage}`, or `list` for all of them.")
    resolved = windows.resolve(window, ctx.moment.today) if window else None
    if not found:
        partly = ctx.workspace.holding(name)
        if 1 < len(partly) <= MOST_CHOICES:
            said = f"“{shortened(name)}” is a part of {len(partly)} names: which one?"
            return _asking(said, partly, f"{command} {{}} {window}".strip())
        raise unknown_kpi(name, ctx.workspace)
    if len(found) > 1:
        return which(name, found, f"{command} {{}} {window}".strip())
    return found[0], resolved


def answer(ref: KpiRef, window: Window | None, ctx: Context) -> Reply:
    """The KPI's standing, its latest changes and what `window` brought: no more is read than they need."""
    snapshot = read_for(ref, window, ctx)
    standing = snapshot.of(ref)
    landing = landing_of(ctx.session, ref, snapshot)
    today = headline(standing)
    data = standing_json(standing, landing if isinstance(landing, Landing) else None)
    leading: tuple[Block, ...] = (line(Bold(today)),)
    said = today
    if window is not None:  # what was asked comes first, today's standing second
        found = edges(ref, snapshot, window)
        said = f"{ref.kpi.name} · {window_line(ref, found, window, ctx.moment)}"
        leading = (line(Bold(said)), line(today))
        data["window"] = window_json(found, window)
    blocks = (
        *leading,
        *_alert(ref, ctx),
        *_blocks(ref, standing, snapshot, landing),
        _actions(ref, standing, ctx.moment, window),
    )
    return Reply(said, blocks, data=data, follow=_chart_of(ref, window, snapshot))


def _alert(ref: KpiRef, ctx: Context) -> Iterator[Block]:
    """The most urgent alert that is open on it now; outside the company nobody is told who has it."""
    if ctx.moment.as_of is not None or ctx.invocation.is_shared:
        return
    if told := kpi_line(ctx.session, ctx.workspace, ctx.moment, ref.path):
        yield line(told)


def read_for(ref: KpiRef, window: Window | None, ctx: Context) -> Snapshot:
    """What the words are made of: the latest changes, and of a window its two ends without the days between.

    Where nothing was measured at an end, all of the window is read: what was measured nearest to it counts.
    """
    ends = () if window is None else ends_of(window, ctx.moment)
    snapshot = _loaded(ref, ctx, CHANGE_DAYS, ends)
    if window is None or all(closing(ref, snapshot, close) is not None for close in ends):
        return snapshot
    return _loaded(ref, ctx, reach(window, ctx.moment.today))


def _loaded(ref: KpiRef, ctx: Context, days: int, also: Sequence[Moment] = ()) -> Snapshot:
    return load(
        ctx.session,
        ctx.workspace,
        ctx.moment,
        (ref,),
        history_days=days,
        also=also,
        known_by=ctx.known_by,
    )


def _chart_of(ref: KpiRef, window: Window | None, snapshot: Snapshot) -> str:
    """The question for the chart of exactly the samples behind these words; empty where there is none."""
    moment, read = snapshot.moment, snapshot.learned_at
    # Recorded by a clock ahead of this one: no question of the past could ask for the same samples.
    is_ahead = moment.as_of is None and read > moment.now
    if is_ahead or not can_be_drawn(ref, snapshot, window or default_window(moment.today)):
        return ""
    said = f" {window.text}" if window is not None else ""
    return f"chart {ref.path}{said} {clocks(moment)} read {read.isoformat()}"


def _blocks(
    ref: KpiRef, standing: Standing, snapshot: Snapshot, landing: Landing | NoLanding | None
) -> Iterator[Block]:
    """What is said behind the leading lines."""
    moment = snapshot.moment
    if standing.value is None:
        yield from (Text(marked(text)) for text in no_number_lines(standing, ref, snapshot) if text)
    lines = (
        target_line(standing, moment),
        *progress_lines(standing),
        pace_line(standing, moment),
        change_line(standing, changes(ref, snapshot), moment),
        *landing_lines(standing, landing, moment.day),
    )
    yield from (Text(marked(text)) for text in lines if text)
    if source := source_line(standing, ref, snapshot):
        yield Note(marked(source))


def _actions(ref: KpiRef, standing: Standing, moment: Moment, window: Window | None) -> Actions:
    """What to ask next, of the same time as this answer."""
    is_short = window is None or window.days <= DEFAULT_DAYS + 1
    said = "" if window is None else f" {window.text}"
    then = "" if moment.as_of is None else f" {clocks(moment)}"
    if standing.value is None:
        first = Action("What it is", f"show {ref.path}")
    elif is_short:
        first = Action("Show a year", f"{ref.path} 365d{then}")
    else:
        first = Action("Show 90 days", f"{ref.path} {DEFAULT_DAYS}d{then}")
    why = Action("Why", f"why {ref.path}{then}")
    share = Action("Share", f"{ref.path}{said}{then}", share=True)
    return Actions((first, why, share), tuple(_more(ref, standing, moment)))


def _more(ref: KpiRef, standing: Standing, moment: Moment) -> Iterator[Action]:
    """What few need: of the past only what can be asked of it. A number is entered where none is measured."""
    is_now, path = moment.as_of is None, ref.path
    target = standing.target
    if is_now and _is_entered(ref, standing) and not (target is not None and target.is_in_words):
        yield Action("Record…", path, form="record")
    if is_now:
        yield Action("Note…", path, form="note")
        yield Action("Silence…", path, form="silence")
    yield Action("History", f"history {path}{'' if is_now else f' {clocks(moment)}'}")
    if is_now:
        yield Action("Subscribe weekly", f"subscribe {path} 09:00 monday")


def _is_entered(ref: KpiRef, standing: Standing) -> bool:
    """Whether an entry by hand would show: it is not measured, or its measure has no number."""
    return ref.kpi.measure is None or standing.value is None


def clocks(moment: Moment) -> str:
    """How to ask for this moment again: what was true then, by what was known when."""
    known = moment.now if moment.as_of is None else moment.as_of
    said = f"as-of {_spelt(moment.now, moment)}"
    return f"{said} known {_spelt(known, moment)}" if known != moment.now else said


def _spelt(at: datetime, moment: Moment) -> str:
    """An instant as a question names it: the day, where it is that day's last one."""
    day = day_of(at, moment.zone)
    is_end = at == moment.close_of(day).now and moment.as_of is not None
    return day.isoformat() if is_end else at.isoformat()


def which(name: str, found: tuple[KpiRef, ...], ask: str = "{}") -> Reply:
    """A name that fits several KPIs asks which one is meant; `ask` is what to ask with its path put in."""
    return _asking(f"{len(found)} KPIs are called “{shortened(name)}”: which one?", found, ask)


def _asking(said: str, found: tuple[KpiRef, ...], ask: str) -> Reply:
    shown = found[:MOST_CHOICES]
    choices = tuple(
        Action(label, ask.replace("{}", ref.path, 1))
        for label, ref in zip(_labels(shown), shown, strict=True)
    )
    lines = tuple(line(Bold(ref.kpi.name), f" · {_section(ref)}") for ref in shown)
    return Reply(
        said, (line(said), *lines, Actions(choices)), data={"ambiguous": [ref.path for ref in found]}
    )


def _labels(refs: Sequence[KpiRef]) -> tuple[str, ...]:
    """The shortest words that tell these KPIs apart."""
    manners: tuple[Callable[[KpiRef], str], ...] = (
        lambda ref: ref.kpi.name,
        lambda ref: ref.use.framework.key.capitalize(),
        _section,
        lambda ref: f"{ref.kpi.name}, {ref.kpi.section}",
    )
    for manner in manners:
        labels = tuple(manner(ref)[:LONGEST_LABEL] for ref in refs)
        if len(set(labels)) == len(refs):
            return labels
    return tuple(ref.path for ref in refs)


def _section(ref: KpiRef) -> str:
    return f"{ref.use.framework.key.capitalize()}: {ref.kpi.section.rsplit(' > ', 1)[-1]}"


def unknown_kpi(name: str, workspace: Workspace) -> UserError:
    """The refusal for a name that no KPI has, with the nearest ones; or that of a KPI not for this reader."""
    if refused := workspace.refusal_for(name):
        return refused
    close = workspace.nearest_names(name) or _nearest_by_word(name, workspace)
    hint = f"Nearest: {', '.join(f'`{one}`' for one in close)}. " if close else ""
    return UserError(f"No KPI “{shortened(name)}”.", f"{hint}`list all` shows all {len(workspace.kpis)}.")


def _nearest_by_word(name: str, workspace: Workspace) -> tuple[str, ...]:
    """The name nearest to each word of a phrase that looks like none as a whole."""
    words = [word for word in name.split()[:6] if len(normal(word)) > 2]
    near = (close[0] for word in words if (close := workspace.nearest_names(word)))
    return tuple(dict.fromkeys(near))[:3]


COMMAND = Command(
    name="kpi",
    summary="Where one KPI stands: value, target, pace, change, chart.",
    example="stars 90d",
    args=KpiArgs,
    run=run,
)
