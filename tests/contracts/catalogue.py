"""What the code says in fixed words, found in its syntax, and the gettext files beside it."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator, Mapping
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "bot" / "languages"

_ENGLISH_ONLY = ("bot/commands/", "bot/cli/", "bot/surfaces/")
"""Where people are answered, which happens in English."""

_PASSES_ON = "bot/reports/words.py"
"""Its `count` says what others hand it."""

_HEADER = """\
msgid ""
msgstr ""
"Language: {language}\\n"
"Plural-Forms: {plurals}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""

Words = str | tuple[str, str]


def words_said() -> Mapping[Words, str]:
    """Every fixed text, a plural as both its forms, with where it stands first. Raises ValueError where what
    is said is no literal: nobody could translate it."""
    found: dict[Words, str] = {}
    for path in sorted((ROOT / "bot").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if path.parent == FOLDER:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        speaks = any(
            isinstance(one, ast.ImportFrom) and one.module == "bot.languages" for one in ast.walk(tree)
        )
        for call in ast.walk(tree):
            if isinstance(call, ast.Call):
                for text in _said(call, name, speaks=speaks):
                    found.setdefault(text, f"{name}:{call.lineno}")
    return found


def _said(call: ast.Call, where: str, *, speaks: bool) -> Iterator[Words]:
    match _name(call):
        case "said" if speaks:
            yield _literal(call.args[0], where)
        case "said_of" if speaks and not (where == _PASSES_ON and isinstance(call.args[1], ast.JoinedStr)):
            yield _literal(call.args[1], where), _literal(call.args[2], where)
        case "words.count" if not where.startswith(_ENGLISH_ONLY):
            noun = _literal(call.args[1], where)
            plural = _literal(call.args[2], where) if len(call.args) > 2 else f"{noun}s"
            yield f"{{count}} {noun}", f"{{count}} {plural}"


def _name(call: ast.Call) -> str:
    function = call.func
    if isinstance(function, ast.Name):
        return function.id
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        return f"{function.value.id}.{function.attr}"
    return ""


def _literal(node: ast.expr, where: str) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    raise ValueError(f"{where}:{node.lineno}: what is said there is no literal text")


def slots(text: str) -> frozenset[str]:
    """The names in braces."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name)


def catalogue(code: str) -> Catalog:
    with (FOLDER / f"{code}.po").open("rb") as file:
        return read_po(file, locale=code)


def identity(message: Message) -> Words:
    return message.id if isinstance(message.id, str) else (message.id[0], message.id[1])


def refresh(code: str) -> None:
    """Bring the file of a language up to what the code says: what is new has no translation yet."""
    path = FOLDER / f"{code}.po"
    known = {identity(one): one.string for one in catalogue(code) if one.id} if path.exists() else {}
    fresh = Catalog(locale=code, project="kpi-bot", version="1", charset="utf-8", fuzzy=False)
    for text, where in sorted(words_said().items(), key=lambda one: (one[1].partition(":")[0], str(one[0]))):
        empty = "" if isinstance(text, str) else ("", "")
        fresh.add(text, known.get(text, empty), locations=[(where.partition(":")[0], 0)])
    write(code, fresh)


def write(code: str, fresh: Catalog) -> None:
    """The file of a language, the same for the same words: without the day and the hands that made it."""
    with (FOLDER / f"{code}.po").open("wb") as file:
        file.write(_HEADER.format(language=fresh.locale_identifier, plurals=fresh.plural_forms).encode())
        write_po(file, fresh, width=110, omit_header=True, include_lineno=False)
