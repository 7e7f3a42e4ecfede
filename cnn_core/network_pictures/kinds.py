"""Families of layers, and how a layer's size and counts are written in pictures. No Keras."""

from collections.abc import Sequence

# Family -> its name in a legend. The order is that of a legend.
FAMILIES = {
    "convolution": "Convolution",
    "pooling": "Pooling",
    "normalisation": "Normalisation",
    "activation": "Activation",
    "dense": "Dense",
    "merge": "Merge",
    "other": "Other",
}
_FAMILY_OF = {
    "Dense": "dense",
    "EinsumDense": "dense",
    "Add": "merge",
    "Concatenate": "merge",
    "Multiply": "merge",
    "Average": "merge",
    "Maximum": "merge",
    "Minimum": "merge",
    "Subtract": "merge",
    "Dot": "merge",
    "MatMul": "merge",
    "Activation": "activation",
    "ReLU": "activation",
    "LeakyReLU": "activation",
    "PReLU": "activation",
    "ELU": "activation",
    "Softmax": "activation",
    "Sigmoid": "activation",
    "Relu": "activation",
    "Relu6": "activation",
    "Silu": "activation",
    "HardSigmoid": "activation",
}
# Layers that say nothing about the flow of shapes and are left out of a figure of a network.
QUIET = (
    "ZeroPadding",
    "Cropping",
    "Dropout",
    "SpatialDropout",
    "Rescaling",
    "Normalization",
    "Flatten",
    "Reshape",
    "Permute",
)


def family(kind: str) -> str:
    """The family of a Keras class name; "block" for a folded block is "other".

    Example:
        >>> [family(kind) for kind in ("DepthwiseConv2D", "GlobalAveragePooling2D", "BatchNormalization", "InputLayer")]
        ['convolution', 'pooling', 'normalisation', 'other']
    """
    if kind in _FAMILY_OF:
        return _FAMILY_OF[kind]
    if "Conv" in kind:
        return "convolution"
    if "Pool" in kind:
        return "pooling"
    if (kind.endswith("Normalization") and kind != "Normalization") or "LocalResponse" in kind or kind == "LRN":
        return "normalisation"
    return "merge" if "Attention" in kind else "other"


def shape_text(shape: Sequence[int | None]) -> str:
    """A shape without its batch axis.

    Example:
        >>> shape_text((112, 112, 64)), shape_text((None, None, 3)), shape_text((1000,))
        ('112 × 112 × 64', '? × ? × 3', '1,000')
    """
    if len(shape) == 1 and shape[0] is not None:
        return f"{shape[0]:,}"
    return " × ".join("?" if side is None else str(side) for side in shape)


def count_text(number: int) -> str:
    """A count with three significant digits and K, M, G or T.

    Example:
        >>> count_text(990), count_text(147_584), count_text(138_357_544), count_text(999_999)
        ('990', '148 K', '138 M', '1.00 M')
    """
    value, unit = float(number), ""
    for unit in ("", "K", "M", "G", "T"):
        if value < 999.5 or unit == "T":
            break
        value /= 1000
    if not unit:
        return str(number)
    return f"{value:.{2 if value < 9.995 else 1 if value < 99.95 else 0}f} {unit}"


def text_width(text: str, size: float) -> float:
    """About how wide a text is in a sans-serif font of `size` pixels."""
    narrow, wide = "ijltfrI.,:;'|()[]/ -", "mwMW%@"
    return size * sum(0.31 if c in narrow else 0.88 if c in wide else 0.63 if c.isupper() else 0.57 for c in text)
