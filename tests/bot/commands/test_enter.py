"""`/kpi enter nps 520`: a slip is asked about before anything is kept; what is meant is kept."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.forms import FORMS
from bot.surfaces.slack.form_views import fault_of, fitting_field
from storage import SessionFactory, entries
from tests.bot.jobs.asked_office import MONDAY, NPS_PATH, Office
from tests.factories import asks, lines, said


@pytest.fixture
def office(sessions: SessionFactory) -> Office:
    """Dana said 48 in October, and was asked on Monday."""
    found = Office(sessions)
    found.now = MONDAY - timedelta(days=20)
    found.say("record nps 48 September survey")
    found.now = MONDAY
    found.ask()
    return found


def kept(office: Office) -> list[tuple[float, str]]:
    with office.sessions.read() as session:
        return [(one.value, f"{one.at:%Y-%m-%d}") for one in entries.recent(session)]


def test_it_is_kept_for_the_last_day_of_the_period_that_is_asked_for(office: Office) -> None:
    assert said(office.say("enter nps 52")).startswith("Recorded Net Promoter Score: 52 NPS for 31 Oct.")
    assert kept(office)[0] == (52, "2026-10-31")
    assert not office.request().is_open
    office.say("enter nps 53")
    assert kept(office)[0] == (53, "2026-11-02"), "nothing is asked for any more"


@pytest.mark.parametrize(
    ("text", "value", "day"),
    [
        ("enter nps 52 for 30 Oct", 52, "2026-10-30"),
        ("enter nps 52 for yesterday by Raj", 52, "2026-11-01"),
        ("enter nps 52 2026-10-15 the survey", 52, "2026-10-15"),
        ("enter nps 52 today was hard", 52, "2026-10-31"),
        ("enter nps 520! twice checked", 520, "2026-10-31"),
        ("enter nps 520 !", 520, "2026-10-31"),
        ("record nps 52 for 30 Oct", 52, "2026-10-30"),
        ("record nps 52 for October", 52, "2026-11-02"),
    ],
)
def test_a_day_stands_behind_the_value(office: Office, text: str, value: float, day: str) -> None:
    assert "error" not in office.say(text).data
    assert kept(office)[0] == (value, day)


@pytest.mark.parametrize(
    "text", ["enter nps 52 for 31 Feb", "enter nps 52 for 2026-11-03", "enter nps 52 for 2026-13-01"]
)
def test_a_day_that_is_none_or_still_to_come_is_refused(office: Office, text: str) -> None:
    assert office.say(text).data["error"]
    assert len(kept(office)) == 1


def test_a_value_far_from_the_others_is_asked_about_first(office: Office) -> None:
    reply = office.say("enter nps 520")
    assert lines(reply) == [
        "Net Promoter Score is not kept yet. Last was 48 NPS (13 Oct); 520 NPS is 10.8 times that.",
        "If “520” is right, write 520! as the value.",
    ]
    assert len(kept(office)) == 1
    assert office.request().is_open
    (again,) = asks(reply)
    assert again == f"enter {NPS_PATH} 520!"
    assert "error" not in office.say(again).data
    assert kept(office)[0] == (520, "2026-10-31")


def test_in_a_form_it_is_told_at_the_value(office: Office) -> None:
    values = {"kpi": NPS_PATH, "value": "520", "day": "2026-10-31", "source": "survey", "note": ""}
    form = FORMS["enter"]
    assert form.faults(values) == {}
    fault = fault_of(office.say(form.compose(values)))
    assert fault.startswith("Last was 48 NPS (13 Oct); 520 NPS is 10.8 times that.")
    assert "“520!”" in fault
    assert fitting_field(form, values, fault) == "value"
    sure = {**values, "value": "520!"}
    assert form.faults(sure) == {}
    assert "error" not in office.say(form.compose(sure)).data


def test_record_keeps_it_and_says_how_far_it_is(office: Office) -> None:
    reply = office.say("record nps 520")
    assert "Last was 48 NPS (13 Oct); 520 NPS is 10.8 times that. Is it right?" in lines(reply)
    assert "A wrong number is mended by recording the right one; both are kept." in said(reply)
    assert kept(office)[0][0] == 520
    assert "Is it right?" not in said(office.say("record nps 520!"))


def test_a_mended_slip_is_held_against_the_days_before_it(office: Office) -> None:
    office.say("record nps 520")
    assert "Is it right?" not in said(office.say("record nps 52"))


def test_a_reader_is_refused(office: Office) -> None:
    assert "may read, not record" in office.say("enter nps 52", user="U0NOBODY").data["error"]


def test_two_of_a_name_are_asked_back(office: Office) -> None:
    assert office.say("enter nothing 52").data["error"]
