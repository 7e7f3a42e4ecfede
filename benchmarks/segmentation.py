"""How long segmentation takes: the starters through LiteRT on 512 x 512, and drawing masks over 12 megapixels.

    python -m benchmarks.segmentation

Wanted on two cores: a starter answers about a photo of 512 x 512 pixels in less than 200 ms once it is warm, and an
overlay of 12 megapixels is drawn in less than 150 ms. With `--tiles` 12 megapixels are seen in tiles too, which takes
most of a minute: its time, and the peak of the process' memory, of which 1 GB is the bound.
"""

import resource
import sys
import time
from statistics import median

import numpy as np

from cnn_core.masks import UNSURE, class_colours
from cnn_core.runtime import usable_cores
from cnn_core.segmentation.loading import load_segmenter
from cnn_core.segmentation.overlay import VIEWS, Look, overlay
from cnn_core.segmentation.starters import segmenter_starters
from cnn_core.segmentation.tiles import look_in_tiles, tile_count

_ROUNDS = 7
_SMALL = (512, 512)
_LARGE = (3000, 4000)
_CLASSES = 7


def parts(name: str) -> dict[str, float]:
    """Median milliseconds of each part for a photo of 512 x 512, with its labels at the photo's size."""
    photo = np.random.default_rng(0).random((*_SMALL, 3), dtype=np.float32)
    segmenter = load_segmenter(name)
    segmenter.look(photo)
    rounds = []
    for _ in range(_ROUNDS):
        masks = segmenter.look(photo)
        begin = time.perf_counter()
        assert masks.labels.shape == _SMALL
        rounds.append({**masks.seconds, "labels": time.perf_counter() - begin})
    return {part: median(one[part] for one in rounds) * 1000 for part in rounds[0]}


def drawing(look: Look) -> float:
    """Median milliseconds for the masks of regions, as large as things in a photo are, over 12 megapixels."""
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (*_LARGE, 3), np.uint8)
    regions = random.choice(np.array([*range(_CLASSES), UNSURE], np.uint8), (30, 40))
    labels = regions.repeat(100, axis=0).repeat(100, axis=1)
    colours = class_colours(_CLASSES)
    overlay(pixels, labels, colours=colours, look=look)
    times = []
    for _ in range(_ROUNDS):
        begin = time.perf_counter()
        overlay(pixels, labels, colours=colours, look=look)
        times.append(time.perf_counter() - begin)
    return median(times) * 1000


def tiled() -> str:
    """12 megapixels seen by the membranes' network in tiles: seconds and megabytes."""
    segmenter = load_segmenter("starter_segmenter_membranes")
    begin = time.perf_counter()
    masks = look_in_tiles(segmenter, np.zeros((*_LARGE, 3), np.uint8))
    assert masks.labels.shape == _LARGE
    seconds = time.perf_counter() - begin
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    count = tile_count(_LARGE, segmenter.input_size)
    return f"{count} tiles of {segmenter.input_size[0]}: {seconds:.1f} s, peak of the process {megabytes:.0f} MB"


def main() -> None:
    if "--tiles" in sys.argv:
        print(tiled(), flush=True)
    print(f"{usable_cores()} cores; a photo of {_SMALL[1]} x {_SMALL[0]}, milliseconds of each part")
    for name in segmenter_starters():
        taken = parts(name)
        told = ", ".join(f"{part} {value:.1f}" for part, value in taken.items())
        print(f"{name:28} {told}, in all {sum(taken.values()):.1f}", flush=True)
    print(f"overlay of {_LARGE[1]} x {_LARGE[0]}, milliseconds")
    for view in VIEWS:
        for dim in (False, True) if view == "both" else (False,):
            words = f"{view}{', the rest dimmed' if dim else ''}"
            print(f"{words:28} {drawing(Look(view, dim=dim, hidden=frozenset({0}))):.1f}", flush=True)


if __name__ == "__main__":
    main()
