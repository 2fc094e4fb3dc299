"""What was promised against what stands in the channels. Knows nothing of how the bot sends."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta

from benchmarks.chaos.plan import Promised
from storage.promises import Promise, State

LATE = timedelta(minutes=15)
SAYS_LATE = "Late: it was due"
SAYS_MAYBE = ("may stand already", "Nobody knows whether")


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the bot as its chat stores it."""

    surface: str
    channel: str  # as the ledger names it
    id: str
    mark: str  # Slack: the key; Discord: the hash of it that the message shows
    part: int  # 0 is the post, the others are its thread
    parts: int
    thread: str  # the id of the post that it hangs on, where the chat says so
    words: str


@dataclass(slots=True)
class Verdict:
    """Counts, and below them the keys of what is wrong."""

    promised: int = 0
    delivered: int = 0
    late: int = 0
    elsewhere: int = 0  # given up in its channel, and told in another
    missed: int = 0  # over before it could be sent, and reported as missed
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    not_there: list[str] = field(default_factory=list)  # called delivered, and does not stand there
    denied: list[str] = field(default_factory=list)  # stands there, and was called missed or failed
    open: list[str] = field(default_factory=list)  # stands there, and nobody noted it
    unsaid: list[str] = field(default_factory=list)  # late without saying so
    parts_doubled: list[str] = field(default_factory=list)
    parts_missing: list[str] = field(default_factory=list)
    stray: list[str] = field(default_factory=list)  # stands there, and nobody promised it

    @property
    def faults(self) -> dict[str, list[str]]:
        found = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: keys for name, keys in found.items() if isinstance(keys, list)}

    @property
    def is_sound(self) -> bool:
        return not any(self.faults.values())


def judge(
    promised: Sequence[Promised], ledger: Iterable[Promise], standing: Iterable[Message], now: datetime
) -> Verdict:
    """What became of every promise. `ledger` also holds what stands in for promises that failed."""
    return _Court(promised, {one.key: one for one in ledger}, standing, now).verdict()


def shown(surface: str, key: str) -> str:
    """What a message of `key` carries: the key itself in Slack, a short hash of it in Discord."""
    return key if surface == "slack" else hashlib.sha256(key.encode()).hexdigest()[:10]


class _Court:
    def __init__(
        self,
        promised: Sequence[Promised],
        ledger: Mapping[str, Promise],
        standing: Iterable[Message],
        now: datetime,
    ) -> None:
        self._promised, self._ledger, self._now = promised, ledger, now
        self._found = Verdict(promised=len(promised))
        known = [(one.surface, one.key) for one in ledger.values()]
        known += [(one.surface, one.key) for one in promised]
        keys = {(surface, shown(surface, key)): key for surface, key in known}
        self._roots: defaultdict[str, list[Message]] = defaultdict(list)
        self._parts: defaultdict[str, list[Message]] = defaultdict(list)
        for message in standing:
            key = keys.get((message.surface, message.mark), "")
            if not key:
                self._found.stray.append(f"{message.surface}:{message.channel} {message.id}")
                continue
            (self._roots if message.part == 0 else self._parts)[key].append(message)
        self._stand_ins: defaultdict[str, list[Promise]] = defaultdict(list)
        for one in ledger.values():
            if one.stands_for:
                self._stand_ins[one.stands_for].append(one)

    def verdict(self) -> Verdict:
        for one in self._promised:
            self._judge(one)
        expected = {one.key for one in self._promised}
        for row in self._ledger.values():
            if row.key not in expected:
                self._judge_beside(row)
        for key, roots in self._roots.items():
            if len(roots) > 1:
                self._found.doubled.append(key)
            if roots:
                self._judge_parts(key, roots[0].parts)
        return self._found

    def _judge(self, one: Promised) -> None:
        found, row = self._found, self._ledger.get(one.key)
        stands = [root for root in self._roots[one.key] if self._is_at(root, one.surface, one.channel)]
        if row is None:
            found.lost.append(one.key)
        elif row.state is State.DELIVERED:
            self._judge_delivered(row, stands)
        elif row.state in (State.MISSED, State.FAILED):
            self._judge_given_up(row, stands)
        elif stands:
            found.open.append(one.key)
        else:
            found.lost.append(one.key)

    def _judge_delivered(self, row: Promise, stands: Sequence[Message]) -> None:
        root = next((root for root in stands if row.receipt and root.id == row.receipt.message), None)
        if root is None:
            self._found.not_there.append(row.key)
            if not stands:
                self._found.lost.append(row.key)
            return
        self._found.delivered += 1
        if row.delay is not None and row.delay > LATE:
            self._found.late += 1
            if SAYS_LATE not in root.words:
                self._found.unsaid.append(row.key)

    def _judge_given_up(self, row: Promise, stands: Sequence[Message]) -> None:
        told = [one for one in self._stand_ins[row.key] if self._is_told(one)]
        if stands and not any(self._says_maybe(one) for one in told):
            self._found.denied.append(row.key)
        if row.state is State.MISSED and row.deadline is not None and row.deadline <= self._now:
            self._found.missed += 1
        elif told:
            self._found.elsewhere += 1
        else:
            self._found.lost.append(row.key)

    def _judge_beside(self, row: Promise) -> None:
        """What stands in for another, or was entered without being asked for."""
        if not row.stands_for:
            self._found.stray.append(row.key)
        elif row.state is State.DELIVERED and not self._is_told(row):
            self._found.not_there.append(row.key)

    def _judge_parts(self, key: str, parts: int) -> None:
        count = Counter(one.part for one in self._parts[key])
        if any(times > 1 for times in count.values()):
            self._found.parts_doubled.append(key)
        row = self._ledger.get(key)
        is_excused = row is not None and row.receipt is not None and "refused" in " ".join(row.receipt.notes)
        if set(range(1, parts)) - set(count) and not is_excused:
            self._found.parts_missing.append(key)

    def _is_told(self, row: Promise) -> bool:
        return row.state is State.DELIVERED and any(
            self._is_at(root, row.surface, row.channel) for root in self._roots[row.key]
        )

    def _says_maybe(self, row: Promise) -> bool:
        return any(maybe in root.words for root in self._roots[row.key] for maybe in SAYS_MAYBE)

    @staticmethod
    def _is_at(root: Message, surface: str, channel: str) -> bool:
        return (root.surface, root.channel) == (surface, channel)
