"""Alerts by their numbers: how people name one, and what is said where there is none."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.commands.base import Context
from bot.errors import UserError, shortened
from bot.reports.alert_lists import Views, finding_words
from bot.reports.alert_view import AlertView, person_words
from storage import alerts
from storage.alerts import Alert

_NUMBER = re.compile(r"#?(\d{1,9})[,.:;!?]?", re.ASCII)
_SHOWN = 3
_POLITE = frozenset(
    {
        "please",
        "pls",
        "plz",
        "thanks",
        "thank",
        "you",
        "thx",
        "ty",
        "cheers",
        "kindly",
        "bitte",
        "danke",
        "🙏",
    }
)


def split_number(words: Sequence[str], *, is_prose: bool = False) -> tuple[str, tuple[str, ...]]:
    """The first word, without an `alert` before it, and the words behind it: with `is_prose` as they are,
    else without a thank-you at their end."""
    said = tuple(words)
    if len(said) > 1 and said[0].casefold() in ("alert", "alerts"):
        said = said[1:]
    return (said[0] if said else ""), said[1:] if is_prose else without_thanks(said[1:])


def without_thanks(words: Sequence[str]) -> tuple[str, ...]:
    """The words without a `please` or `thank you` at their end."""
    end = len(words)
    while end and words[end - 1].casefold().strip(".,;:!?…()") in _POLITE:
        end -= 1
    return tuple(words[:end])


def named(text: str, ctx: Context, verb: str) -> Alert | None:
    """The alert that `text` means; None where none was named, or none has ever fired.

    Raises `UserError` with the open ones where there is none of this number, or not for this reader.
    """
    refuse_outsiders(ctx)
    if not text:
        return None
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise UserError(f"“{shortened(text)}” is no alert's number.", _open_ones(ctx, verb))
    views, number = Views(ctx.workspace, ctx.moment), int(match[1])
    found = alerts.find(ctx.session, number) if number < 2**31 else None
    if found is not None and (seen := views.seen([found])):
        return seen[0]
    if not alerts.recent(ctx.session, limit=1):
        return None
    raise UserError(f"There is no alert {number}.", _open_ones(ctx, verb))


def refuse_outsiders(ctx: Context) -> None:
    """Raises `UserError` where people outside the company read along."""
    if ctx.invocation.is_shared:
        raise UserError("People outside your company read here.", "Ask me in a channel of your own.")


def _open_ones(ctx: Context, verb: str) -> str:
    views = Views(ctx.workspace, ctx.moment)
    found = views.still(ctx.session)[:_SHOWN]
    if not found:
        return "No alert is open; `alerts all` lists the last ones."
    listed = ", ".join(f"`{verb} {one.number}` ({finding_words(one, views.of(one))})" for one in found)
    return f"Open: {listed}."


def view_of(alert: Alert, ctx: Context) -> AlertView:
    """How the alert is told, without its history."""
    return Views(ctx.workspace, ctx.moment).of(alert)


def require_open(alert: Alert, ctx: Context) -> None:
    """Raises `UserError` where the alert is over."""
    if alert.is_open:
        return
    view = view_of(alert, ctx)
    when = "" if alert.resolved_at is None else f" since {view.at(alert.resolved_at)}"
    raise UserError(f"Alert {alert.number} is over{when}.", f"`alert {alert.number}` shows what happened.")


def again(alert: Alert, ctx: Context) -> Alert:
    """The alert as it stands after what was just done."""
    return alerts.find(ctx.session, alert.number) or alert


def who(author: str, ctx: Context) -> str:
    """Somebody as the reader hears of them."""
    if author == ctx.author:
        return "you"
    person = ctx.workspace.person(ctx.invocation.surface, ctx.invocation.user)
    return "you" if person is not None and author == person.name else person_words(author, ctx.workspace)
