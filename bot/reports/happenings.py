"""What happened, and on which charts it is told: notes by hand, releases, deployments, incidents, campaigns.

A note is of what its author named. What a source tells of matters to the KPIs that the source measures, or
to those that `marks` of kpi.yaml names for its kind: whoever may see none of them hears nothing of it. What
two sources tell of is told once, and a day of many deployments is one mark.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from bot.languages import said, said_of
from bot.reports import words
from bot.workspace import KpiRef, Source, Workspace, normal
from kpi.aggregate import Query
from kpi.calendar import Moment, day_of, day_start
from kpi.reading import measures_of
from storage import Session
from storage.annotations import NOTE, Annotation, between, newest, told_by

FEW = 5
"""How many of one kind are told one by one on a day; of more only the number."""
MOST_KEPT = 20
"""As many of one kind are kept of a source's day: there may have been more."""
MOST_READ = 2_000
"""How many of the newest a list looks at."""
_TWICE = timedelta(days=1)  # within it one thing told by two sources is the same thing
_FOLDED = "folded"
_ASIDE = re.compile(r"\s\([^()]*\)$")  # how bad an incident was, in the words of its source
_ORDER = (NOTE, "incident", "release", "campaign", "deployment")
"""What is kept where there is no room for all, the first of all what people wrote."""


def around(
    session: Session, workspace: Workspace, refs: Sequence[KpiRef], days: tuple[date, date], moment: Moment
) -> tuple[Annotation, ...]:
    """All that may matter to one or another of these KPIs, not yet told apart; one statement."""
    start, end = day_start(days[0], moment.zone), day_start(days[1] + timedelta(days=1), moment.zone)
    return tuple(between(session, subjects(refs, workspace), start, end, as_of=moment.as_of))


def read(
    session: Session, workspace: Workspace, refs: Sequence[KpiRef], days: tuple[date, date], moment: Moment
) -> tuple[Annotation, ...]:
    """What matters to any of these KPIs from the first of `days` to the last, oldest first; one statement."""
    return sifted(around(session, workspace, refs, days, moment), refs, workspace, moment.zone)


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest of what matters, oldest first and many of one day as one; how many these are, and whether
    that is all there is."""

    found: tuple[Annotation, ...]
    count: int
    is_all: bool


def latest(
    session: Session, workspace: Workspace, refs: Sequence[KpiRef], moment: Moment, kind: str = ""
) -> Latest:
    """The newest that matter to any of these KPIs; of one kind, or of all. One statement."""
    until = None if moment.as_of is None else moment.now
    of = subjects(refs, workspace)
    read = newest(session, of, most=MOST_READ, until=until, as_of=moment.as_of)
    every = [one for one in _once(_mattering(read[::-1], refs, workspace)) if not kind or one.kind == kind]
    return Latest(_in_order(_folded(every, moment.zone)), len(every), len(read) < MOST_READ)


def told(
    session: Session, workspace: Workspace, refs: Sequence[KpiRef], days: tuple[date, date], moment: Moment
) -> tuple[str, ...]:
    """What happened on these days to what is measured, a line each, oldest first: "12 Nov: Show HN"."""
    return tuple(line(one, moment) for one in read(session, workspace, refs, days, moment))


def line(one: Annotation, moment: Moment) -> str:
    """One line of a list: its day and what it was."""
    return f"{words.day(day_of(one.at, moment.zone), moment.day)}: {worded(one)}"


def worded(one: Annotation, text: str = "") -> str:
    """What happened, with its kind: `release “v1.2”`. `text` stands for its own where there is less room."""
    text = text or " ".join(one.text.split())
    if one.kind == NOTE or one.reference == _FOLDED:
        return text
    return said("{kind} “{text}”", kind=kind_word(one.kind), text=text)


def kind_word(kind: str) -> str:
    """A kind in the language in force."""
    known = {
        "release": said("release"),
        "deployment": said("deployment"),
        "incident": said("incident"),
        "campaign": said("campaign"),
    }
    return known.get(kind, said("note"))


def counted(kind: str, count: int) -> str:
    """So many of a kind; of no kind, so many notes."""
    match kind:
        case "release":
            return said_of(count, "{count} release", "{count} releases")
        case "deployment":
            return said_of(count, "{count} deployment", "{count} deployments")
        case "incident":
            return said_of(count, "{count} incident", "{count} incidents")
        case "campaign":
            return said_of(count, "{count} campaign", "{count} campaigns")
    return said_of(count, "{count} note", "{count} notes")


def foremost(found: Sequence[Annotation], most: int) -> tuple[Annotation, ...]:
    """At most so many of them, oldest first: what people wrote before what sources told, the newest before
    the older."""
    order = {kind: at for at, kind in enumerate(_ORDER)}

    def weight(one: Annotation) -> tuple[int, float]:
        return order.get(one.kind, 0) if one.source or one.reference else 0, -one.at.timestamp()

    return _in_order(sorted(found, key=weight)[:most])


def subjects(refs: Iterable[KpiRef], workspace: Workspace) -> list[str]:
    """Under what storage keeps all that may matter to these KPIs."""
    sources = _sources(refs, workspace, is_any=bool(workspace.marks))
    return sorted(_own(refs) | {told_by(name) for name in sources})


def _own(refs: Iterable[KpiRef]) -> set[str]:
    """What people may name in a note that matters to these KPIs."""
    return {"", *(name for ref in refs for name in (ref.use.framework.key, ref.path))}


def sifted(
    found: Iterable[Annotation], refs: Sequence[KpiRef], workspace: Workspace, zone: ZoneInfo
) -> tuple[Annotation, ...]:
    """Of what was found those that matter to one of these KPIs, each once, and many of one day as one."""
    return _in_order(_folded(_once(_mattering(found, refs, workspace)), zone))


def _mattering(
    found: Iterable[Annotation], refs: Sequence[KpiRef], workspace: Workspace
) -> Iterator[Annotation]:
    """Those that matter to one of these KPIs."""
    own, sources = _own(refs), _sources(refs, workspace)
    for one in found:
        marked = workspace.marks.get(one.kind)
        if not one.source:
            is_about = one.subject in own
        else:
            is_about = one.source in sources if marked is None else not marked.isdisjoint(own)
        if is_about:
            yield one


def _in_order(found: Iterable[Annotation]) -> tuple[Annotation, ...]:
    return tuple(sorted(found, key=lambda one: one.at))


def _sources(refs: Iterable[KpiRef], workspace: Workspace, *, is_any: bool = False) -> set[str]:
    """The sources that measure one of these KPIs; with `is_any` all there are."""
    if is_any:
        return {one.name for one in workspace.sources}
    queries = {
        query
        for ref in refs
        for measure in measures_of(ref.use.framework.key, ref.kpi)
        for query in measure.queries
    }
    return {one.name for one in workspace.sources if any(_measures(one, query) for query in queries)}


def _measures(source: Source, query: Query) -> bool:
    """Whether a query reads what this source brings: of two of one vendor their labels say which it means."""
    own = dict(source.labels)
    return query.metric in source.metrics and all(own.get(name, told) == told for name, told in query.filters)


def _once(found: Iterable[Annotation]) -> Iterator[Annotation]:
    """Each thing once, though two sources tell of it, or a source and a person, whose words then stay."""
    known: dict[tuple[str, str], list[Annotation]] = defaultdict(list)
    for one in sorted(found, key=lambda one: (bool(one.source), one.at)):
        same = known[one.kind, _name(one)]
        if one.source and any(_is_again(one, other) for other in same):
            continue
        same.append(one)
        yield one


def _is_again(one: Annotation, other: Annotation) -> bool:
    return one.source != other.source and abs(one.at - other.at) <= _TWICE


def _name(one: Annotation) -> str:
    """What tells one thing from another of its kind: of a release its version, whatever else it is called."""
    parts = one.text.split() if one.kind == "release" else ()
    return next(filter(None, map(_version, parts)), "") or normal(_ASIDE.sub("", one.text))


def _version(word: str) -> str:
    """The number in `v2.1:`; empty where it is none."""
    digits = word.strip(":,()").removeprefix("v")
    return digits if digits[:1].isdecimal() and "." in digits else ""


def _folded(found: Iterable[Annotation], zone: ZoneInfo) -> Iterator[Annotation]:
    """What people wrote, and of what sources told of a kind on a day no more than a few, or their number."""
    days: dict[tuple[str, date], list[Annotation]] = defaultdict(list)
    for one in found:
        if one.source:
            days[one.kind, day_of(one.at, zone)].append(one)
        else:
            yield one
    for (kind, _), some in days.items():
        if len(some) <= FEW:
            yield from some
            continue
        number = counted(kind, len(some))
        if max(Counter(one.source for one in some).values()) >= MOST_KEPT:
            number = said("{number} or more", number=number)
        yield replace(some[0], text=number, reference=_FOLDED, url="")
