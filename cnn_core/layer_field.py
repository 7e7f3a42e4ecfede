"""The receptive field after each layer of a network: which pixels of the input one cell of its output sees.

Where branches meet, a cell sees all that any of them sees. None stands for the whole input: after global pooling,
flattening, attention, normalisation over the picture, and after any layer whose reach is not known.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cnn_core.geometry import padding_amounts
from cnn_core.layer_graph import Node, Shape
from cnn_core.layer_work import is_known
from cnn_core.receptive_axis import AxisField, gather, pixels, resized, stamped, union, window

Region = tuple[AxisField, AxisField]

# A field that differs from cell to cell is not followed beyond this many cells.
MOST_CELLS = 16384

# Layers and operations that never mix positions, whatever their settings; augmentation does nothing in prediction.
_POINTWISE = """
    LocalResponseNormalization Activation ReLU LeakyReLU PReLU ELU Identity BatchNormalization Rescaling Normalization
    Masking Dropout SpatialDropout2D GaussianDropout GaussianNoise AlphaDropout ActivityRegularization
    Add Average Maximum Minimum Multiply Subtract
    RandomFlip RandomRotation RandomTranslation RandomZoom RandomShear RandomErasing
    RandomBrightness RandomContrast RandomHue RandomSaturation RandomColorJitter
    RandomGrayscale RandomInvert Solarization Absolute Abs Ceil Clip Copy Cos Cosh Equal Exp Exp2 Expm1 Floor
    Greater GreaterEqual Hypot Less LessEqual Log Log10 Log1p Log2 Logaddexp LogicalAnd LogicalNot LogicalOr
    LogicalXor Mod Negative NotEqual OnesLike ZerosLike Reciprocal Round Sign Sin Sinh Tan Tanh Arctan Trunc Where
    Divide DivideNoNan TrueDivide FloorDivide Power Square Sqrt Rsqrt Relu Relu6 Sigmoid SparseSigmoid Softplus
    Softsign SoftShrink Silu Squareplus LogSigmoid LeakyRelu HardSigmoid HardSilu Elu Selu Gelu Celu Glu TanhShrink
    HardTanh HardShrink Threshold Cast SaturateCast StopGradient ExpandDims Erf RGBToGrayscale RGBToHSV HSVToRGB
"""
POINTWISE = frozenset(_POINTWISE.split())

# Kinds that mix only along the axes they are told, or the last one.
_ALONG_AXES = """
    Dense
    Softmax LogSoftmax Concatenate LayerNormalization UnitNormalization RMSNormalization Normalize LayerNorm RMSNorm
    Mean Max Min Amax Amin Sum Prod Std Var Argmax Any All
"""
ALONG_AXES = frozenset(_ALONG_AXES.split())

# Kinds that only give the numbers another shape.
RESHAPING = frozenset(("Reshape", "Flatten", "Permute", "Transpose", "Squeeze", "Split", "TimeDistributed"))


def region_of(node: Node, inputs: Sequence[Region | None], axes: tuple[int, int]) -> Region | None:
    """The receptive field (rows, columns) after one node; None: the whole input, or no picture.

    Args:
        node: the call of a layer.
        inputs: the fields of its input tensors, in order.
        axes: which axes of a tensor are its rows and columns: (1, 2), or (2, 3) for channels first.
    """
    after = _lengths(node.output_shapes[0], axes)
    if not node.inputs:
        return None if after is None or len(node.output_shapes[0]) != 4 else (pixels(after[0]), pixels(after[1]))
    known = [region for region in inputs if region is not None]
    before = _lengths(node.input_shapes[0], axes)
    if len(known) < len(inputs) or before is None or after is None or not is_known(node.operation):
        return None
    kind, rank = node.kind, len(node.input_shapes[0])
    if kind in POINTWISE or (kind in ALONG_AXES and _mixed(node.operation, rank).isdisjoint(axes)):
        return _merged(known, after)
    if kind in RESHAPING:
        return known[0] if before == after and _keeps_places(node.operation, axes) else None
    return _sliced(node, known[0], axes) if kind == "GetItem" else _passed(node, known[0], after)


def _passed(node: Node, region: Region, lengths: tuple[int, int]) -> Region | None:
    passes = PASSES.get(node.kind)
    if passes is None or (node.kind in GROWING and max(lengths) > MOST_CELLS):
        return None
    rows, columns = (passes(node.operation, axis, region[axis], lengths[axis]) for axis in (0, 1))
    return None if rows is None or columns is None else (rows, columns)


def _lengths(shape: Shape, axes: tuple[int, int]) -> tuple[int, int] | None:
    if len(shape) <= axes[1]:
        return None
    rows, columns = shape[axes[0]], shape[axes[1]]
    return None if rows is None or columns is None else (rows, columns)


def _mixed(layer: Any, rank: int) -> set[int]:
    """The axes along which the layer mixes cells; all where it does not say."""
    axis = -1 if type(layer).__name__ == "Dense" else getattr(layer, "axis", None)
    values = [axis] if isinstance(axis, int) else axis
    return set(range(rank)) if values is None else {value % rank for value in values}


def _keeps_places(layer: Any, axes: tuple[int, int]) -> bool:
    kind = type(layer).__name__
    if kind == "Permute":
        return all(layer.dims[axis - 1] == axis for axis in axes)
    if kind == "Transpose":
        return layer.axes is not None and all(layer.axes[axis] == axis for axis in axes)
    if kind == "TimeDistributed":
        return False
    return kind != "Reshape" or axes == (1, 2)


def _sliced(node: Node, region: Region, axes: tuple[int, int]) -> Region | None:
    """The field of x[:, a:b:c, d:e:f], where the key says no more than that."""
    key = node.arguments[-1] if node.arguments else None
    parts = list(key) if isinstance(key, tuple) else [key]
    rank = len(node.input_shapes[0])
    if Ellipsis in parts:
        place = parts.index(Ellipsis)
        parts[place : place + 1] = [slice(None)] * (rank - len(parts) + 1)
    parts += [slice(None)] * (rank - len(parts))
    chosen = [part for part in (parts[axis] for axis in axes) if isinstance(part, slice)]
    if len(parts) != rank or None in parts or len(chosen) < 2:
        return None
    fields = []
    for part, field in zip(chosen, region, strict=True):
        start, stop, step = part.indices(field.cells)
        if step < 1 or start >= stop:
            return None
        fields.append(gather(field, [[start]], step=step, cells=len(range(start, stop, step))))
    return fields[0], fields[1]


def _merged(regions: Sequence[Region], lengths: tuple[int, int]) -> Region | None:
    """What cells of that many rows and columns see together; None where an input has other rows or columns."""
    spread = []
    for axis in (0, 1):
        parts = []
        for region in regions:
            field = region[axis]
            if field.cells not in {1, lengths[axis]}:
                return None
            if field.cells < lengths[axis]:
                field = gather(field, [[0]], step=0, cells=lengths[axis])  # one cell, broadcast to all
            parts.append(field)
        whole = parts[0]
        for part in parts[1:]:
            whole = whole if part == whole else union(whole, part)
        spread.append(whole)
    return spread[0], spread[1]


def _pair(value: Any, axis: int) -> int:
    return int(value if isinstance(value, int) else value[axis])


def _window(layer: Any, axis: int, field: AxisField, cells: int) -> AxisField:
    kernel = _pair(getattr(layer, "kernel_size", None) or layer.pool_size, axis)
    stride, dilation = _pair(layer.strides, axis), _pair(getattr(layer, "dilation_rate", 1), axis)
    front, _ = padding_amounts(field.cells, kernel, stride=stride, padding=layer.padding, dilation=dilation)
    return window(field, kernel, stride=stride, before=front, dilation=dilation, cells=cells)


def _transposed(layer: Any, axis: int, field: AxisField, cells: int) -> AxisField | None:
    kernel, stride = _pair(layer.kernel_size, axis), _pair(layer.strides, axis)
    dilation = _pair(layer.dilation_rate, axis)
    if stride > MOST_CELLS:
        return None
    # The output is what a convolution of this padding would turn back into the input: it has that one's front padding.
    front, _ = padding_amounts(cells, kernel, stride=stride, padding=layer.padding, dilation=dilation)
    return stamped(field, kernel, stride=stride, before=front, dilation=dilation, cells=cells)


def _upsampled(layer: Any, axis: int, field: AxisField, cells: int) -> AxisField:  # noqa: ARG001
    return resized(field, cells, interpolation=layer.interpolation)


def _resizing(layer: Any, axis: int, field: AxisField, cells: int) -> AxisField | None:  # noqa: ARG001
    plain = not (layer.crop_to_aspect_ratio or layer.pad_to_aspect_ratio or getattr(layer, "antialias", False))
    return resized(field, cells, interpolation=layer.interpolation) if plain else None


def _padded(layer: Any, axis: int, field: AxisField, cells: int) -> AxisField:
    return gather(field, [[-layer.padding[axis][0]]], step=1, cells=cells)


def _cropped(layer: Any, axis: int, field: AxisField, cells: int) -> AxisField:
    return gather(field, [[layer.cropping[axis][0]]], step=1, cells=cells)


def _cropped_centre(layer: Any, axis: int, field: AxisField, cells: int) -> AxisField | None:  # noqa: ARG001
    return gather(field, [[(field.cells - cells) // 2]], step=1, cells=cells) if field.cells >= cells else None


PASSES: Mapping[str, Callable[[Any, int, AxisField, int], AxisField | None]] = {
    **dict.fromkeys(("Conv2D", "DepthwiseConv2D", "SeparableConv2D", "MaxPooling2D", "AveragePooling2D"), _window),
    "Conv2DTranspose": _transposed,
    "UpSampling2D": _upsampled,
    "Resizing": _resizing,
    "ZeroPadding2D": _padded,
    "Cropping2D": _cropped,
    "CenterCrop": _cropped_centre,
}
GROWING = frozenset(("Conv2DTranspose", "UpSampling2D", "Resizing"))
