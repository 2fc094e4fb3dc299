"""The parts of a report that are no list of KPIs: gates, funnels, attribution, the definition of success."""

from __future__ import annotations

from collections.abc import Iterator

from bot.languages import said
from bot.reply import Block, Bold, Text, line, marked
from bot.reports import funnels, gate_words, success
from bot.reports.digest_account import Account, attributed
from bot.reports.digest_words import change_of
from bot.reports.figures import print_change
from bot.reports.gate_history import Past
from bot.reports.gate_words import GateView
from bot.reports.plans import Section
from bot.reports.shares import points_off, share_row
from bot.workspace import GateRef
from kpi.framework_rules import Attribution, Funnel
from kpi.funnel import FunnelStanding

FEW_FUNNELS = 2
"""So many funnels are told step by step; of more there is a line each."""


def rule_findings(section: Section, account: Account) -> Iterator[str]:
    """A sentence for each rule of the part."""
    if section.gates:
        yield _gate_finding(_next_gate(section, account), account)
    yield from _funnel_findings(section, account)
    for rule in section.attribution:
        yield _attribution_finding(section, rule, account)
    if section.rule.success:
        yield success.headline(account.scored(section), section.use, several=False)


def rule_blocks(section: Section, account: Account) -> Iterator[Block]:
    """What stands below these sentences."""
    if section.gates:
        first = _next_gate(section, account)
        yield from list(_gate_lines(first, account))[1:]  # its headline stands above
        yield from (next(_gate_lines(ref, account)) for ref in section.gates if ref is not first)
    yield from _funnel_lines(section, account)
    for rule in section.attribution:
        if len(section.attribution) > 1:
            yield line(Bold(rule.title))
        yield from _attribution_lines(section, rule, account)
    if section.rule.success:  # the headline stands above already
        yield from list(success.success_blocks(section.use, account.scored(section), account.last))[1:]


def _funnels(section: Section) -> tuple[Funnel, ...]:
    """Those it names, and those behind the KPIs of a dashboard's funnel."""
    found = [*section.funnels, *(one for part in section.parts for one in part.funnels)]
    return tuple({one.key: one for one in found}.values())


def _standings(section: Section, account: Account) -> list[FunnelStanding]:
    return [funnels.standing_of(section.use, one, account.last) for one in _funnels(section)]


def _funnel_findings(section: Section, account: Account) -> Iterator[str]:
    """A sentence for one or two funnels; of more, how many keep their rates."""
    found = _standings(section, account)
    if len(found) <= FEW_FUNNELS:
        yield from (f"{funnels.headline(one)}." for one in found)
        return
    rates = [one.rate for funnel in found for one in funnel.rated if one.rate is not None]
    held = [rate.met for rate in rates if rate.met is not None]
    yield said(
        "{count} funnels: {met} of {held} stated rates met.", count=len(found), met=sum(held), held=len(held)
    )


def _funnel_lines(section: Section, account: Account) -> Iterator[Text]:
    """The steps of one or two funnels; of more a line each."""
    found = _standings(section, account)
    for one in found:
        if len(found) > FEW_FUNNELS:
            yield line(funnels.funnel_line(one))
            continue
        if len(found) > 1:
            yield line(Bold(one.funnel.title))
        yield from (line(text) for text in funnels.step_lines(one, account.last))
        yield from (line(text) for text in funnels.overall_lines(one, account.last))


def _next_gate(section: Section, account: Account) -> GateRef:
    """The first gate that is shut; the last one where all are open."""
    shut = (ref for ref in section.gates if not account.gates[ref.path][1].passed)
    return next(shut, section.gates[-1])


def _gate_finding(ref: GateRef, account: Account) -> str:
    """The verdict at the close, and how many more are achieved than at the close before."""
    before, last = account.gates[ref.path]
    grown = last.achieved - before.achieved
    if grown > 0:
        change = said("{count} more than {before}", count=grown, before=account.stretch.ago)
    elif grown < 0:
        change = said("{count} fewer than {before}", count=-grown, before=account.stretch.ago)
    else:
        change = said("as many as {before}", before=account.stretch.ago)
    return f"{gate_words.headline(ref, last)}, {change}."


def _gate_lines(ref: GateRef, account: Account) -> Iterator[Block]:
    """What is nearest to open it, and what nobody measured; of what may not be seen only how much it is."""
    view = GateView(ref, account.gates[ref.path][1], account.last.workspace, account.last.moment)
    yield from gate_words.finding(view, Past(), None)


def _attribution_finding(section: Section, rule: Attribution, account: Account) -> str:
    """The largest distance from the plan, or how much is measured."""
    refs = attributed(section, rule, account.last.workspace)
    title, known = rule.title, sum(account.last.of(ref).value is not None for ref in refs)
    off = [
        (abs(points), ref.kpi.name, print_change(points, ref.kpi.unit))
        for ref in refs
        if rule.kind == "mix" and (points := points_off(account.last.of(ref))) is not None
    ]
    if not off:
        return said("{title}: {known} of {count} measured.", title=title, known=known, count=len(refs))
    distance, name, far = max(off)
    if not distance:
        return said("{title}: as planned.", title=title)
    return said("{title}: {name} is furthest from its plan, {far}.", title=title, name=name, far=far)


def _attribution_lines(section: Section, rule: Attribution, account: Account) -> Iterator[Text]:
    """Each origin with its share, its plan and its change; those of a ranking in their order."""
    refs = attributed(section, rule, account.last.workspace)
    if rule.kind == "ranking":
        values = {ref.path: value for ref in refs if (value := account.last.of(ref).value) is not None}
        refs = tuple(sorted(refs, key=lambda one: (one.path not in values, -values.get(one.path, 0.0))))
    for ref in refs:
        change = change_of(account.moves[ref.path], account.stretch)
        yield Text(marked(" · ".join(one for one in (share_row(ref, account.last), change) if one)))
