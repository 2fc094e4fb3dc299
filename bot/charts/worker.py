"""The drawing process: takes pickled drawings and documents from its standard input, answers with files.

A program of its own rather than `multiprocessing`, which would import the bot's whole `__main__` again
here and keep a tracker process beside it. When the bot goes away, the pipe closes and this ends.

A frame is four bytes of length and the payload. An answer starts with `OK`, or with `FAULT` and the reason.
"""

from __future__ import annotations

import importlib
import os
import pickle
import signal
import struct
import sys
from typing import IO

from bot import languages

OK, FAULT, SPENT = b"+", b"-", b"!"
_LENGTH = struct.Struct(">I")


def send(pipe: IO[bytes], payload: bytes) -> None:
    """Write one frame."""
    pipe.write(_LENGTH.pack(len(payload)) + payload)
    pipe.flush()


def receive(pipe: IO[bytes]) -> bytes | None:
    """Read one frame; None where the other end is gone."""
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    payload = pipe.read(length)
    return payload if len(payload) == length else None


def answer(request: bytes) -> bytes:
    """Draw a picture or write a document, in its own language; or say why not."""
    try:
        wanted = pickle.loads(request)  # noqa: S301 - written by the bot itself, which started us
        with languages.speaking(getattr(wanted, "language", languages.ENGLISH)):
            made = wanted.png() if hasattr(wanted, "png") else wanted.write()
    except MemoryError:
        return SPENT + b"it needs more memory than it may take"
    except Exception as fault:
        return FAULT + f"{type(fault).__name__}: {fault}"[:300].encode("utf-8", "replace")
    return OK + made if isinstance(made, bytes) else FAULT + b"it was made into something other than a file"


def main() -> None:
    """Serve until the other end closes. The argument is the cap on memory, in bytes."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not end up between the answers
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the bot, which then closes the pipe
    _cap_memory(int(sys.argv[1]))
    importlib.import_module("bot.charts.trend_picture")  # slow, so before the clock of a drawing runs
    send(answers, OK)
    while (request := receive(sys.stdin.buffer)) is not None:
        send(answers, answer(request))


def _cap_memory(limit: int) -> None:
    try:
        import resource  # not on Windows, which then draws without a cap
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


if __name__ == "__main__":
    main()
