"""The bot's commands as Discord's application commands, built from the registry: a new one needs no code.

`/kpi question:…` takes everything as it is typed elsewhere. Beside it stands one command each, `/kpi-gate`,
`/kpi-record`, whose options are the fields of its arguments: Discord allows 25 sub-commands and there are
more commands than that, and a command with sub-commands could not be called by its bare name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_args

from pydantic.fields import FieldInfo

from bot.commands.base import Command, Subject
from bot.commands.complete import Suggestion
from bot.surfaces.discord import limits
from bot.surfaces.foreign import clean, cut

ROOT = "kpi"
QUESTION = "question"
LONGEST_QUESTION = 500

_CHAT_INPUT, _STRING, _INTEGER = 1, 3, 4
_IN_SERVERS, _WITH_THE_BOT = 0, 1
_PLACES = {"contexts": [_IN_SERVERS, _WITH_THE_BOT], "integration_types": [0]}
_WHOLE = "A KPI, a gate or a command, as in: stars 90d"

Payload = dict[str, Any]


def payload(commands: Sequence[Command]) -> list[Payload]:
    """The commands as Discord is told them."""
    root = {
        "name": ROOT,
        "type": _CHAT_INPUT,
        "description": "Where the KPIs stand: ask in your own words.",
        "options": [
            {
                "type": _STRING,
                "name": QUESTION,
                "description": _WHOLE,
                "autocomplete": True,
                "max_length": LONGEST_QUESTION,
            }
        ],
        **_PLACES,
    }
    return [root, *(_command(one) for one in commands if one.name != ROOT)][: limits.COMMANDS]


def _command(command: Command) -> Payload:
    fields = command.args.model_fields
    options = [_option(name, info) for name, info in fields.items()][: limits.OPTIONS]
    return {
        "name": f"{ROOT}-{command.name}"[: limits.COMMAND_NAME].lower(),
        "type": _CHAT_INPUT,
        "description": cut(command.summary, limits.COMMAND_DESCRIPTION),
        # Discord wants those that must be there first.
        "options": sorted(options, key=lambda option: not option.get("required", False)),
        **_PLACES,
    }


def _option(name: str, info: FieldInfo) -> Payload:
    said = cut((info.description or name).replace("`", "'"), limits.COMMAND_DESCRIPTION)
    option: Payload = {"type": _STRING, "name": name.lower(), "description": said}
    if info.is_required():
        option["required"] = True
    choices = [value for value in get_args(info.annotation) if isinstance(value, str) and value]
    if choices:
        option["choices"] = [{"name": value, "value": value} for value in choices[: limits.OPTIONS]]
    elif info.annotation is int:
        option["type"] = _INTEGER
    else:
        option |= {"autocomplete": True, "max_length": LONGEST_QUESTION}
    return option


def shape(commands: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What of commands matters, by name: Discord sends back more than it was told, and empty what was not."""
    return {str(one.get("name")): _shape(one) for one in commands}


_TOLD = (
    "name",
    "type",
    "description",
    "required",
    "autocomplete",
    "max_length",
    "choices",
    "options",
    "value",
)


def _shape(one: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key in (*_TOLD, "contexts", "integration_types"):
        value = one.get(key)
        if key in ("choices", "options"):
            value = [_shape(inner) for inner in value or ()]
        if value:
            found[key] = value
    return found


def typed(data: Mapping[str, Any], commands: Sequence[Command]) -> str:
    """The text that somebody would have typed for what the options of a command hold."""
    said = {str(one["name"]): _value(one) for one in data.get("options") or ()}
    command = _named(str(data.get("name", "")), commands)
    if command is None:
        return said.get(QUESTION, "")
    names = [name for name in command.args.model_fields if said.get(name.lower())]
    words = [
        _spoken(name, said[name.lower()], is_last=number == len(names))
        for number, name in enumerate(names, start=1)
    ]
    if names[1:] and names[-1] == "reason" and " because " in command.args.usage:
        words[-1:] = ["because", words[-1].removeprefix("because ")]
    return " ".join([command.name, *words])


def _value(option: Mapping[str, Any]) -> str:
    return " ".join(clean(str(option.get("value", ""))).split())


def _named(name: str, commands: Sequence[Command]) -> Command | None:
    return next((one for one in commands if f"{ROOT}-{one.name}" == name), None)


def _spoken(name: str, value: str, *, is_last: bool) -> str:
    # Words that belong together are held together, where others follow.
    return f'"{value}"' if not is_last and " " in value and '"' not in value and _is_name(name) else value


def _is_name(name: str) -> bool:
    return name in ("name", "subject", "kpi", "framework")


Begun = Callable[[str], Sequence[Suggestion]]
"""What could be typed for the beginning of a question."""


def choices(data: Mapping[str, Any], commands: Sequence[Command], begun: Begun) -> list[Payload]:
    """The suggestions for the option that is being typed, as Discord takes them."""
    focused = next((one for one in data.get("options") or () if one.get("focused")), None)
    if focused is None:
        return []
    value = _value(focused)
    command = _named(str(data.get("name", "")), commands)
    if command is None:
        return _choices(begun(value), "")
    before = [one for one in data.get("options") or () if one is not focused]
    lead = typed({"name": data.get("name"), "options": before}, commands) + " "
    found = [one for one in begun(lead + value) if one.text.casefold().startswith(lead.casefold())]
    if not found and _is_about_a_kpi(command, str(focused.get("name"))):
        lead = "show "
        found = [one for one in begun(lead + value) if one.text.startswith(lead)]
    return _choices(found, lead)


def _is_about_a_kpi(command: Command, option: str) -> bool:
    """Whether what the option takes begins with a KPI, as its description says."""
    first = next(iter(command.args.model_fields.items()), None)
    if first is None or first[0].lower() != option or command.args.about is Subject.FRAMEWORK:
        return False
    return "KPI" in (first[1].description or "")


def _choices(found: Sequence[Suggestion], lead: str) -> list[Payload]:
    shown = []
    for one in found:
        value = one.text[len(lead) :]
        if 0 < len(value) <= limits.OPTION_TEXT:
            label = f"{value} · {one.summary}" if one.summary else value
            shown.append({"name": cut(clean(label), limits.OPTION_TEXT), "value": value})
    return shown[: limits.OPTIONS]
