"""Cost Explorer, played from the cost of each service on each day.

Signatures are worked out here by plain HMAC, as AWS describes version 4; questions and answers are held to
the service model that botocore ships.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from importlib import import_module
from typing import Any

from kpi.metric import labels
from tests.collectors.scenarios.base import NOW, Asked, Limit, Said, Sample, Scenario

KEY_ID, SECRET, SESSION = "AKIACANARY0EXAMPLE1", "canary/secret+key000000", "canary-session-token"
SERVICES = {"Amazon EC2": Decimal("12.345678"), "Amazon S3": Decimal("0.0000012"), "Credits": Decimal("-1.5")}
LAST_INVOICE = date(2026, 11, 1)  # what lies before is final
CAP = 20  # days a page
_HEADER = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/us-east-1/ce/aws4_request, "
    r"SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})"
)


def cost(service: str, day: date) -> Decimal | None:
    """What a service cost on a day: S3 was not used on Sundays, and credits fall on the first."""
    if service == "Credits":
        return SERVICES[service] if day.day == 1 else None
    if service == "Amazon S3" and day.weekday() == 6:
        return None
    return SERVICES[service] * day.day


@lru_cache
def shape(name: str) -> Any:
    """The question (`input_shape`) or the answer (`output_shape`) in botocore's model."""
    model = (
        import_module("botocore.session")
        .get_session()
        .get_service_model("ce")
        .operation_model("GetCostAndUsage")
    )
    return getattr(model, name)


def fits(body: Any, of: Any) -> None:
    """Fail unless `body` has the members, types and enums of the model."""
    report = import_module("botocore.validate").ParamValidator().validate(body, of)
    assert not report.has_errors(), report.generate_report()


def signature(asked: Asked) -> tuple[str, str]:
    """The signature that a request should carry, and the one it does."""
    found = _HEADER.fullmatch(asked.headers["authorization"])
    assert found is not None
    key_id, day, names, given = found.groups()
    listed = "".join(f"{name}:{' '.join(asked.headers[name].split())}\n" for name in names.split(";"))
    assert {"host", "x-amz-date", "x-amz-target"} <= set(names.split(";"))
    content = hashlib.sha256(asked.body).hexdigest()
    canonical = "\n".join(["POST", asked.path, "", listed, names, content])
    scope = f"{day}/us-east-1/ce/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = "\n".join(["AWS4-HMAC-SHA256", asked.headers["x-amz-date"], scope, digest])
    key = f"AWS4{SECRET}".encode()
    for piece in (day, "us-east-1", "ce", "aws4_request"):
        key = hmac.new(key, piece.encode(), hashlib.sha256).digest()
    assert key_id == KEY_ID
    return hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest(), given


def said(status: int, **body: Any) -> Said:
    return Said(status, json.dumps(body).encode(), {"Content-Type": "application/x-amz-json-1.1"})


@dataclass
class CostExplorer:
    """The account at `now`; `since` is the day it was opened."""

    now: datetime
    is_empty: bool = False

    def __call__(self, asked: Asked) -> Said:
        right, given = signature(asked)
        if right != given:
            return said(400, __type="InvalidSignatureException", message="The signature does not match")
        if asked.headers.get("x-amz-security-token", SESSION) != SESSION:
            return said(400, __type="UnrecognizedClientException")
        if asked.headers.get("x-amz-target") != "AWSInsightsIndexService.GetCostAndUsage":
            return said(400, __type="UnknownOperationException")
        body = asked.json()
        fits(body, shape("input_shape"))
        answer = self.answer(body)
        fits(answer, shape("output_shape"))
        return said(200, **answer)

    def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        first, after = (date.fromisoformat(body["TimePeriod"][key]) for key in ("Start", "End"))
        assert first < after <= self.now.astimezone(UTC).date() + timedelta(days=1)
        begin = first + timedelta(days=int(body.get("NextPageToken", "0")))
        days = [begin + timedelta(days=n) for n in range(min(CAP, (after - begin).days))]
        (metric,) = body["Metrics"]
        results = [] if self.is_empty else [self.day(day, metric, "GroupBy" in body) for day in days]
        read = (begin - first).days + len(days)
        more = {"NextPageToken": str(read)} if read < (after - first).days else {}
        return {"ResultsByTime": results, "GroupDefinitions": body.get("GroupBy", []), **more}

    def day(self, day: date, metric: str, is_grouped: bool) -> dict[str, Any]:
        costs = {name: value for name in SERVICES if (value := cost(name, day)) is not None}
        period = {"Start": f"{day}", "End": f"{day + timedelta(days=1)}"}
        total = {metric: {"Amount": str(sum(costs.values())), "Unit": "USD"}}
        groups = [
            {"Keys": [name], "Metrics": {metric: {"Amount": str(value), "Unit": "USD"}}}
            for name, value in costs.items()
        ]
        plain = {"TimePeriod": period, "Estimated": day >= LAST_INVOICE}
        return plain | ({"Total": {}, "Groups": groups} if is_grouped else {"Total": total, "Groups": []})


def expected(first: date, last: date, *, by_service: bool) -> list[Sample]:
    found = []
    for ago in range((last - first).days + 1):
        day = first + timedelta(days=ago)
        at, is_final = datetime(day.year, day.month, day.day, tzinfo=UTC), day < LAST_INVOICE
        costs = {name: value for name in SERVICES if (value := cost(name, day)) is not None}
        if by_service:
            for name, value in costs.items():
                found.append(Sample("aws.cost", at, float(value), labels({"service": name}), is_final))
        else:
            found.append(Sample("aws.cost", at, float(sum(costs.values())), (), is_final))
    return found


def services() -> Scenario:
    return Scenario(
        settings={
            "access_key_id": KEY_ID,
            "secret_access_key": SECRET,
            "session_token": SESSION,
            "by_service": True,
            "base_url": "{url}",
        },
        answer=CostExplorer(NOW),
        expected=expected(date(2026, 10, 16), date(2026, 11, 20), by_service=True),
        secrets=(KEY_ID, SECRET, SESSION),
        empty=CostExplorer(NOW, is_empty=True),
        limit=Limit(said(400, __type="LimitExceededException", message="Rate exceeded"), None),
    )


def whole_account() -> Scenario:
    """A back-fill in New York of the week in which the clocks go back: Amazon's days stay those of UTC."""
    scenario = services()
    scenario.settings = {"access_key_id": KEY_ID, "secret_access_key": SECRET, "base_url": "{url}"}
    scenario.zone = "America/New_York"
    scenario.since, scenario.until = (
        datetime(2026, 10, 29, 4, tzinfo=UTC),
        datetime(2026, 11, 3, 5, tzinfo=UTC),
    )
    scenario.expected = expected(date(2026, 10, 29), date(2026, 11, 3), by_service=False)
    return scenario


SCENARIOS = (services, whole_account)
