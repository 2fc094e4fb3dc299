"""auth.test and users.info: who the bot is, and who people are."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.playground.arguments import Arguments
from bot.playground.config import BOT_ID, BOT_USER, TEAM_ID, TEAM_NAME
from bot.playground.slack_error import Json, SlackError
from bot.playground.world import World


def auth_test(world: World, _given: Arguments) -> Json:
    return {
        "ok": True,
        "url": f"{world.config.base_url.rstrip('/')}/",
        "team": TEAM_NAME,
        "team_id": TEAM_ID,
        "user": world.config.bot_name.lower(),
        "user_id": BOT_USER,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
    }


def users_info(world: World, given: Arguments) -> Json:
    user = given.required("user")
    if user == BOT_USER:
        name = world.config.bot_name
        return {
            "ok": True,
            "user": {"id": user, "team_id": TEAM_ID, "name": name, "real_name": name, "is_bot": True},
        }
    person = world.people.get(user)
    if person is None:
        raise SlackError("user_not_found")
    offset = datetime.fromtimestamp(world.now(), ZoneInfo(person.zone)).utcoffset()
    found: Json = {
        "id": person.id,
        "team_id": TEAM_ID,
        "name": person.name,
        "real_name": person.name,
        "profile": {"real_name": person.name, "display_name": person.name},
        "tz": person.zone,
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "is_bot": False,
        "deleted": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
    }
    if given.flag("include_locale"):
        found["locale"] = person.locale
    return {"ok": True, "user": found}
