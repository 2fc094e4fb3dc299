"""How a channel is written to a reader: as a link on its own surface, by name and id elsewhere."""

from __future__ import annotations

import pytest

from bot.reply import Place, Plain, Span
from bot.reports.places import Places

SLACK, PLAYGROUND = Places("slack", "slack"), Places("slack", "playground")


@pytest.mark.parametrize(
    ("reader", "surface", "channel", "shown"),
    [
        (SLACK, "slack", "C0TEAM", Place("slack", "C0TEAM")),
        (SLACK, "discord", "45612345", Place("discord", "45612345")),
        (SLACK, "playground", "C0TEAM", Place("playground", "C0TEAM")),
        (PLAYGROUND, "playground", "C0TEAM", Place("slack", "C0TEAM")),
        (PLAYGROUND, "slack", "C0TEAM", Place("slack", "C0TEAM")),
        (SLACK, "slack", "@U0DANA", Plain("direct messages")),
        (SLACK, "discord", "@", Plain("Discord direct messages")),
    ],
)
def test_it_is_written_as_its_reader_can_use_it(
    reader: Places, surface: str, channel: str, shown: Span
) -> None:
    assert reader.span(surface, channel) == shown


def test_a_line_begins_with_a_capital() -> None:
    assert SLACK.leading("slack", "@U0DANA") == Plain("Direct messages")
    assert SLACK.leading("slack", "C0TEAM") == Place("slack", "C0TEAM")


def test_several_have_commas_between_them() -> None:
    found = SLACK.spans([("slack", "C1"), ("discord", "4561")])
    assert found == (Place("slack", "C1"), Plain(", "), Place("discord", "4561"))
