"""The built-in frameworks and, word for word, the documents they were written from."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from kpi.framework import Framework
from kpi.framework_file import parse_framework
from kpi.framework_report import as_json

HERE = Path(__file__).parent

# The document was read as cp1252 once too often. One byte of a warning sign is lost, so no re-decoding helps.
REPAIRS = {"â†’": "→", "âœ…": "✅", "ðŸš¨": "🚨", "âš ï¸": "⚠️", "ðŸŸ¡": "🟡", "ðŸ”´": "🔴"}


def read_framework(name: str) -> Framework:
    text = files("kpi.frameworks").joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    return parse_framework(text, f"{name}.yaml")


def document_lines(name: str) -> list[str]:
    """The lines of a source document, repaired; line 1 is at index 1."""
    text = (HERE / f"{name}.md").read_text(encoding="utf-8")
    for broken, whole in REPAIRS.items():
        text = text.replace(broken, whole)
    return ["", *text.split("\n")]


@pytest.fixture(scope="session")
def bakhmach() -> Framework:
    return read_framework("bakhmach")


@pytest.fixture(scope="session")
def hektor() -> Framework:
    return read_framework("hektor")


@pytest.fixture(scope="session")
def inferno() -> Framework:
    return read_framework("inferno")


@pytest.fixture(scope="session")
def bakhmach_json(bakhmach: Framework) -> dict[str, Any]:
    return as_json(bakhmach)


@pytest.fixture(scope="session")
def hektor_json(hektor: Framework) -> dict[str, Any]:
    return as_json(hektor)


@pytest.fixture(scope="session")
def inferno_json(inferno: Framework) -> dict[str, Any]:
    return as_json(inferno)
