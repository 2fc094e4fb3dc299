"""What a list of dated events comes to day by day, worked out as plainly as can be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tests.collectors.scenarios.base import NOW, Sample

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def daily(
    metric: str,
    events: Iterable[datetime | tuple[datetime, float]],
    named: Mapping[str, str] | None = None,
    *,
    back: timedelta,
    zone: str = "UTC",
    after: timedelta = HOUR,
    now: datetime = NOW,
) -> list[Sample]:
    """One sample for each day from the one in which `now - back` lies up to today."""
    place = ZoneInfo(zone)
    happened = [one if isinstance(one, tuple) else (one, 1.0) for one in events]
    day, samples = (now - back).astimezone(place).date(), []
    while day <= now.astimezone(place).date():
        midnight = datetime(day.year, day.month, day.day, tzinfo=place)
        following = day + DAY
        over = datetime(following.year, following.month, following.day, tzinfo=place)
        amount = sum(value for at, value in happened if at.astimezone(place).date() == day)
        is_settled = over.timestamp() + after.total_seconds() <= now.timestamp()
        samples.append(Sample(metric, midnight, amount, tuple(sorted((named or {}).items())), is_settled))
        day = following
    return samples
