"""The import contracts of pyproject.toml hold, and they are the ones the design asks for."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from importlinter.api import read_configuration
from importlinter.application.use_cases import SUCCESS, lint_imports

ROOT = Path(__file__).parents[2]
PACKAGES = ("kpi", "collectors", "storage", "bot")


def test_the_import_contracts_hold(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    assert lint_imports(config_filename="pyproject.toml", cache_dir=None) == SUCCESS, capsys.readouterr().out


def test_the_four_packages_are_all_under_contract() -> None:
    found = read_configuration(str(ROOT / "pyproject.toml"))
    assert set(found["session_options"]["root_packages"]) == set(PACKAGES)
    (layers,) = [
        one for one in found["contracts_options"] if one["name"] == "the four packages point one way"
    ]
    assert layers["layers"] == ["bot", "collectors | storage", "kpi"]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_module_is_named_for_what_it_is(package: str) -> None:
    vague = {"utils", "helpers", "common", "manager", "misc", "base_utils"}
    assert not {path.stem for path in (ROOT / package).rglob("*.py")} & vague


@pytest.mark.parametrize("package", PACKAGES)
def test_every_module_says_why_it_exists(package: str) -> None:
    for path in (ROOT / package).rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not text.strip() or text.lstrip().startswith('"""'), path.relative_to(ROOT)


def test_every_package_is_shipped() -> None:
    written = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert written["tool"]["setuptools"]["packages"]["find"]["include"] == [f"{name}*" for name in PACKAGES]
