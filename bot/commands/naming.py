"""Finding a framework's dashboard, funnel or attribution by what people call it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from bot.errors import UserError, shortened
from bot.reply import Action, Actions, Bold, Reply, line
from bot.workspace import Use, Workspace, nearest, normal

MOST_CHOICES = 5
LONGEST_LABEL = 70


class Named(Protocol):
    """A rule of a framework that has a key and a title."""

    @property
    def key(self) -> str: ...

    @property
    def title(self) -> str: ...


T_co = TypeVar("T_co", bound=Named, covariant=True)
Rule = TypeVar("Rule", bound=Named)


@dataclass(frozen=True, slots=True)
class RuleRef(Generic[T_co]):
    """One rule of one framework in use."""

    use: Use
    rule: T_co

    @property
    def path(self) -> str:
        return f"{self.use.framework.key} {self.rule.key}"


def find(
    kind: str, text: str, rules: Sequence[RuleRef[Rule]], workspace: Workspace
) -> tuple[RuleRef[Rule], ...]:
    """The rules that `text` means: a key or title, words of one, a framework, or both; "" means all.

    Raises `UserError` with those there are.
    """
    frameworks = {normal(use.framework.key): use.framework for use in workspace.uses}
    said = [word for word in normal(text).split() if word not in {kind, f"{kind}s"}]
    named = {word for word in said if word in frameworks}
    rest = " ".join(word for word in said if word not in named)
    among = [one for one in rules if not named or normal(one.use.framework.key) in named]
    if named and not among:
        titles = ", ".join(frameworks[word].title for word in sorted(named))
        raise UserError(f"{titles} states no {kind}.", _known(kind, rules))
    found = [one for one in among if rest in _names(kind, one.rule)] or [
        one for one in among if set(rest.split()) <= _words(one.rule)
    ]
    if not found:
        raise UserError(f"No {kind} “{shortened(text)}”.", _nearest(kind, rest, rules))
    return tuple(found)


def _names(kind: str, rule: Named) -> set[str]:
    """A key or title in full, with or without the word that says what it is."""
    names = {normal(rule.key), normal(rule.title)}
    return names | {" ".join(word for word in name.split() if word != kind) for name in names}


def _words(rule: Named) -> set[str]:
    return set(f"{normal(rule.key)} {normal(rule.title)}".split())


def _known(kind: str, rules: Sequence[RuleRef[Rule]]) -> str:
    if not rules:
        return f"No framework in use states a {kind}."
    names = [f"`{kind} {one.path}`" for one in rules[:MOST_CHOICES]]
    more = f" and {len(rules) - len(names)} more: `{kind}s`" if len(rules) > len(names) else ""
    return f"There {'is' if len(rules) == 1 else 'are'}: {', '.join(names)}{more}."


def _nearest(kind: str, text: str, rules: Sequence[RuleRef[Rule]]) -> str:
    shown = {name: one.path for one in rules for name in (normal(one.rule.key), normal(one.rule.title))}
    close = nearest(text[:100], shown)
    return f"Nearest: {', '.join(f'`{kind} {one}`' for one in close)}." if close else _known(kind, rules)


def which(kind: str, found: Sequence[RuleRef[Rule]]) -> Reply:
    """A name that fits several asks which one is meant."""
    said = f"{len(found)} {kind}s go by that name: which one?"
    shown = found[:MOST_CHOICES]
    lines = tuple(line(Bold(one.rule.title), f" · {one.use.framework.title}") for one in shown)
    several = len({one.use.framework.key for one in shown}) > 1
    labels = (
        f"{one.use.framework.key.capitalize()}: {one.rule.title}" if several else one.rule.title
        for one in shown
    )
    asks = tuple(
        Action(label[:LONGEST_LABEL], f"{kind} {one.path}") for label, one in zip(labels, shown, strict=True)
    )
    return Reply(said, (line(said), *lines, Actions(asks)), data={"ambiguous": [one.path for one in found]})
