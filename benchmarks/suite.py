"""The benchmarks by name, each imported only when it runs: one's libraries do not weigh on another."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.outcome import Outcome

Benchmark = Callable[[bool], list[Outcome]]


def _answer(quick: bool) -> list[Outcome]:
    from benchmarks import answer

    return answer.run(quick=quick)


def _chart(quick: bool) -> list[Outcome]:
    from benchmarks import chart

    if quick:
        chart.ROUNDS = 3
    found = chart.run()
    return [
        Outcome(
            f"chart, {found['pixels']} pixels, median",
            "ms",
            float(found["ours_ms"]),
            float(found["plain_ms"]),
            float(found["promised_ratio"]),
            "the baseline is the plain plt.subplots … savefig way of drawing the same figure.",
            dict(found),
        )
    ]


def _charts(quick: bool) -> list[Outcome]:
    from benchmarks.charts import race

    return race.run(quick=quick)


def _daily(quick: bool) -> list[Outcome]:
    from benchmarks import daily

    return daily.run(quick=quick)


def _reports(quick: bool) -> list[Outcome]:
    from benchmarks import reports

    return reports.run(quick=quick)


def _questions(quick: bool) -> list[Outcome]:
    from benchmarks import questions

    return questions.run(quick=quick)


def _sources(quick: bool) -> list[Outcome]:
    from benchmarks import sources

    return sources.run(quick=quick)


def _idle(quick: bool) -> list[Outcome]:
    from benchmarks import idle

    return idle.run(quick=quick)


def _alerts(quick: bool) -> list[Outcome]:
    from benchmarks import alerts

    return alerts.run(quick=quick)


def _anomalies(quick: bool) -> list[Outcome]:
    from benchmarks import anomalies

    return anomalies.run(quick=quick)


def _forecasts(quick: bool) -> list[Outcome]:
    from benchmarks import forecasts

    return forecasts.run(quick=quick)


BENCHMARKS: dict[str, Benchmark] = {
    "answer": _answer,
    "chart": _chart,
    "charts": _charts,
    "daily": _daily,
    "reports": _reports,
    "questions": _questions,
    "sources": _sources,
    "idle": _idle,
    "alerts": _alerts,
    "anomalies": _anomalies,
    "forecasts": _forecasts,
}
