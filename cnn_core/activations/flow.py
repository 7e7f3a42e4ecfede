"""A stretch of a network with a few of its maps, and the weights between them: which channel comes from which.

What is shown of a layer follows the chosen channel back: of the layers before it those channels from which most of its
weight comes, and of the others those that are most active.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from cnn_core.activations.forward import outputs_of, to_numpy
from cnn_core.activations.layers import MapLayer, nodes_of
from cnn_core.activations.maps import check_size
from cnn_core.activations.sources import SourceFinder
from cnn_core.errors import InputError
from cnn_core.layer_graph import Node

if TYPE_CHECKING:
    import keras

Floats = npt.NDArray[np.float32]

MOST_LAYERS = 12
_SIDE = 96
_COLOURS = 3
# They do nothing in prediction: what is behind them is shown as coming from what is before them.
_SILENT_KINDS = """
    Dropout SpatialDropout2D GaussianDropout GaussianNoise AlphaDropout ActivityRegularization Identity
    RandomFlip RandomRotation RandomTranslation RandomZoom RandomContrast RandomBrightness
"""
_SILENT = frozenset(_SILENT_KINDS.split())


@dataclass(frozen=True, eq=False)
class FlowColumn:
    """One layer with some of its channels.

    Attributes:
        layer: its name.
        channels: those that are shown.
        planes: (h, w, n) their maps, averaged down to 96 rows and columns at most.
        means: (n,) the mean of each map.
        limit: the largest magnitude in the shown maps, the end of their scale; above 0.
    """

    layer: str
    channels: tuple[int, ...]
    planes: Floats
    means: Floats
    limit: float


@dataclass(frozen=True)
class FlowLink:
    """One line from a shown channel to a shown channel of a later column.

    Attributes:
        source: (column, place in it).
        target: likewise.
        weight: signed, as `Sources` has it.
        share: of the magnitude of all weights into the target, 0 to 1.
    """

    source: tuple[int, int]
    target: tuple[int, int]
    weight: float
    share: float


@dataclass(frozen=True, eq=False)
class Flow:
    """Columns from left to right, and the lines between them."""

    columns: tuple[FlowColumn, ...]
    links: tuple[FlowLink, ...]


def stretch_of(layers: Sequence[MapLayer], *, first: str, count: int) -> tuple[MapLayer, ...]:
    """Some layers in a row that do something in prediction, beginning with one of them.

    Raises:
        InputError: no such layer, or a count that is not 2 to `MOST_LAYERS`.

    Example:
        >>> kinds = {"a": "Conv2D", "b": "Dropout", "c": "ReLU"}
        >>> rows = [MapLayer(name, kind, (4, 4, 1)) for name, kind in kinds.items()]
        >>> [layer.name for layer in stretch_of(rows, first="a", count=2)]
        ['a', 'c']
    """
    if not 2 <= count <= MOST_LAYERS:
        raise InputError("So many layers cannot be shown", f"Choose 2 to {MOST_LAYERS}", count=count)
    shown = [layer for layer in layers if layer.kind not in _SILENT]
    names = [layer.name for layer in shown]
    if first not in names:
        raise InputError("This network has no such layer", "Choose one of its layers", layer=first)
    start = min(names.index(first), max(len(shown) - count, 0))
    return tuple(shown[start : start + count])


def flow_of(
    model: "keras.Model",
    batch: npt.ArrayLike,
    *,
    layers: Sequence[str],
    focus: tuple[str, int] | None = None,
    count: int = 8,
) -> Flow:
    """The maps of some channels of some layers on one picture, and the weights between them.

    Args:
        model: functional or Sequential, of one input.
        batch: (1, rows, columns, channels) as the network takes it.
        layers: names, in the order of computing, at most `MOST_LAYERS`.
        focus: the layer and channel that are followed back; None takes the most active channel of the last layer.
        count: channels of each layer.

    Raises:
        InputError: no such layer or channel, too many, or maps too large to be shown together.

    Example:
        >>> import keras
        >>> conv = keras.layers.Conv2D(2, 1, kernel_initializer="ones", name="conv")
        >>> model = keras.Sequential([keras.Input((2, 2, 3), name="photo"), conv])
        >>> flow = flow_of(model, np.ones((1, 2, 2, 3)), layers=["photo", "conv"], focus=("conv", 1), count=1)
        >>> [column.channels for column in flow.columns], flow.links[0].weight
        ([(0,), (1,)], 1.0)
    """
    if not 1 <= len(layers) <= MOST_LAYERS or not 1 <= count <= 16:
        raise InputError(
            "So much cannot be shown at once", f"Choose up to {MOST_LAYERS} layers and 16 channels of each"
        )
    images = np.asarray(batch, np.float32)[:1]
    nodes = {node.name: node for node in nodes_of(model, images.shape[1:])}
    maps = _maps(model, images, layers, nodes)
    chosen, channel = focus or (layers[-1], int(maps[layers[-1]].mean((0, 1)).argmax()))
    if chosen not in maps or not 0 <= channel < maps[chosen].shape[-1]:
        raise InputError("There is no such channel among these layers", "Choose another", layer=chosen, channel=channel)
    finder = SourceFinder(nodes)
    shown = _shown(maps, finder, nodes, (chosen, channel), count)
    columns = tuple(_column(name, maps[name], shown[name]) for name in maps)
    return Flow(columns, tuple(_links(columns, finder, nodes)))


def _maps(model: "keras.Model", images: Floats, layers: Sequence[str], nodes: Mapping[str, Node]) -> dict[str, Floats]:
    for name in layers:
        if name not in nodes:
            raise InputError("This network has no such layer", "Choose one of its layers", layer=name)
    check_size((sum(math.prod(int(side or 0) for side in nodes[name].output_shapes[0][1:]) for name in layers),))
    found = outputs_of(model, images, layers)
    values = {name: to_numpy(found[name])[0] for name in layers}
    return {name: one if one.ndim == 3 else one.reshape(1, 1, -1) for name, one in values.items()}


def _shown(
    maps: Mapping[str, Floats],
    finder: SourceFinder,
    nodes: Mapping[str, Node],
    focus: tuple[str, int],
    count: int,
) -> dict[str, tuple[int, ...]]:
    """The channels of each layer: what the focus comes from, else what is most active."""
    parts = {name: np.zeros(values.shape[-1]) for name, values in maps.items()}
    parts[focus[0]][focus[1]] = 1.0
    shown: dict[str, tuple[int, ...]] = {}
    for name in reversed(list(maps)):
        activity = np.abs(maps[name]).mean((0, 1))
        # First by how much of the focus comes from it, then by activity.
        order = np.lexsort((-activity, -parts[name]))[:count]
        if maps[name].shape[-1] <= _COLOURS and name != focus[0]:
            # They are looked for in their own order.
            order = np.sort(order)
        shown[name] = tuple(int(one) for one in order)
        for one in shown[name]:
            if parts[name][one] > 0:
                for layer, channels, _, shares in _sources(finder, nodes, maps, name, one):
                    parts[layer][channels] += parts[name][one] * shares
    return shown


def _sources(
    finder: SourceFinder, nodes: Mapping[str, Node], maps: Mapping[str, Floats], layer: str, channel: int
) -> list[tuple[str, npt.NDArray[np.int64], npt.NDArray[np.float32], npt.NDArray[np.float64]]]:
    """Shown layer, its channels, their weights and their shares of all weight into one channel."""
    sources = finder.of(layer, channel)
    total = sum(float(np.abs(one.weights).sum()) for one in sources)
    found = []
    for one in sources:
        name = one.layer
        while name not in maps and nodes[name].kind in _SILENT:
            name = nodes[name].inputs[0]
        if name in maps and total > 0:
            found.append((name, one.channels, one.weights, np.abs(one.weights) / total))
    return found


def _column(name: str, maps: Floats, channels: tuple[int, ...]) -> FlowColumn:
    planes = np.ascontiguousarray(maps[..., list(channels)])
    scale = _SIDE / max(planes.shape[:2])
    if scale < 1:
        size = (max(round(planes.shape[1] * scale), 1), max(round(planes.shape[0] * scale), 1))
        parts = [cv2.resize(planes[..., one], size, interpolation=cv2.INTER_AREA) for one in range(len(channels))]
        planes = np.stack([np.asarray(part, np.float32) for part in parts], axis=-1)
    limit = float(np.abs(planes).max())
    return FlowColumn(name, channels, planes, maps[..., list(channels)].mean((0, 1)), limit if limit > 0 else 1.0)


def _links(columns: Sequence[FlowColumn], finder: SourceFinder, nodes: Mapping[str, Node]) -> list[FlowLink]:
    maps = {column.layer: column.planes for column in columns}
    number = {column.layer: place for place, column in enumerate(columns)}
    links = []
    for place, column in enumerate(columns):
        for at, channel in enumerate(column.channels):
            for layer, channels, weights, shares in _sources(finder, nodes, maps, column.layer, channel):
                known = {int(one): index for index, one in enumerate(channels)}
                for from_at, source in enumerate(columns[number[layer]].channels):
                    index = known.get(source)
                    if index is not None and shares[index] > 0:
                        links.append(
                            FlowLink((number[layer], from_at), (place, at), float(weights[index]), float(shares[index]))
                        )
    return links
