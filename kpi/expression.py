"""The text of a measure turned into a tree, and the faults that say where it went wrong and what to write."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

from lark import Lark, Token, Transformer, UnexpectedInput, v_args
from lark.exceptions import UnexpectedToken

from kpi.aggregate import FUNCTIONS, WINDOWED, Query
from kpi.metric import labels
from kpi.window import WINDOWS, Window, read_window

MAX_LENGTH = 2000
MAX_DEPTH = 100


class MeasureFault(ValueError):
    """A measure that cannot be read. `column` counts from 1; `hint` says what to write instead."""

    def __init__(self, message: str, column: int, hint: str = "") -> None:
        super().__init__(f"column {column}: {message}" + (f" ({hint})" if hint else ""))
        self.message, self.column, self.hint = message, column, hint


@dataclass(frozen=True, slots=True)
class Number:
    """A number written out."""

    value: float
    depth: int = 1

    def __str__(self) -> str:
        return f"{self.value:g}"


@dataclass(frozen=True, slots=True)
class Call:
    """A function over a metric."""

    query: Query
    depth: int = 1

    def __str__(self) -> str:
        window = f", {self.query.window.text}" if self.query.window else ""
        return f"{self.query.function}({self.query.subject}{window})"


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Two parts and the sign between them. `depth` bounds what has to be walked."""

    sign: str
    left: Node
    right: Node
    depth: int

    def __str__(self) -> str:
        return f"({self.left} {self.sign} {self.right})"


Node = Number | Call | Arithmetic


def read(text: str) -> Node:
    """The tree of `text`; raises MeasureFault."""
    if len(text) > MAX_LENGTH:
        raise MeasureFault(f"a measure of {len(text)} characters", MAX_LENGTH + 1, f"at most {MAX_LENGTH}")
    if not text.strip():
        raise MeasureFault("nothing is written here", 1, "write one like last(github.stars)")
    try:
        return _grammar().parse(text)  # type: ignore[return-value]  # the transformer leaves a Node, not a Tree
    except UnexpectedInput as fault:
        raise _explained(text, fault) from None


def calls(node: Node) -> Iterator[Query]:
    """Every function call in `node`, from left to right."""
    if isinstance(node, Call):
        yield node.query
    elif isinstance(node, Arithmetic):
        yield from calls(node.left)
        yield from calls(node.right)


@v_args(inline=True)
class _Builder(Transformer[Token, Node]):
    """Builds the tree while the text is parsed, so that no depth of nesting can exhaust the stack."""

    def number(self, token: Token) -> Node:
        value = float(token)
        if not math.isfinite(value):
            raise MeasureFault(f"{token} is too large a number", _column(token))
        return Number(value)

    def add(self, left: Node, right: Node) -> Node:
        return _arithmetic("+", left, right)

    def subtract(self, left: Node, right: Node) -> Node:
        return _arithmetic("-", left, right)

    def multiply(self, left: Node, right: Node) -> Node:
        return _arithmetic("*", left, right)

    def divide(self, left: Node, right: Node) -> Node:
        return _arithmetic("/", left, right)

    def negate(self, node: Node) -> Node:
        return Number(-node.value) if isinstance(node, Number) else _arithmetic("*", Number(-1.0), node)

    def pair(self, name: Token, value: Token) -> tuple[Token, str]:
        try:
            return name, str(json.loads(str(value)))
        except ValueError:
            raise MeasureFault(
                f"the text {value} is not closed well", _column(value), 'write \\" for "'
            ) from None

    def labels(self, *pairs: tuple[Token, str] | None) -> dict[str, str]:
        found: dict[str, str] = {}
        for pair in pairs:
            if pair is not None and str(pair[0]) in found:
                raise MeasureFault(f"the label {pair[0]} is named twice", _column(pair[0]), "name it once")
            if pair is not None:
                found[str(pair[0])] = pair[1]
        return found

    def call(self, name: Token, metric: Token, filters: dict[str, str] | None, window: Token | None) -> Node:
        function = str(name)
        if function not in FUNCTIONS:
            raise MeasureFault(f"there is no function {function!r}", _column(name), _nearest(function))
        if window is None and function in WINDOWED:
            hint = f"{function}({metric}, 30d)"
            raise MeasureFault(f"{function} needs a window", _column(name), f"write it like {hint}")
        if window is not None and function not in WINDOWED:
            raise MeasureFault(f"{function} takes no window", _column(window), f"write {function}({metric})")
        return Call(Query(function, str(metric), labels(filters or {}), _window(window)))


def _window(token: Token | None) -> Window | None:
    if token is None:
        return None
    window = read_window(str(token))
    if window is None:
        raise MeasureFault(f"{str(token)!r} is no window", _column(token), f"write {WINDOWS}")
    return window


def _arithmetic(sign: str, left: Node, right: Node) -> Node:
    depth = 1 + max(left.depth, right.depth)
    if depth > MAX_DEPTH:
        raise MeasureFault(f"more than {MAX_DEPTH} steps in one measure", 1, "split it into several KPIs")
    return Arithmetic(sign, left, right, depth)


def _column(token: Token) -> int:
    return 1 + (token.start_pos or 0)


_SYNONYMS = {
    "avg": "mean",
    "average": "mean",
    "total": "sum",
    "latest": "last",
    "delta": "change",
    "p50": "median",
}


def _nearest(name: str) -> str:
    if name.casefold() in _SYNONYMS:
        return f"did you mean {_SYNONYMS[name.casefold()]}?"
    close = get_close_matches(name.casefold(), FUNCTIONS, n=1, cutoff=0.5)
    return f"did you mean {close[0]}?" if close else f"there are {', '.join(FUNCTIONS)}"


@cache
def _grammar() -> Lark:
    text = (files("kpi") / "measure.lark").read_text(encoding="utf-8")
    return Lark(text, parser="lalr", maybe_placeholders=True, transformer=_Builder())


_WANTED = {
    "FUNCTION": "a function such as last(…)",
    "NUMBER": "a number",
    "METRIC": "the name of a metric",
    "LABEL": "the name of a label",
    "STRING": "a text in double quotes",
    "WINDOW": "a window such as 30d",
    "EQUAL": "an =",
    "COMMA": "a comma",
    "LPAR": "an opening (",
    "RPAR": "a closing )",
    "LBRACE": "labels in {}",
    "RBRACE": "a closing }",
}


def _explained(text: str, fault: UnexpectedInput) -> MeasureFault:
    """A parser's complaint in words."""
    token = getattr(fault, "token", None)
    is_end = isinstance(fault, UnexpectedToken) and fault.token.type == "$END"
    column = len(text) + 1 if is_end else 1 + (fault.pos_in_stream or 0)
    accepted = getattr(fault, "accepts", None) or getattr(fault, "allowed", None) or set()
    wanted = [words for name, words in _WANTED.items() if name in accepted]
    hint = f"expected {' or '.join(wanted)}" if wanted else "expected + - * / or the end"
    before = _bare_name(text, column)
    if before:
        return MeasureFault(
            f"{before!r} stands alone", text.rindex(before, 0, column) + 1, f"write last({before})"
        )
    if is_end:
        return MeasureFault("the measure ends too early", column, hint)
    shown = str(token) if token else text[column - 1 : column]
    return MeasureFault(f"{shown[:20]!r} cannot stand here", column, hint)


def _bare_name(text: str, column: int) -> str:
    """A metric's name right before `column` that no function was put around, or nothing."""
    ahead = text[: column - 1].rstrip()
    word = ahead[len(ahead.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:-")) :]
    return (
        word
        if "." in word and word[0].isalpha() and not ahead[: -len(word)].rstrip().endswith(("(", ","))
        else ""
    )
