"""Landings that are kept: one process reckons each change, and what is being reckoned is not read."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest

from storage import SessionFactory, landings
from storage.landings import Kept

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
DAY = date(2026, 11, 23)
LEASE = timedelta(minutes=2)
STARS = Kept("acme/stars", DAY, "a1", {"value": 4180.5, "met_on": None}, NOW)


def claim(
    sessions: SessionFactory, digests: Mapping[str, str], now: datetime = NOW, day: date = DAY
) -> frozenset[str]:
    with sessions.begin() as session:
        return landings.claim(session, digests, day=day, now=now, lease=LEASE)


def keep(sessions: SessionFactory, *found: Kept) -> None:
    with sessions.begin() as session:
        landings.keep(session, found)


def find(sessions: SessionFactory, path: str = STARS.path) -> Kept | None:
    with sessions.read() as session:
        return landings.find(session, path)


def test_what_is_claimed_and_kept_is_read(sessions: SessionFactory) -> None:
    assert find(sessions) is None
    assert claim(sessions, {STARS.path: "a1"}) == {STARS.path}
    assert find(sessions) is None
    keep(sessions, STARS)
    assert find(sessions) == STARS


def test_what_did_not_change_is_not_claimed_again(sessions: SessionFactory) -> None:
    claim(sessions, {STARS.path: "a1"})
    keep(sessions, STARS)
    assert claim(sessions, {STARS.path: "a1", "acme/nps": "b1"}) == {"acme/nps"}
    assert claim(sessions, {STARS.path: "a2"}) == {STARS.path}
    assert find(sessions) is None  # what holds no longer is not read


def test_a_claim_without_a_result_runs_out(sessions: SessionFactory) -> None:
    claim(sessions, {STARS.path: "a1"})
    assert claim(sessions, {STARS.path: "a1"}, NOW + LEASE / 2) == frozenset()
    assert claim(sessions, {STARS.path: "a1"}, NOW + LEASE) == {STARS.path}


def test_what_changed_meanwhile_is_not_overwritten(sessions: SessionFactory) -> None:
    claim(sessions, {STARS.path: "a1"})
    claim(sessions, {STARS.path: "a2"}, NOW + LEASE)
    keep(sessions, STARS)
    assert find(sessions) is None


def test_of_many_processes_each_change_is_given_to_one(sessions: SessionFactory) -> None:
    digests = {f"acme/{number}": "a1" for number in range(20)}
    with ThreadPoolExecutor(4) as pool:
        given = list(pool.map(lambda _: claim(sessions, digests), range(4)))
    assert sorted(path for paths in given for path in paths) == sorted(digests)


def test_several_are_read_at_once_and_old_ones_forgotten(sessions: SessionFactory) -> None:
    old = Kept("acme/gone", DAY - timedelta(days=1), "c1", {}, NOW)
    claim(sessions, {STARS.path: "a1", "acme/nps": "b1"})
    claim(sessions, {old.path: "c1"}, day=old.day)
    keep(sessions, STARS, old)
    with sessions.begin() as session:
        assert set(landings.listing(session)) == {STARS.path, old.path}
        assert set(landings.listing(session, (STARS.path, "acme/nps"))) == {STARS.path}
        landings.forget(session, DAY)
        assert set(landings.listing(session)) == {STARS.path}


def test_what_is_no_json_is_refused(sessions: SessionFactory) -> None:
    claim(sessions, {STARS.path: "a1"})
    with pytest.raises(ValueError, match="JSON"):
        keep(sessions, Kept(STARS.path, DAY, "a1", {"value": float("nan")}, NOW))
