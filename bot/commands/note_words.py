"""A note in somebody's words: of what kind, of which KPI, on which day, and what happened."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from bot.errors import UserError, shortened
from bot.workspace import KpiRef, Workspace, nearest, normal
from storage.annotations import KINDS, NOTE

FIRST_YEAR, LAST_YEAR = 1980, 2200

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_ISO = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")
_COLON = re.compile(r"([^:]*):+(?!//)([^\d:].*)?")  # no address, no time of day
_LEAD_IN = frozenset({"on", "at", "for"})
_EVERY_CHART = frozenset({"all", "every chart", "everything", ""})
_MOST_NAME_WORDS = 5


@dataclass(frozen=True, slots=True)
class Noted:
    """A note as it was understood. Without KPIs that its name fits or a framework: all charts."""

    kpis: tuple[KpiRef, ...]
    framework: str
    name: str
    day: date | None
    text: str
    kind: str = NOTE

    @property
    def is_subject_alone(self) -> bool:
        """Whether a KPI or framework is named, and nothing said of it."""
        return bool(self.kpis or self.framework) and self.day is None and not self.text


def understood(said: Sequence[str], workspace: Workspace, today: date) -> Noted:
    """What `said` notes. Raises `UserError` for a name that looks like a slip, and for a day that is none."""
    kind, rest = _kind_first(said, workspace)
    return replace(_understood(rest, workspace, today), kind=kind)


def _kind_first(said: Sequence[str], workspace: Workspace) -> tuple[str, tuple[str, ...]]:
    """A kind as the first word, and what follows it; none where the name of a KPI begins so.

    Behind `incident:` stands what happened, unless a name and one more colon come first.
    """
    word, colon, text = said[0].partition(":") if said else ("", "", "")
    kind, rest = word.casefold(), (*filter(None, (text,)), *said[1:])
    name = (word,) if colon else said
    if kind not in KINDS or not rest or text.startswith("//") or _begins_with_name(name, workspace):
        return NOTE, tuple(said)
    head, tail = _at_colon(rest)
    is_named = tail is not None and _begins_with_name(head, workspace)
    return kind, (":", *rest) if colon and not is_named else rest


def _begins_with_name(said: Sequence[str], workspace: Workspace) -> bool:
    """Whether the first words are the name of a KPI or a framework."""
    known = (" ".join(said[:end]) for end in range(len(said), 0, -1))
    return any(workspace.find_kpi(name) or _framework(name, workspace) for name in known)


def _understood(said: Sequence[str], workspace: Workspace, today: date) -> Noted:
    head, tail = _at_colon(said)
    if tail is not None and (found := _before_colon(head, tail, workspace, today)) is not None:
        return found
    whole = " ".join(said)
    if framework := _framework(whole, workspace):
        return Noted((), framework, whole, None, "")
    for end in range(len(said), 0, -1):
        name = " ".join(said[:end])
        if refused := workspace.refusal_for(name):
            raise refused
        if kpis := workspace.find_kpi(name):
            day, rest = _day_first(said[end:], today)
            return Noted(kpis, "", name, day, _text(rest))
    day, rest = _day_first(said, today)
    return Noted((), "", "", day, _text(rest))


def _text(said: Sequence[str]) -> str:
    return " ".join(said).removeprefix(":").strip().strip('"“”').strip()


def _at_colon(said: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
    """The words before the first colon that ends one, and those behind it; None behind no colon."""
    for at, word in enumerate(said):
        if match := _COLON.fullmatch(word):
            head, tail = (*said[:at], match[1]), (match[2] or "", *said[at + 1 :])
            return tuple(filter(None, head)), tuple(filter(None, tail))
    return tuple(said), None


def _before_colon(
    head: Sequence[str], tail: Sequence[str], workspace: Workspace, today: date
) -> Noted | None:
    """The note on what stands before a colon; None where that is no name, and so a part of the text."""
    day, rest = _day_last(head, today)
    name = " ".join(rest)
    if day is None:
        day, tail = _day_first(tail, today)
    if normal(name) in _EVERY_CHART:
        return Noted((), "", "", day, _text(tail))
    if refused := workspace.refusal_for(name):
        raise refused
    if kpis := workspace.find_kpi(name):
        return Noted(kpis, "", name, day, _text(tail))
    if framework := _framework(name, workspace):
        return Noted((), framework, name, day, _text(tail))
    if len(rest) <= _MOST_NAME_WORDS:
        _refuse_slip(name, workspace)
    return None


def _framework(name: str, workspace: Workspace) -> str:
    keys = (use.framework.key for use in workspace.uses)
    return next((key for key in keys if normal(key) == normal(name)), "")


def _refuse_slip(name: str, workspace: Workspace) -> None:
    """A name that is a letter off another was meant to be that one; any other is a part of the text."""
    shown = {normal(one): one for ref in workspace.kpis for one in (*ref.kpi.aliases, ref.kpi.name)}
    close = nearest(normal(name)[:100], shown)
    if close and _is_slip(normal(name), normal(close[0])):
        raise UserError(
            f"No KPI “{shortened(name)}”.",
            f"Nearest: `{close[0]}`. For every chart, put `all:` before the note.",
        )


def _is_slip(said: str, name: str) -> bool:
    """Whether one is the other with one or two letters changed."""
    from rapidfuzz.distance import DamerauLevenshtein  # only the first slip needs it

    return DamerauLevenshtein.distance(said, name) <= (2 if len(name) > 6 else 1)


def _day_first(said: Sequence[str], today: date) -> tuple[date | None, tuple[str, ...]]:
    """A day at the beginning, and the words behind it."""
    start = 1 if said and said[0].casefold() in _LEAD_IN else 0
    for length in (3, 2, 1):
        if len(said) >= start + length and (day := _day(said[start : start + length], today)) is not None:
            return day, tuple(said[start + length :])
    return None, tuple(said)


def _day_last(said: Sequence[str], today: date) -> tuple[date | None, tuple[str, ...]]:
    """A day at the end, and the words before it."""
    for length in (3, 2, 1):
        if len(said) < length or (day := _day(said[len(said) - length :], today)) is None:
            continue
        rest = tuple(said[: len(said) - length])
        return day, rest[:-1] if rest and rest[-1].casefold() in _LEAD_IN else rest
    return None, tuple(said)


def _day(said: Sequence[str], today: date) -> date | None:
    """`today`, `yesterday`, `2026-11-12`, `12 Nov`, `12 Nov 2026`. Raises `UserError` for 31 Feb."""
    first = said[0].strip(",:").casefold()
    if len(said) == 1:
        if first in {"today", "yesterday"}:
            return today - timedelta(days=first == "yesterday")
        return _made(*map(int, first.split("-")), text=first) if _ISO.fullmatch(first) else None
    number = _month(said[1].strip(",:").casefold())
    if number is None or not (first.isdecimal() and first.isascii() and len(first) <= 2):
        return None
    shown = " ".join(said)
    if len(said) == 3:
        year = said[2].strip(",:")
        is_year = year.isdecimal() and year.isascii() and len(year) == 4
        return _made(int(year), number, int(first), text=shown) if is_year else None
    found = _made(today.year, number, int(first), text=shown)
    return found if found <= today else _made(today.year - 1, number, int(first), text=shown)


def _month(text: str) -> int | None:
    """The number of a month by its name, or the first three letters or more of it."""
    if len(text) < 3:
        return None
    return next((at for at, name in enumerate(_MONTHS, start=1) if name.startswith(text)), None)


def _made(year: int, month: int, day: int, *, text: str) -> date:
    hint = "Write it as 2026-11-12, 12 Nov or yesterday."
    try:
        made = date(year, month, day)
    except ValueError:
        raise UserError(f"“{shortened(text, 40)}” is not a day.", hint) from None
    if not FIRST_YEAR <= made.year <= LAST_YEAR:
        raise UserError(f"“{shortened(text, 40)}” lies outside {FIRST_YEAR} to {LAST_YEAR}.", hint)
    return made
