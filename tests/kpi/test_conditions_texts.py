"""Posts, mentions and articles against what a rule asks of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from kpi.conditions import Sight, Text
from tests.kpi.cases import NOON
from tests.kpi.sights import found, one, rule, sight_of

POST = Text("7", "mention", NOON - timedelta(hours=1), "This is awful", reach=12_000.0, sentiment=-0.6)


def matched(text: Text, **match: Any) -> bool:
    return bool(found(rule(text=match), sight_of(texts=(text,))))


@pytest.mark.parametrize(
    ("match", "holds"),
    [
        ({"sentiment": "negative", "reach": 10_000}, True),
        ({"sentiment": "positive"}, False),
        ({"reach": 12_000}, True),
        ({"reach": 12_001}, False),
        ({"kinds": ["mention", "post"]}, True),
        ({"kinds": ["article"]}, False),
        ({"words": ["AWFUL"]}, True),
        ({"words": ["awf"]}, False),
        ({"words": ["is   awful"]}, True),
        ({"kinds": ["mention"], "not_words": ["awful"]}, False),
        ({"topics": ["Competitors"]}, False),
    ],
)
def test_all_that_is_asked_must_hold(match: dict[str, Any], holds: bool) -> None:
    assert matched(POST, **match) is holds


@pytest.mark.parametrize(
    ("site", "holds"),
    [
        ("techcrunch.com", True),
        ("www.TechCrunch.com", True),
        ("de.techcrunch.com", True),
        ("nottechcrunch.com", False),
    ],
)
def test_a_site_and_those_below_it(site: str, holds: bool) -> None:
    assert matched(replace(POST, site=site), sites=["techcrunch.com"]) is holds


def test_a_topic_in_any_case() -> None:
    assert matched(replace(POST, topics=("Press", "competitors")), topics=["Competitors"])


def test_an_unknown_reach_is_not_ten_thousand() -> None:
    assert not matched(replace(POST, reach=None), reach=1)


def test_a_text_is_an_event_of_its_own_time() -> None:
    finding = one(rule(text={"kinds": ["mention"]}), sight_of(texts=(POST,)))
    assert (finding.subject, finding.is_event, finding.since, finding.at) == ("7", True, POST.at, POST.at)
    assert (finding.evidence["reach"], finding.evidence["sentiment"]) == (12_000.0, -0.6)


def test_without_the_vendors_word_the_words_tell_how_it_sounds_and_only_where_that_decides() -> None:
    asked: list[str] = []

    def score(text: str) -> float:
        asked.append(text)
        return -0.9

    quiet = replace(POST, id="8", reach=3.0, sentiment=None)
    texts = (replace(POST, sentiment=None), quiet)
    sight = sight_of(texts=texts, score=score)
    negative = rule("critical", text={"sentiment": "negative", "reach": 10_000})
    assert [finding.subject for finding in found(negative, sight)] == ["7"]
    found(negative, sight)
    assert asked == ["This is awful"]


def test_an_old_text_is_no_news_and_stays_what_it_was() -> None:
    sight = sight_of(texts=(replace(POST, at=NOON - timedelta(days=15)),))
    (kept,) = found(rule(text={"kinds": ["mention"]}), sight, {"7"})
    assert (kept.holds, kept.clears) == (None, None)


def test_what_was_not_known_then_was_not_found_then() -> None:
    late = replace(POST, known_at=NOON)
    sight: Sight = sight_of(texts=(late,))
    then = sight.at(sight.moment.at(NOON - timedelta(minutes=5)))
    assert found(rule(text={"kinds": ["mention"]}), then) == ()
