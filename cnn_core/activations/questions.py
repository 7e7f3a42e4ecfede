"""What a network is asked about its maps: the functions of `cnn_core.classifiers.questions` for this topic.

Each takes a Keras model, a batch as the network takes it, and options that JSON can hold.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cnn_core.activations.effective_field import unit_field
from cnn_core.activations.filters import channel_filter
from cnn_core.activations.flow import flow_of
from cnn_core.activations.layers import field_box, layers_of, nodes_of
from cnn_core.activations.maps import layer_maps
from cnn_core.activations.one_value import one_value
from cnn_core.activations.patches import joined, peaks_of
from cnn_core.classifiers.looked_at import Told

if TYPE_CHECKING:
    import keras

Floats = npt.NDArray[np.float32]
Options = Mapping[str, Any]


def told_layers(model: "keras.Model", batch: Floats, options: Options) -> Told:  # noqa: ARG001
    """The question `layers`: "layers", the fields of each `MapLayer`."""
    rows, columns, channels = batch.shape[1:]
    return Told({"layers": [asdict(layer) for layer in layers_of(model, (rows, columns, channels))]})


def told_maps(model: "keras.Model", batch: Floats, options: Options) -> Told:
    """The question `maps` about a `layer`: "maps", (N, h, w, C)."""
    return Told(arrays={"maps": layer_maps(model, batch, layer=str(options["layer"]))})


def told_filter(model: "keras.Model", batch: Floats, options: Options) -> Told:  # noqa: ARG001
    """The question `filters` about a `layer` and `channel`: the fields of `ChannelFilter`; or nothing."""
    found = channel_filter(model, str(options["layer"]), int(options["channel"]))
    if found is None:
        return Told()
    values = asdict(found)
    return Told(values, {"kernel": values.pop("kernel")})


def told_peaks(model: "keras.Model", batch: Floats, options: Options) -> Told:
    """The question `peaks` about a `layer`: "values", "rows" and "columns", the fields of `Peaks`."""
    # One picture after the other: the maps of all would not fit.
    found = joined([peaks_of(layer_maps(model, one[None], layer=str(options["layer"]))) for one in batch])
    return Told(arrays={"values": found.values, "rows": found.rows, "columns": found.columns})


def told_unit_field(model: "keras.Model", batch: Floats, options: Options) -> Told:
    """The question `unit_field`: "heat", "value" and "box", the theoretical field; options as `unit_field` has."""
    place = {name: int(options[name]) for name in ("row", "column")}
    layer = str(options["layer"])
    mixed = {name: int(options[name]) for name in ("count", "seed") if name in options}
    over, channel = str(options.get("over", "photo")), int(options["channel"])
    found = unit_field(model, batch[0], layer=layer, **place, channel=channel, over=over, **mixed)
    box = field_box(nodes_of(model, batch.shape[1:]), layer, **place)
    return Told({"value": found.value, "box": list(box)}, {"heat": found.heat})


def told_flow(model: "keras.Model", batch: Floats, options: Options) -> Told:
    """The question `flow`: "columns" and "links" of `Flow`, with the arrays of each column as "planes0" on."""
    focus = options.get("focus")
    flow = flow_of(
        model,
        batch,
        layers=[str(name) for name in options["layers"]],
        focus=None if focus is None else (str(focus[0]), int(focus[1])),
        count=int(options.get("count", 8)),
    )
    arrays, columns = {}, []
    for number, column in enumerate(flow.columns):
        arrays[f"planes{number}"] = column.planes
        arrays[f"means{number}"] = column.means
        columns.append({"layer": column.layer, "channels": list(column.channels), "limit": column.limit})
    return Told({"columns": columns, "links": [asdict(link) for link in flow.links]}, arrays)


def told_one_value(model: "keras.Model", batch: Floats, options: Options) -> Told:
    """The question `one_value`: "patch", "inside" and "kernel", and the other fields of `OneValue`."""
    place = {name: int(options[name]) for name in ("row", "column", "channel")}
    found = one_value(model, batch, layer=str(options["layer"]), **place)
    values = asdict(found)
    arrays = {name: values.pop(name) for name in ("patch", "kernel")}
    arrays["inside"] = values.pop("inside").astype(np.uint8)
    return Told(values, arrays)
