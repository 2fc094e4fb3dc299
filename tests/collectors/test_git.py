"""Numbers from a real repository, held against plain counting over the history it was made from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.base import Batch, Client, Span
from collectors.git import COLLECTOR, History, LogParser, parse_days
from kpi.calendar import day_start
from tests.collectors import scripted_repository as scripted
from tests.collectors.scripted_repository import Written, utc

UTC_ZONE, BERLIN = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)

HISTORY = (
    Written(utc("2026-01-05T09:00:00"), "Ann", "ann@acme.dev"),
    Written(utc("2026-01-05T22:59:59"), "Ann", "ann@acme.dev"),
    Written(utc("2026-01-05T23:00:00"), "Bob", "bob@acme.dev"),  # the next day already in Berlin
    Written(utc("2026-01-06T10:00:00"), "ann", "Ann@Acme.dev"),
    Written(utc("2026-01-20T10:00:00"), "Ann at home", "ann@home.example", "ann@acme.dev"),
    Written(utc("2026-02-03T23:59:59"), "Cy", "cy@acme.dev"),
    Written(utc("2026-02-04T00:00:00"), "renovate[bot]", "29139614+renovate[bot]@users.noreply.github.com"),
    Written(utc("2026-03-01T10:00:00"), "Bob", "bob@acme.dev"),
    Written(utc("2026-03-20T11:00:00"), "Dee", "dee@acme.dev"),
)
MAILMAP = "Ann <ann@acme.dev> <ann@home.example>\n"


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = scripted.make_repository(tmp_path_factory.mktemp("git") / "engine", HISTORY, mailmap=MAILMAP)
    scripted.tag(path, "v1.0", utc("2026-01-06T10:30:00"))
    scripted.tag(path, "v1.0.1", utc("2026-01-06T11:30:00"))
    return path


async def run(client: Client, path: Path, *, zone: ZoneInfo = UTC_ZONE, **more: Any) -> Batch:
    span = Span(more.pop("now", NOW), more.pop("since", None), zone)
    return await COLLECTOR.run(COLLECTOR.configure({"path": str(path), **more}), client, span)


def by_day(batch: Batch, zone: ZoneInfo) -> dict[str, dict[date, float]]:
    found: dict[str, dict[date, float]] = defaultdict(dict)
    for one in batch.samples:
        day = one.at.astimezone(zone).date()
        is_of_people = one.metric in ("git.active_contributors", "git.returning_contributors")
        last = day_start(day + timedelta(days=1), zone) - timedelta(seconds=1)
        assert one.at == (last if is_of_people else day_start(day, zone))
        found[one.metric][day] = one.value
    return dict(found)


@pytest.mark.parametrize(
    "zone", [UTC_ZONE, BERLIN, ZoneInfo("America/Los_Angeles"), ZoneInfo("Asia/Kathmandu")]
)
async def test_every_day_since_the_first_commit_is_counted(
    zone: ZoneInfo, repository: Path, client: Client
) -> None:
    batch = await run(client, repository, zone=zone)
    assert batch.faults == ()
    found = by_day(batch, zone)
    found.pop("git.tags")
    assert found == scripted.expected(HISTORY, zone, NOW.astimezone(zone).date())


async def test_days_without_commits_are_zeros_and_today_is_open(repository: Path, client: Client) -> None:
    commits = [one for one in (await run(client, repository)).samples if one.metric == "git.commits"]
    assert len(commits) == 75
    assert sum(one.value for one in commits) == len(HISTORY)
    assert [one.settled for one in commits] == [True] * 74 + [False]


async def test_tags_are_counted_on_their_day(repository: Path, client: Client) -> None:
    tags = by_day(await run(client, repository), UTC_ZONE)["git.tags"]
    assert {day: value for day, value in tags.items() if value} == {date(2026, 1, 6): 2}
    assert len(tags) == 75


async def test_a_since_shortens_the_report_and_changes_no_number(repository: Path, client: Client) -> None:
    whole, short = (
        await run(client, repository),
        await run(client, repository, since=utc("2026-03-01T15:00:00")),
    )
    assert {one.at.date() for one in short.samples} == {date(2026, 3, day) for day in range(1, 21)}
    assert set(short.samples) <= set(whole.samples)


async def test_bots_are_left_out_on_request(repository: Path, client: Client) -> None:
    people = [one for one in HISTORY if "[bot]" not in one.name]
    found = by_day(await run(client, repository, exclude_bots=True), UTC_ZONE)
    found.pop("git.tags")
    assert found == scripted.expected(people, UTC_ZONE, NOW.date())


async def test_named_accounts_are_left_out(repository: Path, client: Client) -> None:
    rest = [one for one in HISTORY if one.author != "bob@acme.dev"]
    found = by_day(await run(client, repository, bots=["BOB@acme.dev"]), UTC_ZONE)
    assert found["git.commits"] == scripted.expected(rest, UTC_ZONE, NOW.date())["git.commits"]


async def test_commits_from_the_future_wait_for_their_day(repository: Path, client: Client) -> None:
    batch = await run(client, repository, now=utc("2026-02-10T00:00:00"))
    assert sum(one.value for one in batch.samples if one.metric == "git.commits") == 7
    assert "2 commits" in batch.notes[0]


async def test_labels_of_the_source_are_on_every_sample(repository: Path, client: Client) -> None:
    batch = await run(client, repository, labels={"repository": "engine"})
    assert {one.labels for one in batch.samples} == {(("repository", "engine"),)}


async def test_merge_commits_can_be_left_out(tmp_path: Path, client: Client) -> None:
    path = scripted.make_repository(tmp_path / "merged", HISTORY[:2])
    scripted.git(path, "branch", "side")
    scripted.commit(path, HISTORY[3])
    scripted.git(path, "checkout", "-q", "side")
    scripted.commit(path, HISTORY[4])
    merger = {
        f"GIT_{who}_{what}": "m@acme.dev" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    stamp = {"GIT_AUTHOR_DATE": "2026-02-01T10:00:00Z", "GIT_COMMITTER_DATE": "2026-02-01T10:00:00Z"}
    scripted.git(path, "merge", "-q", "--no-ff", "-m", "merge", "main", **merger, **stamp)
    totals = []
    for merges in (True, False):
        batch = await run(client, path, merges=merges)
        totals.append(sum(one.value for one in batch.samples if one.metric == "git.commits"))
    assert totals == [5, 4]


async def test_a_shallow_clone_claims_nothing_it_cannot_know(
    repository: Path, tmp_path: Path, client: Client
) -> None:
    scripted.git(tmp_path, "clone", "-q", "--depth", "3", f"file://{repository}", "shallow")
    batch = await run(client, tmp_path / "shallow")
    found = by_day(batch, UTC_ZONE)
    whole = scripted.expected(HISTORY, UTC_ZONE, NOW.date())
    known = {day: value for day, value in whole["git.commits"].items() if day >= date(2026, 2, 5)}
    assert found["git.commits"] == known
    told = {day for day in known if date(2026, 3, 6) <= day < NOW.date()}
    assert set(found["git.active_contributors"]) == told
    assert found.keys() == {"git.commits", "git.tags", "git.active_contributors"}
    (fault,) = batch.faults
    assert "git.first_time_contributors" in fault.metrics
    assert "--unshallow" in fault.hint


commits = st.lists(st.tuples(st.integers(0, 80), st.sampled_from("abcde")), min_size=1, max_size=40)


@given(commits, st.integers(1, 50))
def test_any_history_in_any_pieces_comes_out_as_counted(history: list[tuple[int, str]], size: int) -> None:
    lines = [Written(utc("2026-01-01") + timedelta(days=day), who, f"{who}@x") for day, who in history]
    span = Span(utc("2026-03-31T05:00:00"), None, UTC_ZONE)
    parser = LogParser(COLLECTOR.configure({"path": "."}), span)
    for piece in pieces(
        b"".join(f"{int(o.at.timestamp())}\0{o.mail}\0{o.name}\0".encode() for o in lines), size
    ):
        parser.take(piece)
    samples = list(parse_days(parser.history, History().commits, span, None))
    found = by_day(Batch(tuple(samples)), UTC_ZONE)
    found.pop("git.tags")
    assert found == scripted.expected(lines, UTC_ZONE, date(2026, 3, 31))


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))
