"""Files that people write: YAML text to a validated model, with every fault at once.

A fault names the file, the line, the key, what is wrong and what to do. Plain values keep the text
their author wrote (`0`, `007`, `9:30`, `no`), because the model says what type is wanted and YAML's own
guesses lose something. Only an empty value, `~` and `null` mean nothing. Reading is bounded in size,
depth and number of values, so that no file can hang or exhaust the process.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from yaml.reader import Reader

from kpi.schema_keys import Path, known_keys

MAX_CHARACTERS = 2_000_000
MAX_DEPTH = 40
MAX_VALUES = 50_000
"""Keys, values, and what aliases repeat; the largest framework that comes with the bot has 4,000."""
MAX_FAULTS = 200
"""As many as are told of one file: more than anybody mends in one go."""
_MOST_RECORDED, _LONGEST_MESSAGE, _LONGEST_KEY = 1000, 400, 80

__all__ = ["Document", "DocumentFaults", "Fault", "Path", "Wrong", "load", "nearest", "print_path", "read"]

M = TypeVar("M", bound=BaseModel)

# libyaml is ten times as fast; the pure loader reads the same where it was not built.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing wrong in a file; line 0 where what is wrong has no lines, such as the environment."""

    file: str
    line: int
    key: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        where = f"{place}: {self.key}: " if self.key else f"{place}: "
        return where + self.message + (f" ({self.hint})" if self.hint else "")


class DocumentFaults(ValueError):
    """A file cannot be used; `faults` holds what is wrong with it, in the file's order, up to a limit."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        found = sorted(set(faults))
        rest = [replace(one, message="more is wrong from here on", hint="") for one in found[MAX_FAULTS:][:1]]
        self.faults = (*map(_short, found[:MAX_FAULTS]), *rest)
        super().__init__("\n".join(str(fault) for fault in self.faults))


def _short(fault: Fault) -> Fault:
    cut = fault.message[:_LONGEST_MESSAGE]
    return fault if cut == fault.message else replace(fault, message=f"{cut}…")


class Wrong(ValueError):
    """What a model's validator raises to give its fault a hint."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


@dataclass(slots=True)
class Document:
    """A file as read: its data, the line of every value, and the faults found so far."""

    file: str
    data: dict[str, Any] = field(default_factory=dict)
    lines: dict[Path, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """The line of `path`, or of the nearest thing around it that the file has."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def fault(self, path: Path, message: str, hint: str = "") -> None:
        """Record that the value at `path` is wrong."""
        self.fault_on(self.line(path), message, hint, path=path)

    def fault_on(self, line: int, message: str, hint: str = "", *, path: Path = ()) -> None:
        """Record a fault of `line` itself, where no value stands yet."""
        if len(self.faults) < _MOST_RECORDED:
            self.faults.append(Fault(self.file, line, print_path(path), message, hint))

    def check(self, model: type[M], at: Path = ()) -> M | None:
        """The value at `at` as a `model`; None where it is not one, with its faults recorded."""
        value: Any = self.data
        for part in at:
            value = value[part]
        try:
            return model.model_validate(value)
        except ValidationError as error:
            schema = _schema(model)
            for detail in error.errors(include_url=False, include_input=True):
                self._record(detail, schema, at)
            return None

    def refuse_faults(self) -> None:
        """Raise everything that was recorded, if anything was."""
        if self.faults:
            raise DocumentFaults(self.faults)

    def _record(self, detail: ErrorDetails, schema: Mapping[str, Any], at: Path) -> None:
        path: Path = at
        for part in detail["loc"]:  # some parts name a branch of a union, not a key of the file
            if (*path, part) in self.lines:
                path = (*path, part)
        if detail["type"] == "missing":
            name = str(detail["loc"][-1])
            self.fault((*path, name), "is missing", f"add `{name}: …` here")
            return
        if detail["type"] == "extra_forbidden":
            known = known_keys(schema, path[len(at) : -1])
            self.fault(path, "is not a key that is known here", nearest(str(path[-1]), known))
            return
        self.fault(path, *_explain(detail))


@lru_cache(maxsize=64)
def _schema(model: type[BaseModel]) -> Mapping[str, Any]:
    return model.model_json_schema()


def load(text: str, file: str, model: type[M]) -> M:
    """`text` as a `model`. Raises `DocumentFaults` with all that is wrong; `file` is its name in them."""
    document = read(text, file)
    loaded = document.check(model)
    document.refuse_faults()
    assert loaded is not None  # a failed check records a fault
    return loaded


def read(text: str, file: str) -> Document:
    """The data of `text`, not yet validated; repeated keys are recorded as faults.

    Raises `DocumentFaults` where nothing can be made of it: not YAML, empty, not a mapping, too large.
    """
    text = text.removeprefix("\ufeff")
    document = Document(file)
    _refuse_size(text, document)
    try:
        _refuse_shapes(text, document)
        document.refuse_faults()  # to build what is nested too deep would end the process
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        _syntax_fault(error, text, document)
    if root is None or (isinstance(root, yaml.ScalarNode) and not root.value):
        document.fault((), "the file is empty", "write at least one `key: value`")
    elif not isinstance(root, yaml.MappingNode):
        document.fault((), "the file is not a mapping", "start it with `key: value` lines")
    else:
        document.data = _Reading(document).mapping(root, (), 0)
        return document
    raise DocumentFaults(document.faults)


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint for a word that is not among `known`: the nearest of them, or all of a short list."""
    names = sorted(set(known))
    folded = {name.casefold(): name for name in names}
    found = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    if found:
        return f"did you mean `{folded[found[0]]}`?"
    if not names:
        return "remove it"
    return "known: " + ", ".join(names[:12]) + (", …" if len(names) > 12 else "")


def print_path(path: Path) -> str:
    """`("sections", 0, "title")` as `sections[0].title`; a key as long as a book is cut."""
    text = ""
    for part in path:
        text += (
            f"[{part}]"
            if isinstance(part, int)
            else f".{part[:_LONGEST_KEY]}"
            if text
            else part[:_LONGEST_KEY]
        )
    return text


def _explain(detail: ErrorDetails) -> tuple[str, str]:
    """What is wrong and the fix, from what pydantic found. Free text is never repeated: it may be secret."""
    context = detail.get("ctx", {})
    error = context.get("error")
    if isinstance(error, Wrong):
        return error.message, error.hint
    message = detail["msg"].removeprefix("Value error, ").replace("Input should", "should")
    value = detail["input"]
    if detail["type"] == "union_tag_invalid":
        known = [word.strip(" '") for word in str(context["expected_tags"]).split(",")]
        what = str(context["discriminator"]).strip("'")
        return f"there is no {what} `{str(context['tag'])[:40]}`", nearest(str(context["tag"]), known)
    if detail["type"] in ("enum", "literal_error") and "expected" in context:
        known = [word.strip(" '") for word in str(context["expected"]).replace(" or ", ", ").split(",")]
        return f"`{str(value)[:40]}` is not one of {', '.join(known)}", nearest(str(value), known)
    if detail["type"] == "string_too_short" or value is None:
        return "is empty", "write a value or remove the key"
    if detail["type"].startswith(("date_", "datetime_")):
        return "is not a day", "write it like 2026-09-01"
    wanted = _SHAPES.get(detail["type"])
    if wanted is None:
        return message[:1].lower() + message[1:], ""
    given = "mapping" if isinstance(value, dict) else "list" if isinstance(value, list) else "single value"
    return f"should be {wanted}, but is a {given}", ""


_SHAPES = {
    "string_type": "a single value",
    **dict.fromkeys(("dict_type", "model_type", "mapping_type"), "a mapping (`key: value` lines)"),
    **dict.fromkeys(("list_type", "tuple_type", "set_type"), "a list (`- …` lines)"),
}


def _refuse_size(text: str, document: Document) -> None:
    if len(text) > MAX_CHARACTERS:
        message = f"the file has {len(text):,} characters, more than {MAX_CHARACTERS:,}"
        document.fault((), message, "split it")
    bad = Reader.NON_PRINTABLE.search(text)
    if bad:
        line, code = len(f"{text[: bad.start()]}.".splitlines()), f"U+{ord(bad[0]):04X}"
        message, hint = (
            f"character {code} cannot stand in a text file",
            "remove it, or save the file as UTF-8",
        )
        document.fault_on(line, message, hint)
    document.refuse_faults()


def _refuse_shapes(text: str, document: Document) -> None:
    """Look through the file without building it: depth would overflow the stack, and tags are not data."""
    depth = values = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        values += isinstance(event, yaml.NodeEvent)
        tag = getattr(event, "tag", None)
        if tag not in (None, "!"):
            document.fault_on(line, f"the tag `{tag[:80]}` is not used here", "remove it")
        if depth > MAX_DEPTH:
            document.fault_on(line, f"is nested deeper than {MAX_DEPTH} levels", "flatten it")
        if values > MAX_VALUES:
            document.fault_on(line, f"the file holds more than {MAX_VALUES:,} keys and values", "split it")
        if depth > MAX_DEPTH or values > MAX_VALUES or len(document.faults) > MAX_FAULTS:
            return


def _syntax_fault(error: yaml.MarkedYAMLError, text: str, document: Document) -> None:
    mark = error.problem_mark or error.context_mark
    number = mark.line if mark else 0
    lines = text.splitlines() or [""]
    written = lines[min(number, len(lines) - 1)]
    hint = "check the quotes, colons and indentation here and in the line above"
    message = f"not valid YAML: {error.problem or error.context}"
    if written[: len(written) - len(written.lstrip())].count("\t"):
        message, hint = "a tab stands in the indentation", "indent with spaces"
    elif "single document" in str(error.context):
        message, hint = "a second document starts here", "keep one document a file: remove the `---`"
    elif "mapping values" in message:
        hint = "put a value that holds `: ` in quotes, and line up the keys of one mapping"
    elif "cannot start any token" in message:
        hint = "put a value that begins with @, `, % or & in quotes"
    document.fault_on(min(number, len(lines) - 1) + 1, message, hint)
    raise DocumentFaults(document.faults) from error


class _Reading:
    """One walk from nodes to data; it counts, so that aliases of aliases stay bounded."""

    def __init__(self, document: Document) -> None:
        self.document, self.values = document, 0

    def mapping(self, node: yaml.MappingNode, path: Path, depth: int) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                message, hint = "a key is a list or a mapping", "use plain words as keys"
                self.document.fault_on(line, message, hint, path=path)
                continue
            key = self.text(key_node, path)
            here = (*path, key)
            if key in data:
                first = self.document.lines[here]
                self.document.fault_on(
                    line, f"is given twice, first in line {first}", "keep one of them", path=here
                )
                continue
            self.document.lines[here] = line
            data[key] = self.value(value_node, here, depth + 1)
        return data

    def value(self, node: yaml.Node, path: Path, depth: int) -> Any:
        self.values += 1
        if self.values > MAX_VALUES or depth > MAX_DEPTH:
            line, message = node.start_mark.line + 1, "aliases make the file too large"
            self.document.fault_on(line, message, "write values out", path=path)
            raise DocumentFaults(self.document.faults)
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, path, depth)
        if isinstance(node, yaml.SequenceNode):
            items = []
            for position, item in enumerate(node.value):
                self.document.lines[(*path, position)] = item.start_mark.line + 1
                items.append(self.value(item, (*path, position), depth + 1))
            return items
        is_plain = isinstance(node, yaml.ScalarNode) and not node.style
        is_nothing = is_plain and node.value in ("", "~", "null", "Null", "NULL")
        return None if is_nothing else self.text(node, path)

    def text(self, node: yaml.Node, path: Path) -> str:
        """What is written there; escapes may name characters that cannot stand in any text."""
        if bad := Reader.NON_PRINTABLE.search(node.value):
            message = f"holds the character U+{ord(bad[0]):04X}"
            self.document.fault_on(node.start_mark.line + 1, message, "remove its escape", path=path)
        return str(node.value)
