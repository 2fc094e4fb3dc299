"""The surfaces of a running bot: each is connected, looked after and closed for itself.

One platform's failure must not silence the other: a revoked Slack token is told in Discord, and only while
the bot lives.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.errors import UserError
from bot.exposition import Contact
from bot.surfaces.base import Surface

log = logging.getLogger(__name__)

RETRY_SECONDS = 60.0
"""Between two attempts to connect a surface that could not be connected."""


@dataclass
class Connections:
    """The surfaces by their names in the ledger."""

    surfaces: Mapping[str, Surface]
    retry_seconds: float = RETRY_SECONDS
    _faults: dict[str, UserError] = field(default_factory=dict)
    _retries: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    async def open(self) -> None:
        """Connect every surface; what fails is tried again. Raises `UserError` where none can be had."""
        for name, surface in self.surfaces.items():
            try:
                await surface.start()
            except UserError as fault:
                self._faults[name] = fault
        if self.surfaces and len(self._faults) == len(self.surfaces):
            raise next(iter(self._faults.values()))
        for name, met in self._faults.items():
            log.error("not connected surface=%s fault=%s hint=%s", name, met.message, met.hint)
            self._retries[name] = asyncio.create_task(self._retry(name), name=f"connect {name}")

    async def close(self) -> None:
        """Stop trying, and close every connection."""
        for task in self._retries.values():
            task.cancel()
        await asyncio.gather(*self._retries.values(), return_exceptions=True)
        await asyncio.gather(*(surface.stop() for surface in self.surfaces.values()))

    def problems(self) -> list[str]:
        """Why people cannot reach the bot, by surface; nothing where they can."""
        found = []
        for name, surface in self.surfaces.items():
            if fault := self._faults.get(name):
                found.append(f"{name} is not connected: {fault.message} {fault.hint}".rstrip())
            elif not surface.is_ready():
                why = _said(surface)
                found.append(f"{name} is not connected: {why}" if why else f"{name} is not connected")
        return found

    def contacts(self) -> dict[str, Contact]:
        """How each surface stands."""
        return {
            name: Contact(name not in self._faults and one.is_ready(), one.last_heard)
            for name, one in self.surfaces.items()
        }

    async def _retry(self, name: str) -> None:
        while name in self._faults:
            await asyncio.sleep(self.retry_seconds)
            try:
                await self.surfaces[name].start()
            except UserError as fault:
                self._faults[name] = fault
            except Exception:
                log.exception("connecting failed surface=%s", name)
            else:
                del self._faults[name]
                log.info("connected surface=%s", name)


def _said(surface: Surface) -> str:
    """What the surface itself says of why it is not connected, where it does: a revoked token, say."""
    trouble = getattr(surface, "trouble", "")
    state = getattr(surface, "state", None)
    told = str(trouble) if trouble or state is None else str(state()["summary"])
    return "" if told == "not connected" else told
