"""`/kpi unsubscribe 3`: a subscription is ended by its number or by what it sends; `all` ends every one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from bot.commands.base import Args, Command, Context, Group
from bot.commands.subscriptions import end_actions, nothing
from bot.errors import UserError, shortened
from bot.reply import Action, Actions, Bold, Reply, line, note
from bot.reports import words
from bot.reports.upcoming import subject_of, title_of
from bot.workspace import nearest, normal
from storage import subscriptions
from storage.subscriptions import Subscription

_LEAD_IN = frozenset({"from", "me", "the", "to", "update", "report", "number", "no", "please"})


class UnsubscribeArgs(Args):
    which: str = Field("", description="A number, what it sends, or `all`; none lists them.")

    usage: ClassVar[str] = "unsubscribe 3"


def run(args: UnsubscribeArgs, ctx: Context) -> Reply:
    by = ctx.invocation
    own = subscriptions.of(ctx.session, by.ledger, by.user)
    if not own:
        return nothing("You have no subscriptions.")
    found = _named(args.which, own, ctx)
    if not normal(args.which) or (len(found) > 1 and not _is_all(args.which)):
        return _which(found, ctx)
    for one in found:
        subscriptions.remove(ctx.session, by.ledger, by.user, one.number)
        ctx.audit("unsubscribe", subject_of(one), before=f"{one.cadence} {one.zone}", after="ended")
    said = _ended(found, ctx)
    left = len(own) - len(found)
    again = tuple(Action("Subscribe again", _again(one)) for one in found[:1] if len(found) == 1)
    rest = (Action("The others", "subscriptions"),) if left else ()
    blocks = (
        line(Bold(said)),
        note(f"{left} left." if left else "Nothing is sent to you any more."),
        Actions((*again, *rest)),
    )
    return Reply(said, blocks, data={"ended": [one.number for one in found], "left": left})


def _is_all(text: str) -> bool:
    return normal(text) in {"all", "everything", "from all", "from everything"}


def _named(text: str, own: Sequence[Subscription], ctx: Context) -> list[Subscription]:
    """Those that `text` means: of a title that several have, all of them. Raises `UserError`."""
    if _is_all(text) or not normal(text):
        return list(own)
    said = [word for word in normal(text).split() if word not in _LEAD_IN] or normal(text).split()
    wanted = " ".join(said)
    if wanted.isdecimal():
        found = [one for one in own if str(one.number) == wanted]
    else:
        asked = _questions(said, ctx)
        found = [one for one in own if wanted in _names(one, ctx) or _begins(one.question, asked)]
    if found:
        return found
    shown = {name: str(one.number) for one in own for name in _names(one, ctx)}
    near = nearest(wanted[:100], shown)
    listed = near or tuple(str(one.number) for one in own[:3])
    hint = ", ".join(f"`unsubscribe {one}`" for one in listed)
    raise UserError(
        f"You have no subscription “{shortened(text)}”.", f"{'Nearest' if near else 'You have'}: {hint}."
    )


def _questions(said: Sequence[str], ctx: Context) -> set[str]:
    """The questions about a KPI that the words could mean, by its path: "stars 90d"."""
    for end in range(len(said), 0, -1):
        if known := ctx.workspace.find_kpi(" ".join(said[:end])):
            return {" ".join((ref.path, *said[end:])) for ref in known}
    return set()


def _begins(question: str, asked: set[str]) -> bool:
    return any(f"{question} ".startswith(f"{one} ") for one in asked)


def _names(one: Subscription, ctx: Context) -> set[str]:
    return {normal(name) for name in (title_of(one, ctx.workspace), one.question, one.report) if name} - {
        "ask"
    }


def _which(found: Sequence[Subscription], ctx: Context) -> Reply:
    said = f"{words.count(len(found), 'subscription')}: which one ends?"
    lines = tuple(
        line(Bold(f"{one.number}. "), f"{title_of(one, ctx.workspace)}, {one.cadence}") for one in found
    )
    data = {"ambiguous": [one.number for one in found]}
    return Reply(said, (line(Bold(said)), *lines, end_actions(found, ctx)), data=data)


def _ended(found: Sequence[Subscription], ctx: Context) -> str:
    if len(found) > 1:
        return f"All {len(found)} subscriptions are ended."
    return f"Ended: {title_of(found[0], ctx.workspace)}, {found[0].cadence}."


def _again(one: Subscription) -> str:
    return f"subscribe {one.question or one.report} {one.cadence} {one.zone}"


COMMAND = Command(
    name="unsubscribe",
    summary="End a subscription: by its number, its name, or all.",
    example="unsubscribe 3",
    args=UnsubscribeArgs,
    run=run,
    aliases=("unsub",),
    writes=True,
    group=Group.CHANGE,
    beside="subscribe",
)
