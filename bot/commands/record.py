"""`/kpi record nps 52 October survey`: a number that a person knows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from difflib import get_close_matches
from typing import ClassVar, Self

from pydantic import Field

from bot import access, windows
from bot.commands.base import Args, Command, Context, Group
from bot.commands.kpi import unknown_kpi, which
from bot.commands.retyped import UNITS, prose
from bot.errors import UserError, shortened
from bot.reply import Action, Actions, Block, Bold, Reply, line, note
from bot.reports import asks, words
from bot.workspace import KpiRef, Workspace
from kpi.asking import Term
from kpi.calendar import day_of, day_start
from kpi.metric import Labels
from kpi.plausible import MOST_LOOKED_AT, doubted
from kpi.quantity import QuantityFault, parse_value, print_value
from kpi.reading import entry_metric
from kpi.unit import BARE, Unit, unit
from storage import Session, asking, audit, entries, samples
from storage.asking import State
from storage.entries import Entry

SURE = "!"
"""Behind a value: it is meant so, however far it is from the others."""

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DAY = re.compile(rf"\d{{4}}-\d{{1,2}}-\d{{1,2}}|\d{{1,2}} {_MONTH}(?: \d{{4}})?", re.I | re.A)
_NEAR = re.compile(r"today|yesterday", re.I)


class RecordArgs(Args):
    subject: str = Field(description="The KPI, or a metric such as github.stars.")
    value: str = Field(description="Its value as people write it: 52, 1.2M, 85 %, 90 min; 520! is meant so.")
    day: str = Field("", description="The day it is for, where that is not today: for 31 Oct, 2026-10-31.")
    note: str = Field("", max_length=500, description="Where the number comes from.")

    usage: ClassVar[str] = "record nps 52 October survey"

    @property
    def is_sure(self) -> bool:
        """Whether whoever says so means it, however far from the others: `520!`."""
        return self.value.rstrip().endswith(SURE)

    @property
    def plain_value(self) -> str:
        return self.value.rstrip(f"{SURE} ")

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
        day, rest = day_behind(rest)
        return cls(subject=" ".join(words[:at]), value=value, day=day, note=" ".join(rest).strip())

    def named_in(self, workspace: Workspace) -> Self:
        """The same words, split behind the longest KPI name they begin with: names hold digits too. Behind a
        path a number never ends the name."""
        if any(ref.path == self.subject for ref in workspace.find_kpi(self.subject)):
            return self
        on = f"for {self.day}" if self.day else ""
        words = f"{self.subject} {self.value} {on} {self.note}".split()
        for at in range(len(words) - 1, len(self.subject.split()), -1):
            name = " ".join(words[:at])
            if _starts_value(words[at]) and (workspace.find_kpi(name) or workspace.find_withheld(name)):
                return self.split(words, at)
        return self


def _starts_value(word: str) -> bool:
    return any(char.isdigit() for char in word) or word[:1] in "$€£"


def _with_unit(words: Sequence[str]) -> tuple[str, Sequence[str]]:
    """A value whose unit stands apart keeps it: "90 min"."""
    if len(words) > 1 and words[1].casefold().rstrip(SURE) in UNITS | {""}:
        return f"{words[0]} {words[1]}", words[2:]
    return words[0], words[1:]


def day_behind(words: Sequence[str]) -> tuple[str, Sequence[str]]:
    """The day at the beginning, and the words behind it: `for 31 Oct`, `for yesterday`, 2026-10-31."""
    start = 1 if words and words[0].casefold() == "for" else 0
    for length in (3, 2, 1):
        said = " ".join(words[start : start + length])
        if len(words) >= start + length and (_DAY.fullmatch(said) or (start and _NEAR.fullmatch(said))):
            return said, words[start + length :]
    return "", words


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
    args, found = understood(args, ctx)
    if len(found) > 1:
        return which(args.subject, found, retyped("record {}", args))
    subject = subject_of(args.subject, ctx.workspace)
    at = instant_of(args.day, ctx)
    value = parsed(args.plain_value, subject)
    strange = "" if args.is_sure else strangeness(ctx, subject, value, at)
    return kept(args, ctx, subject=subject, at=at, strange=strange)


def understood(args: RecordArgs, ctx: Context) -> tuple[RecordArgs, tuple[KpiRef, ...]]:
    """What is told, and the KPIs that it may be about. Raises `UserError` where the person may not."""
    access.require("record", ctx.workspace, ctx.invocation)
    args = args.named_in(ctx.workspace)
    return args, ctx.workspace.find_kpi(args.subject)


def retyped(command: str, args: RecordArgs) -> str:
    """The words again, behind a command that names the KPI."""
    on = f" for {args.day}" if args.day else ""
    return f"{command} {args.value}{on} {prose(args.note)}".strip()


def instant_of(day: str, ctx: Context) -> datetime:
    """Now for today, the noon of an earlier day. Raises `UserError` for one that is none or still to come."""
    if not day:
        return ctx.moment.now
    window = windows.resolve(day, ctx.moment.today)
    return noon_of(window.start, ctx)


def noon_of(day: date, ctx: Context) -> datetime:
    """When a number of that day was true: it lies on that day whatever the clocks do."""
    if day == ctx.moment.today:
        return ctx.moment.now
    return datetime.combine(day, time(12), ctx.moment.zone).astimezone(UTC)


def kept(args: RecordArgs, ctx: Context, *, subject: Subject, at: datetime, strange: str = "") -> Reply:
    """Keeps it and says so; where it is far from the others, in plain words how far."""
    request = asking.of(ctx.session, subject.ref.path) if subject.ref else None
    given = Given(args.plain_value, at, ctx.author, note=args.note, place=ctx.place)
    value = store(ctx.session, subject, given, ctx.moment.now)
    on = words.day(day_of(at, ctx.moment.zone), ctx.moment.today)
    said = f"Recorded {_shown(value, subject)} for {on}."
    blocks: list[Block] = [line(Bold(said))]
    if strange:
        blocks.append(line(f"{strange} Is it right?"))
    blocks.append(note(_hint(subject, args)))
    if subject.ref is not None:
        blocks.append(Actions((Action("Show it", subject.ref.path),)))
    if request is not None and request.is_open:
        blocks += _next_ones(ctx)
    data: dict[str, object] = {"metric": subject.metric, "value": value}
    return Reply(said, tuple(blocks), data={**data, "doubt": strange} if strange else data)


def _next_ones(ctx: Context) -> Iterator[Block]:
    """What else the same person is asked for."""
    by = ctx.invocation
    person = ctx.workspace.person(by.surface, by.user)
    view = asks.View(ctx.workspace, ctx.moment, person.name if person else "")
    yield from asks.waiting_lines(asks.waiting_for(ctx.session, view, surface=by.ledger, user=by.user), view)


def strangeness(ctx: Context, subject: Subject, value: float, at: datetime) -> str:
    """What is strange about a KPI's value after those of earlier days, as a sentence; empty where nothing is.

    The values of a metric are its source's own business.
    """
    if subject.ref is None:
        return ""
    zone, kpi = ctx.moment.zone, subject.ref.kpi
    before = day_start(day_of(at, zone), zone)
    found = asking.earlier(ctx.session, subject.metric, before=before, most=MOST_LOOKED_AT)
    goals = [one.goal.value for one in kpi.targets.values() if one.goal.value is not None]
    doubt = doubted(value, [one for _, one in found], is_share=kpi.unit.name == "%", also=goals)
    if doubt is None:
        return ""
    days = [day_of(when, zone) for when, one in found if one == doubt.against]
    return asks.doubt_words(doubt, value, kpi.unit, words.day(days[-1], ctx.moment.today) if days else "")


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


def parsed(text: str, subject: Subject) -> float:
    """The value in the subject's unit. Raises `UserError` where it is none, or cannot be."""
    try:
        value = parse_value(text, subject.unit)
    except QuantityFault as fault:
        raise _misfit(text, subject, fault) from None
    _refuse_negative(value, subject)
    return value


def store(session: Session, subject: Subject, given: Given, now: datetime) -> float:
    """Keep the entry, its sample and who made it; returns the value in the subject's unit.

    Whoever is asked for the number is asked no more.
    """
    value = parsed(given.value, subject)
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
    _answer(session, subject, given, now)
    return value


def _answer(session: Session, subject: Subject, given: Given, now: datetime) -> None:
    """Closes the request that the entry answers: one for its period, or for an earlier one."""
    if subject.ref is None:
        return
    request, day = asking.of(session, subject.ref.path), day_of(given.at, subject.ref.use.plan.zone)
    if request is not None and request.is_open and day >= Term.of(request.period).first:
        asking.settle(session, request.kpi, request.period, state=State.ENTERED, at=now, by=given.author)


COMMAND = Command(
    name="record",
    summary="Enter a number by hand, with a note.",
    example="record nps 52 October survey",
    args=RecordArgs,
    run=run,
    writes=True,
    group=Group.CHANGE,
)
