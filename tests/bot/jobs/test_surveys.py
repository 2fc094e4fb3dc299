"""A survey's rounds: each opened, reminded of and closed once, whoever else does it, and told truthfully."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.reply import Actions, Reply
from bot.workspace import Person, Restriction
from kpi.survey import METRICS
from storage import SessionFactory, audit, samples, surveys
from tests.bot.surveying import CLOSES, OPENS, PEOPLE, Office, entry, surveyed
from tests.factories import framework, said
from tests.factories import workspace as workspace_of

DAY = timedelta(days=1)


@pytest.fixture
def office(sessions: SessionFactory) -> Office:
    return Office(sessions)


def stated(office: Office) -> dict[str, float]:
    with office.sessions.read() as session:
        return {one.metric: one.value for one in samples.export(session)}


def asks(reply: Reply) -> list[list[str]]:
    return [[one.ask for one in block.actions] for block in reply.blocks if isinstance(block, Actions)]


def test_a_round_opens_on_its_day_and_asks_everybody_once(office: Office) -> None:
    assert office.go(OPENS - timedelta(seconds=1)) == 0
    assert office.go(OPENS) == len(PEOPLE)
    assert office.go(OPENS + timedelta(minutes=1)) == 0
    found = office.owed("question")
    assert {one.channel for one in found} == {f"@U{number:03}" for number in range(8)}
    assert {(one.surface, one.report, one.period) for one in found} == {("slack", "survey", "2026-10-01")}
    assert {one.deadline for one in found} == {CLOSES}, "after the close it is no use"
    assert "survey#developers#1/slack:@U003/question" in {one.key for one in found}


def test_the_question_has_a_button_for_each_score_and_says_what_becomes_of_it(office: Office) -> None:
    office.go(OPENS)
    reply = office.post("question")
    every = [f"survey answer developers#1 {score}" for score in range(11)]
    assert asks(reply) == [every[:6], every[6:]]
    assert said(reply).splitlines() == [
        "Would you recommend Acme?",
        "0 = not at all likely · 10 = extremely likely",
        "Anonymous: your name is not kept. A figure is shown from 5 answers on.",
        "Open until Thu 8 Oct 10:00, Europe/Berlin.",
    ]


def test_where_names_are_kept_the_question_says_so(sessions: SessionFactory) -> None:
    office = Office(sessions, surveyed(mood=entry(kind="csat", to=["slack:C0ALL"], anonymous=False)))
    office.go(OPENS)
    words = said(office.post("question", "mood"))
    assert "Not anonymous: your name is kept with your answer." in words
    assert "Press a number: only you see the answer to it." in words
    assert [one.channel for one in office.owed("question", "mood")] == ["C0ALL"]


def test_several_processes_ask_once(office: Office) -> None:
    office.at = OPENS
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: office.process()(), range(4))) == len(PEOPLE)
    office.answer(9, 9, 9, 9, 9)
    office.at = CLOSES
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: office.process()(), range(4))) == 1


def test_those_who_have_not_answered_are_reminded_once(office: Office) -> None:
    office.go(OPENS)
    office.answer(9, 8, 7)
    assert office.go(CLOSES - DAY - timedelta(seconds=1)) == 0
    assert office.go(CLOSES - DAY) == 5
    assert office.go(CLOSES - timedelta(hours=1)) == 0
    assert {one.channel for one in office.owed("reminder")} == {f"@U{number:03}" for number in range(3, 8)}
    assert "There is no other reminder." in said(office.post("reminder"))


def test_the_close_states_the_figure_and_tells_it(office: Office) -> None:
    office.go(OPENS)
    office.answer(10, 9, 9, 8, 3)
    assert stated(office) == {}, "nothing is stated while answers come in"
    assert office.go(CLOSES) == 1
    assert stated(office) == {
        "survey.nps": 40.0,
        "survey.responses": 5.0,
        "survey.invited": 8.0,
        "survey.response_rate": 62.5,
    }
    (one,) = office.owed("result")
    assert (one.channel, one.key) == ("C0DAILY", "survey#developers#1/slack:C0DAILY/result")
    assert said(office.post("result")).splitlines()[:2] == [
        "Developers NPS 40 (5 answers of 8, 63%)",
        "Q4: Would you recommend Acme?",
    ]


def test_the_next_result_is_compared_with_the_last(office: Office) -> None:
    office.go(OPENS)
    office.answer(10, 9, 9, 8, 3)
    office.go(CLOSES)
    office.go(datetime(2027, 1, 1, 9, tzinfo=UTC))
    office.answer(10, 9, 9, 8, 8)
    office.go(datetime(2027, 1, 8, 9, tzinfo=UTC))
    first = office.post("result").text
    assert first == "Developers NPS 60 (5 answers of 8, 63%) · 20 points up from Q4 2026."


def test_too_few_answers_give_no_figure_and_say_so(office: Office) -> None:
    office.go(OPENS)
    office.answer(10, 0, 10, 0)
    office.go(CLOSES)
    assert set(stated(office)) == {"survey.responses", "survey.invited", "survey.response_rate"}
    reply = office.post("result")
    assert "no NPS figure (4 answers of 8, 50%)" in reply.text
    assert "A figure takes 5 answers, so that nobody's can be guessed." in said(reply)
    assert reply.data["figure"] is None


def test_what_was_promised_holds_though_kpi_yaml_changes(office: Office) -> None:
    office.go(OPENS)
    office.answer(10, 9, 9, 8)
    changed = surveyed(developers=entry(kind="satisfaction", least=3, anonymous=False))
    office.timeline.change(changed)
    office.go(CLOSES)
    assert "survey.nps" not in stated(office), "five were promised"
    with office.sessions.read() as session:
        (one,) = surveys.rounds(session)
        assert {each.name for each in surveys.answers(session, [one])[one.name]} == {""}


@pytest.mark.parametrize(("hours", "is_opened"), [(23, True), (25, False)])
def test_a_new_survey_begins_with_a_day_that_is_not_over(office: Office, hours: int, is_opened: bool) -> None:
    assert bool(office.go(OPENS + timedelta(hours=hours))) is is_opened


def test_after_a_long_night_people_still_have_the_whole_time(office: Office) -> None:
    office.go(OPENS)
    office.go(CLOSES)
    late = datetime(2027, 1, 5, 12, tzinfo=UTC)
    assert office.go(late) == len(PEOPLE), "the bot was down on the first of January"
    with office.sessions.read() as session:
        assert surveys.rounds(session)[0].closes_at == late + 7 * DAY


def test_a_round_closes_by_the_clock_on_the_wall(sessions: SessionFactory) -> None:
    march = Office(sessions, surveyed(spring=entry(every="yearly 26 march")))
    march.go(datetime(2027, 3, 26, 9, tzinfo=UTC))
    with sessions.read() as session:
        (one,) = surveys.rounds(session, ["spring"])
    assert one.closes_at == datetime(2027, 4, 2, 8, tzinfo=UTC), "10:00, though the clock was put forward"


def test_the_playground_stands_in_for_slack(office: Office) -> None:
    office.job = office.process(slack="playground")
    office.go(OPENS)
    assert {one.surface for one in office.owed("question")} == {"playground"}


def test_nobody_to_write_to_opens_nothing(sessions: SessionFactory, caplog: pytest.LogCaptureFixture) -> None:
    known = replace(surveyed(), people=(Person("dot", {"discord": "77777"}, groups=("devs",)),))
    office = Office(sessions, known)
    office.job = office.process(slack="playground")
    assert [office.go(OPENS), office.go(OPENS)] == [0, 0]
    assert len([one for one in caplog.messages if "nobody it asks" in one]) == 1


def test_a_channel_that_may_not_see_the_kpi_is_not_told(sessions: SessionFactory) -> None:
    loved = {
        "name": "Developer love",
        "better": "higher",
        "targets": {"day90": "50"},
        "measure": 'last(survey.nps{survey="developers"})',
    }
    known = workspace_of(framework(loved), people=PEOPLE)
    rule = Restriction(kpis=frozenset({known.kpis[0].path}), channels=("slack:C0BOARD",))
    said_ = surveyed(developers=entry(report=["slack:C0ALL", "slack:C0BOARD"]))
    office = Office(sessions, replace(said_, uses=known.uses, restrictions=(rule,), metrics=METRICS))
    office.job.outsiders["slack", "C0BOARD"] = False  # type: ignore[index]
    office.go(OPENS)
    office.answer(10, 9, 9, 8, 8)
    office.go(CLOSES)
    assert [one.channel for one in office.owed("result")] == ["C0BOARD"]
    assert "is for its own channel" in office.say("survey developers").text
    assert "none open" in office.say("surveys").text
    assert "Developers" not in said(office.say("surveys"))


def test_a_survey_taken_out_of_kpi_yaml_is_closed_in_silence(office: Office) -> None:
    office.go(OPENS)
    office.answer(10, 9, 9, 8, 8)
    office.timeline.change(replace(surveyed(), surveys={}))
    assert office.go(CLOSES) == 0
    assert stated(office)["survey.nps"] == 60.0


def test_the_audit_trail_names_nobody_who_answered(office: Office) -> None:
    office.go(OPENS)
    office.answer(10, 9)
    office.say("survey comment developers good work")
    with office.sessions.read() as session:
        assert audit.recent(session) == []


def test_a_survey_that_fails_does_not_keep_back_the_others(
    sessions: SessionFactory, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    office = Office(sessions, surveyed(one=entry(), two=entry()))
    whole = type(office.job)._open

    def broken(self: object, workspace: object, name: str, **when: datetime) -> int:
        if name == "one":
            raise RuntimeError("broken")
        return whole(office.job, office.workspace, name, **when)

    monkeypatch.setattr(type(office.job), "_open", broken)
    assert office.go(OPENS) == len(PEOPLE)
    assert "survey not gone on survey=one" in caplog.text
