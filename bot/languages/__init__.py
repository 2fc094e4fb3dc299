"""The fixed words of posts and pictures, in the language their readers chose.

English is what the code says: `said("{count} unchanged", count=3)`. Every other language is a gettext file,
`de.po`, whose entries are those English words with the same slots; what a file lacks stays English. The
language in force belongs to the task that composes (`speaking`), so no call has to pass it on. Names of KPIs
and what people wrote are never translated. Only numbers and days are put into the manner of the language.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources

ENGLISH = "en"
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[.,](?=\d)")
_DAY_FIRST = re.compile(r"d[^\w']*")
_LOCALES = {ENGLISH: "en_GB"}
"""The manner of numbers and days where a language alone does not settle it."""


@dataclass(frozen=True, slots=True)
class Language:
    """One language: its words by the English ones, and how it writes numbers."""

    code: str
    words: Mapping[str | tuple[str, str], tuple[str, ...]]
    separators: Mapping[int, str]  # of a printed English number, by code point

    @property
    def locale(self) -> str:
        """As babel names it."""
        return _LOCALES.get(self.code, self.code)


_ENGLISH = Language(ENGLISH, {}, {})
_current: ContextVar[Language] = ContextVar("language", default=_ENGLISH)


def known() -> tuple[str, ...]:
    """The languages there are, by their codes; English first."""
    files = (one.name for one in resources.files(__name__).iterdir())
    return (ENGLISH, *sorted(name.removesuffix(".po") for name in files if name.endswith(".po")))


@contextlib.contextmanager
def speaking(code: str) -> Iterator[None]:
    """All that is said within is said in this language. Raises ValueError where there is no such language."""
    token = _current.set(language(code))
    try:
        yield
    finally:
        _current.reset(token)


def spoken() -> str:
    """The code of the language in force."""
    return _current.get().code


def said(text: str, /, **slots: object) -> str:
    """These words in the language in force, their slots filled."""
    found = _current.get().words.get(text)
    told = (found[0] if found else text).format(**slots)
    # A sentence that ends with a shortened month, "seit 2. Feb.", has its full stop already.
    return told[:-1] if found and told.endswith("..") and not told.endswith("...") else told


def said_of(count: int, one: str, many: str, /, **slots: object) -> str:
    """The singular or the plural, as the language wants it of this many; `{count}` is the number, grouped."""
    current = _current.get()
    found = current.words.get((one, many))
    text = found[_form(count, len(found))] if found else one if count == 1 else many
    return text.format(count=figure(f"{count:,}"), **slots)


def _form(count: int, forms: int) -> int:
    """Which plural form: by now every language here has two, one of them for 1 alone."""
    return min(0 if count == 1 else 1, forms - 1)


def figure(text: str) -> str:
    """What `kpi.quantity` prints, its numbers with the separators of the language: 1,234.5 h as 1.234,5 h."""
    separators = _current.get().separators
    return _BETWEEN_DIGITS.sub(lambda mark: mark[0].translate(separators), text) if separators else text


def decimal_point() -> str:
    """What stands before the decimals of a number."""
    return _current.get().separators.get(ord("."), ".")


def day(value: date, *, year: bool = False) -> str:
    """A day of a month, "22 Nov", with its year where that is asked for."""
    current = _current.get()
    if current is _ENGLISH:
        return f"{value.day} {value:%b}{f' {value.year}' if year else ''}"
    from babel.dates import format_skeleton  # 60 ms that English never needs

    return str(format_skeleton("yMMMd" if year else "MMMd", value, locale=current.locale))


def day_of_month(value: date) -> str:
    """A day that stands before another of the same month: the "20" of "20 to 22 Nov"."""
    current = _current.get()
    if current is _ENGLISH:
        return str(value.day)
    from babel import Locale

    pattern = str(Locale.parse(current.locale).datetime_skeletons["MMMd"].pattern)
    ordinal = _DAY_FIRST.match(pattern)
    return ordinal[0].replace("d", str(value.day)).rstrip() if ordinal else day(value)


def weekday(value: date, *, short: bool = False) -> str:
    """ "Monday", or "Mon"."""
    return _named(value, "EEE" if short else "EEEE", "%a" if short else "%A")


def month(value: date, *, short: bool = False) -> str:
    """ "November", or "Nov"."""
    return _named(value, "LLL" if short else "LLLL", "%b" if short else "%B")


def _named(value: date, pattern: str, english: str) -> str:
    current = _current.get()
    if current is _ENGLISH:
        return value.strftime(english)
    from babel.dates import format_date

    return str(format_date(value, pattern, locale=current.locale))


@cache
def language(code: str) -> Language:
    """A language by its code. Raises ValueError where there is none."""
    if code == ENGLISH:
        return _ENGLISH
    if code not in known():
        raise ValueError(f"there is no language {code!r}; known: {', '.join(known())}")
    from babel.messages.pofile import read_po
    from babel.numbers import get_decimal_symbol, get_group_symbol

    with (resources.files(__name__) / f"{code}.po").open("rb") as file:
        catalog = read_po(file, locale=code)
    words = {
        _key(message.id): (message.string,) if isinstance(message.string, str) else tuple(message.string)
        for message in catalog
        if message.id and message.string and not message.fuzzy
    }
    locale = _LOCALES.get(code, code)
    separators = {ord(","): get_group_symbol(locale), ord("."): get_decimal_symbol(locale)}
    return Language(code, words, separators)


def _key(identity: str | tuple[str, ...] | list[str]) -> str | tuple[str, str]:
    return identity if isinstance(identity, str) else (identity[0], identity[1])
