"""What a network has told of its maps, read and checked: an uploaded file's own process may say anything."""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt

from cnn_core.activations.effective_field import UnitField
from cnn_core.activations.filters import ChannelFilter
from cnn_core.activations.flow import Flow, FlowColumn, FlowLink
from cnn_core.activations.layers import Box, MapLayer
from cnn_core.activations.one_value import OneValue
from cnn_core.activations.patches import Peaks
from cnn_core.classifiers.looked_at import Told
from cnn_core.errors import InputError

Floats = npt.NDArray[np.float32]

_LONGEST_NAME = 200
_LARGEST = 1 << 20
# Rows and columns of what is drawn as it is sent.
_MOST_SHOWN = 512


def layers_from(told: Told) -> tuple[MapLayer, ...]:
    """The answer to `layers`.

    Raises:
        InputError: what was said cannot be read; so of all functions here.
    """
    with _readable():
        return tuple(
            MapLayer(
                name=str(row["name"])[:_LONGEST_NAME],
                kind=str(row["kind"])[:_LONGEST_NAME],
                shape=tuple(_side(side) for side in row["shape"]),
                inputs=tuple(str(name)[:_LONGEST_NAME] for name in row["inputs"]),
                detail=str(row["detail"])[:_LONGEST_NAME],
                field=None if row["field"] is None else (int(row["field"][0]), int(row["field"][1])),
                extent=None if row["extent"] is None else _four(row["extent"]),
            )
            for row in told.values["layers"]
        )


def maps_from(told: Told, layer: MapLayer) -> Floats:
    """The answer to `maps` about one picture: (h, w, C), with the shape that the layer was said to have.

    Raises:
        InputError: also where values are infinite or no numbers at all.
    """
    with _readable():
        maps = told.arrays["maps"]
        shape = layer.shape if layer.has_maps else (1, 1, *layer.shape)
        if maps.shape != (1, *shape) or maps.dtype != np.float32:
            raise ValueError(maps.shape)
    if not np.isfinite(maps).all():
        raise InputError(
            "Some values of this layer are infinite or no numbers", "Choose an earlier layer", layer=layer.name
        )
    first: Floats = maps[0]
    return first


def filter_from(told: Told) -> ChannelFilter | None:
    """The answer to `filters`; None where there is no single filter behind the channel."""
    if "kernel" not in told.arrays:
        return None
    with _readable():
        values = told.values
        return ChannelFilter(
            layer=str(values["layer"])[:_LONGEST_NAME],
            kind=str(values["kind"])[:_LONGEST_NAME],
            kernel=_array(told, "kernel", 3),
            first=int(values["first"]),
            bias=float(values["bias"]),
            activation=str(values["activation"])[:_LONGEST_NAME],
        )


def peaks_from(told: Told, *, pictures: int, layer: MapLayer) -> Peaks:
    """The answer to `peaks` about so many pictures."""
    with _readable():
        values = _array(told, "values", 2)
        rows, columns = (np.asarray(told.arrays[name], np.int64) for name in ("rows", "columns"))
        if not values.shape == rows.shape == columns.shape == (pictures, layer.shape[-1]):
            raise ValueError(values.shape)
        sides = layer.shape if layer.has_maps else (1, 1, *layer.shape)
        if min(rows.min(), columns.min()) < 0 or rows.max() >= sides[0] or columns.max() >= sides[1]:
            raise ValueError("places")
        return Peaks(values, rows, columns)


def unit_from(told: Told, size: tuple[int, int]) -> tuple[UnitField, Box]:
    """The answer to `unit_field`: the unit and its theoretical field."""
    with _readable():
        heat = _array(told, "heat", 2)
        if heat.shape != size:
            raise ValueError(heat.shape)
        left, top, right, bottom = (int(side) for side in _four(told.values["box"]))
        return UnitField(float(told.values["value"]), np.maximum(heat, 0)), (left, top, right, bottom)


def flow_from(told: Told, layers: Mapping[str, MapLayer]) -> Flow:
    """The answer to `flow` about some layers, by their names."""
    with _readable():
        columns = []
        for number, row in enumerate(told.values["columns"]):
            planes, means = _array(told, f"planes{number}", 3), _array(told, f"means{number}", 1)
            layer = layers[row["layer"]]
            channels = tuple(int(one) for one in row["channels"])
            limit = float(row["limit"])
            if not len(channels) == planes.shape[2] == len(means) or not limit > 0 or max(planes.shape) > _MOST_SHOWN:
                raise ValueError(planes.shape)
            if min(channels) < 0 or max(channels) >= layer.channels:
                raise ValueError(channels)
            columns.append(FlowColumn(layer.name, channels, planes, means, limit))
        links = []
        for row in told.values["links"]:
            (source, from_at), (target, at) = row["source"], row["target"]
            ends = (columns[source].channels, from_at), (columns[target].channels, at)
            if min(source, target) < 0 or any(not 0 <= place < len(channels) for channels, place in ends):
                raise ValueError(row)
            links.append(FlowLink((source, from_at), (target, at), float(row["weight"]), float(row["share"])))
        return Flow(tuple(columns), tuple(links))


def one_value_from(told: Told, layers: Mapping[str, MapLayer]) -> OneValue:
    """The answer to `one_value`; `layers` are those of the network, by their names."""
    with _readable():
        patch, kernel = _array(told, "patch", 3), _array(told, "kernel", 3)
        inside = np.asarray(told.arrays["inside"], bool)
        if patch.shape != kernel.shape or inside.shape != patch.shape[:2]:
            raise ValueError(patch.shape)
        values = told.values
        source = layers[values["source"]]
        if not 0 <= int(values["first"]) <= source.channels - patch.shape[2] or max(patch.shape[:2]) > _MOST_SHOWN:
            raise ValueError(patch.shape)
        return OneValue(
            source=source.name,
            patch=patch,
            inside=inside,
            kernel=kernel,
            first=int(values["first"]),
            bias=float(values["bias"]),
            before=float(values["before"]),
            activation=str(values["activation"])[:_LONGEST_NAME],
            value=float(values["value"]),
            stride=_pair(values["stride"]),
            dilation=_pair(values["dilation"]),
            padding="same" if values["padding"] == "same" else "valid",
        )


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (KeyError, IndexError, TypeError, ValueError, OverflowError) as error:
        # An InputError is a ValueError; one that is raised in here is ours.
        if isinstance(error, InputError):
            raise
        raise InputError("What the network says of itself cannot be read", "Bring another file") from error


def _array(told: Told, name: str, axes: int) -> Floats:
    array = told.arrays[name]
    if array.ndim != axes or array.dtype != np.float32 or not array.size or not np.isfinite(array).all():
        raise ValueError(name)
    return array


def _side(value: object) -> int:
    if not isinstance(value, int) or not 0 < value <= _LARGEST:
        raise ValueError(value)
    return value


def _pair(values: object) -> tuple[int, int]:
    sides = [_side(side) for side in values]  # type: ignore[attr-defined]
    return sides[0], sides[1]


def _four(values: object) -> tuple[float, float, float, float]:
    left, top, right, bottom = (float(side) for side in values)  # type: ignore[attr-defined]
    if not all(math.isfinite(side) and abs(side) <= _LARGEST for side in (left, top, right, bottom)):
        raise ValueError(values)
    return left, top, right, bottom
