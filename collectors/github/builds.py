"""Builds: whether runs of workflows succeed, how long they take, and which pass only when asked again.

Runs of pushes to one branch count. A filtered list ends after 1,000 runs, whatever its total says: a longer
one is read in slices.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from collectors.base import Batch, Part, collect_parts
from collectors.faults import UnexpectedResponse
from collectors.github.access import ACCEPT
from collectors.github.reader import Reader, distinct, event, iso
from collectors.http import Params
from collectors.payload import moment, number, rows, text
from kpi.calendar import day_of
from kpi.metric import Metric, Sample, labels

SUCCESS = event("workflow_success_rate", "1 or 0, one a concluded run", "workflow", unit="ratio")
DURATION = event("workflow_duration", "duration of a concluded run", "workflow")
FLAKY = event(
    "workflow_flaky", "1 or 0, one a concluded run: it passed after the same code had failed", "workflow",
    unit="ratio",
)  # fmt: skip
METRICS = (SUCCESS, DURATION, FLAKY)

_AGAIN = timedelta(days=3)  # a build may end, or be run again, days after it was created
_FILTERED_RUNS = 1000
_TIMED_RUNS = 1000
_TIMED_RUNS_ANONYMOUS = 20  # one request each, of 60 an hour
_CONCLUDED = {"success": 1.0, "failure": 0.0, "timed_out": 0.0}


async def read_workflows(reader: Reader) -> Batch:
    again = reader.span.start_of(day_of(reader.span.now - _AGAIN, reader.span.zone))
    first = reader.start if reader.is_past else min(reader.start, again)
    found = await list_runs(reader, reader.config.workflow, first, reader.end, event="push")
    runs = [one for one in found if str(one.get("conclusion")) in _CONCLUDED]
    more = await collect_parts(
        (
            Part("durations", (DURATION.name,), lambda: _durations(reader, runs)),
            Part("flakiness", (FLAKY.name,), lambda: _flaky(reader, runs)),
        )
    )
    return Batch((*(_said(SUCCESS, one, succeeded(one)) for one in runs), *more.samples), more.faults)


def succeeded(run: Mapping[str, Any]) -> float:
    """1 or 0; only of a run that is neither cancelled nor skipped nor undecided."""
    return _CONCLUDED[str(run.get("conclusion"))]


def _said(metric: Metric, run: dict[str, Any], value: float) -> Sample:
    at = distinct(moment(run, "created_at"), number(run, "id"))
    return Sample(metric.name, at, value, labels({"workflow": _file(run)}))


def _file(run: dict[str, Any]) -> str:
    return text(run, "path").partition("@")[0].rpartition("/")[2]


async def list_runs(
    reader: Reader, workflow: str | None, start: datetime, end: datetime, **more: str
) -> list[dict[str, Any]]:
    """Completed runs created in a span, halved until the list is not cut off."""
    branch = reader.config.branch or text(reader.about, "default_branch")
    below = f"/workflows/{quote(workflow, safe='')}" if workflow else ""
    created = f"{iso(start)}..{iso(end - timedelta(seconds=1))}"
    query: Params = {"branch": branch, "status": "completed", "created": created, "per_page": 100, **more}
    found: list[dict[str, Any]] = []
    async for page in reader.api.pages(f"{reader.path}/actions{below}/runs", query, accept=ACCEPT):
        if number(page, "total_count") > _FILTERED_RUNS:
            if end - start < timedelta(minutes=2):
                raise UnexpectedResponse(
                    "more builds in a minute than GitHub lists", hint="Set workflow to count one."
                )
            middle = (start + (end - start) / 2).replace(microsecond=0)
            return [
                *await list_runs(reader, workflow, start, middle, **more),
                *await list_runs(reader, workflow, middle, end, **more),
            ]
        found += rows(page, "workflow_runs")
    return found


async def _durations(reader: Reader, runs: list[dict[str, Any]]) -> Batch:
    most = _TIMED_RUNS if reader.config.has_identity else _TIMED_RUNS_ANONYMOUS
    if len(runs) > most:
        raise UnexpectedResponse(
            f"{len(runs)} builds to time, one request each; at most {most} are",
            hint="Read a shorter span, set workflow to one of them, or add a token.",
        )
    found = [(run, worked(await list_jobs(reader, run))) for run in runs]
    times = ((run, (span[1] - span[0]).total_seconds()) for run, span in found if span is not None)
    return Batch(tuple(_said(DURATION, run, max(0.0, seconds)) for run, seconds in times))


async def list_jobs(reader: Reader, run: dict[str, Any]) -> list[dict[str, Any]]:
    """The jobs of the last attempt."""
    every: list[dict[str, Any]] = []
    path = f"{reader.path}/actions/runs/{int(number(run, 'id'))}/jobs"
    async for page in reader.api.pages(path, {"per_page": 100}, accept=ACCEPT):
        every += rows(page, "jobs")
    return every


def worked(jobs: Iterable[dict[str, Any]]) -> tuple[datetime, datetime] | None:
    """From the first job's start to the last job's end; None where no job ran."""
    ran = [one for one in jobs if one.get("started_at") and one.get("completed_at")]
    if not ran:
        return None
    return min(moment(one, "started_at") for one in ran), max(moment(one, "completed_at") for one in ran)


async def _flaky(reader: Reader, runs: list[dict[str, Any]]) -> Batch:
    """Of each run, whether it passed though an earlier attempt of it, or an earlier run of the same workflow
    and commit, had failed."""
    failed: set[tuple[str, str]] = set()
    found: list[Sample] = []
    for run in sorted(runs, key=lambda one: moment(one, "created_at")):
        same = (_file(run), text(run, "head_sha"))
        is_flaky = succeeded(run) == 1 and (same in failed or await _failed_before(reader, run))
        if succeeded(run) == 0:
            failed.add(same)
        found.append(_said(FLAKY, run, float(is_flaky)))
    return Batch(tuple(found))


async def _failed_before(reader: Reader, run: dict[str, Any]) -> bool:
    """Whether an earlier attempt failed; a list of runs shows only the last."""
    for attempt in range(int(number(run, "run_attempt") if run.get("run_attempt") else 1) - 1, 0, -1):
        answer = await reader.get(f"/actions/runs/{int(number(run, 'id'))}/attempts/{attempt}")
        if _CONCLUDED.get(str(_told(answer.json()).get("conclusion"))) == 0:
            return True
    return False


def _told(payload: Any) -> Mapping[str, Any]:
    if not isinstance(payload, Mapping):
        raise UnexpectedResponse("an attempt of a run is no object", hint="The vendor may have changed it.")
    return payload
