"""Entries, the audit trail and cached responses."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import SQLModel, func, select

from storage import SessionFactory, audit, entries, responses, samples
from storage.audit import Act
from storage.entries import Entry
from storage.responses import StoredResponse
from storage.samples import Written

NOW = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)
ENTRY = Entry("nps", NOW, 42.0, "42", "slack:U0123", NOW, (("team", "core"),), "survey of 12 Nov")
ACT = Act(NOW, "slack:U0123", "record", "nps", "40", "42", "“quoted” <!channel>")


def rows(sessions: SessionFactory) -> dict[str, int]:
    with sessions.read() as session:
        counted = {
            name: session.connection().execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in SQLModel.metadata.tables.items()
        }
    return {name: count for name, count in counted.items() if count}


def test_an_entry_is_kept_with_its_sample_and_nothing_else(sessions: SessionFactory) -> None:
    with sessions.begin() as session:
        assert entries.record(session, ENTRY) == Written(new=1)
    with sessions.read() as session:
        assert entries.recent(session) == [ENTRY]
        (sample,) = samples.export(session)
    assert (sample.metric, sample.at, sample.value, sample.labels) == ("nps", NOW, 42.0, ENTRY.labels)
    assert rows(sessions) == {"entries": 1, "samples": 1, "series": 1}


def test_a_corrected_entry_keeps_the_first(sessions: SessionFactory) -> None:
    better = replace(ENTRY, value=44.0, text="44", recorded_at=NOW + timedelta(hours=1))
    with sessions.begin() as session:
        entries.record(session, ENTRY)
        assert entries.record(session, better) == Written(restated=1)
        entries.record(session, replace(ENTRY, metric="csat"))
    with sessions.read() as session:
        assert entries.recent(session, metric="nps") == [better, ENTRY]
        assert len(entries.recent(session, limit=2)) == 2


def test_an_entry_that_is_no_number_leaves_nothing(sessions: SessionFactory) -> None:
    with pytest.raises(ValueError, match="nps"), sessions.begin() as session:
        entries.record(session, replace(ENTRY, value=float("nan")))
    assert rows(sessions) == {}


def test_the_trail_tells_who_did_what_newest_first(sessions: SessionFactory) -> None:
    second = replace(ACT, action="silence", subject="stars")
    with sessions.begin() as session:
        audit.write(session, ACT)
        audit.write(session, second)
    with sessions.read() as session:
        assert audit.recent(session) == [second, ACT]
        assert audit.recent(session, subject="nps") == [ACT]
        assert audit.recent(session, limit=1) == [second]


def response(body: bytes, at: datetime = NOW) -> StoredResponse:
    return StoredResponse(body, at, 'W/"abc"', "Thu, 12 Nov 2026 08:00:00 GMT", {"link": "<…>; rel=next"})


def test_responses_come_back_to_their_source_alone(sessions: SessionFactory) -> None:
    kept = {"https://api/a?page=1": response(b"\x00\xff{}"), "https://api/b": response(b"")}
    with sessions.begin() as session:
        responses.save(session, "github", kept)
        responses.save(session, "other", {"https://api/b": response(b"x")})
        responses.save(session, "other", {})
    with sessions.read() as session:
        assert responses.load(session, "github") == kept
        assert responses.load(session, "nobody") == {}


def test_a_saved_response_replaces_the_older_one(sessions: SessionFactory) -> None:
    later = NOW + timedelta(hours=1)
    with sessions.begin() as session:
        responses.save(session, "github", {"a": response(b"1"), "b": response(b"2")})
        responses.save(session, "github", {"a": response(b"3", later)})
    with sessions.read() as session:
        found = responses.load(session, "github")
    assert {key: (one.body, one.fetched_at) for key, one in found.items()} == {
        "a": (b"3", later),
        "b": (b"2", NOW),
    }


def test_old_responses_are_forgotten(sessions: SessionFactory) -> None:
    with sessions.begin() as session:
        responses.save(session, "github", {"a": response(b"1"), "b": response(b"2", NOW + timedelta(days=9))})
        assert responses.forget(session, NOW + timedelta(days=1)) == 1
    with sessions.read() as session:
        assert [*responses.load(session, "github")] == ["b"]
