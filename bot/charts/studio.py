"""Draws pictures outside the bot's process, one at a time, and never lets one of them hurt it.

A chat platform waits three seconds for an answer, and drawing keeps a processor busy: so it happens in
one child process, with a cap on its time and its memory. That process starts with the first picture,
is replaced when it dies, and ends when nothing was drawn for a while, which gives its memory back.
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
from bot.reply import Drawing

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
    """A picture could not be drawn; the message says why. The reply goes out in words."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What drawing may cost."""

    start_seconds: float = 30.0  # matplotlib builds a list of fonts on its first start on a machine
    draw_seconds: float = 10.0
    wait_seconds: float = 45.0  # in all, with the pictures that are drawn before it
    idle_seconds: float = 60.0
    memory_bytes: int = 1 << 29  # of address space
    cached_pictures: int = 64


class Studio:
    """`draw` is the `Draw` of `bot.surfaces.base`. Use from one event loop; `close` at the end."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._easel = _Easel(self.limits)
        self._cache: OrderedDict[bytes, bytes] = OrderedDict()
        self._queue = ThreadPoolExecutor(max_workers=1, thread_name_prefix="studio")
        self._idle: asyncio.TimerHandle | None = None
        self._is_closed = False

    async def draw(self, drawing: Drawing) -> bytes:
        """The PNG file of `drawing`. Raises `ChartFailed`."""
        if self._is_closed:
            raise ChartFailed("The chart was not drawn: the studio is closed.")
        loop = asyncio.get_running_loop()
        self._rest()
        try:
            async with asyncio.timeout(self.limits.wait_seconds):
                return await loop.run_in_executor(self._queue, self._draw, drawing)
        except TimeoutError:
            waited = f"{self.limits.wait_seconds:g} s"
            raise ChartFailed(f"The chart was not drawn: its turn did not come within {waited}.") from None
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

    def _draw(self, drawing: Drawing) -> bytes:
        """In the one thread that talks to the drawing process."""
        try:
            request = pickle.dumps(drawing, pickle.HIGHEST_PROTOCOL)
        except Exception as fault:
            raise ChartFailed(f"The chart was not drawn: it cannot be sent to be drawn ({fault}).") from fault
        key = hashlib.sha256(request).digest()
        png = self._cache.pop(key, None) or self._easel.draw(request)
        self._cache[key] = png
        while len(self._cache) > self.limits.cached_pictures:
            self._cache.popitem(last=False)
        return png


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

    def draw(self, request: bytes) -> bytes:
        """The picture, from a fresh process where the old one turns out to be dead."""
        for attempt in (1, 2):
            try:
                answer = self._ask(request)
            except _Gone:
                self.stop()
                _log.warning("chart worker ended unasked attempt=%d", attempt)
                continue
            if answer[:1] == worker.OK:
                return answer[1:]
            if answer[:1] == worker.SPENT:
                self.stop()
            raise ChartFailed(f"The chart was not drawn: {answer[1:].decode('utf-8', 'replace')}.")
        raise ChartFailed("The chart was not drawn: the drawing process ended twice while at it.")

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

    def _ask(self, request: bytes) -> bytes:
        process = self._process
        if process is None or process.poll() is not None:
            self.stop()
            process = self._start()
        assert process.stdin is not None
        try:
            worker.send(process.stdin, request)
        except OSError as fault:
            raise _Gone from fault
        return self._await(process, self._limits.draw_seconds)

    def _start(self) -> subprocess.Popen[bytes]:
        if self._is_retired:
            raise ChartFailed("The chart was not drawn: the studio is closed.")
        # Only what Python and matplotlib need is passed on: the bot's tokens are in its environment.
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        environment |= {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OPENBLAS_NUM_THREADS": "1"}
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module, no outside text
            [sys.executable, "-m", worker.__name__, str(self._limits.memory_bytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
        )
        self._await(self._process, self._limits.start_seconds)
        return self._process

    def _await(self, process: subprocess.Popen[bytes], seconds: float) -> bytes:
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
            raise ChartFailed("The chart was not drawn: the studio was closed meanwhile.")
        if is_late:
            self.stop()
            raise ChartFailed(f"The chart was not drawn: it took longer than {seconds:g} s.")
        raise _Gone
