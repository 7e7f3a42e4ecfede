"""Output shape and parameters of every layer of a network of one's own, by arithmetic alone.

A shape is (rows, columns, channels), or (values,) after Flatten or global pooling; the batch axis is left out. The
rules are Keras'; a test compares them with Keras on random networks.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cnn_core.errors import InputError
from cnn_core.geometry import dilated_size
from cnn_core.own_network.layers import KINDS, LayerSpec, layer
from cnn_core.own_network.options import MAX_LAYERS, MAX_VALUES, check_input_shape

MAX_PARAMETERS = 1_000_000_000

Shape = tuple[int, ...]
Result = tuple[Shape, int, str]


@dataclass(frozen=True)
class LayerStatus:
    """What becomes of one layer.

    Attributes:
        number: its place in the list, from 1.
        kind: a key of `KINDS`.
        title: "Convolution".
        output_shape: without the batch axis; None where the layer is impossible or was not reached.
        parameters: of this layer or block.
        note: something worth knowing about a layer that works, or "".
        problem: why it is impossible, or "".
        remedy: what would work, or "".
    """

    number: int
    kind: str
    title: str
    output_shape: Shape | None = None
    parameters: int = 0
    note: str = ""
    problem: str = ""
    remedy: str = ""

    @property
    def reached(self) -> bool:
        """Whether every layer before it works."""
        return self.output_shape is not None or bool(self.problem)


def check_network(specs: Sequence[LayerSpec], *, input_shape: Sequence[int]) -> tuple[LayerStatus, ...]:
    """The status of every layer: shape and parameters, the reason why it is impossible, or not reached.

    Args:
        specs: the layers from input to output.
        input_shape: rows, columns, channels.

    Raises:
        InputError: too many layers, or an input that is no picture.

    Example:
        >>> statuses = check_network([layer("pooling"), layer("convolution", padding="valid")], input_shape=(4, 4, 3))
        >>> [status.output_shape for status in statuses]
        [(2, 2, 3), None]
        >>> statuses[1].problem
        "A 2 × 2 input cannot take a 3 × 3 window with padding 'valid'"
    """
    if len(specs) > MAX_LAYERS:
        raise InputError("The network has too many layers", f"Use at most {MAX_LAYERS}", layers=len(specs))
    shape: Shape = check_input_shape(input_shape)
    flattened_by = ""
    total = 0
    failed = False
    statuses = []
    for number, spec in enumerate(specs, start=1):
        known = KINDS.get(spec.kind)
        title = known.title if known else "Unknown layer"
        if failed:
            statuses.append(LayerStatus(number, spec.kind, title))
            continue
        try:
            # A spec made by hand may hold anything; `layer` checks it and adds what is left out.
            output, parameters, note = _result(layer(spec.kind, **spec.options), shape, flattened_by)
            _check_amounts(output, total + parameters)
        except InputError as error:
            failed = True
            statuses.append(LayerStatus(number, spec.kind, title, problem=error.problem, remedy=error.remedy))
            continue
        if len(shape) == 3 and len(output) == 1:
            flattened_by = f"layer {number} ({title})"
        shape = output
        total += parameters
        statuses.append(LayerStatus(number, spec.kind, title, shape, parameters, note))
    return tuple(statuses)


def _check_amounts(shape: Shape, parameters: int) -> None:
    if math.prod(shape) > MAX_VALUES:
        raise InputError(
            f"The output would have {math.prod(shape):,} values for one picture; the limit is {MAX_VALUES:,}",
            "Choose a smaller input, stride or number of filters",
        )
    if parameters > MAX_PARAMETERS:
        raise InputError(
            f"The network would have {parameters:,} parameters up to here; the limit is {MAX_PARAMETERS:,}",
            "Choose fewer units or filters, or put Global pooling in place of Flatten",
        )


def _result(spec: LayerSpec, shape: Shape, flattened_by: str) -> Result:
    if spec.kind in _ANY_SHAPE:
        return _ANY_SHAPE[spec.kind](spec.options, shape)
    if len(shape) != 3:
        raise InputError(
            f"It takes a feature map of rows, columns and channels, and gets {shape[0]:,} values in a row",
            f"Move it in front of {flattened_by}, or remove one of the two",
        )
    return _FEATURE_MAP[spec.kind](spec.options, shape)


def _convolution(options: Mapping[str, Any], shape: Shape) -> Result:
    filters, kernel, groups, channels = options["filters"], options["kernel"], options["groups"], shape[2]
    if filters % groups or channels % groups:
        fitting = _divisors(math.gcd(filters, channels))
        raise InputError(
            f"{channels} input channels and {filters} filters do not both divide into {groups} groups",
            f"Choose {_one_of(fitting)} groups, or other numbers of channels and filters",
        )
    if options["stride"] > 1 and options["dilation"] > 1:
        raise InputError(
            "Keras cannot combine a stride above 1 with a dilation above 1", "Set the stride or the dilation to 1"
        )
    parameters = kernel**2 * (channels // groups) * filters + options["bias"] * filters
    return (*_windows(options, shape, kernel), filters), parameters, ""


def _separable(options: Mapping[str, Any], shape: Shape) -> Result:
    filters, kernel = options["filters"], options["kernel"]
    between = shape[2] * options["depth_multiplier"]
    parameters = kernel**2 * between + between * filters + options["bias"] * filters
    return (*_windows(options, shape, kernel), filters), parameters, ""


def _depthwise(options: Mapping[str, Any], shape: Shape) -> Result:
    kernel, filters = options["kernel"], shape[2] * options["depth_multiplier"]
    parameters = kernel**2 * filters + options["bias"] * filters
    return (*_windows(options, shape, kernel), filters), parameters, ""


def _transposed(options: Mapping[str, Any], shape: Shape) -> Result:
    filters, kernel, stride = options["filters"], options["kernel"], options["stride"]
    more = max(kernel - stride, 0) if options["padding"] == "valid" else 0
    parameters = kernel**2 * shape[2] * filters + options["bias"] * filters
    return (shape[0] * stride + more, shape[1] * stride + more, filters), parameters, ""


def _pooling(options: Mapping[str, Any], shape: Shape) -> Result:
    return (*_windows(options, shape, options["size"]), shape[2]), 0, ""


def _global_pooling(_options: Mapping[str, Any], shape: Shape) -> Result:
    return (shape[2],), 0, ""


def _residual(options: Mapping[str, Any], shape: Shape) -> Result:
    filters, stride, channels = options["filters"], options["stride"], shape[2]
    outputs = filters if options["form"] == "basic" else 4 * filters
    if options["form"] == "basic":
        parameters = 9 * channels * filters + 9 * filters**2 + 4 * filters + 4 * filters
    else:
        parameters = channels * filters + 9 * filters**2 + filters * outputs + 8 * filters + 4 * outputs
    note = ""
    if options["shortcut"] and (stride > 1 or channels != outputs):
        parameters += channels * outputs + 4 * outputs
        note = "The shortcut has a 1 × 1 convolution, because the shape changes"
    return (-(-shape[0] // stride), -(-shape[1] // stride), outputs), parameters, note


def _inception(options: Mapping[str, Any], shape: Shape) -> Result:
    channels = shape[2]
    one, three, five, pool = (options[f"path_{path}"] for path in ("1x1", "3x3", "5x5", "pool"))
    before_three, before_five = options["reduce_3x3"], options["reduce_5x5"]
    parameters = (
        (channels + 1) * (one + before_three + before_five + pool)
        + (9 * before_three + 1) * three
        + (25 * before_five + 1) * five
    )
    return (shape[0], shape[1], one + three + five + pool), parameters, ""


def _squeeze_excite(options: Mapping[str, Any], shape: Shape) -> Result:
    channels = shape[2]
    squeezed = max(channels // options["ratio"], 1)
    note = f"{channels} channels are squeezed into {squeezed}"
    return shape, channels * squeezed + squeezed + squeezed * channels + channels, note


def _batch_norm(_options: Mapping[str, Any], shape: Shape) -> Result:
    return shape, 4 * shape[-1], "Half of its parameters are running means and variances, which are not trained"


def _unchanged(_options: Mapping[str, Any], shape: Shape) -> Result:
    return shape, 0, ""


def _flatten(_options: Mapping[str, Any], shape: Shape) -> Result:
    return (math.prod(shape),), 0, "" if len(shape) > 1 else "Its input is flat already"


def _dense(options: Mapping[str, Any], shape: Shape) -> Result:
    units = options["units"]
    note = ""
    if len(shape) == 3:
        note = (
            f"Works on each of the {shape[0]} × {shape[1]} positions by itself, like a 1 × 1 convolution; "
            "for one answer per picture put Flatten or Global pooling in front of it"
        )
    return (*shape[:-1], units), (shape[-1] + options["bias"]) * units, note


_FEATURE_MAP: dict[str, Callable[[Mapping[str, Any], Shape], Result]] = {
    "convolution": _convolution,
    "separable": _separable,
    "depthwise": _depthwise,
    "transposed": _transposed,
    "pooling": _pooling,
    "global_pooling": _global_pooling,
    "residual": _residual,
    "inception": _inception,
    "squeeze_excite": _squeeze_excite,
}
_ANY_SHAPE: dict[str, Callable[[Mapping[str, Any], Shape], Result]] = {
    "batch_norm": _batch_norm,
    "activation": _unchanged,
    "dropout": _unchanged,
    "flatten": _flatten,
    "dense": _dense,
}


def _windows(options: Mapping[str, Any], shape: Shape, kernel: int) -> tuple[int, int]:
    """Output rows and columns of a layer that slides a window."""
    stride, dilation = options["stride"], options.get("dilation", 1)
    span = dilated_size(kernel, dilation)
    rows, columns = shape[:2]
    if options["padding"] == "same":
        return -(-rows // stride), -(-columns // stride)
    least = min(rows, columns)
    if span > least:
        window = f"{kernel} × {kernel} window" + (
            f" with dilation {dilation}, which spans {span} × {span}," if dilation > 1 else ""
        )
        fits = (least - 1) // dilation + 1
        raise InputError(
            f"A {rows} × {columns} input cannot take a {window} with padding 'valid'",
            f"Choose padding 'same', a window of at most {fits} × {fits}, a larger input, "
            "or remove a pooling or stride before it",
        )
    return (rows - span) // stride + 1, (columns - span) // stride + 1


def _divisors(number: int) -> list[int]:
    return [divisor for divisor in range(1, number + 1) if number % divisor == 0]


def _one_of(numbers: Iterable[int]) -> str:
    words = [str(number) for number in numbers]
    if len(words) > 8:
        words = [*words[:7], words[-1]]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
