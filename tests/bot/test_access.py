"""Who sees what: a KPI shows where every restriction on it lets its readers in, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import access
from bot.surfaces.base import Invocation
from bot.workspace import Person, Restriction, Workspace
from tests.factories import STARS, framework, workspace

MRR = {"name": "MRR", "aliases": ["revenue"], "unit": "$", "better": "higher", "targets": {"day90": "$1M"}}
CHURN = {"name": "Churn", "unit": "%", "better": "lower", "targets": {"day90": "<5%"}}
ACME = framework(
    sections=[
        {"title": "Growth", "kpis": [{**STARS, "line": 2}]},
        {"title": "Money > Income", "kpis": [{**MRR, "line": 3}]},
        {"title": "Money > Losses", "kpis": [{**CHURN, "line": 4}]},
    ]
)
OTHER = framework(CHURN, key="other")
STARS_PATH, MRR_PATH = "acme/growth.github_stars", "acme/income.mrr"
LOST, OTHER_LOST = "acme/losses.churn", "other/growth.churn"
EVERY = {STARS_PATH, MRR_PATH, LOST, OTHER_LOST}

SALES = frozenset({MRR_PATH})

PEOPLE = (
    Person("ana", {"slack": "U0ANA", "discord": "11111"}, "reader", ("finance",)),
    Person("boss", {"slack": "U0BOSS"}, "admin"),
    Person("lee", {"slack": "U0LEE"}, "editor", ("growth",)),
)
FINANCE = Restriction(
    kpis=SALES,
    channels=("slack:C0FIN",),
    people=("lee",),
    groups=("finance",),
    roles=("admin",),
    ask="@cfo",
)


def restricted(*restrictions: Restriction) -> Workspace:
    return replace(workspace(ACME, OTHER, people=PEOPLE), restrictions=restrictions)


def shown(seen: Workspace) -> set[str]:
    return {ref.path for ref in seen.kpis}


def asked(
    user: str,
    channel: str | None = "C0ALL",
    surface: str = "slack",
    *,
    is_shared: bool = False,
    all_: bool = False,
) -> Invocation:
    return Invocation("", surface, user, channel, is_shared, all_)


@pytest.mark.parametrize(
    ("invocation", "sees"),
    [
        (asked("U0ANA"), True),  # by group
        (asked("U0LEE"), True),  # by name
        (asked("U0BOSS"), True),  # by role
        (asked("U0ANA", None), True),
        (asked("11111", "22222", "discord"), True),
        (asked("U0NEW"), False),
        (asked("11111"), False),  # an id of another surface
        (asked("U0ANA", surface="discord"), False),
        (asked("U0NEW", "C0FIN"), True),  # the channel is let in
        (asked("U0NEW", "C0FIN", "discord"), False),
        (asked("U0NEW", "C0FIN", all_=True), True),
        (asked("U0ANA", all_=True), False),  # everybody would read it
        (asked("U0BOSS", None, all_=True), False),
        (asked("U0ANA", "C0FIN", is_shared=True), False),  # outsiders read along
        (asked("U0BOSS", "C0FIN", is_shared=True, all_=True), False),
        (asked("root", None, "terminal"), True),
        (asked("root", "C0ALL", "terminal", all_=True), True),
    ],
)
def test_who_reads_decides(invocation: Invocation, sees: bool) -> None:
    seen = access.view(restricted(FINANCE), invocation)
    assert shown(seen) == (EVERY if sees else EVERY - {MRR_PATH})
    assert seen.shows("acme", "income.mrr") is sees
    assert bool(seen.find_kpi("revenue")) is sees
    assert seen.shows("acme", "growth.github_stars")


@pytest.mark.parametrize(
    ("restriction", "hidden"),
    [
        (Restriction(SALES), {MRR_PATH}),
        (Restriction(sections=(("money",),)), {MRR_PATH, LOST}),
        (Restriction(sections=(("money", "income"),)), {MRR_PATH}),
        (Restriction(sections=(("losses",),)), {LOST}),
        (Restriction(sections=(("growth",),)), {STARS_PATH, OTHER_LOST}),
        (Restriction(sections=(("income", "losses"),)), set()),
        (Restriction(frameworks=frozenset({"other"})), {OTHER_LOST}),
        (Restriction(frozenset({LOST}), frameworks=frozenset({"other"})), {OTHER_LOST, LOST}),
        (Restriction(names_alone=frozenset({("acme", "mrr")})), {MRR_PATH}),
        (Restriction(names_alone=frozenset({("other", "mrr")})), set()),
    ],
)
def test_kpis_sections_and_frameworks_can_be_restricted(restriction: Restriction, hidden: set[str]) -> None:
    seen = access.view(restricted(replace(restriction, groups=("finance",))), asked("U0NEW"))
    assert shown(seen) == EVERY - hidden
    assert set(seen.withheld) == hidden


def test_every_restriction_on_a_kpi_must_let_the_reader_in() -> None:
    both = restricted(
        FINANCE, Restriction(sections=(("money",),), channels=("slack:C0FIN",), roles=("admin",))
    )
    assert shown(access.view(both, asked("U0ANA"))) == EVERY - {MRR_PATH, LOST}
    assert shown(access.view(both, asked("U0BOSS"))) == EVERY
    assert shown(access.view(both, asked("U0ANA", "C0FIN"))) == EVERY


@pytest.mark.parametrize(
    ("surface", "channel", "is_shared", "sees"),
    [
        ("slack", "C0FIN", False, True),
        ("slack", "C0FIN", True, False),
        ("slack", "C0ALL", False, False),
        ("discord", "C0FIN", False, False),
        ("terminal", "", False, True),
    ],
)
def test_what_is_posted_is_for_everyone_in_the_channel(
    surface: str, channel: str, is_shared: bool, sees: bool
) -> None:
    seen = access.channel_view(restricted(FINANCE), surface, channel, is_shared=is_shared)
    assert (MRR_PATH in shown(seen)) is sees


def test_a_framework_of_which_nothing_is_left_is_not_in_use() -> None:
    seen = access.view(
        restricted(Restriction(frameworks=frozenset({"other"}), people=("lee",))), asked("U0NEW")
    )
    assert [use.framework.key for use in seen.uses] == ["acme"]


REFUSALS = [
    (
        FINANCE,
        asked("U0NEW"),
        "MRR is for its own channel, finance, lee and admins.",
        "Ask @cfo, or look there.",
    ),
    (replace(FINANCE, channels=(), people=(), roles=()), asked("U0NEW"), "MRR is for finance.", "Ask @cfo."),
    (
        replace(FINANCE, channels=(), ask=""),
        asked("U0NEW"),
        "MRR is for finance, lee and admins.",
        "Ask one of them.",
    ),
    (
        Restriction(SALES, channels=("slack:C0FIN", "discord:12345")),
        asked("U0NEW"),
        "MRR is for its own channels.",
        "Ask there.",
    ),
    (
        replace(FINANCE, channels=()),
        asked("U0ANA", all_=True),
        "MRR is for finance, lee and admins.",
        "You may see it: ask where nobody else reads the answer.",
    ),
]


@pytest.mark.parametrize(("restriction", "invocation", "message", "hint"), REFUSALS)
def test_a_refusal_says_whom_it_is_for_and_what_to_do(
    restriction: Restriction, invocation: Invocation, message: str, hint: str
) -> None:
    seen = access.view(restricted(restriction), invocation)
    for name in ("mrr", "Revenue", MRR_PATH, "income mrr", "income.mrr"):
        refused = seen.refusal_for(name)
        assert refused is not None
        assert (refused.message, refused.hint) == (message, hint)
    assert seen.refusal_for("mrrr") is None
    assert seen.refusal_for("stars") is None


def test_where_outsiders_read_it_does_not_exist() -> None:
    seen = access.view(restricted(FINANCE), asked("U0BOSS", "C0FIN", is_shared=True))
    assert seen.withheld == {MRR_PATH: ""}
    assert (seen.find_kpi("mrr"), seen.refusal_for("mrr"), seen.find_withheld("mrr")) == ((), None, None)
    assert seen.withheld_kpis == ()
    assert not seen.may_hear_of("acme", "income.mrr")
    assert seen.may_hear_of("acme", "growth.github_stars")
    assert access.view(restricted(FINANCE), asked("U0NEW")).may_hear_of("acme", "income.mrr")
    assert "MRR" not in seen.nearest_names("mr")


def test_a_view_of_a_view_never_shows_more() -> None:
    base = restricted(FINANCE, Restriction(kpis=frozenset({LOST}), people=("lee",)))
    once = access.view(base, asked("U0ANA"))
    twice = access.view(once, asked("U0LEE"))
    assert shown(once) == shown(twice) == EVERY - {LOST}
    assert twice.refusal_for("acme churn") is not None
    outside = access.view(once, asked("U0LEE", is_shared=True))
    assert shown(outside) == EVERY - {LOST, MRR_PATH}
    assert set(outside.withheld.values()) == {""}


def test_views_are_made_once() -> None:
    base = restricted(FINANCE)
    assert access.view(base, asked("U0ANA")) is base
    assert access.view(base, asked("U0NEW")) is access.view(base, asked("U0OLD"))
    open_ = workspace(ACME)
    assert access.view(open_, asked("U0NEW", is_shared=True)) is open_


def test_only_so_many_views_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "MOST_VIEWS", 3)
    base = restricted(*(Restriction(SALES, channels=(f"slack:C00{at}",)) for at in range(8)))
    for at in range(8):
        assert shown(access.view(base, asked("U0NEW", f"C00{at}"))) == EVERY - {MRR_PATH}
        assert len(base.views) <= 3


SOME = st.sets(st.sampled_from(sorted(EVERY))).map(frozenset)
RESTRICTIONS = st.builds(
    Restriction,
    kpis=SOME,
    sections=st.lists(st.sampled_from([("growth",), ("money",), ("money", "losses")]), max_size=2).map(tuple),
    frameworks=st.sets(st.sampled_from(["acme", "other"]), max_size=1).map(frozenset),
    channels=st.lists(st.sampled_from(["slack:C0FIN", "slack:C0ALL"]), max_size=2).map(tuple),
    people=st.lists(st.sampled_from(["ana", "lee"]), max_size=2).map(tuple),
    groups=st.lists(st.sampled_from(["finance", "growth"]), max_size=2).map(tuple),
    roles=st.lists(st.sampled_from(["reader", "admin"]), min_size=1, max_size=2).map(tuple),
)
INVOCATIONS = st.builds(
    Invocation,
    text=st.just(""),
    surface=st.sampled_from(["slack", "discord"]),
    user=st.sampled_from(["U0ANA", "U0LEE", "U0BOSS", "U0NEW", "11111"]),
    channel=st.sampled_from(["C0FIN", "C0ALL", None]),
    is_shared=st.booleans(),
    in_channel=st.booleans(),
)


@given(st.lists(RESTRICTIONS, max_size=3), RESTRICTIONS, INVOCATIONS)
def test_a_restriction_more_never_shows_more(
    some: list[Restriction], another: Restriction, invocation: Invocation
) -> None:
    less = access.view(restricted(*some, another), invocation)
    assert shown(less) <= shown(access.view(restricted(*some), invocation))
    assert shown(less).isdisjoint(less.withheld)


@given(st.lists(RESTRICTIONS, max_size=3), INVOCATIONS)
def test_more_readers_never_see_more(some: list[Restriction], invocation: Invocation) -> None:
    base = restricted(*some)
    alone, together, outside = (
        shown(access.view(base, replace(invocation, in_channel=in_channel, is_shared=is_shared)))
        for in_channel, is_shared in ((False, False), (True, False), (True, True))
    )
    assert outside <= together <= alone
    assert outside == EVERY - set(base.restricted)


@given(
    st.lists(RESTRICTIONS, max_size=3), INVOCATIONS, st.text(max_size=20) | st.sampled_from(["mr", "chrn"])
)
def test_no_suggestion_names_what_is_withheld(
    some: list[Restriction], invocation: Invocation, text: str
) -> None:
    seen = access.view(restricted(*some), invocation)
    for name in seen.nearest_names(text):
        assert all(seen.shows(*ref.path.split("/")) for ref in seen.find_kpi(name))
        assert seen.find_kpi(name)
