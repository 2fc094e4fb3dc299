"""Asks for the settings of a source, one after the other: words, lists, names with values, named queries.

What cannot be right is told at once and asked again; nothing has to be typed as YAML, though it may be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import typer
import yaml
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from bot.cli.opening import say
from bot.errors import shortened
from bot.reports import words
from bot.reports.wishes import Wish
from collectors.base import Collector

MOST_WISHES = 15
LONGEST_EXAMPLE = 100
_YES = {"y": True, "yes": True, "true": True, "n": False, "no": False, "false": False}


@dataclass(frozen=True)
class Interview:
    """Asks for the settings of one collector. `wished`: the names that KPIs in use expect, by setting."""

    collector: Collector[Any]
    wished: Mapping[str, Sequence[Wish]] = field(default_factory=dict)

    def ask(self, key: str, before: Any = None) -> Any:
        """A setting as kpi.yaml holds it; None where it is left out. Enter keeps what was said `before`."""
        about = self.collector.config.model_fields[key]
        kind = _bare(about.annotation)
        if get_origin(kind) is dict:
            return self._map(key, about, _bare(get_args(kind)[1]), dict(before or {}))
        if get_origin(kind) is tuple and _is_model(_bare(get_args(kind)[0])):
            return self._rows(key, about, _bare(get_args(kind)[0]))
        return self._scalar(key, about, before)

    def faults(self, key: str, value: Any) -> list[str]:
        """What is wrong with a value, by the example's other settings."""
        try:
            self.collector.configure({**self.collector.about.example, key: value})
        except ValidationError as error:
            like = self.collector.about.example.get(key)
            shown = one_line(like) if isinstance(like, str | list | tuple) else ""
            found = [one for one in error.errors() if one["loc"][:1] == (key,)]
            return [fault_line(one["loc"][1:], one["msg"], like=shown) for one in found]
        return []

    def _scalar(self, key: str, about: FieldInfo, before: Any) -> Any:
        example = self.collector.about.example.get(key)
        is_list = isinstance(example, list | tuple)
        hint = f" ({about.description})" if about.description else ""
        such = "" if "such as" in hint else f", such as {one_line(example)}"
        asked = f"{key}{hint}{such}" + ("; several with commas" if is_list else "")
        while True:
            typed = _typed(asked, before=before, is_required=about.is_required(), default=about.default)
            if not typed:
                return before
            value = (
                _listed(typed) if is_list else typed if isinstance(example, str) else _read(typed, example)
            )
            if not (wrong := self.faults(key, value)):
                return value
            _tell(wrong)

    def _map(self, key: str, about: FieldInfo, kind: Any, found: dict[str, Any]) -> Any:
        """Names with their values, until somebody presses Enter."""
        is_model = _is_model(kind)
        what = about.description or ("each has a name, by which KPIs read it" if is_model else "")
        say(f"{key}: {what}" if what else f"{key}:")
        self._tell_wishes(key, found)
        if found:
            say(f"  So far: {', '.join(found)}")
        form = "name" if is_model else f"name = value, such as {_pair(self.collector.about.example.get(key))}"
        while True:
            empty = "to go on" if found or not about.is_required() else "when done"
            typed = typer.prompt(f"  {form} (empty {empty})", default="", show_default=False).strip()
            if not typed and (found or not about.is_required()):
                return found or None
            if not typed:
                say("  One is needed at least.")
                continue
            self._take(key, typed, kind, found)

    def _take(self, key: str, typed: str, kind: Any, found: dict[str, Any]) -> None:
        """One more entry, where it can be right."""
        name, equals, text = (part.strip() for part in typed.partition("="))
        wish = next((one for one in self.wished.get(key, ()) if one.name == name), None)
        if _is_model(kind) and not (equals and text[:1] == "{"):
            entry: Any = self._entry(key, kind, wish)
        elif _is_model(kind):
            entry = _yaml(text)
        else:
            default = wish.kind if wish is not None and wish.kind and key == "kinds" else None
            text = text or str(
                typer.prompt(f"    {name} =", default=default or "", show_default=bool(default))
            )
            if not (text := text.strip()):
                return
            entry = _listed(text) if get_origin(kind) is tuple else text
        if wrong := self.faults(key, {name: entry}):
            _tell(wrong)
        else:
            found[name] = entry

    def _entry(self, key: str, model: type[BaseModel], wish: Wish | None) -> dict[str, Any]:
        """The settings of one query, one after the other."""
        examples = self.collector.about.example.get(key) or {}
        rows = list(examples.values()) if isinstance(examples, Mapping) else list(examples)
        entry: dict[str, Any] = {}
        if wish is not None and wish.kind and "kind" in model.model_fields:
            entry["kind"] = wish.kind
        for name in _worth_asking(model, rows):
            if name in entry:
                continue
            alike = [one for one in rows if entry.get("kind") == one.get("kind", "level")] + rows
            example = next((one[name] for one in alike if one.get(name) is not None), None)
            value = _field(name, model.model_fields[name], example)
            if value not in (None, ""):
                entry[name] = value
        return entry

    def _rows(self, key: str, about: FieldInfo, model: type[BaseModel]) -> Any:
        """Entries without a name of their own."""
        say(f"{key}: {about.description or 'one after the other'}")
        found: list[dict[str, Any]] = []
        while (not found and about.is_required()) or typer.confirm(
            "  Another one?" if found else "  Add one?", default=not found
        ):
            entry = self._entry(key, model, None)
            if wrong := self.faults(key, [entry]):
                _tell(wrong)
            else:
                found.append(entry)
        return found or None

    def _tell_wishes(self, key: str, found: Mapping[str, Any]) -> None:
        open_ones = [one for one in self.wished.get(key, ()) if one.name not in found]
        if not open_ones:
            return
        say("  KPIs in use read these names:")
        for one in open_ones[:MOST_WISHES]:
            kind = f" ({one.kind})" if one.kind else ""
            say(f"    {one.name}{kind}: {words.listing(one.kpis, 2)}")
        if len(open_ones) > MOST_WISHES:
            rest = ", ".join(one.name for one in open_ones[MOST_WISHES:])
            say(f"    and {len(open_ones) - MOST_WISHES} more: {shortened(rest, 300)}")


def fault_line(where: Sequence[Any], message: str, *, like: str = "") -> str:
    """A fault of pydantic's in one line; a pattern, which nobody reads, becomes an example."""
    place = ".".join(str(one) for one in where if one != "[key]")
    if where[-1:] == ("[key]",) and "pattern" in message:
        message = "a name has small letters, digits and _, and begins with a letter"
    elif "match pattern" in message and like:
        message = f"this does not look right; write it like {like}"
    return f"{place}: {message}" if place else message


def one_line(value: Any) -> str:
    """An example as somebody would type it."""
    if isinstance(value, list | tuple):
        return ", ".join(map(one_line, value))
    if isinstance(value, Mapping):
        dumped: str = yaml.safe_dump(dict(value), default_flow_style=True, width=10_000)
        return dumped.strip()
    return str(value)


def _typed(asked: str, *, before: Any, is_required: bool, default: Any) -> str:
    """What is typed for one setting; empty for what was said before, or for leaving it out."""
    if before is not None:
        ending = f" (empty to keep {shortened(one_line(before), 60)})"
    elif is_required:
        ending = ""
    else:
        is_told = default not in (None, "") and isinstance(default, str | int | float)
        ending = f" (empty for {default})" if is_told else " (empty to leave it out)"
    needs = is_required and before is None
    shown = None if needs else ""
    return str(typer.prompt(f"{asked}{ending}", default=shown, show_default=False)).strip()


def _field(name: str, about: FieldInfo, example: Any) -> Any:
    """One setting of a query."""
    kind = _bare(about.annotation)
    if get_origin(kind) is Literal:
        return _chosen(name, [str(one) for one in get_args(kind)], about)
    hint = f" ({about.description})" if about.description else ""
    such = f", such as {shortened(one_line(example), LONGEST_EXAMPLE)}" if example is not None else ""
    if kind is bool:
        return typer.confirm(f"    {name}{hint}", default=bool(about.default)) or None
    ending = "" if about.is_required() or "empty" in hint else " (empty to leave it out)"
    shown = None if about.is_required() else ""
    typed = str(typer.prompt(f"    {name}{hint}{such}{ending}", default=shown, show_default=False)).strip()
    if not typed:
        return None
    if kind is str:
        return typed
    return _listed(typed) if get_origin(kind) is tuple else _read(typed, example)


def _chosen(name: str, choices: Sequence[str], about: FieldInfo) -> Any:
    default = None if about.is_required() else about.default
    while True:
        typed = str(typer.prompt(f"    {name} ({', '.join(choices)})", default=default)).strip()
        if typed in choices:
            return None if typed == default else typed
        say(f"    Write one of {', '.join(choices)}.")


def _worth_asking(model: type[BaseModel], examples: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What has to be said of a query, and what its examples say beside it; its kind first."""
    used = {key for one in examples for key in one}
    fields = model.model_fields
    order = sorted(fields, key=lambda one: (one != "kind", not fields[one].is_required()))
    yield from (one for one in order if fields[one].is_required() or one in used | {"kind", "unit"})


def _tell(faults: Sequence[str]) -> None:
    for one in faults:
        say(f"  ▲ {one}")


def _listed(typed: str) -> Any:
    if typed[:1] in "[{":
        return _yaml(typed)
    return [part for part in (one.strip() for one in typed.split(",")) if part]


def _read(typed: str, example: Any) -> Any:
    """Numbers and what is written in brackets, as YAML reads them; words stay as they are."""
    is_words = (example is None or isinstance(example, str)) and typed[:1] not in ("[", "{")
    return typed if is_words else _yaml(typed)


def _scalar(typed: str, example: Any) -> Any:
    return typed if isinstance(example, str) else _read(typed, example)


def _yaml(typed: str) -> Any:
    try:
        return yaml.safe_load(typed)
    except yaml.YAMLError:
        return typed  # what it should have been is told by the check


def _pair(example: Any) -> str:
    entries = list(example.items()) if isinstance(example, Mapping) else []
    return f"{entries[0][0]} = {one_line(entries[0][1])}" if entries else "name = value"


def _bare(kind: Any) -> Any:
    """A type without its checks, and without None."""
    while True:
        if get_origin(kind) is Annotated:
            kind = get_args(kind)[0]
        elif get_origin(kind) in (Union, UnionType) and NoneType in get_args(kind):
            rest = [one for one in get_args(kind) if one is not NoneType]
            if len(rest) > 1:
                return kind
            kind = rest[0]
        else:
            return kind


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
