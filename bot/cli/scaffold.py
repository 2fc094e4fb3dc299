"""`kpi framework new`: a framework file to start from. It is read back before it is written."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

from bot.errors import UserError, shortened
from kpi.framework_file import parse_framework

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")


def scaffold(name: str, title: str, folder: Path) -> Path:
    """Write `name`.yaml into `folder`. Raises `UserError`; a file that is there is never touched."""
    if not _NAME.fullmatch(name):
        raise UserError(
            f"“{shortened(name, 40)}” cannot name a framework.",
            "Take small letters, digits, - and _, beginning with a letter: `kpi framework new growth`.",
        )
    path = folder / f"{name}.yaml"
    text = compose(name, title or f"{name.replace('_', ' ').replace('-', ' ').capitalize()} KPIs")
    parse_framework(text, str(path))
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UserError(f"{path} is there already.", "Take another name, or move it away.") from None
    except OSError as fault:
        raise UserError(f"{path} cannot be written: {fault.strerror}.", "Choose another place.") from None
    return path


def use_line(path: Path, today: date) -> str:
    """What to add to kpi.yaml."""
    return f"  - {{use: {path.name}, start: {today.isoformat()}}}"


def compose(name: str, title: str) -> str:
    """The text of a framework with one KPI of each usual kind, and comments that say what may stand where."""
    return _TEMPLATE.replace("NAME", name).replace("TITLE", json.dumps(title, ensure_ascii=False))


_TEMPLATE = """\
# A framework of the KPI bot: what you want to reach, by when, and how it is measured.
# `kpi framework check NAME.yaml` names every fault with its line; `kpi framework schema` is for editors.

framework: NAME
title: TITLE

# The deadlines that targets are set for, in their order. day90, month6 and q1 to q4 get their dates from
# `start` in kpi.yaml; phases, stages and names of your own are dated there under `horizons:`.
horizons:
  q1: {title: Q1}
  q2: {title: Q2}
  q3: {title: Q3}
  q4: {title: Q4}

sections:
  - title: Growth
    kpis:
      - name: GitHub Stars
        aliases: [stars]
        unit: stars
        better: higher
        # Targets stand as people write them: 5,000 · $1M · <4 hours · 90%+ · 20-30% · N/A · Market leader
        targets: {q1: "500", q2: "1,000", q3: "2,000", q4: "5,000"}
        measure: last(github.stars)
      - name: New Stars in a Week
        unit: stars
        better: higher
        # `steady` is in force at any time.
        targets: {steady: "50+"}
        measure: change(github.stars, 7d)

  - title: Customers
    kpis:
      # Without `measure` a KPI is entered by hand: /kpi record nps 52 October survey
      - name: Net Promoter Score
        aliases: [nps]
        unit: points
        better: higher
        baseline: "30"
        targets: {q2: "40", q4: "50+"}
      - name: Response Time
        unit: hours
        better: lower
        targets: {q1: "<24 hours", q4: "<4 hours"}
        # owner: dana

# Zones colour a KPI by its percent of target. Leave them out, and nothing is coloured.
zones:
  - {zone: green, at_least: "90%"}
  - {zone: yellow, at_least: "70%", below: "90%"}
  - {zone: red, below: "70%"}

# What the bot speaks up about by itself; all else waits for a report.
alerts:
  - {key: off_track, severity: warning, text: A KPI is off track, when: {zone: any, becomes: red}}
  - key: thousand_stars
    severity: celebrate
    text: 1,000 stars
    when: {kpi: growth.github_stars, at_least: 1000}
  # - {key: drop, severity: warning, text: A drop, when: {drop: "sum(plausible.visitors, 7d)", above: 30}}

# What must hold to enter the next phase.
gates:
  q1: {to: q2, require: "80%"}

dashboards:
  - key: overview
    title: Overview
    items:
      - {text: Growth, sections: [Growth]}
      - {text: Customers, sections: [Customers]}
"""
