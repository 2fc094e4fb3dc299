"""Answers that are none, and a vendor's answer with one value gone wrong."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tests.collectors.loopback import Said

_PAGE = b"<!DOCTYPE html><html><body>Please log in</body></html>"
HTML = Said(200, _PAGE, {"Content-Type": "text/html"})
DEEP = Said(200, b"[" * 100_000, {"Content-Type": "application/json"})
BOMB = Said(
    200,
    gzip.compress(b"0" * 9_000_000),
    {"Content-Type": "application/json", "Content-Encoding": "gzip"},
)
_WRONG = (None, -5, "x", "", [], {}, 1e308, float("inf"), "1970-01-01T00:00:00Z", "2099-12-31", True)


def spoilt(said: Said, dice: random.Random) -> Said:
    """The same answer with one value gone wrong."""
    try:
        body = json.loads(said.body)
    except ValueError:
        cut = dice.randrange(len(said.body) + 1)
        return replace(
            said, body=said.body[:cut] + dice.choice([b"", b"-5", b"NaN", b"\x00"]) + said.body[cut + 3 :]
        )
    places = list(_leaves(body))
    if not places:
        return said
    holder, key = dice.choice(places)
    holder[key] = dice.choice(_WRONG)
    return replace(said, body=json.dumps(body).replace("Infinity", "1e400").encode())


def _leaves(found: Any) -> Iterator[tuple[Any, Any]]:
    pairs = found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ()
    for key, value in pairs:
        yield found, key
        yield from _leaves(value)
