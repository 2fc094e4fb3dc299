"""The scopes of the token: a needed one stops the start, an optional one costs its feature and says so."""

from __future__ import annotations

import pytest

from bot.errors import UserError
from bot.surfaces.slack.checks import identify
from bot.surfaces.slack.config import NEEDED_SCOPES, OPTIONAL_SCOPES
from tests.bot.surfaces.slack.conftest import MakeBench
from tests.bot.surfaces.slack.sending import sending

ALL = (*NEEDED_SCOPES, *OPTIONAL_SCOPES)


def without(*scopes: str) -> str:
    return " ".join(scope for scope in ALL if scope not in scopes)


async def test_with_every_scope_nothing_is_missing(
    make_bench: MakeBench, caplog: pytest.LogCaptureFixture
) -> None:
    async with sending(make_bench, scopes=" ".join(ALL)) as desk:
        identity = await identify(desk.api, 5.0)
    assert (identity.bot, identity.missing_optional) == ("B0KPI", ())
    assert "not granted" not in caplog.text


@pytest.mark.parametrize("scope", OPTIONAL_SCOPES)
async def test_a_missing_optional_scope_costs_its_feature_and_says_so(
    make_bench: MakeBench, caplog: pytest.LogCaptureFixture, scope: str
) -> None:
    async with sending(make_bench, scopes=without(scope)) as desk:
        identity = await identify(desk.api, 5.0)
    assert identity.missing_optional == (scope,)
    assert f"scope={scope}: {OPTIONAL_SCOPES[scope]}" in caplog.text


@pytest.mark.parametrize("scope", NEEDED_SCOPES)
async def test_a_missing_needed_scope_stops_the_start(make_bench: MakeBench, scope: str) -> None:
    async with sending(make_bench, scopes=without(scope, "im:write")) as desk:
        with pytest.raises(UserError, match=scope) as raised:
            await identify(desk.api, 5.0)
    assert "im:write" not in raised.value.message
    assert "reinstall the app" in raised.value.hint


def test_no_scope_is_both_needed_and_optional() -> None:
    assert not set(NEEDED_SCOPES) & set(OPTIONAL_SCOPES)
