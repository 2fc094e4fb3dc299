"""`kpi sources add`: asks what a source needs, tries it live, shows its first numbers, and writes kpi.yaml.

A secret is tried but never written: kpi.yaml gets `${VARIABLE}`, and whoever runs the bot sets it there.
"""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typer
import yaml
from pydantic import ValidationError

from bot import loading
from bot.cli import secret_answers
from bot.cli.opening import say, warn
from bot.cli.secret_answers import Answers
from bot.cli.setting_answers import Interview, fault_line, one_line
from bot.cli.workspace_text import entry_text, with_source
from bot.core import utc_now
from bot.errors import UserError, shortened
from bot.reports import words
from bot.reports.wishes import feeds, wishes
from bot.settings import Settings, WorkspaceFile, read_environment, read_workspace
from bot.workspace import Workspace
from collectors import BY_KIND
from collectors.base import Batch, Collector, CollectorConfig, CollectorFault, Credential, Span, clashes
from collectors.http import open_client
from kpi.document import nearest
from kpi.metric import Sample

SHOWN_NUMBERS = 8
SHOWN_KPIS = 5


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the caller asked for. `given` holds key=value pairs."""

    kind: str
    name: str = ""
    given: tuple[str, ...] = ()
    asks: bool = True
    untried: bool = False


def add(wanted: Wanted) -> int:
    """The whole conversation; exit code 1 where the source could not be read. Raises `UserError`."""
    collector = _collector(wanted.kind)
    settings = read_environment(os.environ)
    path = settings.config_path
    if not path.exists():
        raise UserError(f"There is no {path}.", "Run `kpi init` first.")
    _require_writable(path)
    file = loading.read_workspace_file(settings)
    place = _Place(
        settings, file, loading.resolve(file, path), wanted.name or _free_name(collector.kind, file)
    )
    with_source(
        loading.read_text(path), place.name, {}
    )  # what cannot be added is told before anything is asked
    say(f"{collector.about.title}: {collector.about.measures}.")
    if collector.about.approval:
        say(f"First: {collector.about.approval}.")
    try:
        answers, works = _conversation(collector, wanted, place)
    except (typer.Abort, KeyboardInterrupt):
        warn("\nNothing was written.")
        raise typer.Abort from None
    if answers is None:
        warn("Nothing was written.")
        return 1
    entry = _entry(collector, place.name, answers.written)
    _write(path, place.name, entry, settings, answers)
    _say_written(place, collector, answers)
    return 0 if works else 1


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the source goes: the workspace as it is, and the new one's name."""

    settings: Settings
    file: WorkspaceFile
    workspace: Workspace
    name: str


def _conversation(collector: Collector[Any], wanted: Wanted, place: _Place) -> tuple[Answers | None, bool]:
    """The answers and whether the source could be read with them; None where nothing is to be written."""
    answers, is_again = Answers(), False
    while True:
        answers = _asked(collector, wanted, place, answers, is_again=is_again)
        try:
            config = _configured(collector, answers)
        except UserError as fault:
            if not wanted.asks:
                raise
            warn(f"▲ {fault.message}")
            is_again = True
            continue
        answers, config = _kept_apart(collector, config, answers, place.file, place.name)
        say("Trying it …")
        works = asyncio.run(_tried(collector, config, place.file))
        if works or wanted.untried:
            return answers, works
        if not wanted.asks:
            return None, False
        choice = typer.prompt("Enter to change an answer and try again, w to write it as it is, s to stop",
                              default="", show_default=False).strip().casefold()[:1]  # fmt: skip
        if choice in ("s", "w"):
            return (answers if choice == "w" else None), False
        is_again = True


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


def _asked(
    collector: Collector[Any], wanted: Wanted, place: _Place, before: Answers, *, is_again: bool
) -> Answers:
    """What the caller gave, what the environment holds, and what is asked for."""
    given = dict(_pair(one, collector) for one in wanted.given)
    about = collector.about
    whole = {one.setting: one for one in about.credentials if _is_whole(one, about.example)}
    _refuse_secrets(whole, given)
    interview = Interview(collector, wishes(place.workspace.kpis, collector))
    answers = Answers(secrets=before.secrets, unset=before.unset)
    for key in [one for one in about.example if one not in whole]:
        if key in given:
            answers.written[key] = given.pop(key)
        elif wanted.asks:
            said = interview.ask(key, before.written.get(key))
            if said is not None:
                answers.written[key] = said
        elif collector.config.model_fields[key].is_required():
            raise UserError(f"{key} is missing.", _how_to_set(key, about.example[key], interview))
    for one in whole.values():
        if one.setting not in given:
            secret_answers.take(one, answers, place.settings, asks=wanted.asks, is_again=is_again)
    answers.written |= given
    secret_answers.settle(about.credentials, answers, place.settings, asks=wanted.asks)
    return answers


def _is_whole(one: Credential, example: Mapping[str, Any]) -> bool:
    """Whether a credential is a setting of its own that is needed, and not a part of an address."""
    return str(example.get(one.setting.partition(".")[0], "")) == f"${{{one.variable}}}" or (
        "." in one.setting and f"${{{one.variable}}}" in str(dict(example))
    )


def _how_to_set(key: str, example: Any, interview: Interview) -> str:
    read = ", ".join(one.name for one in interview.wished.get(key, ()))
    said = f"Add --set '{key}={one_line(example)}'"
    return f"{said}\nKPIs in use read these names: {read}" if read else said


def _refuse_secrets(whole: Mapping[str, Credential], given: Mapping[str, Any]) -> None:
    for one in whole.values():
        if one.setting in given and not re.fullmatch(r"\$\{\w+\}", str(given[one.setting])):
            raise UserError(
                f"{one.setting} is a secret: it is never written into kpi.yaml.",
                f"Set {one.variable} in the environment and leave --set {one.setting} out; "
                f"or name another variable: --set '{one.setting}=${{NAME}}'.",
            )


def _pair(text: str, collector: Collector[Any]) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not equals or key not in collector.config.model_fields:
        known = ", ".join(one for one in collector.config.model_fields if one != "collector")
        raise UserError(
            f"--set {shortened(text)} names no setting.", f"Write key=value with one of: {known}."
        )
    if value.strip()[:1] not in ("[", "{"):
        return key, value
    try:
        return key, yaml.safe_load(value)
    except yaml.YAMLError:
        message = f"--set {key}= is no YAML: {shortened(value)}"
        raise UserError(
            message, f"Write it like {key}={one_line(collector.about.example.get(key, '{}'))}"
        ) from None


def _configured(collector: Collector[Any], answers: Answers) -> CollectorConfig:
    try:
        found: CollectorConfig = collector.configure(answers.filled())
    except ValidationError as error:
        told = [fault_line(one["loc"], one["msg"]) for one in error.errors()]
        raise UserError(
            "These settings cannot work. " + "; ".join(told) + ".", "Nothing was written."
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


def _require_writable(path: Path) -> None:
    """Say so before anything is asked. Raises `UserError`."""
    real = path.resolve()
    if not (os.access(real, os.W_OK) and os.access(real.parent, os.W_OK)):
        raise UserError(
            f"{path} cannot be written.", "Make it and its folder writable, or ask whoever owns it."
        )


def _write(path: Path, name: str, entry: Mapping[str, Any], settings: Settings, answers: Answers) -> None:
    """Replace kpi.yaml in one step, once its new text has proven to be read as it should.

    It is read anew: somebody may have edited it while the questions were answered.
    """
    text = with_source(loading.read_text(path), name, entry)
    read_workspace(text, str(path), {**settings.environment, **answers.secrets})
    real = path.resolve()  # a link stays one
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(dir=real.parent, prefix=f".{real.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(temporary).chmod(real.stat().st_mode)
        Path(temporary).replace(real)
    except OSError as fault:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        hint = "Nothing was changed. Put this under `sources:` yourself:\n" + entry_text(name, entry)
        raise UserError(f"{path} cannot be written: {fault.strerror}.", hint) from None


def _say_written(place: _Place, collector: Collector[Any], answers: Answers) -> None:
    say(f"✓ Wrote {place.name} into {place.settings.config_path}.")
    for one in answers.unset:
        say(f"  Now set {one} where the bot runs: until then kpi.yaml, which only names it, is refused.")
    for line in _fed(place.workspace, collector, answers.written):
        say(f"  {line}")
    past = f"Its past: kpi collect {place.name} --since 2026-01-01" if collector.backfills else ""
    say(f"  {past or 'It tells only the present: its history begins with the first reading.'}")


def _fed(workspace: Workspace, collector: Collector[Any], written: Mapping[str, Any]) -> Iterator[str]:
    """Which KPIs it feeds, and which names others still wait for."""
    fed = tuple(ref.kpi.name for ref in workspace.kpis if feeds(ref, collector, written))
    if fed:
        names = tuple(dict.fromkeys(fed))  # two frameworks may call theirs alike
        yield f"It feeds {words.count(len(fed), 'KPI')}: {words.listing(names, SHOWN_KPIS)}."
    for setting, wished in wishes(workspace.kpis, collector).items():
        open_ones = tuple(one.name for one in wished if one.name not in (written.get(setting) or ()))
        if open_ones:
            yield (
                f"KPIs in use also read {setting} called {words.listing(open_ones, SHOWN_KPIS)}: "
                "add them in kpi.yaml."
            )
            fed = fed or open_ones
    if not fed:
        yield "No KPI in use reads it yet: bind one with `measures:` in kpi.yaml."
