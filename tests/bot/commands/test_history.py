"""`/kpi history stars 12w`: values at closes, gaps said, and targets as they were in force then."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event

from bot.errors import UserError
from bot.reply import Reply, Table
from bot.workspace import Workspace
from storage import Engine, SessionFactory, samples
from tests.bot.commands.telling import told
from tests.factories import (
    NOW,
    STARS,
    TODAY,
    YESTERDAY,
    asks,
    each_day,
    framework,
    said,
    store,
    workspace,
)

RISING = [1000 + 10 * day for day in range(120)]  # 2,190 last evening


def table(reply: Reply) -> Table:
    (found,) = [block for block in reply.blocks if isinstance(block, Table)]
    return found


def test_each_week_has_its_close_the_newest_first(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", RISING))
    reply = told("history stars 3w", workspace(), sessions)
    assert reply.text == ("GitHub Stars · In the last 3 weeks (2 Nov to today): 1,980 → 2,190 stars, +210.")
    assert table(reply).columns == ("", "Week to", "Value", "Change", "Target")
    assert table(reply).rows == (
        ("○", "23 Nov", "open", "", ""),
        ("–", "22 Nov", "2,190", "+70", "≥ 5,000"),
        ("–", "15 Nov", "2,120", "+70", "≥ 5,000"),
        ("–", "8 Nov", "2,050", "+70", "≥ 5,000"),
    )
    newest = reply.data["rows"][1]
    assert (newest["value"], newest["change"], newest["met"]) == (2190, 70, False)
    assert newest["horizon"] == "day90"
    assert asks(reply)[0] == "chart acme/growth.github_stars 3w"


@pytest.mark.parametrize(
    ("window", "first", "rows"),
    [
        ("14d", "23 Nov", 15),
        ("30d", "23 Nov", 31),
        ("31d", "23 Nov", 6),
        ("october", "31 Oct", 31),
        ("last quarter", "30 Sep", 14),
        ("this year", "Nov 2026", 11),
        ("5y", "Q4 2026", 21),
        ("10y", "2026", 11),
    ],
)
def test_the_steps_grow_with_the_window_and_stay_few(
    window: str, first: str, rows: int, sessions: SessionFactory
) -> None:
    store(sessions, each_day("github.stars", RISING))
    found = table(told(f"history stars {window}", workspace(), sessions)).rows
    assert (found[0][1], len(found)) == (first, rows)


def test_the_open_day_is_shown_as_open(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [*RISING, 2195], until=TODAY), recorded_at=NOW)
    later = datetime(2026, 11, 23, 20, tzinfo=UTC)
    reply = told("history stars 3d", workspace(), sessions, now=later)
    assert table(reply).rows[0] == ("–", "23 Nov", "2,195 so far", "+5", "≥ 5,000")
    assert reply.data["rows"][0]["is_open"] is True
    assert "2,160 → 2,195 stars so far, +35" in reply.text


def test_a_gap_is_said_and_never_bridged(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [10, None, 30, 40]))
    reply = told("history stars 2026-11-19 to 2026-11-22", workspace(), sessions)
    assert [row[:4] for row in table(reply).rows] == [
        ("–", "22 Nov", "40", "+10"),
        ("–", "21 Nov", "30", ""),
        ("○", "20 Nov", "no data", ""),
        ("–", "19 Nov", "10", ""),
    ]
    assert "○ 1 of 4 days was not measured." in said(reply)
    assert reply.data["rows"][2]["value"] is None


def test_a_week_without_its_last_day_names_the_day_it_has(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [10, 20, None, None], until=date(2026, 11, 15)))
    assert table(told("history stars 2w", workspace(), sessions)).rows[2][2] == "20 (13 Nov)"


def test_nothing_measured_is_said(sessions: SessionFactory) -> None:
    reply = told("history stars last quarter", workspace(), sessions)
    assert reply.text == "GitHub Stars · In Q3 2026 (1 Jul to 30 Sep): no data."
    assert "Nothing was measured in these days." in said(reply)


def test_a_restated_value_says_what_it_was(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [10, 20, 30]))
    with sessions.begin() as session:
        samples.write(session, each_day("github.stars", [25], until=YESTERDAY - timedelta(days=1)), NOW)
    reply = told("history stars 3d", workspace(), sessions)
    assert [row[2] for row in table(reply).rows] == ["open", "30", "25, was 20", "10"]
    assert [row["restated_from"] for row in reply.data["rows"]] == [None, None, 20, None]
    assert "restated" in table(reply).caption
    before = NOW - timedelta(hours=1)
    assert "was 20" not in said(told("history stars 3d", workspace(), sessions, now=before, as_of=before))


def test_a_changed_target_does_not_recolour_the_past(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [90, 95, 100]))
    changed = date(2026, 11, 22)
    old, new = (workspace(framework({**STARS, "targets": {"day90": text}})) for text in ("50", "100"))

    def workspace_at(when: datetime) -> Workspace:
        return new if when.date() >= changed else old

    rows = table(told("history stars 3d", new, sessions, workspace_at=workspace_at)).rows
    assert [(row[0], row[4]) for row in rows[1:]] == [("✓", "≥ 100"), ("✓", "≥ 50"), ("✓", "≥ 50")]
    today = table(told("history stars 3d", new, sessions)).rows
    assert [row[0] for row in today[1:]] == ["✓", "–", "–"]


def test_a_kpi_that_did_not_exist_then_had_no_target(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [90, 95]))
    other = workspace(framework({**STARS, "name": "Other"}))
    reply = told("history stars 2d", workspace(), sessions, workspace_at=lambda _when: other)
    assert [row[4] for row in table(reply).rows] == ["", "", ""]


@pytest.mark.parametrize(
    ("window", "begin"),
    [
        ("12w", "GitHub Stars · In the last 12 weeks (23 Jul to 15 Oct): "),
        ("since august", "GitHub Stars · Since 1 Aug, to 15 Oct: "),
        ("yesterday", "GitHub Stars · On 14 Oct: "),
    ],
)
def test_an_answer_about_the_past_gives_dates(window: str, begin: str, sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", RISING))
    then = datetime(2026, 10, 15, 21, tzinfo=UTC)
    reply = told(f"history stars {window}", workspace(), sessions, now=then, as_of=then)
    assert reply.text.startswith(begin)
    assert "today" not in said(reply)
    assert all(one.endswith(f" as-of {then.isoformat()}") for one in asks(reply))


def test_an_ambiguous_name_asks_for_the_history_of_which(sessions: SessionFactory) -> None:
    used = workspace(framework(), framework(key="other"))
    assert asks(told("history stars 12w", used, sessions))[0] == "history acme/growth.github_stars 12w"


def test_a_window_that_is_none_is_refused(sessions: SessionFactory) -> None:
    with pytest.raises(UserError, match="still to come"):
        told("history stars q1 2027", workspace(), sessions)


def test_the_number_of_statements_is_bounded_by_the_table(engine: Engine, sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", range(600)))
    counts = []
    for window in ("30d", "400d"):
        found: list[str] = []

        def count(*call: object, kept: list[str] = found) -> None:
            kept.append(str(call[2]))

        event.listen(engine, "before_cursor_execute", count)
        told(f"history stars {window}", workspace(), sessions)
        event.remove(engine, "before_cursor_execute", count)
        counts.append(len(found))
    assert max(counts) <= 40
