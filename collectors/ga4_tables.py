"""What Google Analytics 4 is asked, and the tables it answers with."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from collectors.faults import UnexpectedResponse
from collectors.http import Api
from collectors.payload import number, part, rows, text

RANGES = 4  # of dates in one report
ROWS = 10_000  # of a report that are asked for at a time
_REPORTS = 5  # in one batch
_NONE_USED = "Nothing was taken from it; the vendor may have changed its API."

Report = dict[str, Any]
Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a report by the names of its columns, and how many there are in all.

    `doubts` says in which ways Google itself left something out.
    """

    rows: tuple[Row, ...]
    total: int
    doubts: tuple[str, ...] = ()


def report(days: Sequence[tuple[date, date]], metrics: Iterable[str], *dimensions: str) -> Report:
    """A question over stretches of days, both ends included, each named after its last day."""
    return {
        "dateRanges": [
            {"startDate": first.isoformat(), "endDate": last.isoformat(), "name": f"to{last:%Y%m%d}"}
            for first, last in days
        ],
        "dimensions": [{"name": one} for one in dimensions],
        "metrics": [{"name": one} for one in metrics],
        "limit": str(ROWS),
        "offset": "0",
    }


def matching(asked: Report, field: str, expression: str) -> Report:
    """The same question about rows alone whose `field` holds a match of `expression`."""
    found = {"matchType": "PARTIAL_REGEXP", "value": expression}
    return asked | {"dimensionFilter": {"filter": {"fieldName": field, "stringFilter": found}}}


def among(asked: Report, field: str, values: Collection[str]) -> Report:
    """The same question about rows alone whose `field` is one of `values`."""
    found = {"values": sorted(values), "caseSensitive": True}
    return asked | {"dimensionFilter": {"filter": {"fieldName": field, "inListFilter": found}}}


def windows(
    days: Sequence[date], length: int, metrics: Sequence[str], field: str = "", value: str = ""
) -> list[Report]:
    """The questions for the `length` days up to each of `days`: Google counts people anew for each."""
    stretches = [(one - timedelta(days=length - 1), one) for one in days]
    asked = [report(stretches[n : n + RANGES], metrics) for n in range(0, len(stretches), RANGES)]
    return [among(one, field, [value]) for one in asked] if field else asked


def parse_table(answer: Any) -> Table:
    """Rows by column name, whatever their order."""
    if not isinstance(answer, Mapping):
        raise UnexpectedResponse("the report is no object", hint="The vendor may have changed its API.")
    columns = [text(one, "name") for key in ("dimension", "metric") for one in _headers(answer, key)]
    found = []
    for row in rows({"rows": [], **answer}, "rows"):
        cells = [part(one, "value") for key in ("dimension", "metric") for one in _cells(row, key)]
        if len(cells) != len(columns) or not all(isinstance(one, str) for one in cells):
            raise UnexpectedResponse("a row of the report does not fit its columns", hint=_NONE_USED)
        found.append(dict(zip(columns, cells, strict=True)))
    total = int(number(answer, "rowCount")) if "rowCount" in answer else len(found)
    return Table(tuple(found), total, _doubts(answer.get("metadata")))


def _headers(answer: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    return list(rows({f"{key}Headers": [], **answer}, f"{key}Headers"))


def _cells(row: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    return list(rows({f"{key}Values": [], **row}, f"{key}Values"))


def _doubts(metadata: Any) -> tuple[str, ...]:
    about = metadata if isinstance(metadata, Mapping) else {}
    return tuple(
        said
        for key, said in (
            ("subjectToThresholding", "small counts were withheld to protect people (thresholding)"),
            ("dataLossFromOtherRow", "rare values were merged into (other)"),
            ("samplingMetadatas", "figures were worked out from a sample"),
            ("dataTruncationReasons", "the report was cut short"),
        )
        if about.get(key)
    )


def day_in(row: Row) -> date:
    """The day of a row, which Google writes as 20261120."""
    try:
        return datetime.strptime(text(row, "date"), "%Y%m%d").date()  # noqa: DTZ007  (a day has no zone)
    except ValueError:
        raise UnexpectedResponse("date is not a day", hint="The vendor may have changed its API.") from None


def by_window(tables: Iterable[Table], asked: Iterable[Report]) -> dict[date, Row]:
    """The row of each stretch of days, by its last day. One stretch alone has no column that names it."""
    found: dict[date, Row] = {}
    for table, one in zip(tables, asked, strict=True):
        ends = {each["name"]: date.fromisoformat(each["endDate"]) for each in one["dateRanges"]}
        for row in table.rows:
            name = row.get("dateRange", next(iter(ends)))
            if name not in ends:
                raise UnexpectedResponse("a row is of days nobody asked for", hint=_NONE_USED)
            found[ends[name]] = row
    return found


@dataclass(frozen=True, slots=True)
class Property:
    """One property, asked for reports."""

    api: Api
    number: str

    async def one(self, asked: Report) -> Any:
        """The answer to one question, as it came."""
        return await self.api.post_json(self._path("runReport"), asked)

    async def tables(self, asked: Sequence[Report], *, is_whole: bool = True) -> list[Table]:
        """The tables of some reports, in batches; with `is_whole`, each to its last row."""
        found: list[Table] = []
        for start in range(0, len(asked), _REPORTS):
            some = asked[start : start + _REPORTS]
            answer = await self.api.post_json(self._path("batchRunReports"), {"requests": some})
            tables = [parse_table(one) for one in rows(answer, "reports")]
            if len(tables) != len(some):
                raise UnexpectedResponse("there are not as many reports as were asked for", hint=_NONE_USED)
            for one, table in zip(some, tables, strict=True):
                found.append(await self._whole(one, table) if is_whole else table)
        return found

    async def _whole(self, asked: Report, table: Table) -> Table:
        """The table with the rows of its further pages."""
        if len(table.rows) >= table.total:
            return table
        found, doubts = list(table.rows), set(table.doubts)

        def following(page: Any) -> Report | None:
            more = parse_table(page)
            if not more.rows:
                raise UnexpectedResponse("the report ends before its last row", hint=_NONE_USED)
            found.extend(more.rows)
            doubts.update(more.doubts)
            return None if len(found) >= table.total else asked | {"offset": str(len(found))}

        second = asked | {"offset": str(len(found))}
        async for _ in self.api.walk_posts(self._path("runReport"), second, following):
            pass
        return Table(tuple(found), table.total, tuple(sorted(doubts)))

    def _path(self, method: str) -> str:
        return f"/v1beta/properties/{self.number}:{method}"
