"""Keeps secrets out of every text that leaves this package: faults, logs, notes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

from pydantic import BaseModel, SecretStr

HIDDEN = "***"

_SECRET_WORD = re.compile(
    r"token|key|secret|passw|pwd|sig|auth|credential|session|code|jwt|bearer", re.IGNORECASE
)
_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s'\"<>]+", re.IGNORECASE)
_AUTHORIZATION = re.compile(r"\b(bearer|basic|token)\s+[\w.~+/=-]{8,}", re.IGNORECASE)
_KNOWN_TOKENS = re.compile(
    r"\b(gh[pousr]_\w{16,}|github_pat_\w{20,}|xox[a-z]-[\w-]{10,}|sk_(live|test)_\w{10,})"
)
_SHORTEST_SECRET = 4  # replacing shorter strings would eat ordinary words


def one_line(text: str, most: int = 500) -> str:
    """Outside words on one line, cut at `most` characters with a visible mark."""
    line = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    return line if len(line) <= most else line[: most - 1] + "…"


def redact_url(url: str) -> str:
    """`url` without user, password and the values of query keys that sound secret."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        pairs = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return HIDDEN
    shown = [
        f"{key}={HIDDEN if _SECRET_WORD.search(key) else quote(value, safe=':/.,+')}" for key, value in pairs
    ]
    query = "?" + "&".join(shown) if shown else ""
    return f"{parts.scheme}://{host}{parts.path}{query}"


def secrets_of(settings: Any) -> Iterator[str]:
    """Every secret in a source's settings, however deep: in headers, in lists, in settings of settings."""
    if isinstance(settings, SecretStr):
        yield settings.get_secret_value()
    elif isinstance(settings, BaseModel):
        for _, one in settings:  # not dict(settings): a setting may be called keys
            yield from secrets_of(one)
    elif isinstance(settings, Mapping):
        for one in settings.values():
            yield from secrets_of(one)
    elif isinstance(settings, list | tuple | set | frozenset):
        for one in settings:
            yield from secrets_of(one)


@dataclass(frozen=True, slots=True, repr=False)
class Redactor:
    """Removes known secrets, and whatever looks like one, from a text."""

    secrets: tuple[str, ...] = ()

    @classmethod
    def of(cls, secrets: Iterable[str]) -> Redactor:
        """A redactor of these secrets in the spellings they take in URLs too; longest first."""
        spellings = {
            form
            for one in secrets
            if len(one) >= _SHORTEST_SECRET
            for form in (one, quote(one), quote_plus(one))
        }
        return cls(tuple(sorted(spellings, key=len, reverse=True)))

    def known(self, text: str) -> str:
        """`text` without the known secrets alone: for our own words, where "token refused" is no secret."""
        for secret in self.secrets:
            text = text.replace(secret, HIDDEN)
        return text

    def __call__(self, text: str) -> str:
        text = self.known(text)
        text = _URL.sub(lambda found: redact_url(found[0]), text)
        text = _AUTHORIZATION.sub(lambda found: f"{found[1]} {HIDDEN}", text)
        return _KNOWN_TOKENS.sub(HIDDEN, text)
