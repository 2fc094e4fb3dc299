"""How a picture looked when somebody last looked at it."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from bot.reply import Drawing

GOLDEN = Path(__file__).parent / "golden"


def looks_as_it_did(name: str, drawing: Drawing) -> None:
    """A new look is taken over with KPI_REFRESH_GOLDEN=1; open the files and look at them then."""
    whole = Image.open(BytesIO(drawing.png())).convert("RGB")
    drawn = whole.resize((800, whole.height // 2), Image.Resampling.LANCZOS)
    file = GOLDEN / f"{name}.png"
    if os.environ.get("KPI_REFRESH_GOLDEN"):
        drawn.quantize(128, dither=Image.Dither.NONE).save(file, optimize=True)
    kept = Image.open(file).convert("RGB")
    assert drawn.size == kept.size
    difference = np.abs(np.asarray(drawn, int) - np.asarray(kept, int)).max(axis=2)
    assert difference.mean() < 1.5
    assert (difference > 60).mean() < 0.005
