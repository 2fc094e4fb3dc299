"""What /metrics says: the bot's own health, its posts, its sources, and every KPI as last evaluated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as CONTENT_TYPE
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.jobs.evaluate import Board
from storage import Session, promises, runs
from storage.promises import State

__all__ = ["CONTENT_TYPE", "Ledger", "expose", "read_ledger"]

POSTS_OF = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Ledger:
    """What storage says of posts and sources."""

    posts: Mapping[tuple[str, str], Mapping[State, int]]  # by surface and channel
    last_runs: Mapping[str, runs.Run]  # by source


def read_ledger(session: Session, now: datetime) -> Ledger:
    return Ledger(promises.counts(session, now - POSTS_OF), runs.last_by_source(session))


def expose(board: Board, ledger: Ledger | None, *, is_ready: bool) -> bytes:
    """The page in Prometheus' text format. Without a ledger, storage could not be read.

    It has no readers that could be told apart, so KPIs that are not for everybody are not on it.
    """
    registry = CollectorRegistry(auto_describe=False)
    found = [_ready(is_ready), *_kpis(board), *(_ledger(ledger) if ledger else ())]
    registry.register(_Exposition(found))
    return generate_latest(registry)


class _Exposition(Collector):
    def __init__(self, found: list[Metric]) -> None:
        self.found = found

    def collect(self) -> Iterable[Metric]:
        return self.found


def _gauge(name: str, says: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, says, labels=labels)


def _ready(is_ready: bool) -> Metric:
    ready = _gauge("kpi_bot_ready", "1 when questions can reach the bot and be answered.")
    ready.add_metric([], int(is_ready))
    return ready


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


def _ledger(ledger: Ledger) -> Iterable[Metric]:
    posts = _gauge(
        "kpi_bot_posts", f"Posts of the last {POSTS_OF.days} days by state.", "surface", "channel", "state"
    )
    for (surface, channel), states in ledger.posts.items():
        for state in State:
            posts.add_metric([surface, channel, state.value], states.get(state, 0))
    faults = _gauge("kpi_bot_source_faults", "Parts of a source that its last run could not read.", "source")
    read = _gauge("kpi_bot_source_read_timestamp_seconds", "When a source's last run ended.", "source")
    for name, run in ledger.last_runs.items():
        faults.add_metric([name], len(run.faults))
        if run.finished_at is not None:
            read.add_metric([name], run.finished_at.timestamp())
    return posts, faults, read
