"""What `access` names is found in the frameworks in use, as its author may write it; the rest is told."""

from __future__ import annotations

import pytest

from bot.restrictions import restrictions
from bot.settings_access import AccessEntry
from bot.workspace import KpiRef, Restriction, Use
from kpi.document import Path, print_path
from tests.factories import STARS, built_in, framework, workspace

USES = built_in("hektor", "inferno").uses
NAMES = built_in("hektor", "inferno")


def read(entry: dict[str, list[str]], uses: tuple[Use, ...] = USES) -> tuple[Restriction, list[str]]:
    told: list[str] = []

    def fault(path: Path, message: str, hint: str) -> None:
        told.append(f"{print_path(path)}: {message} ({hint})")

    (found,) = restrictions([AccessEntry.model_validate({**entry, "roles": ["admin"]})], uses, fault)
    return found, told


def covered(entry: dict[str, list[str]]) -> list[KpiRef]:
    found, told = read(entry)
    assert not told
    return [ref for ref in NAMES.kpis if found.covers(ref)]


@pytest.mark.parametrize(
    ("name", "paths"),
    [
        ("hektor/primary_metrics_north_star.pipeline_value", ["primary_metrics_north_star.pipeline_value"]),
        ("primary_metrics_north_star.pipeline_value", ["primary_metrics_north_star.pipeline_value"]),
        ("LinkedIn followers", ["social_media_reach.linkedin_followers"]),
    ],
)
def test_a_kpi_goes_by_path_key_or_name(name: str, paths: list[str]) -> None:
    assert [ref.kpi.key for ref in covered({"kpis": [name]})] == paths


def test_a_name_that_several_bear_covers_all_of_them() -> None:
    assert {ref.use.framework.key for ref in covered({"kpis": ["nps"]})} == {"hektor", "inferno"}


@pytest.mark.parametrize(
    ("section", "within"),
    [
        ("Financial Metrics", "Financial Metrics"),
        ("financial metrics > roi", "Financial Metrics > ROI"),
        ("Financial Metrics>ROI", "Financial Metrics > ROI"),
        ("ROI", "Financial Metrics > ROI"),
    ],
)
def test_a_section_goes_with_or_without_the_headings_above(section: str, within: str) -> None:
    assert {ref.path for ref in covered({"sections": [section]})} == {
        f"{use.framework.key}/{kpi.key}" for use in USES for kpi in use.framework.within(within)
    }


def test_a_heading_may_hold_the_mark_between_headings() -> None:
    odd = workspace(framework(sections=[{"title": "Kept >90 days", "kpis": [{**STARS, "line": 2}]}]))
    found, told = read({"sections": ["kept >90 days"]}, odd.uses)
    assert not told
    assert [found.covers(ref) for ref in odd.kpis] == [True]


def test_a_framework_goes_by_its_key_in_any_case() -> None:
    assert {ref.use.framework.key for ref in covered({"frameworks": ["Inferno"]})} == {"inferno"}


def test_who_is_let_in_is_kept() -> None:
    entry = AccessEntry(
        kpis=("nps",), channels=("slack:C0FIN",), people=("ana",), groups=("finance",), ask=" @cfo "
    )
    (found,) = restrictions([entry], USES, lambda *told: pytest.fail(str(told)))
    assert (found.channels, found.people, found.groups) == (("slack:C0FIN",), ("ana",), ("finance",))
    assert (found.roles, found.ask) == ((), "@cfo")


def test_a_name_that_means_nothing_is_told_with_the_nearest_ones() -> None:
    _, told = read(
        {
            "kpis": ["stars", "pipelin value", "zzzzzzzz"],
            "sections": ["ROI", "Finacial Metrics", "Financial Metrics > Budgets"],
            "frameworks": ["infreno"],
        }
    )
    assert told == [
        "access[0].kpis[1]: no framework in use has a KPI “pipelin value” (did you mean "
        "`Pipeline Value` or `Pipeline Velocity` or `influenced pipeline`?)",
        "access[0].kpis[2]: no framework in use has a KPI “zzzzzzzz” (`kpi framework show NAME` lists them)",
        "access[0].sections[1]: no framework in use has a section “Finacial Metrics” "
        "(did you mean `Financial Metrics`?)",
        "access[0].sections[2]: no framework in use has a section “Financial Metrics > Budgets” "
        "(did you mean `Financial Metrics > ROI`?)",
        "access[0].frameworks[0]: “infreno” is no framework in use (did you mean `inferno`?)",
    ]


def test_a_kpi_that_moves_to_another_section_stays_covered() -> None:
    today = workspace(framework(STARS))
    found, _ = read({"kpis": ["growth.github_stars"]}, today.uses)
    earlier = workspace(framework(sections=[{"title": "Reach", "kpis": [{**STARS, "line": 2}]}]))
    assert [found.covers(ref) for ref in earlier.kpis] == [True]


def test_one_of_two_that_share_a_name_is_covered_alone() -> None:
    (path, *_) = (ref.path for ref in NAMES.find_kpi("build time"))
    assert [ref.path for ref in covered({"kpis": [path]})] == [path]
