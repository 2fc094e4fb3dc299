"""HubSpot: the way from lead to customer, the pipeline and what it closes, e-mails, meetings and forms.

Endpoint: `/account-info/v3/details`, the search of contacts, companies, deals, emails and meetings,
    `/marketing/v3/emails/statistics/list` a day, and `/form-integrations/v1/submissions/forms/{form}`.
Auth: `token` of a private app, with read scopes for what is measured; name in `without` what is not.
Rate limit: searches 4 a second, which the whole source keeps to; else 100 to 190 requests in 10 seconds.
    A limit names its policy in the body and no wait. A search lists 10,000 records: more are read in halves.
Freshness: stages, pipelines and customers are of the moment and have no past. Days are by HubSpot's stamps
    and read again for 32 days, for people edit records. A day's entries settle an hour after its end; e-mails
    and meetings after 7 days, in which they are opened, answered and noted.
Docs: https://developers.hubspot.com/docs/api-reference/crm-contacts-v3/search,
    https://developers.hubspot.com/docs/guides/api/marketing/emails/marketing-emails

Conversions are counts of cohorts: `hubspot.mql_to_sql` says of those who became an MQL on a day how many
became an SQL within `within_days` of it, so that its sum over the sum of `hubspot.entries{stage="mql"}` is
the rate of the same people (with `matures` of as many days). A day settles when its youngest had all of that
time. HubSpot keeps one stamp a stage, the latest; who skipped a stage is in no cohort of it.

`hubspot.influenced_pipeline` is the amount of the open and won deals whose `influenced.property` (where a
deal came from: Original Traffic Source) is one of `influenced.values` (all but offline sources), in
`influenced.pipelines` if named, created since `influenced.since` if set. Lost deals do not count.

Amounts are in the account's own currency, by HubSpot's exchange rates; where that is not the dollar, each
bears its code in the label `currency`. A deal without an amount counts as a deal and adds no money.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any

from collectors import hubspot_samples as measured
from collectors.base import (
    About,
    Batch,
    Client,
    Collector,
    Credential,
    Part,
    RateLimited,
    Span,
    collect_parts,
)
from collectors.http import Access, Answer, Api, Pace
from collectors.hubspot_config import Config
from collectors.hubspot_samples import SETTLES_AFTER, STAMP, Deal
from collectors.hubspot_search import Question, Search, equals, instant, one_of
from collectors.payload import number, rows, text
from collectors.per_day import Stretch
from kpi.metric import Labels, Metric, Sample, labels

USUAL = timedelta(days=32)
_FIRST = datetime(2005, 1, 1, tzinfo=UTC)  # HubSpot is younger
_SUBMISSIONS = 50
_POLICY_WAITS = {"SECONDLY": timedelta(seconds=1), "TEN_SECONDLY_ROLLING": timedelta(seconds=10)}
METRICS = (
    measured.CONTACTS,
    measured.CUSTOMERS,
    measured.ENTRIES,
    *measured.COHORTS,
    measured.QUALIFICATION,
    measured.OPEN_DEALS,
    measured.PIPELINE,
    measured.WEIGHTED,
    measured.INFLUENCED,
    *measured.DEALS,
    *measured.EMAILS,
    *measured.OUTREACH_ALL,
    measured.BOOKED,
    measured.MEETINGS,
    measured.FORMS,
)


@dataclass(frozen=True, slots=True)
class Reader:
    """One run over one account."""

    config: Config
    api: Api
    search: Search
    span: Span
    currency: str

    @property
    def stretch(self) -> Stretch:
        return Stretch.of(self.span, USUAL)

    @property
    def money(self) -> Labels:
        return labels({} if self.currency == "USD" else {"currency": self.currency})

    def parts(self) -> list[Part]:
        wanted: list[tuple[str, str, tuple[Metric, ...], Callable[[], Awaitable[Batch]]]] = [
            ("contacts", "stages", (measured.CONTACTS,), self.contacts),
            (
                "contacts",
                "funnel",
                (measured.ENTRIES, *measured.COHORTS, measured.QUALIFICATION),
                self.funnel,
            ),
            ("companies", "companies", (measured.CUSTOMERS,), self.customers),
            (
                "deals",
                "pipeline",
                (measured.OPEN_DEALS, measured.PIPELINE, measured.WEIGHTED),
                self.pipeline,
            ),
            ("deals", "influenced", (measured.INFLUENCED,), self.influenced),
            ("deals", "closed deals", measured.DEALS, self.closed),
            ("emails", "emails", measured.EMAILS, self.emails),
            ("outreach", "outreach", measured.OUTREACH_ALL, self.outreach),
            ("meetings", "bookings", (measured.BOOKED,), self.booked),
            ("meetings", "meetings", (measured.MEETINGS,), self.meetings),
        ]
        parts = [
            Part(name, tuple(one.name for one in metrics), read)
            for group, name, metrics, read in wanted
            if group not in self.config.without
        ]
        forms = self.config.forms.items()
        return parts + [
            Part(f"form {name}", (measured.FORMS.name,), partial(self.form, name, guid))
            for name, guid in forms
        ]

    async def contacts(self) -> Batch:
        found = []
        for stage, name in self.config.stages:
            value = await self.search.count("contacts", [equals("lifecyclestage", name)])
            found.append(Sample(measured.CONTACTS.name, self.span.now, value, labels({"stage": stage})))
        return Batch(tuple(found))

    async def customers(self) -> Batch:
        is_customer = equals("lifecyclestage", self.config.stages.customer)
        value = await self.search.count("companies", [is_customer])
        return Batch((Sample(measured.CUSTOMERS.name, self.span.now, value),))

    async def funnel(self) -> Batch:
        names = dict(self.config.stages)
        properties = tuple(STAMP.format(name) for name in names.values()) + measured.FIRST_TOUCH
        within = timedelta(days=self.config.within_days)
        found: list[Sample] = []
        for stage, name in names.items():
            question = Question("contacts", STAMP.format(name), properties)
            records = await self.search.records(question, self.stretch.start, self.stretch.end)
            found += measured.parse_entries(records, stage, name, self.stretch)
            for metric, steps in measured.COHORTS.items():
                if steps[0] == stage:
                    step = (names[steps[0]], names[steps[1]])
                    found += measured.parse_cohort(records, metric, step, within, self.stretch)
            if stage == "opportunity":
                found += measured.parse_qualification(records, name, self.stretch)
        return Batch(tuple(found))

    async def deals(
        self, question: Question, start: datetime, end: datetime, pipelines: tuple[str, ...]
    ) -> list[Deal]:
        of = (one_of("pipeline", pipelines),) if pipelines else ()
        tier = self.config.tier_property
        properties = (*measured.DEAL, tier) if tier else measured.DEAL
        whole = Question("deals", question.stamp, properties, (*question.filters, *of))
        records = await self.search.records(whole, start, end)
        return [measured.deal(one, self.currency, tier) for one in records]

    async def pipeline(self) -> Batch:
        question = Question("deals", "createdate", filters=(equals("hs_is_closed", "false"),))
        ever = (_FIRST, self.span.now + timedelta(days=1))
        found = await self.deals(question, *ever, self.config.pipelines)
        bare = sum(one.amount is None for one in found)
        notes = (f"{bare} of {len(found)} open deals have no amount",) if bare else ()
        return Batch(tuple(measured.parse_pipeline(found, self.span, self.money)), notes=notes)

    async def influenced(self) -> Batch:
        rule = self.config.influenced
        question = Question("deals", "createdate", filters=(one_of(rule.property, rule.values),))
        start = datetime.combine(rule.since, time(), self.span.zone) if rule.since else _FIRST
        found = await self.deals(question, start, self.span.now + timedelta(days=1), rule.pipelines)
        value = sum(one.amount or 0.0 for one in found if one.is_open or one.is_won)
        return Batch((Sample(measured.INFLUENCED.name, self.span.now, value, self.money),))

    async def closed(self) -> Batch:
        question = Question("deals", "closedate", filters=(equals("hs_is_closed", "true"),))
        found = await self.deals(question, self.stretch.start, self.stretch.end, self.config.pipelines)
        tiers = self.config.tiers if self.config.tier_property else ()
        return Batch(tuple(measured.parse_closed(found, tiers, self.money, self.stretch)))

    async def emails(self) -> Batch:
        dated = self.config.version
        path = f"/marketing/emails/{dated}" if dated != "v3" else "/marketing/v3/emails"
        found: list[Sample] = []
        for day in self.stretch.days:
            start = self.span.start_of(day)
            end = self.span.start_of(day + timedelta(days=1))
            asked = {"startTimestamp": _iso(start), "endTimestamp": _iso(end - timedelta(milliseconds=1))}
            answer = await self.api.get_json(f"{path}/statistics/list", asked)
            found += measured.parse_emails(answer, self.span, day)
        return Batch(tuple(found))

    async def outreach(self) -> Batch:
        sent = (equals("hs_email_direction", "EMAIL"), equals("hs_email_status", "SENT"))
        question = Question("emails", "hs_timestamp", measured.REACTIONS, sent)
        records = await self.search.records(question, self.stretch.start, self.stretch.end)
        return Batch(tuple(measured.parse_outreach(records, self.stretch)))

    async def booked(self) -> Batch:
        name = "hs_createdate"
        records = await self.search.records(Question("meetings", name), self.stretch.start, self.stretch.end)
        return Batch(tuple(measured.parse_booked(records, self.stretch)))

    async def meetings(self) -> Batch:
        question = Question("meetings", "hs_meeting_start_time", ("hs_meeting_outcome",))
        records = await self.search.records(question, self.stretch.start, self.stretch.end)
        return Batch(tuple(measured.parse_meetings(records, self.stretch)))

    async def form(self, name: str, guid: str) -> Batch:
        """The newest submissions come first: pages are read until they are older than the span."""
        start = self.stretch.start
        times: dict[str, datetime] = {}

        def following(page: Any) -> dict[str, str | int] | None:
            if "paging" not in page or min(times.values(), default=start) < start:
                return None
            return {"limit": _SUBMISSIONS, "after": text(page, "paging", "next", "after")}

        path = f"/form-integrations/v1/submissions/forms/{guid}"
        async for page in self.api.walk(path, {"limit": _SUBMISSIONS}, following):
            for one in rows(page, "results"):
                times[text(one, "conversionId")] = instant(number(one, "submittedAt"), "submittedAt")
        return Batch(tuple(measured.parse_form(times.values(), name, self.stretch)))


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read one account. Where the token is refused outright, nothing more is asked."""
    api = _api(config, client)
    currency = text(await _account(api), "companyCurrency")
    reader = Reader(config, api, Search(api, config.version), span, currency)
    return await collect_parts(reader.parts())


async def probe(config: Config, client: Client) -> str:
    """The account's number, its currency and its zone."""
    about = await _account(_api(config, client))
    said = f"account {number(about, 'portalId'):.0f}"
    return f"{said}, {text(about, 'companyCurrency')}, {text(about, 'timeZone')}"


async def _account(api: Api) -> Any:
    return await api.get_json("/account-info/v3/details")


def _api(config: Config, client: Client) -> Api:
    pace = Pace(requests=4, seconds=1, at_once=1)
    return client.at(config.base_url, Access(token=config.token, pace=pace, fault=_fault))


def _fault(answer: Answer, _: datetime) -> RateLimited | None:
    """A limit says which one it is, and not how long it lasts."""
    if answer.status != 429 or "retry-after" in answer.headers:
        return None
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    policy = said.get("policyName") if isinstance(said, dict) else None
    wait = _POLICY_WAITS.get(str(policy))
    hint = "It is asked again after a wait." if wait else "The day's allowance is used up: it comes back."
    return RateLimited(
        f"HubSpot's limit is reached ({policy or 'unnamed'})", hint=hint, status=429, retry_after=wait
    )


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


ABOUT = About(
    title="HubSpot",
    measures="lifecycle stages, pipeline, deals, e-mails, meetings, forms",
    example={"token": "${HUBSPOT_ACCESS_TOKEN}"},
    credentials=(
        Credential(
            "token",
            "HUBSPOT_ACCESS_TOKEN",
            "private app: crm.objects.contacts.read, crm.objects.companies.read, crm.objects.deals.read, "
            "sales-email-read, content, forms",
            "https://app.hubspot.com/private-apps",
        ),
    ),
    proven_by="documentation of November 2026; requests checked with HubSpot's public specs of August 2026",
)

COLLECTOR = Collector(
    "hubspot",
    Config,
    METRICS,
    collect,
    settles_after=SETTLES_AFTER,
    backfills=True,
    every=timedelta(hours=6),
    rereads=USUAL,
    chunk=timedelta(days=30),
    probe=probe,
    about=ABOUT,
)
