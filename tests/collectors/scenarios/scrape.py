"""An application that counts its requests with Prometheus' own client, and shows them on its page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import choose_encoder

from kpi.metric import labels
from tests.collectors.scenarios.base import NOW, Asked, Limit, Said, Sample, Scenario, refused

TOKEN = "scrape-canary-token"
REQUESTS = tuple((("GET", "POST")[one % 3 == 0], 0.01 + one * 0.004) for one in range(100))
"""Requests: method, seconds."""
BOUNDS = (0.05, 0.1, 0.2, 0.3)


def registry(*, is_empty: bool) -> CollectorRegistry:
    found = CollectorRegistry()
    if is_empty:
        return found
    sessions = Gauge("app_sessions", "open sessions", registry=found)
    requests = Counter("app_requests", "requests", ["method"], registry=found)
    seconds = Histogram("app_seconds", "seconds", ["method"], buckets=BOUNDS, registry=found)
    Gauge("app_broken", "not a number", registry=found).set(float("nan"))
    sessions.set(42)
    for method, took in REQUESTS:
        requests.labels(method).inc()
        seconds.labels(method).observe(took)
    return found


@dataclass
class Stand:
    is_empty: bool = False
    accept: str | None = None
    """What it takes the question to accept; None: what was asked."""

    def __call__(self, asked: Asked) -> Said:
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return refused(401, error="no")
        if (asked.method, asked.target) != ("GET", "/metrics"):
            return refused(404, error="no such page")
        encode, kind = choose_encoder(asked.headers["accept"] if self.accept is None else self.accept)
        return Said(200, encode(registry(is_empty=self.is_empty)), {"Content-Type": kind})


def expected() -> list[Sample]:
    """Straight from the requests; the median by the line between two bounds."""
    found = [Sample("scrape.level", NOW, 42.0, labels({"query": "sessions"}))]
    for method in ("GET", "POST"):
        count = sum(one == method for one, _ in REQUESTS)
        own = labels({"query": "requests", "method": method})
        found.append(Sample("scrape.level", NOW, float(count), own))
    every = [took for _, took in REQUESTS]
    found.append(Sample("scrape.ratio", NOW, sum(every) / len(every), labels({"query": "mean"})))
    low = sum(took <= 0.2 for took in every)
    high = sum(took <= 0.3 for took in every)
    median = 0.2 + 0.1 * (len(every) / 2 - low) / (high - low)
    found.append(Sample("scrape.ratio", NOW, median, labels({"query": "median"})))
    return found


def _scenario(accept: str | None) -> Scenario:
    return Scenario(
        settings={
            "base_url": "{url}",
            "token": TOKEN,
            "queries": {
                "sessions": {"metric": "app_sessions"},
                "requests": {"metric": "app_requests_total", "by": ["method"]},
                "mean": {"kind": "ratio", "metric": "app_seconds", "mean": True, "sum": True},
                "median": {"kind": "ratio", "metric": "app_seconds", "quantile": 0.5, "sum": True},
                "broken": {"metric": "app_broken"},
            },
        },
        answer=Stand(accept=accept),
        expected=expected(),
        secrets=(TOKEN,),
        empty=Stand(is_empty=True, accept=accept),
        limit=Limit(Said(429, b"", {"Retry-After": "4"}), timedelta(seconds=4)),
    )


def in_openmetrics() -> Scenario:
    return _scenario(None)


def in_text() -> Scenario:
    """An application that knows the older format alone."""
    return _scenario("text/plain")


SCENARIOS = (in_openmetrics, in_text)
