"""`/kpi record nps 52 October survey`: a number that a person knows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self

from pydantic import Field

from bot.commands.base import Args, Command, Context
from bot.commands.kpi import unknown_kpi, which
from bot.errors import UserError
from bot.reply import Action, Actions, Bold, Reply, line, note
from bot.reports import words
from bot.workspace import KpiRef, Workspace
from kpi.metric import Labels
from kpi.quantity import QuantityFault, parse_value, print_value
from kpi.reading import entry_metric
from kpi.unit import BARE, Unit, unit
from storage import Session, audit, entries
from storage.entries import Entry

WRITERS = frozenset({"editor", "admin"})


class RecordArgs(Args):
    subject: str = Field(description="The KPI, or a metric such as github.stars.")
    value: str = Field(description="Its value as people write it: 52, 1.2M, 85 %, 90 min.")
    note: str = Field("", max_length=500, description="Where the number comes from.")

    usage: ClassVar[str] = "record nps 52 October survey"

    @classmethod
    def read(cls, words: tuple[str, ...]) -> Self:
        """The subject goes up to the first word that starts a value; the note is what follows it."""
        for at in range(1, len(words)):
            if any(char.isdigit() for char in words[at]) or words[at][:1] in "$€£-+":
                value, rest = _with_unit(words[at:])
                return cls(subject=" ".join(words[:at]), value=value, note=" ".join(rest))
        missing = "value" if words else "KPI and its value"
        raise UserError(f"The {missing} is missing.", f"Say `{cls.usage}`.")


_UNITS = frozenset(
    {"%", "ms", "s", "sec", "seconds", "min", "minutes", "h", "hours", "days", "x", "k", "m", "points"}
)


def _with_unit(words: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """A value whose unit stands apart keeps it: "90 min"."""
    if len(words) > 1 and words[1].casefold() in _UNITS:
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


def run(args: RecordArgs, ctx: Context) -> Reply:
    _refuse_reader(ctx)
    found = ctx.workspace.find_kpi(args.subject)
    if len(found) > 1:
        rest = f"{args.value} {args.note}".strip().replace("{", "{{").replace("}", "}}")
        return which(args.subject, found, f"record {{}} {rest}")
    subject = subject_of(args.subject, ctx.workspace)
    author = f"{ctx.invocation.surface}:{ctx.invocation.user}"
    given = Given(args.value, ctx.moment.now, author, note=args.note)
    value = store(ctx.session, subject, given, ctx.moment.now)
    shown = print_value(value, subject.unit)
    said = f"Recorded {subject.name} {shown} for {words.day(ctx.moment.today, ctx.moment.today)}."
    actions = (Actions((Action("Show it", subject.ref.path),)),) if subject.ref else ()
    hint = "A wrong number is mended by recording the right one; both are kept."
    return Reply(
        said, (line(Bold(said)), note(hint), *actions), data={"metric": subject.metric, "value": value}
    )


def subject_of(name: str, workspace: Workspace) -> Subject:
    """The KPI or metric that `name` means. Raises `UserError`."""
    if name in workspace.metrics:
        return Subject(name, unit(workspace.metrics[name].unit), name)
    found = workspace.find_kpi(name)
    if len(found) == 1:
        ref = found[0]
        return Subject(entry_metric(ref.use.framework.key, ref.kpi), ref.kpi.unit, ref.kpi.name, ref)
    if found:
        choices = ", ".join(f"`{ref.path}`" for ref in found)
        raise UserError(f"{len(found)} KPIs are called “{name}”.", f"Name one of {choices}.")
    if "." in name and " " not in name:
        return Subject(name, BARE, name)
    raise unknown_kpi(name, workspace)


def store(session: Session, subject: Subject, given: Given, now: datetime) -> float:
    """Keep the entry, its sample and who made it; returns the value in the subject's unit."""
    try:
        value = parse_value(given.value, subject.unit)
    except QuantityFault as fault:
        raise UserError(
            f"{subject.name}: {fault.message}.", f"{fault.hint[:1].upper()}{fault.hint[1:]}."
        ) from None
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
    entries.record(session, entry)
    audit.write(
        session, audit.Act(now, given.author, "record", subject.metric, after=given.value, note=given.note)
    )
    return value


def _refuse_reader(ctx: Context) -> None:
    """Once the workspace names editors, only they may write from chat."""
    if ctx.invocation.surface == "terminal" or not any(one.role in WRITERS for one in ctx.workspace.people):
        return
    person = ctx.workspace.person(ctx.invocation.surface, ctx.invocation.user)
    if person is None or person.role not in WRITERS:
        names = words.listing(tuple(one.name for one in ctx.workspace.people if one.role in WRITERS), 3)
        raise UserError(
            "You may read, not record.", f"Ask {names}, or an admin to make you an editor in kpi.yaml."
        )


COMMAND = Command(
    name="record",
    summary="Enter a number by hand, with a note.",
    example="record nps 52 October survey",
    args=RecordArgs,
    run=run,
    aliases=("enter",),
    writes=True,
)
