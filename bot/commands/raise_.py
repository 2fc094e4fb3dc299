"""`/kpi raise customer impact: logins fail`: a person flags what no source can tell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar, Self

from pydantic import Field

from bot import access
from bot.alerting import RuleRef
from bot.commands.base import Args, Command, Context, Group
from bot.commands.numbered import refuse_outsiders
from bot.errors import UserError, shortened
from bot.reply import Block, Bold, Reply, Text, line, marked, note
from bot.reports.alert_buttons import buttons
from bot.reports.alert_data import data_of
from bot.reports.alert_lists import Views
from bot.reports.alert_view import title_of
from bot.workspace import nearest, normal
from storage import alerts

LONGEST = 300
LATELY = timedelta(days=7)
_LINK = re.compile(r"<?(https?://[^\s>|]{1,300})(?:\|[^>]*)?>?", re.IGNORECASE)
_MOST_WORDS = 8


class RaiseArgs(Args):
    what: str = Field("", description="A rule that people raise, what happened, and a link if there is one.")

    usage: ClassVar[str] = "raise press_mention TechCrunch writes about us https://techcrunch.com/acme"

    @classmethod
    def read(cls, words: tuple[str, ...]) -> Self:
        return cls(what=" ".join(words))


def run(args: RaiseArgs, ctx: Context) -> Reply:
    refuse_outsiders(ctx)
    views = Views(ctx.workspace, ctx.moment)
    known = [ref for ref in views.refs.values() if ref.rule.by_hand or ref.rule.when is None]
    if not normal(args.what):
        return _listed(known)
    ref, text, url = _read(args.what, known, views)
    access.require("acknowledge", ctx.workspace, ctx.invocation)
    if not any(char.isalnum() for char in text):
        raise UserError("What happened?", f"Say `raise {_key(ref)} …` with a few words or a link.")
    if len(text) > LONGEST:
        raise UserError(f"The text has {len(text)} characters; {LONGEST} fit.", "Say it shorter.")
    _refuse_twice(ref, text, url, ctx)
    number = alerts.raise_by_hand(
        ctx.session,
        ref.path,
        ref.rule.severity,
        text=text,
        url=url,
        author=ctx.author,
        now=ctx.moment.now,
    )
    raised = alerts.find(ctx.session, number)
    assert raised is not None
    said = f"Raised as alert {number}: {title_of(ref.path, views.of(raised))}."
    blocks: list[Block] = [line(Bold(said)), line(f"“{text}”"), note(_where(ref, ctx))]
    if ref.rule.severity != "celebrate":
        blocks.append(buttons(raised))
    return Reply(said, tuple(blocks), data={"alerts": [data_of(raised)]})


def _refuse_twice(ref: RuleRef, text: str, url: str, ctx: Context) -> None:
    """Raises `UserError` where just this was raised: it fires still, or was celebrated of late."""
    since = ctx.moment.now - LATELY
    for one in alerts.recent(ctx.session, since=since, rule=ref.path):
        if (one.text, one.url) == (text, url) and (one.is_open or one.severity == "celebrate"):
            raise UserError(
                f"That is alert {one.number} already.", f"Say what is new of it: `alert note {one.number} …`."
            )


def _where(ref: RuleRef, ctx: Context) -> str:
    """Where it is told now, and that it does not end by itself."""
    count = len(ref.channels(ctx.workspace))
    told = f"It is told in {count} channel{'s' if count != 1 else ''} within seconds."
    if not count:
        told = "No channel is set for it: add `channels` under `alerts` in kpi.yaml."
    return told if ref.rule.severity == "celebrate" else f"{told} It fires until somebody resolves it."


def _read(text: str, known: Sequence[RuleRef], views: Views) -> tuple[RuleRef, str, str]:
    """The rule that the longest beginning names, the words behind it, and their first link."""
    words = text.split()
    for end in range(min(len(words), _MOST_WORDS), 0, -1):
        said = normal(" ".join(words[:end]))
        found = [ref for ref in known if said in _names(ref)]
        if len(found) > 1:
            paths = ", ".join(f"`raise {ref.path} …`" for ref in found)
            raise UserError(f"{len(found)} rules are called “{' '.join(words[:end])}”.", f"Say {paths}.")
        if found:
            return (found[0], *_parted(" ".join(words[end:])))
        if any(said in _names(ref) for ref in views.refs.values()) and said:
            raise UserError(f"“{' '.join(words[:end])}” is found out from data.", _known(known))
    names = {normal(_key(ref)): _key(ref) for ref in known}
    close = nearest(normal(" ".join(words[:3]))[:100], names)
    hint = f"Nearest: {', '.join(f'`raise {one} …`' for one in close)}." if close else _known(known)
    raise UserError(f"No rule that people raise begins “{shortened(text, 40)}”.", hint)


def _parted(text: str) -> tuple[str, str]:
    """The words without their link, or the link itself where there is nothing else; and the link."""
    match = _LINK.search(text)
    if match is None:
        return text.strip(" :-–—"), ""
    rest = f"{text[: match.start()]} {text[match.end() :]}"
    words = " ".join(rest.split()).strip(" :-–—")
    return words or match[1], match[1]


def _names(ref: RuleRef) -> frozenset[str]:
    """What people call it: its path, its key, its title, and what is to be flagged."""
    return frozenset(normal(one) for one in (ref.path, _key(ref), ref.rule.name, ref.rule.by_hand) if one)


def _key(ref: RuleRef) -> str:
    return ref.path.rpartition("/")[2]


def _known(known: Sequence[RuleRef]) -> str:
    if not known:
        return "No rule in use is raised by hand; `by_hand` in kpi.yaml makes one."
    return f"People raise {', '.join(f'`{_key(ref)}`' for ref in known[:6])}."


def _listed(known: Sequence[RuleRef]) -> Reply:
    """What can be raised, a line each."""
    said = f"{len(known)} rules can be raised by people." if known else "No rule can be raised by people."
    blocks: list[Block] = [line(Bold(said))]
    for ref in known:
        flagged = ref.rule.by_hand or ref.rule.text
        blocks.append(Text(marked(f"`raise {_key(ref)} …` {flagged}")))
    blocks.append(note("Behind it: what happened, in a few words, and a link if there is one."))
    return Reply(said, tuple(blocks), data={"rules": [ref.path for ref in known]})


COMMAND = Command(
    name="raise",
    summary="Flag what no source can tell: an alert or something to celebrate.",
    example="raise",
    args=RaiseArgs,
    run=run,
    aliases=("flag",),
    writes=True,
    group=Group.CHANGE,
    beside="alerts",
)
