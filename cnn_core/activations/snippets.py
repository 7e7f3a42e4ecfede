"""Short programs that give the numbers of the page Feature maps. Each is text that runs as it is.

They read `picture.png`, the photo as the page has it, and need a network's own code, `LookedAt.code`.
"""

from collections.abc import Sequence

_PHOTO = """\
from pathlib import Path

import numpy as np

from cnn_core.images import open_photo
"""
_BATCH = """\
photo = open_photo(Path("picture.png"), name="picture.png").pixels
batch = network.prepare(photo)[None]
"""


def maps_code(network: str, *, layer: str, channel: int, order: str) -> str:
    """All maps of a layer, the channels' figures and order; leaves `maps`, `channels`, `kernel` and `chosen`.

    Args:
        network: code that makes `network`.
        layer: its name.
        channel: the one that is chosen.
        order: one of `sorting.ORDERS`.

    Example:
        >>> print(maps_code("", layer="conv", channel=0, order="number").splitlines()[-1])
        print(channels[:8], chosen.min(), chosen.mean(), chosen.max())
    """
    orders = {
        "activation": "np.argsort(-maps.mean((0, 1), dtype=np.float64), kind='stable')",
        "variance": "np.argsort(-maps.var((0, 1), dtype=np.float64), kind='stable')",
        "similarity": "np.array(channel_order(maps, 'similarity', channel=channel))",
        "number": "np.arange(maps.shape[-1])",
    }
    more = "from cnn_core.activations.sorting import channel_order\n" if order == "similarity" else ""
    return f"""{_PHOTO}{more}{network}
{_BATCH}
layer, channel = {layer!r}, {channel}
maps = network.ask("maps", batch, layer=layer).arrays["maps"][0]
channels = {orders[order]}
chosen = maps[..., channel]
# The filter behind the channel, (rows, columns, input channels); None where there is no single one.
kernel = network.ask("filters", batch, layer=layer, channel=channel).arrays.get("kernel")
print(channels[:8], chosen.min(), chosen.mean(), chosen.max())
"""


def value_code(network: str, *, layer: str, row: int, column: int, channel: int) -> str:
    """One value of a convolution from its products; leaves `products`, `before` and `value`.

    Example:
        >>> "np.sum(products)" in value_code("", layer="conv", row=0, column=0, channel=0)
        True
    """
    return f"""{_PHOTO}{network}
{_BATCH}
one = network.ask("one_value", batch, layer={layer!r}, row={row}, column={column}, channel={channel})
products = one.arrays["patch"].astype(np.float64) * one.arrays["kernel"]
before = np.sum(products) + one.values["bias"]
value = one.values["value"]  # of the map: {layer}, behind its activation
print(before, one.values["activation"], value)
"""


def flow_code(network: str, *, layers: Sequence[str], focus: tuple[str, int] | None, count: int) -> str:
    """The channels of a stretch of layers that are shown, and the weights between them; leaves `columns` and `links`.

    Example:
        >>> "ask(" in flow_code("", layers=["photo", "conv"], focus=None, count=8)
        True
    """
    return f"""{_PHOTO}{network}
{_BATCH}
layers = {list(layers)!r}
told = network.ask("flow", batch, layers=layers, focus={focus and list(focus)!r}, count={count})
columns, links = told.values["columns"], told.values["links"]
means = [told.arrays[f"means{{number}}"] for number in range(len(columns))]
for link in sorted(links, key=lambda one: -one["share"])[:8]:
    (source, place), (target, at) = link["source"], link["target"]
    one, other = columns[source], columns[target]
    print(one["layer"], one["channels"][place], "->", other["layer"], other["channels"][at], round(link["weight"], 3))
"""


def unit_code(network: str, *, layer: str, row: int, column: int, channel: int, over: str) -> str:
    """A unit's two receptive fields; leaves `value`, `box` and `heat`.

    Example:
        >>> "unit_field" in unit_code("", layer="conv", row=0, column=0, channel=0, over="photo")
        True
    """
    return f"""{_PHOTO}{network}
{_BATCH}
told = network.ask(
    "unit_field", batch, layer={layer!r}, row={row}, column={column}, channel={channel}, over={over!r}
)
value, box, heat = told.values["value"], told.values["box"], told.arrays["heat"]
outside = heat.copy()
outside[max(box[1], 0) : max(box[3], 0), max(box[0], 0) : max(box[2], 0)] = 0
print(value, box, np.count_nonzero(heat), outside.max())
"""
