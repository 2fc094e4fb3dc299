"""Which names the KPIs in use expect of a source, and whether a source has them."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from bot import loading
from bot.reports.wishes import Wish, feeds, wishes
from bot.settings import read_workspace
from bot.workspace import KpiRef
from collectors import BY_KIND

FRAMEWORK = """
framework: small
title: Small
horizons: {phase1: {title: Phase 1}}
sections:
  - title: Growth
    kpis:
"""
MEASURES = {
    "Up": ("%", 'last(prometheus.ratio{query="up"})'),
    "Errors": ("%", 'sum(prometheus.flow{query="bad"}, 7d) / sum(prometheus.flow{query="all"}, 7d)'),
    "Docs": ("views", 'sum(plausible.page_views{page="docs"}, 7d)'),
    "Seen": ("visits", 'sum(plausible.visits{channel="Email"}, 7d)'),
    "Talks": ("talks", 'sum(sheets.flow{name="Talks"}, all)'),
}


@pytest.fixture(scope="module")
def refs(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, KpiRef]:
    folder = tmp_path_factory.mktemp("wishes")
    about = {"better": "higher", "targets": {"phase1": "9"}}
    kpis = [{"name": name, "unit": unit, "measure": text} | about for name, (unit, text) in MEASURES.items()]
    (folder / "small.yaml").write_text(f"{FRAMEWORK}      {json.dumps(kpis)}\n")
    text = "timezone: UTC\nframeworks: [{use: small.yaml, start: 2026-09-01}]\n"
    path = folder / "kpi.yaml"
    workspace = loading.resolve(read_workspace(text, str(path), {}), path)
    return {ref.kpi.name: ref for ref in workspace.kpis}


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        (
            "prometheus",
            {
                "queries": (
                    Wish("up", ("prometheus.ratio",), ("Up",)),
                    Wish("bad", ("prometheus.flow",), ("Errors",)),
                    Wish("all", ("prometheus.flow",), ("Errors",)),
                )
            },
        ),
        ("plausible", {"pages": (Wish("docs", ("plausible.page_views",), ("Docs",)),)}),
        ("sheets", {"kinds": (Wish("Talks", ("sheets.flow",), ("Talks",)),)}),
        ("github", {}),
    ],
)
def test_names_are_told_by_the_setting_that_holds_them(
    refs: Mapping[str, KpiRef], kind: str, wanted: object
) -> None:
    assert wishes(refs.values(), BY_KIND[kind]) == wanted


@pytest.mark.parametrize(
    ("metrics", "kind"),
    [
        (("sql.flow",), "flow"),
        (("sql.flow", "sql.level"), ""),
        (("plausible.page_views",), ""),
    ],
)
def test_a_name_has_the_kind_of_the_metric_it_is_read_by(metrics: tuple[str, ...], kind: str) -> None:
    assert Wish("one", metrics, ()).kind == kind


@pytest.mark.parametrize(
    ("kpi", "queries", "is_fed"),
    [
        ("Up", {"up": {}}, True),
        ("Up", {"down": {}}, False),
        ("Errors", {"bad": {}}, False),
        ("Errors", {"bad": {}, "all": {}}, True),
        ("Docs", {"docs": {}}, False),
    ],
)
def test_a_kpi_is_fed_once_all_its_names_are_there(
    refs: Mapping[str, KpiRef], kpi: str, queries: Mapping[str, object], is_fed: bool
) -> None:
    assert feeds(refs[kpi], BY_KIND["prometheus"], {"queries": queries}) is is_fed
