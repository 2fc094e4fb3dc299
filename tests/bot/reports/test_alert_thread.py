"""What happens to an alert, a short line each, and the celebration that has no thread."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.reply import Text
from bot.reports.alert_celebrations import celebration
from bot.reports.alert_posts import told
from bot.reports.alert_thread import history_line
from bot.reports.snapshot import load
from kpi.calendar import Moment
from storage import SessionFactory
from storage.annotations import Annotation
from tests.bot.reports.alert_cases import (
    NPS_PATH,
    SINCE,
    STARS_PATH,
    alert,
    happened,
    item,
    rule,
    used,
    view,
)
from tests.factories import NOW, TODAY, ZONE, each_day, lines, store

LOW = {"kpi": "growth.net_promoter_score", "below": 30}
NPS = {"name": "Net Promoter Score", "value": 24, "limit": 30, "op": "below"}


@pytest.mark.parametrize(
    ("kind", "author", "text", "data", "line"),
    [
        ("acknowledged", "slack:U0RAJ", "", {}, "Raj has it"),
        ("acknowledged", "slack:U0NEW", "", {}, "U0NEW in Slack has it"),
        ("acknowledged", "terminal:ana", "", {}, "ana at the terminal has it"),
        ("assigned", "slack:U0RAJ", "Dana", {}, "Raj gives it to Dana"),
        ("assigned", "slack:U0RAJ", "Raj", {}, "Raj takes it over"),
        ("snoozed", "slack:U0RAJ", "", {"until": "resolved"}, "Raj snoozes it until it is over"),
        (
            "snoozed",
            "slack:U0RAJ",
            "",
            {"until": "2026-11-23T12:00:00+00:00"},
            "Raj snoozes it until 13:00",
        ),
        ("woken", "", "", {}, "The snooze is over; still so after 6 min"),
        ("noted", "slack:U0RAJ", "bots were filtered", {}, "Raj: “bots were filtered”"),
        ("opinion", "slack:U0RAJ", "not useful", {}, "Raj found it not useful"),
        ("opinion", "slack:U0RAJ", "useful", {}, "Raj found it useful"),
        ("escalated", "", "Dana", {"to": "Dana"}, "Nobody has it yet: it goes to Dana"),
        ("escalated", "", "", {"to": ""}, "Nobody has it yet, and the time to act is over"),
        ("reminded", "", "", {}, "Still so after 6 min; nobody has it"),
        (
            "worsened",
            "",
            "",
            {"subject": NPS_PATH, "before": 24, "value": 18},
            "Worse: Net Promoter Score 24 NPS → 18 NPS",
        ),
        ("joined", "", "", {"subjects": [NPS_PATH]}, "Now also: Net Promoter Score 24, below 30"),
        ("resolved", "", "", {}, "Over after 6 min"),
        ("resolved", "slack:U0RAJ", "fixed", {}, "Raj declares it over after 6 min: “fixed”"),
        (
            "corrected",
            "",
            "",
            {"subject": NPS_PATH, "before": 24, "value": 34},
            "Restated: Net Promoter Score 24 NPS → 34 NPS; this was no alert",
        ),
    ],
)
def test_each_step_is_one_short_line(
    kind: str, author: str, text: str, data: dict[str, Any], line: str
) -> None:
    event = happened(kind, author, text, **data)
    one = alert(item(NPS_PATH, 24.0, **NPS))
    reply = told(event, one, view(rule(LOW), event))
    assert reply is not None
    assert reply.text.replace(" NPS, below", ", below") == line
    assert isinstance(reply.blocks[0], Text)
    assert history_line(event, one, view(rule(LOW))).startswith("09:00: ")


def test_what_the_message_says_itself_has_no_line() -> None:
    one, seen = alert(item(NPS_PATH, 24.0, **NPS)), view(rule(LOW))
    assert told(happened("fired"), one, seen) is None
    assert told(happened("raised", "slack:U0RAJ"), one, seen) is None
    assert told(happened("joined", subjects=["acme/other"]), one, seen) is None
    assert told(happened("something new"), one, seen) is None
    assert history_line(happened("fired"), one, seen) == "09:00: it began"
    assert history_line(happened("raised", "slack:U0RAJ"), one, seen) == "09:00: Raj raised it"


def test_all_that_fires_stands_in_the_thread_where_the_message_has_no_room() -> None:
    many = [item(f"acme/gone.k{at}", 20.0, name=f"K{at}", limit=50, op="below") for at in range(8)]
    reply = told(happened("fired"), alert(*many), view(rule({"kpi": "any", "below": 50})))
    assert reply is not None
    assert lines(reply)[0] == "Page down: 8 at once:"
    assert len(lines(reply)) == 9
    joined = happened("joined", subjects=[one.subject for one in many[:3]])
    more = told(joined, alert(*many), view(rule({"kpi": "any", "below": 50})))
    assert more is not None
    assert lines(more)[0] == "3 more:"
    assert len(lines(more)) == 4


STEP = {"name": "GitHub Stars", "unit": "stars", "value": 1003, "limit": 1000, "op": "at_least"}
THOUSAND = {"kpi": "growth.github_stars", "at_least": 1000}


def test_a_celebration_tells_its_story_from_what_is_known(sessions: SessionFactory) -> None:
    values = [*range(600, 860, 20), 1001, 1003]  # +141 on the last day but one
    store(sessions, each_day("github.stars", [float(one) for one in values]))
    place, moment = used(), Moment(NOW, ZONE)
    with sessions.read() as session:
        read = load(session, place, moment, place.kpis, history_days=60)
    at = datetime.combine(TODAY - timedelta(days=37), datetime.min.time(), UTC)
    notes = (
        Annotation("", at, "Launch post", "slack:U0RAJ", at),
        Annotation("", NOW - timedelta(days=2), "Show HN", "slack:U0RAJ", NOW),
    )
    one = item(STARS_PATH, 1003.0, **STEP)
    done = alert(replace(one, fired_at=NOW), severity="celebrate")
    reply = celebration(
        done, view(rule(THOUSAND, severity="celebrate"), snapshot=replace(read, happened=notes))
    )
    story = "37 days after “Launch post”. The busiest day: +161 (21 Nov, Show HN)."
    assert lines(reply)[0] == f"🎉 1,000 stars. {story}"


def test_a_celebration_is_silent_about_what_is_not_known() -> None:
    done = alert(item(STARS_PATH, 1003.0, **STEP), severity="celebrate")
    assert lines(celebration(done, view(rule(THOUSAND, severity="celebrate"))))[0] == "🎉 1,000 stars."
    step = alert(item(f"{STARS_PATH}@2000", 2100.0, **{**STEP, "step": 2000}), severity="celebrate")
    assert lines(celebration(step, view(rule(THOUSAND, severity="celebrate"))))[0] == "🎉 2,000 stars."
    flagged = alert(text="TechCrunch writes", url="https://tc.test/a", severity="celebrate")
    by_hand = view(rule(severity="celebrate"), happened("raised", "slack:U0RAJ", at=SINCE))
    told_ = lines(celebration(flagged, by_hand))
    assert told_[:3] == ["🎉 Page down.", "“TechCrunch writes” (Raj)", "Read it"]
