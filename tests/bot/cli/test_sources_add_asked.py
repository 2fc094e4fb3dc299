"""What `kpi sources add` asks and makes of the answers: named queries, lists, secrets in addresses."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qs

import pytest
import yaml

from tests.bot.cli.conftest import FRAMEWORK, WORKSPACE, Kpi
from tests.collectors.loopback import Asked, Said, Server, said_json
from tests.collectors.threads import serving

NAMED = """
      - {name: Availability, unit: "%", better: higher, targets: {phase1: "99%"},
         measure: 'last(prometheus.ratio{query="availability"})'}
      - {name: Error Rate, unit: "%", better: lower, targets: {phase1: "1%"},
         measure: 'sum(prometheus.flow{query="errors"}, 7d) / sum(prometheus.flow{query="requests"}, 7d)'}
gates:"""
PASSWORD = "hunter2-of-the-shop"


def metrics(asked: Asked) -> Said:
    """A Prometheus that answers every query with one number, and refuses whatever else is asked."""
    sent = {key: values[0] for key, values in parse_qs(asked.body.decode()).items()}
    if "query" not in sent or asked.path.startswith("/closed"):
        return said_json({"error": "closed"}, 401)
    if "time" in sent:
        at = datetime.fromisoformat(sent["time"].replace("Z", "+00:00")).timestamp()
        kind, series = "vector", {"metric": {}, "value": [at, "0.995"]}
    else:
        at = datetime.fromisoformat(sent["start"].replace("Z", "+00:00")).timestamp()
        kind, series = "matrix", {"metric": {}, "values": [[at, "0.995"]]}
    return said_json({"status": "success", "data": {"resultType": kind, "result": [series]}})


@pytest.fixture
def prometheus() -> Iterator[Server]:
    with serving(metrics) as server:
        yield server


@pytest.fixture
def wishing(here: Path) -> Path:
    """A workspace with KPIs that read named queries."""
    (here / "small.yaml").write_text(FRAMEWORK.replace("\ngates:", NAMED, 1))
    return here


def sources(folder: Path) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = yaml.safe_load((folder / "kpi.yaml").read_text())["sources"]
    return found


def test_named_queries_are_asked_one_by_one_beside_the_kpis_that_want_them(
    wishing: Path, kpi: Kpi, prometheus: Server
) -> None:
    typed = f"{prometheus.url}\n\navailability\navg(up)\n\n\n\n"
    found = kpi("sources", "add", "prometheus", stdin=typed.encode())
    assert (found.code, found.err) == (0, "")
    assert "    availability (ratio): Availability\n    errors (flow): Error Rate" in found.out
    assert "One is needed at least." in found.out
    assert "It feeds 1 KPI: Availability." in found.out
    assert "KPIs in use also read queries called errors, requests: add them in kpi.yaml." in found.out
    text = (wishing / "kpi.yaml").read_text()
    assert '    queries:\n      availability: {kind: ratio, query: "avg(up)"}\n' in text
    assert kpi("ask", "list").code == 0


def test_a_query_that_cannot_be_right_is_asked_again(wishing: Path, kpi: Kpi, prometheus: Server) -> None:
    typed = f"{prometheus.url}\nrequests\nsum(up)\n\nrequests\nsum(increase(r[$day]))\n\n\n\n"
    found = kpi("sources", "add", "prometheus", stdin=typed.encode())
    assert "▲ requests: a flow is an amount of a day: write increase(signups_total[$day])" in found.out
    assert found.code == 0
    assert sources(wishing)["prometheus"]["queries"] == {
        "requests": {"kind": "flow", "query": "sum(increase(r[$day]))"}
    }


def test_without_questions_it_says_which_names_are_read(wishing: Path, kpi: Kpi) -> None:
    found = kpi("sources", "add", "prometheus", "--yes", "--set", "base_url=http://127.0.0.1:1")
    assert found.code == 2
    assert "KPIs in use read these names: availability, errors, requests" in found.err


def test_a_password_typed_into_an_address_is_taken_out_of_it(
    here: Path, kpi: Kpi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_PASSWORD", raising=False)
    typed = f"postgresql://reader:{PASSWORD}@127.0.0.1:1/shop\nstaff\n\nSELECT 1\n\n\n\nw\n"
    found = kpi("sources", "add", "sql", stdin=typed.encode())
    assert found.code == 1
    assert sources(here)["sql"]["url"] == "postgresql://reader:${DATABASE_PASSWORD}@127.0.0.1:1/shop"
    assert "Now set DATABASE_PASSWORD where the bot runs" in found.out
    assert PASSWORD not in (here / "kpi.yaml").read_text() + found.out + found.err


def test_an_address_without_a_password_needs_none(here: Path, kpi: Kpi) -> None:
    sqlite3.connect(here / "shop.db").execute("CREATE TABLE staff (name)").connection.close()
    typed = f"sqlite:///{here / 'shop.db'}\nstaff\n\nSELECT count(*) FROM staff\n\n\n\n"
    assert kpi("sources", "add", "sql", stdin=typed.encode()).code == 0
    assert sources(here)["sql"]["queries"] == {"staff": {"query": "SELECT count(*) FROM staff"}}


def test_a_second_account_may_name_a_variable_of_its_own(
    here: Path, kpi: Kpi, prometheus: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTHER_TOKEN", PASSWORD)
    pairs = (f"base_url={prometheus.url}", "token=${OTHER_TOKEN}", "queries={up: {query: avg(up)}}")
    found = kpi("sources", "add", "prometheus", "--yes", *(word for one in pairs for word in ("--set", one)))
    assert (found.code, found.err) == (0, "")
    assert sources(here)["prometheus"]["token"] == "${OTHER_TOKEN}"
    assert prometheus.asked[0].headers["authorization"] == f"Bearer {PASSWORD}"


def test_sources_in_one_line_are_told_before_anything_is_asked(here: Path, kpi: Kpi) -> None:
    (here / "kpi.yaml").write_text(f'{WORKSPACE}sources: {{web: {{url: "https://acme.dev/"}}}}\n')
    found = kpi("sources", "add", "github")
    assert (found.code, found.out) == (2, "")
    assert "Write each source on a line of its own, and try again." in found.err


@pytest.mark.parametrize(
    ("kind", "typed", "says"),
    [
        ("github", "acme\n", '"acme" is not a repository: write it as owner/name'),
        ("stripe", "USDX\n", "this does not look right; write it like usd"),
        ("plausible", "acme.dev\n\nBad Name=x\n", "Bad Name: a name has small letters, digits and _"),
    ],
)
def test_a_wrong_answer_is_told_at_once_and_asked_again(
    here: Path, kpi: Kpi, kind: str, typed: str, says: str
) -> None:
    found = kpi("sources", "add", kind, stdin=typed.encode())  # ends in the middle, as with Ctrl-C
    assert says in found.out
    assert found.code == 130
    assert "Nothing was written." in found.err
    assert (here / "kpi.yaml").read_text() == WORKSPACE


def test_a_refused_source_can_be_mended_without_beginning_anew(
    wishing: Path, kpi: Kpi, prometheus: Server
) -> None:
    typed = f"{prometheus.url}/closed\navailability\navg(up)\n\n\n\n\n{prometheus.url}\n\n\n"
    found = kpi("sources", "add", "prometheus", stdin=typed.encode())
    assert "Enter to change an answer and try again, w to write it as it is, s to stop" in found.out
    assert found.code == 0
    assert sources(wishing)["prometheus"] == {
        "base_url": prometheus.url,
        "queries": {"availability": {"kind": "ratio", "query": "avg(up)"}},
    }


def test_what_can_be_left_out_is_left_out_by_enter(here: Path, kpi: Kpi, prometheus: Server) -> None:
    url = f"base_url={prometheus.url}"
    found = kpi("sources", "add", "hackernews", "--set", url, stdin=b"Acme\n\nw\n")
    assert sources(here)["hackernews"] == {"brand": "Acme", "base_url": prometheus.url}
    assert "several with commas" in found.out


def test_a_workspace_that_does_not_load_is_told_before_anything_is_asked(here: Path, kpi: Kpi) -> None:
    (here / "small.yaml").write_text("framework: small\ncolour: red\n")
    found = kpi("sources", "add", "github")
    assert (found.code, found.out) == (2, "")
    assert "small.yaml:" in found.err


def test_a_file_that_cannot_be_written_is_told_before_anything_is_asked(
    here: Path, kpi: Kpi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    found = kpi("sources", "add", "github")
    assert (found.code, found.out) == (2, "")
    assert "kpi.yaml cannot be written." in found.err


def test_a_name_that_is_taken_is_told_before_anything_is_asked(here: Path, kpi: Kpi) -> None:
    taken = f'{WORKSPACE}sources:\n  shop: {{collector: web, url: "https://acme.dev/"}}\n'
    (here / "kpi.yaml").write_text(taken)
    found = kpi("sources", "add", "github", "--name", "shop")
    assert (found.code, found.out) == (2, "")
    assert "has a source “shop” already" in found.err


def test_a_linked_file_stays_a_link(here: Path, kpi: Kpi) -> None:
    (here / "kpi.yaml").rename(here / "real.yaml")
    (here / "kpi.yaml").symlink_to(here / "real.yaml")
    kpi("sources", "add", "web", "--yes", "--untried", "--set", "url=http://127.0.0.1:1/")
    assert (here / "kpi.yaml").is_symlink()
    assert "web" in yaml.safe_load((here / "real.yaml").read_text())["sources"]
    assert sorted(one.name for one in here.iterdir() if "yaml" in one.name) == [
        "kpi.yaml",
        "real.yaml",
        "small.yaml",
    ]
