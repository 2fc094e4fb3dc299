"""What the bot is told at its start: the workspace file and the environment, checked together.

Nothing here reaches the network, and every fault is reported at once with its place and its mending.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    SecretStr,
    field_validator,
)
from pydantic.json_schema import models_json_schema
from pydantic_core import CoreSchema, core_schema

from bot import languages
from bot.errors import shortened
from bot.references import References, UnreadableFile, look_up
from bot.settings_access import (
    AccessEntry,
    Permissions,
    PersonEntry,
    Section,
    check_access,
    known_zone,
)
from bot.settings_alerts import AlertsEntry, check_alerts
from bot.settings_asks import AsksEntry, check_asks
from bot.settings_calendar import CalendarDay, CalendarEntry
from bot.settings_channels import Budget, Channels, DiscordEntry, Fallback, SlackEntry, check_channels
from bot.settings_marks import Marks
from bot.settings_reports import ReportEntry, ReportName
from bot.settings_schedule import WEEKDAYS as WEEKDAYS
from bot.settings_schedule import CadenceEntry, check_schedule
from bot.settings_surveys import Surveys, check_surveys
from collectors import BY_KIND, every_collector
from collectors.base import CollectorConfig, clashes
from kpi.document import DocumentFaults, Fault, Wrong, nearest, read
from kpi.framework_spec import RhythmSpec

DEFAULT_DATABASE = "sqlite:///kpi.db"
DEFAULT_CONFIG = "kpi.yaml"


class _BySource:
    """The configuration of any source; its `collector` says which, and no other is loaded for it."""

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(_configured)

    def __get_pydantic_json_schema__(
        self, _core: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Any mapping: `workspace_schema` says more, and loads every collector for it."""
        return {"type": "object"}


def _configured(value: Any) -> CollectorConfig:
    """Raises pydantic's ValidationError of that collector, or `Wrong` where there is no such collector."""
    if not isinstance(value, dict):
        raise Wrong("is no source", "write its settings below it, such as {repository: acme/engine}")
    kind = str(value.get("collector"))
    if kind not in BY_KIND:
        raise Wrong(f"there is no collector `{shortened(kind)}`", nearest(kind, BY_KIND))
    found: CollectorConfig = BY_KIND[kind].config.model_validate(value)
    return found


AnyConfig = Annotated[CollectorConfig, _BySource()]


def _language(value: str) -> str:
    if value not in languages.known():
        raise Wrong(
            f'"{shortened(value)}" is no language of the reports', f"one of {', '.join(languages.known())}"
        )
    return value


class FrameworkUse(Section):
    """Which framework is in use, and how it lies in time."""

    use: str = Field(description="A built-in framework (hektor, inferno) or the path of a framework file.")
    start: CalendarDay | None = Field(None, description="Day 0, month 1, phase 1.")
    horizons: dict[str, CalendarDay] = Field(
        default_factory=dict,
        description="Last days of horizons that the framework leaves open: phases, stages.",
    )
    owners: dict[str, str] = Field(
        default_factory=dict,
        description="Who answers: a section, or a role that the document names, and the person.",
    )
    rhythm: RhythmSpec = Field(
        None, description="How a pace is spread over a week: even, weekdays, or weights."
    )
    measures: dict[str, str] = Field(
        default_factory=dict,
        description="What your own systems measure: a KPI by key or name, and its measure, or `by hand`.",
    )


class WorkspaceFile(Section):
    """kpi.yaml."""

    name: str = Field("", max_length=80, description="Your company or product, shown in every report.")
    timezone: str = Field(
        description="An IANA zone, such as Europe/Berlin: days begin and reports go out by it."
    )
    language: Annotated[str, AfterValidator(_language)] = Field(
        languages.ENGLISH, description="The language of the reports: their fixed words, numbers and days."
    )
    frameworks: tuple[FrameworkUse, ...]
    sources: dict[str, AnyConfig] = Field(default_factory=dict)
    channels: dict[ReportName, Channels] = Field(default_factory=dict)
    fallback: Fallback = Field(
        default_factory=dict, description="Where a post goes whose channel cannot be reached, in this order."
    )
    budget: Budget = Field(
        default_factory=dict, description="Messages a week, by channel: beyond them daily reports are folded."
    )
    schedule: dict[ReportName, CadenceEntry] = Field(default_factory=dict)
    reports: dict[ReportName, ReportEntry] = Field(
        default_factory=dict, description="Reports of your own, beside those of the frameworks."
    )
    marks: Marks = Field(default_factory=dict, description="On which charts releases and so on are marked.")
    calendar: CalendarEntry = Field(default_factory=CalendarEntry)
    alerts: AlertsEntry = Field(default_factory=AlertsEntry, description="Alert rules, and where they tell.")
    asks: AsksEntry = Field(
        default_factory=AsksEntry, description="Who is asked for the numbers that only people know, and when."
    )
    surveys: Surveys = Field(
        default_factory=dict,
        description="Questions asked in chat, round after round: NPS, satisfaction, CSAT.",
    )
    slack: SlackEntry = Field(default_factory=SlackEntry)
    discord: DiscordEntry = Field(default_factory=DiscordEntry)
    people: dict[str, PersonEntry] = Field(default_factory=dict, description="Who is who, and may do what.")
    access: tuple[AccessEntry, ...] = Field(
        (), description="What not everybody may see. Without an entry everything is for all."
    )
    permissions: Permissions = Field(
        default_factory=Permissions,
        description="Who may do what. It holds once somebody under `people` is an editor or admin.",
    )

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        return known_zone(value).key

    @field_validator("frameworks")
    @classmethod
    def _at_least_one(cls, value: tuple[FrameworkUse, ...]) -> tuple[FrameworkUse, ...]:
        if not value:
            raise Wrong("is empty", "name one, such as - {use: inferno, start: 2026-09-01}")
        return value

    @field_validator("sources")
    @classmethod
    def _apart(cls, value: dict[str, CollectorConfig]) -> dict[str, CollectorConfig]:
        """Two sources of one collector would write the same series, unless labels keep them apart."""
        if mixed := clashes(value):
            message, _, hint = mixed[0].partition(": ")
            raise Wrong(message, hint)
        return value


def workspace_schema() -> dict[str, Any]:
    """The JSON Schema of kpi.yaml with the settings of every collector, for editors."""
    configs: list[tuple[type[CollectorConfig], Literal["validation"]]] = [
        (one.config, "validation") for one in every_collector()
    ]
    by_config, definitions = models_json_schema(configs, ref_template="#/$defs/{model}")
    schema = WorkspaceFile.model_json_schema()
    schema["$defs"] = {**schema.get("$defs", {}), **definitions["$defs"]}
    schema["properties"]["sources"]["additionalProperties"] = {"anyOf": list(by_config.values())}
    return schema


@dataclass(frozen=True, slots=True)
class Settings:
    """The environment, read once."""

    database_url: str
    config_path: Path
    host: str
    port: int
    slack_bot_token: SecretStr | None
    slack_app_token: SecretStr | None
    slack_signing_secret: SecretStr | None
    slack_api_url: str
    samples_token: SecretStr | None
    discord_token: SecretStr | None
    discord_api_url: str
    heartbeat_url: SecretStr | None
    logs_json: bool
    environment: Mapping[str, str] = field(repr=False)
    is_database_set: bool = False

    @property
    def has_slack(self) -> bool:
        return self.slack_bot_token is not None

    @property
    def has_discord(self) -> bool:
        return self.discord_token is not None


def read_environment(environ: Mapping[str, str]) -> Settings:
    """The settings in `environ`; `NAME_FILE` stands for a file that holds NAME. Raises `DocumentFaults`."""
    faults: list[Fault] = []
    values = _values(environ, faults)
    token, app, secret = (
        _secret(values, f"SLACK_{name}") for name in ("BOT_TOKEN", "APP_TOKEN", "SIGNING_SECRET")
    )
    faults += _slack_faults(token, app, secret)
    heartbeat = values.get("KPI_HEARTBEAT_URL", "")
    if heartbeat and not heartbeat.startswith(("https://", "http://")):
        faults.append(
            _environment_fault("KPI_HEARTBEAT_URL", "is no web address", "https://… of your watcher")
        )
    log_format = values.get("KPI_LOG", "text")
    if log_format not in ("text", "json"):
        faults.append(_environment_fault("KPI_LOG", f'"{log_format}" is no format', "text or json"))
    port = values.get("PORT", "8765")
    if not (port.isdecimal() and int(port) < 65536):
        faults.append(_environment_fault("PORT", f'"{port}" is no port', "a number from 0 to 65535"))
    if faults:
        raise DocumentFaults([*faults, *_file_faults(values)])
    return Settings(
        database_url=values.get("DATABASE_URL") or DEFAULT_DATABASE,
        config_path=Path(values.get("KPI_CONFIG") or DEFAULT_CONFIG),
        host=values.get("HOST") or "127.0.0.1",
        port=int(port),
        slack_bot_token=token,
        slack_app_token=app,
        slack_signing_secret=secret,
        slack_api_url=values.get("SLACK_API_URL") or "https://slack.com/api/",
        samples_token=_secret(values, "KPI_SAMPLES_TOKEN"),
        discord_token=_secret(values, "DISCORD_TOKEN"),
        discord_api_url=values.get("DISCORD_API_URL") or "https://discord.com/api/v10",
        heartbeat_url=_secret(values, "KPI_HEARTBEAT_URL"),
        logs_json=log_format == "json",
        environment=environ,
        is_database_set=bool(values.get("DATABASE_URL")),
    )


def _file_faults(values: Mapping[str, str]) -> tuple[Fault, ...]:
    """What is wrong in kpi.yaml too, so that nobody mends the environment only to hear of more."""
    path = Path(values.get("KPI_CONFIG") or DEFAULT_CONFIG)
    try:
        read_workspace(path.read_text(encoding="utf-8"), str(path), values)
    except DocumentFaults as found:
        return found.faults
    except (OSError, UnicodeDecodeError):
        return ()  # said by whoever needs the file
    return ()


def read_workspace(text: str, file: str, environment: Mapping[str, str]) -> WorkspaceFile:
    """kpi.yaml as a checked model. Raises `DocumentFaults` with every fault and its line.

    `${NAME}` is replaced from `environment`, where `NAME_FILE` stands for a file that holds NAME.
    """
    document = read(text, file)
    references = References(document, environment)
    document.data = references.expanded(document.data, ())
    sources = document.data.get("sources")
    if isinstance(sources, dict):
        for name, source in sources.items():
            if isinstance(source, dict):
                source.setdefault("collector", name)
    workspace = document.check(WorkspaceFile)
    for check in (check_access, check_asks, check_surveys, check_schedule, check_channels, check_alerts):
        check(document)
    document.faults = [references.hidden(fault) for fault in document.faults]
    document.refuse_faults()
    assert workspace is not None  # a failed check records a fault
    return workspace


_NAMES = (
    *("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_API_URL", "DATABASE_URL"),
    *("KPI_CONFIG", "KPI_SAMPLES_TOKEN", "HOST", "PORT", "DISCORD_TOKEN", "DISCORD_API_URL"),
    *("KPI_HEARTBEAT_URL", "KPI_LOG"),
)


def _values(environ: Mapping[str, str], faults: list[Fault]) -> dict[str, str]:
    """The settings that are set, each from the environment itself or from its file."""
    values = dict(environ)
    for name in _NAMES:
        try:
            found = look_up(environ, name)
        except UnreadableFile as fault:
            _, _, message = str(fault).partition(": ")
            faults.append(_environment_fault(f"{name}_FILE", message, "the path of a readable file"))
            continue
        if found is not None:
            values[name] = found
    return values


def _secret(values: Mapping[str, str], name: str) -> SecretStr | None:
    value = values.get(name, "").strip()
    return SecretStr(value) if value else None


def _slack_faults(token: SecretStr | None, app: SecretStr | None, secret: SecretStr | None) -> list[Fault]:
    """What is wrong with the Slack settings, before anything is sent."""
    faults = []
    if token and not token.get_secret_value().startswith("xox"):
        faults.append(
            _environment_fault(
                "SLACK_BOT_TOKEN", "does not look like a bot token", "xoxb-…, OAuth & Permissions"
            )
        )
    if app and not app.get_secret_value().startswith("xapp-"):
        faults.append(
            _environment_fault(
                "SLACK_APP_TOKEN", "does not look like an app token", "xapp-…, Basic Information"
            )
        )
    if token and not (app or secret):
        faults.append(
            _environment_fault(
                "SLACK_BOT_TOKEN",
                "is set alone: the bot could speak but not hear",
                "set SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP) too",
            )
        )
    if (app or secret) and not token:
        faults.append(
            _environment_fault("SLACK_BOT_TOKEN", "is missing beside the other Slack settings", "xoxb-…")
        )
    return faults


def _environment_fault(name: str, message: str, hint: str) -> Fault:
    return Fault(file="environment", line=0, key=name, message=message, hint=hint)
