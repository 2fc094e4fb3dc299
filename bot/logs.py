"""What the bot writes down of itself: one line an event, for people or as JSON, and never a secret.

The text is redacted as a whole, when it is finished: a traceback quotes whatever its fault was told.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import IO

from pydantic import BaseModel
from typing_extensions import override

from collectors.redaction import Redactor, secrets_of

_SECRET_NAME = re.compile(
    r"TOKEN|SECRET|PASSWORD|PASSWD|API_?KEY|PRIVATE|CREDENTIAL|HEARTBEAT", re.IGNORECASE
)
_PASSWORD_IN_URL = re.compile(r"://[^:/@\s]*:(?P<password>[^@\s]+)@")
_NOISY = ("apscheduler", "alembic", "slack_bolt", "slack_sdk", "discord", "matplotlib", "uvicorn")
_PAIR = re.compile(r"\b(?P<name>[a-z_]+)=(?P<value>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\S+)")


class Lines(logging.Formatter):
    """One readable line an event."""

    def __init__(self, redact: Redactor) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")
        self._redact = redact

    @override
    def format(self, record: logging.LogRecord) -> str:
        return self._redact(super().format(record))


class Json(logging.Formatter):
    """One JSON object an event: its words, and each `name=value` in them as a field."""

    def __init__(self, redact: Redactor) -> None:
        super().__init__()
        self._redact = redact

    @override
    def format(self, record: logging.LogRecord) -> str:
        message = self._redact(record.getMessage())
        said = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": message,
            "fields": {found["name"]: found["value"].strip("'\"") for found in _PAIR.finditer(message)},
        }
        if record.exc_info:
            said["exception"] = self._redact(self.formatException(record.exc_info))
        return json.dumps(said, ensure_ascii=False)


def write_logs(redact: Redactor, *, as_json: bool = False, stream: IO[str] | None = None) -> None:
    """Send every logger's lines to `stream`, standard error by default."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(Json(redact) if as_json else Lines(redact))
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    for noisy in _NOISY:
        logging.getLogger(noisy).setLevel(logging.WARNING)


def secrets_in(environment: Mapping[str, str], sources: Iterable[BaseModel] = ()) -> Redactor:
    """What knows the secrets of the environment and of the sources' settings."""
    return Redactor.of([*_of_environment(environment), *_of_sources(sources)])


def _of_environment(environment: Mapping[str, str]) -> Iterator[str]:
    for name, value in environment.items():
        if _SECRET_NAME.search(name) and not name.endswith("_FILE"):
            yield value.strip()
        if found := _PASSWORD_IN_URL.search(value):
            yield found["password"]


def _of_sources(sources: Iterable[BaseModel]) -> Iterator[str]:
    """Those that came from files, which the environment only names."""
    for source in sources:
        yield from secrets_of(source)
