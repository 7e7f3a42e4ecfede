"""What a network consists of and costs, layer by layer, without allocating its weights.

Sources: Keras for shapes and
parameters; Araujo, Norris and Sim 2019 (https://distill.pub/2019/computing-receptive-fields) for receptive fields.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cnn_core.activation_memory import backward_peak, forward_peak
from cnn_core.errors import InputError
from cnn_core.layer_field import Region, region_of
from cnn_core.layer_graph import Node, block_names, graph_nodes
from cnn_core.layer_words import describe, parameter_formula
from cnn_core.layer_work import multiply_adds
from cnn_core.weightless import read_model

# Bytes of one activation and of one weight.
DTYPES = {
    "float32": (4, 4),
    "float16": (2, 2),
    "bfloat16": (2, 2),
    "float64": (8, 8),
    "mixed_float16": (2, 4),
    "mixed_bfloat16": (2, 4),
}


@dataclass(frozen=True)
class LayerRow:
    """One call of one layer.

    Attributes:
        name: unique in the network; the second call of a shared layer is "name (2)".
        kind: Keras class name.
        inputs: names of the rows it takes from; () for an input.
        block: the group it is folded into; "" where it stands alone.
        output_shape: without the batch axis.
        parameters: weights and biases, trainable or not; 0 for a later call of a shared layer.
        trainable: those of them that training changes.
        macs: multiply-adds for one picture; FLOPs = 2 x MACs.
        field_size: receptive field, (rows, columns) in input pixels; the largest where cells differ. None: the whole
            input, or a layer whose reach is not known.
        field_stride: input pixels between the fields of neighbouring cells.
        field_start: first pixel that cell (0, 0) sees; negative where it begins in the padding.
        activation_bytes: of its output, for the whole batch at the summary's dtype.
        formula: why there are that many parameters, in LaTeX; "" where there are none.
        detail: the settings in a few words.
        counted: False where this kind of layer is not known, so that its multiply-adds are missing.
    """

    name: str
    kind: str
    inputs: tuple[str, ...]
    block: str
    output_shape: tuple[int | None, ...]
    parameters: int
    trainable: int
    macs: int
    field_size: tuple[int, int] | None
    field_stride: tuple[float, float] | None
    field_start: tuple[float, float] | None
    activation_bytes: int
    formula: str
    detail: str
    counted: bool = True


@dataclass(frozen=True)
class Summary:
    """A network's rows in an order in which they can be computed, and what they add up to.

    Attributes:
        name: the model's name.
        rows: one per call of a layer.
        input_shape: of the first input, without the batch axis.
        output_shape: of the first output, without the batch axis.
        batch_size: pictures that the memory figures are for.
        dtype: "float32", "float16", "bfloat16", "float64", or "mixed_float16" and "mixed_bfloat16": activations of two
            bytes, weights of four.
    """

    name: str
    rows: tuple[LayerRow, ...]
    input_shape: tuple[int | None, ...]
    output_shape: tuple[int | None, ...]
    batch_size: int
    dtype: str

    @cached_property
    def parameters(self) -> int:
        """All weights and biases, as `model.count_params()` counts them."""
        return sum(row.parameters for row in self.rows)

    @cached_property
    def trainable(self) -> int:
        """Parameters that training changes."""
        return sum(row.trainable for row in self.rows)

    @property
    def non_trainable(self) -> int:
        """Parameters that training leaves alone: frozen layers, moving statistics of batch normalisation."""
        return self.parameters - self.trainable

    @cached_property
    def macs(self) -> int:
        """Multiply-adds for one picture."""
        return sum(row.macs for row in self.rows)

    @property
    def flops(self) -> int:
        """Floating-point operations for one picture: 2 x MACs."""
        return 2 * self.macs

    @property
    def weight_bytes(self) -> int:
        """Memory of the weights: parameters x bytes of the dtype."""
        return self.parameters * DTYPES[self.dtype][1]

    @cached_property
    def activation_bytes(self) -> int:
        """Memory of all outputs of all layers together, for the whole batch."""
        return sum(row.activation_bytes for row in self.rows)

    @cached_property
    def peak_inference_bytes(self) -> int:
        """An estimate of the most activation memory that predicting one batch needs at once, weights not included.

        Layers run in the order of the rows. An output is kept until the last layer that takes it has run; while a layer
        runs, its inputs and its output exist side by side. Dropout, Flatten and the like hand their input on. Real
        libraries add workspace, and save what they fuse.
        """
        return forward_peak(self.rows)

    @cached_property
    def training_bytes(self) -> int:
        """An estimate of the memory that training with Adam at this batch size needs.

        weights + 3 x trainable weights (gradient and Adam's two moments) + every activation, kept for the backward
        pass, + the most that the gradients of the activations need at once (as for inference, on the reversed graph).
        """
        optimizer = 3 * self.trainable * DTYPES[self.dtype][1]
        return self.weight_bytes + optimizer + self.activation_bytes + backward_peak(self.rows)

    @property
    def sizes_known(self) -> bool:
        """False where an axis has no fixed length: multiply-adds and memory of those rows are then left at 0."""
        return not any(None in row.output_shape for row in self.rows)

    @property
    def uncounted(self) -> tuple[str, ...]:
        """Rows of an unknown kind, whose multiply-adds are missing from the total."""
        return tuple(row.name for row in self.rows if not row.counted)


def summarize(build_or_model: Any, *, batch_size: int = 1, dtype: str = "float32") -> Summary:
    """A row for each layer and the totals, without allocating weights.

    Multiply-adds are those of convolutions, dense layers, recurrent layers and attention; everything elementwise,
    pooling, normalisation and resizing counts 0, as usual. A layer of an unknown kind counts 0 too and is listed in
    `Summary.uncounted`. Layers of a model within the model get rows of their own, "backbone/conv1". Safe to call from
    many threads at once; Keras' state is left as it was.

    Args:
        build_or_model: a function that builds a functional or sequential `keras.Model`, or such a model. Prefer the
            function: a model has already paid for its weights.
        batch_size: pictures that the memory figures are for, at least 1.
        dtype: one of `DTYPES`, for the memory figures.

    Raises:
        InputError: batch size or dtype out of range, or a model without a graph of layers.
        TypeError: the function does not return a `keras.Model`.
        Exception: whatever the function raises, unchanged.

    Example:
        >>> def build():
        ...     import keras
        ...     return keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Conv2D(32, 3, name="conv")])
        >>> summary = summarize(build)
        >>> summary.parameters, summary.macs, summary.rows[-1].field_size
        (320, 194688, (3, 3))
    """
    if isinstance(batch_size, bool) or not isinstance(batch_size, int) or batch_size < 1:
        raise InputError("The batch size must be a whole number from 1", "Choose 1 or more", batch_size=batch_size)
    if dtype not in DTYPES:
        raise InputError("This dtype is not known", f"Choose one of {', '.join(DTYPES)}", dtype=dtype)
    return read_model(build_or_model, lambda model: _summary(model, batch_size, dtype))


def _summary(model: Any, batch_size: int, dtype: str) -> Summary:
    nodes = graph_nodes(model)
    trains = {id(weight) for weight in model.trainable_weights}
    first_channels = any(getattr(node.operation, "data_format", None) == "channels_first" for node in nodes)
    axes = (2, 3) if first_channels else (1, 2)
    blocks = block_names([node.name for node in nodes])
    regions: dict[str, Region | None] = {}
    seen: set[int] = set()
    bytes_per_cell = batch_size * DTYPES[dtype][0]
    rows = []
    for node, block in zip(nodes, blocks, strict=True):
        regions[node.name] = region_of(node, [regions[name] for name in node.inputs], axes)
        weights = {id(weight): weight for weight in getattr(node.operation, "weights", ())}
        new = {key: weight for key, weight in weights.items() if key not in seen}
        seen |= weights.keys()
        rows.append(
            _row(
                node,
                block,
                weights=list(new.values()),
                trains=trains,
                region=regions[node.name],
                bytes_per_cell=bytes_per_cell,
            )
        )
    inputs, outputs = model.inputs[0].shape[1:], model.outputs[0].shape[1:]
    return Summary(model.name, tuple(rows), tuple(inputs), tuple(outputs), batch_size, dtype)


def _row(
    node: Node, block: str, *, weights: list[Any], trains: set[int], region: Region | None, bytes_per_cell: int
) -> LayerRow:
    macs = multiply_adds(node.operation, node.input_shapes, node.output_shapes[0])
    frozen = bool(weights) and not any(id(weight) in trains for weight in weights)
    notes = (
        describe(node.operation),
        "frozen" if frozen else "",
        f"shared with {node.first_call}" * bool(node.first_call),
    )
    return LayerRow(
        name=node.name,
        kind=node.kind,
        inputs=tuple(dict.fromkeys(node.inputs)),
        block=block,
        output_shape=node.output_shapes[0][1:],
        parameters=sum(_size(weight) for weight in weights),
        trainable=sum(_size(weight) for weight in weights if id(weight) in trains),
        macs=macs or 0,
        field_size=region and (region[0].size, region[1].size),
        field_stride=region and (region[0].stride, region[1].stride),
        field_start=region and (region[0].of(0)[0], region[1].of(0)[0]),
        activation_bytes=bytes_per_cell * sum(_cells(shape) for shape in node.output_shapes),
        formula=parameter_formula(weights),
        detail=", ".join(note for note in notes if note),
        counted=macs is not None,
    )


def _size(weight: Any) -> int:
    return math.prod(int(length) for length in weight.shape)


def _cells(shape: Sequence[int | None]) -> int:
    return math.prod(int(length or 0) for length in shape[1:])
