"""Discord looked over for `kpi doctor`: the token, the intents, and what the bot may do in every channel."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Iterator

import discord

from bot.findings import Finding, fine, notice, wrong
from bot.surfaces.discord.config import DiscordConfig
from bot.surfaces.discord.faults import HINTS, POSTING
from bot.surfaces.discord.login import fatal, unreachable
from bot.surfaces.discord.pins import HINT, PERMISSION
from bot.surfaces.discord.places import Places
from bot.surfaces.discord.wire import Wire

_NEEDED = {
    "view_channel": "View Channel",
    "send_messages": "Send Messages",
    "embed_links": "Embed Links",
    "attach_files": "Attach Files",
    "read_message_history": "Read Message History",
    "create_public_threads": "Create Public Threads",
    "send_messages_in_threads": "Send Messages in Threads",
}
"""What a report with charts and a thread takes, and finding it again."""


class _Nobody:
    """Listens so that Discord says whether it grants what kpi.yaml asks for; counts nothing."""

    async def on_message(self, **_facts: object) -> None:
        return

    async def on_join(self, **_facts: object) -> None:
        return

    async def on_leave(self, **_facts: object) -> None:
        return


async def examine(
    config: DiscordConfig, channels: Iterable[str], pinned: Collection[str] = ()
) -> list[Finding]:
    """What is fine and what is wrong with Discord; `channels` are the ids that posts go to, `pinned` those of
    live reports."""
    config.check()
    wire = Wire(config, listener=_Nobody() if config.members or config.message_content else None)
    connection: asyncio.Task[None] | None = None
    try:
        async with asyncio.timeout(config.timing.check):
            await wire.enter()
        connection = asyncio.create_task(wire.connect())
        ready = asyncio.create_task(wire.wait_until_ready())
        done, _ = await asyncio.wait(
            {connection, ready}, timeout=config.timing.connect, return_when=asyncio.FIRST_COMPLETED
        )
        ready.cancel()
        if connection in done:
            await connection
        if ready not in done:
            raise TimeoutError
        seen = [await _channel(wire, one) for one in dict.fromkeys(channels)]
        return [*_servers(wire, config), *seen, *_pins(wire, pinned)]
    except POSTING as fault:
        found = fatal(fault, config) or unreachable(fault, config)
        return [wrong("discord", found.message, found.hint)]
    finally:
        await _left(wire, connection)


async def _left(wire: Wire, connection: asyncio.Task[None] | None) -> None:
    await wire.close()
    if connection is not None:
        connection.cancel()
        await asyncio.gather(connection, return_exceptions=True)


def _servers(wire: Wire, config: DiscordConfig) -> list[Finding]:
    names = ", ".join(guild.name for guild in wire.guilds[:3])
    if not wire.guilds:
        fix = "Invite it: Developer Portal, OAuth2, scopes bot and applications.commands."
        return [wrong("discord", "the token is accepted, but the bot is on no server", fix)]
    found = [fine("discord", f"the token is accepted; the bot is on {names}")]
    if config.guild is not None and wire.get_guild(int(config.guild)) is None:
        fix = "Correct `discord: guild:` in kpi.yaml, or invite the bot there."
        found.append(wrong("discord", f"the bot is not on the server {config.guild}", fix))
    return found


def _pins(wire: Wire, channels: Iterable[str]) -> Iterator[Finding]:
    """Where a live report is kept up to date without being pinned."""
    for channel in dict.fromkeys(channels):
        place = wire.get_channel(int(channel))
        if not isinstance(place, discord.abc.GuildChannel):
            continue
        if not getattr(place.permissions_for(place.guild.me), PERMISSION):
            yield notice(f"discord:{channel}", f"the bot may not pin live reports in #{place.name}", HINT)


async def _channel(wire: Wire, channel: str) -> Finding:
    subject = f"discord:{channel}"
    try:
        if channel.startswith("@"):
            person = await wire.fetch_user(int(channel[1:]))
            return fine(subject, f"direct messages go to {person.name}")
        place = wire.get_channel(int(channel)) or await wire.fetch_channel(int(channel))
    except discord.HTTPException as fault:
        said = f"Discord says {fault.text or fault} (code {fault.code})"
        return wrong(subject, said, HINTS.get(fault.code, "Check the id in kpi.yaml."))
    except POSTING as fault:
        return wrong(subject, f"Discord gave no answer: {fault}", "Try again; check the network.")
    if isinstance(place, discord.ForumChannel | discord.CategoryChannel):
        return wrong(subject, f"#{place.name} is no text channel", HINTS[50008])
    if not isinstance(place, discord.abc.GuildChannel | discord.Thread):
        return fine(subject, "direct messages")
    may = place.permissions_for(place.guild.me)
    missing = [said for name, said in _NEEDED.items() if not getattr(may, name)]
    if missing:
        fix = f"#{place.name}, settings, Permissions, the bot's role: allow {', '.join(missing)}."
        return wrong(subject, f"the bot lacks {len(missing)} permissions in #{place.name}", fix)
    if await Places(wire).is_shared(channel):
        said = f"everybody on the server can read #{place.name}: nothing restricted is posted there"
        return notice(subject, said)
    return fine(subject, f"the bot may post in #{place.name}")
