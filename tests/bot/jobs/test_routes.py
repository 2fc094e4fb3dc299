"""Where a post goes whose channel cannot be reached, and that nobody is shown there what is not for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import time
from itertools import product

import pytest

from bot.cadence import ASKED, Cadence, Owed
from bot.jobs.routes import Place, Route, Unreached, places, routes, withheld
from bot.workspace import Person, Restriction, Workspace
from tests.bot.jobs.world import small_workspace

DAY = "2026-11-24"  # a Tuesday
POST = Unreached("daily", DAY, Place("slack", "C1"))
BOTH = ("slack", "discord")
DANA = Person("dana", {"slack": "UDANA", "discord": "1"}, "admin")
ELI = Person("eli", {"discord": "2"}, "admin")
MIA = Person("mia", {"slack": "UMIA"}, "editor")
EVERY_DAY = frozenset(range(7))


def owed(place: str, days: frozenset[int] = EVERY_DAY, report: str = "daily") -> Owed:
    surface, _, channel = place.partition(":")
    return Owed(report, surface, channel, Cadence(time(9), days))


def company(
    fallback: Mapping[str, tuple[str, ...]] | None = None,
    people: Sequence[Person] = (),
    schedule: Sequence[Owed] = (),
    restrictions: Sequence[Restriction] = (),
) -> Workspace:
    """One KPI; whatever else the test says."""
    return replace(
        small_workspace(),
        fallback=fallback or {},
        people=tuple(people),
        schedule=(owed("slack:C1"), *schedule),
        restrictions=tuple(restrictions),
    )


def order(workspace: Workspace, post: Unreached = POST, in_use: Sequence[str] = BOTH) -> list[str]:
    return [str(one) for one in places(workspace, post, in_use)]


@pytest.mark.parametrize(
    ("fallback", "people", "schedule", "found"),
    [
        ({}, (), (), []),
        ({"slack:C1": ("slack:C9",)}, (), (), ["slack:C9"]),
        ({"default": ("slack:C9", "discord:7")}, (), (), ["slack:C9", "discord:7"]),
        ({"slack:C1": ("slack:C8",), "default": ("slack:C9",)}, (), (), ["slack:C8"]),
        ({"slack:C2": ("slack:C8",)}, (), (), []),
        ({"default": ("slack:C1", "slack:C9", "slack:C9")}, (), (), ["slack:C9"]),
        ({"default": ("@mia", "@dana")}, (DANA, MIA), (), ["slack:@UMIA", "slack:@UDANA", "discord:@1"]),
        ({"default": ("@eli",)}, (ELI,), (), ["discord:@2"]),
        ({"default": ("@gone",)}, (MIA,), (), []),
        ({}, (DANA, ELI, MIA), (), ["slack:@UDANA", "discord:@1", "discord:@2"]),
        ({}, (ELI,), (owed("discord:5"), owed("discord:6")), ["discord:5", "discord:@2"]),
        ({}, (), (owed("discord:5", report="weekly"),), []),
    ],
)
def test_the_routes_in_order(
    fallback: Mapping[str, tuple[str, ...]],
    people: Sequence[Person],
    schedule: Sequence[Owed],
    found: list[str],
) -> None:
    assert order(company(fallback, people, schedule)) == found


@pytest.mark.parametrize(
    ("in_use", "found"),
    [
        (("slack",), ["slack:C9", "slack:@UDANA"]),
        (("discord",), ["discord:7", "discord:@1", "discord:5"]),
        ((), []),
    ],
)
def test_only_surfaces_in_use_are_routes(in_use: Sequence[str], found: list[str]) -> None:
    one = company({"default": ("slack:C9", "discord:7", "@dana")}, (DANA,), (owed("discord:5"),))
    assert order(one, in_use=in_use) == found


def test_a_persons_post_goes_to_their_other_address_first() -> None:
    post = Unreached(ASKED, DAY, Place("slack", "@UDANA"))
    found = routes(company({"default": ("slack:C9",)}, (DANA, ELI), (owed("discord:5"),)), post, BOTH, {})
    assert found == (
        Route(Place("discord", "@1"), True),
        Route(Place("slack", "C9"), False),  # what one person asked for is nobody else's business
        Route(Place("discord", "@2"), False),
    )


@pytest.mark.parametrize(
    ("days", "period", "is_whole"),
    [
        (EVERY_DAY, DAY, False),
        (frozenset({0}), DAY, True),  # on Mondays only
        (frozenset({0}), "week 48", False),
    ],
)
def test_where_the_same_report_arrives_anyway_only_a_notice_goes(
    days: frozenset[int], period: str, is_whole: bool
) -> None:
    one = company({"default": ("slack:C9",)}, schedule=(owed("slack:C9", days),))
    assert routes(one, replace(POST, period=period), BOTH, {}) == (Route(Place("slack", "C9"), is_whole),)


def only_for(*channels: str, roles: tuple[str, ...] = ()) -> Restriction:
    path = small_workspace().kpis[0].path
    return Restriction(kpis=frozenset({path}), channels=channels, roles=roles)


@pytest.mark.parametrize(
    ("rule", "route", "shared", "is_whole"),
    [
        (only_for("slack:C1"), "slack:C9", False, False),
        (only_for("slack:C1", "slack:C9"), "slack:C9", False, True),
        (only_for("slack:C1", "slack:C9"), "slack:C9", True, False),
        (only_for("slack:C1", "slack:C9"), "slack:C9", None, False),  # unknown: outsiders read
        (only_for("slack:C5"), "slack:C9", False, True),  # neither holds it
        (only_for("slack:C9"), "slack:C9", False, True),
        (only_for("slack:C1", roles=("admin",)), "@dana", None, True),
        (only_for("slack:C1", roles=("admin",)), "@mia", None, False),
    ],
)
def test_what_is_restricted_travels_only_to_those_who_may_see_it(
    rule: Restriction, route: str, shared: bool | None, is_whole: bool
) -> None:
    one = company({"default": (route,)}, (DANA, MIA), restrictions=(rule,))
    known = {} if shared is None else {Place("slack", "C9"): shared}
    assert routes(one, POST, ("slack",), known)[0].is_whole is is_whole


def test_no_route_of_a_whole_post_hides_more_than_the_channel_did() -> None:
    """Over all small set-ups: who may not see something restricted is never sent a post that may hold it."""
    options: tuple[tuple[str, ...], ...] = ((), ("slack:C1",), ("slack:C9",), ("slack:C1", "slack:C9"))
    for channels, roles, shared in product(options, ((), ("admin",), ("editor",)), (True, False, None)):
        rule = only_for(*channels, roles=roles)
        one = company({"default": ("slack:C9", "@dana", "@mia")}, (DANA, MIA, ELI), restrictions=(rule,))
        known = {} if shared is None else {Place("slack", "C9"): shared}
        for route in routes(one, POST, BOTH, known):
            hidden = withheld(one, route.place, is_shared=known.get(route.place, True))
            may_hold_it = "slack:C1" in channels
            assert not (route.is_whole and hidden and may_hold_it), (rule, route)
