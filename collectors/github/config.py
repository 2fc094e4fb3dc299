"""The settings of a GitHub source: which repository, as whom, and what of it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator, model_validator

from collectors.base import CollectorConfig, Every, address

NAME = re.compile(r"[A-Za-z0-9_-]+/(?!\.{1,2}$)[A-Za-z0-9._-]+")

PartName = Literal[
    "counters",
    "open",
    "releases",
    "merged",
    "issues",
    "stars",
    "reviews",
    "responses",
    "contributors",
    "documentation",
    "discussions",
    "workflows",
    "deployments",
    "incidents",
    "traffic",
    "code_scanning",
    "dependabot",
    "secret_scanning",
    "dependents",
]

ASKED_FOR: frozenset[PartName] = frozenset(
    {"deployments", "incidents", "traffic", "code_scanning", "dependabot", "secret_scanning", "dependents"}
)
"""Parts that need a further permission or a setting: read only where the source asks for them."""


class Config(CollectorConfig):
    """Which repository is read, as whom, and what of it."""

    collector: Literal["github"] = "github"
    repository: str = Field(description="owner/name")
    token: SecretStr | None = None
    app_id: int | None = Field(None, gt=0, description="a GitHub App's id, in place of a token")
    installation_id: int | None = Field(None, gt=0, description="the id of the app's installation")
    private_key: SecretStr | None = Field(None, description="the app's private key, PEM")
    base_url: Annotated[str, address("https://api.github.com or https://HOST/api/v3")] = (
        "https://api.github.com"
    )
    workflow: str | None = Field(None, description="a workflow's file name, such as ci.yml; all by default")
    branch: str | None = Field(None, description="whose builds count; the default branch by default")
    parts: tuple[PartName, ...] | None = Field(None, description="what to read; the ordinary by default")
    documentation: tuple[str, ...] = Field(
        ("docs/*", "doc/*", "*/docs/*", "README*", "*/README*"),
        description="paths that are documentation; * stands for anything",
    )
    team: tuple[str, ...] = Field((), description="logins that are not external, beside the members")
    returns_within: Every = Field(
        timedelta(days=90), description="how long a first-time contributor has to come back"
    )
    environment: str | None = Field(None, description="where deployments count; production by default")
    deployed_by: Literal["deployments", "releases", "workflow"] | None = Field(
        None, description="what a deployment is; GitHub's own deployments by default"
    )
    deployment_workflow: str | None = Field(None, description="the file of the workflow that deploys")
    dependents_url: Annotated[str, address("https://packages.ecosyste.ms/api/v1")] = (
        "https://packages.ecosyste.ms/api/v1"
    )
    incident_label: str | None = Field(None, min_length=1, description="the label of issues on incidents")

    @field_validator("token", "private_key")
    @classmethod
    def _is_given(cls, value: SecretStr | None) -> SecretStr | None:
        return value if value and value.get_secret_value().strip() else None

    @field_validator("repository")
    @classmethod
    def _is_owner_and_name(cls, value: str) -> str:
        if not NAME.fullmatch(value):
            raise ValueError(f'"{value}" is not a repository: write it as owner/name, such as acme/engine')
        return value

    @field_validator("returns_within")
    @classmethod
    def _is_days(cls, value: timedelta) -> timedelta:
        if value < timedelta(days=1):
            raise ValueError("returns_within is at least 1d")
        return value

    @model_validator(mode="after")
    def _is_one_identity(self) -> Config:
        app = (self.app_id, self.installation_id, self.private_key)
        if any(app) and not all(app):
            raise ValueError("a GitHub App needs app_id, installation_id and private_key together")
        if any(app) and self.token is not None:
            raise ValueError("give either token or a GitHub App (app_id, installation_id, private_key)")
        return self

    @model_validator(mode="after")
    def _is_enough(self) -> Config:
        if (self.deployed_by == "workflow") != (self.deployment_workflow is not None):
            raise ValueError("deployed_by: workflow and deployment_workflow belong together")
        if self.environment is not None and self.deployed_by in ("releases", "workflow"):
            raise ValueError(f"{self.deployed_by} know no environment: leave environment out")
        if "incidents" in (self.parts or ()) and self.incident_label is None:
            raise ValueError("the part incidents needs incident_label, such as incident")
        return self

    @property
    def has_identity(self) -> bool:
        """Whether GitHub is asked as somebody: GraphQL answers nobody else."""
        return self.token is not None or self.private_key is not None

    def reads(self, part: PartName) -> bool:
        """Whether `part` is read. Those in ASKED_FOR only if named, or if a setting speaks of them."""
        if self.parts is not None:
            return part in self.parts
        if part == "deployments":
            return self.environment is not None or self.deployed_by is not None
        if part == "incidents":
            return self.incident_label is not None
        return part not in ASKED_FOR
