"""Secrets of a source that is being connected: tried, and never written.

kpi.yaml gets `${VARIABLE}`; the value comes from the environment or is typed for the try alone. A password
that somebody types into an address is taken out of it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import typer

from bot.cli.opening import say
from bot.errors import UserError
from bot.references import UnreadableFile, look_up
from bot.settings import Settings
from collectors.base import Credential

_NAMED = re.compile(r"\$\{(\w+)\}")
_OPEN = re.compile(r"(?P<before>://[^/@:\s]*:|[;?&]token=)(?P<secret>[^@;&$\s][^@;&\s]*)(?=@|[;&]|$)")
"""A secret that stands in an address: postgresql://reader:SECRET@host, sc://host/;token=SECRET."""


@dataclass
class Answers:
    """The settings of a source as kpi.yaml will hold them; their secrets are for the try alone."""

    written: dict[str, Any] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)  # by variable
    unset: list[str] = field(default_factory=list)  # variables given now, but not yet in the environment

    def filled(self) -> dict[str, Any]:
        """The settings with their secrets in place."""
        found: dict[str, Any] = _mapped(self.written, self._with_secrets)
        return found

    def _with_secrets(self, text: str) -> str:
        return _NAMED.sub(lambda found: self.secrets.get(found[1], found[0]), text)

    def keep(self, variable: str, secret: str) -> None:
        """A secret that was typed: whoever runs the bot has to set it."""
        self.secrets[variable] = secret
        if variable not in self.unset:
            self.unset.append(variable)


def take(one: Credential, answers: Answers, settings: Settings, *, asks: bool, is_again: bool) -> None:
    """A credential that is a setting of its own: from the environment, or typed."""
    found = answers.secrets.get(one.variable) or _look_up(one.variable, settings)
    if not found or is_again:
        say(f"{one.setting}: {one.scope}")
        say(f"  Get it at {one.where}")
    else:
        say(f"{one.setting}: {one.variable}, found in the environment")
    if asks and (not found or is_again):
        typed = _typed(one.variable, found, is_required=one.is_required)
        if typed:
            answers.keep(one.variable, typed)
            found = typed
    if not found and one.is_required:
        raise UserError(f"{one.variable} is not set.", f"Get one at {one.where}: {one.scope}.")
    if found:
        answers.secrets[one.variable] = found
        _put(answers.written, one.setting, f"${{{one.variable}}}")


def settle(credentials: Sequence[Credential], answers: Answers, settings: Settings, *, asks: bool) -> None:
    """Take open secrets out of addresses, and find a value for every `${NAME}`. Raises `UserError`."""
    for key, value in list(answers.written.items()):
        variable = next((one.variable for one in credentials if one.setting == key), "")
        if variable:
            answers.written[key] = _mapped(value, lambda text, name=variable: _hidden(text, name, answers))
    for name in _names(answers.written):
        if name in answers.secrets:
            continue
        found = _look_up(name, settings)
        if not found and asks:
            found = _typed(name, "", is_required=True)
            answers.keep(name, found)
        if not found:
            about = next((one for one in credentials if one.variable == name), None)
            hint = f"Get one at {about.where}: {about.scope}." if about else "Set it in the environment."
            raise UserError(f"{name} is not set.", hint)
        answers.secrets[name] = found


def _hidden(text: str, variable: str, answers: Answers) -> str:
    found = _OPEN.search(text)
    if found is None:
        return text
    answers.keep(variable, found["secret"])
    say(f"  The secret in it is not written: kpi.yaml gets ${{{variable}}} in its place.")
    return f"{text[: found.start('secret')]}${{{variable}}}{text[found.end('secret') :]}"


def _typed(variable: str, before: str, *, is_required: bool) -> str:
    without = "" if is_required else "; empty to go without"
    ending = "; empty to keep it" if before else without
    default = None if is_required and not before else ""
    asked = f"  {variable} (not shown, never written{ending})"
    hides = sys.stdin.isatty()  # what is piped in shows nowhere
    return str(typer.prompt(asked, hide_input=hides, default=default, show_default=False)).strip()


def _look_up(variable: str, settings: Settings) -> str:
    try:
        return look_up(settings.environment, variable) or ""
    except UnreadableFile as fault:
        raise UserError(f"{fault}.", f"Mend {variable}_FILE.") from None


def _names(value: Any) -> Iterable[str]:
    """Every variable that is named in the settings."""
    found: dict[str, None] = {}

    def note(text: str) -> str:
        found.update(dict.fromkeys(_NAMED.findall(text)))
        return text

    _mapped(value, note)
    return tuple(found)


def _put(settings: dict[str, Any], key: str, value: str) -> None:
    """Set `key`, which may lie deeper: `headers.Authorization`."""
    first, _, rest = key.partition(".")
    if rest:
        _put(settings.setdefault(first, {}), rest, value)
    else:
        settings[first] = value


def _mapped(value: Any, change: Any) -> Any:
    """The same value with every text in it changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {key: _mapped(one, change) for key, one in value.items()}
    return [_mapped(one, change) for one in value] if isinstance(value, list | tuple) else value
