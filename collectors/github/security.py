"""Security alerts: those that are open, by severity, and how long the fixed ones took.

Each kind is a part and has metrics of its own, so that one that is switched off makes no total too low.
Severities are critical, high, medium and low; a finding of code scanning that is none of security has `none`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from collectors.base import Batch
from collectors.faults import UnexpectedResponse
from collectors.github.reader import Reader, distinct, event, snapshot
from collectors.payload import moment, number, part, text
from kpi.metric import Kind, Metric, Sample, labels

CODE_OPEN = snapshot("code_scanning_alerts", "alerts", Kind.LEVEL, "open alerts of code scanning", "severity")
CODE_FIX = event("code_scanning_fix_time", "time from alert to fix, one a fixed alert", "severity")
DEPENDABOT_OPEN = snapshot(
    "dependabot_alerts", "alerts", Kind.LEVEL, "open alerts on dependencies", "severity"
)
DEPENDABOT_FIX = event("dependabot_fix_time", "time from alert to fix, one a fixed alert", "severity")
SECRETS_OPEN = snapshot("secret_scanning_alerts", "alerts", Kind.LEVEL, "open alerts on secrets")
SECRETS_FIX = event("secret_revocation_time", "time from alert to revocation, one a revoked secret")
METRICS = (CODE_OPEN, CODE_FIX, DEPENDABOT_OPEN, DEPENDABOT_FIX, SECRETS_OPEN, SECRETS_FIX)

_SEVERITIES = ("critical", "high", "medium", "low")


@dataclass(frozen=True, slots=True)
class Alerts:
    """One kind of alerts: where its severity lies, when it ended well, and to which metrics that goes."""

    path: str
    severity: tuple[str, ...]
    severities: tuple[str, ...]
    ended: str  # the state of those that are over, and
    ended_at: str  # the field that says when
    open_now: Metric
    fixed: Metric
    query: tuple[tuple[str, str], ...] = ()

    @property
    def metrics(self) -> tuple[Metric, ...]:
        return self.open_now, self.fixed

    async def read(self, reader: Reader) -> Batch:
        found: list[Sample] = []
        more = dict(self.query)
        if not reader.is_past:
            found += parse_open(await reader.pages(self.path, state="open", **more), self, reader)
        over = await reader.pages_until(
            "updated_at", self.path, state=self.ended, sort="updated", direction="desc", **more
        )
        return Batch((*found, *parse_fixed(over, self, reader)))

    def pairs(self, alert: dict[str, Any]) -> dict[str, str]:
        if not self.severity:
            return {}
        found = _mapping(part(alert, *self.severity[:-1])).get(self.severity[-1])
        return {"severity": "none" if found is None else text(alert, *self.severity)}


CODE = Alerts(
    "/code-scanning/alerts",
    ("rule", "security_severity_level"),
    (*_SEVERITIES, "none"),
    "fixed",
    "fixed_at",
    CODE_OPEN,
    CODE_FIX,
)
DEPENDENCIES = Alerts(
    "/dependabot/alerts",
    ("security_advisory", "severity"),
    _SEVERITIES,
    "fixed",
    "fixed_at",
    DEPENDABOT_OPEN,
    DEPENDABOT_FIX,
)
SECRETS = Alerts(
    "/secret-scanning/alerts",
    (),
    (),
    "resolved",
    "resolved_at",
    SECRETS_OPEN,
    SECRETS_FIX,
    (("hide_secret", "true"),),  # what leaked is nobody's business here
)


def _mapping(found: Any) -> Mapping[str, Any]:
    if not isinstance(found, Mapping):
        raise UnexpectedResponse("an alert does not say what it is about", hint="Nothing was taken from it.")
    return found


def parse_open(alerts: Iterable[dict[str, Any]], kind: Alerts, reader: Reader) -> Iterator[Sample]:
    """How many are open, of each severity; the list is whole, so that what it lacks is a zero."""
    counts = Counter(kind.pairs(one).get("severity", "") for one in alerts)
    for severity in dict.fromkeys((*kind.severities, *sorted(counts))) or ("",):
        pairs = labels({"severity": severity} if severity else {})
        yield Sample(kind.open_now.name, reader.span.now, float(counts[severity]), pairs)


def parse_fixed(alerts: Iterable[dict[str, Any]], kind: Alerts, reader: Reader) -> Iterator[Sample]:
    """Alerts fixed in the days asked for. A secret is only out of the world when it is revoked."""
    for one in alerts:
        if not one.get(kind.ended_at) or (kind is SECRETS and one.get("resolution") != "revoked"):
            continue
        end = moment(one, kind.ended_at)
        if reader.holds(end):
            seconds = (end - moment(one, "created_at")).total_seconds()
            at = distinct(end, number(one, "number"))
            yield Sample(kind.fixed.name, at, seconds, labels(kind.pairs(one)))
