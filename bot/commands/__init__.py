"""Every command there is, listed by hand: the order is the one help shows."""

from __future__ import annotations

from bot.commands import (
    attribution,
    audit,
    chart,
    compare,
    dashboard,
    frameworks,
    funnel,
    gate,
    gates,
    history,
    judge,
    kpi,
    note,
    notes,
    owners,
    record,
    review,
    reviews,
    search,
    show,
    sources,
    success,
    target,
    why,
    zones,
)
from bot.commands import list as list_
from bot.commands.base import Command
from bot.commands.help import help_command

_ASKED: tuple[Command, ...] = (
    kpi.COMMAND,
    list_.COMMAND,
    search.COMMAND,
    show.COMMAND,
    why.COMMAND,
    chart.COMMAND,
    history.COMMAND,
    compare.COMMAND,
    notes.COMMAND,
    gate.COMMAND,
    gates.COMMAND,
    zones.COMMAND,
    dashboard.COMMAND,
    funnel.COMMAND,
    attribution.COMMAND,
    success.COMMAND,
    owners.COMMAND,
    reviews.COMMAND,
    frameworks.COMMAND,
    record.COMMAND,
    judge.COMMAND,
    target.COMMAND,
    note.COMMAND,
    review.COMMAND,
    sources.COMMAND,
    audit.COMMAND,
)

COMMANDS: tuple[Command, ...] = (*_ASKED, help_command(_ASKED))
