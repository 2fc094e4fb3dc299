"""The reports of the made-up year, at a tenth of their size: that they are measured, and by what."""

from __future__ import annotations

from benchmarks import reports
from bot.reply import Chart, Heading, Reply, line
from tests.bot.charts.test_bullet_picture import CHART


def test_the_largest_report_and_the_joint_ones_are_measured() -> None:
    whole, memory, timed, counted = reports.run(quick=True)
    assert whole.promise.startswith("monthly report, ")
    assert (whole.most, memory.most) == (reports.MOST_SECONDS, reports.MOST_MB)
    assert whole.figures["different_charts"] == whole.figures["charts"] >= 3
    assert whole.figures["pdf_bytes"] > 50_000
    assert memory.ours > 100
    assert timed.promise.startswith("weekly report, three frameworks")
    assert timed.most is None
    assert int(timed.figures["thread"]) > int(timed.figures["root"]) > 0
    assert counted.baseline is not None
    assert counted.ours <= 3 * counted.baseline


def test_characters_are_those_to_be_read() -> None:
    reply = Reply("not counted", (Heading("Five!"), line("and ten more")))
    pictured = Reply("not counted", (*reply.blocks, Chart("t", "alt", CHART)))
    assert len("Five!and ten more") <= reports.characters(reply) <= len("Five! and ten more")
    assert reports.characters(pictured) == reports.characters(reply) + len("t")
