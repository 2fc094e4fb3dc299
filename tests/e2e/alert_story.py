"""Four days of a small company in which every rule fires and is over again, as its channels show them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from tests.e2e.alert_bot import PARTY, AlertBot, words
from tests.e2e.alert_company import DAY, TUESDAY, day, history
from tests.e2e.alert_vendor import Vendor

SOURCES = ("site", "news", "mention", "devto")
BAD = {
    "visitors": 500.0,
    "signups": 0.0,
    "reactions": 2500.0,
    "stars": 1003.0,
    "enterprise_customers": 1.0,
    "data_quality_score": 0.6,
    "benchmark_platforms": 3.0,
    "errors": 60.0,
    "orders": 90.0,
    "customers": 80.0,
    "trials": 600.0,
    "queue_us": 150.0,
}
"""What Tuesday brought."""

WORSE = {"benchmark_platforms": 2.0, "gpu_utilization": 0.3, "stars": 1010.0, "enterprise_customers": 1.0}
WELL = {"stars": 1020.0, "enterprise_customers": 1.0, "trials": 985.0}
BY_HAND = {
    "inferno/escalation": "raise customer impact: logins fail for Globex",
    "hektor/negative_viral_post": "raise negative viral post: a rant on TikTok https://tiktok.example/1",
    "hektor/competitor_announcement": "raise competitor announcement: Rival buys Globex",
    "hektor/viral_post": "raise viral post: 30K saw our thread https://x.example/1",
    "hektor/first_enterprise_customer": "raise first enterprise customer: Globex has signed",
    "hektor/press_mention": "raise press mention: Heise writes about us https://heise.de/1",
}


@dataclass
class Told:
    """The one message of an alert at three moments, and its thread in the end."""

    fired: str = ""
    taken: str = ""
    over: str = ""
    thread: list[str] = field(default_factory=list)


@dataclass
class Story:
    """What was told by rule; what people raised has a + behind the rule's name."""

    told: dict[str, Told] = field(default_factory=dict)
    parties: list[str] = field(default_factory=list)
    quiet_noon: list[str] = field(default_factory=list)
    """What the first look, at a company that is well, posted."""
    count: int = 0
    """How many messages stand in the channel of alerts in the end."""


async def lived(bot: AlertBot, vendor: Vendor) -> Story:
    """From Tuesday, when all is well, to Friday, when it is again."""
    clock, story = bot.clock, Story()
    await bot.take(history(clock().date(), is_liked=False))
    await bot.look(*SOURCES)
    story.quiet_noon = [words(one) for one in (*bot.roots(), *bot.roots(PARTY))]
    await _meanwhile(bot, vendor)
    await _wednesday(bot, vendor)
    _record(bot, story, "fired")
    await _taken(bot)
    _record(bot, story, "taken")
    clock.at = TUESDAY + DAY + timedelta(minutes=17)
    vendor.is_up = True
    await bot.look("site")
    _record(bot, story, "fired")
    await _taken(bot)
    _record(bot, story, "taken")
    await _thursday(bot, vendor)
    _record(bot, story, "fired")
    await _taken(bot)
    _record(bot, story, "taken")
    await _friday(bot, vendor)
    _record(bot, story, "over")
    story.parties = [words(one) for one in bot.roots(PARTY)]
    story.count = len(bot.roots())
    return story


async def _meanwhile(bot: AlertBot, vendor: Vendor) -> None:
    """Tuesday: a post goes round; in the evening DEV refuses the key."""
    bot.clock.at = TUESDAY + timedelta(hours=4)
    vendor.posts.append((TUESDAY + timedelta(hours=1), "How we made joins fast", 12_400))
    await bot.look(*SOURCES)
    bot.clock.at = TUESDAY + timedelta(hours=11)
    vendor.knows_us = False
    await bot.look(*SOURCES)


async def _wednesday(bot: AlertBot, vendor: Vendor) -> None:
    """Everything goes wrong, and some things very well."""
    bot.clock.at = now = TUESDAY + DAY
    vendor.is_up = False
    late = now - timedelta(minutes=20)
    vendor.said.append((late, "HEKTOR lost all our data, worst release ever", -1, 25_000))
    vendor.rivals.append((late, "Rival launches a vector engine", "https://rival.example/engine"))
    vendor.press.append((late, "HEKTOR raises the bar", "https://techcrunch.com/2026/11/18/hektor"))
    await bot.take(one for one in day((now - DAY).date(), **BAD) if one[0] != "github.forks")
    await bot.look(*SOURCES)
    for question in BY_HAND.values():
        await bot.ask(question)
    await bot.settle()


async def _thursday(bot: AlertBot, vendor: Vendor) -> None:
    """Most of it is well again; two KPIs of the third framework turn red, and one has had no number."""
    bot.clock.at = now = TUESDAY + 2 * DAY
    vendor.knows_us = True
    await bot.take(one for one in day((now - DAY).date(), **WELL | WORSE) if one[0] != "github.forks")
    await bot.look(*SOURCES)


async def _friday(bot: AlertBot, vendor: Vendor) -> None:
    """All is well; what only people can end, they end."""
    bot.clock.at = now = TUESDAY + 3 * DAY
    await bot.take(day((now - DAY).date(), **WELL))
    await bot.look(*SOURCES)
    for one in bot.alerts():
        if one.is_open:
            await bot.press("It is over", bot.root(one.number)["ts"])
    await bot.settle()


async def _taken(bot: AlertBot) -> None:
    """Ana takes whatever nobody has."""
    bot.clock.forward(minutes=2)
    for one in bot.alerts():
        if one.is_open and not one.acknowledged_by:
            await bot.press("I have it", bot.root(one.number)["ts"])
    await bot.settle()


def _record(bot: AlertBot, story: Story, moment: str) -> None:
    """What each message says now. What was seen of one at its beginning stays."""
    for one in bot.alerts():
        name = one.rule if one.items else f"{one.rule}+"
        if one.severity == "celebrate":
            continue
        told = story.told.setdefault(name, Told())
        if moment == "over" or not getattr(told, moment):
            setattr(told, moment, words(bot.root(one.number)))
        told.thread = bot.thread(one.number)
