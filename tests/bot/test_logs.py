"""The log: readable, or as JSON, and without a secret wherever one came from."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
from pydantic import BaseModel, SecretStr

from bot.logs import secrets_in, write_logs

TOKEN = "xoxb-111-222-secretpart"


class Config(BaseModel):
    token: SecretStr
    base_url: str = "https://api.example.com"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield io.StringIO()
    root.handlers[:] = handlers
    root.setLevel(level)


def written(
    stream: io.StringIO, *, as_json: bool = False, environment: dict[str, str] | None = None
) -> logging.Logger:
    redact = secrets_in(environment or {}, [Config(token=SecretStr("from-a-file-9f8e"))])
    write_logs(redact, as_json=as_json, stream=stream)
    return logging.getLogger("bot.tests")


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("SLACK_BOT_TOKEN", TOKEN, TOKEN),
        ("DISCORD_TOKEN", "MTA.abc.def-ghi", "MTA.abc.def-ghi"),
        ("DATABASE_URL", "postgresql://kpi:hunter22@db/kpi", "hunter22"),
        ("KPI_HEARTBEAT_URL", "https://hc.example.com/ping/5f3c", "5f3c"),
        ("STRIPE_API_KEY", "rk_live_0123456789", "rk_live_0123456789"),
        ("SLACK_SIGNING_SECRET", " 8f742231b10e8888abcd ", "8f742231b10e8888abcd"),
    ],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_no_secret_of_the_environment_is_written(
    stream: io.StringIO, name: str, value: str, secret: str, as_json: bool
) -> None:
    log = written(stream, as_json=as_json, environment={name: value})
    log.warning("asked url=%s with %s", value, value.strip())
    assert secret not in stream.getvalue()
    assert "asked url=" in stream.getvalue()


def test_no_secret_of_a_source_is_written(stream: io.StringIO) -> None:
    written(stream).info("header from-a-file-9f8e sent")
    assert "from-a-file-9f8e" not in stream.getvalue()


@pytest.mark.parametrize("as_json", [False, True])
def test_a_traceback_is_redacted_too(stream: io.StringIO, as_json: bool) -> None:
    log = written(stream, as_json=as_json, environment={"SLACK_BOT_TOKEN": TOKEN})
    try:
        raise ValueError(f"refused {TOKEN}")
    except ValueError:
        log.exception("invocation failed ref=%s", "a1b2c3")
    said = stream.getvalue()
    assert TOKEN not in said
    assert "a1b2c3" in said
    assert "ValueError" in said


def test_json_has_a_line_an_event_with_its_fields(stream: io.StringIO) -> None:
    log = written(stream, as_json=True)
    log.info("delivered promise=%s channel=%s error=%r", "daily/slack:C0/2026-11-23", "C0", "no answer")
    [line] = stream.getvalue().splitlines()
    said = json.loads(line)
    assert said["level"] == "INFO"
    assert said["logger"] == "bot.tests"
    assert said["fields"] == {
        "promise": "daily/slack:C0/2026-11-23",
        "channel": "C0",
        "error": "no answer",
    }


def test_a_short_value_is_no_secret(stream: io.StringIO) -> None:
    written(stream, environment={"X_TOKEN": "a"}).info("a plain line")
    assert "a plain line" in stream.getvalue()


def test_libraries_that_talk_much_are_quiet(stream: io.StringIO) -> None:
    written(stream)
    logging.getLogger("apscheduler.scheduler").info("Running job")
    assert stream.getvalue() == ""
