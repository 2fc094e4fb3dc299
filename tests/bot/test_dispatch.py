"""Every text gets exactly one helpful reply; none gets a traceback, and none silence."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.commands import COMMANDS
from bot.dispatch import LONGEST_TEXT, Dispatcher, parse_when, refusal
from bot.errors import UserError
from bot.grammar import clean, split
from bot.reply import Code, Note, Plain, Reply
from bot.surfaces.base import Invocation
from bot.timeline import Timeline
from storage import SessionFactory, StorageFault, connect
from tests.factories import NOW, asking, asks, built_in, each_day, lines, store, workspace

BAD_INPUT = {
    "unknown": "strs",
    "empty": "",
    "only spaces": " \t\n ",
    "too long": "a" * 10_000,
    "long words": "stars " * 2_000,
    "emoji": "😀🎉",
    "right to left": "\u202eمرحبا بالعالم\u202c",
    "control characters": "\x00\x1b[31mred\x1b[0m\x07",
    "only control characters": "\x00\x01\x02",
    "lone surrogate": "\ud83d",
    "channel mention": "<!channel>",
    "unclosed quote": '"stars',
    "unclosed apostrophe": "what's up",
    "backslash": "stars \\",
    "payload": "payload",
    "payload form": "payload=%7B%22type%22%3A1%7D",
    "braces": "{} {0} {name!r} %s %(x)s",
    "backticks": "`stars` ```",
    "markup": "*_~<http://x|y>&amp;",
    "numbers": "90d",
    "gate of nothing": "gate 🎈",
    "record nothing": "record {} {}",
    "record braces": "record nps 5 {}{0}",
    "help of nothing": "help \u202e",
    "punctuation": "!!! ??? ---",
}


@pytest.mark.parametrize("text", BAD_INPUT.values(), ids=BAD_INPUT.keys())
def test_bad_input_gets_one_helpful_reply(
    text: str, sessions: SessionFactory, caplog: pytest.LogCaptureFixture
) -> None:
    reply = asking(built_in("hektor", "inferno"), sessions)(text)
    assert reply.text.strip()
    assert lines(reply)
    assert "did not work" not in reply.text
    assert not caplog.records
    assert not re.search(r"[\x00-\x1f\u202a-\u202e\ud800-\udfff]", "".join(lines(reply)))
    assert max(map(len, lines(reply))) < 300


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: object) -> Dispatcher:
    engine = connect(f"sqlite:///{migrated_sqlite}")
    return Dispatcher(Timeline(built_in("hektor", "inferno")), SessionFactory(engine), COMMANDS, lambda: NOW)


_WORDS = st.sampled_from(
    [
        "stars",
        "gate",
        "list",
        "record",
        "sources",
        "help",
        "as-of",
        "phase1",
        "2026-10-01",
        "90d",
        "all",
        '"',
        "nps",
    ]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.one_of(
        st.text(max_size=80), st.lists(st.one_of(_WORDS, st.text(max_size=12)), max_size=6).map(" ".join)
    )
)
def test_any_text_gets_a_reply_and_nothing_is_logged_as_failed(text: str, quiet: Dispatcher) -> None:
    if clean(text).casefold().startswith(("record", "enter")):
        text = text[:3]  # the database is shared by all examples: read only
    reply = quiet(Invocation(text, "slack", "U0DANA"))
    assert isinstance(reply, Reply)
    assert reply.text.strip()
    assert "did not work" not in reply.text


def test_an_empty_text_is_answered_with_help(sessions: SessionFactory) -> None:
    reply = asking(built_in("hektor"), sessions)("  ")
    assert "94 KPIs" in reply.text
    assert "stars 90d" in asks(reply)


def test_a_typo_gets_the_nearest_names(sessions: SessionFactory) -> None:
    reply = asking(built_in("hektor"), sessions)("strs")
    assert reply.text.startswith("No KPI “strs”. Nearest: `stars`")
    assert reply.data["error"]
    assert "`list all` shows all 94" in reply.text


@pytest.mark.parametrize("text", ["gaet phase1", "lst hektor", "hlep", "recrod nps 5"])
def test_a_mistyped_command_is_told_its_name(text: str, sessions: SessionFactory) -> None:
    name = {"g": "gate", "l": "list", "h": "help", "r": "record"}[text[0]]
    assert f"`{name}`" in asking(workspace(), sessions)(text).text


@pytest.mark.parametrize("text", ["?", "HELP", "Help.", "hilfe"])
def test_help_has_other_names(text: str, sessions: SessionFactory) -> None:
    assert "commands" in asking(workspace(), sessions)(text).data


def test_what_can_be_typed_is_code_in_a_refusal() -> None:
    note = refusal("No.", "Say `help` now.").blocks[1]
    assert note == Note((Plain("Say "), Code("help"), Plain(" now.")))


def test_a_fault_of_ours_is_logged_under_the_reference_it_is_told_with(
    sessions: SessionFactory, caplog: pytest.LogCaptureFixture
) -> None:
    broken = Dispatcher(Timeline(workspace()), sessions, (), lambda: NOW)  # not even help
    reply = broken(Invocation("stars", "slack", "U1"))
    found = re.search(r"ref ([0-9a-f]{6})", reply.text)
    assert found
    assert found[1] in caplog.text
    assert "Traceback" not in reply.text


def test_a_fault_of_the_database_is_told(monkeypatch: pytest.MonkeyPatch, sessions: SessionFactory) -> None:
    def refuse() -> None:
        raise StorageFault("The database is locked.", "Try again.")

    monkeypatch.setattr(sessions, "read", refuse)
    assert asking(workspace(), sessions)("stars").text == "The database is locked. Try again."


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('record "daily users" 5', ("record", "daily users", "5")),
        ("“daily users” 5", ("daily users", "5")),
        ('"unclosed stars', ('"unclosed', "stars")),
        ("what's customer's", ("what's", "customer's")),
        ('5" screens', ('5"', "screens")),
        ("a\\b", ("a\\b",)),
        ("", ()),
    ],
)
def test_quotes_hold_words_together(text: str, words: tuple[str, ...]) -> None:
    assert split(text) == words


@given(st.text())
def test_cleaning_leaves_one_line_and_is_done_once(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert once == once.strip()
    assert not re.search(r"[\x00-\x1f\x7f\u200b\u202e]", once)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-05-01", datetime(2026, 5, 1, 21, 59, 59, 999999, tzinfo=UTC)),
        ("20260501", datetime(2026, 5, 1, 21, 59, 59, 999999, tzinfo=UTC)),
        ("2026-10-25", datetime(2026, 10, 25, 22, 59, 59, 999999, tzinfo=UTC)),  # a day of 25 hours
        ("2026-05-01T09:00", datetime(2026, 5, 1, 7, tzinfo=UTC)),
        ("2026-05-01T09:00Z", datetime(2026, 5, 1, 9, tzinfo=UTC)),
        ("yesterday", datetime(2026, 11, 22, 22, 59, 59, 999999, tzinfo=UTC)),
        ("today", NOW),
        ("2026-11-23", NOW),
    ],
)
def test_a_day_means_its_last_instant(text: str, at: datetime) -> None:
    assert parse_when(text, workspace(), NOW) == at


@pytest.mark.parametrize(
    "text", ["", "soon", "2026-13-01", "9999-12-31", "0001-01-01", "1.5.2026", "2026-05-01T25:00"]
)
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_when(text, workspace(), NOW)
    assert "2026-05-01" in caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "stars as-of 2026-11-20",
        "stars as of 2026-11-20",
        "stars --as-of=2026-11-20",
        "as-of 2026-11-20 stars",
        "stars as-of 2026-11-20 30d",
        "stars AS-OF 2026-11-20 23:00",
    ],
)
def test_any_question_can_be_asked_of_the_past(text: str, sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [10, 20, 30, 40, 50]))
    assert asking(workspace(), sessions)(text).data["value"] == 30


def test_what_was_recorded_since_can_be_left_out(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [10, 20]), recorded_at=NOW - timedelta(hours=2))
    store(sessions, each_day("github.stars", [10, 99]), recorded_at=NOW - timedelta(microseconds=5))
    ask = asking(workspace(), sessions)
    now = NOW.isoformat()
    assert ask("stars").data["value"] == 99
    assert ask(f"stars as-of {now}").data["value"] == 99
    assert ask(f"stars as-of {now} known 2026-11-23T07:59:59.999994+00:00").data["value"] == 20
    assert ask(f"stars as-of {now} known 2026-11-23T07:59:59.999995+00:00").data["value"] == 99
    assert ask("stars as-of 2026-11-22 known 2026-11-23T06:00+00:00").data["value"] == 20
    assert ask("stars as-of 2026-11-22 known 2026-11-23T05:00+00:00").data["value"] is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("stars as-of 2027-01-01", "still to come"),
        ("stars as-of", "needs a day"),
        ("stars as-of 2026-11-20 known 2027-01-01", "2027-01-01 is still to come"),
        ("stars as-of 2026-11-20 known 2026-13", "is not a day"),
        ("stars as-of 9999-12-31", "lies outside"),
        ("record nps 5 as-of 2026-10-01", "cannot be written"),
        ("sources as-of 2026-10-01", "as they are now"),
    ],
)
def test_a_past_that_cannot_be_asked_for_is_refused(text: str, words: str, sessions: SessionFactory) -> None:
    reply = asking(workspace(), sessions)(text)
    assert words in reply.text
    assert reply.data["error"]


def test_too_long_a_question_is_refused_with_its_length(sessions: SessionFactory) -> None:
    assert (
        f"10,000 characters; a question has at most {LONGEST_TEXT}"
        in asking(workspace(), sessions)("a" * 10_000).text
    )


def test_the_second_clock_without_the_first_says_where_it_goes(sessions: SessionFactory) -> None:
    reply = asking(workspace(), sessions)("stars known 2026-11-01")
    assert reply.text == "`known` goes behind `as-of`. Say `… as-of 2026-05-01 known 2026-11-01`."


def test_as_of_now_is_an_answer_like_any_other(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [1200]))
    assert asking(workspace(), sessions)("stars as-of now").data["value"] == 1200


def test_a_note_may_speak_of_as_of(sessions: SessionFactory) -> None:
    reply = asking(workspace(), sessions)("note numbers as of May are in")
    assert "error" not in reply.data
    refused = asking(workspace(), sessions)("note launch as-of 2026-05-01")
    assert refused.text.startswith("The past cannot be written to.")


@pytest.mark.parametrize("text", ["list", "gate", "gates", "help", "search stars", "frameworks"])
def test_an_answer_of_the_past_says_so(text: str, sessions: SessionFactory) -> None:
    reply = asking(built_in("hektor", "inferno"), sessions)(f"{text} as-of 2026-11-01")
    assert "as of 1 Nov 2026" in "\n".join(lines(reply)).replace("As of", "as of")
