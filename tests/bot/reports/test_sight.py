"""What rules look at is read with few statements, and reaches as far back as they look."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from bot.alerting import RuleRef
from bot.reports.sight import sight
from bot.reports.snapshot import load
from bot.workspace import Source, Workspace
from collectors.mentions import Mention
from kpi.alert_rules import AlertRule
from kpi.calendar import Moment
from kpi.conditions import Sight
from storage import Engine, SessionFactory, mentions
from storage.runs import Fault
from tests.factories import GITHUB, NOW, TODAY, ZONE, built_in, each_day, fail, store, workspace

MIDNIGHT = Moment(NOW, ZONE).midnight
PLAUSIBLE = Source("plausible", "plausible", ("plausible.visitors",), 3600.0, settles_after=timedelta(days=1))


def rule(**when: Any) -> RuleRef:
    made = AlertRule.model_validate({"key": "x", "severity": "warning", "text": "X", "when": when})
    return RuleRef("own/x", made)


def looked(sessions: SessionFactory, asked: Workspace, *rules: RuleRef) -> Sight:
    with sessions.read() as session:
        snapshot = load(session, asked, Moment(NOW, ZONE), asked.kpis)
        return sight(session, snapshot, rules)


def test_a_measure_of_a_rule_alone_is_read_as_far_back_as_it_looks(sessions: SessionFactory) -> None:
    values = [200.0] * 30 + [100.0] * 364
    store(sessions, each_day("plausible.visitors", values))
    year = rule(drop="sum(plausible.visitors, 7d)", above=40, against="year")
    (finding,) = year.findings(looked(sessions, workspace(), year))
    assert (finding.holds, finding.evidence["before"]) == (True, 1400.0)


def test_what_the_snapshot_holds_is_not_lost(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [float(at) for at in range(120)]))
    stars = rule(kpi="acme/growth.github_stars", at_least=100)
    known = looked(sessions, workspace(), stars)
    (series,) = known.series.of("github.stars")
    assert len(series) >= 65
    assert bool((series.at[1:] > series.at[:-1]).all())
    (finding,) = stars.findings(known)
    assert (finding.holds, finding.value) == (True, 119.0)


def test_a_source_is_given_the_time_it_needs(sessions: SessionFactory) -> None:
    store(sessions, each_day("plausible.visitors", [100.0, 100.0, 100.0, 10.0]))
    drop = rule(drop="sum(plausible.visitors, 1d)", above=30)
    (early,) = drop.findings(looked(sessions, workspace(), drop))
    (settled,) = drop.findings(looked(sessions, workspace(sources=(PLAUSIBLE,)), drop))
    assert (early.holds, early.at) == (True, MIDNIGHT)
    assert (settled.holds, settled.at) == (False, MIDNIGHT - timedelta(days=1))


def test_a_source_that_fails_is_told_with_the_kpis_it_leaves_behind(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [1.0, 2.0]))
    fail(sessions, "github", Fault("AuthFailed", "refused", "renew it"), at=NOW - timedelta(hours=5))
    health = rule(source="any")
    (finding,) = health.findings(looked(sessions, workspace(), health))
    assert (finding.subject, finding.holds, finding.evidence["kpis"]) == ("github", True, 1)


def test_a_part_that_fails_is_no_more_than_its_metrics(sessions: SessionFactory) -> None:
    fail(sessions, "github", Fault("Refused", "no forks", part="forks", metrics=("github.forks",)))
    (source,) = looked(sessions, workspace(), rule(source="any")).sources
    assert source.failing == {"github.forks"}


@pytest.fixture
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements that are run."""
    told: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        told.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield told
    event.remove(engine, "before_cursor_execute", note)


def test_few_statements_whatever_the_rules(sessions: SessionFactory, counted: list[str]) -> None:
    count = _counter(sessions, counted)
    assert max(count(built_in("hektor")), count(built_in("hektor", "inferno", "bakhmach"))) <= 6


def _counter(sessions: SessionFactory, told: list[str]) -> Callable[[Workspace], int]:
    def count(asked: Workspace) -> int:
        with sessions.read() as session:
            snapshot = load(session, asked, Moment(NOW, ZONE), asked.kpis)
            told.clear()
            sight(session, snapshot, asked.alert_rules)
            return len([one for one in told if "SELECT" in one.upper()])

    return count


def test_what_lies_after_the_moment_is_not_seen(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [5.0] * 9, until=TODAY + timedelta(days=3)))
    stars = rule(measure="last(github.stars)", at_least=1)
    known = looked(sessions, replace(workspace(), sources=(GITHUB,)), stars)
    (finding,) = stars.findings(known)
    assert finding.at is not None
    assert finding.at <= NOW


def test_a_negative_viral_post_is_found_by_its_words(sessions: SessionFactory) -> None:
    bad, good = "Terrible. It lost all of our data, avoid it!", "Great work, we love it!"
    at = NOW - timedelta(minutes=30)
    told = [
        Mention("mention", at, bad, "1", reach=12_000.0),
        Mention("mention", at, good, "2", reach=12_000.0),
        Mention("mention", at, bad, "3", reach=900.0),
        Mention("post", at, bad, "4", reach=12_000.0),
    ]
    with sessions.begin() as session:
        mentions.keep(session, "x", told, NOW)
    asked = built_in("hektor")
    rules = {ref.rule.key: ref for ref in asked.alert_rules}
    known = looked(sessions, asked, *asked.alert_rules)
    (negative,) = rules["negative_viral_post"].findings(known)
    (viral,) = rules["viral_post"].findings(known)
    assert (negative.evidence["text"], negative.since, negative.is_event) == (bad, at, True)
    assert negative.evidence["sentiment"] < 0
    assert viral.evidence["kind"] == "post"
