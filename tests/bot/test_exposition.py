"""What /metrics shows: KPIs that everybody may see, and all that whoever looks after the bot needs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.exposition import Contact, State, expose, read_ledger
from bot.jobs.evaluate import Board
from bot.reports.snapshot import load
from bot.workspace import Restriction
from kpi.calendar import Moment
from storage import SessionFactory, promises, workers
from storage.clock import database_now
from storage.promises import Promise, Receipt
from storage.workers import Worker
from tests.factories import NOW, ZONE, each_day, store, workspace

NPS_METRIC = "entry.acme.growth.net_promoter_score"


def test_a_restricted_kpi_is_not_on_the_page(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [4321]), each_day(NPS_METRIC, [17]))
    secret = Restriction(kpis=frozenset({"acme/growth.net_promoter_score"}), roles=("admin",))
    used = replace(workspace(), restrictions=(secret,))
    with sessions.read() as session:
        snapshot = load(session, used, Moment(NOW, ZONE), used.kpis)
    board = Board(NOW, tuple((ref, snapshot.of(ref)) for ref in used.kpis), used.restricted)
    told = expose(board, None, State(is_ready=True)).decode()
    assert 'kpi_value{framework="acme",kpi="growth.github_stars"} 4321.0' in told
    assert "net_promoter_score" not in told
    board.restricted = ()
    assert "net_promoter_score" in expose(board, None, State(is_ready=True)).decode()


READY = State(is_ready=True)
HEARD = datetime(2026, 11, 23, 9, tzinfo=ZONE)


def shown(sessions: SessionFactory, state: State = READY) -> Mapping[tuple[str, ...], float]:
    """The page by name and labels, these in the order of their names."""
    with sessions.read() as session:
        ledger = read_ledger(session)
    families = text_string_to_metric_families(expose(Board(), ledger, state).decode())
    return {
        (one.name, *(one.labels[name] for name in sorted(one.labels))): one.value
        for family in families
        for one in family.samples
    }


@pytest.fixture
def now(sessions: SessionFactory) -> datetime:
    with sessions.read() as session:
        return database_now(session)


def owe(sessions: SessionFactory, key: str, due: datetime, *, channel: str = "C1", of: str = "") -> None:
    with sessions.begin() as session:
        one = Promise(key, "daily", key, "slack", channel, due, "{}", due + timedelta(days=1), stands_for=of)
        assert promises.owe(session, one)


def deliver(sessions: SessionFactory, key: str, at: datetime, *, copies: int = 1) -> None:
    with sessions.begin() as session:
        assert promises.delivered(session, key, Receipt("C1", "17.0", at, copies=copies))


def fail(sessions: SessionFactory, now: datetime) -> None:
    with sessions.begin() as session:
        taken = promises.claim(session, worker="w", now=now, lease=timedelta(minutes=1))
        assert taken is not None
        promises.failed(session, taken.key, worker="w", error="is_archived", retry_at=None)


def test_posts_are_counted_by_what_became_of_them(sessions: SessionFactory, now: datetime) -> None:
    owe(sessions, "late and twice", now - timedelta(hours=3))
    deliver(sessions, "late and twice", now - timedelta(hours=2), copies=2)
    owe(sessions, "failed", now - timedelta(hours=1))
    fail(sessions, now)
    owe(sessions, "failed>slack:C2", now - timedelta(hours=1), channel="C2", of="failed")
    deliver(sessions, "failed>slack:C2", now - timedelta(minutes=59))
    owe(sessions, "open", now - timedelta(minutes=10))
    owe(sessions, "tomorrow", now + timedelta(days=1))
    found = shown(sessions)
    assert found["kpi_bot_posts", "C1", "delivered", "slack"] == 1
    assert found["kpi_bot_posts", "C1", "failed", "slack"] == 1
    assert (found["kpi_bot_posts_late",], found["kpi_bot_posts_doubled",]) == (1, 1)
    assert found["kpi_bot_posts_told_elsewhere",] == 1
    assert found["kpi_bot_oldest_open_post_age_seconds",] == pytest.approx(600, abs=30)
    last = (now - timedelta(hours=2)).timestamp()
    assert found["kpi_bot_post_delivered_timestamp_seconds", "C1", "slack"] == pytest.approx(last, abs=1)


def test_where_nothing_is_owed_the_age_is_nothing(sessions: SessionFactory) -> None:
    found = shown(sessions)
    assert found["kpi_bot_oldest_open_post_age_seconds",] == 0
    assert [value for (name, *_), value in found.items() if name == "kpi_bot_posts_stuck"] == [0, 0, 0]


def test_posts_that_nobody_goes_on_with_are_counted(sessions: SessionFactory, now: datetime) -> None:
    owe(sessions, "owed", now - timedelta(days=2))
    found = shown(sessions)
    assert found["kpi_bot_posts_stuck", "owed"] == 1
    assert found["kpi_bot_posts_stuck", "claimed"] == 0


def test_each_surface_and_each_living_process_has_its_figure(sessions: SessionFactory, now: datetime) -> None:
    with sessions.begin() as session:
        workers.beat(session, Worker("one", now, now, ("jobs", "chat"), ("slack",)))
        workers.beat(session, Worker("two", now, now, ("chat",), ("slack",)))
        workers.beat(session, Worker("dead", now, now - timedelta(minutes=2), ("jobs",), ()))
    contacts = {"slack": Contact(True, HEARD), "discord": Contact(False, None)}
    found = shown(sessions, State(is_ready=False, contacts=contacts))
    assert (found["kpi_bot_ready",], found["kpi_bot_database_up",]) == (0, 1)
    assert found["kpi_bot_surface_ready", "slack"] == 1
    assert found["kpi_bot_surface_ready", "discord"] == 0
    assert found["kpi_bot_surface_heard_timestamp_seconds", "slack"] == HEARD.timestamp()
    assert ("kpi_bot_surface_heard_timestamp_seconds", "discord") not in found
    assert (found["kpi_bot_processes", "jobs"], found["kpi_bot_processes", "chat"]) == (1, 2)


@pytest.mark.parametrize(("trouble", "value"), [("", 1), ("kpi.yaml:1: frameworks: is missing", 0)])
def test_files_that_are_not_in_force_are_a_figure(trouble: str, value: int) -> None:
    page = expose(Board(), None, State(is_ready=True, trouble=trouble)).decode()
    assert f"kpi_bot_config_in_force {value}.0" in page
    assert trouble not in page or not trouble


def test_a_database_that_cannot_be_read_is_a_figure_too() -> None:
    page = expose(Board(), None, State(is_ready=False)).decode()
    assert "kpi_bot_database_up 0.0" in page
    assert "kpi_bot_posts" not in page


def test_names_and_help_follow_the_rules_of_prometheus(sessions: SessionFactory, now: datetime) -> None:
    owe(sessions, "one", now - timedelta(hours=1))
    with sessions.read() as session:
        ledger = read_ledger(session)
    page = expose(Board(now), ledger, State(True, {"slack": Contact(True, HEARD)})).decode()
    families = list(text_string_to_metric_families(page))
    assert len({one.name for one in families}) == len(families) > 15
    for one in families:
        assert one.type == "gauge"
        assert re.fullmatch(r"kpi_[a-z_]+[a-z]", one.name)
        assert not one.name.endswith(("_total", "_count", "_sum", "_bucket")), "these are of other types"
        assert one.documentation.endswith(".")
        is_time = "timestamp" in one.name or "_age" in one.name
        assert one.name.endswith("_seconds") == is_time, "the unit is the last word"
