"""`kpi report daily --post`, killed at every stage of a send and run again: each time exactly one post."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from signal import SIGKILL
from typing import Any

import pytest

from storage.promises import State
from tests.e2e.dying import STAGES
from tests.e2e.office import Office
from tests.e2e.process import clean_environment
from tests.e2e.slack import CHANNEL, Slack, slack_in_a_thread

ROOT = Path(__file__).parents[2]
DAY = date(2026, 9, 1)


@pytest.fixture
def slack() -> Iterator[Slack]:
    with slack_in_a_thread() as found:
        yield found


def run(runs: list[dict[str, Any]]) -> list[int]:
    """What each of the runs ended with."""
    found = subprocess.run(
        [sys.executable, "-m", "tests.e2e.dying"],
        cwd=ROOT, env=clean_environment({}), input=json.dumps(runs), capture_output=True, text=True,
        timeout=60, check=True,
    )  # fmt: skip
    ends: list[int] = json.loads(found.stdout)
    return ends


def test_a_report_killed_at_any_stage_and_run_again_stands_once(
    tmp_path: Path, migrated_sqlite: Path, slack: Slack
) -> None:
    offices, runs = {}, []
    for number, stage in enumerate(STAGES):
        folder = tmp_path / str(number)
        folder.mkdir()
        shutil.copyfile(migrated_sqlite, folder / "kpi.db")
        day = (DAY + timedelta(days=number)).isoformat()  # the stand-in's channel is the same for all
        offices[stage] = Office(folder, f"sqlite:///{folder / 'kpi.db'}")
        environment = {**slack.environment, "DATABASE_URL": offices[stage].url}
        words = ["report", "daily", "--post", "--for", day]
        runs.append({"folder": str(folder), "environment": environment, "words": words, "stage": stage})
    assert run(runs) == [-SIGKILL] * len(STAGES)
    left = {stage: list(one.states().values()) for stage, one in offices.items()}
    assert left == {
        "before the claim": [State.OWED],
        "in the claim's transaction": [State.OWED],
        "after the claim": [State.CLAIMED],
        "right before the post": [State.CLAIMED],
        "after the post": [State.CLAIMED],
        "in the receipt's transaction": [State.CLAIMED],
        "after the receipt": [State.DELIVERED],
    }
    for one in offices.values():
        one.end_leases()
    assert run([{**one, "stage": ""} for one in runs]) == [0] * len(STAGES)
    assert all(one.is_delivered() for one in offices.values())
    days = [f"daily/slack:{CHANNEL}/{DAY + timedelta(days=number)}" for number in range(len(STAGES))]
    assert Counter(slack.keys()) == dict.fromkeys(days, 1)
