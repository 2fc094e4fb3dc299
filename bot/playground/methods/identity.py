"""auth.test, users.info and views.publish: who the bot is, who people are, and their Home tabs."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.playground.arguments import Arguments
from bot.playground.block_rules import check_view
from bot.playground.config import APP_ID, BOT_ID, BOT_USER, TEAM_ID, TEAM_NAME
from bot.playground.slack_error import Json, SlackError, invalid_arguments
from bot.playground.world import World

VIEW_BYTES = 250_000


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


def publish_view(world: World, given: Arguments) -> Json:
    person, view = given.required("user_id"), given.data("view", "invalid_arguments")
    if person not in world.people:
        raise SlackError("user_not_found")
    if not isinstance(view, dict) or view.get("type") != "home":
        raise invalid_arguments("view must be an object of type home [json-pointer:/view]")
    if len(json.dumps(view).encode()) > VIEW_BYTES:
        raise SlackError("view_too_large")
    check_view(view.get("blocks"), world.is_usable)
    before = world.views.get(person)
    if given.text("hash") and before and before["hash"] != given.text("hash"):
        raise SlackError("hash_conflict")
    digest = hashlib.sha256(json.dumps(view, sort_keys=True).encode()).hexdigest()[:12]
    number = 1 + len(world.views) if before is None else int(before["id"][2:])
    published: Json = {**view, "id": f"V0{number}", "app_id": APP_ID, "bot_id": BOT_ID, "team_id": TEAM_ID}
    published["hash"] = f"{world.next_ts()}.{digest}"
    world.views[person] = published
    return {"ok": True, "view": published}
