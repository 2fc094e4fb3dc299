"""An edit laid into kpi.yaml line by line: what it says, what it leaves, and where it is kept back."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cli.unified_diff import is_diff, patched
from bot.reports.alert_patch import patch, snippet
from kpi.document import read

HEAD = "name: Acme  # ours\nframeworks: [{use: hektor}]\n"
RULE = "hektor/traffic_drop"
TEXTS = {
    "none": HEAD,
    "no rules": HEAD + "alerts:\n  channels: [slack:C0ALERTS]\n",
    "rules": HEAD + "alerts:\n  rules:\n    # kept\n    hektor/viral_post: off\n",
    "flow": HEAD + f"alerts:\n  rules:\n    {RULE}: {{above: 30, mention: true}}\n",
    "block": HEAD + f"alerts:\n  rules:\n    {RULE}:\n      above: 30 # why\n      mention: true\n",
    "off": HEAD + f"alerts:\n  rules:\n    {RULE}: off\nlanguage: de\n",
    "one line": HEAD + "alerts: {rules: {}}\n",
    "empty": HEAD + "alerts:\n",
    "no end": HEAD.rstrip("\n"),
    "json": json.dumps({"name": "Acme", "frameworks": [{"use": "hektor"}]}, indent=1) + "\n",
    "json rules": json.dumps({"alerts": {"rules": {"hektor/viral_post": "off"}}, "name": "A"}) + "\n",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("values", [{"above": 45}, {"lasting": "2 days"}, {"above": 0.5, "mention": False}])
def test_the_patch_says_what_was_wanted(text: str, values: dict[str, object]) -> None:
    found = patch(text, {RULE: values})
    assert is_diff(found)
    after = patched(text, found, "edit.patch")
    rule = read(after, "kpi.yaml").data["alerts"]["rules"][RULE]
    assert {key: rule[key] for key in values} == {key: _plain(value) for key, value in values.items()}


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_git_takes_it(text: str, tmp_path: Path) -> None:
    git = shutil.which("git")
    if git is None:
        pytest.skip("git is not installed")
    (tmp_path / "kpi.yaml").write_text(text)
    (tmp_path / "edit.patch").write_text(patch(text, {RULE: {"above": 45}}))
    subprocess.run([git, "apply", "edit.patch"], cwd=tmp_path, check=True)
    after = (tmp_path / "kpi.yaml").read_text()
    assert read(after, "kpi.yaml").data["alerts"]["rules"][RULE]["above"] == "45"


def test_comments_and_all_else_stay() -> None:
    after = patched(TEXTS["block"], patch(TEXTS["block"], {RULE: {"above": 45}}), "edit.patch")
    assert after == TEXTS["block"].replace("above: 30 # why", "above: 45 # why")


def test_several_rules_are_one_patch() -> None:
    found = patch(TEXTS["rules"], {RULE: {"above": 45}, "inferno/yellow": {"below": 59}})
    rules = read(patched(TEXTS["rules"], found, "p"), "kpi.yaml").data["alerts"]["rules"]
    assert set(rules) == {"hektor/viral_post", RULE, "inferno/yellow"}
    assert found.count("+++ ") == 1


@pytest.mark.parametrize("secret", ["token: xoxb-1", "url: https://me:word@example.com", "password: hunter2"])
def test_no_patch_shows_a_secret_beside_the_edit(secret: str) -> None:
    assert patch(f"{HEAD}{secret}\n", {RULE: {"above": 45}}) == ""
    assert patch(f"{secret}\n{TEXTS['rules']}", {RULE: {"above": 45}}) != ""


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "alerts: [\n", "alerts: nonsense\nrules: {\n"])
def test_a_text_that_is_no_kpi_yaml_is_left(text: str) -> None:
    assert patch(text, {RULE: {"above": 45}}) == ""


def test_the_entry_reads_as_in_the_file() -> None:
    when = {"drop": "sum(plausible.visitors, 1d)", "above": 30.0, "against": "week"}
    assert snippet(RULE, {"above": 45}) == "hektor/traffic_drop: {above: 45}"
    told = snippet(RULE, {"when": when})
    assert told == f'{RULE}: {{when: {{drop: "sum(plausible.visitors, 1d)", above: 30, against: week}}}}'
    assert read(told, "x").data[RULE]["when"]["drop"] == when["drop"]


@settings(max_examples=40, deadline=None)
@given(
    st.floats(min_value=-1e9, max_value=1e9, allow_nan=False).map(lambda value: float(f"{value:.4g}")),
    st.sampled_from(sorted(TEXTS)),
)
def test_any_limit_comes_out_as_it_went_in(limit: float, which: str) -> None:
    found = patch(TEXTS[which], {RULE: {"above": limit}})
    after = read(patched(TEXTS[which], found, "p"), "kpi.yaml").data if found else None
    if after is not None:
        assert float(after["alerts"]["rules"][RULE]["above"]) == pytest.approx(limit, rel=1e-5, abs=1e-12)
