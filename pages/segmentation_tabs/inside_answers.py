"""What a network says of a picture with some of its skips off: asked once, for all visitors."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import streamlit as st

from cnn_core.masks import Masks
from cnn_core.segmentation.inside import Inside, InsideNetwork, inside_network
from cnn_core.segmentation.inside_maps import MapChoice, chosen_maps, drawn_maps
from pages.ui.picture import Picture

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Looked:
    """An answer, with a picture of each level's maps by the name of its layer."""

    masks: Masks
    maps: Mapping[str, Pixels]
    chosen: Mapping[str, MapChoice]


@st.cache_resource(max_entries=8, show_spinner="Building the network …")
def network_of(name: str) -> InsideNetwork:
    """A starter to look into, built once."""
    return inside_network(name)


def looked(network: InsideNetwork, picture: Picture, *, off: tuple[str, ...], fill: str) -> Looked:
    """One forward pass; the channels that are drawn are those that are strongest with all skips on."""
    whole = _whole(network.name, picture.key, network, picture)
    return _switched(network.name, picture.key, off, fill, network, picture, whole) if off else whole


# Resources and not data: what is kept is never written to, and copying it would cost each rerun. Feature maps are kept
# as pictures: 25 MB of numbers become 2.
@st.cache_resource(max_entries=16, show_spinner="Asking the network …")
def _whole(name: str, key: str, _network: InsideNetwork, _picture: Picture) -> Looked:
    seen = _network.look(_picture.image)
    return _drawn(_network, seen, chosen_maps(seen.maps, _network.levels))


@st.cache_resource(max_entries=48, show_spinner="Asking the network …")
def _switched(
    name: str,
    key: str,
    off: tuple[str, ...],
    fill: str,
    _network: InsideNetwork,
    _picture: Picture,
    _whole: Looked,
) -> Looked:
    return _drawn(_network, _network.look(_picture.image, off=off, fill=fill), _whole.chosen)


def _drawn(network: InsideNetwork, seen: Inside, chosen: Mapping[str, MapChoice]) -> Looked:
    return Looked(seen.masks, drawn_maps(seen.maps, network.levels, chosen), chosen)
