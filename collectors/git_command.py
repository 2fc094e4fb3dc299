"""The `git` command on one clone: no shell, no settings but ours, and nothing in the clone is run."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from collectors.faults import CollectorFault, Unavailable, UnexpectedResponse

_CHUNK = 1 << 18
_QUOTED_ERROR = 300

_GUARDS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.pager=cat",
    "log.showSignature=false",
    "gpg.program=false",
    "protocol.allow=never",
    "i18n.logOutputEncoding=UTF-8",
)


@dataclass(frozen=True, slots=True)
class Repository:
    """One clone, read with the `git` command: no shell, no settings but ours, no inherited GIT_ variables."""

    path: Path
    seconds: float

    @classmethod
    def at(cls, folder: str, seconds: float) -> Repository:
        """The clone at `folder`; `seconds` end a command. Raises UnexpectedResponse where there is none."""
        path = Path(folder).expanduser().absolute()  # absolute, so it cannot pass for an option
        if not path.is_dir():
            raise UnexpectedResponse(f"{path} is not a directory", hint="Set path to a local clone.")
        return cls(path.resolve(), seconds)

    async def answer(self, *arguments: str) -> str:
        """The whole output of a short command."""
        chunks: list[bytes] = []
        await self.run(arguments, chunks.append)
        return b"".join(chunks).decode("utf-8", errors="replace")

    async def run(self, arguments: Sequence[str], take: Callable[[bytes], None]) -> None:
        """Run one git command and hand its output on as it comes; anything but success is a fault."""
        guards = [word for one in (*_GUARDS, f"safe.directory={self.path}") for word in ("-c", one)]
        command = ("git", "--no-pager", *guards, "-C", str(self.path), *arguments)
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=self._environment(),
            )
        except FileNotFoundError:
            raise Unavailable(
                "the git command is not installed", hint="Install git where the bot runs."
            ) from None
        try:
            async with asyncio.timeout(self.seconds):
                _, complaint = await asyncio.gather(
                    _drain(process.stdout, take), _first_bytes(process.stderr)
                )
                status = await process.wait()
        except TimeoutError:
            hint = "Raise timeout_seconds, or read a smaller branch."
            raise Unavailable(
                f"git {arguments[0]} in {self.path} took over {self.seconds:g} s", hint=hint
            ) from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if status:
            raise self._fault(arguments[0], complaint)

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LC_ALL": "C",
            "GIT_ASKPASS": "false",
            "GIT_CEILING_DIRECTORIES": str(self.path.parent),  # never a repository further up
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_TERMINAL_PROMPT": "0",
        }

    def _fault(self, command: str, complaint: bytes) -> CollectorFault:
        words = " ".join(complaint.decode("utf-8", errors="replace").split())
        if "not a git repository" in words:
            return UnexpectedResponse(
                f"{self.path} is not a git repository", hint="Set path to a local clone."
            )
        if "Needed a single revision" in words:
            hint = "Make a first commit, or set branch to one that exists."
            return UnexpectedResponse(f"{self.path} has no such branch, or no commits yet", hint=hint)
        return UnexpectedResponse(
            f"git {command} failed in {self.path}: {words[:_QUOTED_ERROR]}",
            hint="Try the same in a terminal.",
        )


async def _drain(stream: asyncio.StreamReader | None, take: Callable[[bytes], None]) -> None:
    while stream is not None and (chunk := await stream.read(_CHUNK)):
        take(chunk)


async def _first_bytes(stream: asyncio.StreamReader | None) -> bytes:
    """Read to the end, so that the process never blocks, and keep the beginning."""
    kept = bytearray()
    while stream is not None and (chunk := await stream.read(_CHUNK)):
        kept += chunk[: 4096 - len(kept)]
    return bytes(kept)
