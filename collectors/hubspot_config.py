"""The settings of a HubSpot source: how the account names what is measured."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from collectors.base import CollectorConfig, address

_SOURCES = (
    "ORGANIC_SEARCH",
    "PAID_SEARCH",
    "SOCIAL_MEDIA",
    "PAID_SOCIAL",
    "EMAIL_MARKETING",
    "REFERRALS",
    "OTHER_CAMPAIGNS",
    "DIRECT_TRAFFIC",
    "AI_REFERRALS",
)

StageName = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,80}$")]


class Stages(BaseModel):
    """How the account calls the lifecycle stages; one of its own has a number for a name."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    lead: StageName = "lead"
    mql: StageName = "marketingqualifiedlead"
    sql: StageName = "salesqualifiedlead"
    opportunity: StageName = "opportunity"
    customer: StageName = "customer"


class Influenced(BaseModel):
    """Which deals count as influenced."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    property: str = Field("hs_analytics_source", min_length=1)
    values: tuple[str, ...] = Field(_SOURCES, min_length=1)
    pipelines: tuple[str, ...] = ()
    since: date | None = None


class Config(CollectorConfig):
    """Which account is read, and how it names what is measured."""

    collector: Literal["hubspot"] = "hubspot"
    token: SecretStr = Field(min_length=1)
    base_url: Annotated[str, address("https://api.hubapi.com")] = "https://api.hubapi.com"
    version: str = Field("v3", pattern=r"^(v3|20\d\d-\d\d)$", description="of the API of records")
    stages: Stages = Stages()
    within_days: int = Field(30, ge=1, le=31, description="how long a step of the funnel may take")
    pipelines: tuple[str, ...] = Field((), description="ids of deal pipelines; none: all of them")
    influenced: Influenced = Influenced()
    tier_property: str = Field("", description="the property of deals that names their tier or product")
    tiers: tuple[str, ...] = Field((), description="its values to tell apart; the rest is other")
    forms: dict[str, Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")]] = Field(
        {}, description="a name of your choice for each form, and its guid"
    )
    without: frozenset[Literal["contacts", "companies", "deals", "emails", "outreach", "meetings"]] = Field(
        frozenset(), description="what the token may not read, or nobody uses"
    )
