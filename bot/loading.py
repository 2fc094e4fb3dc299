"""From files to a workspace at work: frameworks read, laid on the calendar, and joined with their sources."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.alert_entries import in_force
from bot.asked import by_path
from bot.cadence import Cadence, Owed
from bot.errors import UserError, shortened
from bot.jobs.collect import Connected
from bot.marked import paths_by_kind
from bot.reports import plans
from bot.reports.report_names import misnamed
from bot.restrictions import restrictions
from bot.settings import FrameworkUse, Settings, WorkspaceFile, read_workspace
from bot.unheard import boards, rescheduled
from bot.unheard import silences as silences
from bot.workspace import Person, Source, Use, Workspace, normal
from collectors import BY_KIND, METRICS
from kpi import frameworks, measure, survey
from kpi.calendar import EVEN, Plan
from kpi.document import MAX_CHARACTERS, Document, DocumentFaults, Fault, nearest, print_path, read
from kpi.document import Path as KeyPath
from kpi.framework import Framework
from kpi.framework_file import parse_framework
from kpi.measure import MeasureFault
from kpi.metric import labels
from kpi.remeasure import BY_HAND, with_measures


def built_in() -> tuple[str, ...]:
    """The names of the frameworks that come with the bot."""
    files = resources.files(frameworks).iterdir()
    return tuple(sorted(one.name.removesuffix(".yaml") for one in files if one.name.endswith(".yaml")))


def read_framework(name: str, base: Path = Path()) -> Framework:
    """A built-in framework by name, or a file by its path. Raises `DocumentFaults` or `UserError`."""
    text, file = framework_text(name, base)
    return parse_framework(text, file)


def framework_text(name: str, base: Path = Path()) -> tuple[str, str]:
    """The text of a built-in framework or of a file, and what faults in it are told under."""
    if name in built_in():
        return (resources.files(frameworks) / f"{name}.yaml").read_text(encoding="utf-8"), f"{name}.yaml"
    path = base / name
    if not name.endswith((".yaml", ".yml")) and not path.exists():
        near = nearest(name, built_in())
        meant = f"{near[:1].upper()}{near[1:]} " if near.startswith("did") else ""
        hint = f"{meant}Built in: {', '.join(built_in())}; or name a file."
        raise UserError(f"There is no framework “{shortened(name)}”.", hint)
    return _read_small(path), str(path)


def _read_small(path: Path) -> str:
    """The text of a framework or a workspace, which no file of many megabytes is."""
    with contextlib.suppress(OSError):  # said by whoever reads it
        if path.stat().st_size > 4 * MAX_CHARACTERS:  # no character takes more bytes
            raise UserError(f"{path} is larger than any framework or workspace.", "Is it the right file?")
    return read_text(path)


def read_text(path: Path) -> str:
    """A text file. Raises `UserError` that says why it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UserError(f"{path} does not exist.", "Check the path.") from None
    except UnicodeDecodeError:
        raise UserError(f"{path} is not UTF-8 text.", "Save it as UTF-8.") from None
    except OSError as fault:
        raise UserError(
            f"{path} cannot be read: {fault.strerror}.", "Check the path and its access rights."
        ) from None


def read_workspace_file(settings: Settings) -> WorkspaceFile:
    """kpi.yaml. Raises `DocumentFaults` with every fault, or `UserError` where there is none to read."""
    return read_workspace(_read_small(settings.config_path), str(settings.config_path), settings.environment)


@dataclass
class Files:
    """kpi.yaml and the framework files it names, to be read again when they change."""

    settings: Settings
    started_with: WorkspaceFile
    _frameworks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self._frameworks = tuple(one.use for one in self.started_with.frameworks)

    def paths(self) -> tuple[Path, ...]:
        """Every file that a change of counts."""
        base = self.settings.config_path.parent
        own = (base / name for name in self._frameworks if name not in built_in())
        return (self.settings.config_path, *own)

    def read(self) -> Workspace:
        """What they say now, with the sources as they began. Raises `DocumentFaults` or `UserError`."""
        file = read_workspace_file(self.settings)
        workspace = resolve(file, self.settings.config_path)
        self._frameworks = tuple(one.use for one in file.frameworks)
        begun = self.started_with
        if file.sources == begun.sources:
            return workspace
        known = tuple(source_of(one) for one in connected(begun).values())
        name = self.settings.config_path.name
        trouble = f"{name} changed its sources: restart the bot to use them."
        return replace(workspace, sources=known, trouble=trouble)


def resolve(file: WorkspaceFile, config_path: Path, notes: Mapping[str, str] | None = None) -> Workspace:
    """The workspace that `file` describes. Raises `DocumentFaults` naming every framework that is wrong."""
    zone = ZoneInfo(file.timezone)
    found = _Frameworks(config_path)
    for index, one in enumerate(file.frameworks):
        found.add(one, index, zone)
    if found.faults:
        raise DocumentFaults(found.faults)
    uses = tuple(found.uses.values())
    rules = restrictions(file.access, uses, found.fault)
    asks = by_path(file.asks, uses, found.fault)
    marks = paths_by_kind(file.marks, uses, found.fault)
    alerts = in_force(file.alerts, uses, file.sources, file.channels.get("daily", ()), fault=found.fault)
    if found.faults:
        raise DocumentFaults(found.faults)
    workspace = Workspace(
        name=file.name,
        zone=zone,
        uses=uses,
        metrics=survey.beside(METRICS),
        sources=tuple(source_of(one, (notes or {}).get(one.name, "")) for one in connected(file).values()),
        people=tuple(
            Person(name, _ids(one.slack, one.discord), one.role, one.groups, one.zone or "")
            for name, one in file.people.items()
        ),
        restrictions=rules,
        permissions=file.permissions.by_act(),
        calendar=file.calendar,
        asks=asks,
        alerts=alerts,
        marks=marks,
        surveys=file.surveys,
        reports=file.reports,
        language=file.language,
        schedule=owed(file),
        fallback=file.fallback,
        budget=file.budget,
    )
    _check_reports(workspace, file, found)
    return replace(workspace, boards=boards(file, plans.live(workspace)))


def _check_reports(workspace: Workspace, file: WorkspaceFile, found: _Frameworks) -> None:
    """Refuses channels and schedules of reports that nobody states, and reports of what is not there.

    Raises `DocumentFaults`.
    """
    known = plans.names(workspace)
    for section, written in (("channels", file.channels), ("schedule", file.schedule)):
        for name in written:
            if name not in known:
                told = f'there is no report "{shortened(name)}"'
                found.fault((section, name), told, nearest(name, known) or f"known: {', '.join(known[:9])}")
    for one in misnamed(file.reports, workspace):
        found.fault(one.path, one.said, one.hint)
    for one in () if found.faults else rescheduled(file, plans.live(workspace)):
        found.fault(one.path, one.said, one.hint)
    if found.faults:
        raise DocumentFaults(found.faults)


@dataclass
class _Frameworks:
    """The frameworks of a workspace file as they are found, and what is wrong with them."""

    config_path: Path
    uses: dict[str, Use] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def add(self, one: FrameworkUse, index: int, zone: ZoneInfo) -> None:
        try:
            text, name = framework_text(one.use, self.config_path.parent)
            framework = parse_framework(text, name)
        except DocumentFaults as fault:
            self.faults += fault.faults
            return
        except UserError as fault:
            self.fault(("frameworks", index, "use"), fault.message, fault.hint)
            return
        for key in one.horizons:
            if key not in framework.horizons:
                hint = nearest(key, framework.horizons)
                where = ("frameworks", index, "horizons", key)
                self.fault(where, f"{framework.key} has no such horizon", hint)
        if framework.key in self.uses:
            self.fault(("frameworks", index), f"{framework.key} is used twice", "keep one of the two")
        framework = self._owned(framework, one, index)
        measures = self._measures(framework, one, index)
        framework = with_measures(framework, measures)
        plan = Plan(one.start, zone, one.horizons, one.rhythm or EVEN)
        self.uses[framework.key] = Use(framework, plan, framework, text, measures)

    def _measures(self, framework: Framework, one: FrameworkUse, index: int) -> dict[str, str]:
        """The measures that kpi.yaml gives, by the keys of their KPIs."""
        found: dict[str, str] = {}
        known = Workspace("", ZoneInfo("UTC"), (Use(framework, Plan(None, ZoneInfo("UTC"))),), {})
        for name, text in one.measures.items():
            at: KeyPath = ("frameworks", index, "measures", name)
            refs = known.find_kpi(name)
            if len(refs) != 1:
                near = known.nearest_names(name) if not refs else tuple(ref.kpi.key for ref in refs)
                said = "names several KPIs" if refs else f"is no KPI of {framework.key}"
                self.fault(
                    at, said, f"write {' or '.join(near)}" if near else "`kpi framework show` lists them"
                )
                continue
            try:
                if text.strip().casefold() != BY_HAND:
                    measure.parse(text)
            except MeasureFault as fault:
                self.fault(at, str(fault), "write one like last(github.stars), or by hand")
                continue
            found[refs[0].kpi.key] = text
        return found

    def _owned(self, framework: Framework, one: FrameworkUse, index: int) -> Framework:
        """`framework` with the owners that kpi.yaml names, for sections and for roles of its document."""
        if not one.owners:
            return framework
        governance = framework.governance
        roles = {normal(role) for role in (*governance.owners.values(), governance.owner) if role}
        headings = {normal(name): name for title in framework.sections for name in _headings(title)}
        for name in one.owners:
            if normal(name) not in roles and normal(name) not in headings:
                where = ("frameworks", index, "owners", name)
                self.fault(
                    where, f"{framework.key} has no such section or role", nearest(name, headings.values())
                )
        people = {normal(name): person for name, person in one.owners.items()}
        owners = {title: people.get(normal(role), role) for title, role in governance.owners.items()}
        owners |= {headings[name]: person for name, person in people.items() if name in headings}
        owner = people.get(normal(governance.owner), governance.owner)
        return replace(framework, governance=governance.model_copy(update={"owners": owners, "owner": owner}))

    def fault(self, path: KeyPath, message: str, hint: str) -> None:
        line = self._document.line(path)
        self.faults.append(Fault(str(self.config_path), line, print_path(path), message, hint))

    @cached_property
    def _document(self) -> Document:
        """The file's lines, read again: they are wanted only where something is wrong."""
        name = str(self.config_path)
        try:
            return read(read_text(self.config_path), name)
        except (UserError, DocumentFaults):
            return Document(name)  # a workspace that was never written down


def _headings(title: str) -> tuple[str, ...]:
    """The whole path of a section, of the headings above it, and each heading alone."""
    parts = title.split(" > ")
    return (*parts, *(" > ".join(parts[:depth]) for depth in range(2, len(parts) + 1)))


def _ids(slack: str | None, discord: str | None) -> dict[str, str]:
    return {surface: user for surface, user in (("slack", slack), ("discord", discord)) if user}


def connected(file: WorkspaceFile) -> dict[str, Connected]:
    """The sources of a workspace file with the code that reads them."""
    return {name: Connected(name, BY_KIND[config.collector], config) for name, config in file.sources.items()}


def source_of(one: Connected, note: str = "") -> Source:
    """How commands speak of a source."""
    collector = one.collector
    return Source(
        one.name,
        collector.kind,
        tuple(metric.name for metric in collector.metrics),
        one.every.total_seconds(),
        note,
        title=collector.about.title,
        forgets_after=collector.forgets_after,
        forgotten=collector.forgotten,
        names={name: frozenset(held) for name, held in one.config if isinstance(held, Mapping)},
        labels=labels(one.config.labels),
        settles_after=collector.settles_after,
    )


def owed(file: WorkspaceFile) -> tuple[Owed, ...]:
    """What the schedule owes to whom. A report without channels is owed to nobody."""
    found = []
    for report, entry in file.schedule.items():
        for target in file.channels.get(report, ()):
            surface, _, channel = target.partition(":")
            one = Owed(
                report,
                surface,
                channel,
                Cadence.of(entry, file.calendar),
                catch_up=entry.catch_up,
                wait=entry.wait,
                needs=entry.needs,
                terms=entry.text,
            )
            found.append(one)
    return tuple(found)
