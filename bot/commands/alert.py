"""`/kpi alert 12`: one alert with all that happened to it; `alert note 12 …` writes something down there."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import Field

from bot import access
from bot.commands.alerts import listed
from bot.commands.base import Args, Command, Context, Group
from bot.commands.numbered import named, split_number, without_thanks
from bot.errors import UserError
from bot.reply import Action, Actions, Block, Bold, Heading, Reply, line, note
from bot.reports.alert_buttons import buttons
from bot.reports.alert_lists import Views
from bot.reports.alert_posts import root
from bot.reports.alert_thread import history_line
from bot.reports.alert_view import CELEBRATE, AlertView
from bot.reports.silenced import silenced
from bot.reports.snapshot import load
from storage import alerts
from storage.alerts import Alert

LONGEST_NOTE = 300
MOST_EVENTS = 15


class AlertArgs(Args):
    alert: str = Field("", description="Its number; none lists the open ones.")
    note: str = Field("", description="Behind `note`: what its thread should know.")

    usage: ClassVar[str] = "alert note 12 the vendor knows of it"

    @classmethod
    def read(cls, words: tuple[str, ...]) -> Self:
        """`12`, `note 12 …` or `12 note …`."""
        said = words[1:] if words and words[0].casefold() == "note" else words
        number, rest = split_number(said, is_prose=True)
        behind = rest[1:] if rest and rest[0].casefold() in ("note", "note:") else rest
        is_note = len(said) < len(words) or len(behind) < len(rest)
        if not is_note and (more := without_thanks(rest)):
            raise UserError(f"“{' '.join(more)[:60]}” is more than this takes.", f"Say `{cls.usage}`.")
        return cls(alert=number, note=" ".join(behind) if is_note else "")


def run(args: AlertArgs, ctx: Context) -> Reply:
    alert = named(args.alert, ctx, "alert")
    if alert is None:
        return listed(ctx)
    return _noted(alert, args.note, ctx) if args.note else shown(alert, ctx)


def shown(alert: Alert, ctx: Context) -> Reply:
    """The alert as its message says it, and its history."""
    view = _view(alert, ctx)
    post = root(alert, view)
    blocks: list[Block] = [one for one in post.blocks if not isinstance(one, Actions)]
    told = [text for one in view.events if (text := history_line(one, alert, view))]
    if told:
        blocks.append(Heading("What happened"))
    if len(told) > MOST_EVENTS:
        blocks.append(note(f"{len(told) - MOST_EVENTS} earlier steps are left out."))
    blocks += [line(text) for text in told[-MOST_EVENTS:]]
    if alert.severity != CELEBRATE:
        blocks.append(buttons(alert, with_history=False))
    events = [
        {"at": one.at.isoformat(), "kind": one.kind, "author": one.author, "text": one.text}
        for one in view.events
    ]
    evidence = [{"subject": one.subject, **one.evidence} for one in alert.items]
    data = {"alerts": [post.data["alert"]], "events": events, "evidence": evidence}
    return Reply(post.text, tuple(blocks), data=data)


def _view(alert: Alert, ctx: Context) -> AlertView:
    """With the numbers of its KPIs as they are now, and all that happened to it."""
    views = Views(ctx.workspace, ctx.moment)
    refs = [ref for one in alert.items if (ref := views.of(alert).kpi(one.subject)) is not None]
    snapshot = load(ctx.session, ctx.workspace, ctx.moment, refs)
    happened = alerts.events(ctx.session, [alert.number])
    quiet = silenced(ctx.session, ctx.workspace, ctx.moment.now)
    return Views(ctx.workspace, ctx.moment, snapshot).of(alert, happened, quiet)


def _noted(alert: Alert, text: str, ctx: Context) -> Reply:
    access.require("acknowledge", ctx.workspace, ctx.invocation)
    if not any(char.isalnum() for char in text):
        raise UserError("The note says nothing.", f"Say `{AlertArgs.usage}`.")
    if len(text) > LONGEST_NOTE:
        raise UserError(f"The note has {len(text)} characters; {LONGEST_NOTE} fit.", "Say it shorter.")
    alerts.note(ctx.session, alert.number, text, ctx.author, ctx.moment.now)
    said = f"Noted on alert {alert.number}."
    blocks = (line(Bold(said)), line(f"“{text}”"), note("It goes into the thread of its message."))
    actions = Actions((Action("History", f"alert {alert.number}"),))
    return Reply(said, (*blocks, actions), data={"alert": alert.number, "note": text})


COMMAND = Command(
    name="alert",
    summary="One alert: what it found, who has it, what happened.",
    example="alert 12",
    args=AlertArgs,
    run=run,
    aliases=("alarm",),
    writes=True,
    group=Group.ASK,
    beside="alerts",
)
