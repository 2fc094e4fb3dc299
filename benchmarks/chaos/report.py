"""A run as a table for people, and as a row for README."""

from __future__ import annotations

from benchmarks.chaos.run import Result

_FAULTS = {
    "lost": "LOST",
    "doubled": "DOUBLED",
    "not_there": "called delivered, but not there",
    "denied": "there, but called missed or failed",
    "open": "there, but not noted",
    "unsaid": "late without saying so",
    "parts_doubled": "parts of a thread doubled",
    "parts_missing": "parts of a thread missing",
    "stray": "there, but never promised",
}
_MOST_NAMED = 12
COLUMNS = (
    "database",
    "promised",
    "delivered",
    "late",
    "told elsewhere",
    "missed",
    "lost",
    "doubled",
    "posts/s",
)


def table(result: Result) -> str:
    """Counts, then what was done to it, then the names of what went wrong."""
    found = result.verdict
    counts = [
        ("promised", found.promised),
        ("delivered", found.delivered),
        ("  of these late, and saying so", found.late - len(found.unsaid)),
        ("told elsewhere", found.elsewhere),
        ("missed", found.missed),
        *((name, len(found.faults[key])) for key, name in _FAULTS.items()),
    ]
    rows = [(name, f"{count:,}") for name, count in counts]
    rows += [("", "")]
    rows += [(name, f"{count:,}") for name, count in sorted(result.faults.items(), key=_by_count) if count]
    rows += [("", ""), *_speed(result)]
    width = max(len(name) for name, _ in rows)
    number = max(len(value) for _, value in rows)
    lines = [f"{name:<{width}}  {value:>{number}}".rstrip() for name, value in rows]
    head = f"{result.title}, SEED={result.seed}"
    return "\n".join(
        [head, "-" * len(head), *lines, *_named(result), *map("skipped: {}".format, result.skipped)]
    )


def _by_count(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]


def _speed(result: Result) -> list[tuple[str, str]]:
    waits = sorted(result.takeovers)
    return [
        ("promises taken over", f"{len(waits):,}"),
        ("slowest takeover", f"{waits[-1]:.1f} s" if waits else "–"),
        ("duration", f"{result.seconds:.0f} s"),
        ("posts", f"{result.posts:,}"),
        ("posts per second", f"{result.posts / result.seconds:.1f}"),
    ]


def _named(result: Result) -> list[str]:
    lines = []
    for key, name in _FAULTS.items():
        keys = result.verdict.faults[key]
        lines += [f"{name}: {one}" for one in keys[:_MOST_NAMED]]
        lines += [f"{name}: and {len(keys) - _MOST_NAMED} more"] if len(keys) > _MOST_NAMED else []
    return ["", *lines] if lines else []


def markdown(results: list[Result]) -> str:
    """One row a run, as README shows it."""
    head = [f"| {' | '.join(COLUMNS)} |", f"| --- |{' ---: |' * (len(COLUMNS) - 1)}"]
    return "\n".join([*head, *(f"| {' | '.join(_row(one))} |" for one in results)])


def _row(one: Result) -> list[str]:
    found = one.verdict
    counts = (found.promised, found.delivered, found.late, found.elsewhere, found.missed)
    wrong = (len(found.lost), len(found.doubled))
    return [one.title, *(f"{count:,}" for count in (*counts, *wrong)), f"{one.posts / one.seconds:.0f}"]
