"""`/kpi reviews` and `/kpi review done NAME NOTE`: what is owed, what comes next, and what was held."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from bot.commands import review, reviews
from bot.reply import Reply
from bot.surfaces.base import Invocation
from bot.workspace import Person, Workspace
from storage import SessionFactory, audit
from storage import reviews as held
from tests.bot.commands.answering import answer, withheld
from tests.factories import NOW, START, asks, built_in, framework, lines, said, workspace

REVIEWS = [
    {"title": "Check-in", "cadence": "weekly", "text": "What is on track"},
    {"title": "Monthly Review", "cadence": "monthly"},
    {"title": "Monthly Business Review", "cadence": "monthly"},
]


def used(*, start: date = START, **governance: object) -> Workspace:
    return workspace(framework(governance={"reviews": REVIEWS, **governance}), start=start)


def listed(text: str, of: Workspace, sessions: SessionFactory, *, now: datetime = NOW) -> Reply:
    return answer(reviews.COMMAND, text, of, sessions, now=now)


def done(text: str, of: Workspace, sessions: SessionFactory, *, user: str = "U0DANA") -> Reply:
    by = Invocation("", "slack", user, "C0TEAM")
    return answer(review.COMMAND, f"done {text}", of, sessions, by=by)


def test_what_is_overdue_comes_first_the_oldest_on_top(sessions: SessionFactory) -> None:
    reply = listed("", used(next_review="2026-02-02", owner="Analytics Team"), sessions)
    told = lines(reply)
    assert told[0] == "4 overdue: Next review (294 days) and 3 more."
    assert told[1:3] == [
        "Overdue",
        "▲ Next review: 294 days, since 2 Feb · Its owner, Analytics Team, set this day.",
    ]
    assert told[5] == "▲ Check-in: 3 days, since 20 Nov"
    assert asks(reply)[-1] == "reviews"
    assert asks(reply)[0] == "review done acme next_review"
    assert [one["overdue_days"] for one in reply.data["reviews"]] == [294, 24, 24, 3]


def test_the_next_thirty_days_follow_and_the_rest_is_counted(sessions: SessionFactory) -> None:
    tasks = [{"title": "Audit", "due": "2027-01-29"}, {"title": "Baseline"}]
    of = used(start=NOW.date(), tasks=tasks)
    told = lines(listed("", of, sessions))
    assert told[0] == "No review is overdue. Next: Check-in, due 27 Nov, in 4 days."
    assert "· Monthly Review: due 30 Nov, in 7 days" in told
    assert told[told.index("Without a date") + 1] == "○ Baseline"
    assert "1 later: reviews all" in told
    assert "· Audit: due 29 Jan 2027, in 67 days" in lines(listed("all", of, sessions))


def test_a_review_that_was_held_is_kept_and_its_next_day_is_said(sessions: SessionFactory) -> None:
    reply = done("check in all on track", used(), sessions)
    assert lines(reply)[:3] == [
        "Check-in is done.",
        "Next: due 4 Dec, in 11 days.",
        "Note: all on track. Acme.",
    ]
    with sessions.read() as session:
        kept = held.last(session)["acme", "check_in"]
        (act,) = audit.recent(session)
    assert (kept.author, kept.note, kept.at) == ("slack:U0DANA", "all on track", NOW)
    assert (act.action, act.subject, act.after) == ("review", "acme/check_in", "2026-11-23")
    assert "Check-in" not in lines(listed("", used(), sessions))[2]
    assert "· last 23 Nov" in said(listed("", used(), sessions))


@pytest.mark.parametrize(
    ("text", "key", "note"),
    [
        ("monthly review", "monthly_review", ""),
        ("Monthly Review numbers checked", "monthly_review", "numbers checked"),
        ("monthly_review", "monthly_review", ""),
        ("acme monthly_review fine", "monthly_review", "fine"),
        ("acme business", "monthly_business_review", ""),
        ("weekly", "check_in", ""),
    ],
)
def test_a_review_has_many_names_and_the_rest_is_its_note(
    text: str, key: str, note: str, sessions: SessionFactory
) -> None:
    reply = done(text, used(), sessions)
    assert (reply.data["review"], reply.data["note"]) == (key, note)


def test_a_name_that_fits_two_asks_and_keeps_the_note(sessions: SessionFactory) -> None:
    reply = done("monthly all good", used(), sessions)
    assert reply.data["ambiguous"] == ["acme monthly_business_review", "acme monthly_review"]
    assert asks(reply)[1] == "review done acme monthly_review all good"
    again = done(asks(reply)[1].removeprefix("review done "), used(), sessions)
    assert (again.data["review"], again.data["note"]) == ("monthly_review", "all good")


def test_what_is_done_once_is_closed(sessions: SessionFactory) -> None:
    of = used(tasks=[{"title": "SOC 2", "due": "2026-09-30"}], next_review="2026-02-02")
    assert "It comes once: it is closed." in lines(done("soc 2", of, sessions))
    assert "next_review." in said(done("next review", of, sessions))
    assert "SOC 2" not in said(listed("", of, sessions))


def test_the_list_of_a_past_day_knows_only_what_was_held_by_then(sessions: SessionFactory) -> None:
    done("weekly", used(), sessions)
    earlier = listed("", used(), sessions, now=NOW - timedelta(hours=1))
    assert "▲ Check-in: 3 days, since 20 Nov" in said(earlier)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("done", "Say which review is done."),
        ("monthly", "Say which review is done."),
        ("", "Say which review"),
    ],
)
def test_half_a_sentence_is_refused(text: str, error: str, sessions: SessionFactory) -> None:
    assert answer(review.COMMAND, text, used(), sessions).data["error"].startswith(error)


def test_an_unknown_review_is_refused_with_those_there_are(sessions: SessionFactory) -> None:
    reply = done("zzz", used(), sessions)
    assert reply.data["error"] == "No review “zzz”."
    assert "`acme monthly_review`" in reply.data["hint"]


def test_only_those_who_may_write_close_a_review(sessions: SessionFactory) -> None:
    people = (Person("Dana", {"slack": "U0DANA"}, "editor"), Person("Sam", {"slack": "U0SAM"}))
    of = workspace(framework(governance={"reviews": REVIEWS}), people=people)
    assert "may read, not" in done("weekly", of, sessions, user="U0SAM").data["error"]
    assert "error" not in done("weekly", of, sessions).data


def test_frameworks_without_reviews_say_so(sessions: SessionFactory) -> None:
    assert (
        listed("", built_in("hektor"), sessions).data["error"]
        == "No reviews are stated by HEKTOR marketing KPIs."
    )
    assert listed("mars", built_in("bakhmach"), sessions).data["error"] == "No framework “mars” is in use."
    both = listed("", built_in("hektor", "bakhmach"), sessions)
    assert "Next review (Bakhmach): 294 days, since 2 Feb" in said(both)


def test_of_many_overdue_each_has_a_short_line_and_the_first_say_more(sessions: SessionFactory) -> None:
    of = built_in("hektor", "bakhmach", "inferno")
    told = lines(listed("", of, sessions))
    overdue = [one for one in told if one.startswith("▲ ")]
    assert len(overdue) == 10
    assert all(len(one) <= 60 for one in overdue[3:])
    assert "Calibrate targets" not in "".join(overdue)
    in_full = said(listed("all", of, sessions))
    assert "▲ Quarterly Adjustment (Bakhmach): 54 days, since 30 Sep · Calibrate targets" in in_full
    assert "2 later: reviews all" in told
    assert "2 later: reviews bakhmach all" in lines(listed("bakhmach", of, sessions))


def test_a_task_about_a_withheld_kpi_is_not_told(sessions: SessionFactory) -> None:
    of = withheld(built_in("bakhmach"), "bakhmach/compliance.soc_2_certification")
    assert "SOC 2" in said(listed("", built_in("bakhmach"), sessions))
    assert "SOC 2" not in said(listed("", of, sessions))
