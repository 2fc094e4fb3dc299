"""What makes an alert right or wrong: what people did, and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.reports.alert_marks import Mark, grades, marks
from storage.alerts import Alert, Event
from tests.bot.reports.alert_cases import SINCE, alert, happened, item, over
from tests.factories import NOW

LATER = NOW + timedelta(days=2)
DANA = "slack:U0DANA"


def marked(one: Alert, *events: Event) -> Mark:
    (found,) = marks([one], events, LATER)
    return found


def ended(after: timedelta, **more: Any) -> Alert:
    return replace(over(item("a"), **more), resolved_at=SINCE + after)


@pytest.mark.parametrize("kind", ["acknowledged", "assigned", "noted"])
def test_what_somebody_took_before_its_end_was_right(kind: str) -> None:
    act = happened(kind, DANA, at=SINCE + timedelta(minutes=2))
    assert marked(ended(timedelta(minutes=20)), act).is_right is True


def test_what_was_noted_after_its_end_changes_nothing() -> None:
    late = happened("noted", DANA, at=SINCE + timedelta(hours=5))
    found = marked(ended(timedelta(minutes=20)), late)
    assert (found.is_acted_on, found.is_alone, found.is_right) == (False, True, False)


def test_what_the_bot_does_itself_is_no_act() -> None:
    found = marked(ended(timedelta(hours=3)), happened("assigned", "", at=SINCE))
    assert (found.is_acted_on, found.is_right) == (False, None)


def test_over_within_an_hour_by_itself_was_wrong_and_by_a_person_right() -> None:
    assert marked(ended(timedelta(minutes=59))).is_alone
    assert not marked(ended(timedelta(minutes=61))).is_alone
    assert marked(ended(timedelta(minutes=10), resolved_by=DANA)).is_right is True


def test_muted_is_wrong_unless_somebody_took_it() -> None:
    snoozed = happened("snoozed", DANA)
    assert marked(alert(item("a")), snoozed).is_right is False
    assert marked(alert(item("a")), snoozed, happened("acknowledged", DANA)).is_right is True
    assert marked(alert(replace(item("a"), is_silent=True))).is_muted


def test_an_opinion_counts_more_than_what_was_done() -> None:
    act = happened("acknowledged", DANA, at=SINCE)
    assert marked(alert(item("a"), opinion="not useful"), act).is_right is False
    assert marked(ended(timedelta(minutes=5), opinion="useful")).is_right is True


def test_what_is_still_open_and_untouched_is_not_judged_yet() -> None:
    assert marked(alert(item("a"))).is_right is None
    (one,) = grades([marked(alert(item("a")))])
    assert one.precision is None


def test_what_people_raise_is_no_rules_doing() -> None:
    assert marks([alert()], [], LATER) == []


def test_what_happens_later_is_not_known_yet() -> None:
    act = happened("acknowledged", DANA, at=NOW + timedelta(hours=1))
    (found,) = marks([alert(item("a"))], [act], NOW)
    assert not found.is_acted_on


def test_the_least_useful_rule_comes_first_and_celebrations_last() -> None:
    cheer = alert(item("a"), severity="celebrate")
    found = grades(
        [
            marked(replace(cheer, rule="acme/cheer")),
            marked(replace(alert(item("a")), rule="acme/fine"), happened("noted", DANA)),
            marked(replace(alert(item("a"), opinion="not useful"), rule="acme/noise")),
        ]
    )
    assert [one.rule for one in found] == ["acme/noise", "acme/fine", "acme/cheer"]
    assert [one.precision for one in found] == [0.0, 1.0, None]
