"""What Plausible is asked, and the tables it answers with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from collectors.base import Span
from collectors.faults import UnexpectedResponse
from collectors.http import Api
from collectors.payload import moment, number, part, rows, text

PATH = "/api/v2/query"
ROWS = 10_000
_NONE_USED = "Nothing was taken from it; the vendor may have changed its API."
_HARMLESS = frozenset({"no_imported_data", "out_of_range"})
"""Reasons for leaving out imported figures that mean there are none to be had."""

Query = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of an answer, its values by the names that were asked for."""

    dimensions: Mapping[str, str]
    metrics: Mapping[str, Any]

    @property
    def day(self) -> date:
        try:
            return date.fromisoformat(text(self.dimensions, "time:day"))
        except ValueError:
            raise UnexpectedResponse("time:day is not a day", hint=_NONE_USED) from None

    def figure(self, name: str) -> float | None:
        """A number; None where Plausible has none to tell."""
        return None if part(self.metrics, name) is None else number(self.metrics, name)


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a query, the days it covers, and what Plausible remarks on it."""

    rows: tuple[Row, ...]
    days: tuple[date, ...] = ()
    remarks: tuple[str, ...] = ()


def query(days: tuple[date, date], metrics: Sequence[str], *dimensions: str) -> Query:
    """A question over a stretch of days, both ends included."""
    found: Query = {
        "metrics": list(metrics),
        "date_range": [one.isoformat() for one in days],
        "dimensions": list(dimensions),
        "filters": [],
        "include": {"total_rows": True},
        "pagination": {"limit": ROWS, "offset": 0},
    }
    if "time:day" in dimensions:
        found["include"]["time_labels"] = True
    return found


def where(asked: Query, operator: str, dimension: str, values: Sequence[str]) -> Query:
    """The same question about what has one of `values` alone."""
    return asked | {"filters": [[operator, dimension, list(values)]]}


def parse_rows(answer: Any, asked: Query) -> Iterator[Row]:
    """Rows with their values by name; Plausible answers in the order of the question."""
    for one in rows(answer, "results"):
        dimensions, metrics = part(one, "dimensions"), part(one, "metrics")
        if not (_fits(dimensions, asked["dimensions"]) and _fits(metrics, asked["metrics"])):
            raise UnexpectedResponse("a row does not fit its columns", hint=_NONE_USED)
        if not all(isinstance(each, str) for each in dimensions):
            raise UnexpectedResponse("a dimension is not a text", hint=_NONE_USED)
        yield Row(
            dict(zip(asked["dimensions"], dimensions, strict=True)),
            dict(zip(asked["metrics"], metrics, strict=True)),
        )


def _fits(found: Any, names: Sequence[str]) -> bool:
    return isinstance(found, list) and len(found) == len(names)


def parse_remarks(answer: Any) -> Iterator[str]:
    """What Plausible says against its own figures. Imported figures that were asked for and could not be
    included are a fault: without them the rest is too low."""
    meta = part(answer, "meta")
    if not isinstance(meta, Mapping):
        raise UnexpectedResponse("meta is no object", hint=_NONE_USED)
    reason = meta.get("imports_skip_reason")
    if reason is not None and reason not in _HARMLESS:
        raise UnexpectedResponse(
            f"Plausible could not include imported figures: {str(reason)[:60]}",
            hint="Set imports: false, or ask for these in a source of their own.",
        )
    warnings = meta.get("metric_warnings", {})
    for name, said in warnings.items() if isinstance(warnings, Mapping) else ():
        words = (said.get("warning") or said.get("message")) if isinstance(said, Mapping) else said
        yield f"Plausible on {name}: {str(words)[:200]}"


def parse_days(answer: Any, asked: Query) -> tuple[date, ...]:
    """The days an answer covers, also those without a row."""
    if "time:day" not in asked["dimensions"]:
        return ()
    labels = part(answer, "meta", "time_labels")
    try:
        return tuple(date.fromisoformat(one) for one in labels)
    except (TypeError, ValueError):
        raise UnexpectedResponse("meta.time_labels are not days", hint=_NONE_USED) from None


@dataclass(frozen=True, slots=True)
class Site:
    """One site, asked questions about days of its own zone."""

    api: Api
    name: str
    span: Span
    imports: bool = False

    async def table(self, asked: Query) -> Table:
        """The answer to its last row."""
        include = {**asked["include"], **({"imports": True} if self.imports else {})}
        whole = {"site_id": self.name, **asked, "include": include}
        found: list[Row] = []
        remarks: dict[str, None] = {}
        days: tuple[date, ...] = ()

        def following(page: Any) -> Query | None:
            total = int(number(page, "meta", "total_rows"))
            if len(found) >= total:
                return None
            if not part(page, "results"):
                raise UnexpectedResponse("the answer ends before its last row", hint=_NONE_USED)
            return whole | {"pagination": {"limit": ROWS, "offset": len(found)}}

        async for page in self.api.walk_posts(PATH, whole, following):
            self._check_zone(page, asked)
            found += parse_rows(page, asked)
            remarks.update(dict.fromkeys(parse_remarks(page)))
            days = parse_days(page, asked)
        return Table(tuple(found), days, tuple(remarks))

    def _check_zone(self, answer: Any, asked: Query) -> None:
        """The days must begin where the source says they do: Plausible tells the instants, not the zone."""
        begun = moment(answer, "query", "date_range", 0)
        first = date.fromisoformat(asked["date_range"][0])
        if begun != self.span.start_of(first):
            told = datetime.fromisoformat(text(answer, "query", "date_range", 0))
            raise UnexpectedResponse(
                f"the site's {first} begins at {told:%H:%M %z}, which is no midnight in {self.span.zone}",
                hint="Set zone to the reporting time zone in the site's settings at Plausible.",
            )
