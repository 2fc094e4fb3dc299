"""What somebody sees who opens the bot: their KPIs, what is red, what comes next, and what they are sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

from bot.cadence import ASKED
from bot.errors import shortened
from bot.reply import Action, Actions, Block, Bold, Heading, Reply, Text, line, marked, note
from bot.reports import asks, gate_words, live, plans, words
from bot.reports.alert_lists import Views, open_line
from bot.reports.asks import Item
from bot.reports.audiences import addressed
from bot.reports.places import Places
from bot.reports.plans import Plan
from bot.reports.rows import row, small_print, valued
from bot.reports.silenced import silenced, silenced_words
from bot.reports.snapshot import Snapshot, gate_verdict, load
from bot.reports.standing_words import goal_words
from bot.reports.upcoming import coming, offset, rule_words, title_of, wall
from bot.workspace import GateRef, KpiRef, Person, Workspace, normal
from kpi.alerts import State
from kpi.calendar import Moment
from kpi.standing import Zone
from storage import Session, subscriptions
from storage.alerts import Alert
from storage.subscriptions import Subscription

MOST_OWN = 10
MOST_ALERTS = 5
MOST_WAITING = 5
MOST_RED = 8
MOST_GATES = 2
MOST_LIVE = 2
MOST_POSTS = 3
MOST_SUBSCRIPTIONS = 10
LONGEST_LABEL = 35


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks: whom kpi.yaml knows them as, their zone, and from which surface they look."""

    user: str
    person: Person | None
    zone: ZoneInfo
    places: Places
    has_messages: bool = True  # a terminal has none, and no forms


def compose(session: Session, workspace: Workspace, moment: Moment, reader: Reader) -> Reply:
    """The page of one reader, from one reading of storage; `workspace` holds what they may see."""
    snapshot = load(session, workspace, moment, workspace.kpis)
    own = subscriptions.of(session, reader.places.ledger, reader.user)
    quiet = silenced_words(silenced(session, workspace, moment.now), workspace, moment.now)
    view = asks.View(workspace, moment, reader.person.name if reader.person else "")
    waiting = asks.waiting_for(session, view, surface=reader.places.ledger, user=reader.user)
    firing = Views(workspace, moment).still(session)
    return _Home(snapshot, reader, own, quiet, waiting, firing).reply()


@dataclass(frozen=True)
class _Home:
    """All that the page is made of."""

    snapshot: Snapshot
    reader: Reader
    subscribed: Sequence[Subscription]
    silenced: str
    waiting: Sequence[Item] = ()  # what the reader is asked for
    alerts: Sequence[Alert] = ()  # what is open, the most urgent first

    def reply(self) -> Reply:
        said = self.headline
        blocks = (
            line(Bold(said)),
            *self.overview(),
            *self.alert_lines(),
            *self.waiting_lines(),
            *self.red_lines(),
            *self.own_lines(),
            *self.live_lines(),
            *self.next_lines(),
            *self.subscription_lines(),
            *self.ending(),
        )
        data = {
            "own": [ref.path for ref in self.own],
            "red": [ref.path for ref in self.red],
            "waiting": [item.ref.path for item in self.waiting],
            "alerts": [one.number for one in self.alerts],
            "measured": len(self.measured),
            "unmeasured": len(self.workspace.kpis) - len(self.measured),
            "subscriptions": [one.number for one in self.subscribed],
        }
        return Reply(said, blocks, data=data)

    @property
    def workspace(self) -> Workspace:
        return self.snapshot.workspace

    @cached_property
    def measured(self) -> tuple[KpiRef, ...]:
        return tuple(ref for ref in self.workspace.kpis if self.snapshot.of(ref).value is not None)

    @cached_property
    def red(self) -> tuple[KpiRef, ...]:
        """What is off track by its framework's own limits, the worst first."""
        found = [ref for ref in self.workspace.kpis if self.snapshot.of(ref).zone is Zone.RED]
        return tuple(sorted(found, key=self._percent))

    def _percent(self, ref: KpiRef) -> float:
        share = self.snapshot.of(ref).percent_of_target
        return float("inf") if share is None else share

    @cached_property
    def own(self) -> tuple[KpiRef, ...]:
        """The KPIs that the reader answers for, and those they have subscribed to."""
        asked = {one.question.partition(" ")[0] for one in self.subscribed if one.report == ASKED}
        owned = owned_by(self.reader.person, self.workspace)
        return tuple(ref for ref in self.workspace.kpis if ref.path in owned | asked)

    @property
    def headline(self) -> str:
        """What needs somebody first, else how much is measured."""
        if self.red:
            names = words.listing(tuple(ref.kpi.name for ref in self.red), 2)
            return f"{len(self.red)} off track: {names}."
        if not self.measured:
            return "Nothing is measured yet."
        return f"Nothing is off track; {self.counted}."

    @property
    def counted(self) -> str:
        """How much is measured: "4 of 94 KPIs measured"."""
        total, measured = len(self.workspace.kpis), len(self.measured)
        every = words.count(total, "KPI")
        return f"{every} measured" if measured == total else f"{measured} of {every} measured"

    def overview(self) -> Iterator[Block]:
        """What the headline does not say: how much is measured, what is silenced, how far the gates are."""
        has_said = self.measured and not self.red
        if said := " · ".join(part for part in ("" if has_said else self.counted, self.silenced) if part):
            yield line(said)
        for ref in [ref for ref in self.workspace.gates if self._is_seen(ref)][:MOST_GATES]:
            yield line(self._gate(ref))

    def _is_seen(self, ref: GateRef) -> bool:
        """Whether all that a gate counts may be seen."""
        framework = ref.use.framework
        return all(self.workspace.shows(framework.key, kpi.key) for kpi in ref.gate.kpis(framework))

    def _gate(self, ref: GateRef) -> str:
        found = gate_verdict(ref, self.snapshot)
        counted = f"{found.achieved} of {found.total} achieved"
        if found.passed:
            return f"✓ Gate {gate_words.title(ref)}: open, {counted}"
        return f"– Gate {gate_words.title(ref)}: {counted}, {found.missing} short"

    def waiting_lines(self) -> Iterator[Block]:
        """What the reader is asked for, each with its form; at a terminal there are none."""
        if not self.waiting:
            return
        yield Heading("Waiting for you")
        name = self.reader.person.name if self.reader.person else ""
        view = asks.View(self.workspace, self.snapshot.moment, name)
        for item in self.waiting[:MOST_WAITING]:
            when = asks.term_words(item.term, view.today)
            yield line(f"○ {item.name} for {when} · {asks.last_words(item, view)}")
            yield Actions((asks.enter_action(item, view), asks.skip_action(item)))
        if len(self.waiting) > MOST_WAITING:
            yield Text(marked(f"and {len(self.waiting) - MOST_WAITING} more: `asks me`"))

    def alert_lines(self) -> Iterator[Block]:
        """What is open with who has it, and a button for what nobody has."""
        if not self.alerts:
            return
        yield Heading("Alerts")
        views = Views(self.workspace, self.snapshot.moment)
        for one in self.alerts[:MOST_ALERTS]:
            yield line(open_line(one, views.of(one)))
        if len(self.alerts) > MOST_ALERTS:
            yield Text(marked(f"and {len(self.alerts) - MOST_ALERTS} more: `alerts`"))
        free = [one for one in self.alerts[:MOST_ALERTS] if one.state is State.FIRING and not one.assigned_to]
        asks = tuple(Action(f"I have {one.number}", f"ack {one.number}") for one in free)
        yield Actions((*asks, Action("All alerts", "alerts")))

    def red_lines(self) -> Iterator[Block]:
        if not self.red:
            return
        yield Heading("Off track")
        for ref in self.red[:MOST_RED]:
            standing = self.snapshot.of(ref)
            goal = goal_words(standing.target.goal, standing.kpi) if standing.target else ""
            yield line(f"▲ {valued(standing)}" + (f", target {goal}" if goal else ""))
        if len(self.red) > MOST_RED:
            yield Text(marked(f"and {len(self.red) - MOST_RED} more: `zones red`"))

    def own_lines(self) -> Iterator[Block]:
        yield Heading("My KPIs")
        for ref in self.own[:MOST_OWN]:
            yield line(row(ref, self.snapshot))
        if len(self.own) > MOST_OWN:
            yield Text(marked(f"and {len(self.own) - MOST_OWN} more: `owners me`"))
        if not self.own:
            yield note("Nothing yet: subscribe to one, or own one in the framework file.")

    def live_lines(self) -> Iterator[Block]:
        """The live reports in short, as far as this reader may see them."""
        for plan in self.live[:MOST_LIVE]:
            yield from live.in_short(plan, self.snapshot)

    @property
    def live(self) -> tuple[Plan, ...]:
        """Each once, for one may go by two names. Parts that are meant for others are left out."""
        reader = self.reader
        place = f"{reader.places.ledger}:@{reader.user}" if reader.has_messages else ""
        found: dict[object, Plan] = {}
        for name in plans.live(self.workspace):
            if (plan := plans.find(name, self.workspace)) is not None:
                own = addressed(plan, place, reader.person)
                found.setdefault((own.title, tuple(ref.path for ref in own.refs)), own)
        return tuple(found.values())

    def next_lines(self) -> Iterator[Block]:
        found = coming(self.workspace, self.subscribed, self.snapshot.moment.now, most=MOST_POSTS)
        if found:
            yield Heading("Next")
        for one in found:
            at = wall(one.at, self.reader.zone, self.snapshot.moment.now)
            where = (" → ", *self.reader.places.spans(one.where)) if one.where else (", to you",)
            yield line(f"{at} {one.title}", *where)
        if found and self.is_elsewhere:
            zone = self.reader.zone
            yield note(f"These times are yours: {zone.key}, {offset(self.snapshot.moment.now, zone)}.")

    @property
    def is_elsewhere(self) -> bool:
        """Whether the reader's clocks are not those of the workspace, which the small print names."""
        now = self.snapshot.moment.now
        return offset(now, self.reader.zone) != offset(now, self.workspace.zone)

    def subscription_lines(self) -> Iterator[Block]:
        """Each with what ends it."""
        if self.subscribed:
            yield Heading("My subscriptions")
        for one in self.subscribed[:MOST_SUBSCRIPTIONS]:
            title = title_of(one, self.workspace)
            zone = "" if one.zone == self.reader.zone.key else f", {one.zone}"
            yield line(f"{title}, {rule_words(one, self.workspace)}{zone}")
            yield Actions((Action(shortened(f"End {title}", LONGEST_LABEL), f"unsubscribe {one.number}"),))
        if len(self.subscribed) > MOST_SUBSCRIPTIONS:
            yield Text(marked(f"and {len(self.subscribed) - MOST_SUBSCRIPTIONS} more: `subscriptions`"))

    def ending(self) -> Iterator[Block]:
        """From when the numbers are, and what to do next; a terminal has neither forms nor messages."""
        yield note(small_print(self.measured, self.snapshot))
        if not self.reader.has_messages:
            yield Actions((Action("Help", "help"),))
            return
        has_daily = any(one.report == "daily" for one in self.subscribed)
        daily = () if has_daily else (Action("Subscribe to the daily update", "subscribe daily"),)
        record = Action("Record a value", "", form="record")
        yield Actions((record, *daily, Action("Help", "help")))


def owned_by(person: Person | None, workspace: Workspace) -> frozenset[str]:
    """Paths of the KPIs that the person owns: by the whole name, else by a part that one owner alone has."""
    wanted = normal(person.name) if person is not None else ""
    if not wanted:
        return frozenset()
    owners = {ref.path: normal(ref.use.framework.owner_of(ref.kpi)) for ref in workspace.kpis}
    names = {name for name in owners.values() if name}
    loose = {name for name in names if set(wanted.split()) <= set(name.split())}
    own = {wanted} if wanted in names else loose if len(loose) == 1 else set()
    return frozenset(path for path, owner in owners.items() if owner in own)
