"""How long `cnn_core.pooling.pool` takes, as ratios to OpenCV, NumPy and PyTorch measured alternately in one run.

    python benchmarks/pooling.py [rounds]

Each round times our function and one peer back to back, in changing order; printed is the median of the rounds' ratios.
Below 1 we are faster. The aim is at most 1.5 against the fastest peer. PyTorch is left out where it is not installed.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.paired import paired_ratio
from cnn_core.pooling import pool

SIDE = 1024
STRIDE = 2
Pooling = Callable[[], np.ndarray]


def slide(image: np.ndarray, mode: str, size: int) -> np.ndarray:
    if mode == "max":
        return cv2.dilate(image, np.ones((size, size), np.uint8), anchor=(0, 0))
    return cv2.boxFilter(image, -1, (size, size), anchor=(0, 0))


def opencv_slices(image: np.ndarray, mode: str, size: int) -> np.ndarray:
    """Slide by one pixel with OpenCV, keep every second with NumPy."""
    last = SIDE - size + 1
    return np.ascontiguousarray(slide(image, mode, size)[:last:STRIDE, :last:STRIDE])


def opencv_nearest(image: np.ndarray, mode: str, size: int) -> np.ndarray:
    """Slide by one pixel, keep every second by nearest-neighbour resizing: OpenCV alone."""
    length = (SIDE - size) // STRIDE + 1
    slid = slide(image, mode, size)[: length * STRIDE, : length * STRIDE]
    return cv2.resize(slid, (length, length), interpolation=cv2.INTER_NEAREST)


def opencv_area(image: np.ndarray, mode: str, size: int) -> np.ndarray:
    """The average of blocks that do not overlap."""
    assert mode == "average"
    assert size == STRIDE
    return cv2.resize(image, (SIDE // size, SIDE // size), interpolation=cv2.INTER_AREA)


def numpy_slices(image: np.ndarray, mode: str, size: int) -> np.ndarray:
    """Combine strided slices: rows, then columns."""
    combine = np.maximum if mode == "max" else np.add
    last = SIDE - size + 1
    down = image[:last:STRIDE]
    for i in range(1, size):
        down = combine(down, image[i : last + i : STRIDE])
    across = down[:, :last:STRIDE]
    for j in range(1, size):
        across = combine(across, down[:, j : last + j : STRIDE])
    return across if mode == "max" else across / np.float32(size * size)


def numpy_channels(image: np.ndarray, mode: str, size: int) -> np.ndarray:
    """The same, each channel alone: NumPy's inner loop is then long."""
    combine = np.maximum if mode == "max" else np.add
    last = SIDE - size + 1
    down = image[:last:STRIDE]
    for i in range(1, size):
        down = combine(down, image[i : last + i : STRIDE])
    length = (SIDE - size) // STRIDE + 1
    result = np.empty((length, length, image.shape[2]), np.float32)
    for channel in range(image.shape[2]):
        across = down[:, :last:STRIDE, channel]
        for j in range(1, size):
            across = combine(across, down[:, j : last + j : STRIDE, channel])
        result[..., channel] = across
    return result if mode == "max" else np.multiply(result, np.float32(1 / size**2), out=result)


def peers(image: np.ndarray, mode: str, size: int) -> dict[str, Pooling]:
    found: dict[str, Pooling] = {
        "OpenCV, slide and slice": lambda: opencv_slices(image, mode, size),
        "OpenCV, slide and resize INTER_NEAREST": lambda: opencv_nearest(image, mode, size),
        "NumPy, strided slices": lambda: numpy_slices(image, mode, size),
        "NumPy, each channel alone": lambda: numpy_channels(image, mode, size),
    }
    if mode == "average" and size == STRIDE:
        found["OpenCV, resize INTER_AREA"] = lambda: opencv_area(image, mode, size)
    try:
        import torch
    except ImportError:
        return found
    function = torch.nn.functional.max_pool2d if mode == "max" else torch.nn.functional.avg_pool2d
    planes = torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))[None]
    pixels = torch.from_numpy(image).permute(2, 0, 1)[None]
    torch.set_grad_enabled(False)
    found["PyTorch, planes"] = lambda: function(planes, size, STRIDE)[0].permute(1, 2, 0).numpy()
    found["PyTorch, channels last"] = lambda: function(pixels, size, STRIDE)[0].permute(1, 2, 0).numpy()
    return found


def main(rounds: int = 60) -> None:
    image = np.random.default_rng(0).random((SIDE, SIDE, 3), dtype=np.float32)
    for mode in ("max", "average"):
        for size in (2, 3):

            def ours(mode: str = mode, size: int = size) -> np.ndarray:
                return pool(image, mode=mode, size=size, stride=STRIDE)

            print(f"{mode} {size} x {size}, stride {STRIDE}, {SIDE} x {SIDE} x 3 float32")
            worst = 0.0
            for name, peer in peers(image, mode, size).items():
                np.testing.assert_allclose(peer(), ours(), atol=1e-6)
                ratio, peer_ms = paired_ratio(ours, peer, rounds=rounds)
                worst = max(worst, ratio)
                print(f"  {ratio:5.2f} x the time of {name} ({peer_ms:.2f} ms)")
            print(f"  {worst:5.2f} against the fastest")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
