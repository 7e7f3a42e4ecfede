"""How many procedural scenes a second `cnn_core.scenes` draws on one core, with its default options.

    python benchmarks/scenes.py [scenes]

Printed are the median and the fastest of ten equal batches: other work on the machine slows some of them.
"""

import sys
import time
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from cnn_core.scenes import scenes

BATCHES = 10


def main(count: int = 4000) -> None:
    cv2.setNumThreads(1)
    for side in (96, 128):
        list(scenes(50, seed=0, size=(side, side)))
        rates, drawn = [], 0
        for batch in range(BATCHES):
            start = time.perf_counter()
            drawn += sum(len(scene.labels) for scene in scenes(count // BATCHES, seed=batch, size=(side, side)))
            rates.append(count // BATCHES / (time.perf_counter() - start))
        shapes = drawn / (count // BATCHES * BATCHES)
        print(f"{side} x {side}, {shapes:.1f} shapes: {np.median(rates):,.0f} scenes/s, at best {max(rates):,.0f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
