"""What a picture goes by: a key of its pixels, and its file's name without what a page would take for markup."""

import hashlib
import re

import numpy as np
from numpy.typing import NDArray


def picture_key(pixels: NDArray[np.uint8]) -> str:
    """A short hash of a picture's pixels."""
    return hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()[:16]


def clean_name(name: str) -> str:
    """A file name without its folder, without Markdown, and not longer than a line."""
    name = re.sub(r"[\[\]<>*`$\\|:~^#]|[^\x20-\U0010FFFF]", "_", name.replace("\\", "/").rsplit("/", 1)[-1]).strip()
    return name if len(name) <= 60 else f"{name[:40]}…{name[-16:]}"
