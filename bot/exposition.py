"""What /metrics says: the bot's own health, its posts, its sources, and every KPI as last evaluated.

Names and units follow https://prometheus.io/docs/practices/naming/: instants are timestamps, not ages, for an
age that is read late is wrong. The one age, of the oldest post that is still owed, is there so that "nothing
is owed" is a number too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as CONTENT_TYPE
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.jobs.evaluate import Board
from bot.jobs.presence import GONE_AFTER, Role
from bot.jobs.publish import LATE
from storage import Session, clock, promises, receipts, runs, stuck, workers
from storage.promises import State as Stage
from storage.promises import Summary
from storage.receipts import ChannelPosts
from storage.stuck import Stuck
from storage.workers import Worker

__all__ = ["CONTENT_TYPE", "Contact", "Ledger", "State", "expose", "read_ledger"]

POSTS_OF = timedelta(days=30)
_OPEN = (Stage.OWED, Stage.CLAIMED, Stage.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Contact:
    """How a surface stands: whether messages can reach us there, and when one last did."""

    is_ready: bool
    last_heard: datetime | None


@dataclass(frozen=True, slots=True)
class State:
    """How this process stands."""

    is_ready: bool
    contacts: Mapping[str, Contact] = field(default_factory=dict)  # by surface
    trouble: str = ""  # why the files as they stand are not in force


@dataclass(frozen=True, slots=True)
class Ledger:
    """What storage says of posts, sources and processes."""

    now: datetime  # by the database's clock
    posts: Mapping[tuple[str, str], Mapping[Stage, int]]  # by surface and channel
    channels: Sequence[ChannelPosts]
    summary: Summary
    oldest_open: datetime | None  # when the longest due that is not settled was due
    stuck: Sequence[Stuck]
    workers: Sequence[Worker]  # that live
    last_runs: Mapping[str, runs.Run]  # by source


def read_ledger(session: Session) -> Ledger:
    now = clock.database_now(session)
    return Ledger(
        now,
        promises.counts(session, now - POSTS_OF),
        receipts.by_channel(session, now - POSTS_OF),
        promises.summary(session, now - POSTS_OF, late_after=LATE),
        stuck.oldest_open(session, now),
        stuck.stuck(session, now),
        workers.read(session, now - GONE_AFTER),
        runs.last_by_source(session),
    )


def expose(board: Board, ledger: Ledger | None, state: State) -> bytes:
    """The page in Prometheus' text format. Without a ledger, storage could not be read.

    It has no readers that could be told apart, so KPIs that are not for everybody are not on it.
    """
    registry = CollectorRegistry(auto_describe=False)
    found = [*_state(state), _number("kpi_bot_database_up", _DATABASE, int(ledger is not None))]
    if ledger is not None:
        found += [*_posts(ledger), *_course(ledger), *_sources(ledger), _processes(ledger)]
    registry.register(_Exposition([*found, *_kpis(board)]))
    return generate_latest(registry)


class _Exposition(Collector):
    def __init__(self, found: list[Metric]) -> None:
        self.found = found

    def collect(self) -> Iterable[Metric]:
        return self.found


def _gauge(name: str, says: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, says, labels=labels)


def _number(name: str, says: str, value: float) -> Metric:
    found = _gauge(name, says)
    found.add_metric([], value)
    return found


_DATABASE = "1 when the database could be read for this page; otherwise what it would say is missing."
_LAST_DAYS = f"of the last {POSTS_OF.days} days"


def _state(state: State) -> Iterable[Metric]:
    yield _number("kpi_bot_ready", "1 when questions can reach the bot and be answered.", int(state.is_ready))
    in_force = "1 when the files as they stand are in force; 0 while the last good ones are."
    yield _number("kpi_bot_config_in_force", in_force, int(not state.trouble))
    ready = _gauge("kpi_bot_surface_ready", "1 when this process is connected to the surface.", "surface")
    heard = _gauge(
        "kpi_bot_surface_heard_timestamp_seconds",
        "When the surface last brought this process a question or an event; missing where it never did.",
        "surface",
    )
    for name, contact in state.contacts.items():
        ready.add_metric([name], int(contact.is_ready))
        if contact.last_heard is not None:
            heard.add_metric([name], contact.last_heard.timestamp())
    yield from (ready, heard)


def _kpis(board: Board) -> Iterable[Metric]:
    at = _gauge("kpi_bot_evaluated_timestamp_seconds", "When all KPIs were last evaluated.")
    value = _gauge("kpi_value", "A KPI's value, in its own unit.", "framework", "kpi")
    share = _gauge("kpi_percent_of_target", "A KPI's percent of the target in force.", "framework", "kpi")
    if board.at is not None:
        at.add_metric([], board.at.timestamp())
    for ref, standing in board.standings:
        if ref.path in board.restricted:
            continue
        names = [ref.use.framework.key, ref.kpi.key]
        if standing.value is not None:
            value.add_metric(names, standing.value)
        if standing.percent_of_target is not None:
            share.add_metric(names, standing.percent_of_target)
    return at, value, share


def _posts(ledger: Ledger) -> Iterable[Metric]:
    posts = _gauge("kpi_bot_posts", f"Posts {_LAST_DAYS} by state.", "surface", "channel", "state")
    for (surface, channel), states in ledger.posts.items():
        for stage in Stage:
            posts.add_metric([surface, channel, stage.value], states.get(stage, 0))
    last = _gauge(
        "kpi_bot_post_delivered_timestamp_seconds",
        f"When a post {_LAST_DAYS} last arrived in the channel; missing where none did.",
        "surface",
        "channel",
    )
    for one in ledger.channels:
        if one.last_at is not None:
            last.add_metric([one.surface, one.channel], one.last_at.timestamp())
    return posts, last


def _course(ledger: Ledger) -> Iterable[Metric]:
    """What became of posts, over all channels."""
    found = ledger.summary
    age = (ledger.now - (ledger.oldest_open or ledger.now)).total_seconds()
    left = _gauge(
        "kpi_bot_posts_stuck",
        "Posts nobody goes on with: claimed beyond the lease, owed beyond the deadline, unknown for hours.",
        "state",
    )
    for stage in _OPEN:
        left.add_metric([stage.value], sum(one.state is stage for one in ledger.stuck))
    late = f"{LATE.total_seconds() / 60:.0f} minutes"
    return (
        _number("kpi_bot_posts_late", f"Posts {_LAST_DAYS} that arrived more than {late} late.", found.late),
        _number("kpi_bot_posts_doubled", f"Posts {_LAST_DAYS} found twice in their channel.", found.twice),
        _number(
            "kpi_bot_posts_told_elsewhere",
            f"Posts {_LAST_DAYS} that failed and were delivered in another channel.",
            found.stood_in,
        ),
        _number(
            "kpi_bot_oldest_open_post_age_seconds",
            "For how long the longest due post that is not settled has been due; 0 when nothing is owed.",
            max(age, 0),
        ),
        left,
    )


def _sources(ledger: Ledger) -> Iterable[Metric]:
    faults = _gauge("kpi_bot_source_faults", "Parts of a source that its last run could not read.", "source")
    read = _gauge("kpi_bot_source_read_timestamp_seconds", "When a source's last run ended.", "source")
    for name, run in ledger.last_runs.items():
        faults.add_metric([name], len(run.faults))
        if run.finished_at is not None:
            read.add_metric([name], run.finished_at.timestamp())
    return faults, read


def _processes(ledger: Ledger) -> Metric:
    said = f"Processes that gave a sign of life within {GONE_AFTER.total_seconds():.0f} seconds, by role."
    found = _gauge("kpi_bot_processes", said, "role")
    for role in Role:
        found.add_metric([role.value], sum(role.value in one.roles for one in ledger.workers))
    return found
