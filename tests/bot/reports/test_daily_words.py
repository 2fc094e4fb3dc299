"""What an update says beside the size of a change: the day's own count, who moved it, how rare it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.reply import Reply
from bot.reports import daily
from bot.settings_calendar import CalendarEntry
from bot.workspace import Workspace
from kpi.calendar import Moment, day_start
from kpi.metric import Labels, Sample, labels
from storage import SessionFactory, samples
from tests.factories import (
    NOW,
    STARS,
    YESTERDAY,
    ZONE,
    each_day,
    framework,
    lines,
    said,
    store,
    workspace,
)

VISITS = {
    "name": "Website Traffic",
    "unit": "visitors",
    "better": "higher",
    "targets": {"day90": "10,000"},
    "measure": "sum(plausible.visitors, 30d)",
}
ZONES = [
    {"zone": "green", "at_least": 90},
    {"zone": "yellow", "at_least": 70, "below": 90},
    {"zone": "red", "below": 70},
]


def update(
    sessions: SessionFactory, used: Workspace, *, now: datetime = NOW, since: date = YESTERDAY
) -> Reply:
    with sessions.read() as session:
        return daily.compose(session, used, Moment(now, ZONE), since=since)


def visitors(values: list[float], *, pairs: Labels = ()) -> list[Sample]:
    """The amounts of days in a row, the last of them yesterday's."""
    first = YESTERDAY - timedelta(days=len(values) - 1)
    return [
        Sample("plausible.visitors", day_start(first + timedelta(days=at), ZONE), value, pairs)
        for at, value in enumerate(values)
    ]


def weeks(count: int, last: float) -> list[float]:
    """Weeks of 400 on weekdays and of about 300 on Sundays, and a last day."""
    found = [300.0 + 10 * (at // 7 % 3) if at % 7 == 0 else 400.0 for at in range(7 * count, 0, -1)]
    return [*found, last]


def test_of_a_sum_the_days_own_count_is_told_beside_what_is_usual(sessions: SessionFactory) -> None:
    store(sessions, visitors(weeks(12, 200)))
    reply = update(sessions, workspace(framework(VISITS, zones=ZONES)))
    assert "Website Traffic 200 yesterday, below a usual Sunday; nothing else changed." in reply.text
    told = lines(reply)[1]
    assert "Website Traffic 200 yesterday (a usual Sunday: 300–320)" in told
    assert told.endswith("· 11,440 in 30 days, at risk, ≥ 10,000 met")
    assert "−" not in told  # the sum's own change says nothing of the day


def test_a_usual_day_is_called_so(sessions: SessionFactory) -> None:
    store(sessions, visitors(weeks(12, 310)))
    assert "Website Traffic 310 yesterday, a usual Sunday" in said(
        update(sessions, workspace(framework(VISITS)))
    )


def test_four_such_days_are_enough(sessions: SessionFactory) -> None:
    store(sessions, visitors(weeks(4, 200)))
    told = said(update(sessions, workspace(framework({**VISITS, "measure": "sum(plausible.visitors, 7d)"}))))
    assert "Website Traffic 200 yesterday" in told
    assert "usual Sunday" in told  # four are enough


def test_three_weeks_tell_nothing_of_what_is_usual(sessions: SessionFactory) -> None:
    store(sessions, visitors(weeks(3, 200)))
    told = said(update(sessions, workspace(framework({**VISITS, "measure": "sum(plausible.visitors, 7d)"}))))
    assert "Website Traffic 200 yesterday ·" in told
    assert "usual" not in told


def test_a_holiday_is_held_against_nothing(sessions: SessionFactory) -> None:
    store(sessions, visitors(weeks(12, 0)))
    shut = replace(workspace(framework(VISITS)), calendar=CalendarEntry(closed=(YESTERDAY,)))
    told = said(update(sessions, shut))
    assert "Website Traffic 0 yesterday, a holiday" in told
    assert "usual" not in told
    assert "lowest" not in told


def test_over_a_weekend_the_days_are_counted_together(sessions: SessionFactory) -> None:
    store(sessions, visitors([*weeks(12, 310)[:-3], 400, 400, 90]))
    told = said(update(sessions, workspace(framework(VISITS)), since=date(2026, 11, 20)))
    assert "Website Traffic 890 in 3 days (usual: 1,100–1,120)" in told
    assert "Website Traffic 890 in 3 days, below usual" in told


def test_who_moved_it_is_named_with_the_share(sessions: SessionFactory) -> None:
    store(
        sessions,
        visitors(weeks(12, 300), pairs=labels({"channel": "organic"})),
        visitors([*[20.0] * 84, 920.0], pairs=labels({"channel": "hacker_news"})),
        visitors([5.0] * 85, pairs=labels({"channel": "mail"})),
    )
    told = lines(update(sessions, workspace(framework(VISITS))))[1]
    assert "Website Traffic 1,225 yesterday (a usual Sunday: 325–345) · hacker_news +900, all of it" in told


def test_of_an_even_rise_nobody_is_named(sessions: SessionFactory) -> None:
    store(
        sessions,
        *(visitors([*[100.0] * 84, 200.0], pairs=labels({"channel": name})) for name in ("a", "b", "c")),
    )
    told = lines(update(sessions, workspace(framework(VISITS))))[1]
    assert "600 yesterday (a usual Sunday: 300)" in told
    assert "of it" not in told


def wave(count: int) -> list[float]:
    return [1000.0 + at * 5 % 7 for at in range(count)]


def test_a_record_is_told_once(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [*wave(60), 1100]))
    assert "record high since 23 Sep" in said(update(sessions, workspace()))
    store(sessions, each_day("github.stars", [1101], until=YESTERDAY + timedelta(days=1)))
    later = NOW + timedelta(days=1)
    assert "record" not in said(
        update(sessions, workspace(), now=later, since=later.date() - timedelta(days=1))
    )


def test_what_grows_all_the_time_is_told_by_what_it_grew(sessions: SessionFactory) -> None:
    values = [1000.0 + 10 * at + at * 5 % 7 for at in range(80)]
    store(sessions, each_day("github.stars", [*values, values[-1] + 141]))
    told = said(update(sessions, workspace()))
    assert "+141 yesterday · most in a day in 11 weeks" in told


def test_first_ahead_of_its_pace_again(sessions: SessionFactory) -> None:
    # Day 0 is 31 August; the pace asks for 10 stars a day.
    line = [10.0 * at for at in range(1, 84)]
    values = [0.0, *[one + 5 for one in line[:60]], *[one - 20 for one in line[60:-1]], line[-1] + 5]
    stars = {**STARS, "baseline": "0", "targets": {"day90": "900"}}
    store(sessions, each_day("github.stars", values))
    used = workspace(framework(stars), start=date(2026, 8, 31))
    assert "first ahead of pace since 30 Oct" in said(update(sessions, used))


def test_a_target_crossed_every_other_day_is_no_news(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [5001, 4999, 5001, 4999, 5001]))
    reply = update(sessions, workspace())
    assert "reached" not in reply.text
    assert "GitHub Stars up 2 to 5,001" in reply.text


def test_what_should_be_low_rises_past_its_target(sessions: SessionFactory) -> None:
    slow = {**STARS, "name": "Latency", "aliases": [], "unit": "ms", "better": "lower"}
    slow |= {"targets": {"day90": "<200 ms"}, "measure": "last(web.latency)"}
    store(sessions, each_day("web.latency", [0.1, 0.25]))
    assert "Latency rose past its target" in update(sessions, workspace(framework(slow))).text


def test_a_source_that_may_still_change_its_numbers_is_marked_once(sessions: SessionFactory) -> None:
    found = visitors(weeks(12, 200))
    with sessions.begin() as session:
        samples.write(session, [*found[:-1], replace(found[-1], settled=False)], found[0].at)
    reply = update(sessions, workspace(framework(VISITS)))
    assert said(reply).count("provisional") == 1
    assert lines(reply)[-1].endswith(" ago, provisional")
    assert said(reply.thread[0]).count("provisional") == 2  # in its row, and with its source
    (figure,) = reply.data["figures"]
    assert figure["settled"] is False


def test_lines_stay_short(sessions: SessionFactory) -> None:
    store(
        sessions,
        visitors(weeks(30, 300), pairs=labels({"channel": "organic"})),
        visitors([*[20.0] * 210, 9920.0], pairs=labels({"channel": "hacker_news_and_friends"})),
    )
    reply = update(sessions, workspace(framework(VISITS, zones=ZONES)))
    assert max(map(len, lines(reply))) <= 132
    assert len(lines(reply)) <= 8


@pytest.mark.parametrize("hour", [0, 23])
def test_the_update_of_a_day_is_about_the_day_before(sessions: SessionFactory, hour: int) -> None:
    store(sessions, visitors(weeks(12, 200)))
    now = datetime(2026, 11, 22 if hour == 23 else 23, 23 if hour == 23 else 12, tzinfo=UTC)
    assert "Website Traffic 200 yesterday" in update(sessions, workspace(framework(VISITS)), now=now).text


def test_a_day_unlike_any_other_leads_although_its_sum_hardly_moved(sessions: SessionFactory) -> None:
    store(sessions, visitors(weeks(12, 900)), each_day("github.stars", [4990, 5001]))
    reply = update(sessions, workspace(framework(STARS, VISITS)))
    assert "Website Traffic 900 yesterday, above a usual Sunday; 1 other changed." in reply.text
    assert "GitHub Stars 5,001" in lines(reply)[2]


def test_what_stopped_leads(sessions: SessionFactory) -> None:
    store(sessions, visitors(weeks(12, 0)), each_day("github.stars", [4000, 4900]))
    reply = update(sessions, workspace(framework(STARS, VISITS)))
    assert "Website Traffic 0 yesterday, below a usual Sunday" in reply.text
