"""Which KPIs are silenced: by themselves, with their framework, or with everything."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.reports.silenced import ended_words, hushed, silenced, silenced_words
from bot.workspace import Workspace
from storage import SessionFactory, silences
from storage.silences import Silence
from tests.bot.commands.answering import withheld
from tests.factories import NOW, framework, workspace

STARS_PATH, NPS_PATH = "acme/growth.github_stars", "acme/growth.net_promoter_score"
USED = workspace(framework(), framework(key="other"))


def silence(sessions: SessionFactory, subject: str, **lasts: int) -> None:
    with sessions.begin() as session:
        silences.add(session, Silence(0, subject, NOW + timedelta(**lasts), "slack:U0", "", NOW))


def quiet(sessions: SessionFactory, of: Workspace = USED, **later: int) -> dict[str, float]:
    """By path, for how many more hours."""
    now = NOW + timedelta(**later)
    with sessions.read() as session:
        found = silenced(session, of, now)
    return {path: (one.until - NOW).total_seconds() / 3600 for path, one in found.items()}


@pytest.mark.parametrize(
    ("subject", "paths"),
    [
        (STARS_PATH, {STARS_PATH}),
        ("acme", {STARS_PATH, NPS_PATH}),
        ("", {STARS_PATH, NPS_PATH, STARS_PATH.replace("acme", "other"), NPS_PATH.replace("acme", "other")}),
        ("gone/growth.x", set()),
    ],
)
def test_a_subject_covers_its_kpis(subject: str, paths: set[str], sessions: SessionFactory) -> None:
    silence(sessions, subject, hours=4)
    assert set(quiet(sessions)) == paths
    assert quiet(sessions, hours=4) == {}


def test_the_one_that_lasts_longest_counts(sessions: SessionFactory) -> None:
    silence(sessions, STARS_PATH, hours=9)
    silence(sessions, "acme", hours=4)
    assert quiet(sessions) == {STARS_PATH: 9, NPS_PATH: 4}
    assert quiet(sessions, hours=5) == {STARS_PATH: 9}


def test_the_same_reading_under_another_name_is_quiet_too(sessions: SessionFactory) -> None:
    silence(sessions, STARS_PATH, hours=4)
    with sessions.read() as session:
        found = silenced(session, USED, NOW)
    assert hushed(found, USED) == {STARS_PATH, STARS_PATH.replace("acme", "other")}
    assert hushed({}, USED) == frozenset()


def ended(sessions: SessionFactory, of: Workspace = USED, *, since: int, hours: int) -> str:
    with sessions.read() as session:
        return ended_words(session, of, NOW + timedelta(hours=since), NOW + timedelta(hours=hours))


def test_those_that_ran_out_are_told_once(sessions: SessionFactory) -> None:
    silence(sessions, STARS_PATH, hours=4)
    silence(sessions, "other", hours=5)
    assert ended(sessions, since=0, hours=3) == ""
    assert ended(sessions, since=0, hours=4) == "1 silence ended: GitHub Stars"
    assert ended(sessions, since=4, hours=5) == "1 silence ended: all of Other"
    assert ended(sessions, since=0, hours=9).startswith("2 silences ended: GitHub Stars, ")
    assert ended(sessions, since=5, hours=9) == ""


def test_what_is_silenced_again_or_withheld_has_not_ended(sessions: SessionFactory) -> None:
    silence(sessions, STARS_PATH, hours=4)
    silence(sessions, NPS_PATH, hours=4)
    silence(sessions, STARS_PATH, hours=9)
    assert ended(sessions, withheld(USED, NPS_PATH), since=0, hours=5) == ""


def test_what_a_reader_is_not_shown_is_not_counted(sessions: SessionFactory) -> None:
    silence(sessions, "acme", hours=4)
    assert quiet(sessions, withheld(USED, NPS_PATH)) == {STARS_PATH: 4}


def test_how_many_are_silenced_is_said_in_a_few_words(sessions: SessionFactory) -> None:
    silence(sessions, "acme", days=4)
    with sessions.read() as session:
        found = silenced(session, USED, NOW)
    assert silenced_words(found, USED, NOW) == "2 silenced until Fri 27 Nov 09:00"
    assert silenced_words({}, USED, NOW) == ""


def test_of_several_ends_the_last_is_said(sessions: SessionFactory) -> None:
    silence(sessions, STARS_PATH, hours=4)
    silence(sessions, NPS_PATH, hours=6)
    with sessions.read() as session:
        found = silenced(session, USED, NOW)
    assert silenced_words(found, USED, NOW) == "2 silenced, the last until 15:00"
