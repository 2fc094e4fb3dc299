"""A Hotjar survey, played from a list of responses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from tests.collectors.loopback import Asked, Said, said_json
from tests.collectors.scenarios.base import NOW, Sample, Scenario, refused
from tests.collectors.scenarios.daily import DAY, HOUR, daily

CLIENT, SECRET, TOKEN = "0b1c2d3e", "hj-secret-canary77", "hj-token-canary31"
PATH = "/v1/sites/12345/surveys/67890/responses"
PAGE = 2


@dataclass(frozen=True)
class Response:
    """Somebody's answers; `score` None where the question was left out."""

    at: datetime
    score: int | None = None


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


ANSWERS = (
    Response(ago(0.1), 10),
    Response(ago(2), 9),
    Response(ago(2), 6),
    Response(ago(2.5), 8),
    Response(ago(2.6)),
    Response(ago(29), 0),
    Response(ago(40), 10),
    Response(ago(41), 10),
    Response(ago(42), 10),
)


@dataclass
class Hotjar:
    """Strict; a token lives a minute, and there are two responses a page, the newest first."""

    answers: Sequence[Response] = ANSWERS

    def __call__(self, asked: Asked) -> Said:
        if (asked.method, asked.target) == ("POST", "/v1/oauth/token"):
            fields = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
            wanted = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET}
            if fields != wanted:
                return refused(401, error="invalid_client", message="unknown key")
            return said_json({"access_token": TOKEN, "token_type": "Bearer", "expires_in": 60})
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return refused(401, error="unauthorized", message="no token")
        if asked.method != "GET" or asked.path != PATH:
            return refused(404, error="not_found", message="no such survey")
        if set(asked.query) - {"limit", "cursor"} or not 1 <= int(asked.query["limit"]) <= 100:
            return refused(400, error="bad_request", message="limit is at most 100")
        newest = sorted(enumerate(self.answers), key=lambda each: each[1].at, reverse=True)
        start = int(asked.query.get("cursor", "c0").removeprefix("c"))
        more = f"c{start + PAGE}" if start + PAGE < len(newest) else None
        page = [self._told(number, one) for number, one in newest[start : start + PAGE]]
        return said_json({"results": page, "next_cursor": more})

    def _told(self, number: int, one: Response) -> Any:
        answers = [{"question_id": "q2", "answer": "Fast"}]
        if one.score is not None:
            answers.append({"question_id": "q1", "answer": str(one.score)})
        at = one.at.astimezone(UTC).isoformat().replace("+00:00", "Z")
        return {"id": f"response_{number}", "answers": answers, "created_time": at, "is_complete": True}


def flows(answers: Sequence[Response], zone: str = "UTC") -> list[Sample]:
    return daily("hotjar.responses", [one.at for one in answers], back=30 * DAY, zone=zone)


def _scenario(survey: Hotjar, expected: list[Sample], scale: str, **more: Any) -> Scenario:
    key = {"client_id": CLIENT, "client_secret": SECRET, "base_url": "{url}"}
    return Scenario(
        key | {"site": 12345, "survey": "67890", "question": "q1", "scale": scale},
        survey,
        expected,
        secrets=(SECRET, TOKEN),
        **more,
    )


def a_survey_of_nps() -> Scenario:
    told = [
        Sample("hotjar.nps", ago(0.1), 100),
        Sample("hotjar.nps", ago(2), 100),
        Sample("hotjar.nps", ago(2) + timedelta(microseconds=1), -100),
        Sample("hotjar.nps", ago(2.5), 0),
        Sample("hotjar.nps", ago(29), -100),
    ]
    return _scenario(Hotjar(), [*flows(ANSWERS), *told], "nps", empty=Hotjar(()), empty_expected=flows(()))


def a_survey_of_satisfaction() -> Scenario:
    """Scores of 1 to 5, around a midnight of another zone."""
    midnight = datetime(2026, 11, 1, 2, 59, 59, tzinfo=UTC)
    zone = "America/Sao_Paulo"
    answers = [Response(midnight, 5), Response(midnight + HOUR, 4), Response(midnight + 2 * HOUR, 3)]
    told = [Sample("hotjar.satisfied", one.at, float((one.score or 0) > 3)) for one in answers]
    return _scenario(Hotjar(answers), [*flows(answers, zone), *told], "csat", zone=zone)


SCENARIOS = (a_survey_of_nps, a_survey_of_satisfaction)
