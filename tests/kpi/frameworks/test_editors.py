"""The built-in files against the schema that editors complete and check them with."""

from __future__ import annotations

from importlib.resources import files

import pytest
import yaml
from jsonschema import Draft202012Validator

from kpi.framework_file import json_schema

NAMES = ("hektor", "bakhmach", "inferno")


class EditorLoader(yaml.SafeLoader):
    """YAML as editors read it: a date stays a text."""


EditorLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@pytest.mark.parametrize("name", NAMES)
def test_a_built_in_file_satisfies_the_schema(name: str) -> None:
    text = files("kpi.frameworks").joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    faults = Draft202012Validator(json_schema()).iter_errors(yaml.load(text, EditorLoader))
    assert [(list(fault.absolute_path), fault.message) for fault in faults] == []


@pytest.mark.parametrize("name", NAMES)
def test_no_line_is_longer_than_a_reader_likes(name: str) -> None:
    text = files("kpi.frameworks").joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    titles = ("  - title: ", "      - ")
    assert [line for line in text.splitlines() if len(line) > 120 and not line.startswith(titles)] == []
