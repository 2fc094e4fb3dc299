"""A small repository in which everything happens that the collector counts, traps included."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from tests.collectors.github_events import (
    Alert,
    Comment,
    Commit,
    Deployed,
    Discussion,
    Issue,
    Pull,
    Review,
    Run,
    World,
)


def at(month: int, day: int, hour: int = 12, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def _pulls() -> list[Pull]:
    docs, code = ("docs/guide.md", "src/a.py"), ("src/a.py", "src/docsy.py")
    many = (*(f"src/{one:03}.py" for one in range(129)), "README.md")
    told = [
        Pull(1, at(7, 30), "dora", merged=at(8, 1)),
        Pull(2, at(8, 2), "fay", merged=at(8, 5)),
        Pull(3, at(8, 9), "eve", merged=at(8, 10)),
        Pull(4, at(9, 14), "dora", merged=at(9, 15)),
        Pull(5, at(10, 20), "ann", merged=at(10, 23), files=docs, association="MEMBER"),
        Pull(6, at(11, 14), "fay", merged=at(11, 15), files=many),
        Pull(7, at(11, 1, 5), "cy", merged=at(11, 1, 9), association="COLLABORATOR"),
        Pull(8, at(11, 3), "dependabot", is_bot=True, merged=at(11, 4, 6), files=("docs/requirements.txt",)),
        Pull(9, at(11, 5), "checker", is_bot=True, merged=at(11, 6)),
        Pull(
            10, at(11, 9), "gus", ready=at(11, 10), merged=at(11, 12),
            reviews=(
                Review(at(11, 9, 15), "ann"),
                Review(at(11, 10, 13), "checker", is_bot=True),
                Review(at(11, 10, 18), "ann"),
            ),
        ),
        Pull(11, at(11, 18), "gus"),
        Pull(12, at(11, 2, 7), "hal", merged=at(11, 2, 8, 30), reviews=(Review(at(11, 2, 8), "gus"),)),
    ]  # fmt: skip
    told += [
        Pull(20 + one, at(10, 24) + timedelta(hours=17 * one), f"p{one % 4}", files=docs if one % 3 else code,
             merged=at(10, 25) + timedelta(hours=17 * one))
        for one in range(20)
    ]  # fmt: skip
    return told


def _issues() -> list[Issue]:
    ann, gus, bot = (Comment(at(11, 3, hour), who, who == "checker") for hour, who in
                     ((9, "ann"), (15, "gus"), (8, "checker")))  # fmt: skip
    return [
        Issue(101, at(9, 1)),
        Issue(102, at(10, 1), at(11, 2), "completed", "gus"),
        Issue(103, at(11, 3), at(11, 4), "not_planned", "ann", (bot, ann, gus)),
        Issue(104, at(11, 7, 23, 30), at(11, 8, 1), "duplicate", "ann", (ann,)),
        Issue(105, at(11, 9, 1), at(11, 9, 4), "completed", "ann", labels=("incident", "bug")),
        Issue(106, at(11, 10), at(11, 11), "not_planned", "ann", labels=("incident",)),
        Issue(107, at(11, 19), labels=("incident",)),
    ]


def _runs() -> list[Run]:
    def run(number: int, when: datetime, how: str, sha: str, earlier: tuple[str, ...] = ()) -> Run:
        jobs = (
            (when, when + timedelta(seconds=90)),
            (when + timedelta(seconds=30), when + timedelta(minutes=4)),
        )
        return Run(number, when, how, jobs=jobs, sha=sha, earlier=earlier)

    return [
        run(5_000_001, at(11, 2), "success", "a" * 40),
        run(5_000_002, at(11, 3), "failure", "b" * 40),
        run(5_000_003, at(11, 3, 13), "success", "b" * 40),
        run(5_000_004, at(11, 4), "success", "c" * 40, ("failure",)),
        run(5_000_005, at(11, 5), "success", "d" * 40, ("cancelled",)),
        run(5_000_006, at(11, 6), "cancelled", "e" * 40),
        Run(5_000_007, at(11, 7), "success", branch="next"),
    ]  # fmt: skip


def _deployments() -> list[Deployed]:
    def hours(start: datetime, *told: tuple[int, str]) -> tuple[tuple[datetime, str], ...]:
        return tuple((start + timedelta(hours=one), state) for one, state in told)

    first, second, third, fourth = at(10, 10), at(11, 3), at(11, 5), at(11, 6)
    return [
        Deployed(801, f"{1:040x}", first, hours(first, (0, "QUEUED"), (1, "SUCCESS"), (700, "INACTIVE"))),
        Deployed(802, f"{3:040x}", second, hours(second, (0, "WAITING"), (2, "SUCCESS"), (9, "INACTIVE"))),
        Deployed(803, f"{4:040x}", third, hours(third, (1, "FAILURE"))),
        Deployed(804, f"{5:040x}", fourth, hours(fourth, (0, "ERROR"), (3, "SUCCESS"))),
        Deployed(805, f"{5:040x}", at(11, 7), hours(at(11, 7), (1, "SUCCESS"))),
        Deployed(806, f"{6:040x}", at(11, 8), hours(at(11, 8), (1, "SUCCESS")), environment="staging"),
        Deployed(807, f"{6:040x}", at(11, 20, 11), ((at(11, 20, 11), "PENDING"),)),
    ]  # fmt: skip


def small_world() -> World:
    """Enough of everything for a run, and little enough for many."""
    return World(
        stars=[at(11, 20, 11) - timedelta(hours=9 * one) for one in range(120)],
        pulls=_pulls(),
        issues=_issues(),
        runs=_runs(),
        downloads={("v1", "a.whl"): 120, ("v2", "a.whl"): 40},
        created=at(7, 1),
        discussions=[
            Discussion(201, at(11, 2), is_question=True, comments=(at(11, 2, 14),), answered=at(11, 3, 9)),
            Discussion(202, at(11, 19, 2), is_question=True),
            Discussion(203, at(8, 1), comments=(at(8, 2),), reply=at(11, 18)),
            Discussion(204, at(8, 3), comments=(at(8, 4),)),
            Discussion(205, at(11, 8), comments=(at(11, 9),)),
        ],
        deployments=_deployments(),
        commits=[
            Commit(f"{one:040x}", at(11, 1) + timedelta(hours=6 * one), is_merge=one == 2)
            for one in range(1, 7)
        ],
        alerts=[
            Alert("code-scanning", 1, at(10, 1), "high"),
            Alert("code-scanning", 2, at(10, 1), None),
            Alert("code-scanning", 3, at(11, 1), "critical", at(11, 2)),
            Alert("dependabot", 1, at(11, 1), "critical"),
            Alert("dependabot", 2, at(9, 1), "low", at(9, 2)),
            Alert("dependabot", 3, at(11, 1), "medium", at(11, 9, 3)),
            Alert("secret-scanning", 1, at(11, 1)),
            Alert("secret-scanning", 2, at(11, 1), None, at(11, 1, 14), "revoked"),
            Alert("secret-scanning", 3, at(11, 1), None, at(11, 3), "false_positive"),
        ],
        views={date(2026, 11, 18): (40, 9), date(2026, 11, 19): (30, 8), date(2026, 11, 20): (5, 2)},
        visitors=11,
        clones={date(2026, 11, 18): (7, 3), date(2026, 11, 20): (1, 1)},
        cloners=3,
        referrers={"github.com": (30, 6), "news.ycombinator.com": (12, 4)},
        paths={"/acme/engine": (50, 10)},
        dependents={("py.example", "engine"): (12, 340), ("js.example", "@acme/engine"): (0, 7)},
    )  # fmt: skip
