"""`/kpi record nps 52`: a number in its unit, kept with its note and its author; both of two are kept."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.commands import COMMANDS
from bot.commands.record import RecordArgs
from bot.dispatch import Dispatcher
from bot.surfaces.base import Invocation
from bot.timeline import Timeline
from bot.workspace import KpiRef, Person, Restriction
from storage import SessionFactory, audit, entries, samples
from tests.factories import NOW, NPS, STARS, asking, asks, built_in, framework, lines, said, workspace

MONEY = {
    "name": "Pipeline Value",
    "aliases": ["pipeline"],
    "unit": "$",
    "better": "higher",
    "targets": {"day90": "$1M"},
}
BUILD = {"name": "Build Time", "unit": "min", "better": "lower", "targets": {"day90": "<5 min"}}
RATE = {"name": "Open Rate", "unit": "%", "better": "higher", "targets": {"day90": "25%"}}
ALL = framework(NPS, STARS, MONEY, BUILD, RATE)
NPS_METRIC = "entry.acme.growth.net_promoter_score"


@pytest.mark.parametrize(
    ("text", "words", "value"),
    [
        ("record nps 52 October survey", "Net Promoter Score: 52", 52),
        ("record Net Promoter Score 52", "Net Promoter Score: 52", 52),
        ("record nps -12", "−12", -12),
        ("record pipeline $1.2M", "Pipeline Value: $1.2M", 1_200_000),
        ("record pipeline 1,250 from the CRM", "$1,250", 1250),
        ("record build time 4.5", "4.5 min", 4.5),
        ("record build time 90 seconds", "1.5 min", 1.5),
        ("record build time 2 hours slow day", "120 min", 120),
        ("record open rate 85%", "85%", 85),
        ("record open rate 85 % in May", "85%", 85),
        ("record acme/growth.net_promoter_score 52", "52", 52),
        ('record "net promoter score" 52', "52", 52),
        ("enter nps 52", "52", 52),
    ],
)
def test_a_value_is_read_as_people_write_it(
    text: str, words: str, value: float, sessions: SessionFactory
) -> None:
    reply = asking(workspace(ALL), sessions)(text)
    assert reply.data.get("value") == value, reply.text
    assert words in reply.text
    assert reply.text.endswith("for 23 Nov.")


def test_an_entry_is_kept_with_its_sample_its_note_and_who_made_it(sessions: SessionFactory) -> None:
    ask = asking(workspace(ALL), sessions)
    assert "Note: October survey." in said(ask("record nps 52 October survey"))
    with sessions.read() as session:
        (entry,) = entries.recent(session)
        (act,) = audit.recent(session)
        newest = samples.newest(session, [NPS_METRIC])[NPS_METRIC]
    assert (entry.value, entry.text, entry.note, entry.author) == (52, "52", "October survey", "slack:U0DANA")
    assert (act.actor, act.action, act.subject) == ("slack:U0DANA", "record", NPS_METRIC)
    assert (act.before, act.after, act.note, act.place) == ("", "52", "October survey", "slack")
    assert (newest.value, newest.at, newest.recorded_at) == (52, NOW, NOW)
    assert ask("nps").data["value"] == 52


def test_a_second_entry_keeps_the_first(sessions: SessionFactory) -> None:
    ask = asking(workspace(ALL), sessions)
    ask("record nps 52")
    ask("record nps 53")
    assert ask("nps").data["value"] == 53
    with sessions.read() as session:
        assert [one.value for one in samples.revisions(session, NPS_METRIC, (), NOW)] == [52, 53]
        assert [(act.before, act.after) for act in audit.recent(session)] == [("52", "53"), ("", "52")]


def test_a_kpi_with_a_measure_says_when_its_entry_shows(sessions: SessionFactory) -> None:
    assert "while last(github.stars) has no number" in said(
        asking(workspace(ALL), sessions)("record stars 5")
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("record", "The KPI and its value are missing."),
        ("record nps", "“nps” holds no number."),
        ("record nps high", "“nps high” holds no number."),
        ("record nps 5x5", "Net Promoter Score"),
        ("record pipeline 5 hours", "Pipeline Value"),
        ("record nps nan1", "Net Promoter Score"),
        ("record nps 1e999", "Net Promoter Score"),
        ("record github.stars -5", "github.stars: −5 stars is less than nothing."),
        ("record npss 5", "No KPI “npss”. Nearest: `nps`"),
        ("record github.strs 5", "No metric or KPI “github.strs”. Nearest: `github.stars`"),
    ],
)
def test_what_is_no_entry_is_refused_and_nothing_is_kept(
    text: str, words: str, sessions: SessionFactory
) -> None:
    reply = asking(workspace(ALL), sessions)(text)
    assert words in reply.text
    assert reply.data["error"]
    with sessions.read() as session:
        assert entries.recent(session) == []
        assert audit.recent(session) == []
        assert samples.names(session) == []


@pytest.mark.parametrize(("text", "value"), [("record nps -5", -5), ("record pipeline -5K", -5000)])
def test_scores_and_money_may_fall_below_zero(text: str, value: float, sessions: SessionFactory) -> None:
    assert asking(workspace(ALL), sessions)(text).data["value"] == value


def test_an_ambiguous_name_asks_and_its_buttons_record(sessions: SessionFactory) -> None:
    ask = asking(built_in("hektor", "inferno"), sessions)
    reply = ask("record nps 52 {survey} {}")
    assert reply.text == "2 KPIs are called “nps”: which one?"
    for again in asks(reply):
        assert ask(again).data["value"] == 52
    with sessions.read() as session:
        assert {entry.note for entry in entries.recent(session)} == {"{survey} {}"}


def test_a_note_that_begins_with_a_unit_stays_a_note_behind_its_button(sessions: SessionFactory) -> None:
    ask = asking(built_in("hektor", "inferno"), sessions)
    again = asks(ask("record nps 52 “days off”"))
    assert again[0].endswith("52 “days off ”")
    assert ask(again[0]).data["value"] == 52
    with sessions.read() as session:
        assert [entry.note for entry in entries.recent(session)] == ["days off"]


def test_a_refused_value_is_quoted_whole_with_one_that_would_do(sessions: SessionFactory) -> None:
    ask = asking(workspace(ALL), sessions)
    assert ask("record stars 52apples").text == (
        "GitHub Stars: “52apples” is no value: “apples” cannot follow 52. Write a number like 8 stars."
    )


@pytest.mark.parametrize("metric", ["github.stars", "GitHub.Stars", "sales.deals"])
def test_a_metric_can_be_recorded_too(metric: str, sessions: SessionFactory) -> None:
    reply = asking(workspace(ALL), sessions)(f"record {metric} 12")
    assert reply.data == {"metric": metric.lower(), "value": 12}


def test_once_somebody_may_edit_others_may_not(sessions: SessionFactory) -> None:
    people = (Person("dana", {"slack": "U0DANA"}, "editor"), Person("lee", {"slack": "U0LEE"}))
    shared = workspace(ALL, people=people)
    assert "value" in asking(shared, sessions, user="U0DANA")("record nps 5").data
    for user in ("U0LEE", "U0NOBODY"):
        refused = asking(shared, sessions, user=user)("record nps 6")
        assert refused.text.startswith("You may read, not record. Ask dana")
    assert "value" in asking(shared, sessions, user="root", surface="terminal")("record nps 7").data


@pytest.mark.parametrize(
    "subject",
    ["nps", "net promoter score", "acme/growth.net_promoter_score", "growth.net_promoter_score", NPS_METRIC],
)
def test_what_is_not_shown_is_not_recorded(subject: str, sessions: SessionFactory) -> None:
    secret = Restriction(kpis=frozenset({"acme/growth.net_promoter_score"}), groups=("care",), ask="@kim")
    people = (
        Person("dana", {"slack": "U0DANA"}, "editor"),
        Person("kim", {"slack": "U0KIM"}, "editor", ("care",)),
    )
    used = replace(workspace(ALL, people=people), restrictions=(secret,))
    refused = asking(used, sessions)(f"record {subject} 52")
    assert refused.text == "Net Promoter Score is for care. Ask @kim."
    with sessions.read() as session:
        assert samples.names(session) == []
    assert asking(used, sessions, user="U0KIM")(f"record {subject} 52").data["value"] == 52


def test_nothing_is_recorded_where_outsiders_read(sessions: SessionFactory) -> None:
    dispatcher = Dispatcher(Timeline(workspace(ALL)), sessions, COMMANDS, lambda: NOW)
    refused = dispatcher(Invocation("record nps 52", "slack", "U0DANA", "C0PARTNER", is_shared=True))
    assert refused.text.startswith("People outside your company read here, so you may not record.")
    kept = dispatcher(Invocation("record nps 52", "slack", "U0DANA", "C0OWN"))
    assert kept.data["value"] == 52
    with sessions.read() as session:
        assert [act.place for act in audit.recent(session)] == ["slack:C0OWN"]


NAMES = built_in("hektor", "inferno")


@pytest.mark.parametrize("ref", NAMES.kpis, ids=lambda ref: ref.path)
def test_every_name_is_told_from_its_value(ref: KpiRef) -> None:
    for name in (ref.kpi.name, *ref.kpi.aliases, ref.path):
        args = RecordArgs.read((*name.split(), "12", "by", "Q3")).named_in(NAMES)
        assert ref in NAMES.find_kpi(args.subject), args
        assert (args.value, args.note) == ("12", "by Q3")


def test_lines_are_short(sessions: SessionFactory) -> None:
    assert max(map(len, lines(asking(workspace(ALL), sessions)("record nps 52")))) <= 80
