"""Mailchimp: what became of each campaign of one audience, who signed up and left, and its size.

Endpoint: `/` for the account's zone, `/reports`, `/lists/{audience}` and its `/activity`.
Auth: `api_key`; its end (`-us19`) names the data centre that answers. It may do all that its owner may.
Rate limit: 10 connections at once, no rate headers; beyond them 429, or a 403 with no body.
Freshness: opens and clicks grow for days: sends of the last 30 days are read again, and a day of sends is
    settled after 7 days. Signups are counted by Mailchimp in the account's own days, stamped at their start,
    kept for 180 days, without those of automations; such a day settles a day after its end. The size is of
    the moment.
Docs: https://mailchimp.com/developer/marketing/api/reports/,
    https://mailchimp.com/developer/marketing/api/list-activity/

Sent, delivered, opened, clicked, bounced and unsubscribed are counts by the day of sending, so that a rate is
the sum of one over the sum of another. `mailchimp.open_rate` and `mailchimp.click_rate` are those of
each campaign by itself, at the instant it was sent, told once it is a day old. Opens are without those that
Apple's mail privacy makes up, as Mailchimp's own page shows them; `opens: all` counts these too. Signups are
`subs` and `other_adds` together: a form without double opt-in is among the latter, and so is an import.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, model_validator

from collectors.base import (
    About,
    Batch,
    Client,
    Collector,
    CollectorConfig,
    Credential,
    Part,
    Proof,
    RateLimited,
    Span,
    Unavailable,
    UnexpectedResponse,
    address,
    collect_parts,
)
from collectors.happenings import Happening, happenings, optional
from collectors.http import Access, Answer, Api, Pace, Params
from collectors.payload import moment, number, part, rows, text
from collectors.per_day import Stretch, apart
from kpi.metric import Kind, Metric, Sample

USUAL = timedelta(days=30)
GROWS = timedelta(days=7)
SETTLES_AFTER = timedelta(days=1)
REMEMBERED = timedelta(days=180)
_PAGE = 1000
_COUNTED = "reports.id,reports.list_id,reports.send_time,reports.emails_sent,reports.bounces,reports.opens"
_NAMED = "reports.campaign_title,reports.subject_line"
_FIELDS = f"{_COUNTED},reports.clicks,reports.unsubscribed,{_NAMED},total_items"


def _metric(name: str, unit: str, kind: Kind, description: str) -> Metric:
    return Metric(f"mailchimp.{name}", unit, kind, description)


def _rate(name: str, description: str) -> Metric:
    metric = _metric(name, "ratio", Kind.RATIO, description)
    return replace(metric, every=timedelta(days=366), is_event=True)


SENT = _metric("emails_sent", "emails", Kind.FLOW, "e-mails of the campaigns sent on a day")
DELIVERED = _metric("emails_delivered", "emails", Kind.FLOW, "of those sent on a day: not bounced")
OPENED = _metric("emails_opened", "people", Kind.FLOW, "people who opened what was sent on a day")
CLICKED = _metric("emails_clicked", "people", Kind.FLOW, "people who clicked in what was sent on a day")
BOUNCED = _metric("emails_bounced", "emails", Kind.FLOW, "of those sent on a day: bounced")
UNSUBSCRIBED = _metric("unsubscribes", "people", Kind.FLOW, "people who left by what was sent on a day")
OPEN_RATE = _rate("open_rate", "opened of delivered, one a campaign")
CLICK_RATE = _rate("click_rate", "clicked of delivered, one a campaign")
SIGNUPS = _metric("signups", "signups", Kind.FLOW, "people added to the audience on a day")
DEPARTURES = _metric(
    "departures", "people", Kind.FLOW, "people who left the audience or were removed on a day"
)
AUDIENCE = replace(_metric("audience", "people", Kind.LEVEL, "people subscribed now"), is_snapshot=True)

FLOWS = (SENT, DELIVERED, OPENED, CLICKED, BOUNCED, UNSUBSCRIBED)
METRICS = (*FLOWS, OPEN_RATE, CLICK_RATE, SIGNUPS, DEPARTURES, AUDIENCE)


class Config(CollectorConfig):
    """Which audience is read, with whose key."""

    collector: Literal["mailchimp"] = "mailchimp"
    api_key: SecretStr = Field(min_length=8)
    audience: str = Field(pattern=r"^[A-Za-z0-9]{4,20}$", description="the id of the audience (list)")
    opens: Literal["without proxies", "all"] = "without proxies"
    base_url: Annotated[str, address("https://us19.api.mailchimp.com")] | None = None

    @model_validator(mode="after")
    def _names_its_data_centre(self) -> Config:
        end = self.api_key.get_secret_value().rpartition("-")[2]
        if self.base_url is None and not (end.isalnum() and end != self.api_key.get_secret_value()):
            raise ValueError("api_key must end with its data centre, such as -us19; or set base_url")
        return self

    @property
    def url(self) -> str:
        if self.base_url is not None:
            return self.base_url
        return f"https://{self.api_key.get_secret_value().rpartition('-')[2]}.api.mailchimp.com"


@dataclass(frozen=True, slots=True)
class Campaign:
    """One send: how many of its e-mails went which way, each person counted once."""

    key: str
    at: datetime
    sent: float
    bounced: float
    opened: float
    clicked: float
    unsubscribed: float

    @property
    def delivered(self) -> float:
        return self.sent - self.bounced


def parse_campaign(report: Mapping[str, Any], opens: str) -> Campaign | None:
    """A report as a campaign; None while it is not sent."""
    if not part(report, "send_time"):
        return None
    name = "unique_opens" if opens == "all" else "proxy_excluded_unique_opens"
    opened = part(report, "opens")
    if not isinstance(opened, dict) or name not in opened:
        raise UnexpectedResponse(
            "a report does not tell opens without those of mail privacy proxies",
            hint='Set opens: "all", so that all campaigns are counted alike.',
        )
    bounces = ("hard_bounces", "soft_bounces", "syntax_errors")
    return Campaign(
        text(report, "id"),
        moment(report, "send_time"),
        number(report, "emails_sent"),
        sum(number(report, "bounces", one) for one in bounces),
        number(report, "opens", name),
        number(report, "clicks", "unique_subscriber_clicks"),
        number(report, "unsubscribed"),
    )


def parse_happening(report: Mapping[str, Any]) -> Happening | None:
    """A campaign when it was sent, as its author called it; None while it is not sent."""
    if not part(report, "send_time"):
        return None
    said = optional(report, "campaign_title") or optional(report, "subject_line")
    return Happening("campaign", moment(report, "send_time"), said, f"campaign:{text(report, 'id')}")


def parse_sends(campaigns: Sequence[Campaign], stretch: Stretch) -> Iterator[Sample]:
    """Counts by the day of sending, and the rates of campaigns a day old, with something delivered."""
    for metric, amounts in (
        (SENT, [(one.at, one.sent) for one in campaigns]),
        (DELIVERED, [(one.at, one.delivered) for one in campaigns]),
        (OPENED, [(one.at, one.opened) for one in campaigns]),
        (CLICKED, [(one.at, one.clicked) for one in campaigns]),
        (BOUNCED, [(one.at, one.bounced) for one in campaigns]),
        (UNSUBSCRIBED, [(one.at, one.unsubscribed) for one in campaigns]),
    ):
        yield from stretch.samples(metric, stretch.totals(amounts), GROWS)
    now = stretch.span.now
    rates = []
    for one in campaigns:
        if stretch.holds(one.at) and one.at <= now - timedelta(days=1) and one.delivered > 0:
            is_grown = one.at + GROWS <= now
            for metric, people in ((OPEN_RATE, one.opened), (CLICK_RATE, one.clicked)):
                rate = Sample(metric.name, one.at, people / one.delivered, settled=is_grown)
                rates.append((one.key, rate))
    yield from apart(rates)


def parse_activity(found: Sequence[Mapping[str, Any]], span: Span) -> Iterator[Sample]:
    """Who came and went each day; a day that Mailchimp does not tell has no sample."""
    first, last = span.first_day(USUAL), span.last_day
    for one in found:
        try:
            day = date.fromisoformat(text(one, "day"))
        except ValueError:
            raise UnexpectedResponse("activity.day is not a date", hint="Nothing of it was used.") from None
        if first <= day <= last:
            is_settled = span.is_settled(day, SETTLES_AFTER)
            came, went = ("subs", "other_adds"), ("unsubs", "other_removes")
            for metric, names in ((SIGNUPS, came), (DEPARTURES, went)):
                value = sum(number(one, name) for name in names)
                yield Sample(metric.name, span.start_of(day), value, settled=is_settled)


@dataclass(frozen=True, slots=True)
class Reader:
    """One run over one audience; `zone` is the account's."""

    config: Config
    api: Api
    span: Span
    zone: ZoneInfo

    def parts(self) -> tuple[Part, ...]:
        sends = tuple(one.name for one in (*FLOWS, OPEN_RATE, CLICK_RATE))
        return (
            Part("campaigns", sends, self.campaigns),
            Part("activity", (SIGNUPS.name, DEPARTURES.name), self.activity),
            Part("audience", (AUDIENCE.name,), self.audience),
        )

    async def campaigns(self) -> Batch:
        stretch = Stretch.of(self.span, USUAL)
        since, before = stretch.start - timedelta(seconds=1), stretch.end
        query: dict[str, str | int] = {"count": _PAGE, "offset": 0, "fields": _FIELDS}
        query |= {"since_send_time": _iso(since), "before_send_time": _iso(before)}
        found: dict[str, Mapping[str, Any]] = {}
        read = 0

        def following(page: Any) -> dict[str, str | int] | None:
            return query | {"offset": read} if read < number(page, "total_items") else None

        async for page in self.api.walk("/3.0/reports", query, following):
            reports = list(rows(page, "reports"))
            if not reports and read < number(page, "total_items"):
                raise Unavailable("Mailchimp's list of reports breaks off", hint="It is asked again.")
            read += len(reports)
            found |= {text(one, "id"): one for one in reports}
        mine = [one for one in found.values() if text(one, "list_id") == self.config.audience]
        campaigns = [one for each in mine if (one := parse_campaign(each, self.config.opens))]
        told = (one for one in happenings(mine, parse_happening) if stretch.holds(one.at))
        return Batch(tuple(parse_sends(campaigns, stretch)), happenings=tuple(told))

    async def activity(self) -> Batch:
        query: Params = {"count": REMEMBERED.days, "fields": "activity,list_id,total_items"}
        found = await self.api.get_json(f"/3.0/lists/{self.config.audience}/activity", query)
        span = replace(self.span, zone=self.zone)
        return Batch(tuple(parse_activity(list(rows(found, "activity")), span)))

    async def audience(self) -> Batch:
        found = await self.api.get_json(f"/3.0/lists/{self.config.audience}", {"fields": "id,name,stats"})
        return Batch((Sample(AUDIENCE.name, self.span.now, number(found, "stats", "member_count")),))


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read one audience. Where the key is refused, nothing more is asked."""
    api = _api(config, client)
    zone = text(await _account(api), "account_timezone")
    try:
        account = ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise UnexpectedResponse(
            f"the account's zone is unknown here: {zone[:40]}", hint="Set it again in Mailchimp's settings."
        ) from None
    return await collect_parts(Reader(config, api, span, account).parts())


async def probe(config: Config, client: Client) -> str:
    """The account's name and zone."""
    about = await _account(_api(config, client))
    return f"{text(about, 'account_name')}, days of {text(about, 'account_timezone')}"


async def _account(api: Api) -> Any:
    return await api.get_json("/3.0/", {"fields": "account_name,account_timezone"})


def _api(config: Config, client: Client) -> Api:
    return client.at(config.url, Access.basic("any", config.api_key, pace=Pace(at_once=4), fault=_fault))


def _fault(answer: Answer, _: datetime) -> RateLimited | None:
    """Under load Mailchimp refuses with a bare 403, which says nothing of the key."""
    if answer.status != 403 or answer.body.strip():
        return None
    return RateLimited(
        "Mailchimp refuses without a word (403): too many connections", hint="It is asked again.", status=403
    )


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


ABOUT = About(
    title="Mailchimp",
    measures="campaigns, opens, clicks, signups, audience",
    example={"api_key": "${MAILCHIMP_API_KEY}", "audience": "8a1b2c3d4e"},
    credentials=(
        Credential(
            "api_key",
            "MAILCHIMP_API_KEY",
            "a key of its own for the bot; Mailchimp has no narrower scopes",
            "https://admin.mailchimp.com/account/api/",
        ),
    ),
    proof=Proof.SPEC,
    proven_by="Mailchimp's API description 3.0.55",
)

COLLECTOR = Collector(
    "mailchimp",
    Config,
    METRICS,
    collect,
    settles_after=SETTLES_AFTER,
    backfills=True,
    every=timedelta(hours=6),
    rereads=USUAL,
    forgets_after=REMEMBERED,
    probe=probe,
    about=ABOUT,
)
