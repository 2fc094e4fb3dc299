"""What was composed is what is sent, though days and a restart lie between."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import reply as neutral
from bot.charts.trend import Mark, TargetLine, TrendChart
from bot.frozen import freeze, thaw
from bot.reply import (
    Action,
    Actions,
    Block,
    Bold,
    Chart,
    Code,
    Divider,
    Facts,
    Heading,
    Link,
    Mention,
    Note,
    Place,
    Plain,
    Reply,
    Span,
    Table,
    Text,
    Time,
    Visibility,
)
from kpi.metric import from_micros

_TEXT = st.text(max_size=8)  # control characters and half surrogates too: a vendor may have sent them
_AT = st.integers(0, 4 * 10**15).map(from_micros)
_VALUE = st.floats(allow_nan=False)
_SPAN = st.one_of(
    st.builds(Plain, _TEXT),
    st.builds(Bold, _TEXT),
    st.builds(Code, _TEXT),
    st.builds(Link, _TEXT, _TEXT),
    st.builds(Mention, _TEXT, st.dictionaries(_TEXT | st.just("$"), _TEXT, max_size=2)),
    st.builds(Time, _AT, _TEXT),
    st.builds(Place, _TEXT, _TEXT),
)
_SPANS = st.lists(_SPAN, max_size=4).map(tuple)
_CHART = st.builds(
    TrendChart,
    title=_TEXT,
    finding=_TEXT,
    points=st.lists(st.tuples(_AT, st.none() | _VALUE), max_size=4).map(tuple),
    open_since=st.none() | _AT,
    target=st.none() | st.builds(TargetLine, _VALUE, _TEXT, st.none() | _VALUE),
    pace=st.none() | st.tuples(st.tuples(_AT, _VALUE), st.tuples(_AT, _VALUE)),
    marks=st.lists(st.builds(Mark, _AT, _TEXT), max_size=2).map(tuple),
)
_ROW = st.lists(_TEXT, max_size=3).map(tuple)
_BLOCK = st.one_of(
    st.builds(Heading, _TEXT),
    st.builds(Text, _SPANS),
    st.builds(Facts, st.lists(st.tuples(_TEXT, _SPANS), max_size=3).map(tuple)),
    st.builds(Table, _ROW, st.lists(_ROW, max_size=3).map(tuple), st.frozensets(st.integers(0, 9)), _TEXT),
    st.builds(Chart, _TEXT, _TEXT, _CHART, _TEXT),
    st.builds(Note, _SPANS),
    st.builds(Divider),
    st.builds(
        Actions,
        st.lists(st.builds(Action, _TEXT, _TEXT, st.booleans(), st.booleans()), max_size=3).map(tuple),
    ),
)
_BLOCKS = st.lists(_BLOCK, max_size=5).map(tuple)
_DATA = st.dictionaries(_TEXT | st.sampled_from(["$", "$at", "$map"]), st.none() | _VALUE | _TEXT, max_size=3)
_LEAF = st.builds(Reply, _TEXT, _BLOCKS, st.just(()), st.sampled_from(Visibility), _DATA)
_REPLY = st.builds(
    Reply, _TEXT, _BLOCKS, st.lists(_LEAF, max_size=2).map(tuple), st.sampled_from(Visibility), _DATA
)


@settings(deadline=None)
@given(_REPLY)
def test_a_reply_comes_back_as_it_was(reply: Reply) -> None:
    text = freeze(reply)
    assert text.isascii()
    assert thaw(text) == reply


def test_every_block_and_span_is_among_those_tried() -> None:
    tried = {
        Heading,
        Text,
        Facts,
        Table,
        Chart,
        Note,
        Divider,
        Actions,
        Plain,
        Bold,
        Code,
        Link,
        Mention,
        Time,
        Place,
    }
    assert {*get_args(Block), *get_args(Span)} == tried
    parts = {"text", "blocks", "thread", "visibility", "data", "follow", "documents"}
    assert {one.name for one in fields(Reply)} == parts


def test_a_thawed_chart_can_be_drawn_in_another_process() -> None:
    chart = TrendChart("Stars", "up", ((datetime(2026, 5, 1, tzinfo=UTC), 1.0),))
    (back,) = thaw(freeze(Reply("x", (Chart("Stars", "alt", chart),)))).charts
    assert back.drawing == chart
    assert callable(back.drawing.png)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "1",
        "{}",
        '{"$": "Plain", "text": "no reply"}',
        '{"$": "Gone", "text": "x"}',
        '{"$": "Reply", "words": "of another version"}',
        '{"$": "Reply", "text": "x", "visibility": "everybody"}',
        '{"$at": "yesterday"}',
        '{"$map": 1}',
    ],
)
def test_what_is_no_reply_of_this_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        thaw(text)


def test_what_cannot_be_frozen_is_refused_when_it_is_composed() -> None:
    broken: Any = object()
    with pytest.raises(TypeError, match="a reply cannot hold a object"):
        freeze(Reply("x", data={"value": broken}))


def test_a_frozen_reply_is_plain_json() -> None:
    assert json.loads(freeze(Reply("x", data={"day": "1"})))["$"] == neutral.Reply.__name__
