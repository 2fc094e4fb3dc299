"""A source put into kpi.yaml: everything else stays as it was, to the character."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cli.workspace_text import with_source
from bot.errors import UserError

GITHUB = {"repository": "acme/engine", "token": "${GITHUB_TOKEN}"}
HEAD = "# ours\ntimezone: Europe/Berlin   # by this clock\nframeworks:\n  - {use: inferno}\n"
ENTRY = '  github:\n    repository: acme/engine\n    token: "${GITHUB_TOKEN}"\n'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (HEAD, f"{HEAD}\nsources:\n{ENTRY}"),
        (f"{HEAD}sources:\n", f"{HEAD}sources:\n{ENTRY}"),
        (f"{HEAD}sources: {{}}\n", f"{HEAD}sources:\n{ENTRY}"),
        (f"{HEAD}sources:  # what we read\n", f"{HEAD}sources:  # what we read\n{ENTRY}"),
        (
            f"{HEAD}sources:\n  web: {{url: 'https://a.dev/'}}  # ours\n\n# where\nchannels: {{}}\n",
            f"{HEAD}sources:\n  web: {{url: 'https://a.dev/'}}  # ours\n{ENTRY}\n# where\nchannels: {{}}\n",
        ),
        (
            f"{HEAD}sources:\n  web:\n    url: https://a.dev/\n    # every page\n",
            f"{HEAD}sources:\n  web:\n    url: https://a.dev/\n{ENTRY}    # every page\n",
        ),
        (
            f"{HEAD}sources:\n  web: {{url: 'https://a.dev/'}}",
            f"{HEAD}sources:\n  web: {{url: 'https://a.dev/'}}\n{ENTRY}",
        ),
        (
            "sources:\n    web:\n        url: https://a.dev/\ntimezone: UTC\n",
            "sources:\n    web:\n        url: https://a.dev/\n    github:\n      repository: acme/engine\n"
            '      token: "${GITHUB_TOKEN}"\ntimezone: UTC\n',
        ),
    ],
)
def test_the_source_is_added_and_nothing_else_changes(before: str, after: str) -> None:
    assert with_source(before, "github", GITHUB) == after


def test_a_name_that_is_taken_is_refused() -> None:
    with pytest.raises(UserError, match="has a source “github” already"):
        with_source("sources:\n  github: {repository: a/b}\n", "github", GITHUB)


def test_sources_in_one_line_are_left_to_their_author() -> None:
    with pytest.raises(UserError, match="one line"):
        with_source("sources: {web: {url: 'https://a.dev/'}}\n", "github", GITHUB)


def test_what_is_no_mapping_is_refused() -> None:
    with pytest.raises(UserError, match="not a mapping"):
        with_source("- a\n", "github", GITHUB)


@settings(max_examples=80, deadline=None)
@given(
    name=st.text(min_size=1, max_size=12),
    value=st.one_of(
        st.text(max_size=20), st.integers(), st.booleans(), st.lists(st.text(max_size=6), max_size=3)
    ),
)
def test_whatever_is_written_reads_back_as_it_was(name: str, value: object) -> None:
    text = with_source("timezone: UTC\nsources:\n  web: {url: 'https://a.dev/'}\n", f"x{name}", {"v": value})
    assert yaml.safe_load(text)["sources"][f"x{name}"] == {"v": value}


def test_named_queries_stand_on_a_line_each() -> None:
    queries = {"up": {"kind": "ratio", "query": 'avg(up{job="api"})'}, "a": {"query": 'it\'s "one"'}}
    text = with_source("timezone: UTC\n", "prometheus", {"queries": queries})
    assert "    queries:\n      up: {kind: ratio, query: 'avg(up{job=\"api\"})'}\n      a: {query: " in text
    assert yaml.safe_load(text)["sources"]["prometheus"] == {"queries": queries}
