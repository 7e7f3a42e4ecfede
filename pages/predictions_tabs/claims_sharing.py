"""Claim: sharing weights saves nearly all of them. A layer's numbers, and one kernel written as a dense layer."""

import numpy as np
import streamlit as st

from cnn_core.classifiers.looked_at import LookedAt
from cnn_core.drawing import data_uri, enlarge, npy, png, signed_heat, signed_limit, significant
from cnn_core.errors import InputError
from cnn_core.stress.curve import seen
from cnn_core.stress.sharing import SharedLayer, dense_matrix, largest_difference, shared_layers
from cnn_core.stress.snippets import sharing_code
from pages.predictions_tabs.map_bar import map_bar
from pages.ui.downloads import download
from pages.ui.keras_ready import wait_for_keras
from pages.ui.lesson import same_in_code, what_happens
from pages.ui.network_pick import OWN, network_choice
from pages.ui.picture import Picture, shared_picture
from pages.ui.tables import text_table
from pages.ui.words import plain

KEY = "predictions_claims"
_MATRIX_SIDE = 560
_SMALLEST = 2


def draw() -> None:
    """The layer on the left; its weights three ways, and a kernel as a dense layer, on the right."""
    picture = shared_picture()
    left, right = st.columns([1, 2.8], gap="medium")
    with left:
        network = network_choice()
        if network.name != OWN:
            wait_for_keras("The layers")
        layers = {layer.name: layer for layer in _layers(network.key, network)}
        if not layers:
            raise InputError("This network has no convolution layer of a known size", "Choose another one")
        # The first layer whose kernels look around is the one to begin with.
        first = next((k for k, each in enumerate(layers.values()) if max(each.kernel) > _SMALLEST), 0)
        layer = layers[str(st.selectbox("Layer", list(layers), first, key=f"{KEY}_layer", bind="query-params"))]
        side = st.slider("Side of the patch", 4, 10, 6, key=f"{KEY}_side", bind="query-params")
    with right:
        _draw_numbers(layer)
        _draw_matrix(network, picture, layer, side)
    what_happens(
        "A convolution uses the same few weights at every place. With weights of their own at each place the layer "
        "would be locally connected; a dense layer has a weight for every pair of input and output besides.",
        r"\begin{gathered} k_h k_w C_{in} C_{out} \;\ll\; h' w' \cdot k_h k_w C_{in} C_{out} \;\ll\;"
        r" (h\, w\, C_{in}) (h' w'\, C_{out}) \end{gathered}",
    )
    with st.expander("All convolution layers", icon=":material/table:"):
        text_table([_row(each) for each in layers.values()])


def _draw_numbers(layer: SharedLayer) -> None:
    with st.container(horizontal=True, gap="large"):
        st.metric("Shared: the convolution", f"{layer.shared:,}", width="content")
        st.metric("Its own weights at each place", f"{layer.local:,}", width="content")
        st.metric("A dense layer", f"{layer.dense:,}", width="content")
    (rows, columns), (h, w, c), (h2, w2, c2) = layer.kernel, layer.before, layer.after
    st.caption(
        f"{rows} × {columns} kernels, {layer.seen:,} of {c:,} channels in, {c2:,} out; maps of {h} × {w} become "
        f"{h2} × {w2}. The dense layer has {layer.dense / layer.shared:,.0f} times the weights of the "
        f"convolution, and would take {4 * layer.dense / 1e6:,.0f} MB in float32; at least "
        f"{100 * layer.zeros:.1f} % of its kernel would be 0."
    )


def _draw_matrix(network: LookedAt, picture: Picture, layer: SharedLayer, side: int) -> None:
    """One kernel, as the dense layer that does the same to a patch of the photo."""
    rows, columns = layer.kernel
    if side < max(rows, columns) or side > min(network.size):
        st.info(
            f"A kernel of {rows} × {columns} does not fit a patch of {side} × {side}: choose another layer or a larger "
            "patch for the picture of its matrix.",
            icon=":material/info:",
        )
        return
    kernel = _kernel(network.key, layer.name, network)
    grey = seen(network, picture.pixels).mean(axis=2) / 255
    top, left = ((length - side) // 2 for length in grey.shape)
    patch = grey[top : top + side, left : left + side].astype(np.float32)
    matrix = dense_matrix(kernel, (side, side))
    limit = signed_limit(matrix)
    st.markdown(f"**The first kernel of {plain(layer.name)} as a dense layer on {side} × {side} pixels**")
    small, large = st.columns([1, 2.2], gap="medium")
    with small:
        for name, picture_of in (("kernel", signed_heat(kernel, limit=limit)), ("patch", _grey(patch))):
            with st.container(key=f"sharp_{KEY}_{name}"):
                st.image(
                    data_uri(enlarge(picture_of, side=160)), alt=f"The {name}, {picture_of.shape[0]} rows", width=120
                )
            st.caption(f"The {name}")
    with large, st.container(key=f"sharp_{KEY}_matrix"):
        alt = (
            f"A matrix of {matrix.shape[0]} rows and {matrix.shape[1]} columns: the kernel, repeated along its diagonal"
        )
        st.image(data_uri(enlarge(signed_heat(matrix, limit=limit), side=_MATRIX_SIDE)), width="stretch", alt=alt)
        map_bar(significant(-limit), significant(limit), signed=True, note="weight; a row for each output")
    numbers, used = matrix.size, int(np.count_nonzero(matrix))
    st.markdown(
        f"{numbers:,} weights, {used:,} of them not 0, and only {np.unique(kernel).size} different ones. On the patch "
        f"its output differs from the convolution's by {significant(largest_difference(kernel, patch))} at most."
    )
    with st.container(horizontal=True, gap="small"):
        download("Matrix (NPY)", lambda: npy(matrix), "matrix.npy", "application/octet-stream", key=f"{KEY}_sharing")
        photo = "picture.png, which the code reads"
        download(photo, lambda: png(picture.pixels), "picture.png", "image/png", key=f"{KEY}_sharing")
    code = sharing_code(network.code, layer=layer.name, channel=0, seen=0, top=top, left=left, side=side)
    same_in_code(code, key=f"{KEY}_sharing", file="shared")


def _row(layer: SharedLayer) -> dict[str, str]:
    return {
        "layer": plain(layer.name),
        "kernel": f"{layer.kernel[0]} × {layer.kernel[1]}",
        "shared": f"{layer.shared:,}",
        "own at each place": f"{layer.local:,}",
        "dense": f"{layer.dense:,}",
        "dense / shared": f"{layer.dense / layer.shared:,.0f}",
    }


def _grey(patch: np.ndarray) -> np.ndarray:
    return np.rint(patch[..., None].repeat(3, axis=2) * 255).astype(np.uint8)


@st.cache_resource(max_entries=32, show_spinner="Building the network …")
def _layers(key: str, _network: LookedAt) -> tuple[SharedLayer, ...]:
    return shared_layers(_network)


@st.cache_resource(max_entries=64, show_spinner=False)
def _kernel(key: str, layer: str, _network: LookedAt) -> np.ndarray:
    """The first input channel's weights for the first output."""
    told = _network.ask("filters", np.zeros((1, *_network.size, _network.channels), np.float32), layer=layer, channel=0)
    kernel = told.arrays.get("kernel")
    if kernel is None or kernel.ndim != 3 or not np.isfinite(kernel).all():
        raise InputError("The layer's weights cannot be read", "Choose another layer", layer=layer)
    return np.asarray(kernel[..., 0], np.float32)
