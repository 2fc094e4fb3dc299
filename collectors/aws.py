"""What Amazon Web Services cost a day, as Cost Explorer tells it.

Endpoint: `GetCostAndUsage` of `https://ce.us-east-1.amazonaws.com`, by day.
Auth: `access_key_id` and `secret_access_key` of a user who may `ce:GetCostAndUsage` and nothing else, with
    `session_token` where they are temporary. Requests are signed by botocore: `pip install kpi-bot[aws]`.
Rate limit: every page costs $0.01, so a run asks once a day; `monthly_budget` (in dollars) is not exceeded.
Freshness: up to three times a day, and Amazon restates a month until its invoice: what it calls estimated is
    not settled, and the last 35 days are read again. It keeps 13 months.
Docs: https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_GetCostAndUsage.html,
    https://docs.aws.amazon.com/cost-management/latest/userguide/ce-api-best-practices.html

Amazon's days are those of UTC, and so are the days told here. With `by_service` each service is a series, and
all of them together are the whole. A credit or a refund is a cost below zero.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from hashlib import sha256
from importlib import import_module
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr

from collectors.base import (
    About,
    Batch,
    Client,
    Collector,
    CollectorConfig,
    Credential,
    Proof,
    Span,
    address,
)
from collectors.faults import AuthFailed, CollectorFault, RateLimited, Unavailable, UnexpectedResponse
from collectors.http import Access, Answer, Api, Budget
from collectors.payload import number, part, rows, text
from kpi.metric import Kind, Metric, Sample, labels

SETTLES_AFTER = timedelta(days=2)
USUAL = timedelta(days=35)
KEPT = timedelta(days=395)
PRICE = Decimal("0.01")
LONGEST_ANSWER = 100  # pages
_INSTANT = timedelta(microseconds=1)
_REGION, _SERVICE = "us-east-1", "ce"
_SIGNERS = ("auth", "awsrequest", "credentials")
_TARGET = "AWSInsightsIndexService.GetCostAndUsage"
_PATIENCE = ("LimitExceededException", "ThrottlingException", "TooManyRequestsException")
_LATER = ("DataUnavailableException", "ServiceUnavailableException", "InternalFailure")
_REFUSED = (
    "AccessDeniedException",
    "UnrecognizedClientException",
    "InvalidSignatureException",
    "ExpiredTokenException",
    "IncompleteSignatureException",
    "MissingAuthenticationTokenException",
)

COST = Metric("aws.cost", "usd", Kind.FLOW, "cost of a day in dollars", ("service",), is_signed=True)
METRICS = (COST,)


class Config(CollectorConfig):
    """Which account is read, and how its cost is counted."""

    collector: Literal["aws"] = "aws"
    access_key_id: SecretStr = Field(min_length=1)
    secret_access_key: SecretStr = Field(min_length=1)
    session_token: SecretStr | None = None
    by_service: bool = False
    cost: Literal["UnblendedCost", "AmortizedCost", "NetUnblendedCost", "NetAmortizedCost"] = "UnblendedCost"
    monthly_budget: Decimal = Field(Decimal("1.00"), gt=0, description="dollars for Cost Explorer a month")
    base_url: Annotated[str, address("https://ce.us-east-1.amazonaws.com")] = (
        "https://ce.us-east-1.amazonaws.com"
    )

    @property
    def budget(self) -> Budget:
        """The account's allowance, under a name that does not tell its key."""
        key = sha256(self.access_key_id.get_secret_value().encode()).hexdigest()[:16]
        return Budget(f"aws {key}", self.monthly_budget, "$")


def signed(config: Config, url: str, body: bytes) -> dict[str, str]:
    """The headers of one request, with its signature. Raises where botocore is not installed."""
    try:
        auth, requests, keys = (import_module(f"botocore.{name}") for name in _SIGNERS)
    except ImportError:
        raise UnexpectedResponse(
            "requests to AWS cannot be signed: botocore is not installed",
            hint="Install it with: pip install kpi-bot[aws]",
        ) from None
    # It logs what it signs, session token included.
    logging.getLogger("botocore.auth").setLevel(logging.WARNING)
    session = config.session_token.get_secret_value() if config.session_token else None
    pair = (config.access_key_id.get_secret_value(), config.secret_access_key.get_secret_value())
    plain = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": _TARGET}
    request = requests.AWSRequest("POST", url, headers=plain, data=body)
    auth.SigV4Auth(keys.Credentials(*pair, session), _SERVICE, _REGION).add_auth(request)
    return dict(request.headers.items())


def days_of(span: Span) -> tuple[date, date]:
    """Amazon's first day to read, and the first after: its spans end before their end."""
    oldest = (span.now - KEPT).astimezone(UTC)
    first = max(span.start_of(span.first_day(USUAL)).astimezone(UTC), oldest)
    end = (min(span.until or span.now, span.now) - _INSTANT).astimezone(UTC)
    return first.date(), end.date() + timedelta(days=1)


def question(config: Config, first: date, after: date) -> dict[str, Any]:
    """What is asked of Cost Explorer."""
    asked: dict[str, Any] = {
        "TimePeriod": {"Start": f"{first}", "End": f"{after}"},
        "Granularity": "DAILY",
        "Metrics": [config.cost],
    }
    if config.by_service:
        asked["GroupBy"] = [{"Type": "DIMENSION", "Key": "SERVICE"}]
    return asked


def parse_days(page: Any, config: Config, now: datetime) -> Iterator[Sample]:
    """The days of one page; a service that cost nothing on a day is not in it, and is no number."""
    for day in rows(page, "ResultsByTime"):
        began = text(day, "TimePeriod", "Start")
        try:
            at = datetime.combine(date.fromisoformat(began), time(), UTC)
        except ValueError:
            raise UnexpectedResponse("TimePeriod.Start is not a day", hint=_CHANGED) from None
        is_over = at + timedelta(days=1) + SETTLES_AFTER <= now
        is_settled = is_over and part(day, "Estimated") is False
        if config.by_service:
            for group in rows(day, "Groups"):
                marks = labels({"service": text(group, "Keys", 0)})
                cost = _dollars(part(group, "Metrics"), config.cost)
                yield Sample(COST.name, at, cost, marks, is_settled)
        else:
            yield Sample(COST.name, at, _dollars(part(day, "Total"), config.cost), (), is_settled)


_CHANGED = "The vendor may have changed its API; nothing was taken from this answer."


def _dollars(amounts: Mapping[str, Any], name: str) -> float:
    if text(amounts, name, "Unit") != "USD":
        raise UnexpectedResponse(f"costs are not in dollars but in {amounts[name]['Unit']}", hint="")
    return number(amounts, name, "Amount")


async def _pages(config: Config, client: Client, asked: dict[str, Any]) -> list[Any]:
    """Every page; each is paid for before it is asked."""
    api, found = _api(config, client), list[Any]()
    for _ in range(LONGEST_ANSWER):
        await client.spend(config.budget, PRICE)
        body = json.dumps(asked).encode()
        headers = signed(config, f"{config.base_url}/", body)
        page = (await api.post_bytes("/", body, headers)).json()
        found.append(page)
        if not isinstance(page, Mapping) or page.get("NextPageToken") is None:
            return found
        asked = {**asked, "NextPageToken": text(page, "NextPageToken")}
    raise UnexpectedResponse(f"Cost Explorer gave over {LONGEST_ANSWER} pages", hint="Read a shorter span.")


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read one account; a page that fails spoils the run, for a service may stand on it."""
    first, after = days_of(span)
    if first >= after:
        return Batch(notes=("Cost Explorer keeps 13 months",))
    found = await _pages(config, client, question(config, first, after))
    return Batch(tuple(one for page in found for one in parse_days(page, config, span.now)))


async def probe(config: Config, client: Client) -> str:
    """What yesterday cost; this too is paid for."""
    today = client.now().astimezone(UTC).date()
    asked = question(config.model_copy(update={"by_service": False}), today - timedelta(days=1), today)
    (page,) = await _pages(config, client, asked)
    days = list(rows(page, "ResultsByTime"))
    return f"${_dollars(part(days, 0, 'Total'), config.cost):,.2f} yesterday"


def _api(config: Config, client: Client) -> Api:
    secrets = [config.access_key_id, config.secret_access_key, config.session_token]
    hidden = tuple(one.get_secret_value() for one in secrets if one is not None)
    return client.at(config.base_url, Access(secrets=hidden, is_serial=True, fault=_refusal))


def _refusal(answer: Answer, _: datetime) -> CollectorFault | None:
    """AWS answers 400 to nearly everything, and names what is wrong in `__type`."""
    if answer.status != 400:
        return None
    try:
        kind = text(answer.json(), "__type").rpartition("#")[2]
    except CollectorFault:
        return None
    said = f"Cost Explorer answered {kind[:80]}"
    if kind in _PATIENCE:
        return RateLimited(said, hint="It is asked again on the next run.", status=400)
    if kind in _LATER:
        return Unavailable(said, hint="Its data are not there yet; it is asked again.", status=400)
    if kind in _REFUSED:
        hint = "Check the keys and the machine's clock, and let the user ce:GetCostAndUsage."
        return AuthFailed(said, hint=hint, status=400)
    return None


ABOUT = About(
    title="AWS Cost Explorer",
    measures="infrastructure cost a day, by service",
    example={
        "access_key_id": "${AWS_ACCESS_KEY_ID}",
        "secret_access_key": "${AWS_SECRET_ACCESS_KEY}",
        "monthly_budget": "1.00",
    },
    credentials=(
        Credential(
            "access_key_id",
            "AWS_ACCESS_KEY_ID",
            "a user who may ce:GetCostAndUsage and nothing else",
            "https://console.aws.amazon.com/iam/home#/users",
        ),
        Credential(
            "secret_access_key",
            "AWS_SECRET_ACCESS_KEY",
            "of the same user",
            "https://console.aws.amazon.com/iam/home#/users",
        ),
    ),
    proof=Proof.SPEC,
    proven_by="service model of botocore 1.44",
)

COLLECTOR = Collector(
    "aws",
    Config,
    METRICS,
    collect,
    settles_after=SETTLES_AFTER,
    backfills=True,
    every=timedelta(days=1),
    rereads=USUAL,
    forgets_after=KEPT,
    probe=probe,
    about=ABOUT,
)
