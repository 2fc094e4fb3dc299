"""What a start does not load: a question is answered without a web server, a chat library or a plotter."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import json, sys
from bot.cli import main
main(["ask", "stars"])
asked = set(sys.modules)
import bot.app
print(json.dumps([sorted(asked), sorted(sys.modules)]))
"""
ONLY_TO_RUN = {"uvicorn", "slack_bolt", "slack_sdk", "aiohttp", "apscheduler", "starlette", "bot.playground"}
NEVER = {"matplotlib", "discord", "alembic", "IPython", "pandas", "holidays"}


def test_a_question_loads_no_more_than_it_needs(here: Path) -> None:
    found = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=30, check=True
    )
    asked, running = map(set, json.loads(found.stdout.splitlines()[-1]))
    assert not asked & (ONLY_TO_RUN | NEVER)
    assert running >= ONLY_TO_RUN
    assert not running & NEVER
