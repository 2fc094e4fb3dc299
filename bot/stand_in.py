"""The playground as a running bot uses it: its channels and people, and the secrets that both share."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from starlette.applications import Starlette

from bot.commands import COMMANDS
from bot.commands.complete import complete
from bot.core import Core
from bot.playground.config import Channel, Completion, Person, PlaygroundConfig, Shortcut
from bot.playground.standin import create_app
from bot.workspace import Workspace

SURFACE = "playground"
"""Its own name in the ledger: what is shown here is not thereby delivered to Slack."""


_SHORTCUTS = (Shortcut("kpi_message", "Ask KPI"), Shortcut("kpi_record", "KPI: record a value", "global"))
"""Those of manifest.json."""


@dataclass(frozen=True)
class StandIn:
    """The playground with the secrets it shares with the bot."""

    app: Starlette
    bot_token: str
    signing_secret: str

    async def close(self) -> None:
        """End the streams of open pages; the web server would wait for them."""
        await self.app.state.standin.close()


def stand_in(core: Core, url: str) -> StandIn:
    """A playground at `url` with the channels that the bot posts to, and one to talk in."""
    token, secret = f"xoxb-{secrets.token_hex(12)}", secrets.token_hex(16)
    zone = core.workspace.zone.key
    people = [
        Person(one.ids["slack"], one.name, one.zone or zone)
        for one in core.workspace.people
        if "slack" in one.ids
    ]

    def offer(text: str) -> list[Completion]:
        return [Completion(one.text, one.summary) for one in complete(text, core.workspace, COMMANDS)]

    config = PlaygroundConfig(
        events_url=f"{url}/slack/events",
        signing_secret=secret,
        bot_token=token,
        base_url=url,
        channels=channels(core.workspace),
        people=people or [Person("U0YOU", "you", zone)],
        shortcuts=_SHORTCUTS,
        notice=_notice(core),
        complete=offer,
    )
    return StandIn(create_app(config), token, secret)


def channels(workspace: Workspace) -> list[Channel]:
    """Those that reports, live reports and alerts go to, each once, and one to talk in."""
    slack = "slack:"
    told = (one for ref in workspace.alert_rules for one in ref.channels(workspace))
    reports = dict.fromkeys(one.channel for one in workspace.schedule if one.surface == "slack")
    alerts = dict.fromkeys(one.removeprefix(slack) for one in told if one.startswith(slack))
    found = [
        Channel(one, f"daily-{index}" if index else "daily", "What the schedule posts")
        for index, one in enumerate(reports)
    ]
    found += [
        Channel(one.channel, one.report.replace("/", "-").replace("_", "-"), "What is kept up to date")
        for one in workspace.boards
        if one.surface == "slack"
    ]
    fresh = [one for one in alerts if one not in reports]
    found += [
        Channel(one, f"alerts-{index}" if index else "alerts", "What fires, and what is celebrated")
        for index, one in enumerate(fresh)
    ]
    found.append(Channel("C0GENERAL", "general", "Company-wide"))
    return list({one.id: one for one in reversed(found)}.values())[::-1]


def _notice(core: Core) -> str:
    """What the page says above everything."""
    said = "A stand-in for Slack: nothing here leaves this machine."
    if core.is_sample:
        said += " Sample workspace."
    if core.workspace.notice:
        said += f" Stars and forks: {core.workspace.notice}."
    return said
