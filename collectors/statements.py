"""Whether a text that people wrote is one statement that only reads, whatever database it is for.

This is the first of two locks: where a database knows read-only transactions, those are the second.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

# 'text', "name", `name`, $tag$text$tag$: what is written inside is no part of the statement.
_QUOTED = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\$(\w*)\$.*?\$\1\$""", re.DOTALL)
_COMMENT = re.compile(r"--|/\*|#(?!>|-)")
_WRITES = re.compile(
    r"(?<![\w.])(insert|update|delete|merge|into|drop|alter|create|truncate|grant|revoke|call|exec|execute|copy)\b"
)
_PLACE = re.compile(r"(?<![:\w]):(\w+)")


def bare(text: str) -> str:
    """`text` with an empty pair of quotes for everything quoted, in lower case."""
    return _QUOTED.sub("''", text).lower()


def refusal(text: str, beginnings: Iterable[str] = ("select", "with")) -> str:
    """Why `text` is not one statement that only reads; empty where it is."""
    plain = bare(text).strip().removesuffix(";").strip()
    first = re.match(r"\w+", plain.lstrip("( "))
    if first is None or first[0] not in set(beginnings):
        return f"a query begins with {' or '.join(one.upper() for one in beginnings)}"
    if _COMMENT.search(plain):
        return "a query has no comments: they may hide what it does"
    if ";" in plain:
        return "a query is one statement: leave out what follows the semicolon"
    if "\\'" in text or '\\"' in text:  # databases differ in whether this ends the text
        return "a quote inside a text is written twice, not with a backslash"
    if written := _WRITES.search(plain):
        return f"a query only reads, and {written[0].upper()} does not: quote it where it is a name"
    return ""


def places(text: str) -> frozenset[str]:
    """The names of the places in `text` to be filled in: start, end and tz of `:start`, `:end` and `:tz`."""
    return frozenset(_PLACE.findall(_QUOTED.sub("''", text)))


def fill(text: str, values: dict[str, str]) -> str:
    """`text` with `:name` replaced by its value, outside of quotes alone. For languages without binding."""
    parts: list[str] = []
    at = 0
    for quoted in _QUOTED.finditer(text):
        parts += (_PLACE.sub(lambda one: values[one[1]], text[at : quoted.start()]), quoted[0])
        at = quoted.end()
    return "".join((*parts, _PLACE.sub(lambda one: values[one[1]], text[at:])))


def escaped(text: str) -> str:
    """`text` with a backslash before each colon inside quotes, where SQLAlchemy would see a place."""
    return _QUOTED.sub(lambda one: one[0].replace(":", "\\:"), text)
