"""How useful the alerts of a week were, by what people did with them, and which rule is to be edited how.

The bot judges itself: an alert that somebody acted on was right, one that was called not useful, muted or
over within an hour by itself was wrong. What is proposed has been rehearsed on what is stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.languages import figure, said, said_of
from bot.reply import Block, Bold, Code, Heading, Note, Reply, Table, Visibility, line, marked, note
from bot.reports.alert_data import seen_of
from bot.reports.alert_marks import Grade, Mark, by_rule, grade, grades, marks
from bot.reports.alert_patch import patch, snippet
from bot.reports.alert_proposals import Proposal, proposals
from bot.reports.digest_words import period_words
from bot.reports.periods import Stretch, last_closed
from bot.reports.rehearsed_run import Stretch as Rehearsed
from bot.workspace import Workspace
from kpi.calendar import Moment, day_start
from storage import Session, alerts
from storage.alerts import Alert

WEEKS = 8
"""So far back a proposal looks for alerts that nobody wanted, and is rehearsed."""

_MOST_READ = 2_000
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Week:
    """The alerts of the last closed week, what is proposed, and how that reads as a patch."""

    workspace: Workspace
    stretch: Stretch
    found: tuple[Mark, ...]  # of the week
    lately: int  # of the weeks before too
    proposed: tuple[Proposal, ...]
    patch: str

    @property
    def grades(self) -> list[Grade]:
        return grades(self.found)

    @property
    def whole(self) -> Grade:
        """All rules but celebrations, which nobody has to act on."""
        return grade("", [one for one in self.found if one.alert.severity != "celebrate"])


def compose(session: Session, workspace: Workspace, moment: Moment, *, written: str = "") -> Reply:
    """The report `alerts`. `written` is the text of kpi.yaml where it is known, for a patch of it."""
    return _report(_week(session, workspace, moment, written))


def thread(session: Session, workspace: Workspace, moment: Moment, *, written: str = "") -> Reply | None:
    """The same as a message under the weekly review; None where nothing fired, or of what was known then."""
    if moment.as_of is not None:
        return None
    week = _week(session, workspace, moment, written)
    if not week.found:
        return None
    title = Heading(said("How useful alerts were"))
    return Reply(_finding(week), (title, *_blocks(week), *_patched(week)))


def _week(session: Session, workspace: Workspace, moment: Moment, written: str) -> Week:
    stretch = last_closed("weekly", moment)
    first, end = (day_start(day, moment.zone) for day in (stretch.first, stretch.last + _DAY))
    since = moment.today - WEEKS * 7 * _DAY
    begin = day_start(since, moment.zone)
    refs = workspace.alert_rules
    recent = alerts.recent(session, since=begin, limit=_MOST_READ)
    told = [one for one in seen_of(recent, workspace, refs) if one.fired_at < moment.now]
    events = alerts.events(session, [one.number for one in told])
    found = marks(told, events, moment.now)
    own = tuple(one for one in found if first <= one.alert.fired_at < end)
    proposed = (
        proposals(session, workspace, by_rule(found), Rehearsed(since, moment)) if _is_unwanted(own) else ()
    )
    edits = {one.rule: one.values for one in proposed}
    return Week(
        workspace, stretch, own, len(found), proposed, patch(written, edits) if written and edits else ""
    )


def _is_unwanted(found: Sequence[Mark]) -> bool:
    return any(one.is_unwanted for one in found)


def _report(week: Week) -> Reply:
    blocks = (*_blocks(week), *_patched(week))
    return Reply(_finding(week), blocks, visibility=Visibility.CHANNEL, data=_data(week))


def _finding(week: Week) -> str:
    period = period_words(week.stretch)
    if not week.found:
        return said("{period}: no alert fired.", period=period)
    whole = week.whole
    parts = [said_of(len(week.found), "{count} alert", "{count} alerts")]
    if whole.acted:
        parts.append(said_of(whole.acted, "{count} acted on", "{count} acted on"))
    if whole.unwanted:
        parts.append(said_of(whole.unwanted, "{count} not useful", "{count} not useful"))
    if whole.precision is not None:
        parts.append(said("{percent} right", percent=_percent(whole.precision)))
    return f"{period}: {', '.join(parts)}."


def _blocks(week: Week) -> Iterator[Block]:
    yield line(Bold(_finding(week)))
    if not week.found:
        yield line(_quiet(week))
        return
    yield Table(_columns(), tuple(map(_row, week.grades)), frozenset(range(1, 7)))
    if not week.proposed:
        yield line(_nothing(week))
    for one in week.proposed:
        yield line(Code(snippet(one.rule, one.values)))
        yield line(_would(one))
    if week.whole.precision is not None:
        yield note(_meaning())


def _meaning() -> str:
    """What counts as right and as wrong."""
    return " ".join(
        (
            said("Right: somebody took it, gave it to somebody, wrote of it or called it useful."),
            said("Wrong: called not useful, muted, or over within an hour by itself."),
        )
    )


def _columns() -> tuple[str, ...]:
    return (
        said("Rule"),
        said("Fired"),
        said("Acted on"),
        said("Muted"),
        said("Not useful"),
        said("Over alone"),
        said("Right"),
    )


def _row(one: Grade) -> tuple[str, ...]:
    counts = (one.fired, one.acted, one.muted, one.unwanted, one.alone)
    right = "–" if one.precision is None or one.is_celebration else _percent(one.precision)
    return (one.rule, *(figure(f"{count:,}") for count in counts), right)


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%"


def _quiet(week: Week) -> str:
    """Nothing fired: was it quiet before?"""
    if not week.lately:
        return said("Nor did one in the {weeks} weeks before.", weeks=WEEKS - 1)
    return said_of(
        week.lately,
        "{count} alert fired in the last {weeks} weeks.",
        "{count} alerts fired in the last {weeks} weeks.",
        weeks=WEEKS,
    )


def _nothing(week: Week) -> str:
    """Why nothing is proposed, in one line."""
    if not _is_unwanted(week.found):
        return said("Nothing to propose: none was called not useful.")
    return said("Nothing to propose: no edit drops what nobody wanted and keeps what was acted on.")


def _would(one: Proposal) -> str:
    """ "Would have fired 2 instead of 9 times in 8 weeks: 3 of 3 not useful gone, all 2 right ones kept"."""
    weeks = round(one.weeks)
    told = said_of(
        one.fired,
        "Would have fired {count} time instead of {before} in {weeks} weeks",
        "Would have fired {count} times instead of {before} in {weeks} weeks",
        before=one.fired_today,
        weeks=weeks,
    )
    gone = said("{dropped} of {unwanted} not useful gone", dropped=one.dropped, unwanted=one.unwanted)
    if not one.kept:
        return f"{told}: {gone}."
    kept = said_of(one.kept, "the right one kept", "all {count} right ones kept")
    return f"{told}: {gone}, {kept}."


def _patched(week: Week) -> Iterator[Block]:
    """The diff line by line, to be copied into a file for `git apply`; where to write it without one."""
    if not week.proposed:
        return
    if not week.patch:
        text = said(
            "It goes under `alerts`, `rules` in kpi.yaml; `kpi rehearse --propose` prints it as a patch."
        )
        yield Note(marked(text))
        return
    yield line(said("The edit as a patch of kpi.yaml:"))
    for each in week.patch.splitlines():
        yield line(Code(each))


def _data(week: Week) -> dict[str, Any]:
    return {
        "report": "alerts",
        "first": week.stretch.first.isoformat(),
        "last": week.stretch.last.isoformat(),
        "fired": len(week.found),
        "precision": week.whole.precision,
        "rules": [_rule_data(one) for one in week.grades],
        "alerts": [_alert_data(one) for one in week.found],
        "proposals": [
            {
                "rule": one.rule,
                "entry": dict(one.values),
                "fired": one.fired,
                "fired_today": one.fired_today,
                "dropped": one.dropped,
                "unwanted": one.unwanted,
                "kept": one.kept,
                "weeks": one.weeks,
            }
            for one in week.proposed
        ],
        "patch": week.patch,
        "is_worth_posting": bool(week.found),
    }


def _rule_data(one: Grade) -> dict[str, Any]:
    return {
        "rule": one.rule,
        "fired": one.fired,
        "acted_on": one.acted,
        "muted": one.muted,
        "not_useful": one.unwanted,
        "over_alone": one.alone,
        "precision": one.precision,
    }


def _alert_data(one: Mark) -> dict[str, Any]:
    alert: Alert = one.alert
    return {
        "number": alert.number,
        "rule": alert.rule,
        "fired_at": alert.fired_at.isoformat(),
        "is_right": one.is_right,
    }
