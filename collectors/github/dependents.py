"""Who depends on what the repository publishes, as ecosyste.ms has counted it in the registries of packages.

GitHub tells its own count of dependents to no program. Asked is `/packages/lookup` of
https://packages.ecosyste.ms (its OpenAPI: https://github.com/ecosyste-ms/packages), without GitHub's token:
it allows 5,000 requests an hour without any.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from collectors.base import Batch
from collectors.faults import UnexpectedResponse
from collectors.github.reader import Reader, snapshot
from collectors.payload import number, rows, text
from kpi.metric import Kind, Sample, labels

PACKAGES = snapshot(
    "dependent_packages",
    "packages",
    Kind.LEVEL,
    "packages that depend on one of the repository's",
    "registry",
    "package",
)
REPOSITORIES = snapshot(
    "dependent_repositories",
    "repositories",
    Kind.LEVEL,
    "public repositories that depend on one of the repository's packages",
    "registry",
    "package",
)
METRICS = (PACKAGES, REPOSITORIES)


async def read_dependents(reader: Reader) -> Batch:
    api = reader.client.at(reader.config.dependents_url)
    asked = {"repository_url": f"https://github.com/{reader.name}"}
    found = list(rows(await api.get_json("/packages/lookup", asked)))
    if not found:
        raise UnexpectedResponse(
            f"ecosyste.ms knows no package of {reader.name}",
            hint="A package names its repository in its own description; or leave the part dependents out.",
        )
    return Batch(tuple(parse_dependents(found, reader)))


def parse_dependents(packages: Iterable[dict[str, Any]], reader: Reader) -> Iterator[Sample]:
    """How many packages and repositories depend on each package."""
    now = reader.span.now
    for one in packages:
        pairs = labels({"registry": text(one, "registry", "name"), "package": text(one, "name")})
        yield Sample(PACKAGES.name, now, number(one, "dependent_packages_count"), pairs)
        yield Sample(REPOSITORIES.name, now, number(one, "dependent_repos_count"), pairs)
