"""The part of kpi.yaml that says who may see and do what: `people`, `access` and `permissions`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from bot.roles import ALLOWED, SAID, Act, Role
from kpi.document import Document, Wrong, nearest
from kpi.document import Path as KeyPath


class Section(BaseModel):
    """A part of kpi.yaml: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def channel_id(value: str) -> str:
    """A channel as kpi.yaml names it. Raises `Wrong` where it is no id."""
    if not re.fullmatch(r"slack:[CDG][A-Z0-9]{2,}|discord:\d{5,}", value):
        raise Wrong(
            f'"{value}" is no channel id',
            "write slack:C0123ABCD (in Slack: the channel's name, About, Channel ID), no name",
        )
    return value


def _named(value: str) -> str:
    if not re.search(r"\w", value):
        raise Wrong("is no name", "write it with letters or digits")
    return value.strip()


def known_zone(text: str) -> ZoneInfo:
    """The zone of that name. Raises `Wrong` where there is none."""
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = nearest(text, available_timezones())
        hint = near if near.startswith("did") else "write one such as Europe/Berlin"
        raise Wrong(f'"{text}" is no IANA time zone', hint) from None


ZoneName = Annotated[str, AfterValidator(lambda value: known_zone(value).key)]
ChannelId = Annotated[str, AfterValidator(channel_id)]
Name = Annotated[str, Field(max_length=200), AfterValidator(_named)]


class PersonEntry(Section):
    """Someone who may be mentioned, own KPIs, or change numbers."""

    slack: str | None = Field(
        None, pattern=r"^[UW][A-Z0-9]{2,}$", description="Slack's id of the person: U0123ABCD."
    )
    discord: str | None = Field(None, pattern=r"^\d{5,}$", description="Discord's id of the person.")
    zone: ZoneName | None = Field(
        None, description="The person's own IANA time zone, where it is not the workspace's."
    )
    role: Role = Field("reader", description="What the person may do; see `permissions`.")
    groups: tuple[Name, ...] = Field((), description="Groups the person is in, such as finance.")


class AccessEntry(Section):
    """What not everybody may see, and who may. A KPI that several entries cover needs all of them."""

    kpis: tuple[Name, ...] = Field(
        (), description="KPIs by path (inferno/growth.mrr), key or name; a name covers all that bear it."
    )
    sections: tuple[Name, ...] = Field(
        (), description="Sections with all below them, with or without the headings above: Financial > ROI."
    )
    frameworks: tuple[Name, ...] = Field((), description="Whole frameworks, by their keys.")
    channels: tuple[ChannelId, ...] = Field(
        (), description="Channels whose readers may see it: slack:C0123ABCD. Never one with outsiders."
    )
    people: tuple[Name, ...] = Field((), description="People who may see it, as named under `people`.")
    groups: tuple[Name, ...] = Field((), description="Groups of people who may see it.")
    roles: tuple[Role, ...] = Field((), description="Roles of people who may see it.")
    ask: str = Field("", max_length=80, description="Whom others are told to ask: @cfo.")

    @model_validator(mode="after")
    def _says_both(self) -> Self:
        if not (self.kpis or self.sections or self.frameworks):
            raise Wrong("does not say what is restricted", "add `kpis`, `sections` or `frameworks`")
        if not (self.channels or self.people or self.groups or self.roles):
            raise Wrong("lets nobody in", "add `channels`, `people`, `groups` or `roles`")
        return self


def _may(act: Act) -> Any:
    return Field(ALLOWED[act], description=f"The roles that may {SAID[act]}.")


class Permissions(Section):
    """Which roles may do what from chat; the terminal may do everything."""

    record: tuple[Role, ...] = _may("record")
    judge: tuple[Role, ...] = _may("judge")
    target: tuple[Role, ...] = _may("target")
    note: tuple[Role, ...] = _may("note")
    review: tuple[Role, ...] = _may("review")
    acknowledge: tuple[Role, ...] = _may("acknowledge")
    silence: tuple[Role, ...] = _may("silence")
    audit: tuple[Role, ...] = _may("audit")

    def by_act(self) -> Mapping[str, tuple[str, ...]]:
        return {act: getattr(self, act) for act in ALLOWED}


def check_access(document: Document) -> None:
    """Records a fault for every person and group under `access` that `people` does not hold, and for every
    id that two people have: whose role and groups hold would be chance."""
    people = document.data.get("people") or {}
    if not isinstance(people, dict):
        return  # said already
    _check_ids(document, people)
    groups = {
        group for one in people.values() if isinstance(one, dict) for group in _texts(one.get("groups"))
    }
    for path, name in _let_in(document, "people"):
        if name not in people:
            document.fault(path, f"there is nobody called `{name}` under `people`", nearest(name, people))
    for path, name in _let_in(document, "groups"):
        if name not in groups:
            hint = nearest(name, groups) if groups else "give somebody `groups:` under `people`"
            document.fault(path, f"nobody is in the group `{name}`", hint)


def _check_ids(document: Document, people: Mapping[str, Any]) -> None:
    owners: dict[tuple[str, str], str] = {}
    for name, one in people.items():
        for surface in ("slack", "discord"):
            user = one.get(surface) if isinstance(one, dict) else None
            if isinstance(user, str) and (owner := owners.setdefault((surface, user), name)) != name:
                path = ("people", name, surface)
                document.fault(path, f"{owner} has the same id", "keep it with the one whose it is")


def _let_in(document: Document, key: str) -> Iterator[tuple[KeyPath, str]]:
    """The names under `key` of each entry of `access`, with their places; not yet checked in any way."""
    entries = document.data.get("access")
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        names = entry.get(key) if isinstance(entry, dict) else ()
        for position, name in enumerate(names if isinstance(names, list) else ()):
            if isinstance(name, str):
                yield ("access", index, key, position), name.strip()


def _texts(value: Any) -> Iterator[str]:
    return (one.strip() for one in value if isinstance(one, str)) if isinstance(value, list) else iter(())
