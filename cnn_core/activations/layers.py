"""The layers of a network that give maps, for a picture of a certain size: shapes, inputs, and what a value sees."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnn_core.activations.filters import CHANNELWISE
from cnn_core.errors import InputError
from cnn_core.layer_field import Region, region_of
from cnn_core.layer_graph import Node, graph_nodes
from cnn_core.layer_words import describe

if TYPE_CHECKING:
    import keras

Box = tuple[int, int, int, int]
# A value that sees fewer rows or columns finds no more than an edge or a colour.
_TELLING = 7


@dataclass(frozen=True)
class MapLayer:
    """One call of a layer.

    Attributes:
        name: unique in the network, "base/conv1" in a nested model.
        kind: Keras class name.
        shape: (rows, columns, channels) of its output, or (units,) of one without places.
        inputs: the calls that it takes from.
        detail: its settings in a few words.
        field: the largest receptive field of a value, (rows, columns) in pixels of the input; None: all of it, or a
            layer whose reach is not known.
        extent: x_min, y_min, x_max, y_max in pixels of the input that the maps cover when each value is drawn as large
            as the step to the next, around the middle of what it sees; None where that is not known.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    inputs: tuple[str, ...] = ()
    detail: str = ""
    field: tuple[int, int] | None = None
    extent: tuple[float, float, float, float] | None = None

    @property
    def has_maps(self) -> bool:
        """Whether its values have places: rows and columns."""
        return len(self.shape) == 3

    @property
    def channels(self) -> int:
        """Maps, or units."""
        return self.shape[-1]

    def box(self, row: int, column: int, size: tuple[int, int]) -> Box:
        """What a value sees, x_min, y_min, x_max, y_max in pixels of an input of (rows, columns).

        As large as the largest field of the layer; `field_box` is exact also where fields differ from place to place.

        Example:
            >>> MapLayer("conv", "Conv2D", (6, 6, 4), field=(3, 3), extent=(1.0, 1.0, 7.0, 7.0)).box(0, 5, (8, 8))
            (5, 0, 8, 3)
        """
        if self.field is None or self.extent is None:
            return 0, 0, size[1], size[0]
        left, top, right, bottom = self.extent
        x = left + (column + 0.5) * (right - left) / self.shape[1]
        y = top + (row + 0.5) * (bottom - top) / self.shape[0]
        corner = round(x - self.field[1] / 2), round(y - self.field[0] / 2)
        return *corner, corner[0] + self.field[1], corner[1] + self.field[0]


def layers_of(model: "keras.Model", size: tuple[int, int, int]) -> tuple[MapLayer, ...]:
    """Every layer whose output is maps or a vector of units, in an order in which they can be computed.

    Args:
        model: functional or Sequential, of one input, channels last.
        size: rows, columns and channels of what goes in.

    Raises:
        InputError: a network without a graph, of several inputs, or with channels first.

    Example:
        >>> import keras
        >>> model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3, name="conv")])
        >>> conv = layers_of(model, (8, 8, 3))[-1]
        >>> conv.name, conv.shape, conv.field
        ('conv', (6, 6, 4), (3, 3))
    """
    nodes = nodes_of(model, size)
    fields = fields_of(nodes)
    found = []
    for node in nodes:
        shape = node.output_shapes[0][1:]
        if len(node.output_shapes) > 1 or len(shape) not in {1, 3} or None in shape:
            continue
        region = fields[node.name]
        seen = None if region is None or len(shape) != 3 else (region[0].size, region[1].size)
        sides = tuple(int(side or 0) for side in shape)
        extent = None if region is None or len(shape) != 3 else _extent(region)
        found.append(MapLayer(node.name, node.kind, sides, node.inputs, describe(node.operation), seen, extent))
    return tuple(found)


def telling_layer(layers: Sequence[MapLayer]) -> str:
    """The first layer whose maps find more than edges and colours, which is where to begin to look.

    The first convolution that sees 7 x 7 pixels, or an eighth of a smaller input, with the normalisation and the
    activation behind it. Where there is none, the first convolution, else the first layer with maps.

    Args:
        layers: of `layers_of`, at least one with maps.

    Example:
        >>> conv = MapLayer("conv", "Conv2D", (8, 8, 4), ("photo",), field=(3, 3))
        >>> deeper = MapLayer("deeper", "Conv2D", (8, 8, 4), ("conv",), field=(7, 7))
        >>> active = MapLayer("active", "ReLU", (8, 8, 4), ("deeper",), field=(7, 7))
        >>> telling_layer([MapLayer("photo", "InputLayer", (64, 64, 3)), conv, deeper, active])
        'active'
    """
    least = min(_TELLING, min(layers[0].shape[:2]) // 8) if layers[0].has_maps else _TELLING
    rows = [layer for layer in layers if layer.has_maps]
    convolutions = [layer for layer in rows if "Conv" in layer.kind]
    telling = (layer for layer in convolutions if layer.field is not None and min(layer.field) >= least)
    found = next(telling, None)
    if found is None:
        return (convolutions or rows)[0].name
    for layer in rows[rows.index(found) + 1 :]:
        if found.name in layer.inputs:
            same = layer.kind in CHANNELWISE and (layer.shape, layer.field) == (found.shape, found.field)
            if not same:
                break
            found = layer
    return found.name


def _extent(region: Region) -> tuple[float, float, float, float]:
    """Where the maps lie over the input."""
    edges = []
    for axis in (1, 0):
        field = region[axis]
        middles = [sum(field.of(cell)) / 2 + 0.5 for cell in (0, field.cells - 1)]
        step = (middles[1] - middles[0]) / (field.cells - 1) if field.cells > 1 else field.stride
        edges.append((middles[0] - step / 2, middles[1] + step / 2))
    (left, right), (top, bottom) = edges
    return left, top, right, bottom


def nodes_of(model: "keras.Model", size: tuple[int, int, int]) -> tuple[Node, ...]:
    """The calls of a network for inputs of a certain size.

    Raises:
        InputError: as `layers_of`.
    """
    nodes = graph_nodes(model, input_shape=(None, *size))
    if sum(not node.inputs for node in nodes) > 1:
        raise InputError("This network has several inputs", "Choose one that takes one picture")
    if any(getattr(node.operation, "data_format", None) == "channels_first" for node in nodes):
        raise InputError("This network keeps channels first", "Save it with channels last")
    return nodes


def fields_of(nodes: Sequence[Node]) -> dict[str, Region | None]:
    """The receptive field behind each call, by name."""
    fields: dict[str, Region | None] = {}
    for node in nodes:
        fields[node.name] = region_of(node, [fields[name] for name in node.inputs], (1, 2))
    return fields


def field_box(nodes: Sequence[Node], layer: str, *, row: int, column: int) -> Box:
    """The pixels that one place of a layer's maps can see: x_min, y_min, x_max, y_max, the last two exclusive.

    May reach beyond the input, into the padding. The whole input where the layer's reach is not known.

    Raises:
        InputError: no such layer.

    Example:
        >>> import keras
        >>> model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3, padding="same", name="conv")])
        >>> field_box(nodes_of(model, (8, 8, 3)), "conv", row=0, column=2)
        (1, -1, 4, 2)
    """
    fields = fields_of(nodes)
    if layer not in fields:
        raise InputError("This network has no such layer", "Choose one of its layers", layer=layer)
    region = fields[layer]
    if region is None:
        rows, columns = nodes[0].output_shapes[0][1:3]
        return 0, 0, int(columns or 0), int(rows or 0)
    (top, bottom), (left, right) = region[0].of(row), region[1].of(column)
    return left, top, right + 1, bottom + 1
