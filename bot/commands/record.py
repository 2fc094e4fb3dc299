"""`/kpi record nps 52 October survey`: a number that a person knows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import ClassVar, Self

from pydantic import Field

from bot import access
from bot.commands.base import Args, Command, Context, Group
from bot.commands.kpi import unknown_kpi, which
from bot.commands.retyped import UNITS, prose
from bot.errors import UserError, shortened
from bot.reply import Action, Actions, Bold, Reply, line, note
from bot.reports import words
from bot.workspace import KpiRef, Workspace
from kpi.metric import Labels
from kpi.quantity import QuantityFault, parse_value, print_value
from kpi.reading import entry_metric
from kpi.unit import BARE, Unit, unit
from storage import Session, audit, entries, samples
from storage.entries import Entry


class RecordArgs(Args):
    subject: str = Field(description="The KPI, or a metric such as github.stars.")
    value: str = Field(description="Its value as people write it: 52, 1.2M, 85 %, 90 min.")
    note: str = Field("", max_length=500, description="Where the number comes from.")

    usage: ClassVar[str] = "record nps 52 October survey"

    @classmethod
    def read(cls, words: tuple[str, ...]) -> Self:
        """The subject goes up to the first word that starts a value; the note is what follows it."""
        for at in range(1, len(words)):
            if _starts_value(words[at]):
                return cls.split(words, at)
        if not words:
            raise UserError("The KPI and its value are missing.", f"Say `{cls.usage}`.")
        raise UserError(f"“{shortened(' '.join(words))}” holds no number.", f"Say `{cls.usage}`.")

    @classmethod
    def split(cls, words: Sequence[str], at: int) -> Self:
        """The arguments where the value starts with the word at `at`."""
        value, rest = _with_unit(words[at:])
        return cls(subject=" ".join(words[:at]), value=value, note=" ".join(rest).strip())

    def named_in(self, workspace: Workspace) -> RecordArgs:
        """The same words, split behind the longest KPI name they begin with: names hold digits too. Behind a
        path a number never ends the name."""
        if any(ref.path == self.subject for ref in workspace.find_kpi(self.subject)):
            return self
        words = f"{self.subject} {self.value} {self.note}".split()
        for at in range(len(words) - 1, len(self.subject.split()), -1):
            name = " ".join(words[:at])
            if _starts_value(words[at]) and (workspace.find_kpi(name) or workspace.find_withheld(name)):
                return self.split(words, at)
        return self


def _starts_value(word: str) -> bool:
    return any(char.isdigit() for char in word) or word[:1] in "$€£"


def _with_unit(words: Sequence[str]) -> tuple[str, Sequence[str]]:
    """A value whose unit stands apart keeps it: "90 min"."""
    if len(words) > 1 and words[1].casefold() in UNITS:
        return f"{words[0]} {words[1]}", words[2:]
    return words[0], words[1:]


@dataclass(frozen=True, slots=True)
class Subject:
    """What an entry is for: the metric it is stored under, the unit it is read in, and its name."""

    metric: str
    unit: Unit
    name: str
    ref: KpiRef | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """An entry as somebody made it."""

    value: str
    at: datetime
    author: str
    labels: Labels = ()
    note: str = ""
    place: str = access.TERMINAL  # from where


def run(args: RecordArgs, ctx: Context) -> Reply:
    access.require("record", ctx.workspace, ctx.invocation)
    args = args.named_in(ctx.workspace)
    found = ctx.workspace.find_kpi(args.subject)
    if len(found) > 1:
        return which(args.subject, found, f"record {{}} {args.value} {prose(args.note)}".strip())
    subject = subject_of(args.subject, ctx.workspace)
    given = Given(args.value, ctx.moment.now, ctx.author, note=args.note, place=ctx.place)
    value = store(ctx.session, subject, given, ctx.moment.now)
    said = f"Recorded {_shown(value, subject)} for {words.day(ctx.moment.today, ctx.moment.today)}."
    actions = (Actions((Action("Show it", subject.ref.path),)),) if subject.ref else ()
    return Reply(
        said,
        (line(Bold(said)), note(_hint(subject, args)), *actions),
        data={"metric": subject.metric, "value": value},
    )


def _shown(value: float, subject: Subject) -> str:
    """The name and the value as it was understood: "Pipeline Value $1.2M"."""
    return f"{subject.name}: {print_value(value, subject.unit)}"


def _hint(subject: Subject, args: RecordArgs) -> str:
    kept = f"Note: {args.note}. " if args.note else ""
    if subject.ref is not None and subject.ref.kpi.measure is not None:
        return f"{kept}It shows while {subject.ref.kpi.measure} has no number: a measured one comes first."
    return f"{kept}A wrong number is mended by recording the right one; both are kept."


def subject_of(name: str, workspace: Workspace) -> Subject:
    """The KPI or metric that `name` means. Raises `UserError`."""
    if known := workspace.metrics.get(name.casefold()):
        return Subject(known.name, unit(known.unit), known.name)
    found = workspace.find_kpi(name)
    if len(found) == 1:
        ref = found[0]
        return Subject(entry_metric(ref.use.framework.key, ref.kpi), ref.kpi.unit, ref.kpi.name, ref)
    if found:
        choices = ", ".join(f"`{workspace.own_name(ref).lower()}`" for ref in found)
        raise UserError(f"{len(found)} KPIs are called “{name}”.", f"Name one of {choices}.")
    if refused := _withheld(name, workspace):
        raise refused
    if _METRIC.fullmatch(name):
        _refuse_misspelt(name, workspace)
        return Subject(name, BARE, name)
    raise unknown_kpi(name, workspace)


_METRIC = re.compile(r"[A-Za-z_]\w*(\.\w+)+", re.ASCII)


def _withheld(name: str, workspace: Workspace) -> UserError | None:
    """The refusal for a KPI that is not shown to whoever asks, or the metric its entries are kept under."""
    kept_under = {entry_metric(ref.use.framework.key, ref.kpi): ref for ref in workspace.withheld_kpis}
    ref = kept_under.get(name.casefold())
    return workspace.refusal_for(name if ref is None else ref.path)


def _refuse_misspelt(name: str, workspace: Workspace) -> None:
    """A name of its own starts a new metric; one that is a letter off another was meant to be that one."""
    known = {ref.kpi.key for ref in workspace.kpis} | set(workspace.metrics)
    if close := get_close_matches(name, known, n=1, cutoff=0.9):
        raise UserError(f"No metric or KPI “{shortened(name)}”.", f"Nearest: `{close[0]}`.")


_BELOW_ZERO = frozenset({"points", "point", "nps"})
"""What is counted in these goes below zero: scores, and differences of shares."""


def _misfit(given: str, subject: Subject, fault: QuantityFault) -> UserError:
    """The refusal of a value, which is quoted whole, with one that would do."""
    why = re.sub(r"'([^']*)'", r"“\1”", fault.message)
    whole = f"“{shortened(given.strip())}”"
    said = why if whole in why else f"{whole} is no value: {why}"
    return UserError(f"{subject.name}: {said}.", f"Write a number like {print_value(8.0, subject.unit)}.")


def _refuse_negative(value: float, subject: Subject) -> None:
    """There are no fewer than no stars, and nothing takes less than no time; money and shares may."""
    counted = subject.unit
    is_of_things = counted.kind == "count" and not (counted.is_bare or counted.is_rate)
    is_amount = is_of_things and counted.name.casefold() not in _BELOW_ZERO
    if value < 0 and (is_amount or counted.kind in ("time", "bytes", "score")):
        raise UserError(
            f"{subject.name}: {print_value(value, counted)} is less than nothing.",
            f"Write how many {counted.name} there are; a difference is a KPI with no unit.",
        )


def store(session: Session, subject: Subject, given: Given, now: datetime) -> float:
    """Keep the entry, its sample and who made it; returns the value in the subject's unit."""
    try:
        value = parse_value(given.value, subject.unit)
    except QuantityFault as fault:
        raise _misfit(given.value, subject, fault) from None
    _refuse_negative(value, subject)
    entry = Entry(
        metric=subject.metric,
        at=given.at,
        value=value,
        labels=given.labels,
        text=given.value,
        note=given.note,
        author=given.author,
        recorded_at=now,
    )
    earlier = samples.newest(session, [subject.metric]).get(subject.metric)
    before = "" if earlier is None else f"{earlier.value:.15g}"
    entries.record(session, entry)
    made = audit.Act(
        now, given.author, "record", subject.metric, before, given.value, given.note, given.place
    )
    audit.write(session, made)
    return value


COMMAND = Command(
    name="record",
    summary="Enter a number by hand, with a note.",
    example="record nps 52 October survey",
    args=RecordArgs,
    run=run,
    aliases=("enter",),
    writes=True,
    group=Group.CHANGE,
)
