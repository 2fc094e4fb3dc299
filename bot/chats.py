"""The chats that a bot speaks in, each built with all it needs: Slack, Discord, or the stand-in."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import SecretStr

from bot.charts.studio import Studio
from bot.commands import COMMANDS
from bot.core import Core
from bot.dispatch import Dispatcher
from bot.errors import UserError
from bot.jobs.presence import Role
from bot.settings import Settings
from bot.settings_channels import DiscordEntry, SlackEntry
from bot.stand_in import SURFACE as PLAYGROUND
from bot.stand_in import StandIn
from bot.suggesting import Suggesting
from bot.surfaces.base import Surface
from bot.surfaces.slack.app import Backing, SlackSurface
from bot.surfaces.slack.config import SlackConfig, Timing
from collectors.discord import Config as DiscordSource
from storage import SessionFactory, heard

if TYPE_CHECKING:
    from bot.surfaces.discord.app import DiscordSurface
    from bot.surfaces.discord.community import Community
    from bot.surfaces.discord.config import DiscordConfig

_TIMING = Timing(drain=2.0)
"""A stop is over within five seconds, and the web server and the jobs need some of them."""


@dataclass(frozen=True)
class Manner:
    """How this process runs: on the stand-in or not, and which half of the work is its own."""

    slack: StandIn | None = None
    url: str = ""
    only: Role | None = None

    @property
    def works(self) -> bool:
        return self.only in (None, Role.JOBS)

    @property
    def talks(self) -> bool:
        return self.only in (None, Role.CHAT)

    @property
    def roles(self) -> tuple[Role, ...]:
        return (self.only,) if self.only else tuple(Role)


@dataclass(frozen=True)
class Chats:
    """The surfaces by their names in the ledger, and what counts along in a Discord community."""

    surfaces: Mapping[str, Surface]
    community: Community | None = None


def chats(core: Core, ask: Dispatcher, studio: Studio, manner: Manner) -> Chats:
    """The chats that tokens are set for; or the stand-in."""
    suggesting = Suggesting(core.timeline, core.sessions, COMMANDS)
    first = _FirstTime(core.sessions, core.now)
    backing = Backing(first, suggesting.kpis, ask.writing, listens=manner.talks)
    if manner.slack is not None:
        config = _stand_in_config(core, manner.slack, manner.url)
        return Chats({PLAYGROUND: SlackSurface(config, ask=ask, draw=studio.draw, backing=backing)})
    found: dict[str, Surface] = {}
    if core.settings.has_slack:
        slack = replace(slack_config(core.settings, core.slack), now=core.now)
        found["slack"] = SlackSurface(slack, ask=ask, draw=studio.draw, backing=backing)
    community: Community | None = None
    if core.settings.has_discord:
        found["discord"], community = _discord(core, ask, studio, suggesting, manner)
    return Chats(found, community)


def _discord(
    core: Core, ask: Dispatcher, studio: Studio, suggesting: Suggesting, manner: Manner
) -> tuple[DiscordSurface, Community | None]:
    from bot.surfaces.discord.app import DiscordSurface, Offer  # 8 MB that Slack alone never needs
    from bot.surfaces.discord.community import GatewayEars

    config = replace(discord_config(core.settings, core.discord), listens=manner.talks, now=core.now)
    community = _community(core, config)
    surface = DiscordSurface(
        config,
        ask=ask,
        draw=studio.draw,
        offer=Offer(COMMANDS, suggesting.questions),
        listener=community,
    )
    if community is not None:
        community.ears = GatewayEars(lambda: surface.wire)
    return surface, community


def _community(core: Core, config: DiscordConfig) -> Community | None:
    """What counts the messages of the servers that a source names; None where none does."""
    guilds = {one.config.guild for one in core.sources.values() if isinstance(one.config, DiscordSource)}
    if not guilds or not config.listens:
        return None
    from bot.surfaces.discord.community import Community

    return Community(core.sessions, config, guilds)


@dataclass(frozen=True)
class _FirstTime:
    """Whether an event is new to every process that shares the database. Blocks: call it in a thread."""

    sessions: SessionFactory
    now: Callable[[], datetime]

    def __call__(self, key: str) -> bool:
        with self.sessions.begin() as session:
            return heard.first(session, key, self.now())


def _stand_in_config(core: Core, slack: StandIn, url: str) -> SlackConfig:
    """The credentials that the stand-in was given."""
    return SlackConfig(
        bot_token=slack.bot_token,
        signing_secret=slack.signing_secret,
        api_url=f"{url}/api/",
        now=core.now,
        timing=_TIMING,
        charts=core.slack.charts,
        ledger=PLAYGROUND,
    )


def slack_config(settings: Settings, entry: SlackEntry) -> SlackConfig:
    """Slack's own credentials."""
    return SlackConfig(
        bot_token=shown(settings.slack_bot_token) or "",
        app_token=shown(settings.slack_app_token),
        signing_secret=shown(settings.slack_signing_secret),
        api_url=settings.slack_api_url,
        timing=_TIMING,
        charts=entry.charts,
    )


def discord_config(settings: Settings, entry: DiscordEntry) -> DiscordConfig:
    """Discord's credentials, and what the bot may listen to there."""
    from bot.surfaces.discord.config import DiscordConfig, Timing

    return DiscordConfig(
        token=shown(settings.discord_token) or "",
        api_url=settings.discord_api_url,
        guild=entry.guild,
        members=entry.members,
        message_content=entry.message_content,
        timing=Timing(drain=_TIMING.drain),
    )


def shown(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()


@contextlib.asynccontextmanager
async def surfaces_for_posting(core: Core) -> AsyncIterator[Mapping[str, Surface]]:
    """The surfaces to send with; they listen to nothing. The credentials are tried with the first post."""
    if not (core.settings.has_slack or core.settings.has_discord):
        raise UserError(
            "No token is set, so there is nowhere to post.",
            "Set SLACK_BOT_TOKEN or DISCORD_TOKEN, or leave out --post.",
        )
    studio = Studio()
    surfaces = chats(core, core.dispatcher(), studio, Manner(only=Role.JOBS)).surfaces
    try:
        yield surfaces
    finally:
        await asyncio.gather(*(one.stop() for one in surfaces.values()))
        await studio.close()
