"""A report with a bit of everything, and the files made of it, opened again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pptx import Presentation

from bot.charts.trend import Mark, TargetLine, TrendChart, describe
from bot.documents.paper import Deck, Definition, Page, Paper
from bot.reply import Action, Actions, Bold, Chart, Facts, Table, line, note, spans

BERLIN = ZoneInfo("Europe/Berlin")
AT = datetime(2026, 11, 22, 6, tzinfo=BERLIN)
START = datetime(2026, 10, 1, tzinfo=BERLIN)
LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverleihungskommission"
NAMES = f"{LONG} 名前が長い会社の株式会社山田太郎商店グループ 🚀 Київ"


def stars(**changes: Any) -> TrendChart:
    """Thirty days with a gap, the last two of them not over, and a target."""
    values = [None if day in (10, 11) else 100.0 + day for day in range(30)]
    plain: dict[str, Any] = {
        "title": "GitHub stars",
        "finding": "127 stars, 25 % of the way",
        "points": tuple((START + timedelta(days=day), value) for day, value in enumerate(values)),
        "zone": "Europe/Berlin",
        "last_label": "127",
        "open_since": START + timedelta(days=28),
        "target": TargetLine(500, "500 by 30 Nov"),
        "pace": ((START, 100.0), (START + timedelta(days=60), 500.0)),
        "marks": (Mark(START + timedelta(days=30), "Day 30"),),
        "source": "GitHub, 06:02",
    }
    return TrendChart(**(plain | changes))


def shown(chart: Any, alt: str = "") -> Chart:
    return Chart(chart.title, alt or describe(chart), chart)


def table(rows: int, columns: int = 3) -> Table:
    names = tuple(f"Column {at}" for at in range(columns))
    cells = tuple(
        (f"KPI {row}", *(f"{row * 1000 + at:,}" for at in range(1, columns))) for row in range(1, rows + 1)
    )
    return Table(names, cells, frozenset(range(1, columns)), "All KPIs")


DEFINITION = Definition(
    "GitHub stars", "How many people starred it.", "last(github.stars)", "GitHub", "500 by 30 Nov", "@mira"
)


@pytest.fixture
def paper() -> Callable[..., Paper]:
    """A report of pages; without any, one with a bit of everything."""

    def build(*pages: Page, **others: Any) -> Paper:
        made = pages or (
            Page(
                "Where we stand",
                "12 of 21 KPIs are on target.",
                (
                    Facts((("Green", spans("12")), (NAMES, spans(Bold(NAMES))))),
                    line("One ", Bold("line"), " of words."),
                    note("Small print."),
                    Actions((Action("More", "why stars"),)),
                ),
                (DEFINITION,),
            ),
            Page("Stars", "127 stars, 25 % of the way", (shown(stars()),), (DEFINITION,)),
            Page("All KPIs", NAMES, (table(30),)),
            Page("Nothing", "No source is connected."),
        )
        plain: dict[str, Any] = {
            "title": "Monthly report",
            "at": AT,
            "subtitle": "October 2026",
            "company": "Hektor GmbH",
            "data_until": "22 Nov 2026",
            "pages": made,
            "sources": ("GitHub, 06:02",),
            "language": "en",
        }
        return Paper(**(plain | others))

    return build


@pytest.fixture
def opened(paper: Callable[..., Paper]) -> Callable[..., Any]:
    """The slides of a deck of these pages, as python-pptx reads them."""

    def build(*pages: Page, **others: Any) -> Any:
        return Presentation(BytesIO(Deck(paper(*pages, **others)).write()))

    return build
