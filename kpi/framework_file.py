"""A framework file read into a `Framework`, with all its faults at once, and a `Framework` as JSON."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from kpi import alert_names
from kpi.amount import QuantityFault
from kpi.calendar import STEADY
from kpi.document import Document, Path, nearest, read
from kpi.expression import MeasureFault
from kpi.framework import Framework, Gate, Horizon, Kpi, Target, kpi_key, slug
from kpi.framework_spec import FrameworkSpec, GateSpec, KpiSpec, TargetSpec
from kpi.measure import parse as parse_measure
from kpi.quantity import Better, Goal, Op, parse_goal
from kpi.unit import BARE, Unit, UnitFault, per, unit

_REQUIRE = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,6})?)\s?%")
_RULES = ("alerts", "reports", "dashboards", "funnels", "attribution", "success", "governance")
_REFERS = {
    **dict.fromkeys(("kpi", "kpis", "count", "rate", "overall"), "a KPI"),
    "sections": "a section",
    "dashboards": "a dashboard",
    "horizon": "a horizon",
    "gates": "a gate",
    "funnels": "a funnel",
    "attribution": "an attribution",
}
"""Keys of rules whose values name something else in the file."""

M = TypeVar("M", bound=BaseModel)


def parse_framework(text: str, file: str) -> Framework:
    """The framework that `text` states. Raises `DocumentFaults` with everything that is wrong in it."""
    document = read(text, file)
    spec = document.check(FrameworkSpec)
    # What is sound is read on even where something else is not, so that one run names every fault.
    reading = _Reading(document)
    kpis = tuple(reading.kpis())
    gates = tuple(reading.gates())
    reading.check_rules()
    document.refuse_faults()
    assert spec is not None  # a failed check records a fault
    rules = {name: getattr(spec, name) for name in (*_RULES, "zones", "tools")}
    return Framework(
        key=spec.framework,
        title=spec.title,
        source=spec.source,
        horizons=reading.horizons,
        kpis=kpis,
        gates=gates,
        written_findings=spec.findings,
        **rules,
    )


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a framework file, for editors."""
    schema = FrameworkSpec.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "KPI framework"}


@dataclass(slots=True)
class _Reading:
    """One walk over a document that was already checked for its shape."""

    document: Document
    horizons: dict[str, Horizon] = field(init=False)
    _keys: dict[str, Path] = field(default_factory=dict)
    _aliases: dict[str, tuple[str, Path]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        written = self.document.data.get("horizons")
        titles = dict(written) if isinstance(written, dict) else {}
        if STEADY not in titles:  # always there: a target without a date is in force at any time
            titles[STEADY] = {"title": "Always"}
        self.horizons = {}
        for position, (key, about) in enumerate(titles.items()):
            title = about.get("title") if isinstance(about, dict) else None
            self.horizons[key] = Horizon(key, title or _spoken(key), position)

    def kpis(self) -> Iterator[Kpi]:
        for section in self._items(("sections",)):
            title = self._value((*section, "title"))
            for path in self._items((*section, "kpis")):
                name = self._value((*path, "name"))
                if not isinstance(title, str) or not isinstance(name, str):
                    continue
                self._name(kpi_key(title, name), name, path)
                spec = self._valid(path, KpiSpec)
                if spec is not None:
                    yield self._kpi(spec, title, path)

    def _kpi(self, spec: KpiSpec, section: str, path: Path) -> Kpi:
        counted = self._unit(spec.unit, (*path, "unit"))
        kpi = Kpi(
            key=kpi_key(section, spec.name),
            name=spec.name,
            section=section,
            unit=counted,
            better=spec.better,
            line=spec.line,
            aliases=spec.aliases,
            baseline=self._baseline(spec.baseline, counted, (*path, "baseline")),
            baseline_text=spec.baseline,
            targets=self._targets(spec, counted, path),
            pace=self._pace(spec.pace, counted, (*path, "pace")),
            measure=self._measure(spec.measure, (*path, "measure")),
            source=spec.source,
            owner=spec.owner,
            note=spec.note,
            scored=spec.scored,
            matures=spec.matures,
            history=spec.history,
            rhythm=spec.rhythm,
            asked=spec.asked,
        )
        self._claim_aliases(kpi, path)
        return kpi

    def _name(self, key: str, name: str, path: Path) -> None:
        if not slug(name):
            self.document.fault((*path, "name"), f"“{name}” holds no letter or digit", "write a name")
        elif key in self._keys:
            first = self.document.line(self._keys[key])
            message = f"“{name}” stands under the same heading as in line {first}"
            self.document.fault((*path, "name"), message, "rename one of them or its section")
        self._keys.setdefault(key, (*path, "name"))

    def _claim_aliases(self, kpi: Kpi, path: Path) -> None:
        for position, alias in enumerate(kpi.aliases):
            here = (*path, "aliases", position)
            owner, first = self._aliases.setdefault(alias.casefold(), (kpi.key, here))
            if owner != kpi.key:
                message = (
                    f"the alias “{alias}” already belongs to {owner} in line {self.document.line(first)}"
                )
                self.document.fault(here, message, "give it to one of them")

    def _unit(self, text: str, path: Path) -> Unit:
        try:
            return unit(text)
        except UnitFault as fault:
            self.document.fault(path, fault.message)
            return BARE

    def _targets(self, spec: KpiSpec, counted: Unit, path: Path) -> dict[str, Target]:
        targets = {}
        for horizon, target in spec.targets.items():
            here = (*path, "targets", horizon)
            if horizon not in self.horizons:
                self._unknown(here, "a horizon", horizon, self.horizons)
            goal = self._goal(target, counted, spec.better, here)
            if goal is not None:
                targets[horizon] = Target(horizon, goal, counted)
        return dict(sorted(targets.items(), key=lambda item: self._position(item[0])))

    def _position(self, horizon: str) -> int:
        return self.horizons[horizon].position if horizon in self.horizons else len(self.horizons)

    def _pace(self, spec: TargetSpec | None, counted: Unit, path: Path) -> Target | None:
        if spec is None:
            return None
        daily = per(counted, "day")
        goal = self._goal(spec, daily, Better.HIGHER, path)
        return Target(STEADY, goal, daily) if goal is not None else None

    def _goal(self, spec: TargetSpec, counted: Unit, better: Better, path: Path) -> Goal | None:
        if spec.words:
            return Goal(Op.WORDS, None, None, counted, spec.text)
        try:
            return replace(parse_goal(spec.goal or spec.text, unit=counted, better=better), text=spec.text)
        except QuantityFault as fault:
            self.document.fault(path, fault.message, fault.hint)
            return None

    def _baseline(self, text: str, counted: Unit, path: Path) -> float | None:
        if not text:
            return None
        try:
            return parse_goal(text, unit=counted, better=Better.NONE).value
        except QuantityFault as fault:
            self.document.fault(path, fault.message, fault.hint)
            return None

    def _measure(self, text: str, path: Path) -> str | None:
        if not text:
            return None
        try:
            parse_measure(text)
        except MeasureFault as fault:
            self.document.fault(path, f"column {fault.column} of “{text[:80]}”: {fault.message}", fault.hint)
        return text

    def gates(self) -> Iterator[Gate]:
        written = self._value(("gates",))
        for key in written if isinstance(written, dict) else ():
            path: Path = ("gates", key)
            spec = self._valid(path, GateSpec)
            if spec is None:
                continue
            for here, horizon in ((path, key), ((*path, "to"), spec.to)):
                if horizon not in self.horizons:
                    self._unknown(here, "a horizon", horizon, self.horizons)
            share = self._require(spec.require, (*path, "require"))
            title = spec.title or f"{_spoken(key)} → {_spoken(spec.to)}"
            yield Gate(key, title, key, spec.to, share, spec.line)

    def _require(self, text: str, path: Path) -> Fraction:
        match = _REQUIRE.fullmatch(text.strip())
        share = Fraction(match[1]) / 100 if match else Fraction(0)
        if not 0 < share <= 1:
            self.document.fault(
                path, f"“{text[:40]}” is not a share of the KPIs", "write a percent such as 80%"
            )
        return share

    def check_rules(self) -> None:
        """Check that rules have keys of their own and name things that exist."""
        known = {
            "a KPI": set(self._keys),
            "a section": self._sections(),
            "a dashboard": self._rule_keys("dashboards"),
            "an alert": self._rule_keys("alerts"),
            "a horizon": set(self.horizons),
            "a gate": set(gates) if isinstance(gates := self._value(("gates",)), dict) else set(),
            "a funnel": self._rule_keys("funnels"),
            "an attribution": self._rule_keys("attribution"),
        }
        self._rule_keys("reports")
        for name in _RULES:
            for path, key, text in _leaves(self._value((name,)), (name,)):
                if key == "measure" or path[-2:-1] == ("queries",):
                    self._measure(text, path)
                elif name == "alerts":
                    self._alert_name(path, key, text, known)
                elif key == "due" and not _is_day(text) and text not in known["a horizon"]:
                    self.document.fault(
                        path,
                        f"“{text[:80]}” is no day and no horizon",
                        "write 2026-09-30, or a horizon of this framework",
                    )
                elif key in _REFERS and text not in known[_REFERS[key]]:
                    self._unknown(path, _REFERS[key], text, known[_REFERS[key]])

    def _alert_name(self, path: Path, key: str, text: str, known: Mapping[str, set[str]]) -> None:
        """What a condition names: a KPI, a gate or another alert, or `any`; else a measure."""
        kind = None if alert_names.is_any(key, text) else alert_names.REFERS.get(key)
        if key in alert_names.MEASURED and alert_names.looks_like_measure(text):
            if fault := alert_names.measure_fault(key, text):
                self.document.fault(path, *fault)
        elif kind and text not in known[kind]:
            self._unknown(path, kind, text, known[kind])

    def _sections(self) -> set[str]:
        """The titles of all sections and of the headings above them."""
        known = set()
        for section in self._items(("sections",)):
            parts = str(self._value((*section, "title")))[:200].split(" > ")  # longer ones are refused
            known |= {" > ".join(parts[:depth]) for depth in range(1, len(parts) + 1)}
        return known

    def _rule_keys(self, name: str) -> set[str]:
        keys: dict[str, int] = {}
        for path in self._items((name,)):
            key = self._value((*path, "key"))
            if isinstance(key, str) and key in keys:
                message = f"“{key}” is given twice, first in line {keys[key]}"
                self.document.fault((*path, "key"), message, "rename one of them")
            elif isinstance(key, str):
                keys[key] = self.document.line((*path, "key"))
        return set(keys)

    def _unknown(self, path: Path, kind: str, text: str, known: Mapping[str, Any] | set[str]) -> None:
        self.document.fault(path, f"“{text[:80]}” is not {kind} of this framework", nearest(text, known))

    def _value(self, path: Path) -> Any:
        value: Any = self.document.data
        for part in path:
            if isinstance(value, dict):
                value = value.get(str(part))
            elif isinstance(value, list) and isinstance(part, int):
                value = value[part]
            else:
                return None
        return value

    def _items(self, path: Path) -> list[Path]:
        found = self._value(path)
        return [(*path, position) for position in range(len(found))] if isinstance(found, list) else []

    def _valid(self, path: Path, model: type[M]) -> M | None:
        """The value at `path` as a `model`, without the parts that were already refused."""
        value = copy.deepcopy(self._value(path))
        try:
            return model.model_validate(value)
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                _prune(value, detail["loc"])
        try:
            return model.model_validate(value)
        except ValidationError:
            return None


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _prune(value: Any, path: tuple[int | str, ...]) -> None:
    """Take what stands at `path` out of `value`, at most one level down: a whole target, not its text."""
    inner = value.get(path[0]) if isinstance(value, dict) else None
    if isinstance(inner, dict) and len(path) > 1:
        inner.pop(path[1], None)
    elif path[:1] == ("better",):
        value["better"] = Better.NONE  # it has no default, and the rest can be read without it
    elif isinstance(value, dict):
        value.pop(path[0], None)


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, str, str]]:
    """Every text below `value`, with its path and the key it stands under."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, key))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _leaves(inner, (*path, position))
    elif isinstance(value, str):
        key = next(part for part in reversed(path) if isinstance(part, str))
        yield path, key, value


def _spoken(key: str) -> str:
    """`phase1` as `Phase 1`, `day90` as `Day 90`."""
    return re.sub(r"([a-z])([0-9])", r"\1 \2", key.replace("_", " ")).capitalize()
