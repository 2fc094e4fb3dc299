"""Whom a number is asked of, and why nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from bot.asked import Asked, asked, overseer, person_called, unasked
from bot.settings_asks import AskEntry, AsksEntry
from bot.workspace import Person, Restriction, Workspace
from tests.factories import NPS, STARS, framework, workspace

DANA = Person("Dana", {"slack": "U0DANA"}, "editor")
LEE = Person("Lee", {"slack": "U0LEE"}, "admin")
PATH = "acme/growth.net_promoter_score"


def used(
    owner: str = "Dana", people: Sequence[Person] = (DANA, LEE), governance: Mapping[str, Any] | None = None
) -> Workspace:
    of = framework(STARS, {**NPS, "asked": "monthly", "owner": owner}, governance=governance or {})
    return workspace(of, people=people)


def only(of: Workspace) -> Asked:
    (found,) = asked(of)
    return found


def test_its_owner_is_asked_as_often_as_the_framework_says() -> None:
    found = only(used())
    assert (found.ref.path, found.every, found.person, found.why) == (PATH, "monthly", DANA, "")


@pytest.mark.parametrize(
    ("owner", "people", "why"),
    [
        ("", (DANA, LEE), "no owner is named"),
        ("HR", (DANA, LEE), "the owner “HR” is nobody under `people`"),
        ("Ghost", (Person("Ghost"), LEE), "Ghost has no id in any chat"),
        ("Rae", (Person("Rae", {"slack": "U0RAE"}), LEE), "Rae may not record (reader)"),
        ("Dana and Lee", (DANA, LEE), "the owner “Dana and Lee” is nobody under `people`"),
    ],
)
def test_what_nobody_can_be_asked_for_says_why(owner: str, people: Sequence[Person], why: str) -> None:
    of = used(owner, people)
    found = only(of)
    assert (found.person, found.why) == (None, why)
    (told,) = unasked(of)
    assert why in told
    assert "Net Promoter Score" in told


def test_who_may_not_see_it_is_not_asked() -> None:
    rule = Restriction(kpis=frozenset({PATH}), people=("Lee",))
    assert only(replace(used(), restrictions=(rule,))).why == "Dana may not see it"


def test_kpi_yaml_comes_before_the_framework() -> None:
    def by(entry: AskEntry) -> Workspace:
        return replace(used(), asks=AsksEntry(kpis={PATH: entry}))

    assert only(by(AskEntry(who="Lee"))).person == LEE
    assert only(by(AskEntry(every="weekly"))).every == "weekly"
    assert asked(by(AskEntry(every="never"))) == ()
    stars = replace(used(), asks=AsksEntry(kpis={"acme/growth.github_stars": AskEntry(every="yearly")}))
    assert [one.ref.kpi.name for one in asked(stars)] == ["GitHub Stars", "Net Promoter Score"]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Dana", "Dana"),
        ("@dana", "Dana"),
        ("Dana Scully", "Dana"),
        ("Scully", None),
        ("", None),
        ("Dana Lee", None),
    ],
)
def test_a_name_means_a_person_where_it_means_one_alone(name: str, found: str | None) -> None:
    person = person_called(name, (DANA, LEE))
    assert (person.name if person else None) == found


@pytest.mark.parametrize(
    ("owner", "governance", "found"),
    [
        ("Dana", {"owner": "Raj"}, "Raj"),
        ("Dana", {"owner": "Raj", "owners": {"Growth": "Kim"}}, "Kim"),
        ("Dana", {"owner": "Dana"}, "Lee"),
        ("Dana", {}, "Lee"),
        ("Kim", {}, "Kim"),  # somebody else was asked in the owner's place
    ],
)
def test_the_nearest_who_answers_for_it_hears_of_it(
    owner: str, governance: Mapping[str, Any], found: str
) -> None:
    raj, kim = Person("Raj", {"slack": "U0RAJ"}), Person("Kim", {"slack": "U0KIM"})
    of = used(owner, (DANA, raj, kim, LEE), governance=governance)
    person = overseer(only(of).ref if asked(of) else of.kpis[1], "Dana", of)
    assert person is not None
    assert person.name == found


def test_nobody_is_told_where_nobody_else_is_there() -> None:
    of = used(people=(DANA,))
    assert overseer(of.kpis[1], "Dana", of) is None
