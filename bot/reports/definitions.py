"""What the KPIs of a report mean: how each is measured, where from, against what, and who answers for it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.documents.paper import Definition
from bot.languages import said
from bot.reply import Reply, Table
from bot.reports import words
from bot.reports.digest_account import Account
from bot.reports.standing_words import goal_words, source_name
from bot.workspace import KpiRef
from kpi.calendar import STEADY


def definitions(refs: Sequence[KpiRef], account: Account) -> tuple[Definition, ...]:
    """One for each KPI, in their order."""
    return tuple(_definition(ref, account) for ref in refs)


def _definition(ref: KpiRef, account: Account) -> Definition:
    kpi = ref.kpi
    return Definition(
        name=kpi.name,
        meaning=kpi.note or kpi.section.rpartition(" > ")[2],
        measure=kpi.measure or said("entered by hand"),
        source=source_name(ref, account.last),
        target=_target(ref, account),
        owner=ref.use.framework.owner_of(kpi),
    )


def _target(ref: KpiRef, account: Account) -> str:
    """The target in force at the close and its deadline: "≥ 5,000 by Day 90 (29 Nov)"."""
    target = account.last.of(ref).target
    if target is None or not target.is_applicable:
        return said("no target")
    goal = goal_words(target.goal, ref.kpi)
    if target.horizon == STEADY:
        return said("{goal} at all times", goal=goal)
    if target.deadline is None:
        return said("{goal} in {horizon}", goal=goal, horizon=target.title)
    day = words.day(target.deadline, account.last.moment.day)
    return said("{goal} by {horizon} ({day})", goal=goal, horizon=target.title, day=day)


def definitions_reply(refs: Sequence[KpiRef], account: Account) -> Reply:
    """How each number of a report is made, as one message of its thread."""
    found = definitions(refs, account)
    caption = said("How each number is made")
    rows = tuple((one.name, one.measure, one.target) for one in found)
    columns = (said("KPI"), said("Measured as"), said("Target"))
    return Reply(f"{caption}.", (Table(columns, rows, caption=caption),))
