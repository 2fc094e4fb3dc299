"""What is posted next: the schedule's reports and one reader's subscriptions, in the order they come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge
from itertools import islice
from operator import attrgetter
from zoneinfo import ZoneInfo

from bot.cadence import ASKED, Cadence, Owed
from bot.languages import weekday
from bot.reports import words
from bot.settings_access import known_zone
from bot.settings_schedule import CadenceEntry
from bot.workspace import Person, Workspace
from kpi.calendar import day_of
from kpi.document import Wrong
from storage.subscriptions import Subscription

TITLES = {
    "daily": "daily update",
    "asks": "request for numbers",
    "survey": "survey",
    "restated": "correction",
}
"""Reports as people call them."""


@dataclass(frozen=True, slots=True)
class Coming:
    """One post that is still to come, in the zone of its own schedule."""

    at: datetime
    zone: ZoneInfo
    title: str
    where: tuple[tuple[str, str], ...]  # surfaces and channels; none: the reader's own direct messages
    number: int = 0  # the subscription's

    def clock(self, now: datetime) -> str:
        """Weekday, day, wall time and offset: "Tue 24 Nov 09:00 UTC+1"."""
        return f"{wall(self.at, self.zone, now)} {offset(self.at, self.zone)}"


def coming(
    workspace: Workspace, own: Iterable[Subscription], now: datetime, *, most: int
) -> tuple[Coming, ...]:
    """The next posts, the first one first."""
    streams = [_posts(same, workspace, now) for same in _alike(workspace.schedule)]
    streams += [_sent(one, workspace, now) for one in own]
    return tuple(islice(merge(*streams, key=attrgetter("at")), most))


def _alike(schedule: Iterable[Owed]) -> list[list[Owed]]:
    """The schedule with what is posted to several channels at once taken together."""
    found: list[list[Owed]] = []
    for owed in schedule:
        said = (owed.report, owed.question, owed.cadence)
        same = next((one for one in found if (one[0].report, one[0].question, one[0].cadence) == said), None)
        if same is None:
            found.append([owed])
        else:
            same.append(owed)
    return found


def _posts(same: Sequence[Owed], workspace: Workspace, now: datetime) -> Iterator[Coming]:
    owed = same[0]
    zone, title = owed.cadence.zone or workspace.zone, TITLES.get(owed.report, owed.report)
    where = tuple((one.surface, one.channel) for one in same)
    return (Coming(at, zone, title, where) for at in owed.cadence.upcoming(now, zone))


def _sent(one: Subscription, workspace: Workspace, now: datetime) -> Iterator[Coming]:
    zone, title = ZoneInfo(one.zone), title_of(one, workspace)
    return (Coming(at, zone, title, (), one.number) for at in next_times(one, workspace, now))


def next_times(one: Subscription, workspace: Workspace, now: datetime) -> Iterator[datetime]:
    """When a subscription is sent, from `now` on, without end."""
    return cadence_of(one, workspace).upcoming(now, ZoneInfo(one.zone))


def cadence_of(one: Subscription, workspace: Workspace) -> Cadence:
    """When a subscription is due: in its own zone, by the workspace's business days."""
    entry = CadenceEntry.model_validate(one.cadence)
    return Cadence.of(entry.model_copy(update={"zone": one.zone}), workspace.calendar)


def title_of(one: Subscription, workspace: Workspace) -> str:
    """What a subscription sends: "daily update", "GitHub Stars", or the question itself."""
    if one.report != ASKED:
        return TITLES.get(one.report, one.report)
    return question_title(one.question, workspace)


def question_title(question: str, workspace: Workspace) -> str:
    """A question with the KPI's own name where it begins with a path: "GitHub Stars 90d"."""
    path, _, rest = question.partition(" ")
    ref = next((ref for ref in workspace.find_kpi(path) if ref.path == path), None)
    return question if ref is None else f"{ref.kpi.name} {rest}".rstrip()


def subject_of(one: Subscription) -> str:
    """What the trail files it under: the KPI's path where it is about one, else what is asked for at all.

    A longer question may name what not every reader of the trail may see.
    """
    return one.question.partition(" ")[0] or one.report


def rule_words(one: Subscription, workspace: Workspace) -> str:
    """The rule in a sentence: "at 09:00 on weekdays"."""
    cadence = cadence_of(one, workspace)
    return f"at {cadence.at:%H:%M} {cadence.words}"


def wall(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """Weekday, day and wall time, the year where it is not this one: "Tue 24 Nov 09:00"."""
    local = at.astimezone(zone)
    day = words.day(local.date(), day_of(now, zone))
    return f"{weekday(local.date(), short=True)} {day} {local:%H:%M}"


def offset(at: datetime, zone: ZoneInfo) -> str:
    """How far a zone's clocks are from UTC at an instant: "UTC+1", "UTC−3:30"."""
    away = at.astimezone(zone).utcoffset() or timedelta()
    minutes = round(abs(away).total_seconds() / 60)
    sign = words.MINUS if away < timedelta() else "+"
    return f"UTC{sign}{minutes // 60}" + (f":{minutes % 60:02}" if minutes % 60 else "")


def until(at: datetime, now: datetime) -> str:
    """How long until then, in one unit: "in 3 h"."""
    minutes = max(0, round((at - now).total_seconds() / 60))
    if minutes < 90:
        return f"in {minutes} min"
    return f"in {round(minutes / 60)} h" if minutes < 48 * 60 else f"in {round(minutes / 1440)} days"


def own_zone(person: Person | None, surface_zone: str, workspace: Workspace) -> tuple[ZoneInfo, str]:
    """The zone of a reader, and who says so: kpi.yaml, the surface, or else nobody but the workspace."""
    if person is not None and person.zone:
        return ZoneInfo(person.zone), "your zone by kpi.yaml"
    with suppress(Wrong):  # a platform may know zones that this machine does not
        if surface_zone:
            return known_zone(surface_zone), "your zone"
    return workspace.zone, "the workspace's zone"


def day_words(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """When something ends, its day left out where it is today: "18:00", "Fri 27 Nov 18:00"."""
    return f"{at.astimezone(zone):%H:%M}" if day_of(at, zone) == day_of(now, zone) else wall(at, zone, now)
