"""A small company under all three frameworks and one of its own: its kpi.yaml, and its numbers day by day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.e2e.alert_bot import Sample
from tests.e2e.alert_vendor import DEVTO, MENTION

BERLIN = ZoneInfo("Europe/Berlin")
TUESDAY = datetime(2026, 11, 17, 8, 0, tzinfo=UTC)
"""09:00 in Berlin."""
DAY = timedelta(days=1)
HISTORY_DAYS = 70

FRAMEWORK = """
framework: acme
title: Acme's own
horizons: {phase1: {title: Phase 1}, phase2: {title: Phase 2}}
gates:
  phase1: {to: phase2, require: "100%", title: Launch}
governance: {owner: Head}
sections:
  - title: Growth
    kpis:
      - {name: Customers, unit: customers, better: higher, owner: Ana, targets: {phase1: "100"},
         measure: 'last(otlp.level{name="customers"})'}
      - {name: Forks, unit: forks, better: higher, targets: {phase2: "10"}, measure: last(github.forks)}
      - {name: Trials, unit: trials, better: higher, owner: Ana, targets: {phase2: "1000"},
         measure: 'last(otlp.level{name="trials"})'}
"""

WORKSPACE = """
name: Acme
timezone: Europe/Berlin
frameworks:
  - {use: hektor, start: 2026-09-14}
  - {use: bakhmach, start: 2026-01-01}
  - {use: inferno, start: 2026-03-02, horizons: {phase1: 2026-08-31, phase2: 2027-02-28}}
  - {use: acme.yaml, start: 2026-09-14, horizons: {phase1: 2026-12-31, phase2: 2026-12-31}}
people:
  Ana: {slack: U0ANA, role: editor}
  Head: {slack: U0HEAD, role: admin}
sources:
  site: {collector: web, url: "VENDOR/", allow_private: true}
  news: {collector: feed, urls: {competitors: "VENDOR/rivals.xml", press: "VENDOR/press.xml"},
         allow_private: true}
  mention: {token: mention-token-31c8, account: "1", alert: "2", brand: Acme, base_url: "VENDORMENTION"}
  devto: {every: 1h, api_key: forem-key-a81b22, base_url: "VENDORDEVTO"}
  github: {repository: acme/rocket, token: github-token-canary}
alerts:
  channels: ["slack:C0ALERTS"]
  celebrations: ["slack:C0PARTY"]
  quiet: {hours: "20:00-08:00", days: business}
  rules:
    # Four days are all there is: what is over is over at once.
    inferno/yellow: {clears_after: immediately}
    inferno/red: {clears_after: immediately}
    bakhmach/red_zone: {clears_after: immediately}
    more_errors: {severity: warning, title: More errors, text: Errors up by more than half,
      when: {rise: 'sum(prometheus.flow{query="errors"}, 1d)', above: 50}}
    few_trials: {severity: warning, title: Trials fall short, text: Trials will miss their target,
      when: {chance: acme/growth.trials, below: 20}}
    odd_orders: {severity: warning, title: Unusual orders, text: Orders unlike what was to be expected,
      when: {anomaly: 'sum(prometheus.flow{query="orders"}, 1d)'}}
    launch_shut: {severity: warning, title: Launch gate shut, text: The gate to phase 2 is shut again,
      when: {gate: acme/phase1, becomes: shut}}
    long_queue: {severity: warning, title: Long queue, text: A queue is longer than 100,
      when: {measure: 'last(otlp.level{name="queue"})', above: 100, by: region}}
"""

WELL: Mapping[str, float] = {
    "plausible.visitors": 1000,
    "mailchimp.signups": 5,
    "linkedin.impressions": 10_000,
    "linkedin.reactions": 500,
    "linkedin.comments": 50,
    "linkedin.shares": 50,
    "github.stars": 990,
    "github.forks": 40,
    "sql.level{query=enterprise_customers}": 0,
    "sql.ratio{query=data_quality_score}": 0.97,
    "otlp.level{name=benchmark_platforms}": 5,
    "prometheus.ratio{query=gpu_utilization}": 0.95,
    "prometheus.flow{query=errors}": 20,
    "prometheus.flow{query=orders}": 400,
    "otlp.level{name=customers}": 120,
    "otlp.level{name=trials}": 980,
    "otlp.level{name=queue,region=eu}": 10,
    "otlp.level{name=queue,region=us}": 20,
}
"""What a day brings that is like any other."""

_FLOWS = ("plausible.", "mailchimp.", "linkedin.", "prometheus.flow")


def write(folder: Path, vendor: str, *, workspace: str = WORKSPACE) -> None:
    """The files of the company, whose sources ask `vendor`."""
    (folder / "acme.yaml").write_text(FRAMEWORK)
    text = workspace.replace("VENDORMENTION", vendor + MENTION).replace("VENDORDEVTO", vendor + DEVTO)
    (folder / "kpi.yaml").write_text(text.replace("VENDOR", vendor))


def day(of: date, **changed: float) -> Iterator[Sample]:
    """The numbers of one day; amounts at its start, levels at its end. `changed` by its last word."""
    start = datetime.combine(of, time(0), BERLIN)
    for name, usual in WELL.items():
        value = changed.get(short(name), usual)
        late = timedelta(0) if name.startswith(_FLOWS) else timedelta(hours=23, minutes=55)
        yield name, start + late, value


def short(name: str) -> str:
    """`queue_us` of `otlp.level{name=queue,region=us}`, `stars` of `github.stars`."""
    head, _, rest = name.partition("{")
    if not rest:
        return head.rpartition(".")[2]
    return "_".join(one.partition("=")[2] for one in rest.rstrip("}").split(","))


def history(today: date, *, is_liked: bool = True) -> Iterator[Sample]:
    """Everything before `today`: days like any other, a little uneven, with a level that grows.

    Without `is_liked` nobody has cared for the posts of the last nine days.
    """
    for back in range(HISTORY_DAYS, 0, -1):
        of = today - back * DAY
        uneven = {"orders": 400 + (back * 37) % 23, "visitors": 1000 + (back * 17) % 41}
        low = {"reactions": 50.0, "comments": 5.0, "shares": 5.0} if back <= 9 and not is_liked else {}
        yield from day(of, **uneven, **low, trials=700 + (HISTORY_DAYS - back) * 4.0)
