"""One cell of a framework in somebody's words: which KPI, and which of the framework's horizons."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bot.commands.kpi import clocks, unknown_kpi
from bot.errors import UserError, shortened
from bot.workspace import KpiRef, Workspace, normal
from kpi.calendar import Moment
from kpi.framework import Framework, Horizon

MOST_WORDS = 5
"""How many words the name of a horizon may have."""

_HORIZON_LIKE = re.compile(r"(?:day|week|month|quarter|year|phase|stage|q)\d+")
_SHORT = {"phase": "p", "month": "m", "day": "d", "stage": "s", "q": "quarter"}
_LEAD_IN = frozenset({"at", "by", "for", "in", "on", "until", "of", "the", "@"})


def named_first(
    words: Sequence[str], workspace: Workspace
) -> tuple[tuple[KpiRef, ...], str, tuple[str, ...]]:
    """The KPIs that the longest beginning of `words` names, that name, and the words behind it.

    Raises `UserError` with the nearest names where none does, and where it is not for this reader.
    """
    for end in range(len(words), 0, -1):
        name = " ".join(words[:end])
        if not normal(words[end - 1]):
            continue  # a sign belongs to what follows: "nps < 60"
        if found := workspace.find_kpi(name):
            return found, name, tuple(words[end:])
        if refused := workspace.refusal_for(name):
            raise refused
    raise unknown_kpi(_supposed_name(words), workspace)


def one_name(text: str, workspace: Workspace, usage: str) -> tuple[KpiRef, ...]:
    """The KPIs that the whole of `text` names. Raises `UserError` where it names none."""
    if not normal(text):
        raise UserError("The KPI is missing.", f"Say `{usage}`.")
    if found := workspace.find_kpi(text):
        return found
    raise workspace.refusal_for(text) or unknown_kpi(text, workspace)


def same_time(moment: Moment) -> str:
    """What to put behind a question so that it asks of this moment too; nothing for the present."""
    if moment.as_of is None:
        return ""
    return f" {clocks(moment)}"


def _supposed_name(words: Sequence[str]) -> str:
    """What was probably meant as a name: all up to the first word that is a horizon, a number or a sign."""
    for at, word in enumerate(words):
        if at and (_is_horizon_like(words[at:]) or not word[0].isalpha()):
            return " ".join(words[:at])
    return " ".join(words)


def find_horizon(
    words: Sequence[str], framework: Framework
) -> tuple[tuple[str, ...], Horizon | None, tuple[str, ...]]:
    """The first horizon that `words` name, with the words before and behind it: `day90`, `Day 90`, `P1`.

    Raises `UserError` for a horizon of a kind that frameworks have, but not this one.
    """
    names = _names(framework)
    for start in range(len(words)):
        for end in range(min(len(words), start + MOST_WORDS), start, -1):
            is_whole = normal(words[start]) and normal(words[end - 1])
            if is_whole and (found := names.get(_compact(" ".join(words[start:end])))):
                before = tuple(words[:start])
                while before and before[-1].casefold() in _LEAD_IN:
                    before = before[:-1]
                return before, found, tuple(words[end:])
    if words and _is_horizon_like(words):
        said = words[:1] if any(char.isdigit() for char in words[0]) else words[:2]
        raise unknown_horizon(" ".join(said), framework)
    return tuple(words), None, ()


def _is_horizon_like(words: Sequence[str]) -> bool:
    return bool(_HORIZON_LIKE.match(_compact(" ".join(words[:2]))))


def unknown_horizon(text: str, framework: Framework) -> UserError:
    """The refusal for a horizon that the framework does not have, with those it has."""
    known = ", ".join(f"`{key}`" for key in framework.horizons)
    return UserError(f"{framework.title} has no horizon “{shortened(text)}”.", f"It has: {known}.")


def _names(framework: Framework) -> Mapping[str, Horizon]:
    """Horizons by what people call them: `phase1` is Phase 1 and P1 as well."""
    names: dict[str, Horizon] = {}
    for one in framework.horizons.values():
        for name in (one.key, one.title, *_short_names(one.key)):
            names.setdefault(_compact(name), one)
    return names


def _short_names(key: str) -> tuple[str, ...]:
    match = re.fullmatch(r"([a-z]+)(\d+)", key)
    return (f"{_SHORT[match[1]]}{match[2]}",) if match and match[1] in _SHORT else ()


def _compact(text: str) -> str:
    return normal(text).replace(" ", "")
