"""How texts sound: sentences as people write them of software, in English and not."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sentiment import NEGATIVE, POSITIVE, score

NEGATIVES = [
    "Acme DB lost all my data and their support is a joke.",
    "Do NOT use Acme DB in production. It corrupted our tables twice this month.",
    "Third outage this week. We are moving away from Acme.",
    "Acme's new pricing is a slap in the face. Utterly disappointed.",
    "Why I regret choosing Acme DB",
    "Acme DB is slow and bloated, avoid it",
    "Acme leaked our API keys and did not even tell us. Unacceptable.",
    "Their docs are terrible and nobody answers tickets",
    "Acme DB deletes customer data, users furious",
    "not happy with the latest release, queries hang and the dashboard crashes",
    "I hate how Acme handles licensing now",
    "The upgrade broke everything. What a nightmare.",
    "Honestly the worst onboarding I have ever seen",
    "Acme hacked: millions of records stolen",
    "It isn't good. It isn't even acceptable.",
    "acme is unusable on windows :(",
    "I wanted to love Acme DB but it keeps losing writes and that is scary",
    "We lost six hours of production data because of Acme and I am furious",
    "If you care about your users, stay away from Acme. Terrible company.",
    "Acme's cloud has been down since this morning and their status page says everything is fine",
    "Acme is being sued over a data breach",
    "PSA: the latest Acme release corrupts your indexes",
    "Is anyone else's Acme dashboard extremely slow today? This is getting ridiculous",
]
NEUTRALS = [
    "How do I kill a stuck process in Acme DB?",
    "Fatal error: cannot open shared object file, error code 137 after `kill -9`",
    "Acme DB 2.0 adds dead letter queues and garbage collection",
    "What is the attack surface of a self-hosted database?",
    "Show HN: A benchmark of ten embedded databases",
    "Acme raises $20M Series A",
    "The job panics when the argument is null, here is the stack trace",
    "Slow query log explained",
    "Release notes: fixed bugs in the parser, bug fixes in the CLI",
    "drop_table() fails fast with --abort-on-error",
    "Ask HN: which database do you use for time series?",
    "Acme DB vs Other DB: a comparison",
    "Comparing databases like Postgres, MySQL and Acme DB",
    "Setting up replication with Acme DB on Kubernetes",
    "How to avoid N+1 queries",
    "I wrote a small tool that imports CSV files into Acme DB",
    "Acme announces support for vector search",
]
POSITIVES = [
    "Acme DB is amazing, we moved in a day and love it",
    "No data loss, no downtime, no problem. Great work!",
    "Not bad at all, I am impressed",
    "Really happy with the support team, they fixed it within an hour",
    "This is the best developer experience I have had in years",
    "Thank you Acme, migration was painless and fast",
    "Acme DB saved us so much time, highly recommended",
    "Wow, this is beautiful work. Congrats on the launch!",
    "Never had a problem with Acme in two years, super reliable",
]
FOREIGN = [
    "Die Datenbank war heute wieder langsam, das ist schlecht",
    "Acme DB est nul, j'ai perdu toutes mes données",
    "La base de datos es terrible y muy lenta",
    "Acme DB は最悪です、データが消えました",
    "Der Support von Acme ist wirklich schlecht, die Software stürzt ab",
    "Nous avons perdu des données avec Acme, c'est terrible",
    "Acme é horrível e não funciona",
    "Die Doku ist gut, die Software auch",
    "Acme DB ужасна, потеряла данные",
    "De database was traag en het support is bad",
]


@pytest.mark.parametrize("text", NEGATIVES)
def test_a_complaint_is_negative(text: str) -> None:
    assert score(text) <= NEGATIVE


@pytest.mark.parametrize("text", NEUTRALS)
def test_matter_of_fact_is_neither(text: str) -> None:
    assert NEGATIVE < score(text) < POSITIVE


@pytest.mark.parametrize("text", POSITIVES)
def test_praise_is_positive(text: str) -> None:
    assert score(text) >= POSITIVE


@pytest.mark.parametrize("text", FOREIGN)
def test_another_language_is_not_guessed(text: str) -> None:
    assert score(text) == 0


@pytest.mark.parametrize(
    ("plain", "turned"),
    [
        ("Acme DB is good", "Acme DB is not good"),
        ("I love this release", "I don't love this release"),
        ("They care and it works great", "They care and it never works great"),
    ],
)
def test_a_negation_turns_the_mood(plain: str, turned: str) -> None:
    assert score(plain) >= POSITIVE
    assert score(turned) < 0


@given(st.text(max_size=300))
@settings(max_examples=100, deadline=None)
def test_any_text_has_a_score(text: str) -> None:
    assert -1 <= score(text) <= 1


@pytest.mark.parametrize("text", ["`" * 500, "a." * 250, "_" * 500, "is down " * 60, "", "!?" * 250])
def test_hostile_text_is_scored_too(text: str) -> None:
    assert -1 <= score(text) <= 1


def test_the_lexicon_is_read_when_a_text_is_weighed_and_not_before() -> None:
    code = "import sys, bot.sentiment; print('vaderSentiment' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"
