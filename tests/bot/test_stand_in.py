"""The playground's channels: wherever the bot posts, there is a place."""

from __future__ import annotations

from pathlib import Path

from bot.loading import resolve
from bot.settings import read_workspace
from bot.stand_in import channels

FILE = """
timezone: UTC
frameworks: [{use: hektor, start: 2026-09-01}]
channels: {daily: ["slack:C0DAILY", "discord:45678"], weekly: ["slack:C0DAILY", "slack:C0WEEK"]}
schedule: {daily: "09:00", weekly: "09:00 monday"}
alerts:
  channels: ["slack:C0ALERTS", "slack:C0DAILY"]
  celebrations: ["slack:C0GENERAL"]
  rules: {hektor/traffic_drop: {channels: ["slack:C0WEB", "discord:12345"]}}
"""


def test_each_place_that_the_bot_posts_to_is_there_once() -> None:
    found = channels(resolve(read_workspace(FILE, "kpi.yaml", {}), Path()))
    ids = [one.id for one in found]
    assert sorted(ids) == ["C0ALERTS", "C0DAILY", "C0GENERAL", "C0WEB", "C0WEEK"]
    assert len({one.name for one in found}) == len(found)
