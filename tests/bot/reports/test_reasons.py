"""Why there is no number, in another language: all usual reasons of `kpi`, with their numbers and days."""

from __future__ import annotations

import pytest

from bot.languages import speaking
from bot.reports.reasons import reason_words

REASONS = [
    ("github.stars was never measured", "github.stars noch nie gemessen"),
    ('no series of a.b{page="x"}', 'keine Messreihe a.b{page="x"}'),
    ("2 of 90 days missing: 14 Jul, 15 Jul", "2 von 90 Tagen fehlen: 14. Juli, 15. Juli"),
    (
        "48 of 90 days missing: 3 Jul, 4 Jul, 5 Jul and 45 more (the window before)",
        "48 von 90 Tagen fehlen: 3. Juli, 4. Juli, 5. Juli und 45 mehr (im Zeitraum davor)",
    ),
    (
        "no sample of a.b in 30 days; the newest before is of 3 Nov 2025",
        "kein Messwert von a.b in 30 Tagen; der letzte davor ist vom 3. Nov. 2025",
    ),
    ("no sample of a.b at all", "noch nie ein Messwert von a.b"),
    ("no sample of a.b this quarter", "kein Messwert von a.b in diesem Quartal"),
    ("no sample of a.b this month", "kein Messwert von a.b in diesem Monat"),
    ("no day of this month is over yet", "noch kein Tag dieses Monats ist vorbei"),
    ("no day of this quarter is over yet", "noch kein Tag dieses Quartals ist vorbei"),
    ("no day of these samples is over yet", "noch kein Tag mit Messwerten ist vorbei"),
    ("a.b was not measured before today", "a.b vor heute nicht gemessen"),
    ("a.b has no reading before 29 Feb", "a.b ohne Messwert vor dem 29. Feb."),
    (
        "a.b has no reading right before 1 Mar, the last is of 3 Jan",
        "a.b ohne Messwert kurz vor dem 1. März, der letzte ist vom 3. Jan.",
    ),
    (
        "its first cohort is complete on 5 Dec: it needs 30 days",
        "die erste Kohorte ist am 5. Dez. vollständig: sie braucht 30 Tage",
    ),
    ("it needs 90 days of data; first on 1 Dec", "Daten von 90 Tagen nötig; frühestens am 1. Dez."),
    ("divided by zero: a.b is 0", "Division durch null: a.b is 0"),
    (
        "A and B are not counted over the same closed days",
        "A und B sind nicht über dieselben Tage gezählt",
    ),
    ("Trials: nobody came in, so there is no rate", "Trials: niemand dazugekommen"),
    ("Trials has no number", "Trials ohne Zahl"),
    ("Trials: a.b was never measured", "Trials: a.b noch nie gemessen"),
    ("1 of 3 rates has no number", "1 von 3 Quoten ohne Zahl"),
    ("it counts stars, not percent", "zählt stars, nicht Prozent"),
    ("not shown here", "hier nicht gezeigt"),
    ("not measured", "nicht gemessen"),
    ("something else entirely", "something else entirely"),
]


@pytest.mark.parametrize(("reason", "told"), REASONS)
def test_a_reason_in_another_language(reason: str, told: str) -> None:
    assert reason_words(reason) == reason
    with speaking("de"):
        assert reason_words(reason) == told
