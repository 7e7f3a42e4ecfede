"""What a network has told about a picture: asked once, and kept for all visitors as far as memory allows."""

from typing import Any

import numpy as np
import numpy.typing as npt
import streamlit as st

from cnn_core.activations.effective_field import SHUFFLED, UnitField
from cnn_core.activations.filters import ChannelFilter
from cnn_core.activations.flow import Flow
from cnn_core.activations.layers import Box, MapLayer
from cnn_core.activations.one_value import OneValue
from cnn_core.activations.patches import Peaks, joined
from cnn_core.activations.sample_pictures import sample_names, sample_pixels
from cnn_core.activations.told import (
    filter_from,
    flow_from,
    layers_from,
    maps_from,
    one_value_from,
    peaks_from,
    unit_from,
)
from cnn_core.classifiers.looked_at import LookedAt
from cnn_core.classifiers.preparing import placed
from cnn_core.errors import InputError
from pages.ui.keras_ready import wait_for_keras
from pages.ui.network_pick import OWN
from pages.ui.picture import Picture
from pages.ui.progress import ProgressBar
from pages.ui.upload_store import UploadStore

Floats = npt.NDArray[np.float32]
# Row, column and channel.
Unit = tuple[int, int, int]

# Maps of single layers take up to 96 MiB each.
_MAPS_BYTES = 256_000_000
_SMALL_BYTES = 48_000_000
_AT_ONCE = 4


def ready_to_ask(network: LookedAt) -> None:
    """Return when the network can be asked: a visitor's own file has a process that imports Keras itself."""
    if network.name != OWN:
        wait_for_keras("Feature maps")


def layers_of(network: LookedAt) -> tuple[MapLayer, ...]:
    """All layers with maps or units.

    Raises:
        InputError: a network that cannot be looked into.
    """
    return _layers(network.key, network)


@st.cache_resource(max_entries=64, show_spinner="Building the network …")
def _layers(key: str, _network: LookedAt) -> tuple[MapLayer, ...]:
    layers = layers_from(_network.ask("layers", np.zeros((1, *_network.size, _network.channels))))
    if not any(layer.has_maps for layer in layers[1:]):
        raise InputError(f"{_network.title} has no layer that gives maps", "Choose a convolutional network")
    return layers


def seen_photo(network: LookedAt, picture: Picture) -> npt.NDArray[np.uint8]:
    """The picture as it lies in the network's input, (rows, columns, 3) uint8."""
    return placed(picture.pixels, network.size, network.preparation.placement)


def maps_of(network: LookedAt, picture: Picture, layer: MapLayer) -> Floats:
    """(h, w, C) of one layer, not to be written to.

    Raises:
        InputError: too large, or values that are no numbers.
    """
    name = f"{picture.key} {layer.name}"
    kept = _shelf().get(network.key, name)
    if kept is None:
        with st.spinner("Asking the network …"):
            kept = maps_from(network.ask("maps", network.prepare(picture.pixels)[None], layer=layer.name), layer)
        kept.flags.writeable = False
        _shelf().put(network.key, name, kept)
    return kept


@st.cache_resource
def _shelf() -> UploadStore[Floats]:
    return UploadStore(size=lambda maps: maps.nbytes, max_bytes=_MAPS_BYTES, max_per_browser=1000)


@st.cache_resource(max_entries=256, show_spinner=False)
def _filter(key: str, layer: str, channel: int, _network: LookedAt) -> ChannelFilter | None:
    batch = np.zeros((1, *_network.size, _network.channels))
    return filter_from(_network.ask("filters", batch, layer=layer, channel=channel))


def filter_of(network: LookedAt, layer: MapLayer, channel: int) -> ChannelFilter | None:
    """The filter behind a channel."""
    return _filter(network.key, layer.name, channel, network)


def sample_peaks(network: LookedAt, layer: MapLayer) -> Peaks:
    """The strongest places in all sample pictures; a bar moves meanwhile, and what is done stays when it is stopped."""
    found = _peak_shelf().get(network.key, layer.name)
    if found is None:
        names = sample_names()
        parts = []
        bar = ProgressBar("Sample pictures")
        for first in range(0, len(names), _AT_ONCE):
            parts.append(_peaks(network.key, layer.name, first, network, layer))
            bar.draw(min(first + _AT_ONCE, len(names)), len(names))
        bar.clear()
        found = joined(parts)
        _peak_shelf().put(network.key, layer.name, found)
    return found


@st.cache_resource
def _peak_shelf() -> UploadStore[Peaks]:
    return UploadStore(size=_peak_bytes, max_bytes=_SMALL_BYTES, max_per_browser=1000)


def _peak_bytes(peaks: Peaks) -> int:
    return peaks.values.nbytes + peaks.rows.nbytes + peaks.columns.nbytes


@st.cache_resource(max_entries=512, show_spinner=False)
def _peaks(key: str, layer: str, first: int, _network: LookedAt, _layer: MapLayer) -> Peaks:
    names = sample_names()[first : first + _AT_ONCE]
    batch = np.stack([_network.prepare(sample_pixels(name)) for name in names])
    return peaks_from(_network.ask("peaks", batch, layer=layer), pictures=len(names), layer=_layer)


def flow_of(
    network: LookedAt, picture: Picture, layers: tuple[str, ...], focus: tuple[str, int] | None, *, count: int
) -> Flow:
    """A stretch of the network with a few of its maps."""
    options = {"layers": list(layers), "focus": focus and list(focus), "count": count}
    return _flow(f"{network.key} {picture.key} {options}", options, network, picture)


@st.cache_resource(max_entries=24, show_spinner="Asking the network …")
def _flow(key: str, _options: dict[str, Any], _network: LookedAt, _picture: Picture) -> Flow:
    told = _network.ask("flow", _network.prepare(_picture.pixels)[None], **_options)
    return flow_from(told, _by_name(_network))


def _by_name(network: LookedAt) -> dict[str, MapLayer]:
    return {layer.name: layer for layer in layers_of(network)}


def value_of(network: LookedAt, picture: Picture, layer: MapLayer, unit: Unit) -> OneValue:
    """The arithmetic of one value of a convolution."""
    return _value(f"{network.key} {picture.key} {layer.name}", unit, network, picture, layer)


@st.cache_resource(max_entries=256, show_spinner=False)
def _value(key: str, unit: Unit, _network: LookedAt, _picture: Picture, _layer: MapLayer) -> OneValue:
    told = _network.ask("one_value", _network.prepare(_picture.pixels)[None], **_about(unit, _layer))
    return one_value_from(told, _by_name(_network))


def unit_of(network: LookedAt, picture: Picture, layer: MapLayer, unit: Unit, *, over: str) -> tuple[UnitField, Box]:
    """A unit's effective field, and the box of its theoretical one; a bar moves where it is a mean."""
    key = f"{network.key} {picture.key} {layer.name} {over}"
    if over == "photo":
        return _unit(key, unit, 0, network, picture, layer)
    kept = _mean_shelf().get(key, str(unit))
    if kept is None:
        # Asked one by one: others' questions come between, and what is done stays when it is stopped.
        bar = ProgressBar("Shuffled photos")
        heat = np.zeros(network.size, np.float64)
        for number in range(SHUFFLED):
            found, box = _unit(key, unit, number, network, picture, layer)
            heat += found.heat
            bar.draw(number + 1, SHUFFLED)
        bar.clear()
        kept = UnitField(found.value, (heat / SHUFFLED).astype(np.float32)), box
        _mean_shelf().put(key, str(unit), kept)
    return kept


@st.cache_resource
def _mean_shelf() -> UploadStore[tuple[UnitField, Box]]:
    return UploadStore(size=lambda found: found[0].heat.nbytes, max_bytes=_SMALL_BYTES, max_per_browser=1000)


@st.cache_resource(max_entries=96, show_spinner="Taking the gradient …")
def _unit(
    key: str, unit: Unit, seed: int, _network: LookedAt, _picture: Picture, _layer: MapLayer
) -> tuple[UnitField, Box]:
    batch = _network.prepare(_picture.pixels)[None]
    over = key.rpartition(" ")[2]
    return unit_from(
        _network.ask("unit_field", batch, **_about(unit, _layer), over=over, seed=seed, count=1), _network.size
    )


def _about(unit: Unit, layer: MapLayer) -> dict[str, Any]:
    return {"layer": layer.name, **dict(zip(("row", "column", "channel"), unit, strict=True))}
