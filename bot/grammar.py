"""From words to a command and what it is told: exact forms first, then the way people talk.

One grammar for every surface. It knows commands only by what they declare, and it never guesses between KPIs:
a phrase names one exactly, once the words around the name are left away, or it is refused with the nearest.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from bot import windows
from bot.commands.base import Command, Subject
from bot.errors import UserError, shortened
from bot.phrases import (
    BETWEEN,
    ENDS,
    FILLERS,
    LEADING,
    STATES,
    TRAILING,
    ZONES,
    Words,
    about_alert,
    are_parted,
    bare,
    parts_between,
    tokens,
    without_ends,
    without_lead,
)
from bot.workspace import Workspace, headings_of, nearest, normal

Understood = tuple[Command, Words]

_WORD = re.compile(r'"([^"]+)"(?!\S)|“([^”]+)”(?!\S)|(\S+)')
_LONGEST_NAME = 12  # words; no KPI's name comes near it
_LONGEST_PHRASE = 40
"""Words of a phrase that are made sense of; beyond them only the exact forms count."""
_LONGEST_SLIP = 3
"""Words of a text whose first or last may be a mistyped command; a longer one is a sentence."""
_MOST_TRIES = 4


def clean(text: str) -> str:
    """Text without control, format and unassigned characters: they are never part of a name."""
    kept = "".join(
        " " if unicodedata.category(char) in {"Cc", "Zl", "Zp"} else char
        for char in text
        if unicodedata.category(char) not in {"Cf", "Cs", "Cn", "Co"}
    )
    return " ".join(kept.split())


def split(text: str) -> Words:
    """Words, with double quotes holding words together; a quote that never closes is just a character."""
    return tuple(next(filter(None, found)) for found in _WORD.findall(text))


def understand(text: str, workspace: Workspace, commands: Sequence[Command]) -> Understood:
    """The command that is meant and the words it is told.

    A command about KPIs is told each name as one word, and its window, where it takes one, as the last.
    Raises `UserError` for a mistyped command.
    """
    by_name = {name: one for one in commands for name in (one.name, *one.aliases)}
    grammar, words = _Grammar(workspace, by_name), split(text)
    if not words:
        return grammar.named("help"), ()
    words = about_alert(words) or words
    return grammar.exact(words) or grammar.natural(words) or grammar.refused(words)


@dataclass(frozen=True)
class _Grammar:
    """The names that words may have: commands and KPIs."""

    workspace: Workspace
    by_name: Mapping[str, Command]
    _looked_up: dict[str, bool] = field(default_factory=dict)

    def command(self, word: str) -> Command | None:
        return self.by_name.get(normal(word) or word)

    def named(self, name: str) -> Command:
        return self.by_name[name]

    def is_kpi(self, text: str) -> bool:
        """Whether `text` names KPIs exactly, of those too that this reader is refused."""
        if text not in self._looked_up:
            found = self.workspace.find_kpi(text) or self.workspace.refusal_for(text)
            self._looked_up[text] = bool(found)
        return self._looked_up[text]

    def exact(self, words: Words) -> Understood | None:
        """A command word and what follows it, or a KPI's exact name, with a window or without one."""
        command, kpi = self.command(words[0]), self._exact_kpi(words)
        if command is not None and self._is_only_polite(command, words):
            command = None
        if command is not None and (kpi is None or len(split(kpi[0])) == 1):
            return command, self._told(command, words[1:])
        return None if kpi is None else (self.named("kpi"), kpi)

    def _is_only_polite(self, command: Command, words: Words) -> bool:
        """A filler that is a command too: "show me stars", "show gates"; with a KPI it is the command."""
        if bare(words[0]) not in FILLERS or len(words) == 1:
            return False
        return bare(words[1]) in {"me", "us"} or self._about_kpis(command, words[1:]) is None

    def _exact_kpi(self, words: Words) -> Words | None:
        """The KPI's name and its window. Behind a path a window never ends the name."""
        cut = [(" ".join(rest), window) for rest, window in windows.splits(words) if rest]
        for name, window in cut:
            if [ref.path for ref in self.workspace.find_kpi(name)] == [name]:
                return name, window
        if self.is_kpi(" ".join(words)):
            return (" ".join(words),)
        return next(((name, window) for name, window in cut if self.is_kpi(name)), None)

    def natural(self, words: Words) -> Understood | None:
        """What a phrase asks once its fillers are left away."""
        rest = without_lead(words, ENDS)
        if not without_lead(rest, ENDS | STATES):
            return self._kpi_phrase(words) or self._overview(words)
        if len(rest) > _LONGEST_PHRASE:
            return None
        if rest != words and (found := self.exact(rest)):
            return found
        return (
            self._kpi_phrase(words)
            or self._place_phrase(rest)
            or self._command_inside(rest)
            or self._state_phrase(rest)
        )

    def _place_phrase(self, words: Words) -> Understood | None:
        """The name of a gate's phase, a framework or a section, and nothing else."""
        rest = without_ends(words, ENDS, ENDS)
        said = normal(" ".join(rest))
        gates = {end for ref in self.workspace.gates for end in (ref.gate.from_, ref.gate.key)}
        if (gate := self.command("gate")) and said.replace(" ", "") in gates:
            return gate, rest
        listed = self.command("list")
        return (listed, rest) if listed is not None and said and self._is_place(said) else None

    def _is_place(self, said: str) -> bool:
        """Whether it is a framework's key, a heading, in its normal spelling, or what `list` tells apart."""
        if said in {"measured", "unmeasured"}:
            return True
        frameworks = (normal(use.framework.key) for use in self.workspace.uses)
        return said in frameworks or any(said in headings_of(ref.kpi.section) for ref in self.workspace.kpis)

    def _overview(self, words: Words) -> Understood:
        """No KPI, "how are we doing?": where everything stands, or what is in the zone that is named."""
        zones = tuple(bare(word) for word in words if bare(word) in ZONES)
        if zones and (command := self.command("zones")):
            return command, zones[:1]
        listed = self.command("list") if any(map(normal, words)) else None  # mere punctuation asks nothing
        return listed or self.named("help"), ()

    def _kpi_phrase(self, words: Words) -> Understood | None:
        """One KPI, or several with a word between them, amid fillers alone."""
        for rest, window in _with_and_without_window(words):
            names = self._names(rest, FILLERS)
            if len(names) == 1:
                return self.named("kpi"), _ended(names, window)
            compare = self.command("compare")
            if len(names) > 1 and compare is not None and are_parted(rest):
                return compare, _ended(names, window)
        return None

    def _state_phrase(self, words: Words) -> Understood | None:
        for rest, window in _with_and_without_window(words):
            if len(names := self._names(rest, FILLERS | STATES)) == 1:
                return self.named("kpi"), _ended(names, window)
        return None

    def _command_inside(self, words: Words) -> Understood | None:
        """A command word behind what it is asked about: "phase 1 gate", "stars why". Only to look, never to
        change anything: what writes has to be said first."""
        inside = [(at, found) for at, word in enumerate(words) if at and (found := self.command(word))]
        inside = inside[:_MOST_TRIES]
        tries: tuple[Callable[[Command, Words], Words | None], ...] = (
            self._about_kpis,
            self._about_nothing,
            self._about_others,
        )
        for manner in tries:
            for at, command in inside:
                rest = (*words[:at], *words[at + 1 :])
                if not command.writes and (told := manner(command, rest)) is not None:
                    return command, told
        return None

    def _about_kpis(self, command: Command, rest: Words) -> Words | None:
        if not _is_about_kpis(command):
            return None
        parts = list(_with_and_without_window(rest)) if _takes_window(command) else [(rest, "")]
        for skipped in (FILLERS, FILLERS | STATES):
            for kept, window in parts:
                names = self._names(kept, skipped)
                if names and (len(names) > 1) == _takes_several(command):
                    return _ended(names, window)
        return None

    def _about_nothing(self, command: Command, rest: Words) -> Words | None:
        return () if not command.args.model_fields and not without_lead(rest) else None

    def _about_others(self, command: Command, rest: Words) -> Words | None:
        if _is_about_kpis(command) or not command.args.model_fields or command.name == "help":
            return None
        return self._told(command, rest)

    def _told(self, command: Command, words: Words) -> Words:
        """What `command` is told by the words behind it."""
        fields = command.args.model_fields
        if not words:
            return words
        if command.writes:  # what is written down stays as it was said
            return self._unled(words)
        if not _is_about_kpis(command):
            if not fields:
                return without_lead(words)
            return words if self._is_name(words) else without_ends(words, LEADING, TRAILING)
        if not _takes_several(command) and (exact := self._exact_kpi(words)) and len(exact) <= len(fields):
            return exact
        if (told := self._about_kpis(command, words)) is not None:
            return told
        rest, window = windows.split(words) if _takes_window(command) else (words, "")
        if _takes_several(command):
            return _ended(tuple(parts_between(rest)), window)
        _refuse_second_window(rest, window)
        return _ended((self._supposed_name(rest),), window)

    def _unled(self, words: Words) -> Words:
        """A KPI's name without the fillers before it; other words as they are."""
        while len(words) > 1 and bare(words[0]) in LEADING and self.is_kpi(" ".join(words[1:])):
            words = words[1:]
        return words

    def _trimmed(self, words: Words, dropped: frozenset[str] = ENDS) -> Words:
        """Without the fillers at both ends, unless a heading or a name begins or ends with them."""
        return words if self._is_name(words) else without_ends(words, dropped, dropped)

    def _is_name(self, words: Words) -> bool:
        text = " ".join(words)
        return self.is_kpi(text) or self._is_place(normal(text))

    def _supposed_name(self, words: Words) -> str:
        """What was probably meant as a name where nothing is called that."""
        return " ".join(self._trimmed(words, ENDS | STATES) or self._trimmed(words))

    def _names(self, words: Words, skipped: frozenset[str]) -> Words:
        """The fewest exact names that cover all words but those that may be skipped; empty where none do."""
        said = list(tokens(words))
        best: list[tuple[int, int, Words] | None] = [(0, 0, ()), *(None for _ in said)]
        for end in range(1, len(said) + 1):
            ways = []
            before = best[end - 1]
            if before is not None and (bare(said[end - 1]) in skipped | BETWEEN):
                ways.append((before[0], before[1] + 1, before[2]))
            for start in range(max(0, end - _LONGEST_NAME), end):
                known = best[start]
                name = " ".join(said[start:end])
                if known is not None and normal(name) and self.is_kpi(name):
                    cost = 3 if "," in said[start:end] else 1  # a comma rather stands between two names
                    ways.append((known[0] + cost, known[1], (*known[2], name.strip(" ,"))))
            # Fewer names first, but one rather than none: a filler may be a KPI's name.
            best[end] = min(ways, key=lambda way: (way[0] == 0, way[0], way[1]), default=None)
        found = best[-1]
        return found[2] if found is not None else ()

    def refused(self, words: Words) -> Understood:
        """A mistyped command is told so, unless the text looks like a KPI; everything else goes to KPIs."""
        text = " ".join(words)
        rest, window = windows.split(words)
        name = self._supposed_name(rest)
        self._refuse_unled(words)
        _refuse_second_window(rest, window)
        looks_like_kpi = self.is_kpi(text.rpartition(" ")[0]) or self.workspace.nearest_names(name)
        if name and not looks_like_kpi and len(words) <= _LONGEST_SLIP:
            self._refuse_near_command(text, words)
        return self.named("kpi"), _ended((name,), window)

    def _refuse_unled(self, words: Words) -> None:
        """A command that changes something is not obeyed from the middle of a phrase."""
        for at, word in enumerate(words[:_LONGEST_PHRASE]):
            command = self.command(word)
            rest = (*words[:at], *words[at + 1 :])
            if not at or command is None or not command.writes:
                continue
            if self._names(rest, FILLERS | STATES) or self._names(words[:at], FILLERS):
                raise UserError(
                    f"`{command.name}` has to come first.", f"It changes something: `{command.example}`."
                )

    def _refuse_near_command(self, text: str, words: Words) -> None:
        names = {name: name for name in self.by_name if name != "kpi"}
        for word in dict.fromkeys((words[0], words[-1])):
            if close := nearest(normal(word)[:100], names):
                raise UserError(
                    f"No command or KPI “{shortened(text)}”.",
                    f"Nearest: `{close[0]}`. `help` shows them all.",
                )


def _refuse_second_window(words: Words, window: str) -> None:
    if window and windows.split(words)[1]:
        raise UserError("That names two stretches of days.", "Ask for one of them: `stars last week`.")


def _is_about_kpis(command: Command) -> bool:
    return command.args.about in (Subject.KPI, Subject.KPIS)


def _takes_several(command: Command) -> bool:
    return command.args.about is Subject.KPIS


def _takes_window(command: Command) -> bool:
    return "window" in command.args.model_fields


def _with_and_without_window(words: Words) -> Iterator[tuple[Words, str]]:
    yield words, ""
    yield from islice(windows.splits(words), _MOST_TRIES)


def _ended(names: Words, window: str) -> Words:
    """Names, and a window behind them; empty words are none."""
    return tuple(word for word in (*names, window) if word)
