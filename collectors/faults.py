"""The four ways a source can fail, in words a person can act on.

Each fault says what happened (`message`), what to do (`hint`) and whether trying again can help
(`retryable`). A fault never carries a secret: `collectors.http` redacts the text before raising.
"""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar


class CollectorFault(Exception):
    """A source did not give a number; no sample may be made up in its place."""

    kind: ClassVar[str] = "CollectorFault"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, hint: str = "", status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.status = status


class AuthFailed(CollectorFault):
    """The source refuses these credentials, or they lack a permission."""

    kind = "AuthFailed"


class RateLimited(CollectorFault):
    """The source asks for patience; `retry_after` says for how long, where it told."""

    kind = "RateLimited"
    retryable = True

    def __init__(
        self, message: str, *, hint: str = "", status: int | None = None, retry_after: timedelta | None = None
    ) -> None:
        super().__init__(message, hint=hint, status=status)
        self.retry_after = retry_after


class Unavailable(CollectorFault):
    """The source, or the way to it, is out of order for now."""

    kind = "Unavailable"
    retryable = True


class UnexpectedResponse(CollectorFault):
    """The source answered something that cannot be read as the number asked for."""

    kind = "UnexpectedResponse"
