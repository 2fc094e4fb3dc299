"""What /metrics shows of KPIs: those that everybody may see."""

from __future__ import annotations

from dataclasses import replace

from bot.exposition import expose
from bot.jobs.evaluate import Board
from bot.reports.snapshot import load
from bot.workspace import Restriction
from kpi.calendar import Moment
from storage import SessionFactory
from tests.factories import NOW, ZONE, each_day, store, workspace

NPS_METRIC = "entry.acme.growth.net_promoter_score"


def test_a_restricted_kpi_is_not_on_the_page(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [4321]), each_day(NPS_METRIC, [17]))
    secret = Restriction(kpis=frozenset({"acme/growth.net_promoter_score"}), roles=("admin",))
    used = replace(workspace(), restrictions=(secret,))
    with sessions.read() as session:
        snapshot = load(session, used, Moment(NOW, ZONE), used.kpis)
    board = Board(NOW, tuple((ref, snapshot.of(ref)) for ref in used.kpis), used.restricted)
    told = expose(board, None, is_ready=True).decode()
    assert 'kpi_value{framework="acme",kpi="growth.github_stars"} 4321.0' in told
    assert "net_promoter_score" not in told
    board.restricted = ()
    assert "net_promoter_score" in expose(board, None, is_ready=True).decode()
