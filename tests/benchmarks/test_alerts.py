"""The labels of the made-up year, and what counts as right by them."""

from __future__ import annotations

from benchmarks import alerts, year
from benchmarks.year_series import OUTAGE


def test_the_labels_lie_in_the_year_and_name_rules_that_there_are() -> None:
    known = {ref.path for ref in year.workspace().alert_rules}
    for one in alerts.INCIDENTS:
        assert one.first <= one.last <= year.END
        assert set(one.rules) <= known
    assert alerts.INCIDENTS[0].first == OUTAGE


def test_the_last_days_are_rehearsed_and_judged() -> None:
    found = alerts.run(quick=True)
    assert [one.unit for one in found] == ["s", "ms", "alerts", "%", "%"]
    assert found[3].figures["incidents"]["OP3 silent"]
