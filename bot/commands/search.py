"""`/kpi search revenue`: the KPIs whose name, section, source or measure speaks of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from pydantic import Field

from bot.commands.base import Args, Command, Context
from bot.commands.cells import same_time
from bot.commands.naming import kpi_labels
from bot.errors import UserError, shortened
from bot.reply import Action, Actions, Block, Bold, Note, Reply, line, marked, note
from bot.reports import words
from bot.reports.rows import beside, nothing, small_print
from bot.reports.snapshot import Snapshot, load
from bot.reports.standing_words import state_mark, value_words
from bot.workspace import KpiRef, Workspace, nearest, normal

MOST_SHOWN = 15
_BUTTONS = 5


class SearchArgs(Args):
    words: str = Field(
        "",
        description="What to look for: words of a name, an alias, a section, a source, a note or a measure.",
    )

    usage: ClassVar[str] = "search revenue"


@dataclass(frozen=True, slots=True)
class Hit:
    """A KPI that speaks of every word, in which of its parts, and how well it fits: less is better."""

    ref: KpiRef
    where: str
    rank: int


def run(args: SearchArgs, ctx: Context) -> Reply:
    wanted = normal(args.words)
    if not wanted:
        raise UserError("What is to be looked for is missing.", f"Say `{args.usage}`.")
    hits = find(wanted, ctx.workspace)
    if not hits:
        raise _nothing(args.words, wanted, ctx.workspace)
    refs = tuple(hit.ref for hit in hits)
    snapshot = load(ctx.session, ctx.workspace, ctx.moment, refs, known_by=ctx.known_by)
    said = f"{words.count(len(hits), 'KPI')} for “{shortened(args.words)}”."
    blocks: list[Block] = [line(Bold(said)), *_lines(hits, snapshot)]
    if len(hits) > MOST_SHOWN:
        blocks.append(Note(marked(f"{len(hits) - MOST_SHOWN} more: add a word, or a framework.")))
    blocks.append(note(small_print(refs[:MOST_SHOWN], snapshot)))
    labels, then = kpi_labels(refs[:_BUTTONS]), same_time(ctx.moment)
    asks = (Action(label, f"{ref.path}{then}") for label, ref in zip(labels, refs, strict=False))
    blocks.append(Actions(tuple(asks)))
    return Reply(said, tuple(blocks), data={"kpis": [_data(hit, snapshot) for hit in hits]})


def find(wanted: str, workspace: Workspace) -> list[Hit]:
    """The KPIs that speak of every word of `wanted`, in its normal spelling; the best first."""
    found = [hit for ref in workspace.kpis if (hit := _hit(wanted, ref))]
    return sorted(found, key=lambda hit: hit.rank)


def _hit(wanted: str, ref: KpiRef) -> Hit | None:
    """How `ref` speaks of it: by its whole name, by words of its name, by beginnings of them, elsewhere.

    A word that names the framework or the section only narrows the search.
    """
    parts = _parts(ref)
    names = [normal(name) for name in (ref.kpi.name, *ref.kpi.aliases)]
    if wanted in names:
        return Hit(ref, "name", 0)
    asked = wanted.split()
    for rank, (where, text) in enumerate(parts, start=1):
        place = f"{normal(ref.use.framework.key)} {normal(ref.kpi.section)}".split() if rank < 4 else []
        said = text.split()
        if any(word in said for word in asked) and all(word in (*said, *place) for word in asked):
            return Hit(ref, where, rank)
        if any(_begins(word, said) for word in asked) and all(
            _begins(word, (*said, *place)) for word in asked
        ):
            return Hit(ref, where, rank + len(parts))
    every = " ".join(text for _, text in parts).split()
    is_spread = all(_begins(word, every) for word in asked)
    return Hit(ref, "several parts", 3 * len(parts)) if is_spread else None


def _begins(word: str, said: Iterator[str] | list[str] | tuple[str, ...]) -> bool:
    """Whether a word of what is said begins with `word`; of two letters only the whole word counts."""
    return any(one == word or (len(word) > 2 and one.startswith(word)) for one in said)


def _parts(ref: KpiRef) -> tuple[tuple[str, str], ...]:
    """Where a KPI may speak of something, each in its normal spelling; what tells it best comes first."""
    kpi = ref.kpi
    return (
        ("name", normal(kpi.name)),
        ("alias", " ".join(map(normal, kpi.aliases))),
        ("section", f"{normal(ref.use.framework.key)} {normal(kpi.section)}"),
        ("source", normal(kpi.source or "")),
        ("measure", normal((kpi.measure or "").replace(".", " "))),
        ("note", normal(kpi.note)),
    )


def _lines(hits: Sequence[Hit], snapshot: Snapshot) -> Iterator[Block]:
    """The name and where it stands; behind that what tells it from others, and why it fits."""
    several = len(snapshot.workspace.uses) > 1
    names = [(hit.ref.use.framework.key, hit.ref.kpi.name) for hit in hits]
    for hit in hits[:MOST_SHOWN]:
        ref, standing = hit.ref, snapshot.of(hit.ref)
        key, section = ref.use.framework.key, ref.kpi.section.rsplit(" > ", 1)[-1]
        is_named = hit.where == "section" or names.count((key, ref.kpi.name)) > 1
        place = ", ".join((*([key.capitalize()] if several else []), *([section] if is_named else [])))
        if standing.value is None:
            stands = f": {nothing(standing)}"
        else:
            stands = f" {value_words(standing)}{beside(standing)}"
        behind = "".join(f" · {part}" for part in (place, _why(hit)) if part)
        yield line(f"{state_mark(standing)} ", Bold(ref.kpi.name), f"{stands}{behind}")


def _why(hit: Hit) -> str:
    """What speaks of it where neither the name nor the section does."""
    kpi = hit.ref.kpi
    if hit.where in {"name", "section"}:
        return ""
    told = {"alias": ", ".join(kpi.aliases), "source": kpi.source, "measure": kpi.measure, "note": kpi.note}
    text = told.get(hit.where)
    return f"{hit.where}: {shortened(text)}" if text else "in its parts"


def _data(hit: Hit, snapshot: Snapshot) -> dict[str, object]:
    kpi, standing = hit.ref.kpi, snapshot.of(hit.ref)
    return {
        "kpi": kpi.key,
        "framework": hit.ref.use.framework.key,
        "name": kpi.name,
        "section": kpi.section,
        "where": hit.where,
        "value": standing.value,
        "state": standing.state.value,
        "met": standing.met,
        "zone": standing.zone.value,
    }


def _nothing(text: str, wanted: str, workspace: Workspace) -> UserError:
    known = {word: word for ref in workspace.kpis for _, said in _parts(ref) for word in said.split()}
    close = nearest(wanted[:100], {word: word for word in known if len(word) > 2})
    hint = f"Nearest: {', '.join(f'`search {one}`' for one in close)}. " if close else ""
    return UserError(
        f"No KPI speaks of “{shortened(text)}”.", f"{hint}`list all` shows all {len(workspace.kpis)}."
    )


COMMAND = Command(
    name="search",
    summary="The KPIs that speak of something: by name, section, source or measure.",
    example="search revenue",
    args=SearchArgs,
    run=run,
    aliases=("find",),
)
