"""Why a KPI has no number, and what would bring one."""

from __future__ import annotations

from bot.reports import words
from bot.reports.provenance import author_name
from bot.reports.snapshot import Snapshot
from bot.reports.standing_words import metrics_of
from bot.workspace import KpiRef
from kpi import survey
from kpi.judgement import Judgement
from kpi.standing import Standing, State


def no_number_lines(standing: Standing, ref: KpiRef, snapshot: Snapshot) -> tuple[str, ...]:
    """Why there is no number, and what would bring one."""
    if standing.fault is not None:
        return (words.told(standing.fault.message, standing.fault.hint),)
    if standing.judgement is not None:
        return (_who_judged(standing.judgement, snapshot),)
    is_told = bool(standing.reading.reason) and not _is_unentered(standing)
    reason = (words.told(_sentence(standing.reading.reason)),) if is_told else ()
    if standing.reading.at is not None or standing.reading.state is State.FAULT:
        return reason  # it is measured: the reason says what keeps it from being a number
    return (*reason, how_to_measure(ref, snapshot))


def _who_judged(given: Judgement, snapshot: Snapshot) -> str:
    """Whose word a target in words rests on, since when, and why."""
    moment = snapshot.moment
    who, when = author_name(given.author, snapshot.workspace), words.clock(given.at, moment.zone, moment.day)
    because = f": {given.reason}" if given.reason else ""
    return words.told(f"Judged by {who}, {when}{because}")


def _is_unentered(standing: Standing) -> bool:
    """Whether nobody has entered a number yet, so that the measure's own words say nothing more."""
    return standing.kpi.measure is None and standing.reading.at is None


def _sentence(text: str) -> str:
    """With a capital, unless it begins with a name that has its own spelling: `github.stars`."""
    first = text.partition(" ")[0]
    return text if "." in first or "_" in first else text[:1].upper() + text[1:]


def how_to_measure(ref: KpiRef, snapshot: Snapshot) -> str:
    """What to do so that the KPI gets a number."""
    name = snapshot.workspace.own_name(ref).lower()
    target = snapshot.of(ref).target
    if target is not None and target.is_in_words:
        return f"People judge it: `judge {name} met because …`."
    by_hand = f"`record {name} VALUE`"
    if ref.kpi.measure is None:
        return f"It is entered by hand: {by_hand}."
    from_source = [snapshot.workspace.source_of(metric) for metric in sorted(metrics_of(ref))]
    if all(source is not None for source in from_source):
        return f"Its source is connected; the first number comes with the next collection, or by {by_hand}."
    if metrics_of(ref) <= survey.METRICS.keys():
        return f"People are asked in a survey: the number comes with its close, or by {by_hand}."
    needed, kinds = sorted(metrics_of(ref)), {name.partition(".")[0] for name in metrics_of(ref)}
    adding = " and ".join(f"`kpi sources add {kind}`" for kind in sorted(kinds))
    return f"It needs {', '.join(needed)}: connect it ({adding}), import it, or enter it with {by_hand}."
