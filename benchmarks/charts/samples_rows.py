"""Charts with a row, a cell or a rung a KPI: as many as reports show, other words and numbers every time."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.charts.bullet import BulletBand, BulletChart, BulletRow
from bot.charts.funnel import FunnelBar, FunnelChart
from bot.charts.ladder import LadderChart, LadderStep
from bot.charts.mix import MixChart, MixRow
from bot.charts.scorecard import ScorecardCell, ScorecardChart

_LAST = datetime(2026, 11, 22, tzinfo=ZoneInfo("Europe/Berlin"))


def bullet(seed: int) -> BulletChart:
    """Ten KPIs over three zones, one of them without a number."""
    percents = [24.7 + (place * 17 + seed) % 120 for place in range(9)]
    rows = [
        BulletRow(
            f"Figure {place} of {seed}",
            "▲" if percent < 70 else "◆" if percent < 90 else "●",
            f"{1000 + 37 * place + seed:,}",
            f"≥ {5000 + seed:,}",
            percent,
            f"{percent:.1f}%",
            is_met=percent >= 100,
        )
        for place, percent in enumerate(percents)
    ]
    rows.append(BulletRow(f"Promoters {seed}", "○", target="≥ 50", note="no number yet"))
    return BulletChart(
        title=f"Growth of repository {seed}",
        finding=f"{sum(one >= 100 for one in percents)} of 10 targets met; furthest off: figure {seed}",
        rows=tuple(rows),
        bands=(BulletBand("▲", 0, 70), BulletBand("◆", 70, 90), BulletBand("●", 90, None)),
        target_title="target by Day 90",
        period="16 to 22 Nov",
        source=f"github {seed} h ago",
        notice="sample data",
    )


def scorecard(seed: int) -> ScorecardChart:
    """Six KPIs with four weeks each, one of them with a gap."""
    cells = []
    for place in range(6):
        values = [300 + 9.0 * day + 40 * math.sin(day / 2 + seed + place) for day in range(28)]
        points = tuple(
            (_LAST - timedelta(days=27 - day), None if place == 1 and 8 <= day < 13 else value)
            for day, value in enumerate(values)
        )
        cells.append(
            ScorecardCell(
                f"Figure {place} of {seed}", "●◆▲"[place % 3], f"{values[-1] + seed:,.1f}",
                target=f"≥ {900 + seed}", change=f"+{seed + place}", side="better", points=points,
            )
        )  # fmt: skip
    return ScorecardChart(
        title=f"Daily figures of {seed}",
        finding=f"{seed} better, 2 worse, 1 unchanged",
        cells=tuple(cells),
        ago="the week before",
        span="26 Oct to 22 Nov",
        period="16 to 22 Nov",
        source=f"github {seed} h ago",
        notice="sample data",
    )


def ladder(seed: int) -> LadderChart:
    """A gate of 44 KPIs with its five nearest."""
    steps = tuple(
        LadderStep(
            f"Figure {place} of {seed}", f"{90 + place + seed}", "≥ 1,000", f"{910 - place - seed} to go"
        )
        for place in range(5)
    )
    return LadderChart(
        title=f"Gate Phase {seed}",
        finding=f"{30 + seed % 5} of 44 achieved, 36 needed",
        achieved=30 + seed % 5,
        short=9 - seed % 5,
        unmeasured=5,
        needed=36,
        nearest=steps,
        missing=(f"Uptime {seed}", f"Promoters {seed}"),
        period="16 to 22 Nov",
        source=f"github {seed} h ago",
        notice="sample data",
    )


def funnel(seed: int) -> FunnelChart:
    """Four steps with a rate and a target each, and the whole."""
    bars = [FunnelBar(f"Signup {seed}", f"{4000 + seed:,} signups, 24 Oct to 22 Nov", is_counted=True)]
    bars += [
        FunnelBar(
            f"Step {place} of {seed}", f"{900 - 200 * place + seed} users", rate, f"{rate:.1f}%",
            target, f"≥ {target:g}%", met=rate >= target,
        )
        for place, rate, target in (
            (1, 64.0 + seed / 10, 60.0),
            (2, 31.0 + seed / 10, 40.0),
            (3, 50.0 + seed / 10, 45.0),
        )
    ]  # fmt: skip
    return FunnelChart(
        title=f"Signup to paying, cohort {seed}",
        finding=f"weakest at step 2, {31 + seed / 10:.1f}% of ≥ 40%",
        bars=tuple(bars),
        overall=FunnelBar("Overall", "", 10 + seed / 10, f"{10 + seed / 10:.1f}%", 12.0, "≥ 12%", met=False),
        period="up to 22 Nov",
        source=f"mixpanel {seed} h ago",
        notice="sample data",
    )


def mix(seed: int) -> MixChart:
    """Six channels, planned and actual."""
    planned = (30, 25, 20, 10, 10, 5)
    rows = tuple(
        MixRow(
            f"Channel {place} of {seed}", plan, plan + (seed + place) % 9 - 4.5, f"{plan}%",
            f"{plan + (seed + place) % 9 - 4.5:g}%", f"{(seed + place) % 9 - 4.5:+g} points",
        )
        for place, plan in enumerate(planned)
    )  # fmt: skip
    return MixChart(
        title=f"Channels of site {seed}",
        finding=f"6 of 6 measured; furthest from its plan: channel {seed}",
        rows=rows,
        period="16 to 22 Nov",
        source=f"plausible {seed} h ago",
        notice="sample data",
    )
