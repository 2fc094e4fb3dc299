"""Slack's way to say no."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Json = dict[str, Any]


class SlackError(Exception):
    """A call that Slack answers with `ok: false`: its error code, and the messages that explain it."""

    def __init__(
        self,
        error: str,
        messages: Sequence[str] = (),
        *,
        status: int = 200,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(error)
        self.error, self.messages, self.status = error, tuple(messages), status
        self.extra = dict(extra or {})

    def as_json(self) -> Json:
        """The answer's body."""
        answer: Json = {"ok": False, "error": self.error, **self.extra}
        if self.messages:
            answer["errors"] = [message.removeprefix("[ERROR] ") for message in self.messages]
            answer["response_metadata"] = {"messages": list(self.messages)}
        return answer


def invalid_arguments(*messages: str) -> SlackError:
    """Arguments that are missing or of the wrong kind, each named."""
    return SlackError("invalid_arguments", [f"[ERROR] {message}" for message in messages])
