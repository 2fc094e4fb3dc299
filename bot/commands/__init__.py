"""Every command there is, listed by hand: the order is the one help shows."""

from __future__ import annotations

from bot.commands import chart, gate, kpi, record, sources
from bot.commands import list as list_
from bot.commands.base import Command
from bot.commands.help import help_command

_ASKED: tuple[Command, ...] = (
    kpi.COMMAND,
    gate.COMMAND,
    list_.COMMAND,
    chart.COMMAND,
    record.COMMAND,
    sources.COMMAND,
)

COMMANDS: tuple[Command, ...] = (*_ASKED, help_command(_ASKED))
