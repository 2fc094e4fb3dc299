"""The bot over HTTP: health, its own figures for Prometheus, and samples pushed by other programs."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.jobs.evaluate import Board
from bot.samples_file import SamplesRefused, parse_csv, parse_json
from kpi.metric import Sample
from storage import SessionFactory, StorageFault, audit, samples

MOST_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True)
class Web:
    """What the routes need to know."""

    sessions: SessionFactory
    zone: ZoneInfo
    now: Callable[[], datetime]
    board: Board
    samples_token: str | None
    problems: Callable[[], Sequence[str]]  # why the bot is not ready; none when it is

    def routes(self) -> list[Route]:
        return [
            Route("/healthz", self.health),
            Route("/readyz", self.ready),
            Route("/metrics", self.metrics),
            Route("/v1/samples", self.take_samples, methods=["POST"]),
        ]

    async def health(self, _request: Request) -> Response:
        """The process answers; nothing else is claimed."""
        return PlainTextResponse("ok\n")

    async def ready(self, _request: Request) -> Response:
        """Whether questions can reach the bot and be answered, from the real state of its parts."""
        problems = await asyncio.to_thread(self._problems)
        status = 503 if problems else 200
        return JSONResponse({"ready": not problems, "problems": problems}, status_code=status)

    def _problems(self) -> list[str]:
        found = list(self.problems())
        try:
            with self.sessions.read() as session:
                samples.newest(session, [])
        except StorageFault as fault:
            found.append(str(fault))
        return found

    async def metrics(self, _request: Request) -> Response:
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Exposition(self.board, self.problems()))
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    async def take_samples(self, request: Request) -> Response:
        """Samples as JSON or CSV, all of them or none."""
        refused = self._refuse(request)
        if refused is not None:
            return refused
        try:
            body = await _body(request)
        except ClientDisconnect:
            return Response(status_code=400)
        if body is None:
            return _fault(413, f"More than {MOST_BYTES // 2**20} MB.", "Send it in parts.")
        is_csv = request.headers.get("content-type", "").split(";")[0].strip() in {
            "text/csv",
            "application/csv",
        }
        try:
            text = body.decode("utf-8")
            found = (parse_csv if is_csv else parse_json)(text, self.zone)
            written = await asyncio.to_thread(self._store, found)
        except UnicodeDecodeError:
            return _fault(400, "The body is not UTF-8.", "Save the file as UTF-8.")
        except SamplesRefused as fault:
            return JSONResponse({"error": "nothing was taken", "faults": fault.faults}, status_code=400)
        except StorageFault as fault:
            return _fault(503, fault.message, fault.hint)
        return JSONResponse(
            {"new": written.new, "restated": written.restated, "unchanged": written.unchanged}
        )

    def _refuse(self, request: Request) -> Response | None:
        if self.samples_token is None:
            return _fault(
                403, "This bot takes no samples.", "Set KPI_SAMPLES_TOKEN and send it as a bearer token."
            )
        given = request.headers.get("authorization", "").encode()
        if not hmac.compare_digest(given, f"Bearer {self.samples_token}".encode()):
            return _fault(
                401,
                "The bearer token is missing or wrong.",
                "Send `Authorization: Bearer <KPI_SAMPLES_TOKEN>`.",
            )
        return None

    def _store(self, found: list[Sample]) -> samples.Written:
        now = self.now()
        with self.sessions.begin() as session:
            written = samples.write(session, found, now)
            metrics = ", ".join(sorted({sample.metric for sample in found}))[:500]
            audit.write(session, audit.Act(now, "http", "import", metrics, after=str(len(found))))
            return written


async def _body(request: Request) -> bytes | None:
    """The whole body, or None once it is larger than allowed."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MOST_BYTES:
            return None
        parts.append(part)
    return b"".join(parts)


def _fault(status: int, message: str, hint: str) -> JSONResponse:
    return JSONResponse({"error": message, "hint": hint}, status_code=status)


class _Exposition:
    """The last evaluation as Prometheus gauges."""

    def __init__(self, board: Board, problems: Sequence[str]) -> None:
        self._board, self._problems = board, problems

    def collect(self) -> list[Metric]:
        ready = GaugeMetricFamily("kpi_bot_ready", "1 when questions can reach the bot and be answered.")
        ready.add_metric([], 0 if self._problems else 1)
        age = GaugeMetricFamily("kpi_bot_evaluated_timestamp_seconds", "When all KPIs were last evaluated.")
        if self._board.at is not None:
            age.add_metric([], self._board.at.timestamp())
        names = ["framework", "kpi"]
        value = GaugeMetricFamily("kpi_value", "A KPI's value, in its own unit.", labels=names)
        share = GaugeMetricFamily(
            "kpi_percent_of_target", "A KPI's percent of the target in force.", labels=names
        )
        for (framework, kpi), standing in self._standings().items():
            if standing[0] is not None:
                value.add_metric([framework, kpi], standing[0])
            if standing[1] is not None:
                share.add_metric([framework, kpi], standing[1])
        return [ready, age, value, share]

    def _standings(self) -> Mapping[tuple[str, str], tuple[float | None, float | None]]:
        return {
            (ref.use.framework.key, ref.kpi.key): (standing.value, standing.percent_of_target)
            for ref, standing in self._board.standings
        }
