"""Parameters and multiply-adds of the attention blocks, as formulas, and how they grow with the map.

Equal to what `cnn_core.summary` counts in the blocks of `cnn_core.architectures.blocks`. Biases are parameters, and
not multiply-adds; FLOPs = 2 x MACs.
"""

from dataclasses import dataclass

from cnn_core.errors import InputError

BLOCKS = {
    "convolution": "3 × 3 convolution",
    "squeeze_excite": "Squeeze and excitation",
    "cbam": "CBAM",
    "product_attention": "The guide's attention_block",
    "self_attention": "Dot-product self-attention",
}


@dataclass(frozen=True)
class BlockCost:
    """What one block costs on one picture.

    Attributes:
        parameters: weights and biases.
        macs: multiply-adds.
        weights: numbers that its softmax or sigmoid gives; 0 where there is neither.
        parameter_sum: the parameters as a sum with numbers, in LaTeX.
        mac_sum: the multiply-adds as a sum with numbers, in LaTeX.
    """

    parameters: int
    macs: int
    weights: int
    parameter_sum: str
    mac_sum: str


def block_cost(
    block: str, size: tuple[int, int], *, channels: int, ratio: int = 16, kernel: int = 7, units: int = 64
) -> BlockCost:
    """One block of `BLOCKS`.

    Args:
        block: its name; "convolution" is 3 x 3 with as many filters as channels, to compare with.
        size: rows and columns of the map.
        channels: C.
        ratio: of squeeze and excitation and CBAM: channels per hidden unit.
        kernel: of CBAM: window over the places.
        units: of both attentions: d, the channels of query, key and value.

    Raises:
        InputError: another block, or a number below 1.

    Example:
        >>> cost = block_cost("squeeze_excite", (56, 56), channels=64)
        >>> cost.parameters, cost.macs
        (580, 512)
    """
    if block not in BLOCKS or min(*size, channels, ratio, kernel, units) < 1:
        raise InputError(
            "There is no such block", f"Choose one of {', '.join(BLOCKS)}, and numbers from 1", block=block, size=size
        )
    places, c, d = size[0] * size[1], channels, units
    h = max(1, channels // ratio)
    n = f"{places}"
    if block == "convolution":
        return BlockCost(
            9 * c * c + c, places * 9 * c * c, 0, rf"9\cdot{c}\cdot{c} + {c}", rf"{n}\cdot 9\cdot{c}\cdot{c}"
        )
    gate, gate_sum = 2 * c * h + h + c, rf"2\cdot{c}\cdot{h} + {h} + {c}"
    if block == "squeeze_excite":
        return BlockCost(gate, 2 * c * h, c, gate_sum, rf"2\cdot{c}\cdot{h}")
    if block == "cbam":
        taps = 2 * kernel * kernel
        return BlockCost(
            gate + taps,
            4 * c * h + places * taps,
            c + places,
            rf"{gate_sum} + 2\cdot{kernel}\cdot{kernel}",
            rf"4\cdot{c}\cdot{h} + {n}\cdot 2\cdot{kernel}\cdot{kernel}",
        )
    three, three_sum = 3 * (c * d + d), rf"3\cdot({c}\cdot{d} + {d})"
    if block == "product_attention":
        return BlockCost(three, places * 3 * c * d, places * d, three_sum, rf"{n}\cdot 3\cdot{c}\cdot{d}")
    return BlockCost(
        three + d * c + c,
        places * 4 * c * d + 2 * places**2 * d,
        places**2,
        rf"{three_sum} + {d}\cdot{c} + {c}",
        rf"{n}\cdot 4\cdot{c}\cdot{d} + 2\cdot{n}^2\cdot{d}",
    )


def growth(sides: tuple[int, ...], *, channels: int, **options: int) -> dict[str, list[int]]:
    """The multiply-adds of every block on square maps: name -> one number for each side.

    Example:
        >>> growth((7, 14), channels=64)["self_attention"]
        [1110144, 8128512]
    """
    return {
        block: [block_cost(block, (side, side), channels=channels, **options).macs for side in sides]
        for block in BLOCKS
    }


def crossing(channels: int) -> int:
    r"""The places from which comparing them costs more than the four 1 x 1 convolutions: $n = 2C$.

    $2 n^2 d > 4 n C d$ does not depend on d.

    Example:
        >>> crossing(128)
        256
    """
    return 2 * channels
