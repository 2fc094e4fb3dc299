"""Reports as real tools wrote them, and files that are none, too large, or made to harm."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from collectors import reports
from collectors.base import Batch, Client, Span
from collectors.reports import COLLECTOR
from tests.collectors.loopback import Asked, Said, said_json, serve

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
WRITTEN = Path(__file__).parent / "fixtures" / "reports"
UTC_ZONE = ZoneInfo("UTC")


async def read(client: Client, path: Path | str, kind: str, **more: Any) -> Batch:
    settings = {"reports": {"built": {"format": kind, "path": str(path), **more}}}
    return await COLLECTOR.run(COLLECTOR.configure(settings), client, Span(NOW, None, UTC_ZONE))


def figures(batch: Batch) -> dict[str, float]:
    assert not batch.faults
    return {
        " ".join(
            (one.metric.removeprefix("reports."), *(v for k, v in one.labels if k == "benchmark"))
        ): one.value
        for one in batch.samples
    }


async def test_what_coverage_wrote(client: Client) -> None:
    batch = await read(client, WRITTEN / "coverage.xml", "cobertura")
    assert figures(batch) == {"line_coverage": 5 / 6, "branch_coverage": 3 / 4}
    assert {one.at.isoformat() for one in batch.samples} == {"2026-11-23T11:11:57.358000+00:00"}


async def test_what_pytest_wrote(client: Client) -> None:
    """Two pass, one fails, one is skipped, one passes when run again, and one breaks in its fixture."""
    found = figures(await read(client, WRITTEN / "junit.xml", "junit"))
    assert found.pop("duration") == pytest.approx(0.001)
    assert found == {"tests": 6, "failures": 2, "skipped": 1, "flaky": 1, "pass_rate": 3 / 5}


@pytest.mark.parametrize(
    ("name", "kind", "before", "after"),
    [
        ("benchmark.json", "pytest-benchmark", "test_slow", "test_fast"),
        ("hyperfine.json", "hyperfine", "sleepy", "quick"),
    ],
)
async def test_what_benchmarks_wrote(client: Client, name: str, kind: str, before: str, after: str) -> None:
    found = figures(await read(client, WRITTEN / name, kind, baseline=before))
    assert found[f"speedup {after}"] == pytest.approx(
        found[f"benchmark_mean {before}"] / found[f"benchmark_mean {after}"]
    )
    assert found[f"speedup {after}"] > 1.5
    assert 0 < found[f"benchmark_median {after}"] < 0.1
    assert f"speedup {before}" not in found


async def test_the_files_of_a_split_run_are_put_together(client: Client, tmp_path: Path) -> None:
    for one in ("a", "b"):
        (tmp_path / one).mkdir()
        shutil.copy(WRITTEN / "coverage.xml", tmp_path / one / "coverage.xml")
        shutil.copy(WRITTEN / "junit.xml", tmp_path / one / f"junit-{one}.xml")
    assert figures(await read(client, tmp_path / "**/junit-*.xml", "junit"))["tests"] == 12
    coverage = figures(await read(client, tmp_path / "*/coverage.xml", "cobertura"))
    assert coverage["line_coverage"] == 10 / 12


async def test_no_file_is_no_data(client: Client, tmp_path: Path) -> None:
    assert await read(client, tmp_path / "*.xml", "junit") == Batch()


_LAUGHS = '<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;">]><testsuites>&c;</testsuites>'
_OUTSIDE = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><testsuites>&b;</testsuites>'


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (_LAUGHS, "junit"),
        (_OUTSIDE, "junit"),
        ("<html/>", "junit"),
        ("<coverage/>", "cobertura"),
        ('<coverage lines-valid="1" lines-covered="2"/>', "cobertura"),
        ('<coverage lines-valid="1" lines-covered="x"/>', "cobertura"),
        ("<testsuites", "junit"),
        ("[", "hyperfine"),
        ("[" * 100_000, "hyperfine"),
        ('{"results": [{"command": "a", "mean": -1, "median": 1}]}', "hyperfine"),
        ('{"results": [{"command": "a", "mean": NaN, "median": 1}]}', "hyperfine"),
        ('{"benchmarks": []}', "pytest-benchmark"),
    ],
)
async def test_a_file_that_is_no_report_gives_no_number(
    client: Client, tmp_path: Path, text: str, kind: str
) -> None:
    (tmp_path / "report").write_text(text)
    batch = await read(client, tmp_path / "report", kind)
    assert batch.samples == ()
    assert [one.kind for one in batch.faults] == ["UnexpectedResponse"]


async def test_no_test_that_ran_has_no_rate(client: Client, tmp_path: Path) -> None:
    (tmp_path / "r").write_text('<testsuite><testcase name="a"><skipped/></testcase></testsuite>')
    assert "pass_rate" not in figures(await read(client, tmp_path / "r", "junit"))


async def test_a_baseline_that_is_not_there_is_told(client: Client) -> None:
    batch = await read(client, WRITTEN / "hyperfine.json", "hyperfine", baseline="other")
    assert "no benchmark is called other" in batch.faults[0].message


def zipped(name: str, body: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr(name, body)
    return written.getvalue()


async def artifact(client: Client, archive: Said) -> Batch:
    listed = {
        "artifacts": [
            {"id": 1, "created_at": "2026-12-01T09:00:00Z", "workflow_run": {"head_branch": "main"}}
        ]
    }

    def answer(asked: Asked) -> Said:
        return archive if asked.path.endswith("/zip") else said_json(listed)

    async with serve(answer) as server:
        settings = {"base_url": server.url, "repository": "a/b", "token": "hunter2-token"}
        built = {"format": "junit", "artifact": "built"}
        config = COLLECTOR.configure({**settings, "reports": {"built": built}})
        return await COLLECTOR.run(config, client, Span(NOW, None, UTC_ZONE))


@pytest.mark.parametrize("body", [b"no archive", zipped("a.xml", b"x")[:-9], b"PK\x03\x04"])
async def test_an_archive_that_is_none_gives_no_number(client: Client, body: bytes) -> None:
    batch = await artifact(client, Said(200, body))
    assert batch.samples == ()
    assert "cannot be read" in batch.faults[0].message


async def test_an_archive_that_swells_is_refused(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "_FILE_BYTES", 1_000_000)
    batch = await artifact(client, Said(200, zipped("a.xml", b" " * 1_500_000)))
    assert batch.samples == ()
    assert "too large unpacked" in batch.faults[0].message


async def test_an_archive_of_a_run_is_read(client: Client) -> None:
    good = zipped("results/junit.xml", (WRITTEN / "junit.xml").read_bytes())
    assert figures(await artifact(client, Said(200, good)))["tests"] == 6


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"reports": {"a": {"format": "junit"}}}, "path, url or artifact"),
        ({"reports": {"a": {"format": "junit", "path": "x", "url": "http://a/b"}}}, "one of them"),
        ({"reports": {"a": {"format": "junit", "artifact": "x"}}}, "needs repository and token"),
        ({"reports": {"a": {"format": "xunit", "path": "x"}}}, "cobertura"),
        ({"reports": {}}, "at least 1"),
    ],
)
def test_settings_that_name_no_report_are_refused(settings: Mapping[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        COLLECTOR.configure(settings)
