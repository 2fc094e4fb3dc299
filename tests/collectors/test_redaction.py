from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.redaction import Redactor, redact_url


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:pass@acme.dev/x", "https://acme.dev/x"),
        ("https://acme.dev/x?api_key=abc&page=2", "https://acme.dev/x?api_key=***&page=2"),
        ("https://acme.dev/x?access_token=abc", "https://acme.dev/x?access_token=***"),
        ("https://acme.dev:8443/a/b", "https://acme.dev:8443/a/b"),
        (
            "https://acme.dev/?sig=1&since=2026-11-01T00:00:00Z",
            "https://acme.dev/?sig=***&since=2026-11-01T00:00:00Z",
        ),
        ("https://[::1", "***"),
    ],
)
def test_urls_lose_what_is_secret(url: str, shown: str) -> None:
    assert redact_url(url) == shown


@pytest.mark.parametrize(
    "text",
    [
        "failed for https://u:hunter2@acme.dev/",
        "header Authorization: Bearer hunter2hunter2",
        "the token hunter2+/= was refused",
        "escaped as hunter2%2B/%3D or hunter2%2B%2F%3D",
    ],
)
def test_known_secrets_never_show(text: str) -> None:
    assert "hunter2" not in Redactor.of(["hunter2+/="])(text)


def test_tokens_of_known_shape_never_show() -> None:
    token = "ghp_" + "a1B2" * 9
    assert token not in Redactor()(f"bad credentials {token}.")


def test_short_texts_are_no_secrets() -> None:
    assert Redactor.of(["a", ""])("a banana") == "a banana"


@given(
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=4, max_size=40), st.text(), st.text()
)
def test_a_secret_is_removed_from_any_text(secret: str, before: str, after: str) -> None:
    shown = Redactor.of([secret])(f"{before}{secret}{after}")
    assert secret not in shown.replace("***", "") or secret in "***"
