"""`kpi`, killed at a chosen moment of a send: children of one process that has loaded it once.

Takes on its standard input a JSON list of runs, {"folder", "environment", "words", "stage"}, and prints a
JSON list of what each ended with: its exit code, or minus the signal's number. A stage of "" kills nobody.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any, NoReturn
from unittest.mock import patch

from bot.cli import main
from bot.jobs.deliver import Deliver
from storage import promises


def _die() -> NoReturn:
    signal.raise_signal(signal.SIGKILL)
    raise AssertionError("unreachable")


def _before(owner: Any, name: str) -> None:
    patch.object(owner, name, lambda *_args, **_options: _die()).start()


def _after(owner: Any, name: str) -> None:
    """Killed when `name` has something to give back: a claim that takes nothing is none."""
    real: Callable[..., Any] = getattr(owner, name)

    def last(*args: Any, **options: Any) -> Any:
        found = real(*args, **options)
        return _die() if found is not None else found

    patch.object(owner, name, last).start()


def _after_answer(owner: Any, name: str) -> None:
    real: Callable[..., Any] = getattr(owner, name)

    async def last(*args: Any, **options: Any) -> Any:
        await real(*args, **options)
        _die()

    patch.object(owner, name, last).start()


STAGES: dict[str, Callable[[], None]] = {
    "before the claim": lambda: _before(promises, "claim"),
    "in the claim's transaction": lambda: _after(promises, "claim"),
    "after the claim": lambda: _after(Deliver, "_claim"),
    "right before the post": lambda: _after_answer(Deliver, "_confirm"),
    "after the post": lambda: _before(Deliver, "_delivered"),
    "in the receipt's transaction": lambda: _after(promises, "delivered"),
    "after the receipt": lambda: _after_answer(Deliver, "_settled"),
}


def _run(folder: str, environment: dict[str, str], words: list[str], stage: str) -> NoReturn:
    os.chdir(folder)
    os.environ.update(environment)
    if stage:
        STAGES[stage]()
    code = main(words)
    sys.stdout.flush()
    os._exit(code)


def _ended(one: dict[str, Any]) -> int:
    child = os.fork()
    if child == 0:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        _run(**one)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    sys.stdout.write(json.dumps([_ended(one) for one in json.load(sys.stdin)]))
