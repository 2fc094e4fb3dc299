"""Which parts of a report go to a reader: a part with an audience goes only to those whom it names."""

from __future__ import annotations

from dataclasses import replace

from bot.reports.plans import Plan, Section
from bot.workspace import Person


def addressed(plan: Plan, place: str, person: Person | None = None) -> Plan:
    """The report without the parts that are not meant for who reads it.

    `place` is a channel as kpi.yaml writes it (slack:C0123), with a `person` where these are their direct
    messages. Neither is the terminal, whose owner sees all.
    """
    if not place and person is None:
        return plan
    kept = tuple(one for one in plan.sections if not one.rule.audience or _is_named(one, place, person))
    return plan if len(kept) == len(plan.sections) else replace(plan, sections=kept)


def _is_named(section: Section, place: str, person: Person | None) -> bool:
    named = set(section.rule.audience)
    return place in named or (person is not None and not named.isdisjoint(_names(person)))


def _names(person: Person) -> set[str]:
    """What a person may be named by: name, role and groups."""
    return {person.name, person.role, *person.groups}
