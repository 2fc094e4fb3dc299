"""Forms: whatever is filled in, the text it becomes means exactly that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.commands import COMMANDS
from bot.commands.base import Context
from bot.dispatch import LONGEST_TEXT, Dispatcher
from bot.forms import FORMS, begun
from bot.grammar import clean
from bot.reply import Reply, Visibility
from bot.surfaces.base import Invocation
from bot.timeline import Timeline
from storage import SessionFactory, entries, silences
from storage import annotations as noted_days
from tests.factories import NOW, NPS, STARS, asking, built_in, framework, workspace

NPS_PATH = "acme/growth.net_promoter_score"
USED = workspace(framework(STARS, NPS))
HOSTILE = st.one_of(
    st.text(max_size=60),
    st.lists(
        st.sampled_from(
            (
                *(
                    "share",
                    "as-of",
                    "2026-05-01",
                    '"',
                    "“",
                    "”",
                    "\n",
                    "days",
                    "%",
                    "9:00",
                    "until",
                    "friday",
                ),
                *(
                    "at",
                    "known",
                    "now",
                    "all",
                    ":",
                    "stars",
                    "52",
                    "2d",
                    "because",
                    "x",
                    "<!channel>",
                    "`",
                    "-",
                ),
            )
        ),
        max_size=8,
    ).map(" ".join),
)


def understood(sessions: SessionFactory, text: str) -> tuple[str, Any, Reply]:
    """The command and what it is told, by everything that stands between a text and a command."""
    found: list[tuple[str, Any]] = []

    def kept(name: str) -> Any:
        def run(args: Any, _ctx: Context) -> Reply:
            found.append((name, args))
            return Reply("ok")

        return run

    commands = [replace(one, run=kept(one.name), writes=one.writes) for one in COMMANDS]
    reply = Dispatcher(Timeline(USED), sessions, commands, lambda: NOW)(Invocation(text, "slack", "U0DANA"))
    name, args = found[0] if found else ("", None)
    return name, args, reply


def filled(name: str, **values: str) -> str:
    return FORMS[name].compose({"kpi": NPS_PATH, **values})


def same(text: str) -> str:
    """What cannot be told apart in a text: kinds of double quotes."""
    return clean(text).replace("”", '"').strip()


NO_RESET = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@NO_RESET
@given(note=HOSTILE)
@example(note="days off")
@example(note="we gained market share")
@example(note="as it was as-of 2026-05-01")
@example(note='"quoted" and more')
@example(note="5 apples")
def test_a_recorded_value_is_told_from_any_note(note: str, migrated: SessionFactory) -> None:
    name, args, reply = understood(migrated, filled("record", value="52", note=note))
    args = args.named_in(USED)
    assert name == "record"
    assert (args.subject, args.value) == (NPS_PATH, "52")
    assert same(args.note) == same(note)
    assert reply.visibility is Visibility.PRIVATE


@NO_RESET
@given(text=HOSTILE.filter(lambda said: any(char.isalnum() for char in clean(said))), day=st.just(""))
@example(text="today: all is said", day="")
@example(text="12 Nov was fine", day="2026-11-12")
@example(text="stars: share", day="yesterday")
def test_a_note_keeps_its_words_and_its_day(text: str, day: str, migrated: SessionFactory) -> None:
    said = filled("note", text=text, day=day)
    assert said.startswith(f"note {NPS_PATH} {day or 'today'}: ")
    name, args, reply = understood(migrated, said)
    assert name == "note"
    assert same(args.text.partition(": ")[2]) == " ".join(same(text).split())
    assert reply.visibility is Visibility.PRIVATE


@NO_RESET
@given(reason=HOSTILE, span=st.sampled_from([value for value, _ in FORMS["silence"].fields[1].choices]))
@example(reason="9:00 deploys", span="until monday")
@example(reason="at 9:00 we deploy", span="until monday")
def test_a_silence_keeps_its_reason_apart_from_its_end(
    reason: str, span: str, migrated: SessionFactory
) -> None:
    name, args, reply = understood(migrated, filled("silence", until=span, reason=reason))
    assert name == "silence"
    assert (args.subject, args.until) == (NPS_PATH, span)
    told = same(reason)
    assert same(args.reason) == told or told.endswith(same(args.reason))  # what leads to it is left out
    assert reply.visibility is Visibility.PRIVATE


@NO_RESET
@given(name=st.sampled_from(sorted(FORMS)), values=st.dictionaries(st.sampled_from(
    ["kpi", "value", "note", "day", "text", "until", "reason"]), HOSTILE))  # fmt: skip
def test_nothing_that_is_filled_in_breaks_a_form(
    name: str, values: dict[str, str], migrated: SessionFactory
) -> None:
    form = FORMS[name]
    said = form.compose(values)
    form.faults(values)
    assert said == clean(said)
    assert understood(migrated, said)[0] in {name, ""}


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> SessionFactory:
    from storage import connect, migrate

    url = f"sqlite:///{tmp_path_factory.mktemp('forms') / 'kpi.db'}"
    migrate(url)
    return SessionFactory(connect(url))


@pytest.mark.parametrize(
    ("name", "values", "text"),
    [
        ("record", {"value": "52", "note": "October survey"}, f"record {NPS_PATH} 52 October survey"),
        ("record", {"value": "1 234"}, f"record {NPS_PATH} 1234"),
        ("record", {"value": "90 min", "note": "days off"}, f"record {NPS_PATH} “90 min” “days off ”"),
        ("record", {"value": "52", "kpi": "net promoter score"}, "record “net promoter score” 52"),
        (
            "enter",
            {"value": "52", "day": "2026-10-31", "source": "survey", "note": "41 answers"},
            f"enter {NPS_PATH} 52 for 2026-10-31 survey; 41 answers",
        ),
        ("enter", {"value": "1 234!", "note": "for sure"}, f"enter {NPS_PATH} 1234! “for sure ”"),
        ("skip", {"reason": "no survey"}, f"skip {NPS_PATH} no survey"),
        ("skip", {}, f"skip {NPS_PATH}"),
        ("note", {"text": "Show HN", "day": "12 Nov"}, f"note {NPS_PATH} 12 Nov: Show HN"),
        ("note", {"text": "Show HN"}, f"note {NPS_PATH} today: Show HN"),
        ("silence", {"until": "4h", "reason": "launch"}, f"silence {NPS_PATH} 4h launch"),
    ],
)
def test_it_is_what_somebody_would_have_typed(name: str, values: Mapping[str, str], text: str) -> None:
    assert filled(name, **values) == text


@pytest.mark.parametrize(
    ("name", "values", "refused"),
    [
        ("record", {"value": "", "note": "5 apples"}, "holds no number"),
        ("record", {"value": "many", "note": "5 apples"}, "holds no number"),
        ("record", {"value": "52 of 60"}, "Net Promoter Score"),
        ("record", {"value": "52", "kpi": ""}, "The KPI and its value are missing."),
        ("enter", {"value": "many", "note": "5 apples"}, "holds no number"),
        ("enter", {"value": "52", "day": "31 Feb"}, "is not in the calendar"),
        ("note", {"text": "so", "day": "next week"}, "is not a day"),
        ("note", {"text": "so", "day": "31 Feb"}, "is not a day"),
    ],
)
def test_what_is_no_value_is_refused_and_kept_nowhere(
    name: str, values: dict[str, str], refused: str, sessions: SessionFactory
) -> None:
    reply = asking(USED, sessions)(filled(name, **values))
    assert refused in reply.data["error"]
    with sessions.read() as session:
        assert entries.recent(session) == []


@NO_RESET
@given(note=HOSTILE, source=HOSTILE)
@example(note="for 31 Oct it was", source="")
@example(note="2026-05-01 and later", source="")
@example(note="!", source="")
def test_an_entered_value_and_its_day_are_told_from_any_note(
    note: str, source: str, migrated: SessionFactory
) -> None:
    said = filled("enter", value="52", day="2026-10-31", note=note, source=source)
    name, args, reply = understood(migrated, said)
    assert name == "enter"
    assert (args.subject, args.value, args.day) == (NPS_PATH, "52", "2026-10-31")
    assert same(args.note) == same("; ".join(filter(None, (clean(source), clean(note)))))
    assert reply.visibility is Visibility.PRIVATE


@NO_RESET
@given(note=HOSTILE)
@example(note="for 31 Oct it was")
@example(note="! is how it was")
@example(note="12 Nov was fine")
def test_without_a_day_no_part_of_the_note_is_one(note: str, migrated: SessionFactory) -> None:
    name, args, _ = understood(migrated, filled("enter", value="52", note=note))
    assert (name, args.value, args.day) == ("enter", "52", "")
    assert same(args.note) == same(note)


@pytest.mark.parametrize(
    ("ask", "values", "hint"),
    [
        ("acme/growth.nps", {"kpi": "acme/growth.nps"}, ""),
        ("", {"kpi": ""}, ""),
        ("net promoter score", {"kpi": "net promoter score"}, ""),
        ("acme/growth.nps 2026-10-31", {"kpi": "acme/growth.nps", "day": "2026-10-31"}, ""),
        (
            "acme/growth.nps 2026-10-31 48 NPS (30 Sep)",
            {"kpi": "acme/growth.nps", "day": "2026-10-31"},
            "Last: 48 NPS (30 Sep)",
        ),
    ],
)
def test_a_button_may_begin_a_form_with_a_day_and_the_last_value(
    ask: str, values: dict[str, str], hint: str
) -> None:
    form, found = begun(FORMS["enter"], ask)
    assert found == values
    assert next(one.hint for one in form.fields if one.key == "value") == (hint or "52, 1.2M, 85%, 90 min")
    assert form.compose is FORMS["enter"].compose


def test_what_a_form_keeps_is_what_was_filled_in(sessions: SessionFactory) -> None:
    ask = asking(USED, sessions)
    ask(filled("record", value="52", note="days of our share"))
    ask(filled("note", text="we lost market share", day="2026-11-12"))
    ask(filled("silence", until="1w", reason="2 days of noise"))
    with sessions.read() as session:
        (entry,) = entries.recent(session)
        (silence,) = silences.active(session, NOW)
        (noted,) = noted_days.between(session, ["", NPS_PATH], NOW - timedelta(days=30), NOW)
    assert (entry.value, entry.note) == (52, "days of our share")
    assert (noted.text, noted.at.day) == ("we lost market share", 12)
    assert (silence.subject, silence.reason) == (NPS_PATH, "2 days of noise")


@pytest.mark.parametrize(
    ("name", "values", "wrong"),
    [
        ("record", {"kpi": NPS_PATH, "value": "52"}, set()),
        ("record", {"kpi": " ", "value": "many"}, {"kpi", "value"}),
        ("record", {"kpi": NPS_PATH, "value": "5" * 41}, {"value"}),
        ("note", {"kpi": NPS_PATH, "text": "x" * 201, "day": "soon"}, {"text", "day"}),
        ("note", {"kpi": NPS_PATH, "text": "so", "day": ""}, set()),
        ("silence", {"kpi": NPS_PATH, "until": "10y"}, {"until"}),
        ("silence", {"kpi": NPS_PATH, "until": "1d", "reason": ""}, set()),
    ],
)
def test_what_is_wrong_is_said_at_its_field(name: str, values: dict[str, str], wrong: set[str]) -> None:
    found = FORMS[name].faults(values)
    assert set(found) == wrong
    assert all(text.endswith(".") and len(text) <= 60 for text in found.values())


def test_every_form_fits_the_platforms() -> None:
    longest = max((ref.path for ref in built_in("hektor", "bakhmach", "inferno").kpis), key=len)
    for name, form in FORMS.items():
        assert form.name == name
        assert len(form.title) <= 24
        assert len(form.submit) <= 24
        assert len(form.fields) <= 5
        whole = {field.key: "5" * field.longest for field in form.fields} | {"kpi": longest}
        assert len(form.compose(whole)) <= LONGEST_TEXT
        assert all(field.choices for field in form.fields if field.kind == "choice")
