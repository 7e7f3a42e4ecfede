"""`cnn_core.convolution.convolve` beside OpenCV's `filter2D` on 1024 x 1024 x 3 float32, as ratios of one run.

    python -m benchmarks.convolution

Wanted: at most 1.3 for any kernel, at most 0.5 for a kernel of rank one from 15 x 15 on. The last column is
`scipy.signal.convolve2d`, for comparison; it is measured on one round because it is that slow.
"""

from functools import partial

import cv2
import numpy as np
from scipy import signal

from benchmarks.paired import paired_ratio
from cnn_core.convolution import convolve
from cnn_core.kernels import gaussian

SIDE = 1024


def _with_scipy(image: np.ndarray, kernel: np.ndarray) -> list[np.ndarray]:
    return [signal.convolve2d(image[..., channel], kernel, mode="valid") for channel in range(image.shape[2])]


def main() -> None:
    generator = np.random.default_rng(0)
    image = generator.random((SIDE, SIDE, 3), np.float32)
    print(f"OpenCV {cv2.__version__}, {cv2.getNumThreads()} threads; times relative to cv2.filter2D")
    print(f"{'kernel':>10} {'filter2D ms':>12} {'valid':>7} {'same':>7} {'reflect':>8} {'full':>7} {'scipy':>7}")
    for size in (3, 5, 7, 11, 15, 21, 31):
        for rank, kernel in (
            ("any", generator.standard_normal((size, size)).astype(np.float32)),
            ("one", gaussian(size=size, sigma=size / 6)),
        ):
            ratios = []
            for padding in ("valid", "same", "reflect", "full"):
                ratio, peer_ms = paired_ratio(
                    partial(convolve, image, kernel, padding=padding), partial(cv2.filter2D, image, cv2.CV_32F, kernel)
                )
                ratios.append(ratio)
            slow, _ = paired_ratio(
                partial(_with_scipy, image, kernel), partial(cv2.filter2D, image, cv2.CV_32F, kernel), rounds=1
            )
            cells = f"{ratios[0]:>7.2f} {ratios[1]:>7.2f} {ratios[2]:>8.2f} {ratios[3]:>7.2f} {slow:>7.1f}"
            print(f"{size:>3} x {size:<2} {rank:<3} {peer_ms:>10.1f} {cells}")


if __name__ == "__main__":
    main()
