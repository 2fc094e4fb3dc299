"""A clone is outside material: its settings run nothing, its names break nothing, its faults teach."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from collectors.base import Batch, Client, PartFault, Span
from collectors.git import COLLECTOR
from tests.collectors import scripted_repository as scripted
from tests.collectors.scripted_repository import Written, utc

SPAN = Span(datetime(2026, 1, 8, 12, 0, tzinfo=UTC), None, ZoneInfo("UTC"))
ONE = Written(utc("2026-01-05T09:00:00"), "Ann", "ann@acme.dev")


async def run(client: Client, path: Path | str, **more: Any) -> Batch:
    return await COLLECTOR.run(COLLECTOR.configure({"path": str(path), **more}), client, SPAN)


async def fault_of(client: Client, path: Path | str, **more: Any) -> PartFault:
    batch = await run(client, path, **more)
    assert batch.samples == ()
    (fault,) = batch.faults
    assert fault.hint
    return fault


def was_run(path: Path) -> bool:
    """Whether a program that leaves a file called pwned has run."""
    return any(path.rglob("pwned"))


def total(batch: Batch) -> float:
    return sum(one.value for one in batch.samples if one.metric == "git.commits")


@pytest.mark.parametrize(
    "name", ["-x", "--upload-pack=touch pwned", "$(touch pwned)", "with space", "ünï;rm"]
)
async def test_a_path_is_never_read_as_an_option_or_command(
    name: str, tmp_path: Path, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted.make_repository(tmp_path / name, [ONE])
    monkeypatch.chdir(tmp_path)
    assert total(await run(client, name)) == 1
    assert not was_run(tmp_path)


@pytest.mark.parametrize("branch", ["--output=pwned", "-x", "nowhere", "main..main", "main;ls"])
async def test_a_branch_is_never_read_as_an_option(branch: str, tmp_path: Path, client: Client) -> None:
    path = scripted.make_repository(tmp_path / "engine", [ONE])
    await fault_of(client, path, branch=branch)
    assert not was_run(tmp_path)


async def test_a_branch_is_read_by_name(tmp_path: Path, client: Client) -> None:
    path = scripted.make_repository(tmp_path / "engine", [ONE])
    scripted.git(path, "checkout", "-q", "-b", "next")
    scripted.commit(path, ONE)
    assert [total(await run(client, path, branch=one)) for one in ("main", "next", "HEAD")] == [1, 2, 2]


@pytest.mark.parametrize(
    "name", ["$(id)", "; rm -rf /", "%n%x00%x00", "Ann\x1b[31m", "'\"`|&", "名前", "--format=%H"]
)
async def test_hostile_names_are_only_names(name: str, tmp_path: Path, client: Client) -> None:
    lines = [Written(ONE.at, name, f"{name}@x"), Written(ONE.at, "Bob", "bob@acme.dev")]
    path = scripted.make_repository(tmp_path / "engine", lines)
    batch = await run(client, path)
    first_time = [one.value for one in batch.samples if one.metric == "git.first_time_contributors"]
    assert first_time == [2, 0, 0, 0]


@pytest.mark.parametrize(
    "setting",
    [
        "gpg.program",
        "core.pager",
        "core.fsmonitor",
        "core.sshCommand",
        "pager.log",
        "log.showSignature",
        "alias.log",
    ],
)
async def test_programs_named_by_the_clone_do_not_run(setting: str, tmp_path: Path, client: Client) -> None:
    path = scripted.make_repository(tmp_path / "engine", [ONE])
    program = tmp_path / "evil"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/pwned\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    value = (
        "true"
        if setting == "log.showSignature"
        else f"!{program}"
        if setting == "alias.log"
        else str(program)
    )
    scripted.git(path, "config", setting, value)
    assert total(await run(client, path)) == 1
    assert not (tmp_path / "pwned").exists()


async def test_inherited_git_variables_are_ignored(
    tmp_path: Path, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = scripted.make_repository(tmp_path / "engine", [ONE])
    other = scripted.make_repository(tmp_path / "other", [ONE, ONE, ONE])
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_TRACE", str(tmp_path / "trace"))
    assert total(await run(client, path)) == 1
    assert not (tmp_path / "trace").exists()


async def test_a_folder_inside_another_repository_is_not_that_repository(
    tmp_path: Path, client: Client
) -> None:
    path = scripted.make_repository(tmp_path / "outer", [ONE])
    (path / "inner").mkdir()
    assert "not a git repository" in (await fault_of(client, path / "inner")).message


async def test_a_bare_repository_is_read_too(tmp_path: Path, client: Client) -> None:
    path = scripted.make_repository(tmp_path / "engine", [ONE])
    scripted.git(tmp_path, "clone", "-q", "--bare", str(path), "bare.git")
    assert total(await run(client, tmp_path / "bare.git")) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
async def test_a_clone_of_another_user_is_read(tmp_path: Path, client: Client) -> None:
    path = scripted.make_repository(tmp_path / "engine", [ONE])
    for one in (path, *path.rglob("*")):
        os.chown(one, 65534, 65534)
    assert total(await run(client, path)) == 1


async def test_a_missing_folder_is_a_fault(tmp_path: Path, client: Client) -> None:
    assert "not a directory" in (await fault_of(client, tmp_path / "nowhere")).message


async def test_a_repository_without_commits_is_no_zero(tmp_path: Path, client: Client) -> None:
    path = scripted.make_repository(tmp_path / "engine", [])
    assert "no commits yet" in (await fault_of(client, path)).message


async def test_a_git_that_takes_too_long_is_ended(
    tmp_path: Path, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\nexec sleep 20\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{slow.parent}:{os.environ['PATH']}")
    fault = await fault_of(client, tmp_path, timeout_seconds=0.05)
    assert fault.kind == "Unavailable"
    assert fault.is_retryable


async def test_a_machine_without_git_is_told_so(
    tmp_path: Path, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "not installed" in (await fault_of(client, tmp_path)).message
