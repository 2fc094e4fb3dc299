"""`people`, `access` and `permissions` in kpi.yaml: every fault at once, with its line and its mending."""

from __future__ import annotations

import jsonschema
import pytest

from bot.roles import ALLOWED
from bot.settings import WorkspaceFile, read_workspace
from kpi.document import DocumentFaults

TOP = "timezone: UTC\nframeworks: [{use: inferno}]\n"
GOOD = f"""\
{TOP}people:
  ana: {{slack: U0ANA, discord: "12345678", groups: [finance, board]}}
  ben: {{slack: U0BEN, role: admin}}
access:
  - {{kpis: [MRR], channels: ["slack:C0FIN", "discord:123456"], groups: [finance], ask: "@cfo"}}
  - sections: [Financial Metrics > ROI]
    frameworks: [inferno]
    people: [ana]
    roles: [editor, admin]
permissions: {{target: [editor, admin], note: [reader, editor, admin], audit: []}}
"""


def file_of(text: str) -> WorkspaceFile:
    return read_workspace(text, "kpi.yaml", {})


def faults_of(text: str) -> list[str]:
    with pytest.raises(DocumentFaults) as caught:
        file_of(text)
    return [str(fault) for fault in caught.value.faults]


def test_who_may_see_and_do_what_is_read() -> None:
    file = file_of(GOOD)
    assert file.people["ana"].groups == ("finance", "board")
    first, second = file.access
    assert (first.kpis, first.groups, first.ask) == (("MRR",), ("finance",), "@cfo")
    assert first.channels == ("slack:C0FIN", "discord:123456")
    assert (second.sections, second.frameworks) == (("Financial Metrics > ROI",), ("inferno",))
    assert (second.people, second.roles) == (("ana",), ("editor", "admin"))
    may = file.permissions.by_act()
    assert (may["target"], may["audit"]) == (("editor", "admin"), ())
    assert may["note"] == ("reader", "editor", "admin")
    assert may["record"] == ALLOWED["record"]


def test_without_a_word_everything_is_for_all_and_the_roles_are_as_they_were() -> None:
    file = file_of(TOP)
    assert file.access == ()
    assert file.permissions.by_act() == ALLOWED


def test_every_fault_is_told_at_once_with_its_line() -> None:
    found = faults_of(f"""\
{TOP}people:
  ana: {{slack: U0ANA, groups: [finance], rol: admin}}
  ben: {{slack: U0ANA}}
access:
  - kpis: [MRR]
    channels: ["#finance"]
    people: [anna]
    groups: [finanse]
    roles: [boss]
  - people: [ana]
  - kpis: [MRR]
  - kpi: [MRR]
    people: [ana]
permissions:
  recrod: [editor]
  target: [admins]
""")
    assert found == [
        "kpi.yaml:4: people.ana.rol: is not a key that is known here (did you mean `role`?)",
        "kpi.yaml:5: people.ben.slack: ana has the same id (keep it with the one whose it is)",
        'kpi.yaml:8: access[0].channels[0]: "#finance" is no channel id (write slack:C0123ABCD (in Slack: '
        "the channel's name, About, Channel ID), no name)",
        "kpi.yaml:9: access[0].people[0]: there is nobody called `anna` under `people` (did you mean `ana`?)",
        "kpi.yaml:10: access[0].groups[0]: nobody is in the group `finanse` (did you mean `finance`?)",
        "kpi.yaml:11: access[0].roles[0]: `boss` is not one of reader, editor, admin "
        "(known: admin, editor, reader)",
        "kpi.yaml:12: access[1]: does not say what is restricted (add `kpis`, `sections` or `frameworks`)",
        "kpi.yaml:13: access[2]: lets nobody in (add `channels`, `people`, `groups` or `roles`)",
        "kpi.yaml:14: access[3].kpi: is not a key that is known here (did you mean `kpis`?)",
        "kpi.yaml:17: permissions.recrod: is not a key that is known here (did you mean `record`?)",
        "kpi.yaml:18: permissions.target[0]: `admins` is not one of reader, editor, admin "
        "(did you mean `admin`?)",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("access: mrr", "kpi.yaml:3: access: should be a list"),
        ("access: [mrr]", "kpi.yaml:3: access[0]: should be a mapping"),
        ("access: [{kpis: MRR, roles: [admin]}]", "kpi.yaml:3: access[0].kpis: should be a list"),
        ('access: [{kpis: ["!"], roles: [admin]}]', "access[0].kpis[0]: is no name"),
        ("access: [{kpis: [MRR], groups: [finance]}]", "nobody is in the group `finance` (give somebody"),
        ("access: [{kpis: [MRR], people: [ana]}]", "there is nobody called `ana` under `people`"),
        ("people: [ana]\naccess: [{kpis: [MRR], people: [ana]}]", "kpi.yaml:3: people: should be a mapping"),
        ("people: {ana: boss}", "kpi.yaml:3: people.ana"),
        ("people: {ana: {groups: finance}}", "kpi.yaml:3: people.ana.groups: should be a list"),
        ("permissions: [record]", "kpi.yaml:3: permissions: should be a mapping"),
        ("permissions: {record: editor}", "kpi.yaml:3: permissions.record: should be a list"),
    ],
)
def test_a_wrong_shape_is_told(text: str, words: str) -> None:
    assert any(fault.startswith(words) or words in fault for fault in faults_of(TOP + text))


def test_the_schema_describes_every_key_and_takes_what_is_right() -> None:
    schema = WorkspaceFile.model_json_schema()
    for name in ("PersonEntry", "AccessEntry", "Permissions"):
        assert all(one.get("description") for one in schema["$defs"][name]["properties"].values()), name
    entry = {"kpis": ["MRR"], "groups": ["finance"], "ask": "@cfo"}
    right = {"timezone": "UTC", "frameworks": [{"use": "inferno"}], "access": [entry]}
    jsonschema.validate(right, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**right, "access": [{**entry, "kpi": "MRR"}]}, schema)
