"""What is foreseen of a value, as plain data: days ahead, each with the band in which it is likely to lie."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ForeseenStep:
    """What is foreseen for the end of a coming day, and between which values it lies by a chance of 80 %."""

    at: datetime
    mean: float
    low: float
    high: float
