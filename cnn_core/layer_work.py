"""Multiply-adds (MACs) of one call of a Keras layer, for one picture.

Counted as in the literature: the products of convolutions, dense layers, recurrent layers and attention. Biases,
activations, normalisation, pooling, resizing and everything elementwise count nothing, and padding counts like pixels.
FLOPs = 2 x MACs.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Shape = tuple[int | None, ...]

# Layers whose work is elementwise, a sum, a comparison or a copy.
_FREE_LAYERS = """
    InputLayer LocalResponseNormalization
    Activation ReLU LeakyReLU PReLU ELU Softmax Identity Masking BatchNormalization LayerNormalization
    GroupNormalization UnitNormalization RMSNormalization Normalization Rescaling Dropout SpatialDropout1D
    SpatialDropout2D SpatialDropout3D GaussianDropout GaussianNoise AlphaDropout ActivityRegularization Add Average
    Concatenate Maximum Minimum Multiply Subtract MaxPooling1D MaxPooling2D MaxPooling3D AveragePooling1D
    AveragePooling2D AveragePooling3D GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D
    GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D AdaptiveAveragePooling1D
    AdaptiveAveragePooling2D AdaptiveAveragePooling3D AdaptiveMaxPooling1D AdaptiveMaxPooling2D AdaptiveMaxPooling3D
    Flatten Reshape Permute RepeatVector Embedding Cropping1D Cropping2D Cropping3D ZeroPadding1D ZeroPadding2D
    ZeroPadding3D UpSampling1D UpSampling2D UpSampling3D Resizing CenterCrop RandomCrop RandomFlip RandomRotation
    RandomTranslation RandomZoom RandomShear RandomBrightness RandomContrast RandomHue RandomSaturation
    RandomColorJitter RandomGrayscale RandomInvert RandomErasing AutoContrast Equalization Solarization
    CategoryEncoding
"""
FREE_LAYERS = frozenset(_FREE_LAYERS.split())

# Operations of `keras.ops` that multiply matrices or run functions, beyond those counted below.
_UNKNOWN_OPERATIONS = """
    Conv DepthwiseConv ConvTranspose Correlate Cross Kron Outer Vdot Fold Map Scan AssociativeScan ForiLoop
    WhileLoop VectorizedMap Cond Switch SeparableConv GaussianBlur SobelEdges ElasticTransform SSIM Cholesky Det Eig
    Eigh Inv LuFactor Norm QR Solve SolveTriangular SVD Lstsq FFT FFT2 IFFT2 RFFT IRFFT STFT ISTFT
"""
UNKNOWN_OPERATIONS = frozenset(_UNKNOWN_OPERATIONS.split())


def multiply_adds(operation: Any, inputs: Sequence[Shape], output: Shape) -> int | None:
    """Multiply-adds of one call for one picture; None where the kind of layer is not known.

    Args:
        operation: a Keras layer or operation.
        inputs: shapes of its input tensors, batch axis first.
        output: shape of its (first) output tensor, batch axis first.

    An axis of unknown length (None, other than the batch) gives 0.
    """
    kind = type(operation).__name__
    own = is_known(operation)
    count = COUNTS.get(kind) if own else None
    if count is None:
        free = kind in FREE_LAYERS if hasattr(operation, "weights") else kind not in UNKNOWN_OPERATIONS
        return 0 if own and free else None
    if any(None in shape[1:] for shape in (*inputs, output)):
        return 0
    return count(operation, [_one_picture(shape) for shape in inputs], _one_picture(output))


def is_known(operation: Any) -> bool:
    """Whether Keras or this project made it; a foreign layer may do anything under a familiar name."""
    return type(operation).__module__.startswith(("keras.", "cnn_core."))


def _one_picture(shape: Shape) -> tuple[int, ...]:
    return 1, *(int(length or 0) for length in shape[1:])


def _channels(layer: Any, shape: Sequence[int]) -> int:
    return shape[1] if layer.data_format == "channels_first" else shape[-1]


def _convolution(layer: Any, inputs: Sequence[Sequence[int]], output: Sequence[int]) -> int:
    return math.prod(output) * math.prod(layer.kernel_size) * (_channels(layer, inputs[0]) // layer.groups)


def _transposed(layer: Any, inputs: Sequence[Sequence[int]], output: Sequence[int]) -> int:  # noqa: ARG001
    # Each input cell stamps the whole kernel onto the output.
    return math.prod(inputs[0]) * math.prod(layer.kernel_size) * layer.filters


def _depthwise(layer: Any, inputs: Sequence[Sequence[int]], output: Sequence[int]) -> int:  # noqa: ARG001
    return math.prod(output) * math.prod(layer.kernel_size)


def _separable(layer: Any, inputs: Sequence[Sequence[int]], output: Sequence[int]) -> int:
    between = _channels(layer, inputs[0]) * layer.depth_multiplier
    cells = math.prod(output) // layer.filters
    return cells * between * (math.prod(layer.kernel_size) + layer.filters)


def _dense(layer: Any, inputs: Sequence[Sequence[int]], output: Sequence[int]) -> int:  # noqa: ARG001
    return math.prod(output) * inputs[0][-1]


def _einsum(equation: str, shapes: Sequence[Sequence[int]]) -> int | None:
    """Product of the lengths of all axes of a product of two tensors."""
    operands = equation.replace(" ", "").split("->")[0].split(",")
    if len(operands) != len(shapes) or len(operands) != 2:
        return 0 if len(operands) == len(shapes) == 1 else None
    lengths: dict[str, int] = {}
    for letters, shape in zip(operands, shapes, strict=True):
        extra = len(shape) - len(letters.replace("...", ""))
        spread = letters.replace("...", "".join(chr(0x3B1 + axis) for axis in range(extra)))
        for letter, length in zip(spread, shape, strict=True):
            lengths[letter] = max(length, lengths.get(letter, 1))
    return math.prod(lengths.values())


def _einsum_dense(layer: Any, inputs: Sequence[Sequence[int]], output: Sequence[int]) -> int | None:  # noqa: ARG001
    return _einsum(layer.equation, [inputs[0], tuple(layer._kernel.shape)])


def _recurrent(layer: Any, inputs: Sequence[Sequence[int]], output: Sequence[int]) -> int:  # noqa: ARG001
    # Every time step multiplies the input and the state by their matrices.
    return inputs[0][1] * sum(math.prod(weight.shape) for weight in layer.weights if weight.name.endswith("kernel"))


def _repeated(layer: Any, inputs: Sequence[Sequence[int]], output: Sequence[int]) -> int | None:
    steps = inputs[0][1]
    once = multiply_adds(layer.layer, [(None, *inputs[0][2:])], (None, *output[2:]))
    return None if once is None else steps * once


def _attention_products(queries: int, keys: int, key_size: int, value_size: int) -> int:
    return queries * keys * (key_size + value_size)


def _dot_attention(layer: Any, inputs: Sequence[Sequence[int]], output: Sequence[int]) -> int:  # noqa: ARG001
    query, value = inputs[0], inputs[1]
    return _attention_products(math.prod(query[:-1]), value[-2], query[-1], value[-1])


def _multi_head(layer: Any, inputs: Sequence[Sequence[int]], output: Sequence[int]) -> int:
    query, value, key = inputs[0], inputs[1], inputs[2] if len(inputs) > 2 else inputs[1]
    axes = layer._attention_axes or tuple(range(1, len(query) - 1))
    queries, keys = math.prod(query[:-1]), math.prod(key[:-1])
    heads, key_size, value_size = layer.num_heads, layer.key_dim, layer.value_dim
    projected = queries * query[-1] * key_size + keys * (key[-1] * key_size + value[-1] * value_size)
    if layer._use_gate:
        projected += queries * query[-1] * value_size
    attended = _attention_products(queries, math.prod(key[axis] for axis in axes), key_size, value_size)
    return heads * (projected + attended + queries * value_size * output[-1])


def _grouped_query(layer: Any, inputs: Sequence[Sequence[int]], output: Sequence[int]) -> int:
    query, value, key = inputs[0], inputs[1], inputs[2] if len(inputs) > 2 else inputs[1]
    heads, shared, size = layer.num_query_heads, layer.num_key_value_heads, layer.head_dim
    around = query[1] * size * heads * (query[-1] * (1 + layer.use_gate) + output[-1])
    projected = size * shared * (key[1] * key[-1] + value[1] * value[-1])
    return around + projected + heads * _attention_products(query[1], key[1], size, size)


def _attention_operation(operation: Any, inputs: Sequence[Sequence[int]], output: Sequence[int]) -> int:  # noqa: ARG001
    _, queries, heads, size = inputs[0]
    return heads * _attention_products(queries, inputs[1][1], size, inputs[-1][-1])


def _dot(layer: Any, inputs: Sequence[Sequence[int]], output: Sequence[int]) -> int:
    if not hasattr(layer, "axes"):  # keras.ops.dot shares its name with the layer
        return _matrix_product(layer, inputs, output)
    axis = layer.axes if isinstance(layer.axes, int) else layer.axes[0]
    return math.prod(output) * inputs[0][axis]


def _matrix_product(operation: Any, inputs: Sequence[Sequence[int]], output: Sequence[int]) -> int:  # noqa: ARG001
    return math.prod(output) * inputs[0][-1]


def _tensor_product(operation: Any, inputs: Sequence[Sequence[int]], output: Sequence[int]) -> int:
    axes = operation.axes
    if isinstance(axes, int):
        return math.prod(output) * math.prod(inputs[0][len(inputs[0]) - axes :])
    summed = axes[0] if isinstance(axes[0], Sequence) else (axes[0],)
    return math.prod(output) * math.prod(inputs[0][axis] for axis in summed)


def _einsum_operation(operation: Any, inputs: Sequence[Sequence[int]], output: Sequence[int]) -> int | None:  # noqa: ARG001
    return _einsum(operation.subscripts, inputs)


COUNTS: Mapping[str, Callable[[Any, Sequence[Sequence[int]], Sequence[int]], int | None]] = {
    **dict.fromkeys(("Conv1D", "Conv2D", "Conv3D"), _convolution),
    **dict.fromkeys(("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"), _transposed),
    **dict.fromkeys(("DepthwiseConv1D", "DepthwiseConv2D"), _depthwise),
    **dict.fromkeys(("SeparableConv1D", "SeparableConv2D"), _separable),
    **dict.fromkeys(("SimpleRNN", "LSTM", "GRU", "Bidirectional"), _recurrent),
    **dict.fromkeys(("Attention", "AdditiveAttention"), _dot_attention),
    "Dense": _dense,
    "EinsumDense": _einsum_dense,
    "TimeDistributed": _repeated,
    "MultiHeadAttention": _multi_head,
    "GroupedQueryAttention": _grouped_query,
    "GroupQueryAttention": _grouped_query,
    "DotProductAttention": _attention_operation,
    "Dot": _dot,
    "Matmul": _matrix_product,
    "Inner": _matrix_product,
    "Tensordot": _tensor_product,
    "Einsum": _einsum_operation,
}
