"""What OSV is asked and how its entries are read; which packages a lock file pins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from collectors.base import Client
from collectors.faults import UnexpectedResponse
from collectors.osv import COLLECTOR, folded
from collectors.osv_packages import Package, read_lock
from collectors.osv_severity import score_v2, score_v3, severity_of
from tests.collectors.loopback import Asked, Said, said_json
from tests.collectors.scenarios.base import play
from tests.collectors.scenarios.osv import FakeOSV, entry, listed
from tests.specs import fits

_OK = "/responses/200/schema"


async def test_what_is_asked_and_answered_fits_the_vendors_spec(client: Client) -> None:
    fake, scenario = FakeOSV(), listed()

    def answer(asked: Asked) -> Said:
        said = fake(asked)
        body = said_json({}).body if said.status != 200 else said.body
        kind = "/paths/~1v1~1vulns~1{id}/get" if asked.method == "GET" else "/paths/~1v1~1querybatch/post"
        if asked.method == "POST":
            fits(asked.json(), "osv", f"{kind}/parameters/0/schema")
        fits(Asked("", "", {}, body).json(), "osv", kind + _OK)
        return said

    batch, server = await play(COLLECTOR, scenario, client, answer=answer)
    assert batch.faults == ()
    assert [one.method for one in server.asked].count("POST") == 3  # five entries, two a page


async def test_an_answer_that_lacks_a_package_is_no_answer(client: Client) -> None:
    batch, _ = await play(COLLECTOR, listed(), client, answer=lambda _: said_json({"results": [{}]}))
    assert batch.samples == ()
    assert "1 of 4 packages" in batch.faults[0].message


async def test_pages_without_an_end_are_a_fault(client: Client) -> None:
    said = said_json({"results": [{"next_page_token": "again"}] * 4})
    batch, _ = await play(COLLECTOR, listed(), client, answer=lambda _: said)
    assert batch.samples == ()
    assert "does not end" in batch.faults[0].message


async def test_an_entry_that_cannot_be_read_leaves_no_number(client: Client) -> None:
    fake = FakeOSV()

    def answer(asked: Asked) -> Said:
        return Said(500) if asked.path.endswith("OSV-5") else fake(asked)

    batch, _ = await play(COLLECTOR, listed(), client, answer=answer)
    assert batch.samples == ()
    assert [one.kind for one in batch.faults] == ["Unavailable"]


def test_entries_of_one_vulnerability_fold_through_a_third_name() -> None:
    entries = {
        one["id"]: one
        for one in (entry("A", "X"), entry("B", "Y"), entry("C", "X", "Y"), entry("D"), entry("E", "D"))
    }
    assert sorted(map(sorted, folded(entries))) == [["A", "B", "C"], ["D", "E"]]


@pytest.mark.parametrize(
    ("vector", "score"),
    [
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1),
        ("CVSS:3.0/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H", 9.9),
        ("CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:N/I:N/A:L/E:P", 1.6),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0.0),
        ("CVSS:3.1/AV:N/AC:L", None),
        ("CVSS:4.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", None),
        ("nonsense", None),
    ],
)
def test_the_base_score_of_cvss_3(vector: str, score: float | None) -> None:
    assert score_v3(vector) == score


@pytest.mark.parametrize(
    ("vector", "score"),
    [
        ("AV:N/AC:L/Au:N/C:N/I:N/A:C", 7.8),
        ("(AV:N/AC:L/Au:N/C:C/I:C/A:C)", 10.0),
        ("AV:L/AC:H/Au:N/C:C/I:C/A:C", 6.2),
        ("", None),
    ],
)
def test_the_base_score_of_cvss_2(vector: str, score: float | None) -> None:
    assert score_v2(vector) == score


@pytest.mark.parametrize(
    "told", [{}, {"severity": None}, {"severity": [7]}, {"affected": "x"}, {"database_specific": []}]
)
def test_a_severity_that_nobody_tells_is_unknown(told: dict[str, Any]) -> None:
    assert severity_of(told) == "unknown"


UV = """
version = 1
[[package]]
name = "kpi"
version = "0.1.0"
source = { editable = "." }
[[package]]
name = "Ruamel.YAML"
version = "0.18.1"
source = { registry = "https://pypi.org/simple" }
"""
POETRY = """
[[package]]
name = "httpx"
version = "0.28.1"
[[package]]
name = "mine"
version = "1"
[package.source]
type = "git"
url = "https://example.org/mine"
[[package]]
name = "idna"
version = "3.10"
[package.source]
type = "legacy"
url = "https://example.org/simple"
"""
CARGO = """
[[package]]
name = "engine"
version = "0.1.0"
[[package]]
name = "tokio"
version = "1.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
"""
NODE = """{"packages": {"": {"name": "app", "version": "1.0.0"}, "libs/own": {"version": "2.0.0"},
"node_modules/own": {"link": true, "resolved": "libs/own"},
"node_modules/a/node_modules/@x/y": {"version": "1.2.3"},
"node_modules/alias": {"name": "real", "version": "3.0.0"}}}"""
PINS = """# all
httpx[http2]==0.28.1 \\
    --hash=sha256:00
-e .
loose>=1
Idna==3.10 ; python_version > '3'
"""


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("uv.lock", UV, {("PyPI", "ruamel-yaml", "0.18.1")}),
        ("poetry.lock", POETRY, {("PyPI", "httpx", "0.28.1"), ("PyPI", "idna", "3.10")}),
        ("Cargo.lock", CARGO, {("crates.io", "tokio", "1.0.0")}),
        ("package-lock.json", NODE, {("npm", "@x/y", "1.2.3"), ("npm", "real", "3.0.0")}),
        ("requirements.txt", PINS, {("PyPI", "httpx", "0.28.1"), ("PyPI", "idna", "3.10")}),
    ],
)
def test_a_lock_file_pins_what_it_installs(
    name: str, body: str, expected: set[tuple[str, str, str]], tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_text(body, encoding="utf-8")
    assert read_lock(path) == {Package(*one) for one in expected}


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("uv.lock", b"package = 7"),
        ("uv.lock", b"[[package]]\nname = 7\nversion = '1'"),
        ("poetry.lock", b"\xff\xfe"),
        ("package-lock.json", b'{"lockfileVersion": 1}'),
        ("package-lock.json", b"[" * 100_000),
        ("requirements.txt", b"loose\n"),
    ],
)
def test_what_is_no_lock_file_is_a_fault(name: str, body: bytes, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(body)
    with pytest.raises(UnexpectedResponse):
        read_lock(path)


async def test_a_file_that_is_not_there_is_a_fault_that_names_it(client: Client, tmp_path: Path) -> None:
    scenario = listed()
    scenario.settings = {"files": [str(tmp_path / "uv.lock")], "base_url": "{url}"}
    batch, server = await play(COLLECTOR, scenario, client)
    assert "uv.lock cannot be read" in batch.faults[0].message
    assert server.asked == []


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "name packages"),
        ({"files": ["pom.xml"]}, "no lock file"),
        ({"packages": [{"name": "a"}]}, "required"),
    ],
)
def test_settings_name_some_packages(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        COLLECTOR.configure(settings)
