"""Nothing fixed in what is said of alerts escapes translation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest

from bot.reply import Reply
from bot.reports.alert_celebrations import celebration
from bot.reports.alert_lists import open_line
from bot.reports.alert_posts import AlertView, root, told
from bot.reports.alert_thread import history_line
from kpi.alerts import State
from storage.alert_rows import KINDS
from tests.bot.reports import test_alert_posts as posts
from tests.bot.reports.alert_cases import NPS_PATH, alert, happened, item, over, rule, used, view
from tests.bot.reports.test_whole_language import foreign, in_brackets, own_words, phrases, texts
from tests.factories import NOW

__all__ = ["in_brackets"]

OWN = """
    Page down (at once) forum
    Net Promoter Score GitHub Stars Visitors Signups Up NPS acme/red Dana Raj Europe/Berlin Acme
    https://acme.dev GitHub refuses the token Renew it kpi sources renew github forum.test Acme is a scam
    https://forum.test/1 stars customer impact Words of people launch week
"""


def cases() -> Iterator[tuple[Mapping[str, Any], str, float | None, Mapping[str, Any]]]:
    (marked,) = posts.test_each_kind_has_its_own_sentence.pytestmark
    for when, subject, value, evidence, _ in marked.args[1]:
        yield when, subject, value, evidence


def said() -> Iterator[str]:
    for when, subject, value, evidence in cases():
        seen = view(rule(when, act_within="1 hour"))
        one = item(subject, value, **evidence)
        two = item(f"{subject}2", value, **evidence)
        due = NOW + timedelta(hours=1)
        for found in (alert(one, act_by=due), alert(one, two), over(one), over(one, two)):
            yield from texts(root(found, seen))
            yield open_line(found, seen)
        yield from _steps(one, seen)
        done = celebration(alert(one, severity="celebrate"), seen)
        yield from texts(done)
    yield from texts(root(alert(text="Words of people"), view(rule(None, by_hand="customer impact"))))


def _steps(one: Any, seen: AlertView) -> Iterator[str]:
    for kind in KINDS:
        data: dict[str, Any] = {
            "subject": NPS_PATH,
            "before": 24,
            "value": 18,
            "to": "Dana",
            "until": "resolved",
        }
        event = happened(kind, "slack:U0RAJ", "Words of people", **data)
        held = alert(one, state=State.ACKNOWLEDGED, acknowledged_at=NOW, acknowledged_by="slack:U0RAJ")
        yield history_line(event, held, seen)
        line: Reply | None = told(event, held, seen)
        yield from () if line is None else texts(line)


@pytest.mark.usefixtures("in_brackets")
def test_every_fixed_word_of_an_alert_is_translated() -> None:
    own = phrases([*own_words(used()), *OWN.split(), " ".join(OWN.split())])
    escaped = {
        word: text
        for text in said()
        for piece in re.split(r"⟦[^⟧]*⟧", text)
        for word in foreign(re.findall(r"[^\W\d_]{2,}", piece.casefold()), own)
    }
    assert not escaped
