"""What people should know of a collector before they connect it, and how far its numbers are proven."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Proof(StrEnum):
    """What a collector's requests and numbers were held against, the strongest first."""

    SERVER = "real server"  # the vendor's own program ran, and answered
    SPEC = "vendor's spec"  # requests and answers fit the vendor's machine-readable description
    FIXTURE = "fixture"  # answers written after the vendor's documentation


@dataclass(frozen=True, slots=True)
class Credential:
    """A secret or a file a source needs. `scope` is the least it must be allowed to do."""

    setting: str  # the key in kpi.yaml: token
    variable: str  # the environment variable that holds it by habit: GITHUB_TOKEN
    scope: str
    where: str  # the page that gives it, https://…
    is_required: bool = True


@dataclass(frozen=True, slots=True)
class About:
    """A collector's entry in the catalogue. `example` is a whole source as kpi.yaml would hold it, each
    secret as `${VARIABLE}`."""

    title: str  # GitHub
    measures: str  # in a few words, without a dot: stars, issues, pull requests, builds
    example: Mapping[str, Any]
    credentials: tuple[Credential, ...] = ()
    proof: Proof = Proof.FIXTURE
    proven_by: str = ""  # OpenAPI of GitHub; InfluxDB 1.6; documentation of November 2026
    approval: str = ""  # who has to approve the use first, and what to ask for; empty where nobody
