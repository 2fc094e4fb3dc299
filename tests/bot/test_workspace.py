"""The names people use: every KPI can be reached, what is ambiguous is known, typos find their way."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.access import channel_view
from bot.workspace import KpiRef, Person, Restriction, Source, Workspace, nearest, normal
from tests.factories import STARS, built_in, framework, workspace

BOTH = built_in("hektor", "inferno")


@pytest.mark.parametrize("ref", BOTH.kpis, ids=lambda ref: ref.path)
def test_every_kpi_is_reached_by_its_path_and_by_each_of_its_names(ref: KpiRef) -> None:
    assert BOTH.find_kpi(ref.path) == (ref,)
    assert BOTH.find_kpi(BOTH.own_name(ref)) == (ref,)
    for name in (ref.kpi.key, ref.kpi.name, *ref.kpi.aliases):
        assert ref in BOTH.find_kpi(name)
        assert ref in BOTH.find_kpi(name.upper())


@pytest.mark.parametrize(
    "name",
    [
        "build time",
        "Build Time",
        "BUILD-TIME",
        "build_time",
        "“Build  Time”",
        "ｂｕｉｌｄ time",
        "build\u200b time",
    ],
)
def test_case_width_and_punctuation_do_not_count(name: str) -> None:
    assert [ref.kpi.name for ref in BOTH.find_kpi(name)] == ["Build Time", "Build Time"]


@pytest.mark.parametrize(
    "name", ["Signup → First Query", "signup first query", "Signup -> first query", "signup→first query"]
)
def test_an_arrow_in_a_name_can_be_typed_or_left_out(name: str) -> None:
    (ref,) = BOTH.find_kpi(name)
    assert ref.kpi.name == "Signup → First Query"


def test_a_framework_or_section_in_front_of_a_name_tells_its_kpis_apart() -> None:
    assert len(BOTH.find_kpi("nps")) == 2
    (ref,) = BOTH.find_kpi("inferno nps")
    assert ref.use.framework.key == "inferno"
    (ref,) = BOTH.find_kpi("customer success metrics nps")
    assert ref.use.framework.key == "inferno"


@pytest.mark.parametrize(
    "name", ['He said "yes" / no', "Ünïcode → 日本", "50% + 1", "C++ builds", "a.b/c", "2026"]
)
def test_odd_names_are_found_as_written(name: str) -> None:
    odd = workspace(framework({**STARS, "name": name, "aliases": []}))
    assert odd.find_kpi(name) == odd.kpis


@pytest.mark.parametrize("text", ["", " ", "!!!", "😀", "no such thing"])
def test_what_names_nothing_finds_nothing(text: str) -> None:
    assert BOTH.find_kpi(text) == ()


@pytest.mark.parametrize(
    ("typo", "meant"),
    [
        ("strs", "stars"),
        ("satrs", "stars"),
        ("git hub stars", "GitHub Stars"),
        ("buildtime", "Build Time"),
    ],
)
def test_a_typo_is_near_to_what_was_meant(typo: str, meant: str) -> None:
    assert meant in BOTH.nearest_names(typo)


def test_nearest_names_are_of_different_kpis() -> None:
    found = BOTH.nearest_names("star")
    assert 1 <= len(found) <= 3
    assert len({tuple(ref.path for ref in BOTH.find_kpi(name)) for name in found}) == len(found)


@given(st.text(max_size=200))
def test_any_text_has_its_nearest_names_or_none(text: str) -> None:
    for name in BOTH.nearest_names(text):
        assert BOTH.find_kpi(name)


@given(st.text())
def test_a_normal_spelling_is_normal(text: str) -> None:
    assert normal(normal(text)) == normal(text)


def test_nearest_takes_a_word_for_the_name_that_holds_it() -> None:
    assert nearest("coverge", {"test coverage": "Test Coverage", "uptime": "Uptime"}) == ("Test Coverage",)


def test_a_metric_has_its_source_and_a_person_an_id_on_each_surface() -> None:
    git = Source("git", "git", ("git.commits",), 300.0)
    dana = Person("dana", {"slack": "U0DANA"}, "editor")
    small: Workspace = workspace(sources=(git,), people=(dana,))
    assert small.source_of("git.commits") is git
    assert small.source_of("github.stars") is None
    assert small.person("slack", "U0DANA") is dana
    assert small.person("discord", "U0DANA") is None


CLOSED = Restriction(sections=(("website traffic",),), frameworks=frozenset({"inferno"}), groups=("web",))
PARTLY = channel_view(replace(BOTH, restrictions=(CLOSED,)), "slack", "C0ALL")


@pytest.mark.parametrize("ref", BOTH.kpis[::7], ids=lambda ref: ref.path)
def test_a_kpi_is_either_found_or_refused_by_each_of_its_names(ref: KpiRef) -> None:
    is_shown = ref in PARTLY.kpis
    assert PARTLY.shows(ref.use.framework.key, ref.kpi.key) is is_shown
    assert is_shown is not CLOSED.covers(ref)
    for name in (ref.path, BOTH.own_name(ref)):
        assert bool(PARTLY.find_kpi(name)) is is_shown
        assert (PARTLY.refusal_for(name) is None) is is_shown


def test_a_name_shared_with_what_is_withheld_means_what_is_shown() -> None:
    assert len(BOTH.find_kpi("nps")) == 2
    (ref,) = PARTLY.find_kpi("nps")
    assert ref.use.framework.key == "hektor"
    assert PARTLY.own_name(ref) in (ref.kpi.name, *ref.kpi.aliases)


def test_gates_of_a_framework_that_is_not_shown_are_not_either() -> None:
    assert BOTH.gates
    assert PARTLY.gates == ()


def test_without_restrictions_nothing_is_withheld() -> None:
    assert BOTH.restricted == {}
    assert len(BOTH.kpis) == 204
    assert BOTH.shows("hektor", "no such key")
    assert BOTH.find_withheld("stars") is None
