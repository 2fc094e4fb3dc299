"""The pieces that inputs are glued from: words, numbers and signs of each language, and what is foreign.

In the lists below a ␣ stands for a space inside a piece.
"""

from __future__ import annotations

import string

from bot.commands import COMMANDS
from kpi.aggregate import FUNCTIONS


def _listed(text: str) -> tuple[str, ...]:
    return tuple(word.replace("␣", " ") for word in text.split())


_CHARACTERS = tuple(string.printable) + tuple("\u2013\u2212\u00a0≥≤→×µ€£éßİ\u202e\ud83d\0\u2028\ufeff٣")
_NUMBERS = _listed(
    """
    0 1 5 10 42 50 99.99 1,000 5,000 1e309 1e308 1e-9 NaN inf -0 -5 00 .5 5. 1,00 1_000
    9999999999999999999999999 0.1 100 1.5 8/10 3:1 2026-02-30 1e5
    """
)
QUANTITY = (
    *_NUMBERS,
    *_listed(
        """
        $ € % x K k M B T m + - – − > < >= <= ≥␣ =␣ / ␣ ␣ ~ ( ) , . : ; ␣to␣ ␣and␣ ␣per␣ per␣ ␣or␣more ␣min
        ␣max at␣least␣ up␣to␣ under␣ over␣ between␣ from␣ target␣ by␣Month␣3 by␣Q3␣2026 YoY /10 /day /month
        :1 ␣hours ␣days ms min stars ␣stars/day ␣per␣week ␣faster thousand ␣million usd␣ EUR␣ NPS␣
        Continuous N/A TBD — → reduction Medium+
        """
    ),
    *_CHARACTERS,
)
MEASURE = (
    *FUNCTIONS,
    *_listed(
        r"""
        ( ) ( ) ( ) ,␣ , ␣+␣ ␣-␣ ␣*␣ ␣/␣ - ␣ { } = " \ stars visits signups latency newsletter huge tiny
        late github.stars a.b:c-d x 7d 30d 1d 4w month quarter all 0d 3660d 3661d 999999d 99w d day
        {place="forum"} {place="hub"} {a="b",a="c"} sum(visits,7d) last(stars) change(stars,7d)
        rate(stars,all) mean(latency,7d) sum(signups,30d)/sum(visits,30d) count(visits,all)
        """
    ),
    *_NUMBERS,
    *_CHARACTERS,
)
YAML = (
    *("", "\t", "[" * 60, "{a: " * 50),
    *_listed(
        """
        ~ null true no [] {} [a,b] {a:␣b} -␣ -␣x ?␣ :␣ # | > ' " &a␣ *a <<:␣*a !!python/object:os.system␣
        !x␣ --- ... %YAML␣1.1 \\0 "\\0" key:␣ name stars day90 q1 phase1 month6 steady higher lower none
        github 80% 5,000 last(github.stars) sum(a.b,7d) $1M <24␣hours 3-5% 7d weekdays inferno 2026-09-01
        9999-12-31 0001-01-01 2026-02-30 Europe/Berlin ../x ${TOKEN} ${NOT_SET} 09:00␣weekdays 25:00
        slack:C0123ABCD words:␣true text:␣x goal:␣5
        """
    ),
    *_NUMBERS,
    *_CHARACTERS,
)
CSV = (
    *("metric,at,value\n", "\n", "\n", "\r\n"),
    *_listed(
        """
        metric at value , , , " "" ; place github.stars 2026-05-01 2026-05-01T09:00:00Z 2026-03-29T02:30:00
        20260501 2026-W18-5 2011-12-30 0001-01-01 9999-12-31 2026-05-01T24:00:00 2026-05-01T09:00:00+99:99
        2200-12-31 {"samples":[ {"metric":"a","at":"2026-05-01","value":1} ] } null true [ {}
        """
    ),
    *_NUMBERS,
    *_CHARACTERS,
)
_TALK = """
    how is are the our we doing what and vs share as-of known read yesterday today since july last quarter
    month week to 90d 12w 2d 9999999d 2026-07-01 2026-13-45 1979-01-01 9999-12-31 2026-10-25 q3 h2 phase1
    phase4 all hektor inferno bakhmach measured unmeasured stars nps arr uptime adoption visitors conversion
    5 -5 1.2M 85% $3,400 1e309 NaN because note zzz https://x.dev <!channel> @everyone `x` <@U0DANA> *b* Day
    90 gate why target judge met missed github.stars
"""
TALK = (
    *(" ", " ", " ", '"', "\n", "?", ", ", "as-of 2026-10-01 ", "hektor/"),
    *(f"{word} " for word in _TALK.split()),
    *(f"{name} " for command in COMMANDS for name in (command.name, *command.aliases)),
    *_CHARACTERS,
)
