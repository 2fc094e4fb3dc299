"""A rehearsal in words: how often each rule would have fired, each alert of it, and a picture of its days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.alerting import RuleRef
from bot.charts.calendar import CalendarChart, CalendarDay, describe
from bot.languages import day, said, said_of, weekday
from bot.reply import Block, Bold, Chart, Reply, Table, line, note
from bot.reports import words
from bot.reports.alert_findings import cut, found, together
from bot.reports.alert_view import AlertView, length, name_of
from bot.reports.pictures.calendar import shades_of
from bot.reports.rehearsed_run import Ran
from kpi.alerts import CELEBRATE, Item
from kpi.calendar import Moment, day_of, day_start
from kpi.rehearsal_tally import Raised, Rehearsal, Tally

MOST_EPISODES = 40
MOST_NAMES = 5
COLUMNS = ("Rule", "Fired", "A week", "Days", "Longest", "Still", "Silent")


def reply(ran: Ran) -> Reply:
    """The finding, a row a rule, the picture; each alert in the thread."""
    done = ran.rehearsal
    finding = f"{_count(done)} in {words.count(days_of(done), 'day')}{_noisiest(done)}."
    blocks: list[Block] = [line(Bold(finding))]
    if rows := [row(one) for one in done.tallies if one.fired or one.silent]:
        blocks.append(Table(COLUMNS, tuple(rows), frozenset(range(1, 7)), caption(done)))
    if chart := picture(ran):
        blocks.append(chart)
    blocks += [note(text) for text in small_print(ran)]
    thread = (episodes(done.alerts, ran, "Every alert"),) if done.alerts else ()
    return Reply(finding, tuple(blocks), thread, data=as_json(ran))


def caption(done: Rehearsal) -> str:
    """What the columns hold, and of which days."""
    first, last = (day_of(at, done.zone) for at in (done.since, done.until))
    span = f"{day(first, year=first.year != last.year)} to {day(last, year=True)}"
    return f"{span}. Days: on which it fired. Still: subjects that fire now. Silent: without any number."


def row(tally: Tally) -> tuple[str, ...]:
    """One rule."""
    return (
        tally.rule,
        str(tally.fired),
        f"{tally.per_week:.1f}",
        str(tally.days),
        length(tally.longest) if tally.longest else "–",
        str(tally.still or "–"),
        str(len(tally.silent) or "–"),
    )


def episodes(alerts: Sequence[Raised], ran: Ran, title: str) -> Reply:
    """The alerts one by one, the newest first."""
    shown = sorted(alerts, key=lambda one: one.fired_at, reverse=True)[:MOST_EPISODES]
    rows = tuple(
        (when(one, ran.rehearsal), lasting(one, ran.rehearsal), one.rule, cut(what(one, ran), 70))
        for one in shown
    )
    table = Table(("When", "How long", "Rule", "What"), rows, caption=f"{title}: {len(alerts)}.")
    blocks: list[Block] = [table]
    if len(alerts) > len(shown):
        blocks.append(note(f"The newest {len(shown)}; `kpi rehearse --json` has all."))
    return Reply(f"{title}: {len(alerts)}.", tuple(blocks))


def when(alert: Raised, done: Rehearsal) -> str:
    """ "3 Nov 14:00–16:00"; of what lasted for days "9–12 Nov"; what held at the start began before."""
    begin, end = alert.fired_at.astimezone(done.zone), alert.ended_at
    is_long = end is None or alert.lasted(done.until) >= timedelta(hours=20)
    first = f"{_day(begin, done)}{'' if is_long else f' {begin:%H:%M}'}"
    if alert.is_from_start:
        first = f"before {first}"
    if end is None:
        return f"{first}–now"
    last = end.astimezone(done.zone)
    if end == alert.fired_at:
        return first
    if is_long:
        is_one_month = (begin.year, begin.month) == (last.year, last.month)
        return f"{begin.day if is_one_month and not alert.is_from_start else first}–{_day(last, done)}"
    is_same = last.date() == begin.date()
    return f"{first}–{'' if is_same else f'{_day(last, done)} '}{last:%H:%M}"


def _day(at: datetime, done: Rehearsal) -> str:
    return day(at.date(), year=at.year != done.until.astimezone(done.zone).year)


def lasting(alert: Raised, done: Rehearsal) -> str:
    """How long it fired; an event is over as soon as it is told."""
    span = alert.lasted(done.until)
    return length(span) if span else "–"


def what(alert: Raised, ran: Ran) -> str:
    """What it would have said, with its values."""
    items: list[Item] = list({one.item.subject: one.item for one in alert.episodes}.values())
    view = view_of(ran, ran.refs.get(alert.rule), alert.fired_at)
    if len(items) == 1:
        return found(items[0], view).head
    names = words.listing(tuple(dict.fromkeys(name_of(one, view) for one in items)), 2)
    return f"{together(items, view)}: {names}"


def view_of(ran: Ran, ref: RuleRef | None, at: datetime) -> AlertView:
    """What the words of an alert are made of, as if it were told then."""
    return AlertView(ran.workspace, ran.past.snapshot, Moment(at, ran.rehearsal.zone), ref)


def picture(ran: Ran) -> Chart | None:
    """How many alerts began on each day; None where none ever did, or there are no days to speak of."""
    done = ran.rehearsal
    told = done.told_on
    if not done.alerts or len(told) < 7:
        return None
    worst = max(told, key=lambda one: (told[one], one))
    zone = done.zone
    named = f"{weekday(worst, short=True)} {day(worst)}"
    drawn = CalendarChart(
        title=_title(done),
        finding=said_of(
            len(done.alerts),
            "{count} alert in {days} days",
            "{count} alerts on {told} of {days} days",
            told=sum(count > 0 for count in told.values()),
            days=len(told),
        ),
        days=tuple(CalendarDay(day_start(one, zone), float(count)) for one, count in told.items()),
        shades=shades_of([float(count) for count in told.values()], lambda value: f"{value:.0f}"),
        zone=zone.key,
        worst=day_start(worst, zone),
        worst_label=said("most: {count}, {day}", count=told[worst], day=named),
    )
    return Chart(drawn.title, describe(drawn), drawn, "rehearsal.png")


def _title(done: Rehearsal) -> str:
    if len(done.rules) == 1:
        return said("Alerts of {rule}, rehearsed", rule=next(iter(done.rules)))
    return said("Alerts, rehearsed")


def small_print(ran: Ran) -> Iterator[str]:
    """What the table does not show, and what a rehearsal cannot know."""
    done = ran.rehearsal
    never = [one.rule for one in done.tallies if not one.fired and not one.silent]
    if never:
        yield f"Never fired: {', '.join(never)}."
    by_hand = [path for path, one in done.rules.items() if one.rule.when is None]
    if by_hand:
        yield f"Raised by people alone: {', '.join(by_hand)}."
    silent = {subject for one in done.tallies for subject in one.silent if subject}
    if silent:
        names = words.listing(tuple(sorted({_name(ran, one) for one in silent})), MOST_NAMES)
        yield f"Silent, nothing could be said of them on any day: {names}."
    kinds = {one.rule.when.kind for one in done.rules.values() if one.rule.when is not None}
    if "chance" in kinds:
        yield "Rules on chances found nothing: what was foreseen on past days is not kept."
    if "text" in kinds and done.until - done.since > timedelta(days=90):
        yield "Posts and mentions are kept for 90 days."
    yield (
        "By the values known today, looked at each morning and wherever a single reading turned; "
        "nobody acknowledges, snoozes or silences anything."
    )


def _name(ran: Ran, subject: str) -> str:
    standing = ran.standings.get(subject)
    return subject if standing is None else standing.kpi.name


def days_of(done: Rehearsal) -> int:
    return round((done.until - done.since) / timedelta(days=1))


def _count(done: Rehearsal) -> str:
    fired = len(done.alerts)
    rate = f", {fired / done.weeks:.1f} a week" if fired and done.weeks >= 1 else ""
    return f"{words.count(fired, 'alert')}{rate}" if fired else "No alert"


def _noisiest(done: Rehearsal) -> str:
    first = next((one for one in done.tallies if one.fired and one.severity != CELEBRATE), None)
    if first is None or len(done.rules) == 1:
        return ""
    return f"; {first.rule} fires most, {first.fired}"


def as_json(ran: Ran) -> dict[str, Any]:
    """All of it as plain JSON."""
    done = ran.rehearsal
    return {
        "since": done.since.isoformat(),
        "until": done.until.isoformat(),
        "days": days_of(done),
        "looks": done.looks,
        "fired": len(done.alerts),
        "rules": [_rule_json(one) for one in done.tallies],
        "alerts": [alert_json(one, ran) for one in done.alerts],
    }


def _rule_json(tally: Tally) -> dict[str, Any]:
    return {
        "rule": tally.rule,
        "severity": tally.severity,
        "fired": tally.fired,
        "held_at_start": tally.at_start,
        "per_week": round(tally.per_week, 3),
        "days": tally.days,
        "longest_seconds": tally.longest.total_seconds(),
        "still": tally.still,
        "silent": list(tally.silent),
    }


def alert_json(alert: Raised, ran: Ran) -> dict[str, Any]:
    """One alert with all that it tells of."""
    until = ran.rehearsal.until
    return {
        "rule": alert.rule,
        "severity": alert.severity,
        "fired_at": alert.fired_at.isoformat(),
        "ended_at": None if alert.ended_at is None else alert.ended_at.isoformat(),
        "seconds": alert.lasted(until).total_seconds(),
        "held_at_start": alert.is_from_start,
        "what": what(alert, ran),
        "subjects": [
            {
                "subject": one.item.subject,
                "since": one.item.since.isoformat(),
                "fired_at": one.fired_at.isoformat(),
                "ended_at": None if one.ended_at is None else one.ended_at.isoformat(),
                "value": one.item.value,
                "worst": one.worst,
                "limit": one.item.bound,
            }
            for one in alert.episodes
        ],
    }
