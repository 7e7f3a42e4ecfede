"""Parameter sharing: a convolution's weights against those of layers that would compute the same without sharing them.

A convolution of kernel k_h x k_w from h x w x C_in to h' x w' x C_out has k_h k_w C_in C_out weights. Without sharing,
each of the h' w' places has its own: a locally connected layer. A dense layer has one for each pair of input and
output, h w C_in x h' w' C_out, and is the convolution where those outside the windows are 0 and the others repeat
(Goodfellow et al., Deep Learning, 9.2).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cnn_core.activations.layers import nodes_of
from cnn_core.classifiers.looked_at import LookedAt, Told
from cnn_core.convolution import convolve
from cnn_core.errors import InputError

if TYPE_CHECKING:
    import keras

_KINDS = ("Conv2D", "DepthwiseConv2D")
MOST_MATRIX = 4096


@dataclass(frozen=True)
class SharedLayer:
    """A convolution layer in numbers.

    Attributes:
        name: of the layer.
        kernel: (rows, columns).
        before, after: (rows, columns, channels) of its input and output.
        seen: input channels that each output channel takes from.
        bias: whether it has one.
    """

    name: str
    kernel: tuple[int, int]
    before: tuple[int, int, int]
    after: tuple[int, int, int]
    seen: int
    bias: bool

    @property
    def shared(self) -> int:
        """Weights of the convolution, its biases with them.

        Example:
            >>> SharedLayer("conv", (3, 3), (32, 32, 3), (30, 30, 16), 3, True).shared
            448
        """
        rows, columns = self.kernel
        return (rows * columns * self.seen + self.bias) * self.after[2]

    @property
    def local(self) -> int:
        """Weights with the same windows, each place with its own."""
        return self.shared * self.after[0] * self.after[1]

    @property
    def dense(self) -> int:
        """Weights of a dense layer between the same maps."""
        return (int(np.prod(self.before)) + self.bias) * int(np.prod(self.after))

    @property
    def zeros(self) -> float:
        """The share of the dense layer's kernel that has to be 0, at least: windows over padding have less."""
        used = int(np.prod(self.kernel)) * self.seen * int(np.prod(self.after))
        return max(0.0, 1 - used / (int(np.prod(self.before)) * int(np.prod(self.after))))


def shared_layers(network: LookedAt) -> tuple[SharedLayer, ...]:
    """The convolution layers of a network, in the order of computing.

    Raises:
        InputError: it cannot be looked into.
    """
    told = network.ask("sharing", np.zeros((1, *network.size, network.channels), np.float32))
    try:
        return tuple(_read(row) for row in told.values["layers"])
    # A network in a file may tell anything.
    except (KeyError, TypeError, ValueError) as error:
        raise InputError("The network does not tell its layers", "Choose another network") from error


def told_sharing(model: "keras.Model", batch: npt.NDArray[np.float32], options: Mapping[str, Any]) -> Told:  # noqa: ARG001
    """The question `sharing`: "layers", the fields of each `SharedLayer`."""
    rows, columns, channels = batch.shape[1:]
    found = []
    for node in nodes_of(model, (rows, columns, channels)):
        if node.kind not in _KINDS:
            continue
        before, after = node.input_shapes[0][1:], node.output_shapes[0][1:]
        layer = node.operation
        row = {"name": node.name, "kernel": layer.kernel_size, "before": before, "after": after}
        groups = before[-1] if node.kind == "DepthwiseConv2D" else layer.groups
        if before[-1] and groups and None not in (*before, *after):
            found.append({**row, "seen": before[-1] // groups, "bias": bool(layer.use_bias)})
    return Told({"layers": found})


def dense_matrix(kernel: npt.ArrayLike, size: tuple[int, int]) -> npt.NDArray[np.float32]:
    """The matrix of a dense layer that does what a kernel does to a small picture: valid padding, stride 1, no bias.

    Args:
        kernel: (k_h, k_w).
        size: rows and columns of the picture.

    Returns:
        (outputs, inputs) float32, both numbered row by row; matrix @ picture.ravel() is the convolution's output.

    Raises:
        InputError: a kernel that does not fit, or more than `MOST_MATRIX` inputs.

    Example:
        >>> dense_matrix([[1.0, 2.0]], (1, 3)).tolist()
        [[1.0, 2.0, 0.0], [0.0, 1.0, 2.0]]
    """
    values = np.asarray(kernel, np.float32)
    rows, columns = size
    down, across = rows - values.shape[0] + 1, columns - values.shape[1] + 1
    if min(down, across) < 1 or rows * columns > MOST_MATRIX:
        raise InputError("The kernel and the picture do not fit", "Choose a picture of a few pixels more", size=size)
    matrix = np.zeros((down, across, rows, columns), np.float32)
    for i, j in np.ndindex(down, across):
        matrix[i, j, i : i + values.shape[0], j : j + values.shape[1]] = values
    return matrix.reshape(down * across, rows * columns)


def largest_difference(kernel: npt.ArrayLike, patch: npt.ArrayLike) -> float:
    """How far the dense layer's output is from the convolution's on a patch, (rows, columns).

    Example:
        >>> largest_difference(np.eye(3), np.arange(25.0).reshape(5, 5)) < 1e-4
        True
    """
    values = np.asarray(patch, np.float32)
    dense = dense_matrix(kernel, (values.shape[0], values.shape[1])) @ values.ravel()
    output = convolve(values, np.asarray(kernel, np.float32), padding="valid")
    return float(np.abs(dense - output.ravel()).max())


def _read(row: Mapping[str, Any]) -> SharedLayer:
    sides = {name: tuple(int(side) for side in row[name]) for name in ("kernel", "before", "after")}
    if [len(part) for part in sides.values()] != [2, 3, 3] or min(min(part) for part in sides.values()) < 1:
        raise ValueError(row)
    (rows, columns), before, after = sides["kernel"], sides["before"], sides["after"]
    return SharedLayer(
        str(row["name"])[:200],
        (rows, columns),
        (before[0], before[1], before[2]),
        (after[0], after[1], after[2]),
        int(row["seen"]),
        bool(row["bias"]),
    )
