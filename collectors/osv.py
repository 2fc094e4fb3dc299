"""Known vulnerabilities of the packages a project uses, by severity, as the OSV database has them.

Endpoint: POST `/v1/querybatch` with a thousand packages at a time, and `/v1/vulns/{id}` for each entry found.
Auth: none.
Rate limit: none is published; four requests are under way at most.
Freshness: of the moment, with no past; OSV is at most a quarter of an hour behind its sources.
Docs: https://google.github.io/osv.dev/api/

The packages are those named in `packages` and those pinned in lock files on this machine (`files`). One
vulnerability has names in several databases and may be in several packages: it counts once, with the worst
severity any of its entries gives (CVSS 3, else CVSS 2, else the database's word, else unknown). Withdrawn
entries do not count. All severities are told each time, so that one without any is a zero.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from collectors.base import About, Batch, Client, Collector, CollectorConfig, Proof, Span, address
from collectors.faults import UnexpectedResponse
from collectors.http import Access, Api, Pace
from collectors.osv_packages import Package, is_known, normal, read_lock
from collectors.osv_severity import SEVERITIES, severity_of
from collectors.payload import part, rows, text
from kpi.metric import Kind, Metric, Sample, labels

VULNERABILITIES = Metric(
    "osv.vulnerabilities",
    "vulnerabilities",
    Kind.LEVEL,
    "known vulnerabilities, each once",
    ("severity",),
    is_snapshot=True,
)
VULNERABLE = Metric(
    "osv.vulnerable_packages", "packages", Kind.LEVEL, "packages with a known vulnerability", is_snapshot=True
)
PACKAGES = Metric("osv.packages", "packages", Kind.LEVEL, "packages looked up", is_snapshot=True)
METRICS = (VULNERABILITIES, VULNERABLE, PACKAGES)

_AT_ONCE = 1000  # queries in a batch
_PAGES = 100


class Dependency(BaseModel):
    """One version of a package, by OSV's names (https://ossf.github.io/osv-schema/#affectedpackage-field)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ecosystem: str = Field(min_length=1, description="PyPI, npm, crates.io, Go, Maven, …")
    name: str = Field(min_length=1)
    version: str = Field(min_length=1)


class Config(CollectorConfig):
    """Whose packages are looked up."""

    collector: Literal["osv"] = "osv"
    packages: tuple[Dependency, ...] = Field((), description="ecosystem, name and version of each")
    files: tuple[Path, ...] = Field(
        (), description="uv.lock, poetry.lock, requirements.txt, package-lock.json or Cargo.lock"
    )
    base_url: Annotated[str, address("https://api.osv.dev")] = "https://api.osv.dev"

    @field_validator("files")
    @classmethod
    def _can_be_read(cls, value: tuple[Path, ...]) -> tuple[Path, ...]:
        for one in value:
            if not is_known(one.name):
                raise ValueError(
                    f"{one.name} is no lock file that can be read: uv.lock, poetry.lock, requirements.txt, "
                    "package-lock.json, Cargo.lock"
                )
        return value

    @model_validator(mode="after")
    def _has_some(self) -> Config:
        if not self.packages and not self.files:
            raise ValueError("name packages, or files with them")
        return self


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Look up all packages, then each vulnerability found; one that cannot be read leaves no number."""
    api = client.at(config.base_url, Access(pace=Pace(at_once=4)))
    packages = await _packages(config)
    found = await find(api, packages)
    entries = {
        one: await _entry(api, one) for one in sorted({key for keys in found.values() for key in keys})
    }
    return Batch(tuple(parse(found, entries, span)), notes=(f"{len(packages):,} packages looked up",))


async def _packages(config: Config) -> list[Package]:
    named = {normal(Package(one.ecosystem, one.name, one.version)) for one in config.packages}
    for path in config.files:
        named |= await asyncio.to_thread(read_lock, path)
    return sorted(named)


async def find(api: Api, packages: Sequence[Package]) -> dict[Package, set[str]]:
    """The ids of the vulnerabilities of each package."""
    found: dict[Package, set[str]] = {one: set() for one in packages}
    for first in range(0, len(packages), _AT_ONCE):
        asked: list[tuple[Package, str]] = [(one, "") for one in packages[first : first + _AT_ONCE]]
        for _ in range(_PAGES):
            asked = await _batch(api, asked, found)
            if not asked:
                break
        else:
            raise UnexpectedResponse(
                f"the list does not end within {_PAGES} pages", hint="It is asked again."
            )
    return found


async def _batch(
    api: Api, asked: Sequence[tuple[Package, str]], found: dict[Package, set[str]]
) -> list[tuple[Package, str]]:
    """Ask once and note what there is; what remains to be asked, with the token of its next page."""
    answer = await api.post_json("/v1/querybatch", {"queries": [_query(*one) for one in asked]})
    results = list(rows(answer, "results"))
    if len(results) != len(asked):
        raise UnexpectedResponse(
            f"OSV answers {len(results)} of {len(asked)} packages", hint="None of it was used."
        )
    following: list[tuple[Package, str]] = []
    for (package, _), result in zip(asked, results, strict=True):
        found[package] |= {text(one, "id") for one in rows(result.get("vulns") or [])}
        if result.get("next_page_token"):
            following.append((package, text(result, "next_page_token")))
    return following


def _query(package: Package, page: str) -> dict[str, Any]:
    asked = {
        "package": {"ecosystem": package.ecosystem, "name": package.name},
        "version": package.version,
    }
    return asked | ({"page_token": page} if page else {})


async def _entry(api: Api, key: str) -> Mapping[str, Any]:
    entry: Any = await api.get_json(f"/v1/vulns/{quote(key, safe='')}")
    if part(entry, "id") != key:
        raise UnexpectedResponse("OSV answers with another entry than asked for", hint="None of it was used.")
    return dict(entry)


def parse(
    found: Mapping[Package, Iterable[str]], entries: Mapping[str, Mapping[str, Any]], span: Span
) -> Iterator[Sample]:
    """Vulnerabilities by severity, and how many packages have one."""
    valid = {key for key, entry in entries.items() if not entry.get("withdrawn")}
    groups = folded({key: entries[key] for key in valid})
    worst = Counter(min((severity_of(entries[key]) for key in one), key=SEVERITIES.index) for one in groups)
    for severity in SEVERITIES:
        pair = labels({"severity": severity})
        yield Sample(VULNERABILITIES.name, span.now, float(worst[severity]), pair)
    yield Sample(VULNERABLE.name, span.now, float(sum(bool(valid & set(keys)) for keys in found.values())))
    yield Sample(PACKAGES.name, span.now, float(len(found)))


def folded(entries: Mapping[str, Mapping[str, Any]]) -> list[set[str]]:
    """Entries that speak of one vulnerability, together: those that name each other, or a third, as alias."""
    names: dict[str, set[str]] = {}  # of each name the entries behind it; shared by all of one vulnerability
    for key, entry in entries.items():
        aliases = entry.get("aliases")
        mine = {key, *(str(one) for one in (aliases if isinstance(aliases, list) else ()))}
        held = [names[one] for one in mine if one in names]
        both: set[str] = {key}.union(*held)
        touched = mine | {name for name, of in names.items() if any(of is one for one in held)}
        names |= dict.fromkeys(touched, both)
    return list({id(one): one for one in names.values()}.values())


async def probe(config: Config, client: Client) -> str:
    """How many packages there are, and what the first of them has."""
    packages = await _packages(config)
    api = client.at(config.base_url, Access(pace=Pace(at_once=4)))
    found = await find(api, packages[:1])
    return f"{len(packages):,} packages; {packages[0].name} has {sum(map(len, found.values()))} entries"


ABOUT = About(
    title="OSV",
    measures="known vulnerabilities of dependencies",
    example={"packages": [{"ecosystem": "PyPI", "name": "jinja2", "version": "3.1.2"}]},
    proof=Proof.SPEC,
    proven_by="OSV's Swagger 1.0",
)

COLLECTOR = Collector(
    "osv",
    Config,
    METRICS,
    collect,
    settles_after=timedelta(0),
    backfills=False,
    every=timedelta(hours=12),
    probe=probe,
    about=ABOUT,
)
