"""From words to a command: exact forms first, then the way people talk, and never a guess between KPIs."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.commands.base import Command, Subject
from bot.commands.kpi import unknown_kpi
from bot.errors import UserError
from bot.grammar import understand
from bot.windows import is_window
from bot.workspace import Workspace
from tests.bot.commands.telling import EVERY
from tests.factories import NPS, STARS, built_in, framework, workspace

BOTH = built_in("hektor", "inferno")


def meant(text: str, used: Workspace = BOTH) -> tuple[str, ...]:
    command, words = understand(text, used, EVERY)
    return command.name, *words


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("stars", "kpi|stars"),
        ("stars ?", "kpi|stars ?"),
        ("stars 90d", "kpi|stars|90d"),
        ("90d stars", "kpi|stars|90d"),
        ("stars last 90 days", "kpi|stars|last 90 days"),
        ("how is uptime", "kpi|uptime"),
        ("how's uptime doing?", "kpi|uptime"),
        ("what are our github stars since july?", "kpi|github stars|since july"),
        ("how many stars do we have now?", "kpi|stars"),
        ("show me stars", "kpi|stars"),
        ("is availability ok?", "kpi|availability"),
        ("7-day active last month", "kpi|7-day active|last month"),
        ("performance vs competitors", "kpi|performance vs competitors"),
        ("ltv:cac q2", "kpi|ltv:cac|q2"),
        ("hektor/primary_metrics_north_star.github_stars 30d",) * 2,
    ],
)
def test_a_kpi_is_found_in_any_phrase(text: str, name: str) -> None:
    wanted = name.replace(" 30d", "|30d") if "/" in name else name.removeprefix("kpi|")
    assert "|".join(meant(text)[1:]) == wanted
    assert meant(text)[0] == "kpi"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("gate phase1", "gate|phase1"),
        ("gate for phase 1", "gate|phase|1"),
        ("phase 1 gate", "gate|phase|1"),
        ("what's the status of phase 2", "gate|phase|2"),
        ("gate q2", "gate|q2"),
        ("gate month 3", "gate|month|3"),
        ("history of uptime", "history|uptime"),
        ("uptime chart", "chart|uptime"),
        ("stars 12w history", "history|stars|12w"),
        ("a chart of stars for q3 please", "chart|stars|for q3"),
        ("chart mrr red", "chart|mrr"),
        ("list in progress", "list|progress"),
        ("traffic sources", "list|traffic|sources"),
        ("inferno", "list|inferno"),
        ("how are we doing?", "list"),
        ("are we on track?", "list"),
        ("what is red?", "zones|red"),
        ("unmeasured", "list|unmeasured"),
        ("show gates", "gates"),
        ("show the phase 1 gate", "gate|phase|1"),
        ("show stars", "show|stars"),
        ("why are stars down", "why|stars"),
        ("stars why?", "why|stars"),
        ("sources please", "sources"),
        ("search for revenue", "search|revenue"),
        ("compare stars and forks", "compare|stars|forks"),
        ("compare stars forks 90d", "compare|stars|forks|90d"),
        ("compare performance vs competitors and stars", "compare|performance vs competitors|stars"),
        ("compare github, stars", "compare|github|stars"),
        ("compare stars vs forkz", "compare|stars|forkz"),
        ("stars vs forks", "compare|stars|forks"),
        ("stars, forks last quarter", "compare|stars|forks|last quarter"),
        ("help show", "help|show"),
        ("owners me", "owners|me"),
        ("?", "help"),
        ("HELP", "help"),
        ("", "help"),
    ],
)
def test_a_command_is_found_wherever_it_stands(text: str, told: str) -> None:
    assert "|".join(meant(text)) == told


@pytest.mark.parametrize(
    "text",
    ["record nps 52 from the survey in may", "record the stars 5 now please", "record stars 5 last week"],
)
def test_what_is_written_down_stays_as_it_was_said(text: str) -> None:
    assert meant(text) == ("record", *text.split()[1:])
    assert meant(f"please {text}") == ("record", *text.split()[1:])


@pytest.mark.parametrize("text", ["stars record 5", "how is stars record"])
def test_what_changes_something_has_to_come_first(text: str) -> None:
    with pytest.raises(UserError, match="`record` has to come first"):
        understand(text, BOTH, EVERY)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("gaet phase1", "Nearest: `gate`"),
        ("hlep", "Nearest: `help`"),
        ("phase1 gaet", "Nearest: `gate`"),
        ("stars this week vs last week", "two stretches of days"),
        ("chart stars july and august", "two stretches of days"),
    ],
)
def test_a_near_miss_is_told(text: str, told: str) -> None:
    with pytest.raises(UserError, match=told):
        understand(text, workspace() if "gaet" in text else BOTH, EVERY)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("strs", "strs"),
        ("how is uptim doing?", "uptim"),
        ("stars blah", "stars blah"),
        ("stars forks", "stars forks"),
        ("is strs red", "strs"),
    ],
)
def test_an_unknown_name_goes_to_the_kpis_that_refuse_it_and_nothing_is_guessed(text: str, name: str) -> None:
    assert meant(text) == ("kpi", name)


@pytest.mark.parametrize("text", ["90d", "last week"])
def test_a_window_alone_is_of_no_kpi(text: str) -> None:
    assert meant(text) == ("kpi", text)


CLASH = workspace(
    framework(
        {**STARS, "name": "Sources", "aliases": []},
        {**NPS, "name": "Gate pass rate", "aliases": ["status"]},
        {**NPS, "name": "Stars gained 30d", "aliases": ["chart 30d"]},
        {**NPS, "name": "Stars gained", "aliases": []},
        {**NPS, "name": "Time in the zone", "aliases": ["in"]},
    )
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sources", "sources"),
        ("kpi sources", "kpi|sources"),
        ("acme sources", "kpi|acme sources"),
        ("gate pass rate", "kpi|gate pass rate"),
        ("gate pass rate 90d", "kpi|gate pass rate|90d"),
        ("status", "kpi|status"),
        ("stars gained 30d", "kpi|stars gained 30d"),
        ("stars gained 14d", "kpi|stars gained|14d"),
        ("how is stars gained 30d", "kpi|stars gained 30d"),
        ("chart stars gained 30d", "chart|stars gained 30d"),
        ("chart stars gained 30d 90d", "chart|stars gained 30d|90d"),
        ("chart 30d", "kpi|chart 30d"),
        ("acme/growth.stars_gained 30d", "kpi|acme/growth.stars_gained|30d"),
        ("how is time in the zone", "kpi|time in the zone"),
        ("status of stars gained", "kpi|stars gained"),
    ],
)
def test_a_kpi_named_like_a_command_a_window_or_a_filler_stays_reachable(text: str, told: str) -> None:
    assert "|".join(meant(text, CLASH)) == told


def test_a_kpi_not_for_this_reader_is_understood_and_refused_as_that() -> None:
    open_to_all = workspace()
    hidden = open_to_all.find_kpi("stars")
    why = {hidden[0].path: "GitHub Stars is for #finance.\nAsk @cfo."}
    used = replace(open_to_all, withheld=why, withheld_kpis=hidden)
    assert meant("how is stars doing since july?", used) == ("kpi", "stars", "since july")
    assert meant("stars vs nps", used) == ("compare", "stars", "nps")
    assert unknown_kpi("stars", used).message == "GitHub Stars is for #finance."


def test_every_kpi_is_reached_by_its_names_in_a_phrase() -> None:
    for ref in BOTH.kpis:
        name = BOTH.own_name(ref)
        assert meant(name) == ("kpi", name)
        command, words = understand(f"how is {name} since july?", BOTH, EVERY)
        assert command.name == "kpi"
        assert BOTH.find_kpi(words[0]) == (ref,), (name, words)


_SPOKEN = """
    stars forks nps gate chart history compare search list help record why and vs how is the our of for
    in 90d last quarter since july q2 2026 phase1 phase red ? , all inferno hektor github what show me kpi
"""
_WORDS = st.sampled_from(_SPOKEN.split())


def again(command: Command, words: tuple[str, ...]) -> str:
    between = " , " if command.name == "compare" else " "
    said = between.join(f'"{word}"' if " " in word else word for word in words)
    return f"{command.name} {said}"


@settings(max_examples=150, deadline=None)
@given(words=st.lists(_WORDS, max_size=8))
def test_what_was_understood_is_understood_the_same_again(words: list[str]) -> None:
    try:
        command, told = understand(" ".join(words), BOTH, EVERY)
    except UserError:
        return
    names = [word for word in told if not is_window(word)]
    if command.args.about is not Subject.OTHER and told and not (names and all(map(BOTH.find_kpi, names))):
        return  # an unknown name is only told back
    assert understand(again(command, told), BOTH, EVERY) == (command, told)


@settings(max_examples=40, deadline=None)
@given(text=st.text(max_size=60))
def test_any_text_means_a_command_or_is_refused(text: str) -> None:
    with suppress(UserError):
        command, _ = understand(text, BOTH, EVERY)
        assert command in EVERY


@pytest.mark.parametrize("word", ["90d", "chart", "stars", "and", "record", "q2 to", "a", "stars,"])
def test_a_long_text_is_read_quickly(word: str) -> None:
    started = time.process_time()
    with suppress(UserError):
        understand(" ".join([word] * 250), BOTH, EVERY)
    assert time.process_time() - started < 2
