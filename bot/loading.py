"""From files to a workspace at work: frameworks read, laid on the calendar, and joined with their sources."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.errors import UserError
from bot.jobs.collect import Connected
from bot.jobs.schedule import Cadence, Owed
from bot.settings import Settings, WorkspaceFile, read_workspace
from bot.workspace import Person, Source, Use, Workspace
from collectors import BY_KIND, METRICS
from kpi import frameworks
from kpi.calendar import Plan
from kpi.document import DocumentFaults, Fault, nearest
from kpi.framework import Framework
from kpi.framework_file import parse_framework


def built_in() -> tuple[str, ...]:
    """The names of the frameworks that come with the bot."""
    files = resources.files(frameworks).iterdir()
    return tuple(sorted(one.name.removesuffix(".yaml") for one in files if one.name.endswith(".yaml")))


def read_framework(name: str, base: Path = Path()) -> Framework:
    """A built-in framework by name, or a file by its path. Raises `DocumentFaults` or `UserError`."""
    if name in built_in():
        text = (resources.files(frameworks) / f"{name}.yaml").read_text(encoding="utf-8")
        return parse_framework(text, f"{name}.yaml")
    path = base / name
    if not name.endswith((".yaml", ".yml")) and not path.exists():
        raise UserError(
            f"There is no framework “{name}”.", f"Built in: {', '.join(built_in())}; or name a file."
        )
    return parse_framework(read_text(path), str(path))


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
    return read_workspace(read_text(settings.config_path), str(settings.config_path), settings.environment)


def resolve(file: WorkspaceFile, config_path: Path, notes: Mapping[str, str] | None = None) -> Workspace:
    """The workspace that `file` describes. Raises `DocumentFaults` naming every framework that is wrong."""
    zone = ZoneInfo(file.timezone)
    uses: list[Use] = []
    faults: list[Fault] = []
    for index, one in enumerate(file.frameworks):
        where = f"frameworks[{index}]"
        try:
            framework = read_framework(one.use, config_path.parent)
        except DocumentFaults as fault:
            faults += fault.faults
            continue
        except UserError as fault:
            faults.append(Fault(str(config_path), 1, f"{where}.use", fault.message, fault.hint))
            continue
        faults += [
            Fault(str(config_path), 1, f"{where}.horizons.{key}", f"{framework.key} has no such horizon",
                  nearest(key, framework.horizons))
            for key in one.horizons if key not in framework.horizons
        ]  # fmt: skip
        uses.append(Use(framework, Plan(one.start, zone, one.horizons)))
    keys = [use.framework.key for use in uses]
    faults += [
        Fault(str(config_path), 1, "frameworks", f"{key} is used twice", "keep one of the two")
        for key in sorted({key for key in keys if keys.count(key) > 1})
    ]
    if faults:
        raise DocumentFaults(faults)
    return Workspace(
        name=file.name,
        zone=zone,
        uses=tuple(uses),
        metrics=METRICS,
        sources=tuple(source_of(one, (notes or {}).get(one.name, "")) for one in connected(file).values()),
        people=tuple(
            Person(name, _ids(one.slack, one.discord), one.role) for name, one in file.people.items()
        ),
    )


def _ids(slack: str | None, discord: str | None) -> dict[str, str]:
    return {surface: user for surface, user in (("slack", slack), ("discord", discord)) if user}


def connected(file: WorkspaceFile) -> dict[str, Connected]:
    """The sources of a workspace file with the code that reads them."""
    return {name: Connected(name, BY_KIND[config.collector], config) for name, config in file.sources.items()}


def source_of(one: Connected, note: str = "") -> Source:
    """How commands speak of a source."""
    metrics = tuple(metric.name for metric in one.collector.metrics)
    return Source(one.name, one.collector.kind, metrics, one.every.total_seconds(), note)


def owed(file: WorkspaceFile) -> tuple[Owed, ...]:
    """What the schedule owes to whom. A report without channels is owed to nobody."""
    found = []
    for report, cadence in file.schedule.items():
        for target in file.channels.get(report, ()):
            surface, _, channel = target.partition(":")
            found.append(Owed(report, surface, channel, Cadence(cadence.at, cadence.days)))
    return tuple(found)
