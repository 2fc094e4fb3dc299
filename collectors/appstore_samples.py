"""What Apple's sales reports, reviews and public listing say of an app."""

from __future__ import annotations

import csv
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from zlib import crc32

from collectors.base import Span
from collectors.faults import UnexpectedResponse
from collectors.payload import moment, number, rows, text
from kpi.metric import Kind, Metric, Sample, labels

SETTLES_AFTER = timedelta(days=2)


def _metric(name: str, unit: str, kind: Kind, description: str, *names: str) -> Metric:
    return Metric(f"appstore.{name}", unit, kind, description, names)


DOWNLOADS = _metric("downloads", "downloads", Kind.FLOW, "first downloads on a day")
REDOWNLOADS = _metric("redownloads", "downloads", Kind.FLOW, "downloads on a day by those who had it before")
UPDATES = _metric("updates", "updates", Kind.FLOW, "updates on a day")
RATING = replace(
    _metric("rating", "", Kind.RATIO, "average of all ratings in a country's store, of 5", "country"),
    is_snapshot=True,
)
RATINGS = replace(
    _metric("ratings", "ratings", Kind.LEVEL, "ratings given in a country's store", "country"),
    is_snapshot=True,
)
REVIEW_RATING = replace(
    _metric("review_rating", "", Kind.RATIO, "stars of each written review, of 5"),
    every=timedelta(days=366),
    is_event=True,
)
SALES = (DOWNLOADS, REDOWNLOADS, UPDATES)
METRICS = (*SALES, RATING, RATINGS, REVIEW_RATING)

# https://developer.apple.com/help/app-store-connect/reference/product-type-identifiers
_TYPES = {
    **dict.fromkeys(("1", "1F", "1T", "F1", "1E", "1EP", "1EU"), DOWNLOADS),
    **dict.fromkeys(("3", "3F", "3T", "F3"), REDOWNLOADS),
    **dict.fromkeys(("7", "7F", "7T", "F7"), UPDATES),
}
_COLUMNS = ("Apple Identifier", "Product Type Identifier", "Units", "Begin Date", "End Date")
_HINT = "The vendor may have changed its reports; nothing was taken from this one."


def unpacked(body: bytes, most: int) -> str:
    """The text of a report, which Apple compresses; one that grows beyond `most` bytes is refused."""
    try:
        if body[:2] == b"\x1f\x8b":
            stream = zlib.decompressobj(31)
            body = stream.decompress(body, most)
            if stream.unconsumed_tail or not stream.eof:
                raise UnexpectedResponse("the report is cut short, or larger than may be", hint=_HINT)
        return body.decode("utf-8-sig")
    except (zlib.error, UnicodeDecodeError):
        raise UnexpectedResponse("the report cannot be unpacked", hint=_HINT) from None


def parse_sales(report: str, app: str, day: date) -> dict[Metric, float]:
    """Units of one app on one day. An app without a row in a day's report had none; refunds, which have
    negative units, take no download back."""
    lines = csv.reader(report.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    try:
        header, *found = [row for row in lines if row]
    except (ValueError, csv.Error):
        raise UnexpectedResponse("the report is empty or no table", hint=_HINT) from None
    if missing := [one for one in _COLUMNS if one not in header]:
        raise UnexpectedResponse(f"the report has no column {missing[0]}", hint=_HINT)
    total = dict.fromkeys(SALES, 0.0)
    for cells in found:
        if len(cells) < len(header):
            raise UnexpectedResponse("a row of the report is cut short", hint=_HINT)
        row = dict(zip(header, cells, strict=False))
        if {row["Begin Date"], row["End Date"]} != {f"{day:%m/%d/%Y}"}:
            raise UnexpectedResponse("the report is of another day", hint=_HINT)
        metric = _TYPES.get(row["Product Type Identifier"].strip())
        if row["Apple Identifier"].strip() == app and metric is not None:
            total[metric] += max(number(row, "Units"), 0.0)
    return total


def parse_day(total: Mapping[Metric, float], day: date, span: Span) -> Iterator[Sample]:
    """The samples of one day, which is Pacific."""
    for metric, units in total.items():
        yield Sample(metric.name, span.start_of(day), units, settled=span.is_settled(day, SETTLES_AFTER))


def parse_reviews(found: Iterable[Mapping[str, Any]], span: Span, since: date) -> Iterator[Sample]:
    """One sample a review; those of one second are kept apart by a fraction made from their ids."""
    for one in found:
        at = moment(one, "attributes", "createdDate").replace(
            microsecond=crc32(text(one, "id").encode()) % 10**6
        )
        stars = number(one, "attributes", "rating")
        if not 1 <= stars <= 5:
            raise UnexpectedResponse("a review has a rating that is none", hint=_HINT)
        end = min(span.start_of(span.last_day + timedelta(days=1)), span.now)
        if span.start_of(since) <= at <= end:
            yield Sample(REVIEW_RATING.name, at, stars)


def parse_listing(answer: Any, app: str, country: str, span: Span) -> Iterator[Sample]:
    """Ratings in one store; none where the app is not in it. Without a rating there is no average."""
    for one in rows(answer, "results"):
        if str(one.get("trackId")) != app:
            raise UnexpectedResponse("the listing is of another app", hint=_HINT)
        given, named = number(one, "userRatingCount"), labels({"country": country})
        yield Sample(RATINGS.name, span.now, given, named)
        if given > 0:
            average = number(one, "averageUserRating")
            if not 1 <= average <= 5:
                raise UnexpectedResponse("averageUserRating is no rating", hint=_HINT)
            yield Sample(RATING.name, span.now, average, named)
