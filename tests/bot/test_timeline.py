"""The past keeps its own targets: files edited and targets changed by hand never recolour it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import UserError
from bot.timeline import Timeline
from bot.workspace import Use, Workspace
from kpi.calendar import WEEKDAYS, Plan
from kpi.framework_file import parse_framework
from kpi.remeasure import with_measures
from storage import SessionFactory, revisions
from storage.revisions import Kind, Revision
from tests.factories import NOW, STARS, START, ZONE, asking, each_day, lines, store, workspace

SPRING = datetime(2026, 3, 1, 12, tzinfo=UTC)
SUMMER = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
CELL = "acme/growth.github_stars@day90"


def text_of(target: str) -> str:
    file = {
        "framework": "acme",
        "title": "Acme",
        "horizons": {"day90": {"title": "Day 90"}},
        "sections": [{"title": "Growth", "kpis": [{**STARS, "targets": {"day90": target}}]}],
    }
    return json.dumps(file, indent=1)


def saying(target: str, start: date = START, zone: ZoneInfo = ZONE) -> Workspace:
    """A workspace whose one framework file sets this target."""
    text = text_of(target)
    framework = parse_framework(text, "acme.yaml")
    use = Use(framework, Plan(start, zone), framework, text)
    return replace(workspace(framework), uses=(use,), zone=zone)


def target_of(found: Workspace) -> str:
    return found.kpis[0].kpi.targets["day90"].goal.text


def at(timeline: Timeline, sessions: SessionFactory, when: datetime) -> Workspace:
    with sessions.read() as session:
        return timeline.at(session, when)


def change(
    sessions: SessionFactory, when: datetime, text: str, *, replaced: str, subject: str = CELL
) -> None:
    with sessions.begin() as session:
        one = Revision(Kind.TARGET, subject, text, "slack:U0", when, "launch moved", replaced)
        revisions.add(session, one)


def test_an_edited_file_holds_from_its_revision_on(sessions: SessionFactory) -> None:
    timeline = Timeline(saying("5,000"))
    assert timeline.keep(sessions, SPRING) == 2  # the workspace and its framework
    timeline.change(saying("6,000"))
    assert timeline.keep(sessions, SUMMER) == 1
    found = [target_of(at(timeline, sessions, when)) for when in (SPRING, SUMMER - DAY, SUMMER, NOW)]
    assert found == ["5,000", "5,000", "6,000", "6,000"]


def test_what_says_nothing_new_is_not_kept_again(sessions: SessionFactory) -> None:
    Timeline(saying("5,000")).keep(sessions, SPRING)
    assert Timeline(saying("5,000")).keep(sessions, SUMMER) == 0


def test_before_the_first_revision_the_first_one_counts(sessions: SessionFactory) -> None:
    timeline = Timeline(saying("5,000"))
    timeline.keep(sessions, SUMMER)
    timeline.change(saying("6,000"))
    timeline.keep(sessions, NOW)
    assert target_of(at(timeline, sessions, SPRING)) == "5,000"


def test_a_target_changed_by_hand_holds_from_then_on_and_names_the_files_own(
    sessions: SessionFactory,
) -> None:
    timeline = Timeline(saying("5,000"))
    timeline.keep(sessions, SPRING)
    change(sessions, SUMMER, "7,000", replaced="5,000")
    with sessions.read() as session:
        present = timeline.now(session)
    assert target_of(present) == "7,000"
    use = present.uses[0]
    assert use.file is not None
    assert use.file.kpis[0].targets["day90"].goal.text == "5,000"
    assert target_of(at(timeline, sessions, SUMMER - DAY)) == "5,000"


def test_a_later_edit_of_the_same_cell_in_the_file_wins(sessions: SessionFactory) -> None:
    timeline = Timeline(saying("5,000"))
    timeline.keep(sessions, SPRING)
    change(sessions, SUMMER, "7,000", replaced="5,000")
    timeline.change(saying("8,000"))
    timeline.keep(sessions, NOW - DAY)
    found = [target_of(at(timeline, sessions, when)) for when in (SPRING, SUMMER + DAY, NOW)]
    assert found == ["5,000", "7,000", "8,000"]


def test_another_process_is_heard_of_without_a_restart(sessions: SessionFactory) -> None:
    timeline = Timeline(saying("5,000"))
    with sessions.read() as session:
        assert target_of(timeline.now(session)) == "5,000"
    change(sessions, SUMMER, "7,000", replaced="5,000")  # by whoever shares the database
    with sessions.read() as session:
        assert target_of(timeline.now(session)) == "7,000"


def test_moved_dates_and_zones_are_remembered_too(sessions: SessionFactory) -> None:
    timeline = Timeline(saying("5,000"))
    timeline.keep(sessions, SPRING)
    moved = saying("5,000", date(2026, 10, 1), ZoneInfo("Asia/Tokyo"))
    use = moved.uses[0]
    plan = replace(use.plan, dates={"day90": date(2027, 1, 1)}, rhythm=WEEKDAYS)
    timeline.change(replace(moved, uses=(replace(use, plan=plan),)))
    timeline.keep(sessions, SUMMER)
    timeline.change(saying("5,000"))
    timeline.keep(sessions, NOW)
    then = at(timeline, sessions, SUMMER + DAY)
    assert (then.zone, then.uses[0].plan) == (ZoneInfo("Asia/Tokyo"), plan)
    assert at(timeline, sessions, SPRING).uses[0].plan.start == START


def test_no_secret_of_the_workspace_is_kept(sessions: SessionFactory) -> None:
    Timeline(replace(saying("5,000"), name="Acme")).keep(sessions, SPRING)
    with sessions.read() as session:
        kept = next(one for one in revisions.read(session) if one.kind is Kind.WORKSPACE)
    assert set(json.loads(kept.text)) == {"timezone", "frameworks"}


def test_a_revision_this_version_cannot_read_is_said_to_be_so(sessions: SessionFactory) -> None:
    with sessions.begin() as session:
        broken = Revision(Kind.FRAMEWORK, "acme", "framework: acme\nfuture_key: 1\n", "file:acme", SPRING)
        revisions.add(session, broken)
    timeline = Timeline(saying("5,000"))
    timeline.keep(sessions, SUMMER)
    with pytest.raises(UserError, match="acme of 01 Mar 2026 cannot be read"):
        at(timeline, sessions, SPRING + DAY)


def test_as_of_before_and_after_a_target_change(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", range(4_000, 4_400, 4)))
    used = saying("4,200")
    timeline = Timeline(used)
    timeline.keep(sessions, SPRING)
    change(sessions, NOW - 2 * DAY, "9,000", replaced="4,200")
    ask = asking(used, sessions)
    before, after = ask("stars as-of 2026-11-20"), ask("stars as-of 2026-11-22")
    assert before.data["target"]["value"] == 4_200
    assert after.data["target"]["value"] == 9_000
    assert (before.data["met"], after.data["met"]) == (True, False)


def test_both_clocks_what_was_true_and_what_was_known(sessions: SessionFactory) -> None:
    used, evening = saying("5,000"), "2026-11-10T20:00"
    first = each_day("github.stars", [4_000], until=date(2026, 11, 10))
    store(sessions, first, recorded_at=first[0].at)
    store(sessions, [replace(first[0], value=4_321.0)], recorded_at=NOW - DAY)  # restated
    ask = asking(used, sessions)
    assert ask(f"stars as-of {evening}").data["value"] == 4_000
    assert ask(f"stars as-of {evening} known 2026-11-20").data["value"] == 4_000
    assert ask(f"stars as-of {evening} known now").data["value"] == 4_321
    told = "\n".join(lines(ask(f"stars as-of {evening} known now")))
    assert "as of 10 Nov 2026 20:00 · by what was known 23 Nov 2026 09:00" in told


CHANGES = st.lists(
    st.tuples(st.integers(0, 200), st.sampled_from(["5,000", "6,000", "7,000", "90,000"])), max_size=6
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CHANGES, st.integers(0, 200))
def test_what_comes_later_never_changes_what_stood(changes: list[tuple[int, str]], asked: int) -> None:
    """The target in force at an instant is the last one set by then, whatever is set after it."""
    known = [
        Revision(Kind.TARGET, CELL, text, "x", SPRING + day * DAY, replaced="5,000", number=number)
        for number, (day, text) in enumerate(sorted(changes, key=lambda one: one[0]), start=1)
    ]
    when = SPRING + asked * DAY
    past = [one for one in known if one.recorded_at <= when]
    timeline = Timeline(saying("5,000"))
    assert target_of(timeline._made(past, known)) == (past[-1].text if past else "5,000")


def test_what_kpi_yaml_measures_otherwise_is_remembered_too(sessions: SessionFactory) -> None:
    before = saying("100")
    (use,) = before.uses
    own = {"growth.github_stars": "last(stars.of_ours)"}
    measured = replace(use, framework=with_measures(use.framework, own), measures=own)
    after = replace(before, uses=(measured,))
    timeline = Timeline(before)
    timeline.keep(sessions, SPRING)
    timeline.change(after)
    timeline.keep(sessions, SUMMER)
    assert at(timeline, sessions, SPRING + DAY).kpis[0].kpi.measure == before.kpis[0].kpi.measure
    assert at(timeline, sessions, SUMMER + DAY).kpis[0].kpi.measure == "last(stars.of_ours)"
    timeline.change(before)
    timeline.keep(sessions, SUMMER + 9 * DAY)
    assert at(timeline, sessions, SUMMER + DAY).kpis[0].kpi.measure == "last(stars.of_ours)"
