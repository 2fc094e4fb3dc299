"""A vendor that counts days in a zone of its own and does not tell which: it is a setting of the source."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from collectors.base import Span


def _is_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError("zone must be named as the tz database does, such as Europe/Berlin") from None
    return value


OwnZone = Annotated[
    Annotated[str, AfterValidator(_is_zone)] | None,
    Field(description="the zone in which the vendor counts days; the workspace's where it is not set"),
]


def in_zone(span: Span, zone: str | None) -> Span:
    """`span` in the vendor's days."""
    return span if zone is None else replace(span, zone=ZoneInfo(zone))
