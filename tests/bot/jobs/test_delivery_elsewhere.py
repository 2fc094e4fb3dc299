"""A channel that is archived, a token that is dead, a network that is down: somebody is told, and once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from bot.errors import UserError
from bot.frozen import freeze
from bot.jobs.deliver import Deliver
from bot.jobs.fallback import ROUTE_PATIENCE
from bot.reply import Reply, line
from bot.surfaces.base import OutcomeUnknown, Post, Undelivered
from bot.timeline import Timeline
from bot.workspace import Person, Restriction, Workspace
from storage import SessionFactory, promises
from storage.promises import Promise, State
from tests.bot.jobs.scripted_chat import ScriptedChat, archived
from tests.bot.jobs.world import DAILY, NINE, Clock, small_workspace
from tests.factories import lines

KEY = "daily/slack:C1/2026-11-24"
DANA = Person("dana", {"slack": "UDANA", "discord": "1"}, "admin")
REPORT = Reply("Stars up 10.", (line("Stars up 10."), line("See them all.")))


@dataclass
class Company:
    """Two platforms on one ledger; the report to slack:C1 is owed."""

    sessions: SessionFactory
    clock: Clock
    slack: ScriptedChat
    discord: ScriptedChat
    workspace: Workspace

    def sender(self, worker: str = "one", **other: object) -> Deliver:
        surfaces = {"slack": self.slack, "discord": self.discord}
        timeline = Timeline(self.workspace)
        made = Deliver(self.sessions, surfaces, worker, self.clock, self.workspace.zone, timeline=timeline)
        return replace(made, **other)  # type: ignore[arg-type]  # fields by name

    def change(self, **parts: object) -> None:
        """Let kpi.yaml say something else."""
        self.workspace = replace(self.workspace, **parts)  # type: ignore[arg-type]  # fields by name

    def owe(self, **other: object) -> None:
        deadline = NINE + timedelta(days=1)
        made = Promise(KEY, "daily", "2026-11-24", "slack", "C1", NINE, freeze(REPORT), deadline)
        with self.sessions.begin() as session:
            promises.owe(session, replace(made, **other))  # type: ignore[arg-type]  # fields by name

    def states(self) -> dict[str, State]:
        with self.sessions.read() as session:
            return {one.key.removeprefix(KEY): one.state for one in promises.listing(session)}

    def told(self, chat: ScriptedChat, route: str) -> Sequence[str]:
        return lines(chat.reply(f"{KEY}>{route}"))


@pytest.fixture
def company(sessions: SessionFactory, clock: Clock) -> Company:
    workspace = replace(small_workspace(), fallback={"default": ("slack:C9",)}, schedule=(DAILY,))
    found = Company(sessions, clock, ScriptedChat(clock), ScriptedChat(clock, "discord"), workspace)
    found.owe()
    found.slack.refused["C1"] = archived("C1")
    return found


async def test_an_archived_channels_report_goes_to_its_fallback_with_the_reason(company: Company) -> None:
    assert await company.sender()() == 1
    assert company.states() == {"": State.FAILED, ">slack:C9": State.DELIVERED}
    assert company.told(company.slack, "slack:C9") == [
        "Stars up 10.",
        "For slack:C1, which could not be reached. "
        "Slack refused the post to C1: is_archived. Unarchive the channel.",
        "See them all.",
    ]
    with company.sessions.read() as session:
        stand_in = promises.find(session, f"{KEY}>slack:C9")
        told = promises.summary(session, NINE, late_after=timedelta(minutes=15))
    assert stand_in is not None
    assert (stand_in.stands_for, stand_in.due, stand_in.period) == (KEY, NINE, "2026-11-24")
    assert (told.promised, told.failed, told.stood_in) == (1, 1, 1)


async def test_two_processes_tell_it_once(company: Company) -> None:
    await asyncio.gather(*(company.sender(f"w{number}")() for number in range(4)))
    assert company.slack.keys() == [f"{KEY}>slack:C9"]


async def test_a_fallback_that_fails_too_goes_on_to_the_next_route(company: Company) -> None:
    company.change(fallback={"slack:C1": ("slack:C9", "@dana")}, people=(DANA,))
    company.slack.refused |= {"C9": archived("C9"), "@UDANA": archived("@UDANA")}
    assert await company.sender()() == 1
    assert company.states() == {
        "": State.FAILED,
        ">slack:C9": State.FAILED,
        ">slack:@UDANA": State.FAILED,
        ">discord:@1": State.DELIVERED,
    }
    assert "Slack refused the post to C1: is_archived." in company.told(company.discord, "discord:@1")[1]


async def test_channels_that_fall_back_on_each_other_are_each_tried_once(company: Company) -> None:
    company.change(fallback={"slack:C1": ("slack:C9",), "slack:C9": ("slack:C1",)})
    company.slack.refused["C9"] = archived("C9")
    assert await company.sender()() == 0
    assert company.states() == {"": State.FAILED, ">slack:C9": State.FAILED}
    company.clock.forward(days=2)
    assert await company.sender()() == 0
    assert len(company.states()) == 2


async def test_a_dead_token_is_told_on_the_other_platform(company: Company) -> None:
    company.change(
        fallback={}, people=(DANA,), schedule=(DAILY, replace(DAILY, surface="discord", channel="5"))
    )
    dead = Undelivered("Slack refused the post: token_revoked.", "Reinstall the app.", is_permanent=True)
    company.slack.refused = {"C1": dead, "@UDANA": dead}
    assert await company.sender()() == 1
    assert company.told(company.discord, "discord:5") == [
        "The daily update did not reach slack:C1.",
        "It was due 09:00 Europe/Berlin.",
        "Slack refused the post: token_revoked. Reinstall the app.",
        "The report itself is not repeated here.",
    ]


@pytest.mark.parametrize("has_route", [True, False])
async def test_a_token_that_nobody_mends_is_told_elsewhere_within_the_hour(
    company: Company, monkeypatch: pytest.MonkeyPatch, has_route: bool
) -> None:
    company.change(fallback={"default": ("discord:7",)} if has_route else {})

    async def send(_post: Post) -> None:
        raise UserError("Slack refuses SLACK_BOT_TOKEN: invalid_auth.", "Copy the token again.")

    monkeypatch.setattr(company.slack, "send", send)
    for _ in range(5):
        await company.sender()()
        assert company.states() == {"": State.OWED}
        company.clock.forward(minutes=12)
    assert await company.sender()() == has_route
    if has_route:
        assert any("Copy the token again." in line for line in company.told(company.discord, "discord:7"))
    else:
        assert company.states() == {"": State.OWED}, "it is sent as soon as the token is mended"


async def test_without_any_route_it_is_an_error_that_says_what_to_do(
    company: Company, caplog: pytest.LogCaptureFixture
) -> None:
    company.change(fallback={})
    assert await company.sender()() == 0
    [told] = [one.getMessage() for one in caplog.records if one.levelno == logging.ERROR]
    assert "nobody could be told" in told
    assert "is_archived" in told
    assert "`fallback` in kpi.yaml" in told


async def test_what_passes_is_not_told_elsewhere(company: Company) -> None:
    company.slack.refused["C1"] = Undelivered("ratelimited", "Wait.", retry_after=30)
    await company.sender()()
    assert company.states() == {"": State.OWED}
    company.slack.refused.clear()
    company.clock.forward(seconds=30)
    assert await company.sender()() == 1
    assert company.slack.keys() == [KEY]


async def test_a_report_that_never_got_out_in_its_time_is_told_elsewhere(company: Company) -> None:
    company.slack.refused["C1"] = Undelivered("Slack could not be reached: timeout.", "Check the network.")
    for _ in range(2):
        await company.sender()()
        company.clock.forward(hours=12.5)
    assert await company.sender()() == 1
    assert company.states() == {"": State.MISSED, ">slack:C9": State.DELIVERED}
    said = company.told(company.slack, "slack:C9")
    assert "Late: it was due 24 Nov 09:00." in said
    assert any("Slack could not be reached: timeout. Check the network." in one for one in said)


async def test_where_no_bot_posts_to_a_surface_the_other_one_says_so(company: Company) -> None:
    company.change(fallback={"default": ("discord:7",)})
    only_discord = company.sender(surfaces={"discord": company.discord})
    assert await only_discord() == 0
    company.clock.forward(hours=25)
    assert await only_discord() == 1
    assert any(
        "Nobody sent it to slack in time." in one for one in company.told(company.discord, "discord:7")
    )


async def test_a_route_that_does_not_answer_is_left_for_the_next_one(company: Company) -> None:
    company.change(fallback={"default": ("slack:C9", "discord:7")})
    company.slack.refused["C9"] = Undelivered("Slack could not be reached.", "Check the network.")
    assert await company.sender()() == 0
    company.clock.forward(seconds=ROUTE_PATIENCE.total_seconds())
    assert await company.sender()() == 1
    assert company.states() == {"": State.FAILED, ">slack:C9": State.MISSED, ">discord:7": State.DELIVERED}


async def test_what_was_entered_as_missed_stays_untold(company: Company) -> None:
    company.owe(key=f"{KEY}-old", payload="", deadline=NINE)
    company.slack.refused.clear()
    company.clock.forward(minutes=1)
    await company.sender()()
    assert company.states() == {"": State.DELIVERED, "-old": State.MISSED}


async def test_what_may_stand_in_its_channel_says_so_elsewhere(company: Company) -> None:
    company.slack.refused.clear()
    company.slack.lost.append(OutcomeUnknown("no answer"))
    company.slack.blind = Undelivered("Slack says missing_scope.", "Add channels:history.", is_permanent=True)
    for _ in range(3):
        await company.sender()()
        assert company.states() == {"": State.UNKNOWN}
        company.clock.forward(hours=8, minutes=5)
    assert await company.sender()() == 1
    assert company.states() == {"": State.FAILED, ">slack:C9": State.DELIVERED}
    assert company.slack.keys() == [KEY, f"{KEY}>slack:C9"]
    assert any(
        one == "For slack:C1, where it may stand already. "
        "The channel cannot be read: Slack says missing_scope. Add channels:history."
        for one in company.told(company.slack, "slack:C9")
    )


@pytest.mark.parametrize("fault", [OutcomeUnknown("no answer"), TimeoutError(), KeyError("messages")])
async def test_whatever_keeps_the_channel_from_being_read_ends_with_its_time(
    company: Company, fault: Exception
) -> None:
    company.slack.refused.clear()
    company.slack.lost.append(OutcomeUnknown("no answer"))
    company.slack.blind = fault
    await company.sender()()
    company.clock.forward(hours=25)
    assert await company.sender()() == 1
    assert company.states() == {"": State.FAILED, ">slack:C9": State.DELIVERED}


@pytest.mark.parametrize(("is_known", "is_whole"), [(True, True), (False, False)])
async def test_a_restricted_figure_goes_only_where_it_may_be_read(
    company: Company, is_known: bool, is_whole: bool
) -> None:
    path = company.workspace.kpis[0].path
    company.change(restrictions=(Restriction(kpis=frozenset({path}), channels=("slack:C1", "slack:C9")),))
    company.slack.internal = {"C9"} if is_known else set()
    assert await company.sender()() == 1
    [post] = company.slack.posts
    assert ("Stars" in freeze(post.reply)) is is_whole
    assert company.told(company.slack, "slack:C9")[0].startswith(
        "Stars up 10." if is_whole else "The daily update did not reach slack:C1."
    )


async def test_a_missed_report_of_restricted_figures_leaks_nothing(company: Company) -> None:
    path = company.workspace.kpis[0].path
    company.change(restrictions=(Restriction(kpis=frozenset({path}), channels=("slack:C1",)),))
    company.clock.forward(hours=25)
    assert await company.sender()() == 1
    assert "Stars" not in freeze(company.slack.reply(f"{KEY}>slack:C9"))


async def test_a_report_that_cannot_be_read_any_more_is_told_as_a_notice(company: Company) -> None:
    company.owe(key=f"{KEY}-odd", payload='{"$": "Gone"}', channel="C2")
    company.slack.refused.clear()
    assert await company.sender()() == 2
    said = lines(company.slack.reply(f"{KEY}-odd>slack:C9"))
    assert said[0] == "The daily update did not reach slack:C2."
    assert "stored message cannot be read" in said[2]


async def test_in_the_playground_routes_are_slacks(company: Company) -> None:
    company.owe(key=f"{KEY}-shown", surface="playground")
    sender = company.sender(surfaces={"playground": company.slack}, names={"slack": "playground"})
    assert await sender() == 1
    assert company.slack.keys() == [f"{KEY}-shown>playground:C9"]
    said = lines(company.slack.posts[0].reply)
    assert said[1].startswith("For slack:C1, which could not be reached.")


async def test_a_persons_own_answer_is_told_to_them_and_only_noted_to_others(company: Company) -> None:
    eli = Person("eli", {"slack": "UELI"}, "admin")
    company.change(fallback={}, people=(DANA, eli))
    company.slack.refused = {"@UDANA": archived("@UDANA")}
    company.discord.refused = {"@1": archived("@1")}
    company.owe(key="ask#3/slack:@UDANA/2026-11-24", report="ask", channel="@UDANA")
    assert await company.sender()() == 2
    said = lines(company.slack.reply("ask#3/slack:@UDANA/2026-11-24>slack:@UELI"))
    assert said[0] == "An answer on a subscription did not reach dana on slack."
    assert "Stars" not in " ".join(said)
    assert company.states()["ask#3/slack:@UDANA/2026-11-24>discord:@1"] is State.FAILED
