"""The two manifests are what Slack takes, and ask for what the code uses and no more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from jsonschema import Draft7Validator, ValidationError

from bot.surfaces.slack.app import PATH, SlackConfig
from bot.surfaces.slack.config import NEEDED_SCOPES, OPTIONAL_SCOPES

TOP = Path(__file__).parents[4]
SCHEMA = json.loads((Path(__file__).parents[1] / "schemas" / "slack-manifest.schema.json").read_text())
NAMES = ("manifest.json", "manifest.http.json")


def manifest(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((TOP / name).read_text())
    return found


@pytest.mark.parametrize("name", NAMES)
def test_slack_takes_the_manifest(name: str) -> None:
    Draft7Validator(SCHEMA).validate(manifest(name))


@pytest.mark.parametrize("name", NAMES)
def test_the_scopes_are_the_needed_ones(name: str) -> None:
    scopes = manifest(name)["oauth_config"]["scopes"]
    assert tuple(scopes["bot"]) == NEEDED_SCOPES
    assert tuple(scopes["bot_optional"]) == tuple(OPTIONAL_SCOPES)


@pytest.mark.parametrize("name", NAMES)
def test_the_command_and_the_event_are_the_ones_listened_for(name: str) -> None:
    found = manifest(name)
    assert found["features"]["slash_commands"][0]["command"] == SlackConfig("x").command
    events = found["settings"]["event_subscriptions"]["bot_events"]
    assert events == ["app_home_opened", "app_mention", "app_uninstalled", "message.im", "tokens_revoked"]
    assert found["settings"]["interactivity"]["is_enabled"]


@pytest.mark.parametrize("name", NAMES)
def test_people_can_open_the_home_tab_and_write_to_the_bot(name: str) -> None:
    assert manifest(name)["features"]["app_home"] == {
        "home_tab_enabled": True,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": False,
    }


@pytest.mark.parametrize("name", NAMES)
def test_the_shortcuts_are_the_ones_listened_for(name: str) -> None:
    found = manifest(name)["features"]["shortcuts"]
    assert {one["callback_id"]: one["type"] for one in found} == {
        "kpi_message": "message",
        "kpi_record": "global",
    }


@pytest.mark.parametrize(
    ("place", "key"),
    [
        ((), "feature"),
        (("features",), "app_hom"),
        (("settings",), "socket_mode"),
        (("oauth_config",), "scope"),
    ],
)
def test_the_schema_refuses_what_it_does_not_know(place: tuple[str, ...], key: str) -> None:
    found = manifest("manifest.json")
    inner = found
    for name in place:
        inner = inner[name]
    inner[key] = True
    if place:  # Slack's schema leaves the top level open
        with pytest.raises(ValidationError):
            Draft7Validator(SCHEMA).validate(found)


def test_socket_mode_names_no_address() -> None:
    assert "http" not in json.dumps(manifest("manifest.json"))
    assert manifest("manifest.json")["settings"]["socket_mode_enabled"]


def test_http_names_the_path_that_is_mounted() -> None:
    found = manifest("manifest.http.json")
    settings = found["settings"]
    addresses = [
        found["features"]["slash_commands"][0]["url"],
        settings["event_subscriptions"]["request_url"],
        settings["interactivity"]["request_url"],
        settings["interactivity"]["message_menu_options_url"],
    ]
    assert {urlsplit(address).path for address in addresses} == {PATH}
    assert not settings["socket_mode_enabled"]


def test_the_manifests_differ_only_in_how_slack_reaches_the_bot() -> None:
    socket, http = manifest("manifest.json"), manifest("manifest.http.json")
    assert socket["display_information"] == http["display_information"]
    assert socket["oauth_config"] == http["oauth_config"]
    assert socket["features"]["shortcuts"] == http["features"]["shortcuts"]
