"""Where the reports of kpi.yaml go: what is kept up to date there, and what nobody will hear of."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Set

from bot.references import look_up
from bot.reports.report_names import Misnamed
from bot.settings import WorkspaceFile
from bot.settings_surveys import unheard_surveys
from bot.workspace import LiveBoard

_TOKENS = {"slack": "SLACK_BOT_TOKEN", "discord": "DISCORD_TOKEN"}


def boards(file: WorkspaceFile, live: Collection[str]) -> tuple[LiveBoard, ...]:
    """Where each of the live reports stands; one without channels stands nowhere."""
    return tuple(
        LiveBoard(name, surface, channel)
        for name, targets in file.channels.items()
        if name in live
        for surface, _, channel in (target.partition(":") for target in targets)
    )


def rescheduled(file: WorkspaceFile, live: Collection[str]) -> Iterator[Misnamed]:
    """Schedules of what has none: a live report is one message that is never posted anew."""
    for name in file.schedule:
        if name in live:
            said = f"`{name}` is a live report: its message is kept up to date in place, at no time of day"
            yield Misnamed(("schedule", name), said, "take it out here; `channels:` alone is enough")


def silences(
    file: WorkspaceFile, environment: Mapping[str, str], live: Collection[str] = ()
) -> tuple[str, ...]:
    """What was set up half, and is therefore never heard of. Reports that are `live` need no schedule."""
    found = [
        f"{name}: it has a schedule but no channel, so nothing is posted; add it under `channels:`"
        for name in file.schedule
        if not file.channels.get(name)
    ]
    found += [
        f"{name}: it has channels but no schedule, so nothing is posted; add it under `schedule:`"
        for name, targets in file.channels.items()
        if targets and name not in file.schedule and name not in live
    ]
    set_up = {name for name, setting in _TOKENS.items() if look_up(environment, setting)}
    # Without any token all is shown in the playground, and the bot says so.
    is_told = bool(file.channels.get("daily")) and "daily" in file.schedule
    found += unheard_surveys(file.surveys, file.people, set_up, is_told=is_told)
    return (*found, *_unheard(file, set_up), *_untold(file, set_up)) if set_up else tuple(found)


def _unheard(file: WorkspaceFile, set_up: Set[str]) -> Iterator[str]:
    """Posts to a platform whose token is missing, while the other one's is there."""
    reports = [target for targets in file.channels.values() for target in targets]
    alerts = [*file.alerts.channels, *file.alerts.celebrations]
    alerts += [target for rule in file.alerts.rules.values() for target in rule.channels]
    for what, targets in (("reports", reports), ("alerts", alerts)):
        for name in sorted({target.partition(":")[0] for target in targets} - set_up):
            token = _TOKENS[name]
            yield f"{name}: {what} are posted there, but {token} is not set; set it, or leave them out"


def _untold(file: WorkspaceFile, set_up: Set[str]) -> Iterator[str]:
    """Fallback routes that lead nowhere."""
    routes = dict.fromkeys(route for routes in file.fallback.values() for route in routes)
    for name in sorted({one.partition(":")[0] for one in routes if one[0] != "@"} - set_up):
        yield f"fallback: routes lead to {name}, but {_TOKENS[name]} is not set; set it, or name others"
    for name in (one[1:] for one in routes if one[0] == "@"):
        person = file.people[name]
        ids = {"slack": person.slack, "discord": person.discord}
        if not any(ids[surface] for surface in set_up):
            where = " or ".join(sorted(set_up))
            yield f"fallback: @{name} has no id on {where}, so is never told; add it under `people:`"
