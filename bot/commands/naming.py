"""Finding a framework's dashboard, funnel or attribution by what people call it; words for their buttons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from bot.errors import UserError, shortened
from bot.reply import Action, Actions, Bold, Reply, line
from bot.workspace import KpiRef, Use, Workspace, nearest, normal

MOST_CHOICES = 5
LONGEST_LABEL = 35
"""One line on a phone."""
_STEP = " → "


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


def which(kind: str, found: Sequence[RuleRef[Rule]], then: str = "") -> Reply:
    """A name that fits several asks which one is meant; `then` is put behind what its buttons ask."""
    said = f"{len(found)} {kind}s go by that name: which one?"
    shown = found[:MOST_CHOICES]
    several = len({one.use.framework.key for one in shown}) > 1
    lines = tuple(
        line(Bold(one.rule.title), f" · {one.use.framework.key.capitalize()}" if several else "")
        for one in shown
    )
    data = {"ambiguous": [one.path for one in found]}
    return Reply(said, (line(Bold(said)), *lines, Actions(choices(kind, shown, then))), data=data)


def choices(kind: str, refs: Sequence[RuleRef[Rule]], then: str = "") -> tuple[Action, ...]:
    """A button for each, with the framework's name where there are several; no two are called the same."""
    several = len({one.use.framework.key for one in refs}) > 1
    labels = [_label(kind, one, with_framework=several) for one in refs]
    for at, one in enumerate(refs):
        if labels.count(labels[at]) > 1:
            labels[at] = shortened(one.path, LONGEST_LABEL)
    return tuple(Action(label, f"{kind} {one.path}{then}") for label, one in zip(labels, refs, strict=True))


def _label(kind: str, one: RuleRef[Rule], *, with_framework: bool) -> str:
    """A title without the word for what it is; of a way through several steps the first and the last."""
    steps = one.rule.title.split(_STEP)
    title = _STEP.join((steps[0], steps[-1])) if len(steps) > 2 else one.rule.title
    without = " ".join(word for word in title.split() if word.casefold() != kind)
    name = f"{one.use.framework.key.capitalize()}: " if with_framework else ""
    return shortened(f"{name}{without or title}", LONGEST_LABEL)


def kpi_labels(refs: Sequence[KpiRef]) -> tuple[str, ...]:
    """Words for a button each: the name, before it what tells two of one name apart."""
    names = [ref.kpi.name for ref in refs]
    keys = [(ref.use.framework.key, ref.kpi.name) for ref in refs]
    labels = []
    for ref, name, key in zip(refs, names, keys, strict=True):
        section = ref.kpi.section.rsplit(" > ", 1)[-1]
        before = key[0].capitalize() if keys.count(key) == 1 else section
        labels.append(shortened(f"{before}: {name}" if names.count(name) > 1 else name, LONGEST_LABEL))
    return tuple(labels)
