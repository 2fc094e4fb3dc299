"""The part of kpi.yaml that says on which charts a kind of happening is marked: `marks`."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, WithJsonSchema

from bot.settings_access import Name
from kpi.document import Wrong, nearest

Kind = Literal["release", "deployment", "incident", "campaign"]
KINDS = get_args(Kind)
ALL = "all"
"""Every chart."""


def _kind(value: Any) -> Any:
    if value in KINDS:
        return value
    hint = nearest(str(value)[:40], KINDS)
    raise Wrong(f'"{str(value)[:40]}" is nothing that is marked', hint)


def _listed(value: Any) -> Any:
    """One name is a list of one."""
    return (value,) if isinstance(value, str) else value


_NAMES = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
_Kind = Annotated[Kind, BeforeValidator(_kind)]
_Names = Annotated[tuple[Name, ...], Field(max_length=200), BeforeValidator(_listed), WithJsonSchema(_NAMES)]
Marks = dict[_Kind, _Names]
"""By kind: names of KPIs, headings or frameworks, or `all`. A kind that is not here is marked on the charts
of what its source measures."""
