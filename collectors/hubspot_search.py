"""HubSpot's search of its records: whole lists within the cap of 10,000, counts, and typed properties."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from collectors.faults import Unavailable, UnexpectedResponse
from collectors.http import Api
from collectors.payload import moment, number, part, rows, text

MOST = 10_000
"""Of a longer list HubSpot gives no more, and refuses the page beyond with a 400."""
_PAGE = 200
_LEAST = timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Filter = dict[str, Any]


def equals(name: str, value: str) -> Filter:
    return {"propertyName": name, "operator": "EQ", "value": value}


def one_of(name: str, values: Sequence[str]) -> Filter:
    return {"propertyName": name, "operator": "IN", "values": list(values)}


def millis(at: datetime) -> int:
    return (at - _EPOCH) // _LEAST


def between(name: str, start: datetime, end: datetime) -> Filter:
    """From `start` on and before `end`: HubSpot's own BETWEEN holds both of its ends."""
    low, high = millis(start), millis(end) - 1
    return {"propertyName": name, "operator": "BETWEEN", "value": str(low), "highValue": str(high)}


@dataclass(frozen=True, slots=True)
class Question:
    """Records of one kind (contacts, deals, …) whose `stamp` lies in a stretch of time."""

    kind: str
    stamp: str
    properties: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True)
class Search:
    """One account's records, by the API version named: v3 or a date such as 2026-09."""

    api: Api
    version: str

    def path(self, kind: str) -> str:
        base = "/crm/v3/objects" if self.version == "v3" else f"/crm/objects/{self.version}"
        return f"{base}/{kind}/search"

    async def count(self, kind: str, filters: Sequence[Filter]) -> float:
        """How many records there are; HubSpot counts beyond the cap too."""
        return number(await self.api.post_json(self.path(kind), _body(filters, (), limit=1)), "total")

    async def records(self, question: Question, start: datetime, end: datetime) -> list[dict[str, Any]]:
        """The properties of every record of the stretch, with the record's `id`; more than the cap are read
        in halves of the time."""
        filters = (*question.filters, between(question.stamp, start, end))
        body = _body(filters, (*question.properties, question.stamp), limit=_PAGE)
        found: dict[str, dict[str, Any]] = {}
        total: float | None = None

        def following(page: Any) -> Any | None:
            after = _after(page)
            return None if after is None else body | {"after": after}

        async for page in self.api.walk_posts(self.path(question.kind), body, following):
            total = number(page, "total") if total is None else total
            if total > MOST:
                return await self._halves(question, start, end)
            for one in rows(page, "results"):
                found[text(one, "id")] = _properties(one)
        if len(found) < (total or 0):
            raise Unavailable(
                f"HubSpot lists {len(found):,} of {total:,.0f} {question.kind}", hint="It is asked again."
            )
        return list(found.values())

    async def _halves(self, question: Question, start: datetime, end: datetime) -> list[dict[str, Any]]:
        if end - start < 2 * _LEAST:
            raise UnexpectedResponse(
                f"more than {MOST:,} {question.kind} of one instant ({question.stamp})",
                hint="HubSpot lists no more of them: an import may have stamped them all alike.",
            )
        middle = _EPOCH + (millis(start) + (millis(end) - millis(start)) // 2) * _LEAST
        first = await self.records(question, start, middle)
        both = {one["id"]: one for one in [*first, *await self.records(question, middle, end)]}
        return list(both.values())


def _body(filters: Sequence[Filter], properties: Sequence[str], *, limit: int) -> dict[str, Any]:
    return {
        "filterGroups": [{"filters": list(filters)}],
        "properties": list(properties),
        "sorts": [],
        "limit": limit,
        "after": "0",
    }


def _after(page: Any) -> str | None:
    paging = page.get("paging") if isinstance(page, dict) else None
    return text(paging, "next", "after") if paging else None


def _properties(record: Any) -> dict[str, Any]:
    found = part(record, "properties")
    if not isinstance(found, dict):
        raise UnexpectedResponse("a record of HubSpot has no properties", hint="Nothing of it was used.")
    return found | {"id": text(record, "id")}


def stamp(record: dict[str, Any], name: str) -> datetime | None:
    """A time among the properties: ISO 8601, or milliseconds as the older API has them; None where unset."""
    value = record.get(name)
    if value in (None, ""):
        return None
    if isinstance(value, str) and value.isdigit():
        return instant(float(value), name)
    return moment(record, name)


def instant(milliseconds: float, name: str) -> datetime:
    """The instant of a count of milliseconds."""
    try:
        return _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        raise UnexpectedResponse(f"{name} is not a time", hint="Nothing of this answer was used.") from None


def quantity(record: dict[str, Any], name: str) -> float | None:
    """A number among the properties, None where it is unset."""
    return None if record.get(name) in (None, "") else number(record, name)
