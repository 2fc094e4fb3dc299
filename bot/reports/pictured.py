"""The chart of a part: which builder draws which kind, and what is said where there is none.

A chart never costs the report: what cannot be built becomes a note, and the log says why.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module

from bot.errors import UserError
from bot.languages import said
from bot.reply import Block, Chart, note
from bot.reports.digest_account import Account
from bot.reports.plans import Section
from kpi.framework import slug
from kpi.framework_rules import ChartKind

log = logging.getLogger(__name__)

_BUILDERS: Mapping[ChartKind, str] = {
    "trend": "bot.reports.pictures.trend",
    "bullet": "bot.reports.pictures.bullet",
    "scorecard": "bot.reports.pictures.scorecard",
    "ladder": "bot.reports.pictures.ladder",
    "funnel": "bot.reports.pictures.funnel",
    "mix": "bot.reports.pictures.mix",
    "waterfall": "bot.reports.pictures.waterfall",
    "burnup": "bot.reports.pictures.burnup",
    "calendar": "bot.reports.pictures.calendar",
    "cohort": "bot.reports.pictures.cohort",
}
"""The module of each kind; its `chart(section, snapshot, stretch, workspace_at)` gives the chart, or None for
no data. They are loaded when one is asked for: a report in words never loads them."""


def kind_of(section: Section) -> ChartKind:
    """The kind a part asks for, else the one that fits what it is made of; empty for none."""
    if section.rule.chart:
        return section.rule.chart
    if section.gates:
        return "ladder"
    if section.funnels or any(part.funnels for part in section.parts):
        return "funnel"
    if any(rule.kind == "mix" for rule in section.attribution):
        return "mix"
    return ""


_WITHOUT_TARGETS: frozenset[ChartKind] = frozenset({"waterfall", "cohort", "calendar"})
"""They show no target, so they need not know which was in force."""


def chart_of(section: Section, account: Account) -> Block | None:
    """The part's chart; a note where it asks for one that cannot be made; None where it asks for none."""
    kind = kind_of(section)
    if not kind:
        return None
    found = _built(kind, section, account)
    return found if isinstance(found, Chart) or section.rule.chart else None


def _built(kind: ChartKind, section: Section, account: Account) -> Block:
    then = () if kind in _WITHOUT_TARGETS else (account.workspace_at,)
    try:
        build = import_module(_BUILDERS[kind]).chart
        chart: Chart | None = build(section, account.now, account.stretch, *then)
    except UserError as fault:
        return note(said("No chart: {reason}", reason=fault.message))
    except Exception:
        log.exception("no chart kind=%s part=%s", kind, section.rule.title)
        return note(said("No chart: it could not be made."))
    if chart is None:
        return note(said("No chart: there is no data for it yet."))
    if chart.filename == "chart.png":
        return replace(chart, filename=f"{slug(section.rule.title) or kind}.png")
    return chart
