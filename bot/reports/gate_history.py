"""Gates over time: whether they hold, and held at earlier closes, all from one reading of storage.

An earlier day is judged by the framework as it stood then, its targets and its gates: what was edited since
never recolours it. Gates can open and shut many times, so the days are walked back one by one, and only as
far as the answer needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from bot.errors import UserError
from bot.reports.snapshot import Snapshot, gate_verdict, load
from bot.workspace import GateRef, KpiRef, Use, Workspace
from kpi.calendar import Moment
from kpi.framework import Gate
from kpi.gates import Verdict, was_open
from storage import Session

DAYS = 90
"""How many closed days are looked back on."""

MOST_READINGS = 6_000
"""KPIs of a gate times days: what one answer may look at."""


@dataclass(frozen=True)
class Sight:
    """What is read of, and from when: the session, the frameworks now and then, and what may be known."""

    session: Session
    workspace: Workspace
    moment: Moment
    known_by: datetime | None = None
    workspace_at: Callable[[datetime], Workspace] | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """Since when a gate is as it is; what is not known is None.

    `open_since` is the first day of the stretch that lasts. Of a shut gate `last_open` are the first and the
    last day at whose close it was open; the first is None where that lies before the days looked back on.
    `is_bounded` says that the present state is older than these days.
    """

    open_since: date | None = None
    last_open: tuple[date | None, date] | None = None
    is_bounded: bool = False


@dataclass(frozen=True)
class GateBook:
    """Some gates with all that was read for them."""

    snapshot: Snapshot
    verdicts: Mapping[str, Verdict]  # by GateRef.path
    days: int = 0
    stood: Mapping[date, Workspace | None] = field(default_factory=dict)  # None: nobody can say any more

    def was_open(self, ref: GateRef, day: date) -> bool | None:
        """Whether the gate was open when `day` closed; None where nothing of it was measured or judged."""
        use, gate = _as_stood(ref, self.stood.get(day, self.snapshot.workspace))
        if use is None or gate is None:
            return None
        now = self.verdicts[ref.path]
        alike = {item.kpi.key for item in now.items if (item.met is True) is now.passed}
        context = self.snapshot.context(use, self.snapshot.moment.close_of(day))
        return was_open(gate, use.framework, context, first=alike)

    def past(self, ref: GateRef) -> Past:
        """Since when the gate is open, or when it was open last."""
        return self._since(ref) if self.verdicts[ref.path].passed else self._last_open(ref)

    def _closed_days(self) -> Iterator[date]:
        """From yesterday back."""
        today = self.snapshot.moment.today
        return (today - timedelta(days=back) for back in range(1, self.days + 1))

    def _since(self, ref: GateRef) -> Past:
        since = self.snapshot.moment.day
        for day in self._closed_days():
            if not self.was_open(ref, day):
                return Past(open_since=since)
            since = day
        return Past(open_since=since, is_bounded=True)

    def _last_open(self, ref: GateRef) -> Past:
        first: date | None = None
        last: date | None = None
        for day in self._closed_days():
            was_open = self.was_open(ref, day)
            if last is None and was_open is None:
                return Past()
            if was_open:
                first, last = day, last or day
            elif last is not None:
                return Past(last_open=(first, last))
        return Past(is_bounded=True) if last is None else Past(last_open=(None, last))


def read_gates(refs: Sequence[GateRef], sight: Sight, *, days: int = 0) -> GateBook:
    """The gates as they stand, and what the closes of the last `days` days need, all in one reading.

    The larger a gate, the fewer days: an answer is due within a second.

    Every KPI of a gate counts, whoever asks: what they may not see is for the words to leave out.
    """
    moment = sight.moment
    largest = max((len(ref.gate.kpis(ref.use.framework)) for ref in refs), default=0)
    days = min(days, MOST_READINGS // max(1, largest))
    stood = {
        day: _workspace_at(sight, moment.close_of(day))
        for back in range(1, days + 1)
        if sight.workspace_at is not None and (day := moment.today - timedelta(days=back))
    }
    snapshot = load(
        sight.session,
        sight.workspace,
        moment,
        _members(refs, stood.values()),
        history_days=days,
        known_by=sight.known_by,
    )
    return GateBook(snapshot, {ref.path: gate_verdict(ref, snapshot) for ref in refs}, days, stood)


def _workspace_at(sight: Sight, close: Moment) -> Workspace | None:
    """How the frameworks stood at a close; None where an earlier file cannot be read any more."""
    try:
        return None if sight.workspace_at is None else sight.workspace_at(close.now)
    except UserError:
        return None


def _members(refs: Sequence[GateRef], stood: Iterable[Workspace | None]) -> Sequence[KpiRef]:
    """The KPIs of the gates now, and before them those of earlier days that were read from something else."""
    now = {
        KpiRef(ref.use, kpi).path: KpiRef(ref.use, kpi)
        for ref in refs
        for kpi in ref.gate.kpis(ref.use.framework)
    }
    earlier: dict[tuple[str, str | None], KpiRef] = {}
    for workspace in {id(one): one for one in stood if one is not None}.values():
        for ref in refs:
            use, gate = _as_stood(ref, workspace)
            if use is None or gate is None:
                continue
            for kpi in gate.kpis(use.framework):
                one = KpiRef(ref.use, kpi)
                if one.path not in now or now[one.path].kpi.measure != kpi.measure:
                    earlier[one.path, kpi.measure] = one
    return (*earlier.values(), *now.values())


def _as_stood(ref: GateRef, workspace: Workspace | None) -> tuple[Use | None, Gate | None]:
    """The gate in an earlier workspace, with the use it belongs to."""
    key = ref.use.framework.key
    uses = () if workspace is None else workspace.uses
    use = next((one for one in uses if one.framework.key == key), None)
    gates = () if use is None else use.framework.gates
    return use, next((one for one in gates if one.key == ref.gate.key), None)
