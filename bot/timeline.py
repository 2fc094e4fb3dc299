"""The workspace as it is, and as it stood: its files, their earlier revisions, and targets changed by hand.

A changed file or target never recolours the past: whoever asks of an earlier instant is given the frameworks,
targets and dates that were in force then. Sources, people and access are always today's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from bot.errors import UserError
from bot.workspace import Use, Workspace
from kpi.calendar import Plan
from kpi.document import DocumentFaults
from kpi.framework import Framework
from kpi.framework_file import parse_framework
from kpi.remeasure import with_measures
from kpi.retarget import TargetChange, with_targets
from storage import Session, SessionFactory, revisions
from storage.revisions import Kind, Revision


@dataclass(slots=True)
class _Known:
    """What storage held when it was last looked at, and the workspaces already made from it."""

    files: Workspace
    number: int
    revisions: Sequence[Revision]
    present: Workspace
    past: dict[int, Workspace] = field(default_factory=dict)  # by the newest revision that counts


@dataclass
class Timeline:
    """Workspaces by time. `files` is what the files say at present; safe to ask from several threads."""

    files: Workspace
    _known: _Known | None = None

    def now(self, session: Session) -> Workspace:
        """The workspace at present: one small statement where nothing has changed."""
        return self._up_to_date(session).present

    def at(self, session: Session, when: datetime) -> Workspace:
        """The workspace as it stood at `when`. Before the first revision, the first one counts.

        Raises `UserError` where an earlier framework cannot be read by this version.
        """
        return self._stood(self._up_to_date(session), when)

    def _stood(self, known: _Known, when: datetime) -> Workspace:
        past = [one for one in known.revisions if one.recorded_at <= when]
        if len(past) == len(known.revisions):
            return known.present
        number = max((one.number for one in past), default=0)
        if number not in known.past:
            known.past[number] = self._made(past, known.revisions)
        return known.past[number]

    def viewer(self, session: Session) -> Callable[[datetime], Workspace]:
        """`at` for one answer: all its looks back are by the same revisions, read once."""
        known: list[_Known] = []

        def stood(when: datetime) -> Workspace:
            if not known:
                known.append(self._up_to_date(session))
            return self._stood(known[0], when)

        return stood

    def change(self, files: Workspace) -> None:
        """The files say something new."""
        self.files = files

    def keep(self, sessions: SessionFactory, now: datetime) -> int:
        """Store what the files say where it is new; returns how many revisions were added."""
        wanted = tuple(_revisions(self.files, now))
        with sessions.read() as session:
            held = {(one.kind, one.subject): one.text for one in revisions.read(session)}
        new = [one for one in wanted if held.get((one.kind, one.subject)) != one.text]
        if not new:
            return 0
        with sessions.begin() as session:
            added = [revisions.add(session, one) for one in new]
        return sum(number is not None for number in added)

    def _up_to_date(self, session: Session) -> _Known:
        files, number, known = self.files, revisions.newest(session), self._known
        if known is None or known.files is not files or known.number != number:
            found = revisions.read(session)
            known = _Known(files, number, found, _retargeted(files, found))
            self._known = known
        return known

    def _made(self, past: Sequence[Revision], every: Sequence[Revision]) -> Workspace:
        """The workspace by the revisions of the past."""
        plans = _latest(Kind.WORKSPACE, "", past, every)
        dates = json.loads(plans.text) if plans is not None else _dates(self.files)
        zone = ZoneInfo(dates["timezone"])
        present = {use.framework.key: use.framework for use in self.files.uses}
        uses = []
        for key, plan in dates["frameworks"].items():
            kept = _latest(Kind.FRAMEWORK, key, past, every)
            framework = _read(kept) if kept is not None else present.get(key)
            if framework is not None:
                measures = plan.get("measures", {})
                owned = with_measures(_owned(framework, present.get(key)), measures)
                uses.append(Use(owned, _plan(plan, zone), owned, measures=measures))
        return _retargeted(replace(self.files, zone=zone, uses=tuple(uses)), past)


def _owned(framework: Framework, present: Framework | None) -> Framework:
    """`framework` with those who answer for it today."""
    if present is None or present.governance.owners == framework.governance.owners:
        return framework
    today = {"owners": present.governance.owners, "owner": present.governance.owner}
    return replace(framework, governance=framework.governance.model_copy(update=today))


def _latest(kind: Kind, subject: str, past: Sequence[Revision], every: Sequence[Revision]) -> Revision | None:
    """The newest revision of the past, else the first there ever was."""
    found = [one for one in past if (one.kind, one.subject) == (kind, subject)]
    if found:
        return found[-1]
    return next((one for one in every if (one.kind, one.subject) == (kind, subject)), None)


def _read(revision: Revision) -> Framework:
    try:
        return _parsed(revision.text, revision.subject)
    except DocumentFaults as fault:
        raise UserError(
            f"{revision.subject} of {revision.recorded_at:%d %b %Y} cannot be read by this version.",
            f"It says: {fault.faults[0]}. Ask of a later day.",
        ) from None


@lru_cache(maxsize=16)
def _parsed(text: str, key: str) -> Framework:
    return parse_framework(text, f"{key}.yaml")


def _retargeted(workspace: Workspace, known: Iterable[Revision]) -> Workspace:
    """The workspace with the targets that were changed by hand."""
    changes: dict[str, list[TargetChange]] = {}
    for one in known:
        if one.kind is Kind.TARGET:
            path, _, horizon = one.subject.rpartition("@")
            framework, _, kpi = path.partition("/")
            changes.setdefault(framework, []).append(TargetChange(kpi, horizon, one.text, one.replaced))
    if not changes:
        return workspace
    uses = tuple(_retargeted_use(use, changes.get(use.framework.key, ())) for use in workspace.uses)
    return replace(workspace, uses=uses)


def _retargeted_use(use: Use, changes: Iterable[TargetChange]) -> Use:
    file = use.file or use.framework
    return replace(use, framework=with_targets(file, changes), file=file)


def _revisions(workspace: Workspace, now: datetime) -> Iterable[Revision]:
    """What the files say, as storage keeps it."""
    text = json.dumps(_dates(workspace))
    yield Revision(Kind.WORKSPACE, "", text, "file:kpi.yaml", now)
    for use in workspace.uses:
        if use.text:
            yield Revision(Kind.FRAMEWORK, use.framework.key, use.text, f"file:{use.framework.key}", now)


def _dates(workspace: Workspace) -> dict[str, Any]:
    """How the frameworks lie in time: all of kpi.yaml that a standing depends on, and no secret."""
    return {
        "timezone": workspace.zone.key,
        "frameworks": {
            use.framework.key: {
                "start": None if use.plan.start is None else use.plan.start.isoformat(),
                "dates": {key: day.isoformat() for key, day in sorted(use.plan.dates.items())},
                "rhythm": list(use.plan.rhythm),
                **({"measures": dict(sorted(use.measures.items()))} if use.measures else {}),
            }
            for use in workspace.uses
        },
    }


def _plan(written: dict[str, Any], zone: ZoneInfo) -> Plan:
    start = written["start"]
    dates = {key: date.fromisoformat(day) for key, day in written["dates"].items()}
    rhythm = written["rhythm"]
    return Plan(None if start is None else date.fromisoformat(start), zone, dates, tuple(rhythm))
