"""Replies that every surface is held against: one a block, and whole ones in the words of the bot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from bot.reply import (
    Action,
    Actions,
    Block,
    Bold,
    Chart,
    Code,
    Divider,
    Facts,
    Heading,
    Link,
    Mention,
    Place,
    Reply,
    Table,
    Time,
    Visibility,
    line,
    note,
    spans,
)

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
HOSTILE = "<!channel> <@U0DANA> &amp; `*_~ <https://evil.example|click> @everyone \x1b[31m\u202e"


@dataclass(frozen=True)
class Picture:
    """A drawing that is already drawn."""

    content: bytes = PNG

    def png(self) -> bytes:
        return self.content


CHART = Chart(
    "GitHub stars, 90 days", "Line chart: stars rise from 943 to 1,234; target 5,000.", Picture(), "stars.png"
)
SHARE = Action("Share", "stars", share=True)
ACTIONS = Actions((Action("90 days", "stars 90d", primary=True), Action("Why", "why stars"), SHARE))
FACTS = Facts((("Target", spans("5,000 by day 90")), ("Pace", spans(Bold("82 %"), " of 1,505"))))
TABLE = Table(
    ("KPI", "Value", "Target"),
    (("Stars", "1,234", "5,000"), ("Visitors", "311", "400")),
    numeric=frozenset({1, 2}),
    caption="All of them",
)
WIDE = Table(
    ("KPI", "Value", "Target", "Pace", "Zone", "Age"),
    (("Stars", "1,234", "5,000", "82 %", "yellow", "3 h"), ("Visitors", "311", "", "", "green", "1 h")),
)
SPANS = line(
    "● ",
    Bold("Stars"),
    " by ",
    Mention("dana", {"slack": "U0DANA"}),
    " and ",
    Mention("lee"),
    ", ",
    Code("kpi stars"),
    ", ",
    Link("https://acme.dev/a b?x=1&y=2", "the site"),
    ", ",
    Time(NOW, "09:00 Berlin"),
    " → ",
    Place("slack", "C0TEAM"),
    ", ",
    Place("discord", "200000000000000001"),
)

BLOCKS: dict[str, tuple[Block, ...]] = {
    "heading": (Heading("GitHub Stars 1,234"),),
    "text": (SPANS,),
    "facts": (FACTS,),
    "table": (TABLE,),
    "wide_table": (WIDE,),
    "empty_table": (Table(("KPI",), (), caption="Missing"),),
    "chart": (CHART,),
    "note": (note("GitHub, ", Time(NOW, "06:02 Berlin"), ", 3 h ago · ", Bold("Owner"), " @dana"),),
    "divider": (Divider(),),
    "actions": (ACTIONS,),
    "hostile": (
        Heading(HOSTILE),
        line(HOSTILE, Bold(HOSTILE), Code(HOSTILE), Link("javascript:alert(1)", HOSTILE), Mention(HOSTILE)),
        line(Place("slack", HOSTILE), Place("discord", HOSTILE)),
        Facts(((HOSTILE, spans(HOSTILE, Code(HOSTILE))),)),
        Table((HOSTILE, "b"), ((HOSTILE, ""),), caption=HOSTILE),
        note(HOSTILE, Link("https://acme.dev/<x>|y", HOSTILE)),
        Actions((Action(HOSTILE, "ask " + HOSTILE),)),
    ),
}

STANDING = Reply(
    text="GitHub Stars 1,234, at risk: 82 % of pace to 5,000 by day 90.",
    blocks=(
        Heading("GitHub Stars 1,234"),
        line("◆ at risk, 82 % of pace"),
        FACTS,
        line("+38 yesterday, +291 in 7 days (▲ 12 % on the week before)"),
        CHART,
        note("GitHub, 06:02 Berlin, 3 h ago · Owner @dana"),
        ACTIONS,
    ),
)
DAILY = Reply(
    text="Monday 23 Nov: signups stopped on Saturday; stars ahead again.",
    blocks=(
        Heading("Monday 23 Nov: signups stopped on Saturday; stars ahead again."),
        line("▲ ", Bold("Signups 0"), " since Sat 14:10 (usual Sat–Sun: 18–26)"),
        line("● ", Bold("Stars 1,234"), ", +112 over the weekend"),
        note("38 others unchanged · 2 sources late"),
    ),
    thread=(
        Reply("All 41 as a table.", (TABLE,)),
        Reply("Signups stopped on Saturday at 14:10.", (CHART,)),
    ),
    visibility=Visibility.CHANNEL,
)
FAULT = Reply(
    text='No KPI "strs". Nearest: stars, star growth.',
    blocks=(line('No KPI "strs". Nearest: ', Bold("stars"), ", ", Bold("star growth"), "."),),
)
REPLIES = {"standing": STANDING, "daily": DAILY, "fault": FAULT, "bare": Reply("Nothing to say <here>.")}
CASES = {**{name: Reply(f"A sample of {name}.", blocks) for name, blocks in BLOCKS.items()}, **REPLIES}
