"""What is no change of a target is refused, says what to do, and leaves nothing behind."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.commands.cells import find_horizon, named_first
from bot.commands.reasons import required, split_reason
from bot.errors import UserError
from storage import SessionFactory, audit, connect, revisions
from tests.bot.commands.talking import DANA, LEE, SAM, talk
from tests.bot.commands.test_target import ACME
from tests.factories import workspace

WORKSPACE = workspace(ACME, people=(DANA, LEE, SAM))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("target strs day90 6,000 because x", "No KPI “strs”. Nearest: `stars`"),
        ("target strs 6,000 because x", "No KPI “strs”."),
        (
            "target stars because x",
            "The new target is missing. Say `target stars day90 5,000 because …`.",
        ),
        ("target stars day90 because x", "The new target is missing."),
        ("target stars day90 to because x", "The new target is missing."),
        (
            "target stars day60 6,000 because x",
            "Acme has no horizon “day60”. It has: `day90`, `month6`, `steady`.",
        ),
        ("target stars phase 1 6,000 because x", "Acme has no horizon “phase 1”."),
        (
            "target stars day90 6,000",
            "Say why. The trail keeps the reason: `target stars day90 6,000 because …`.",
        ),
        ("target stars day90 6,000 because", "Say why."),
        ("target stars day90 6,000 because !!", "Say why."),
        ("target stars 6,000", "Say why. The trail keeps the reason: `target stars 6,000 because …`."),
        ("target stars day90 6,000 reason: " + "x" * 301, "The reason has 301 characters; 300 fit."),
        ("target stars day90 5,000 because x", "GitHub Stars, Day 90 already says 5,000."),
        ("target stars day90 5k because x", "already says 5,000. Nothing is changed."),
        ("target market position day90 top 10 because x", "already says Top 10."),
        (
            "target stars day90 lots because x",
            "“lots” is no number. Write it like 5,000. N/A takes the target",
        ),
        ("target stars day90 5% because x", "GitHub Stars: '5%' does not fit its KPI"),
        ("target stars day90 6,000 → 7,000 because x", "GitHub Stars: "),
        ("target cost day90 5 hours because x", "Cost: "),
        ("target stars day90 " + "9" * 301 + " because x", "GitHub Stars: a target of 301 characters."),
    ],
)
def test_what_is_no_change_is_refused_and_nothing_is_kept(
    text: str, words: str, sessions: SessionFactory
) -> None:
    reply = talk(WORKSPACE, sessions)(text)
    assert words in reply.text
    assert reply.data["error"]
    with sessions.read() as session:
        assert revisions.newest(session) == 0
        assert audit.recent(session) == []


@pytest.mark.parametrize(
    ("user", "surface", "is_allowed"),
    [
        ("U0DANA", "slack", True),
        ("U0LEE", "slack", False),
        ("U0SAM", "slack", False),
        ("U0NOBODY", "slack", False),
        ("root", "terminal", True),
    ],
)
def test_only_admins_and_the_terminal_change_targets(
    user: str, surface: str, is_allowed: bool, sessions: SessionFactory
) -> None:
    ask = talk(WORKSPACE, sessions)
    reply = ask("target nps 60 because x", user=user, surface=surface)
    assert ("error" not in reply.data) is is_allowed
    if not is_allowed:
        assert "Ask Dana (admin)." in reply.text
    assert ask("target nps", user=user, surface=surface).data["targets"]  # everybody may look


@pytest.mark.parametrize(
    ("text", "said", "reason"),
    [
        ("a b because c d", "a b", "c d"),
        ("a b BECAUSE c because d", "a b", "c because d"),
        ("a --reason c", "a", "c"),
        ("a -reason c", "a", "c"),
        ("a —reason c", "a", "c"),
        ("a --reason=c d", "a", "c d"),
        ("a --reason: c", "a", "c"),
        ('a reason:"c d"', "a", "c d"),
        ("a reason: because c", "a", "c"),
        ("a reason: “c”", "a", "c"),
        ("a reason b", "a reason b", ""),
        ("because c", "", "c"),
        ("a because", "a", ""),
    ],
)
def test_the_reason_is_what_follows_its_first_mark(text: str, said: str, reason: str) -> None:
    assert split_reason(text.split()) == (tuple(said.split()), reason)


_WORDS = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "stars",
                "nps",
                "market",
                "position",
                "day90",
                "day",
                "90",
                "month6",
                "to",
                "by",
                "=",
                "N/A",
                "because",
                "--reason",
                "reason:",
                "6,000",
                "<5",
                "$1M",
                "5%",
                "met",
                "not",
                "{}",
                "→",
                "@",
                ":",
            ]
        ),
        st.text(min_size=1, max_size=8).filter(lambda word: not any(char.isspace() for char in word)),
    ),
    max_size=8,
)


@given(_WORDS)
@settings(max_examples=80, deadline=None)
def test_words_are_read_or_refused(words: list[str]) -> None:
    said, reason = split_reason(words)
    assert len(said) <= len(words)
    with suppress(UserError):
        found, _, rest = named_first(said, WORKSPACE)
        find_horizon(rest, found[0].use.framework)
        required(reason, "target")


@given(words=_WORDS)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_words_get_an_answer_that_is_no_breakdown(words: list[str], sqlite_url: str) -> None:
    engine = connect(sqlite_url)
    reply = talk(WORKSPACE, SessionFactory(engine))(f"target {' '.join(words)}")
    engine.dispose()
    assert reply.text
    assert "did not work" not in reply.text
