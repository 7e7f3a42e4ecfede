"""A few layers in a row on one grey picture: kernel, activation, pooling; with the receptive field after each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cnn_core.convolution import convolve
from cnn_core.errors import InputError
from cnn_core.nonlinearities import activate
from cnn_core.pooling import pool
from cnn_core.receptive_field import Field, through, whole

LONGEST = 4


@dataclass(frozen=True)
class ChainLayer:
    """One layer of the chain.

    Attributes:
        kernel: (k_h, k_w) float32.
        stride: of the convolution; its padding is "same".
        activation: a name from `cnn_core.nonlinearities`.
        pooling: "none", or a mode of `cnn_core.pooling.pool` over 2 x 2 with stride 2.
    """

    kernel: np.ndarray
    stride: int = 1
    activation: str = "relu"
    pooling: str = "none"


@dataclass(frozen=True)
class ChainStep:
    """What one layer gave.

    Attributes:
        output: (H_out, W_out, 1) float32.
        rows: receptive field of an output cell along the rows, in pixels of the chain's input.
        columns: likewise along the columns.
    """

    output: np.ndarray
    rows: Field
    columns: Field

    def seen_from(self, x: float, y: float) -> tuple[int, int, int, int]:
        """The receptive field of one output cell: x_min, y_min, x_max, y_max in pixels of the chain's input.

        Args:
            x: where the cell lies, from 0 (left) to 1 (right).
            y: likewise from top to bottom.

        Example:
            >>> [step] = run_chain(np.ones((8, 8, 1), np.float32), [ChainLayer(np.ones((3, 3)))])
            >>> step.seen_from(0.0, 1.0)
            (-1, 6, 2, 9)
        """
        left, right = self.columns.of(round(x * (self.columns.cells - 1)))
        top, bottom = self.rows.of(round(y * (self.rows.cells - 1)))
        return left, top, right, bottom


def run_chain(image: np.ndarray, layers: Sequence[ChainLayer]) -> list[ChainStep]:
    """Run up to four layers on a (H, W, 1) picture; one step per layer.

    Raises:
        InputError: more than four layers, or a picture that has become too small for the next one.

    Example:
        >>> steps = run_chain(np.ones((8, 8, 1), np.float32), [ChainLayer(np.ones((3, 3)), pooling="max")] * 2)
        >>> [step.output.shape[0] for step in steps], [step.rows.size for step in steps]
        ([4, 2], [4, 10])
    """
    if len(layers) > LONGEST:
        raise InputError("The chain is too long", f"Take at most {LONGEST} layers", layers=len(layers))
    values = image
    fields = [whole(side) for side in image.shape[:2]]
    steps = []
    for number, layer in enumerate(layers, start=1):
        values = activate(convolve(values, layer.kernel, stride=layer.stride, padding="same"), layer.activation)
        fields = [
            through(field, side, stride=layer.stride, padding="same")
            for field, side in zip(fields, np.shape(layer.kernel), strict=True)
        ]
        if layer.pooling != "none":
            if min(values.shape[:2]) < 2:
                raise InputError(
                    f"Nothing is left to pool in layer {number}",
                    "Remove a pooling or a stride before it, or choose a larger picture",
                    rows=values.shape[0],
                    columns=values.shape[1],
                )
            values = pool(values, mode=layer.pooling, size=2)
            fields = [through(field, 2, stride=2) for field in fields]
        steps.append(ChainStep(values, fields[0], fields[1]))
    return steps


def part_within(pixels: np.ndarray, box: tuple[int, int, int, int]) -> np.ndarray:
    """The part of a picture that a receptive field covers, without what lies beyond the edge: a pixel at least.

    Args:
        pixels: (H, W, ...).
        box: x_min, y_min, x_max, y_max, as `ChainStep.seen_from` gives them.

    Example:
        >>> part_within(np.arange(9).reshape(3, 3), (-1, 1, 2, 4)).tolist()
        [[3, 4], [6, 7]]
    """
    left, top, right, bottom = box
    height, width = pixels.shape[:2]
    top, left = min(max(top, 0), height - 1), min(max(left, 0), width - 1)
    return pixels[top : max(bottom, top + 1), left : max(right, left + 1)]
