"""How severe a vulnerability is: from the CVSS vector of its entry, else from its database's own word.

The base score of CVSS 3 (https://www.first.org/cvss/v3.1/specification-document, section 7) and of CVSS 2
(https://www.first.org/cvss/v2/guide, section 3.2.1). One of CVSS 4 is read off a long table, not worked out:
such an entry counts by its older vector or by the word.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

SEVERITIES = ("critical", "high", "medium", "low", "unknown")
"""The worst first; no entry says how bad an unknown one is."""

_WORDS = {"critical": "critical", "high": "high", "moderate": "medium", "medium": "medium", "low": "low"}
_IMPACT = {"H": 0.56, "L": 0.22, "N": 0.0}
_V3 = {
    "AV": {"N": 0.85, "A": 0.62, "L": 0.55, "P": 0.2},
    "AC": {"L": 0.77, "H": 0.44},
    "PR": {"N": 0.85, "L": 0.62, "H": 0.27},
    "UI": {"N": 0.85, "R": 0.62},
    "S": {"U": 0.0, "C": 1.0},
    "C": _IMPACT,
    "I": _IMPACT,
    "A": _IMPACT,
}
_ELSEWHERE = {"N": 0.85, "L": 0.68, "H": 0.5}  # the privileges, where the scope changes
_LOSS = {"N": 0.0, "P": 0.275, "C": 0.66}
_V2 = {
    "AV": {"L": 0.395, "A": 0.646, "N": 1.0},
    "AC": {"H": 0.35, "M": 0.61, "L": 0.71},
    "Au": {"M": 0.45, "S": 0.56, "N": 0.704},
    "C": _LOSS,
    "I": _LOSS,
    "A": _LOSS,
}


def severity_of(entry: Mapping[str, Any]) -> str:
    """One of SEVERITIES, of a whole entry: by CVSS 3, else by CVSS 2, else by the database's word."""
    vectors = dict(_vectors(entry))
    score = score_v3(vectors.get("CVSS_V3", ""))
    if score is not None:
        return _rated(score)
    score = score_v2(vectors.get("CVSS_V2", ""))
    if score is not None:
        return "high" if score >= 7 else _rated(score)  # it knows no critical
    said: Any = entry.get("database_specific")
    word = str(said.get("severity", "")).lower() if isinstance(said, Mapping) else ""
    return _WORDS.get(word, "unknown")


def _vectors(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The entry's vectors by kind; its own come after those of the packages it affects, and win."""
    affected = entry.get("affected")
    holders = [one for one in affected if isinstance(one, Mapping)] if isinstance(affected, list) else []
    for holder in (*holders, entry):
        told = holder.get("severity")
        for one in told if isinstance(told, list) else ():
            if isinstance(one, Mapping):
                yield str(one.get("type")), str(one.get("score"))


def _rated(score: float) -> str:
    if score >= 9:
        return "critical"
    if score >= 7:
        return "high"
    return "medium" if score >= 4 else "low"


def score_v3(vector: str) -> float | None:
    """The base score of a CVSS 3 vector, 0 to 10; None where it is none."""
    if not vector.startswith("CVSS:3"):
        return None
    found = _weights(vector, _V3)
    if found is None:
        return None
    changed = found["S"] == 1.0
    privileges = _ELSEWHERE[_letters(vector)["PR"]] if changed else found["PR"]
    lost = 1 - (1 - found["C"]) * (1 - found["I"]) * (1 - found["A"])
    impact = 7.52 * (lost - 0.029) - 3.25 * (lost - 0.02) ** 15 if changed else 6.42 * lost
    if impact <= 0:
        return 0.0
    ease = 8.22 * found["AV"] * found["AC"] * privileges * found["UI"]
    return _up(min(10.0, (impact + ease) * (1.08 if changed else 1.0)))


def score_v2(vector: str) -> float | None:
    """The base score of a CVSS 2 vector, 0 to 10; None where it is none."""
    found = _weights(vector, _V2)
    if found is None:
        return None
    impact = 10.41 * (1 - (1 - found["C"]) * (1 - found["I"]) * (1 - found["A"]))
    ease = 20 * found["AV"] * found["AC"] * found["Au"]
    return round((0.6 * impact + 0.4 * ease - 1.5) * (1.176 if impact else 0), 1)


def _weights(vector: str, table: Mapping[str, Mapping[str, float]]) -> dict[str, float] | None:
    letters = _letters(vector)
    found = {name: weights.get(letters.get(name, "")) for name, weights in table.items()}
    known = {name: weight for name, weight in found.items() if weight is not None}
    return known if len(known) == len(table) else None


def _letters(vector: str) -> dict[str, str]:
    pairs = (one.partition(":") for one in vector.strip("() ").split("/"))
    return {name: value for name, _, value in pairs}


def _up(score: float) -> float:
    """The smallest tenth that is not below `score`, free of the error of binary fractions."""
    whole = round(score * 100_000)
    return whole / 100_000 if whole % 10_000 == 0 else (math.floor(whole / 10_000) + 1) / 10
