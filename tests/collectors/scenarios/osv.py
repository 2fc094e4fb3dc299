"""OSV played from a few entries: pages of one package, aliases, one withdrawn, all ways to say how bad."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from kpi.metric import Sample, labels
from tests.collectors.loopback import Asked, said_json
from tests.collectors.scenarios.base import NOW, Said, Scenario, refused

_AT_ONCE = 1000
_PAGE = 2
_V3 = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"  # 9.8
_MEDIUM = "CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N"  # 6.1


def entry(key: str, *aliases: str, **more: Any) -> dict[str, Any]:
    """An entry as OSV tells it."""
    told = {"id": key, "published": "2026-03-01T00:00:00Z", "modified": "2026-10-01T00:00:00Z"}
    return told | ({"aliases": list(aliases)} if aliases else {}) | more


def by_vector(kind: str, vector: str) -> dict[str, Any]:
    return {"severity": [{"type": kind, "score": vector}]}


ENTRIES = (
    entry("GHSA-1", "CVE-1", **by_vector("CVSS_V3", _MEDIUM)),
    entry("PYSEC-1", "CVE-1", **by_vector("CVSS_V3", _V3)),
    entry("GHSA-2", "CVE-2", database_specific={"severity": "MODERATE"}),
    entry("GHSA-3", withdrawn="2026-05-01T00:00:00Z", **by_vector("CVSS_V3", _V3)),
    entry("OSV-4", **by_vector("CVSS_V2", "AV:N/AC:L/Au:N/C:C/I:C/A:C")),
    entry("OSV-5", affected=[by_vector("CVSS_V4", "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H")]),
)
AFFECTED: Mapping[tuple[str, str, str], tuple[str, ...]] = {
    ("PyPI", "jinja2", "3.1.2"): ("GHSA-1", "PYSEC-1", "GHSA-2", "OSV-5", "GHSA-3"),
    ("npm", "left-pad", "1.0.0"): ("GHSA-3",),
    ("crates.io", "tokio", "1.0.0"): ("OSV-4", "GHSA-2"),
    ("PyPI", "flask", "3.1.0"): (),
}


@dataclass
class FakeOSV:
    """Strict: exact names, a version beside each, tokens that it gave out, and no more than a thousand."""

    affected: Mapping[tuple[str, str, str], tuple[str, ...]] = field(default_factory=lambda: AFFECTED)

    def __call__(self, asked: Asked) -> Said:
        if asked.method == "GET" and asked.path.startswith("/v1/vulns/"):
            key = unquote(asked.path.rpartition("/")[2])
            found = [one for one in ENTRIES if one["id"] == key]
            return said_json(found[0]) if found else refused(404, code=5, message="Bug not found.")
        if (asked.method, asked.path) != ("POST", "/v1/querybatch"):
            return refused(404, code=5, message="Not Found")
        queries = asked.json()["queries"]
        if len(queries) > _AT_ONCE:
            return refused(400, code=3, message="Too many queries.")
        return said_json({"results": [self._result(one) for one in queries]})

    def _result(self, query: dict[str, Any]) -> dict[str, Any]:
        assert set(query) <= {"package", "version", "page_token"}
        package = query["package"]
        keys = self.affected.get((package["ecosystem"], package["name"], query["version"]), ())
        start = int(query.get("page_token", "after-0").removeprefix("after-"))
        told = [{"id": key, "modified": "2026-10-01T00:00:00Z"} for key in keys[start : start + _PAGE]]
        more = {"next_page_token": f"after-{start + _PAGE}"} if start + _PAGE < len(keys) else {}
        return ({"vulns": told} if told else {}) | more


def _figures(packages: int, vulnerable: int, **severities: int) -> list[Sample]:
    return [
        *(
            Sample("osv.vulnerabilities", NOW, float(severities.get(one, 0)), labels({"severity": one}))
            for one in ("critical", "high", "medium", "low", "unknown")
        ),
        Sample("osv.vulnerable_packages", NOW, float(vulnerable)),
        Sample("osv.packages", NOW, float(packages)),
    ]


def listed() -> Scenario:
    """CVE-1 has two entries, the worse of which counts; GHSA-2 is in two packages; GHSA-3 was withdrawn."""
    named = [
        {"ecosystem": "PyPI", "name": "Jinja2", "version": "3.1.2"},
        {"ecosystem": "npm", "name": "left-pad", "version": "1.0.0"},
        {"ecosystem": "crates.io", "name": "tokio", "version": "1.0.0"},
        {"ecosystem": "PyPI", "name": "flask", "version": "3.1.0"},
    ]
    return Scenario(
        settings={"packages": named, "base_url": "{url}"},
        answer=FakeOSV(),
        expected=_figures(4, 2, critical=1, high=1, medium=1, unknown=1),
        empty=FakeOSV({}),
        empty_expected=_figures(4, 0),
    )


def many() -> Scenario:
    """More packages than fit into one question; one of the last is vulnerable."""
    named = [{"ecosystem": "npm", "name": f"p{one:04}", "version": "1.0.0"} for one in range(1203)]
    return Scenario(
        settings={"packages": named, "base_url": "{url}"},
        answer=FakeOSV({("npm", "p1200", "1.0.0"): ("OSV-4",)}),
        expected=_figures(1203, 1, high=1),
    )


SCENARIOS = (listed, many)
