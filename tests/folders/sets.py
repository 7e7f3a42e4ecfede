"""Tiny data sets on disk for the tests of folders."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from cnn_core.drawing import png


def picture(number: int, *, rows: int = 24, columns: int = 24) -> bytes:
    """A PNG of smooth random colours, another for each number."""
    coarse = np.random.default_rng(number).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    return png(np.kron(coarse, np.ones((-(-rows // 6), -(-columns // 6), 1), np.uint8))[:rows, :columns])


def write(root: Path, files: Mapping[str, bytes] | Iterable[str]) -> Path:
    """Files under a folder; those without content are different pictures."""
    contents = files if isinstance(files, Mapping) else {name: picture(i) for i, name in enumerate(files)}
    for name, content in contents.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


def numbered(folder: str, count: int) -> list[str]:
    """`folder/0.png`, `folder/1.png`, …"""
    return [f"{folder}/{number}.png" for number in range(count)]
