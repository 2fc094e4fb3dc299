"""`kpi sources add`: tries a source live, shows its first numbers, writes kpi.yaml, and never a secret."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.bot.cli.conftest import WORKSPACE, Kpi
from tests.collectors.loopback import Asked, Said, Server, said_json
from tests.collectors.threads import serving

TOKEN = "hunter2-token-of-the-shop"


def shop(asked: Asked) -> Said:
    """A GitHub that knows one repository."""
    if asked.headers.get("authorization") != f"Bearer {TOKEN}":
        return said_json({"message": "Bad credentials"}, 401)
    if asked.path != "/repos/acme/engine":
        return said_json({"message": "Not Found"}, 404)
    about = {"full_name": "acme/engine", "stargazers_count": 4475, "forks_count": 310}
    about |= {"subscribers_count": 52, "open_issues_count": 7, "created_at": "2024-01-01T00:00:00Z"}
    return said_json(about, 200, X_RateLimit_Remaining="4999", X_RateLimit_Limit="5000")


@pytest.fixture
def github() -> Iterator[Server]:
    with serving(shop) as server:
        yield server


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)


def settings(github: Server, *more: str) -> list[str]:
    pairs = ["repository=acme/engine", f"base_url={github.url}", "parts=[counters]", *more]
    return [word for pair in pairs for word in ("--set", pair)]


def source(folder: Path, name: str = "github") -> dict[str, object]:
    found: dict[str, object] = yaml.safe_load((folder / "kpi.yaml").read_text())["sources"][name]
    return found


def test_it_tries_shows_and_writes(here: Path, kpi: Kpi, github: Server, token: None) -> None:
    found = kpi("sources", "add", "github", "--yes", *settings(github))
    assert (found.code, found.err) == (0, "")
    assert "✓ It answers: acme/engine, 4999 of 5000 requests left this hour" in found.out
    assert "github.stars 4,475" in found.out
    assert "It feeds 1 KPI: Stars." in found.out
    assert "kpi collect github --since" in found.out
    text = (here / "kpi.yaml").read_text()
    assert text.startswith(WORKSPACE)
    assert source(here)["token"] == "${GITHUB_TOKEN}"
    assert TOKEN not in text + found.out


def test_what_was_written_can_be_collected(here: Path, kpi: Kpi, github: Server, token: None) -> None:
    kpi("sources", "add", "github", "--yes", *settings(github))
    assert kpi("collect", "github").out == "github: 3 new, 0 restated, 0 unchanged\n"
    assert "github: just now" in kpi("sources").out
    shown = kpi("sources", "show", "github").out
    assert "4,999 of 5,000 requests left" in shown
    assert "Feeds 1 KPI: Stars." in shown


def test_what_is_missing_is_asked_for(here: Path, kpi: Kpi, github: Server, token: None) -> None:
    given = settings(github)[2:]
    found = kpi("sources", "add", "github", *given, stdin=b"acme/engine\n")
    assert found.code == 0
    assert "repository (owner/name), such as acme/engine" in found.out
    assert source(here)["repository"] == "acme/engine"


def test_a_source_that_refuses_is_not_written(
    here: Path, kpi: Kpi, github: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "wrong-token-9876")
    found = kpi("sources", "add", "github", "--yes", *settings(github))
    assert found.code == 1
    assert "Bad credentials" in found.err
    assert "Nothing was written." in found.err
    assert "9876" not in found.out + found.err
    assert (here / "kpi.yaml").read_text() == WORKSPACE


def test_it_can_be_written_untried(
    here: Path, kpi: Kpi, github: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "wrong-token-9876")
    assert kpi("sources", "add", "github", "--yes", "--untried", *settings(github)).code == 1
    assert source(here)["token"] == "${GITHUB_TOKEN}"


def test_a_second_one_gets_a_name_and_a_label_of_its_own(
    here: Path, kpi: Kpi, github: Server, token: None
) -> None:
    kpi("sources", "add", "github", "--yes", *settings(github))
    found = kpi("sources", "add", "github", "--yes", *settings(github))
    assert found.code == 0
    second = source(here, "github2")
    assert (second["collector"], second["labels"]) == ("github", {"source": "github2"})


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("gitbub",), "Did you mean `github`?"),
        (("github", "--set", "repository"), "names no setting"),
        (("github", "--set", "colour=red"), "names no setting"),
        (("github", "--set", "token=abc"), "is a secret: it is never written into kpi.yaml"),
        (("github", "--set", "repository=acme"), "write it as owner/name"),
        (("github",), "repository is missing"),
        (("discord", "--set", "guild=7000000000000000001"), "DISCORD_TOKEN is not set"),
    ],
)
def test_what_cannot_work_is_refused_and_nothing_written(
    here: Path, kpi: Kpi, words: tuple[str, ...], says: str
) -> None:
    found = kpi("sources", "add", *words, "--yes")
    assert found.code == 2
    assert says in found.err
    assert (here / "kpi.yaml").read_text() == WORKSPACE


def test_without_a_workspace_it_says_how_to_begin(bare: Path, kpi: Kpi) -> None:
    found = kpi("sources", "add", "github", "--yes")
    assert (found.code, "kpi init" in found.err) == (2, True)


def test_the_catalogue_says_how_each_is_proven(here: Path, kpi: Kpi) -> None:
    found = kpi("sources", "catalogue").out
    assert "github" in found
    assert "verified: real server" in found
    assert "Connect one: kpi sources add NAME" in found
