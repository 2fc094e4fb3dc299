"""Draws pictures and writes documents outside the bot's process, one at a time: none of them can hurt it.

A chat platform waits three seconds for an answer, and drawing keeps a processor busy: so it happens in
one child process, with a cap on its time and its memory. That process starts with the first picture,
is replaced when it dies, and ends when nothing was drawn for a while, which gives its memory back.

A document holds many pictures and may take longer: a PDF or a deck with forty charts takes about 5 s, and the
process grows to 185 MB.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import pickle
import subprocess
import sys
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Timer

from bot.charts import worker
from bot.reply import Drawing, Writing

_log = logging.getLogger(__name__)
_PASSED_ON = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "TEMP",
    "SYSTEMROOT",
    "LD_LIBRARY_PATH",
    "MPLCONFIGDIR",
)


class ChartFailed(Exception):
    """A picture or a document could not be made; the message says so, `reason` why. Words go out alone."""

    def __init__(self, undone: str, reason: str) -> None:
        super().__init__(f"{undone}: {reason}.")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Limits:
    """What drawing may cost."""

    start_seconds: float = 30.0  # matplotlib builds a list of fonts on its first start on a machine
    draw_seconds: float = 10.0
    wait_seconds: float = 45.0  # in all, with what is made before it
    write_seconds: float = 60.0  # a document
    write_wait_seconds: float = 150.0
    idle_seconds: float = 60.0
    memory_bytes: int = 1 << 29  # of address space
    cached_pictures: int = 64
    cached_documents: int = 8  # of about a megabyte each


@dataclass(frozen=True, slots=True)
class _Terms:
    """How long one thing may be made, how long it may wait for it, and what is said where it is not."""

    seconds: float
    wait_seconds: float
    undone: str


class _Shelf:
    """What was made last, by what it was made of."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._made: OrderedDict[bytes, bytes] = OrderedDict()

    def __len__(self) -> int:
        return len(self._made)

    def take(self, key: bytes) -> bytes | None:
        return self._made.pop(key, None)

    def put(self, key: bytes, made: bytes) -> None:
        self._made[key] = made
        while len(self._made) > self._most:
            self._made.popitem(last=False)


class Studio:
    """`draw` is the `Draw` of `bot.surfaces.base`. Use from one event loop; `close` at the end."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._easel = _Easel(self.limits)
        told = self.limits
        self._pictures, self._documents = _Shelf(told.cached_pictures), _Shelf(told.cached_documents)
        self._drawing = _Terms(told.draw_seconds, told.wait_seconds, "The chart was not drawn")
        self._writing = _Terms(told.write_seconds, told.write_wait_seconds, "The document was not written")
        self._queue = ThreadPoolExecutor(max_workers=1, thread_name_prefix="studio")
        self._idle: asyncio.TimerHandle | None = None
        self._is_closed = False

    async def draw(self, wanted: Drawing | Writing) -> bytes:
        """The PNG file of a drawing, or the file of a document. Raises `ChartFailed`."""
        terms = self._drawing if hasattr(wanted, "png") else self._writing
        if self._is_closed:
            raise ChartFailed(terms.undone, "the studio is closed")
        loop = asyncio.get_running_loop()
        self._rest()
        try:
            async with asyncio.timeout(terms.wait_seconds):
                return await loop.run_in_executor(self._queue, self._made, wanted, terms)
        except TimeoutError:
            reason = f"its turn did not come within {terms.wait_seconds:g} s"
            raise ChartFailed(terms.undone, reason) from None
        finally:
            if not self._is_closed:
                self._rest()
                self._idle = loop.call_later(self.limits.idle_seconds, self._queue.submit, self._easel.stop)

    async def close(self) -> None:
        """End the drawing process; a picture being drawn fails."""
        if not self._is_closed:
            self._is_closed = True
            self._rest()
            self._easel.retire()
            await asyncio.get_running_loop().run_in_executor(self._queue, self._easel.stop)
            self._queue.shutdown(wait=False, cancel_futures=True)

    @property
    def process_id(self) -> int | None:
        """Of the drawing process, while there is one."""
        return self._easel.process_id

    def _rest(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None

    def _made(self, wanted: Drawing | Writing, terms: _Terms) -> bytes:
        """In the one thread that talks to the drawing process."""
        try:
            request = pickle.dumps(wanted, pickle.HIGHEST_PROTOCOL)
        except Exception as fault:
            raise ChartFailed(terms.undone, f"it cannot be sent to be made ({fault})") from fault
        key = hashlib.sha256(request).digest()
        shelf = self._pictures if terms is self._drawing else self._documents
        made = shelf.take(key) or self._easel.make(request, terms)
        shelf.put(key, made)
        return made


class _Gone(Exception):
    """The drawing process ended before it answered."""


class _Easel:
    """The drawing process as one thread sees it: started when needed, replaced when dead."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._is_retired = False

    @property
    def process_id(self) -> int | None:
        return None if self._process is None else self._process.pid

    def make(self, request: bytes, terms: _Terms) -> bytes:
        """The file, from a fresh process where the old one turns out to be dead."""
        for attempt in (1, 2):
            try:
                answer = self._ask(request, terms)
            except _Gone:
                self.stop()
                _log.warning("chart worker ended unasked attempt=%d", attempt)
                continue
            if answer[:1] == worker.OK:
                return answer[1:]
            if answer[:1] == worker.SPENT:
                self.stop()
            raise ChartFailed(terms.undone, answer[1:].decode("utf-8", "replace"))
        raise ChartFailed(terms.undone, "the drawing process ended twice while at it")

    def retire(self) -> None:
        """Let no new process start, and end the present one; safe from another thread."""
        self._is_retired = True
        if (process := self._process) is not None:
            process.kill()

    def stop(self) -> None:
        """End the process, if there is one; the next picture starts another."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def _ask(self, request: bytes, terms: _Terms) -> bytes:
        process = self._process
        if process is None or process.poll() is not None:
            self.stop()
            process = self._start(terms)
        assert process.stdin is not None
        try:
            worker.send(process.stdin, request)
        except OSError as fault:
            raise _Gone from fault
        return self._await(process, terms.seconds, terms)

    def _start(self, terms: _Terms) -> subprocess.Popen[bytes]:
        if self._is_retired:
            raise ChartFailed(terms.undone, "the studio is closed")
        # Only what Python and matplotlib need is passed on: the bot's tokens are in its environment.
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        environment |= {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OPENBLAS_NUM_THREADS": "1"}
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module, no outside text
            [sys.executable, "-m", worker.__name__, str(self._limits.memory_bytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
        )
        self._await(self._process, self._limits.start_seconds, terms)
        return self._process

    def _await(self, process: subprocess.Popen[bytes], seconds: float, terms: _Terms) -> bytes:
        """The next answer. A process that takes longer than it may is ended."""
        late = Timer(seconds, process.kill)
        late.daemon = True
        late.start()
        try:
            assert process.stdout is not None
            answer = worker.receive(process.stdout)
        finally:
            is_late = late.finished.is_set()
            late.cancel()
        if answer is not None:
            return answer
        if self._is_retired:
            raise ChartFailed(terms.undone, "the studio was closed meanwhile")
        if is_late:
            self.stop()
            raise ChartFailed(terms.undone, f"it took longer than {seconds:g} s")
        raise _Gone
