"""How label pairs are spelled in a column: JSON with sorted names, so that equal labels are equal text."""

from __future__ import annotations

import json

from kpi.metric import Labels, labels


def spell(pairs: Labels) -> str:
    """The one spelling of these labels; plain ASCII, so whatever a vendor put into them can be stored."""
    return json.dumps(dict(labels(pairs)), separators=(",", ":"))


def unspell(text: str) -> Labels:
    """The labels spelled by `text`."""
    return labels(json.loads(text))
