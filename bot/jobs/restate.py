"""Earlier posts whose numbers were restated are corrected, each in its own thread.

What a post said is in its data. It is held against what is known now of the same days, with the targets of
then; what reads otherwise becomes one more promise, which follows the post. The numbers of a correction are
those the next look goes by, so nothing is told twice. Every process looks; the ledger takes each one once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace
from datetime import date, datetime, timedelta
from threading import Lock

from bot import access, languages
from bot.frozen import freeze, thaw
from bot.jobs.publish import Publish
from bot.jobs.subscribed import DIRECT
from bot.reports import plans
from bot.reports.receipts import CORRECTION
from bot.reports.restated import Figure, Restated, correction, restated
from bot.reports.snapshot import Snapshot, load
from bot.surfaces.base import Invocation
from bot.timeline import Timeline
from bot.workspace import KpiRef, Workspace
from kpi.calendar import Moment, day_of, day_start
from storage import Session, SessionFactory, posted, promises
from storage import restated as changes
from storage.posted import Posted
from storage.promises import Promise

log = logging.getLogger(__name__)

REPORT = "restated"
CORRECTED_FOR = timedelta(days=35)
"""A post older than this is left as it is."""

MOST_DAYS = 100
"""A number of a day further back is left too: a quarter ends no earlier before its report."""

READ_BEFORE = 400
"""A number goes back on samples of so many days before its own: a year, and some."""

OVERLAP = timedelta(minutes=15)
"""What is stored late, or by a clock that is behind, counts as recorded since the last look."""

CATCH_UP = timedelta(days=3)
"""So long a correction is tried to be posted."""


@dataclass(frozen=True, slots=True)
class _Post:
    """A post that stands, with what its readers know by now: its numbers, and those of its corrections."""

    root: Posted
    figures: Mapping[tuple[str, date], Figure]
    corrections: int

    def since(self, day: date) -> _Post:
        """The same with its numbers of this day and later."""
        return replace(self, figures={key: one for key, one in self.figures.items() if one.day >= day})


@dataclass
class _Progress:
    """How far one process has looked. A whole look is taken at its start, and once a day."""

    at: datetime | None = None
    day: date | None = None
    posts: frozenset[str] = frozenset()  # the keys of those looked at


@dataclass(frozen=True)
class Restate:
    """Owes the corrections. Blocks: call it in a thread. Calling it twice changes nothing."""

    timeline: Timeline
    sessions: SessionFactory
    now: Callable[[], datetime]
    _: KW_ONLY
    names: Mapping[str, str] = field(default_factory=dict)
    """What the ledger calls surfaces where others stand in for them."""
    clock: Callable[[Session], datetime] | None = None
    """The time that all processes go by. Without it, `now`."""
    outsiders: Mapping[tuple[str, str], bool] = field(default_factory=dict)
    """By surface and channel: whether people outside the company read there. What is not known, they do."""
    _read: dict[str, tuple[Figure, ...]] = field(default_factory=dict, init=False, repr=False)
    """By key, the numbers of what was posted: they never change."""

    _progress: _Progress = field(default_factory=_Progress, init=False, repr=False)
    _turn: Lock = field(default_factory=Lock, init=False, repr=False)

    def __call__(self) -> int:
        """How many corrections were entered."""
        with self._turn:
            return self._look()

    def _look(self) -> int:
        with self.sessions.read() as session:
            now = self.now() if self.clock is None else self.clock(session)
            today = day_of(now, self.timeline.files.zone)
            posts = self._posts(session, now)
            doubtful = self._doubtful(session, posts, today)
            new = self._corrections(session, doubtful, now) if doubtful else []
        entered: list[Promise] = []
        if new:
            with self.sessions.begin() as session:
                entered = [one for one in new if promises.owe(session, one)]
        for one in entered:
            log.info("restated promise=%s follows=%s", one.key, one.follows)
        self._progress.at, self._progress.day = now, today
        self._progress.posts = frozenset(one.root.key for one in posts)
        return len(entered)

    def _doubtful(self, session: Session, posts: Sequence[_Post], today: date) -> Sequence[_Post]:
        """What may read otherwise by now: new posts, and of others the days of which something was recorded
        since the last look."""
        seen, zone = self._progress, self.timeline.files.zone
        if seen.at is None or seen.day != today:
            return posts
        since = day_start(today - timedelta(days=MOST_DAYS + READ_BEFORE), zone)
        changed = changes.earliest(session, since, day_start(today, zone), recorded_after=seen.at - OVERLAP)
        first = today if changed is None else day_of(changed, zone)
        found = (one if one.root.key not in seen.posts else one.since(first) for one in posts)
        return [one for one in found if one.figures]

    def _posts(self, session: Session, now: datetime) -> list[_Post]:
        """What stands and is not too old. Three statements at most, and one where nothing is new."""
        found = posted.standing(session, now - CORRECTED_FOR)
        self._take_up(session, [one.key for one in found])
        following: dict[str, list[Posted]] = {}
        for one in found:
            if one.follows:
                following.setdefault(one.follows, []).append(one)
        roots = (one for one in found if not one.follows and self._read[one.key])
        return [self._post(one, following.get(one.key, ()), now) for one in roots]

    def _take_up(self, session: Session, keys: Sequence[str]) -> None:
        """Read the numbers of what was posted since the last look."""
        for gone in self._read.keys() - set(keys):
            del self._read[gone]
        new = [key for key in keys if key not in self._read]
        if not new:
            return
        self._read.update(dict.fromkeys(new, ()))
        self._read.update((key, _figures(key, text)) for key, text in posted.payloads(session, new))

    def _post(self, root: Posted, following: Iterable[Posted], now: datetime) -> _Post:
        told = sorted(following, key=lambda one: _number(one.key))
        figures = [one for key in (root.key, *(one.key for one in told)) for one in self._read[key]]
        oldest = (now - timedelta(days=MOST_DAYS)).date()
        known = {(one.kpi, one.day): one for one in figures if one.day > oldest}
        return _Post(root, known, max((_number(one.key) for one in told), default=0))

    def _corrections(self, session: Session, posts: Sequence[_Post], now: datetime) -> list[Promise]:
        """By the workspace of then, of which there are as many as targets were changed meanwhile."""
        stood = self.timeline.viewer(session)
        by_workspace: dict[int, tuple[Workspace, list[_Post]]] = {}
        for post in posts:
            workspace = stood(post.root.due)
            by_workspace.setdefault(id(workspace), (workspace, []))[1].append(post)
        return [
            promise
            for workspace, some in by_workspace.values()
            for promise in self._of(session, workspace, some, now)
        ]

    def _of(
        self, session: Session, workspace: Workspace, posts: Sequence[_Post], now: datetime
    ) -> Iterator[Promise]:
        """The corrections of posts that one workspace was in force for, from one reading of storage."""
        refs = _stated(workspace, posts)
        days = [day for post in posts for kpi, day in post.figures if kpi in refs]
        if not days:
            return
        moment = Moment(now, workspace.zone)
        span = (moment.today - min(days)).days + 1
        snapshot = load(session, workspace, moment, tuple(refs.values()), history_days=span)
        known: dict[Figure, Restated | None] = {}  # of several channels, each number is looked at once
        with languages.speaking(workspace.language):
            for post in posts:
                if promise := self._correction(post, refs, snapshot, known):
                    yield promise

    def _correction(
        self,
        post: _Post,
        refs: Mapping[str, KpiRef],
        snapshot: Snapshot,
        known: dict[Figure, Restated | None],
    ) -> Promise | None:
        shown = self._view(snapshot.workspace, post.root)
        changed = []
        for figure in post.figures.values():
            ref = refs.get(figure.kpi)
            if ref is None or figure.kpi in shown.withheld or figure.day >= snapshot.moment.today:
                continue
            if figure not in known:
                known[figure] = restated(ref, figure, snapshot)
            if (one := known[figure]) is not None:
                changed.append(one)
        told = [one for one in changed if one.is_told]
        if not told:
            return None
        reply = correction(told, smaller=len(changed) - len(told), today=snapshot.moment.today)
        now, root = snapshot.moment.now, post.root
        return Promise(
            key=f"{root.key}{CORRECTION}{post.corrections + 1}",
            report=REPORT,
            period=root.period,
            surface=root.surface,
            channel=root.channel,
            due=now,
            payload=freeze(reply),
            deadline=now + CATCH_UP,
            follows=root.key,
        )

    def _view(self, workspace: Workspace, root: Posted) -> Workspace:
        """What those who read the post may see today."""
        platform = next((name for name, known in self.names.items() if known == root.surface), root.surface)
        if root.channel.startswith(DIRECT):
            return access.view(workspace, Invocation("", platform, root.channel.removeprefix(DIRECT)))
        is_shared = self.outsiders.get((root.surface, root.channel), True)
        return access.channel_view(workspace, platform, root.channel, is_shared=is_shared)


def correcting(publish: Publish) -> Publish:
    """`publish` with the corrections that go out before its reports."""
    restate = Restate(
        publish.timeline,
        publish.sessions,
        publish.now,
        names=publish.names,
        clock=publish.clock,
        outsiders=publish.outsiders,
    )
    return replace(publish, restate=restate)


def _figures(key: str, payload: str) -> tuple[Figure, ...]:
    """The numbers of a post; none where it states none, or an earlier version wrote them otherwise."""
    try:
        return tuple(Figure.read(one) for one in thaw(payload).data.get("figures", ()))
    except (ValueError, KeyError, TypeError) as fault:
        log.warning("numbers not read promise=%s fault=%r", key, fault)
        return ()


def _number(key: str) -> int:
    """The how manieth correction of its post this is; 0 for none."""
    number = key.rpartition(CORRECTION)[2]
    return int(number) if number.isdecimal() else 0


def _stated(workspace: Workspace, posts: Sequence[_Post]) -> dict[str, KpiRef]:
    """The KPIs of these posts by path, as that workspace states them; also those of reports alone."""
    wanted = {kpi for post in posts for kpi, _ in post.figures}
    found = {ref.path: ref for ref in workspace.kpis if ref.path in wanted}
    for report in {post.root.report for post in posts for kpi, _ in post.figures if kpi not in found}:
        plan = plans.find(report, workspace)
        if plan is not None:
            found.update((ref.path, ref) for ref in plan.refs if ref.path in wanted and ref.path not in found)
    return found
