"""The questions about settings: every collector's example can be typed in as it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import typer

from bot.cli.setting_answers import Interview, fault_line, one_line
from collectors import BY_KIND

ROWS = {("osv", "packages")}  # entries without names are asked for field by field


def settings() -> Iterator[tuple[str, str]]:
    for kind, collector in BY_KIND.items():
        about = collector.about
        secrets = {one.setting: f"${{{one.variable}}}" for one in about.credentials}
        yield from (
            (kind, key)
            for key, value in about.example.items()
            if secrets.get(key) != value and (kind, key) not in ROWS
        )


class Keyboard:
    """Types the given lines, then Enter, and gives up on whoever asks for ever."""

    def __init__(self, patch: pytest.MonkeyPatch, *lines: str) -> None:
        self._lines, self._left = list(lines), 50
        patch.setattr(typer, "prompt", self._prompt)
        patch.setattr(typer, "confirm", lambda _asked, default: default)

    def _prompt(self, asked: str, default: Any = None, **_look: object) -> str:
        self._left -= 1
        assert self._left, f"asked for ever: {asked}"
        return self._lines.pop(0) if self._lines else str(default or "")


def as_text(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: as_text(one) for key, one in value.items()}
    return [as_text(one) for one in value] if isinstance(value, list | tuple) else str(value)


@pytest.mark.parametrize(("kind", "key"), list(settings()))
def test_the_example_of_a_setting_can_be_typed_in(
    monkeypatch: pytest.MonkeyPatch, kind: str, key: str
) -> None:
    example = BY_KIND[kind].about.example[key]
    if isinstance(example, Mapping):
        Keyboard(monkeypatch, *(f"{name} = {one_line(value)}" for name, value in example.items()))
    else:
        Keyboard(monkeypatch, one_line(example))
    assert as_text(Interview(BY_KIND[kind]).ask(key)) == as_text(example)


def test_entries_without_names_are_asked_for_field_by_field(monkeypatch: pytest.MonkeyPatch) -> None:
    Keyboard(monkeypatch, "PyPI", "jinja2", "3.1.2")
    monkeypatch.setattr(typer, "confirm", lambda asked, **_look: "Add one" in asked)
    found = Interview(BY_KIND["osv"]).ask("packages")
    assert found == [{"ecosystem": "PyPI", "name": "jinja2", "version": "3.1.2"}]


def test_what_was_said_before_is_kept_by_enter(monkeypatch: pytest.MonkeyPatch) -> None:
    interview = Interview(BY_KIND["prometheus"])
    Keyboard(monkeypatch)
    assert interview.ask("base_url", "https://a.dev") == "https://a.dev"
    assert interview.ask("queries", {"up": {"query": "up"}}) == {"up": {"query": "up"}}


@pytest.mark.parametrize(
    ("where", "message", "says"),
    [
        (("query",), "is empty", "query: is empty"),
        ((), "is empty", "is empty"),
        (("A b", "[key]"), "String should match pattern '^[a-z]$'", "A b: a name has small letters"),
        ((), "String should match pattern '^[a-z]{3}$'", "this does not look right; write it like usd"),
    ],
)
def test_a_fault_is_told_without_patterns(where: tuple[str, ...], message: str, says: str) -> None:
    assert fault_line(where, message, like="usd").startswith(says)
