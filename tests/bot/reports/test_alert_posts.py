"""The one message of an alert: each kind has its own sentence, and it says the present state."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot import languages
from bot.frozen import freeze, thaw
from bot.reply import Actions, Mention, Reply, Text
from bot.reports.alert_posts import digest_of, root
from bot.surfaces.discord.render import render as for_discord
from bot.surfaces.slack.render import render as for_slack
from kpi.alerts import State
from storage.silences import Silence
from tests.bot.reports.alert_cases import (
    NPS_PATH,
    RAJ,
    SINCE,
    STARS_PATH,
    alert,
    happened,
    item,
    over,
    post,
    rule,
    view,
)
from tests.factories import NOW, asks, lines

DAYS = [["2026-11-20", 28.0], ["2026-11-21", 27.0], ["2026-11-22", 24.0]]
NPS = {"name": "Net Promoter Score", "unit": "", "value": 24, "limit": 30, "op": "below"}
DROP = {
    "name": "Visitors",
    "unit": "visitors",
    "before": 1204,
    "after": 746,
    "percent": 38.04,
    "limit": 30,
    "op": "above",
    "days": 1,
    "against": "before",
    "from": ["2026-11-21", "2026-11-21"],
    "to": ["2026-11-22", "2026-11-22"],
}
SOURCE = {
    "source": "github",
    "title": "GitHub",
    "message": "GitHub refuses the token.",
    "hint": "Renew it: `kpi sources renew github`.",
    "since": "2026-11-22T02:00:00+00:00",
}
POST = {
    "text": "Acme is a scam",
    "url": "https://forum.test/1",
    "site": "forum.test",
    "reach": 12400,
    "sentiment": -0.82,
}
UP = {"name": "Up", "unit": "ratio", "label": "url", "label_value": "https://acme.dev", "value": 0}


@pytest.mark.parametrize(
    ("when", "subject", "value", "evidence", "told"),
    [
        (
            {"measure": "last(web.up)", "below": 1},
            "https://acme.dev",
            0.0,
            UP,
            ["◆ Page down since 08:54 (6 min) · warning", "https://acme.dev does not answer"],
        ),
        (
            {"measure": "sum(mailchimp.signups, 1d)", "at_most": 0},
            "",
            0.0,
            {"name": "Signups", "unit": "signups", "limit": 0, "op": "at_most", "usual": [18, 26]},
            ["◆ Page down since 08:54 (6 min) · warning", "Signups 0 (usual: 18 to 26)"],
        ),
        (
            {"kpi": "growth.net_promoter_score", "below": 30},
            NPS_PATH,
            24.0,
            {**NPS, "days": DAYS, "usual": [31, 36]},
            [
                "◆ Net Promoter Score 24 NPS, below 30 since Fri 20 Nov · warning",
                "The last 3: 28, 27, 24",
                "Usual: 31 to 36",
                "Owner Dana",
            ],
        ),
        (
            {"drop": "sum(plausible.visitors, 1d)", "above": 30},
            "",
            38.04,
            DROP,
            [
                "◆ Visitors down 38%: 1,204 → 746 on Sun 22 Nov · warning",
                "Against the day before, limit 30%",
            ],
        ),
        (
            {"percent_of_target": "any", "below": 50},
            STARS_PATH,
            49.96,
            {"name": "GitHub Stars", "unit": "stars", "percent": 49.96, "limit": 50, "op": "below"},
            ["◆ GitHub Stars at 49.96% of target since 08:54 (6 min) · warning"],
        ),
        (
            {"chance": "any", "below": 20},
            STARS_PATH,
            9.0,
            {"chance": 9, "landing": 4180, "target": 5000, "deadline": "2026-11-29", "unit": "stars"},
            [
                "◆ GitHub Stars: 9% chance of 5,000 since 08:54 (6 min) · warning",
                "It lands at 4,180 on 29 Nov",
            ],
        ),
        (
            {"firing": "red", "at_least": 2},
            "",
            3.0,
            {"rule": "acme/red", "count": 3, "subjects": [STARS_PATH, NPS_PATH]},
            [
                "◆ acme/red: 3 at once since 08:54 (6 min) · warning",
                "GitHub Stars, Net Promoter Score",
            ],
        ),
        (
            {"zone": "any", "becomes": "red"},
            NPS_PATH,
            None,
            {"from": "yellow", "to": "red", "value": 24, "day": "2026-11-22"},
            [
                "◆ Net Promoter Score 24 NPS: in the red zone on Sun 22 Nov · warning",
                "It was yellow before",
                "Owner Dana",
            ],
        ),
        (
            {"no_data": "any"},
            NPS_PATH,
            None,
            {"source": "github", "last_at": "2026-11-22T02:00:00+00:00"},
            [
                "◆ Net Promoter Score: no number since Sun 22 Nov 03:00 (30 h) · warning",
                "github itself can be read",
                "Owner Dana",
            ],
        ),
        (
            {"source": "any"},
            "github",
            None,
            SOURCE,
            [
                "◆ GitHub cannot be read since Sun 22 Nov 03:00 (30 h) · warning",
                "GitHub refuses the token.",
                "Renew it: kpi sources renew github.",
                "1 KPI waits: GitHub Stars",
            ],
        ),
        (
            {"anomaly": "sum(plausible.visitors, 1d)"},
            "",
            120.0,
            {
                "name": "Visitors",
                "unit": "visitors",
                "low": 380,
                "high": 450,
                "score": 0.9,
                "why": "lowest Tuesday in 26 weeks; expected 380–450",
                "day": "2026-11-17",
            },
            [
                "◆ Visitors 120, expected 380 to 450 on Tue 17 Nov · warning",
                "Lowest Tuesday in 26 weeks",
            ],
        ),
        (
            {"text": {"sentiment": "negative"}},
            "forum:1",
            None,
            POST,
            [
                "◆ Page down · warning",
                "“Acme is a scam”",
                "forum.test · seen 12,400 times · sounds negative (−0.82)",
                "Read it",
            ],
        ),
    ],
)
def test_each_kind_has_its_own_sentence(
    when: dict[str, Any],
    subject: str,
    value: float | None,
    evidence: dict[str, Any],
    told: list[str],
) -> None:
    assert post(alert(item(subject, value, **evidence)), view(rule(when))) == told


def test_a_rule_that_is_gone_is_told_by_its_value() -> None:
    assert post(alert(item(NPS_PATH, 24.0)), view(None))[0].startswith("◆ Net Promoter Score 24 NPS since")


def test_a_rule_that_was_changed_is_told_by_what_was_found() -> None:
    told = post(alert(item("", 38.0, **DROP)), view(rule({"kpi": "growth.github_stars", "below": 1})))
    assert told[0].startswith("◆ Visitors down 38%: 1,204 → 746")


def test_foreign_words_are_quoted_in_one_line_and_cut() -> None:
    text = "<!channel> *now*\n" + "x" * 300
    (quoted,) = post(alert(item("a", text=text, sentiment=0)), view(rule(None, by_hand="a post")))[1:2]
    assert quoted.startswith("“<!channel> *now* xxx")
    assert quoted.endswith("…”")
    assert len(quoted) == 202
    (message,) = for_slack(root(alert(item("a", text=text, sentiment=0)), view(rule())))
    assert "<!channel>" not in message["text"]


def test_many_are_told_as_one_the_worst_first() -> None:
    when = {"percent_of_target": "any", "below": 50}
    items = [
        item(f"acme/gone.kpi{at}", percent=40.0 - at, limit=50, op="below", name=f"K{at}") for at in range(12)
    ]
    told = post(alert(*items), view(rule(when)))
    assert told[0] == "◆ 12 KPIs below 50% of target since 08:54 (6 min) · warning"
    assert told[1] == "K11 at 29% of target"
    assert told[6] == "and 7 more, all in the thread"


def test_what_is_raised_says_who_and_their_words() -> None:
    raised = alert(text="Logins fail", url="https://status.test/1", severity="critical")
    seen = view(
        rule({"firing": "red", "at_least": 2}, by_hand="customer impact"), happened("raised", "slack:U0RAJ")
    )
    assert post(raised, seen) == [
        "▲ Customer impact, raised by Raj at 08:54 · critical",
        "“Logins fail”",
        "https://status.test/1",
    ]
    assert post(alert(text="x"), view(rule(None, by_hand="a post")))[0].startswith("◆ Page down, raised at")


def test_who_has_it_and_what_happens_next() -> None:
    firing = rule({"kpi": "growth.net_promoter_score", "below": 30}, act_within="1 hour")
    at_once = rule({"kpi": "growth.net_promoter_score", "below": 30}, act_within="immediately")
    one = item(NPS_PATH, 24.0, **NPS)
    due = NOW + timedelta(minutes=54)
    assert "Act by 09:54, then it goes to Dana" in post(alert(one, act_by=due), view(firing))
    assert "Act at once; escalates to Dana at 09:54" in post(alert(one, act_by=due), view(at_once))
    late = alert(one, act_by=due, level=1)
    told = post(late, view(firing, happened("escalated", to="Dana")))
    assert told[-2:] == ["Escalated to Dana at 09:00", "Act by 09:54"]
    taken = replace(late, state=State.ACKNOWLEDGED, acknowledged_at=NOW, acknowledged_by="slack:U0RAJ")
    assert post(taken, view(firing))[-1] == "Raj has it since 09:00"
    given = replace(taken, assigned_to="Dana")
    assert post(given, view(firing))[-2:] == ["Raj has it since 09:00", "Given to Dana"]
    assert post(replace(taken, assigned_to="Raj"), view(firing))[-1] == "Raj has it since 09:00"


def test_what_is_kept_quiet_says_so() -> None:
    one, seen = item(NPS_PATH, 24.0, **NPS), view(rule({"kpi": "growth.net_promoter_score", "below": 30}))
    monday = NOW + timedelta(days=7)
    assert post(alert(one, snoozed_until=monday), seen)[-1] == "Snoozed until Mon 30 Nov 09:00"
    assert post(alert(one, snoozed_for_good=True), seen)[-1] == "Snoozed until it is over"
    hush = Silence(1, NPS_PATH, monday, "slack:U0RAJ", "launch week", SINCE)
    muted = replace(seen, silenced={NPS_PATH: hush})
    assert post(alert(one), muted)[-1] == "Muted until Mon 30 Nov 09:00: launch week"


def test_what_is_over_says_from_when_to_when_and_who_saw_to_it() -> None:
    down = rule({"measure": "last(web.up)", "below": 1})
    page = item("https://acme.dev", 0.0, **UP)
    told = post(over(page, acknowledged_by="slack:U0RAJ"), view(down))
    assert told == ["● Page down 08:54–09:00 (6 min), handled by Raj."]
    assert post(over(page), view(down)) == ["● Page down 08:54–09:00 (6 min), over by itself."]
    low = rule({"kpi": "growth.net_promoter_score", "below": 30})
    told = post(over(item(NPS_PATH, 24.0, **NPS, days=DAYS), resolved_by="slack:U0RAJ"), view(low))
    assert told[0].startswith(
        "● Over: Net Promoter Score 24 NPS, below 30 · Fri 20 Nov–Sun 22 Nov, handled by Raj."
    )


def test_what_was_restated_is_taken_back() -> None:
    low = rule({"kpi": "growth.net_promoter_score", "below": 30})
    seen = view(low, happened("corrected", subject=NPS_PATH, before=24, value=34))
    told = post(over(item(NPS_PATH, 24.0, **NPS)), seen)
    restated = "Restated: Net Promoter Score 24 NPS → 34 NPS; this was no alert."
    head = f"○ Taken back: Net Promoter Score 24 NPS, below 30 · {restated}"
    assert told[0] == head


def test_nobody_is_notified_unless_the_rule_wants_it() -> None:
    taken = alert(item(NPS_PATH, 24.0, **NPS), acknowledged_at=NOW, acknowledged_by="slack:U0RAJ")
    when = {"kpi": "growth.net_promoter_score", "below": 30}
    assert not list(mentions(root(taken, view(rule(when)))))
    assert list(mentions(root(taken, view(rule(when, mention=True))))) == [Mention(RAJ.name, RAJ.ids)]


def mentions(reply: Reply) -> list[Mention]:
    spans = (span for block in reply.blocks if isinstance(block, Text) for span in block.spans)
    return [span for span in spans if isinstance(span, Mention)]


def test_the_buttons_fit_the_state() -> None:
    one, seen = item(NPS_PATH, 24.0, **NPS), view(rule({"kpi": "growth.net_promoter_score", "below": 30}))
    assert asks(root(alert(one), seen)) == ["ack 12", "12", "useful 12 no", "alert 12"]
    menu = next(block for block in root(alert(one), seen).blocks if isinstance(block, Actions)).more
    assert [action.ask for action in menu] == [
        "snooze 12 1h",
        "snooze 12 4h",
        "snooze 12 until monday",
        "snooze 12 until resolved",
        "12",
    ]
    taken = alert(one, state=State.ACKNOWLEDGED)
    assert asks(root(taken, seen))[0] == "resolve 12"
    assert asks(root(over(one), seen)) == ["alert 12", "useful 12 no"]
    assert asks(root(over(one, opinion="not useful"), seen)) == ["alert 12", "useful 12 yes"]
    for surface in (for_slack, for_discord):
        assert surface(root(alert(one), seen))


def test_only_what_is_said_makes_a_message_outdated() -> None:
    one, seen = item(NPS_PATH, 24.0, **NPS), view(rule({"kpi": "growth.net_promoter_score", "below": 30}))
    first = root(alert(one), seen)
    later = replace(seen, moment=replace(seen.moment, now=NOW + timedelta(minutes=3)))
    assert lines(root(alert(one), later)) != lines(first)
    assert digest_of(root(alert(one), later)) == digest_of(first) == digest_of(thaw(freeze(first)))
    assert digest_of(root(alert(one, assigned_to="Raj"), seen)) != digest_of(first)
    with languages.speaking("de"):
        german = root(alert(one), seen)
    assert digest_of(german) != digest_of(first)
    assert german.text.startswith("◆ Net Promoter Score 24 NPS, unter 30 seit 08:54")
