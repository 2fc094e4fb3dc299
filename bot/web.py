"""The bot over HTTP: health, its own figures for Prometheus, and what other programs push to it."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.exposition import CONTENT_TYPE, Contact, Ledger, State, expose, read_ledger
from bot.jobs.evaluate import Board
from bot.samples_file import SamplesRefused, parse_csv, parse_json
from collectors import otlp
from collectors.base import CollectorConfig
from storage import SessionFactory, StorageFault, audit, samples

MOST_BYTES = 32 * 1024 * 1024
_PROTOBUF, _JSON = "application/x-protobuf", "application/json"
_CSV = frozenset({"text/csv", "application/csv"})


@dataclass(frozen=True)
class Web:
    """What the routes need to know."""

    sessions: SessionFactory
    zone: ZoneInfo
    now: Callable[[], datetime]
    board: Board
    samples_token: str | None
    problems: Callable[[], Sequence[str]]  # why the bot is not ready; none when it is
    contacts: Callable[[], Mapping[str, Contact]] = dict  # how each surface stands
    trouble: Callable[[], str] = str  # why the files as they stand are not in force; "" where they are
    receivers: Callable[[], Sequence[CollectorConfig]] = tuple  # sources whose metrics are pushed (otlp)

    def routes(self) -> list[Route]:
        return [
            Route("/healthz", self.health),
            Route("/readyz", self.ready),
            Route("/metrics", self.metrics),
            Route("/v1/samples", self.take_samples, methods=["POST"]),
            Route("/v1/metrics", self.take_metrics, methods=["POST"]),
        ]

    async def health(self, _request: Request) -> Response:
        """The process answers; nothing else is claimed."""
        return PlainTextResponse("ok\n")

    async def ready(self, _request: Request) -> Response:
        """Whether questions can reach the bot and be answered, from the real state of its parts."""
        _, problems = await asyncio.to_thread(self._state)
        status = 503 if problems else 200
        return JSONResponse({"ready": not problems, "problems": problems}, status_code=status)

    async def metrics(self, _request: Request) -> Response:
        ledger, problems = await asyncio.to_thread(self._state)
        state = State(not problems, self.contacts(), self.trouble())
        text = await asyncio.to_thread(expose, self.board, ledger, state)
        return Response(text, media_type=CONTENT_TYPE)

    def _state(self) -> tuple[Ledger | None, list[str]]:
        """What storage says of posts and sources, and why the bot is not ready."""
        found = list(self.problems())
        try:
            with self.sessions.read() as session:
                return read_ledger(session), found
        except StorageFault as fault:
            said = str(fault)
            return None, found if any(said in one for one in found) else [*found, said]

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
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        try:
            written = await asyncio.to_thread(self._store, body, is_csv=kind in _CSV)
        except UnicodeDecodeError:
            return _fault(400, "The body is not UTF-8.", "Save the file as UTF-8.")
        except SamplesRefused as fault:
            return JSONResponse({"error": "nothing was taken", "faults": fault.faults}, status_code=400)
        except StorageFault as fault:
            return _fault(503, fault.message, fault.hint)
        except ValueError as fault:
            return JSONResponse({"error": "nothing was taken", "faults": [str(fault)]}, status_code=400)
        return JSONResponse(
            {"new": written.new, "restated": written.restated, "unchanged": written.unchanged}
        )

    async def take_metrics(self, request: Request) -> Response:
        """Metrics over OTLP: what can be kept of them, and the rest named in the answer."""
        config = self._receiver(request)
        if config is None:
            hint = "Send the token of a source with collector: otlp as a bearer token."
            return _fault(401, "The bearer token is missing or wrong.", hint)
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in (_PROTOBUF, _JSON):
            return _fault(
                415, f"Send {_PROTOBUF} or {_JSON}.", "Set the exporter's protocol to one over HTTP."
            )
        try:
            body = await _body(request)
        except ClientDisconnect:
            return Response(status_code=400)
        if body is None:
            return _fault(413, f"More than {MOST_BYTES // 2**20} MB.", "Send it in parts.")
        packing = request.headers.get("content-encoding", "").strip().lower()
        try:
            said = await asyncio.to_thread(self._keep, body, packing, config, is_json=kind == _JSON)
        except otlp.Refused as fault:
            return _fault(fault.status, str(fault), "Nothing was taken.")
        except StorageFault as fault:
            answer = _fault(503, fault.message, fault.hint)
            answer.headers["Retry-After"] = "30"  # an exporter sends it again only if it is told to
            return answer
        return Response(said, media_type=kind)

    def _receiver(self, request: Request) -> otlp.Config | None:
        """The source whose token the request bears."""
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        found = None
        for one in self.receivers():
            if isinstance(one, otlp.Config):
                token = one.token.get_secret_value().strip().encode()
                if hmac.compare_digest(given.strip().encode("latin-1"), token) and scheme.lower() == "bearer":
                    found = found or one
        return found

    def _keep(self, body: bytes, packing: str, config: otlp.Config, *, is_json: bool) -> bytes:
        """Read and keep what was pushed; the answer in OTLP's words."""
        now = self.now()
        pushed = otlp.read(otlp.decode(otlp.unpacked(body, packing), is_json=is_json), config, now)
        if pushed.samples:
            with self.sessions.begin() as session:
                samples.write(session, pushed.samples.values(), now)
        return otlp.answer(pushed, is_json=is_json)

    def _refuse(self, request: Request) -> Response | None:
        if self.samples_token is None:
            return _fault(
                403, "This bot takes no samples.", "Set KPI_SAMPLES_TOKEN and send it as a bearer token."
            )
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        # Headers come as Latin-1, whatever bytes were sent.
        is_right = hmac.compare_digest(given.strip().encode("latin-1"), self.samples_token.encode())
        if scheme.lower() != "bearer" or not is_right:
            hint = "Send `Authorization: Bearer <KPI_SAMPLES_TOKEN>`."
            answer = _fault(401, "The bearer token is missing or wrong.", hint)
            answer.headers["WWW-Authenticate"] = "Bearer"
            return answer
        return None

    def _store(self, body: bytes, *, is_csv: bool) -> samples.Written:
        """Read and keep the samples; the body of a request may take seconds, so not on the event loop."""
        text = body.decode("utf-8")
        found = parse_csv(text, self.zone, file="body") if is_csv else parse_json(text, self.zone)
        now = self.now()
        with self.sessions.begin() as session:
            written = samples.write(session, found, now)
            metrics = ", ".join(sorted({sample.metric for sample in found}))[:500]
            act = audit.Act(now, "http", "import", metrics, after=str(len(found)), place="http")
            audit.write(session, act)
            return written


async def _body(request: Request) -> bytes | None:
    """The whole body, or None where it is, or says it is, larger than allowed."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > MOST_BYTES:
        return None
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MOST_BYTES:
            return None
        parts.append(part)
    return b"".join(parts)


def _fault(status: int, message: str, hint: str) -> JSONResponse:
    return JSONResponse({"error": message, "hint": hint}, status_code=status)
