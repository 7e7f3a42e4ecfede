"""The levels of this project's segmenters, and the skips between them: names of layers, without building a network."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cnn_core.errors import InputError

# The stages of VGG-16 whose scores each FCN adds, from coarse to fine.
_FCN_STAGES = {32: (), 16: (4,), 8: (4, 3)}


@dataclass(frozen=True)
class Level:
    """Where one looks into a network.

    Attributes:
        layer: the name of the layer whose output is looked at.
        title: for people.
        side: "down" (what halves the picture), "bottom" or "up".
        stride: pixels of the network's input from one value to the next.
        scores: one channel a class, of either sign; else features, which are never negative.
    """

    layer: str
    title: str
    side: str
    stride: int
    scores: bool = False


@dataclass(frozen=True)
class Skip:
    """A connection from a fine level to a later one.

    Attributes:
        name: how it is switched.
        title: for people.
        source: the level's layer that it comes from.
        joined: the layer that joins it, the skip being its second input.
        stride: of what it carries.
        adds: scores are added; else features are concatenated.
    """

    name: str
    title: str
    source: str
    joined: str
    stride: int
    adds: bool


def levels_and_skips(builder: str, arguments: Mapping[str, Any]) -> tuple[tuple[Level, ...], tuple[Skip, ...]]:
    """What there is to look at in a network, from the picture to the answer; skips from fine to coarse.

    Args:
        builder: "unet" or "fcn", as a model card names it.
        arguments: its keywords.

    Raises:
        InputError: another network.

    Example:
        >>> levels, skips = levels_and_skips("unet", {"depth": 2})
        >>> [level.layer for level in levels], [skip.joined for skip in skips]
        (['encoder1_conv2', 'encoder2_conv2', 'bottleneck_conv2', 'decoder2_conv2', 'decoder1_conv2'],
         ['decoder1_concat', 'decoder2_concat'])
    """
    if builder == "unet":
        return _unet(arguments)
    if builder == "fcn":
        return _fcn(arguments)
    raise InputError("Only U-Net and FCN can be looked into here", "Choose one of them", builder=builder)


def _unet(arguments: Mapping[str, Any]) -> tuple[tuple[Level, ...], tuple[Skip, ...]]:
    depth, first = int(arguments.get("depth", 3)), int(arguments.get("reduction", 1))
    last = "_conv2_relu" if arguments.get("batch_norm") else "_conv2"
    numbers = range(1, depth + 1)
    strides = {number: first * 2 ** (number - 1) for number in numbers}
    down = [Level(f"encoder{n}{last}", f"Encoder {n}", "down", strides[n]) for n in numbers]
    bottom = Level(f"bottleneck{last}", "Bottleneck", "bottom", first * 2**depth)
    up = [Level(f"decoder{n}{last}", f"Decoder {n}", "up", strides[n]) for n in reversed(numbers)]
    skips = [
        Skip(f"level{n}", f"Level {n}", f"encoder{n}{last}", f"decoder{n}_concat", strides[n], adds=False)
        for n in (numbers if arguments.get("skips", True) else ())
    ]
    return (*down, bottom, *up), tuple(skips)


def _fcn(arguments: Mapping[str, Any]) -> tuple[tuple[Level, ...], tuple[Skip, ...]]:
    stages = _FCN_STAGES[int(arguments.get("stride", 8))]
    down = [Level(f"block{n}_pool", f"Pool {n}", "down", 2**n) for n in range(1, 6)]
    bottom = [
        Level("fc7", "fc7", "bottom", 32),
        Level("score_fc7", "Scores of fc7", "bottom", 32, scores=True),
    ]
    up = [Level(f"fuse{n}_add", f"Scores with pool {n}", "up", 2**n, scores=True) for n in stages]
    skips = [Skip(f"pool{n}", f"Pool {n}", f"block{n}_pool", f"fuse{n}_add", 2**n, adds=True) for n in reversed(stages)]
    return (*down, *bottom, *up), tuple(skips)
