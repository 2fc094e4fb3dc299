"""What happened, told where it matters: whose it is, once, folded, and as it was known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from bot import languages
from bot.reports import happenings
from bot.workspace import Source, Workspace
from collectors.sieve import MOST_A_DAY
from kpi.calendar import Moment
from storage import Engine, SessionFactory
from storage import annotations as noted
from storage.annotations import Annotation
from tests.factories import GITHUB, NOW, NPS, STARS, TODAY, ZONE, framework, workspace
from tests.storage.test_samples_read import statements

DAYS = (date(2026, 11, 1), TODAY)
MOMENT = Moment(NOW, ZONE)
SHOP = Source("shop", "mailchimp", ("mailchimp.audience",), 3600.0)
PATH = "acme/growth.github_stars"
ACME = workspace(framework(STARS, NPS), sources=(GITHUB, SHOP))


def at(day: int, hour: int = 12) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=ZONE)


def by_hand(text: str, day: int, *, subject: str = "", kind: str = "note") -> Annotation:
    return Annotation(subject, at(day), text, "slack:U0DANA", at(day), kind)


def told_by(source: str, kind: str, text: str, when: datetime) -> Annotation:
    subject = noted.told_by(source)
    reference = f"{kind}:{text}:{when.isoformat()}"
    return Annotation(subject, when, text, subject, when, kind, source, reference)


def keep(sessions: SessionFactory, *found: Annotation) -> None:
    with sessions.begin() as session:
        noted.keep(session, [one for one in found if one.source])
        for one in found:
            if not one.source:
                noted.add(session, one)


def told(
    sessions: SessionFactory, name: str = "stars", used: Workspace = ACME, moment: Moment = MOMENT
) -> Sequence[str]:
    with sessions.read() as session:
        return happenings.told(session, used, used.find_kpi(name), DAYS, moment)


def test_each_thing_is_told_with_its_day_and_kind_on_what_it_matters_to(sessions: SessionFactory) -> None:
    keep(
        sessions,
        by_hand("Show\nHN", 2),
        by_hand("Survey sent", 3, subject="acme/growth.net_promoter_score"),
        by_hand("Series A", 4, subject="acme"),
        by_hand("checkout was down", 5, subject=PATH, kind="incident"),
        told_by("github", "release", "v2.0: The fast one", at(6)),
        told_by("shop", "campaign", "Autumn mail", at(7)),
        told_by("gone", "release", "v9", at(8)),
    )
    assert told(sessions) == (
        "2 Nov: Show HN",
        "4 Nov: Series A",
        "5 Nov: incident “checkout was down”",
        "6 Nov: release “v2.0: The fast one”",
    )
    assert told(sessions, "nps") == ("2 Nov: Show HN", "3 Nov: Survey sent", "4 Nov: Series A")


def test_the_workspace_file_says_where_a_kind_is_marked(sessions: SessionFactory) -> None:
    keep(
        sessions,
        told_by("github", "release", "v2", at(6)),
        told_by("github", "deployment", "a1b2c3d", at(6)),
        told_by("shop", "campaign", "Autumn mail", at(7)),
    )
    nps = "acme/growth.net_promoter_score"
    marks = {"release": frozenset({nps}), "campaign": frozenset({PATH, nps}), "deployment": frozenset[str]()}
    used = replace(ACME, marks=marks)
    assert told(sessions, "stars", used) == ("7 Nov: campaign “Autumn mail”",)
    assert told(sessions, "nps", used) == ("6 Nov: release “v2”", "7 Nov: campaign “Autumn mail”")


def test_of_two_sources_of_one_vendor_the_labels_say_whose_it_is(sessions: SessionFactory) -> None:
    engine = replace(GITHUB, name="engine", labels=(("repo", "engine"),))
    client = replace(GITHUB, name="client", labels=(("repo", "client"),))
    own = framework({**STARS, "measure": 'last(github.stars{repo="engine"})'}, NPS)
    keep(
        sessions,
        told_by("engine", "release", "v2", at(6)),
        told_by("client", "release", "v7", at(7)),
    )
    assert told(sessions, "stars", workspace(own, sources=(engine, client))) == ("6 Nov: release “v2”",)
    assert len(told(sessions, "stars", workspace(sources=(engine, client)))) == 2


@pytest.mark.parametrize(
    ("first", "second", "count"),
    [
        (("github", "release", "v2.0", 6), ("mirror", "release", "v2.0: The fast one", 6), 1),
        (("github", "release", "Engine 2.0", 6), ("mirror", "release", "v2.0 (pre-release)", 7), 1),
        (("github", "release", "v2.0", 6), ("mirror", "release", "v2.0", 9), 2),
        (("github", "release", "v2.0", 6), ("mirror", "release", "v2.1", 6), 2),
        (("github", "release", "Spring", 6), ("mirror", "release", "spring!", 6), 1),
        (
            ("github", "incident", "API down (major)", 6),
            ("mirror", "incident", "API down (high urgency)", 6),
            1,
        ),
        (("github", "incident", "API down", 6), ("github", "incident", "API  down", 6), 2),
        (("github", "incident", "v2.0", 6), ("mirror", "release", "v2.0", 6), 2),
    ],
)
def test_one_thing_told_by_two_sources_is_told_once(
    first: tuple[str, str, str, int], second: tuple[str, str, str, int], count: int, sessions: SessionFactory
) -> None:
    mirror = replace(GITHUB, name="mirror")
    used = workspace(sources=(GITHUB, mirror))
    keep(sessions, *(told_by(*one[:3], at(one[3])) for one in (first, second)))
    assert len(told(sessions, "stars", used)) == count


def test_what_a_person_wrote_stays_in_place_of_what_a_source_told(sessions: SessionFactory) -> None:
    keep(
        sessions,
        told_by("github", "release", "v2.0", at(6, 9)),
        by_hand("2.0, at last", 6, kind="release"),
        by_hand("Show HN", 7),
        by_hand("Show HN", 7),
    )
    assert told(sessions) == ("6 Nov: release “2.0, at last”", "7 Nov: Show HN", "7 Nov: Show HN")


@pytest.mark.parametrize(
    ("count", "last"),
    [(5, "6 Nov: deployment “out 4”"), (6, "6 Nov: 6 deployments"), (20, "6 Nov: 20 deployments or more")],
)
def test_many_of_a_kind_on_a_day_are_told_as_their_number(
    count: int, last: str, sessions: SessionFactory
) -> None:
    many = [told_by("github", "deployment", f"out {one}", at(6, one)) for one in range(count)]
    keep(sessions, *many, told_by("github", "deployment", "alone", at(5)), by_hand("Show HN", 6))
    lines = told(sessions)
    assert lines[0] == "5 Nov: deployment “alone”"
    assert last in lines
    assert len(lines) == (count if count <= happenings.FEW else 1) + 2


def test_as_many_are_kept_of_a_day_as_the_sieve_lets_through() -> None:
    assert happenings.MOST_KEPT == MOST_A_DAY


def test_it_is_told_as_it_was_known(sessions: SessionFactory) -> None:
    late = replace(told_by("github", "release", "v2", at(6)), recorded_at=at(9))
    keep(sessions, late, by_hand("Show HN", 6))
    then = Moment(NOW, ZONE, as_of=at(8))
    assert told(sessions, moment=then) == ("6 Nov: Show HN",)
    assert len(told(sessions, moment=replace(then, as_of=at(9)))) == 2


def test_one_statement_reads_all_however_many_kpis_and_sources(
    engine: Engine, sessions: SessionFactory
) -> None:
    keep(sessions, by_hand("Show HN", 2))
    used = replace(ACME, marks={"release": frozenset({PATH})})
    with sessions.read() as session:
        for refs in (used.kpis[:1], used.kpis):
            with statements(engine) as seen:
                happenings.read(session, used, refs, DAYS, MOMENT)
            assert len([one for one, _ in seen if "annotations" in one]) == 1


def test_where_there_is_no_room_for_all_people_come_first_and_deployments_last() -> None:
    note = by_hand("Show HN", 1)
    deployed = [told_by("github", "deployment", str(day), at(day)) for day in (2, 3, 4)]
    down = told_by("github", "incident", "down", at(5))
    every = [note, *deployed, down]
    assert happenings.foremost(every, 9) == tuple(every)
    assert happenings.foremost(every, 3) == (note, deployed[2], down)
    assert happenings.foremost(every, 1) == (note,)


def test_old_notes_of_every_year_cost_a_list_no_more_than_its_newest(
    monkeypatch: pytest.MonkeyPatch, sessions: SessionFactory
) -> None:
    monkeypatch.setattr(happenings, "MOST_READ", 3)
    keep(sessions, *(by_hand(str(day), day) for day in range(1, 6)))
    with sessions.read() as session:
        read = happenings.latest(session, ACME, ACME.kpis, MOMENT)
    assert ([one.text for one in read.found], read.count, read.is_all) == (["3", "4", "5"], 3, False)


def test_every_kind_is_worded_and_counted() -> None:
    for kind in noted.KINDS:
        assert happenings.kind_word(kind) == kind
        assert happenings.counted(kind, 2) == f"2 {kind}s"
    assert happenings.counted("", 1) == "1 note"
    with languages.speaking(languages.ENGLISH):
        assert happenings.worded(by_hand("x" * 90, 1, kind="release"), "v2…") == "release “v2…”"


def test_notes_at_the_edges_belong_to_their_days(sessions: SessionFactory) -> None:
    midnight = datetime(2026, 11, 1, tzinfo=ZONE)
    edges = (midnight, midnight - timedelta(microseconds=1), datetime(2026, 11, 24, tzinfo=ZONE))
    keep(sessions, *(replace(by_hand(str(place), 1), at=one) for place, one in enumerate(edges)))
    assert told(sessions) == ("1 Nov: 0",)
