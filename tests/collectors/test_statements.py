"""What is taken for one statement that only reads."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.statements import fill, places, refusal


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1",
        "  select count(*) from users;  ",
        "WITH a AS (SELECT 1 AS n) SELECT n FROM a",
        "(SELECT 1) UNION (SELECT 2)",
        "SELECT ';', 'it''s; DROP TABLE x' FROM \"update\"",
        "SELECT updated, t.delete, created_at FROM t",
        "SELECT $$; drop$$",
        "SELECT replace(name, 'a', 'b') FROM t",
    ],
)
def test_a_statement_that_reads_is_taken(text: str) -> None:
    assert refusal(text) == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "begins with SELECT or WITH"),
        ("DROP TABLE users", "begins with SELECT"),
        ("SELECT 1; DROP TABLE users", "one statement"),
        ("SELECT 'a\\'; DROP TABLE users; SELECT '", "written twice|one statement"),
        ("SELECT 1 -- ; DROP", "no comments"),
        ("SELECT /*! 1 */ 2", "no comments"),
        ("SELECT * INTO copied FROM users", "INTO"),
        ("WITH gone AS (DELETE FROM users RETURNING 1) SELECT * FROM gone", "DELETE"),
        ("SELECT 1 WHERE EXISTS (UPDATE users SET a = 1)", "UPDATE"),
        ("EXPLAIN SELECT 1", "begins with"),
    ],
)
def test_anything_else_is_refused_with_its_reason(text: str, said: str) -> None:
    assert any(one in refusal(text) for one in said.split("|"))


def test_places_are_filled_outside_of_quotes_alone() -> None:
    text = "SELECT ':start', a::int FROM b WHERE time >= :start AND z = \":tz\" tz(:tz)"
    assert places(text) == {"start", "tz"}
    filled = fill(text, {"start": "'S'", "tz": "'T'"})
    assert filled == "SELECT ':start', a::int FROM b WHERE time >= 'S' AND z = \":tz\" tz('T')"


@settings(max_examples=60)
@given(st.text(alphabet="SELECT select;'\"\\$`-/*: dropinto", max_size=60))
def test_no_text_breaks_the_check(text: str) -> None:
    if refusal("SELECT " + text) == "":
        assert fill(text, dict.fromkeys(places(text), "x")) is not None
