"""When a review counts and from when the clock runs; which settings the collector takes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from collectors.github import COLLECTOR
from collectors.github.queries import graphql_url
from collectors.github.reader import distinct
from collectors.github.reviews import first_review

ANN = {"__typename": "User", "login": "ann"}
BOB = {"__typename": "User", "login": "bob"}
CI = {"__typename": "Bot", "login": "ci"}


def at(hour: int) -> str:
    return f"2026-11-20T{hour:02}:00:00Z"


def review(hour: int | None, author: Any = BOB, state: str = "COMMENTED") -> dict[str, Any]:
    return {"submittedAt": None if hour is None else at(hour), "state": state, "author": author}


def turn(hour: int, kind: str) -> dict[str, Any]:
    return {"__typename": kind, "createdAt": at(hour)}


READY, DRAFT = "ReadyForReviewEvent", "ConvertToDraftEvent"


def pull(*reviews: dict[str, Any], turns: tuple[dict[str, Any], ...] = (), **more: Any) -> dict[str, Any]:
    told = {"number": 7, "createdAt": at(8), "updatedAt": at(20), "isDraft": False, "author": ANN}
    return told | {"reviews": {"nodes": list(reviews)}, "timelineItems": {"nodes": list(turns)}} | more


@pytest.mark.parametrize(
    ("told", "hours"),
    [
        (pull(review(10)), 2),
        (pull(review(12), review(10)), 2),
        (pull(review(9, ANN), review(11)), 3),
        (pull(review(9, CI), review(11)), 3),
        (pull(review(9, None), review(11)), 3),
        (pull(review(None, BOB, "PENDING"), review(11)), 3),
        (pull(review(12), turns=(turn(10, READY),)), 2),
        (pull(review(9), review(12), turns=(turn(10, READY),)), 2),
        (pull(review(9), review(12), turns=(turn(10, DRAFT), turn(11, READY))), 1),
        (pull(review(10), review(13), turns=(turn(9, DRAFT), turn(12, READY))), 1),
        (pull(review(14), turns=(turn(9, READY), turn(10, DRAFT), turn(12, READY))), 2),
        (pull(review(9), turns=(turn(12, DRAFT),), isDraft=True), 1),
        (pull(), None),
        (pull(review(9, ANN)), None),
        (pull(review(9, CI)), None),
        (pull(review(9), isDraft=True), None),
        (pull(review(9), turns=(turn(10, READY),)), None),
        (pull(review(9), author=CI), None),
        (pull(review(9), author=None), None),
    ],
)
def test_the_first_review_by_a_person_counts_from_when_it_was_ready(
    told: dict[str, Any], hours: int | None
) -> None:
    found = first_review(told)
    assert (found and found[1] / 3600) == hours


def test_events_of_one_second_stay_apart_and_stay_put() -> None:
    moment = datetime(2026, 11, 20, 12, 0, 5, tzinfo=UTC)
    first, second = distinct(moment, 41), distinct(moment, 1_000_042)
    assert first != second
    assert {first.replace(microsecond=0), second.replace(microsecond=0)} == {moment}
    assert distinct(moment, 41) == first


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("https://api.github.com", "https://api.github.com/graphql"),
        ("https://github.acme.dev/api/v3", "https://github.acme.dev/api/graphql"),
        ("http://127.0.0.1:9000/github/", "http://127.0.0.1:9000/github/graphql"),
    ],
)
def test_graphql_lies_beside_rest(base: str, url: str) -> None:
    assert graphql_url(base) == url


@pytest.mark.parametrize(
    "name", ["acme", "acme/engine/x", "https://github.com/acme/engine", "acme/..", "a b/c", ""]
)
def test_a_repository_is_owner_and_name(name: str) -> None:
    with pytest.raises(ValidationError, match="owner/name"):
        COLLECTOR.configure({"repository": name})


@pytest.mark.parametrize(
    "url", ["api.github.com", "ftp://x", "https://u:p@x.dev", "https://x.dev/?token=abc"]
)
def test_a_base_url_is_a_plain_address(url: str) -> None:
    with pytest.raises(ValidationError, match="base_url must look like") as caught:
        COLLECTOR.configure({"repository": "acme/engine", "base_url": url})
    assert "abc" not in str(caught.value)


def test_a_token_does_not_show_in_the_settings() -> None:
    assert "hunter2" not in repr(COLLECTOR.configure({"repository": "acme/engine", "token": "hunter2"}))
