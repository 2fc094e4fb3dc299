"""Pictures held against the ones that were looked at, and as arrays of pixels."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

GOLDEN = Path(__file__).parent / "golden"


def assert_looks_as_it_did(png: bytes, name: str) -> None:
    """A new look is taken over with KPI_REFRESH_GOLDEN=1; open the files and look at them then."""
    image = Image.open(BytesIO(png)).convert("RGB")
    drawn = image.resize((800, image.height // 2), Image.Resampling.LANCZOS)
    file = GOLDEN / f"{name}.png"
    if os.environ.get("KPI_REFRESH_GOLDEN"):
        drawn.quantize(128, dither=Image.Dither.NONE).save(file, optimize=True)
    known = np.asarray(Image.open(file).convert("RGB"), int)
    assert known.shape[:2] == (drawn.height, drawn.width)
    difference = np.abs(np.asarray(drawn, int) - known).max(axis=2)
    assert difference.mean() < 1.5
    assert (difference > 60).mean() < 0.005


def pixels_of(png: bytes) -> npt.NDArray[np.uint8]:
    """Rows of red, green and blue."""
    return np.asarray(Image.open(BytesIO(png)).convert("RGB"))


def count_of(png: bytes, color: str) -> int:
    """How many pixels have a colour, or nearly."""
    wanted = np.array([int(color[at : at + 2], 16) for at in (1, 3, 5)])
    near = (np.abs(pixels_of(png).astype(int) - wanted) <= 6).all(axis=2)
    return int(near.sum())
