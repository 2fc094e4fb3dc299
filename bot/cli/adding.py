"""`kpi sources add`: asks what a source needs, tries it live, shows its first numbers, and writes kpi.yaml.

A secret is tried but never written: kpi.yaml gets `${VARIABLE}`, and whoever runs the bot sets it there.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typer
import yaml
from pydantic import ValidationError

from bot import loading
from bot.cli.opening import say, warn
from bot.cli.workspace_text import with_source
from bot.core import utc_now
from bot.errors import UserError, shortened
from bot.references import UnreadableFile, look_up
from bot.reports import words
from bot.settings import Settings, WorkspaceFile, read_environment, read_workspace
from bot.workspace import Workspace
from collectors import BY_KIND
from collectors.base import Batch, Collector, CollectorConfig, CollectorFault, Credential, Span, clashes
from collectors.http import open_client
from kpi import measure
from kpi.document import nearest
from kpi.metric import Sample

SHOWN_NUMBERS = 8
SHOWN_KPIS = 5
_COMMON = frozenset({"collector", "every", "labels"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the caller asked for. `given` holds key=value pairs."""

    kind: str
    name: str = ""
    given: tuple[str, ...] = ()
    asks: bool = True
    untried: bool = False


@dataclass
class Answers:
    """The settings of a source as kpi.yaml will hold them; their secrets are for the try alone."""

    written: dict[str, Any] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)  # by variable
    unset: list[Credential] = field(default_factory=list)  # given now, but not yet in the environment

    def filled(self) -> dict[str, Any]:
        """The settings with their secrets in place."""
        found: dict[str, Any] = _replaced(self.written, self.secrets)
        return found


def add(wanted: Wanted) -> int:
    """The whole conversation; exit code 1 where the source could not be read. Raises `UserError`."""
    collector = _collector(wanted.kind)
    settings = read_environment(os.environ)
    path = settings.config_path
    if not path.exists():
        raise UserError(f"There is no {path}.", "Run `kpi init` first.")
    text = loading.read_text(path)
    file = loading.read_workspace_file(settings)
    name = wanted.name or _free_name(collector.kind, file)
    say(f"{collector.about.title}: {collector.about.measures}.")
    if collector.about.approval:
        say(f"First: {collector.about.approval}.")
    answers = _asked(collector, wanted, settings)
    config = _configured(collector, answers)
    answers, config = _kept_apart(collector, config, answers, file, name)
    works = asyncio.run(_tried(collector, config, file))
    if not works and not wanted.untried and not (wanted.asks and typer.confirm("Write it all the same?")):
        warn("Nothing was written.")
        return 1
    _write(path, with_source(text, name, _entry(collector, name, answers.written)), settings, answers)
    _say_written(name, path, collector, answers, loading.resolve(file, path))
    return 0 if works else 1


def _collector(kind: str) -> Collector[Any]:
    if kind not in BY_KIND:
        raise UserError(
            f"There is no collector “{shortened(kind)}”.",
            f"{nearest(kind, BY_KIND).capitalize()}. `kpi sources catalogue` lists them all.",
        )
    return BY_KIND[kind]


def _free_name(kind: str, file: WorkspaceFile) -> str:
    taken = set(file.sources)
    return (
        kind if kind not in taken else next(f"{kind}{n}" for n in range(2, 1000) if f"{kind}{n}" not in taken)
    )


def _asked(collector: Collector[Any], wanted: Wanted, settings: Settings) -> Answers:
    """What the caller gave, what the environment holds, and what is asked for."""
    given = dict(_pair(one, collector) for one in wanted.given)
    _refuse_secrets(collector, given)
    example, answers = collector.about.example, Answers()
    secret = {one.setting for one in collector.about.credentials}
    for key in [one for one in example if one not in secret]:
        about = collector.config.model_fields[key]
        if key in given:
            answers.written[key] = given.pop(key)
        elif wanted.asks:
            answers.written[key] = _ask_setting(key, about.description or "", example[key])
        elif about.is_required():
            raise UserError(f"{key} is missing.", f"Add --set {key}={_one_line(example[key])}")
    for one in collector.about.credentials:
        if f"${{{one.variable}}}" in str(dict(example)):  # others stand in for one that is
            _ask_secret(one, answers, settings, asks=wanted.asks)
    answers.written |= given
    return answers


def _refuse_secrets(collector: Collector[Any], given: Mapping[str, Any]) -> None:
    for one in collector.about.credentials:
        if one.setting in given:
            raise UserError(
                f"{one.setting} is a secret: it is never written into kpi.yaml.",
                f"Set {one.variable} in the environment and leave --set {one.setting} out.",
            )


def _pair(text: str, collector: Collector[Any]) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not equals or key not in collector.config.model_fields:
        known = ", ".join(one for one in collector.config.model_fields if one != "collector")
        raise UserError(
            f"--set {shortened(text)} names no setting.", f"Write key=value with one of: {known}."
        )
    return key, yaml.safe_load(value) if value.strip()[:1] in "[{" else value


def _ask_setting(key: str, description: str, example: Any) -> Any:
    hint = f" ({description})" if description else ""
    said = typer.prompt(f"{key}{hint}, such as {_one_line(example)}").strip()
    return yaml.safe_load(said) if said[:1] in ("[", "{") else said


def _one_line(value: Any) -> str:
    return value if isinstance(value, str) else yaml.safe_dump(value, default_flow_style=True).strip()


def _ask_secret(one: Credential, answers: Answers, settings: Settings, *, asks: bool) -> None:
    """Take a credential from the environment, or ask for it, for this try alone."""
    try:
        found = look_up(settings.environment, one.variable) or ""
    except UnreadableFile as fault:
        raise UserError(f"{fault}.", f"Mend {one.variable}_FILE.") from None
    say(f"{one.variable}: {'found in the environment' if found else f'get one at {one.where}'} · {one.scope}")
    if not found and asks:
        optional = "" if one.is_required else " (empty to go without)"
        found = typer.prompt(
            f"{one.variable}{optional}", hide_input=True, default="" if not one.is_required else None,
            show_default=False,
        ).strip()  # fmt: skip
        if found:
            answers.unset.append(one)
    if not found and one.is_required:
        raise UserError(f"{one.variable} is not set.", f"Get one at {one.where}: {one.scope}.")
    if found:
        answers.secrets[one.variable] = found
        _put(answers.written, one.setting, f"${{{one.variable}}}")


def _put(settings: dict[str, Any], key: str, value: str) -> None:
    """Set `key`, which may lie deeper: `headers.Authorization`."""
    first, _, rest = key.partition(".")
    if rest:
        _put(settings.setdefault(first, {}), rest, value)
    else:
        settings[first] = value


def _replaced(value: Any, secrets: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        for name, secret in secrets.items():
            value = value.replace(f"${{{name}}}", secret)
        return value
    if isinstance(value, Mapping):
        return {key: _replaced(one, secrets) for key, one in value.items()}
    return [_replaced(one, secrets) for one in value] if isinstance(value, list | tuple) else value


def _configured(collector: Collector[Any], answers: Answers) -> CollectorConfig:
    try:
        found: CollectorConfig = collector.configure(answers.filled())
    except ValidationError as error:
        said = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
        raise UserError(
            "These settings cannot work. " + "; ".join(said) + ".", "Nothing was written."
        ) from None
    return found


def _kept_apart(
    collector: Collector[Any], config: CollectorConfig, answers: Answers, file: WorkspaceFile, name: str
) -> tuple[Answers, CollectorConfig]:
    """Labels that keep a second source of one collector apart from the first."""
    if not clashes({**file.sources, name: config}):
        return answers, config
    written = {**answers.written, "labels": {**answers.written.get("labels", {}), "source": name}}
    apart = replace(answers, written=written)
    say(f"Its series carry the label source={name}: they stay apart from your other {collector.kind}.")
    return apart, _configured(collector, apart)


async def _tried(collector: Collector[Any], config: CollectorConfig, file: WorkspaceFile) -> bool:
    """Ask the vendor once, then read the first numbers; whether it answered."""
    now = utc_now()
    span = Span(now, None, ZoneInfo(file.timezone))
    async with open_client(now=utc_now) as client:
        if collector.probe is not None:
            try:
                say(f"✓ It answers: {await collector.examine(config, client, span)}")
            except CollectorFault as fault:
                warn(f"▲ {words.told(fault.message, fault.hint)}")
                return False
        batch = await collector.run(config, client, span)
    for line in _numbers(batch):
        say(line)
    for part in batch.faults:
        warn(f"◆ {words.told(part.message, part.hint)}")
    if not batch.samples and not batch.faults:
        say("  It has no number to tell yet.")
    return bool(batch.samples) or not batch.faults


def _numbers(batch: Batch) -> list[str]:
    """The newest value of each series, a few of them."""
    newest: dict[tuple[str, Any], Sample] = {}
    for one in batch.samples:
        key = (one.metric, one.labels)
        if key not in newest or newest[key].at <= one.at:
            newest[key] = one
    shown = list(newest.values())[:SHOWN_NUMBERS]
    lines = [f"  {one.metric}{_pairs(one)} {one.value:,.10g} · {one.at:%d %b}" for one in shown]
    more = len(newest) - len(shown)
    return [*lines, *([f"  … and {words.count(more, 'more series', 'more series')}"] if more else [])]


def _pairs(one: Sample) -> str:
    return "{" + ", ".join(f"{key}={value}" for key, value in one.labels) + "}" if one.labels else ""


def _entry(collector: Collector[Any], name: str, written: Mapping[str, Any]) -> dict[str, Any]:
    return dict(written) if name == collector.kind else {"collector": collector.kind, **written}


def _write(path: Path, text: str, settings: Settings, answers: Answers) -> None:
    """Replace kpi.yaml in one step, once its new text has proven to be read as it should."""
    read_workspace(text, str(path), {**settings.environment, **answers.secrets})
    try:
        mode = path.stat().st_mode
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(temporary).chmod(mode)
        Path(temporary).replace(path)
    except OSError as fault:
        raise UserError(f"{path} cannot be written: {fault.strerror}.", "Nothing was changed.") from None


def _say_written(
    name: str, path: Path, collector: Collector[Any], answers: Answers, workspace: Workspace
) -> None:
    say(f"Wrote {name} into {path}.")
    for one in answers.unset:
        say(f"Set {one.variable} where the bot runs: kpi.yaml names it and never holds it.")
    measured = {metric.name for metric in collector.metrics}
    fed = [ref.kpi.name for ref in workspace.kpis if ref.kpi.measure and _reads(ref.kpi.measure) & measured]
    if fed:
        say(f"It feeds {words.count(len(fed), 'KPI')}: {words.listing(tuple(fed), SHOWN_KPIS)}.")
    else:
        say("No KPI in use reads it yet: bind one with `measures:` in kpi.yaml.")
    past = f"Its past: kpi collect {name} --since 2026-01-01" if collector.backfills else ""
    say(past or "It tells only the present: its history begins with the first reading.")


def _reads(text: str) -> frozenset[str]:
    return measure.parse(text).metrics
