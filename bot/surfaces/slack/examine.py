"""Slack looked over for `kpi doctor`: tokens, scopes, the clock, and every channel by its id.

Channels are never listed: in a large workspace that hangs, and what counts is whether the bot may post to the
ones that kpi.yaml names.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from bot.errors import UserError
from bot.findings import Finding, fine, notice, wrong
from bot.surfaces.slack import faults
from bot.surfaces.slack.api import Api
from bot.surfaces.slack.checks import check_app_token, identify
from bot.surfaces.slack.config import SlackConfig
from bot.surfaces.slack.faults import RefusedError, UnansweredError, UnreachedError
from bot.surfaces.slack.pins import SCOPE

MOST_SKEW = timedelta(seconds=60)
"""Slack's signed requests are refused when they are 300 s old: a clock this far off is on its way there."""


async def examine(
    config: SlackConfig, channels: Iterable[str], pinned: Collection[str] = ()
) -> list[Finding]:
    """What is fine and what is wrong with Slack; `channels` are the ids that posts go to, `pinned` those of
    live reports."""
    config.check(listens=True)
    api = Api(config.bot_token.strip(), config.api_url)
    try:
        try:
            identity = await identify(api, config.timing.check)
        except UserError as fault:
            return [wrong("slack", fault.message, fault.hint)]
        found = [fine("slack", "the bot token is accepted and has the scopes it needs")]
        if pinned and SCOPE in identity.missing_optional:
            told = f"the bot may not pin live reports: it lacks the scope {SCOPE}"
            fix = f"Add {SCOPE} under OAuth & Permissions and reinstall the app, or pin them by hand."
            found.append(notice("slack", told, fix))
        found += await _app_token(api, config)
        found += await _clock(api, config.now)
        return found + [await _channel(api, one) for one in dict.fromkeys(channels)]
    finally:
        await api.close()


async def _app_token(api: Api, config: SlackConfig) -> list[Finding]:
    if config.app_token is None:
        return [fine("slack", "requests come over HTTP, to /slack/events")]
    try:
        await check_app_token(api, config.app_token, config.timing.check)
    except UserError as fault:
        return [wrong("slack", fault.message, fault.hint)]
    return [fine("slack", "the app token opens sockets")]


async def _clock(api: Api, now: Callable[[], datetime]) -> list[Finding]:
    """This machine's clock against Slack's, from the date of its answer."""
    response = await api.client.api_call("auth.test")
    headers: Mapping[str, str] = {name.lower(): value for name, value in response.headers.items()}
    try:
        theirs = parsedate_to_datetime(headers.get("date", ""))
    except ValueError:
        return []
    off = now() - theirs
    if abs(off) < MOST_SKEW:
        return [fine("clock", f"within {max(1, round(abs(off).total_seconds()))} s of Slack's")]
    side = "ahead of" if off > timedelta() else "behind"
    said = f"this machine is {abs(off).total_seconds():.0f} s {side} Slack"
    return [wrong("clock", said, "Turn on time synchronisation: timedatectl set-ntp true")]


async def _channel(api: Api, channel: str) -> Finding:
    subject = f"slack:{channel}"
    if channel.startswith("@"):
        return await _person(api, channel[1:])
    try:
        info = (await api.read("conversations.info", channel=channel))["channel"]
    except RefusedError as fault:
        return wrong(subject, f"Slack says {fault.error}", faults.hint(fault))
    except (UnreachedError, UnansweredError, KeyError) as fault:
        return wrong(subject, f"Slack gave no answer: {fault}", "Try again; check the network and the proxy.")
    name = f"#{info['name']}" if info.get("name") else "a direct message"
    if info.get("is_archived"):
        return wrong(subject, f"{name} is archived", faults.HINTS["is_archived"])
    if not info.get("is_im") and not info.get("is_member"):
        return wrong(subject, f"the bot is not in {name}", f"In {name} type: /invite @KPI")
    if info.get("is_ext_shared") or info.get("is_pending_ext_shared"):
        return notice(subject, f"{name} is shared with another company: nothing restricted is posted there")
    return fine(subject, f"the bot may post in {name}")


async def _person(api: Api, user: str) -> Finding:
    subject = f"slack:@{user}"
    try:
        info = (await api.read("users.info", user=user))["user"]
    except RefusedError as fault:
        if fault.error == "missing_scope":
            return notice(subject, "whether the person exists cannot be seen", faults.hint(fault))
        return wrong(
            subject, f"Slack says {fault.error}", "Correct the person's id under `people` in kpi.yaml."
        )
    except (UnreachedError, UnansweredError, KeyError) as fault:
        return wrong(subject, f"Slack gave no answer: {fault}", "Try again; check the network and the proxy.")
    if info.get("deleted"):
        return wrong(
            subject, "the person has left the workspace", "Take them out of `people` and `fallback`."
        )
    return fine(subject, f"direct messages go to {info.get('name', user)}")
