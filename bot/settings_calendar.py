"""The part of kpi.yaml that says which days are no business days: `calendar`."""

from __future__ import annotations

import calendar as gregorian
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from bot.settings_access import Section
from kpi.document import Wrong, nearest
from kpi.workdays import NONE_CLOSED, Closed

MONTHS = tuple(name.casefold() for name in gregorian.month_name[1:])


def near_day(day: date) -> date:
    """A day near enough to reckon with. Raises `Wrong` for another."""
    if not 1980 <= day.year <= 2200:
        raise Wrong(f"{day} lies outside 1980 to 2200", "write a day such as 2026-09-01")
    return day


CalendarDay = Annotated[date, AfterValidator(near_day)]
"""A day near enough to reckon with."""


@dataclass(frozen=True, slots=True)
class Closures:
    """What is closed: the holidays of a place, and the company's own days."""

    country: str = ""
    subdivision: str = ""
    days: Closed = NONE_CLOSED

    def __call__(self, year: int) -> Closed:
        """What is closed in `year` and the years beside it, which a period may reach into."""
        return _closed_around(self, year) if self.country else self.days


class CalendarEntry(Section):
    """Which days are no business days, and when the fiscal year begins."""

    country: str = Field("", description="Whose public holidays are kept: an ISO code, DE.")
    subdivision: str = Field("", description="The part of the country with holidays of its own: BE.")
    closed: tuple[CalendarDay, ...] = Field((), description="Further days that nobody works on: 2026-12-24.")
    fiscal_year: str = Field("", description="The month in which the fiscal year begins: april.")

    @field_validator("country")
    @classmethod
    def _known_country(cls, value: str) -> str:
        if not value:
            return ""
        if (found := _spelled(value, countries := _countries())) is None:
            hint = near_or(value, countries, "write its ISO code, such as DE or GB")
            raise Wrong(f'"{value}" is no country whose holidays are known', hint)
        return countries[found]

    @field_validator("subdivision")
    @classmethod
    def _known_subdivision(cls, value: str, info: ValidationInfo) -> str:
        country = info.data.get("country")
        if not value or country is None:  # a country that is wrong was told of
            return value
        if not country:
            raise Wrong("stands without a country", "add `country: …` beside it")
        if not (parts := _subdivisions(country)):
            raise Wrong(f"the holidays of {country} are known for the whole country only", "remove it")
        if (found := _spelled(value, parts)) is None:
            hint = near_or(value, parts, f"known: {', '.join(sorted(set(parts.values())))}")
            raise Wrong(f'"{value}" is no part of {country} with holidays of its own', hint)
        return parts[found]

    @field_validator("fiscal_year")
    @classmethod
    def _known_month(cls, value: str) -> str:
        if value and month_number(value.strip().casefold()) is None:
            raise Wrong(f'"{value}" is no month', near_or(value, MONTHS, "write its name, such as april"))
        return value.strip().casefold()

    @property
    def closures(self) -> Closures:
        return Closures(self.country, self.subdivision, frozenset(self.closed))

    @property
    def fiscal_month(self) -> int:
        """1 to 12; January where none is named."""
        return month_number(self.fiscal_year) or 1


def month_number(word: str) -> int | None:
    """January is 1; three letters are enough."""
    full = [month for month in MONTHS if word in (month, month[:3])]
    return MONTHS.index(full[0]) + 1 if full else None


def near_or(word: str, known: Iterable[str], otherwise: str) -> str:
    """The nearest of `known` as a hint, or else `otherwise`."""
    near = nearest(word, known)
    return near if near.startswith("did") else otherwise


def _spelled(value: str, known: Iterable[str]) -> str | None:
    """`value` as `known` spells it."""
    wanted = value.replace(" ", "").casefold()
    return next((name for name in known if name.replace(" ", "").casefold() == wanted), None)


# The holidays library takes 12 MB: it is loaded where a country is named, and nowhere else.


@lru_cache(maxsize=1)
def _countries() -> Mapping[str, str]:
    """The code of every country, by its codes and its name."""
    from holidays.registry import COUNTRIES

    return {spelled: names[1] for names in COUNTRIES.values() for spelled in names}


@lru_cache(maxsize=4)
def _subdivisions(country: str) -> Mapping[str, str]:
    """The code of every part, by code and by name."""
    import holidays

    entity: Any = getattr(holidays, country)
    return {**{code: code for code in entity.subdivisions}, **entity.subdivisions_aliases}


@lru_cache(maxsize=64)
def _closed_around(closures: Closures, year: int) -> Closed:
    import holidays

    years = range(year - 1, year + 2)
    found = holidays.country_holidays(
        closures.country, subdiv=closures.subdivision or None, years=years, expand=False
    )
    return closures.days | frozenset(found)
