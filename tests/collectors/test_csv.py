"""CSV files: on this machine and at an address, well written or not."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from collectors.base import Batch, Client
from collectors.csv import COLLECTOR, parse_rows
from collectors.faults import UnexpectedResponse
from tests.collectors.loopback import Asked, Said, serve
from tests.collectors.scenarios.base import Scenario, play
from tests.collectors.scenarios.csv import a_file


async def run(client: Client, **settings: object) -> Batch:
    return await COLLECTOR.run(COLLECTOR.configure(settings), client, Scenario({}, _never, ()).span())


def _never(_: object) -> Said:
    raise AssertionError


async def test_a_file_on_this_machine_is_read(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "kpis.csv"
    path.write_text('date,name,value\n2026-11-18,"Talks, given",3\n', encoding="utf-8-sig")
    (sample,) = (await run(client, path=str(path))).samples
    assert (sample.metric, sample.value, sample.labels) == ("csv.level", 3, (("name", "Talks, given"),))


async def test_an_unchanged_file_is_not_sent_again(client: Client) -> None:
    scenario = a_file()
    async with serve(lambda asked: _conditional(scenario, asked)) as server:
        settings = {**scenario.settings, "url": f"{server.url}/kpis.csv"}
        config = COLLECTOR.configure(settings)
        first, second = [await COLLECTOR.run(config, client, scenario.span()) for _ in range(2)]
    assert first.samples == second.samples
    assert "if-none-match" in server.asked[1].headers


def _conditional(scenario: Scenario, asked: Asked) -> Said:
    if asked.headers.get("if-none-match") == '"1"':
        return Said(304)
    said = scenario.answer(asked)
    assert isinstance(said, Said)
    return said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfed\x00", "not in UTF-8"),
        (b'date,name,value\n2026-11-18,"A', "line 2 is no CSV"),
        (b"", "does not name the columns"),
        (b"date;name;value\n2026-11-18;A;1\n", "does not name the columns"),
    ],
)
async def test_a_file_that_is_no_table_gives_nothing(
    client: Client, tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "kpis.csv"
    path.write_bytes(content)
    batch = await run(client, path=str(path))
    assert batch.samples == ()
    assert said in batch.faults[0].message


async def test_a_file_that_is_not_there_is_told_by_its_name(client: Client, tmp_path: Path) -> None:
    batch = await run(client, path=str(tmp_path / "kpis.csv"))
    assert batch.faults[0].message == "kpis.csv cannot be read: No such file or directory"


async def test_a_file_without_end_is_not_read_whole(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "kpis.csv"
    path.write_bytes(b"date,name,value\n" + b" " * client.policy.body_bytes)
    assert "is larger than" in (await run(client, path=str(path))).faults[0].message


def test_lines_are_numbered_as_an_editor_does() -> None:
    rows = list(parse_rows(b'date,name,value,note\n2026-11-18,A,1,"two\nlines"\n2026-11-18,B,1,\n', ","))
    assert [number for number, _ in rows] == [1, 3, 4]


async def test_a_key_in_the_address_is_never_shown(client: Client) -> None:
    scenario = a_file()
    scenario.settings = {**scenario.settings, "url": "{url}/other.csv?sig=hunter2-key"}
    batch, _ = await play(COLLECTOR, scenario, client)
    assert batch.faults
    assert "hunter2" not in str(batch)


def test_no_utf_16_is_guessed_at() -> None:
    with pytest.raises(UnexpectedResponse):
        list(parse_rows("date".encode("utf-16"), ","))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"path": "a.csv", "url": "https://a.example/b.csv"},
        {"path": "a.csv", "token": "t"},
        {"url": "ftp://a.example/b.csv"},
        {"url": "https://user:pw@a.example/b.csv"},
        {"path": "a.csv", "delimiter": "x"},
        {"path": "a.csv", "kinds": {"A": "sum"}},
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        COLLECTOR.configure(settings)
