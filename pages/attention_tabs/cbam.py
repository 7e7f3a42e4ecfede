"""Tab CBAM: channels are weighed from their means and maxima, then places from what all channels say there."""

from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnn_core.attention.channel_gate import channel_weights, readable_gate, usual_strength
from cnn_core.attention.pictures import map_tile, signed_on, strength_on
from cnn_core.attention.place_gate import KERNELS, place_kernel, place_weights, summaries
from cnn_core.attention.snippets import cbam_code
from cnn_core.drawing import npy, png, signed_heat, signed_limit, significant
from pages.attention_tabs.maps_source import Chosen, chosen_maps, controls
from pages.attention_tabs.place_pictures import place_pair
from pages.attention_tabs.source_files import source_files
from pages.ui import comparison
from pages.ui.downloads import download
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.pictures import draw_row, shown

PREFIX = "attention_cbam"
TITLES = {"stands out": "What stands out", "strong around": "Where much is", "random": "Random, untrained"}
FORMULA = (
    r"\begin{gathered} s_c = \sigma\big(\mathrm{MLP}(\mathrm{mean}_{ij}\,x) + \mathrm{MLP}(\max_{ij} x)\big) \\ "
    r"t_{ij} = \sigma\big(\mathrm{conv}_{k \times k}[\mathrm{mean}_c\,x;\, \max_c x]\big) \\ "
    r"y_{ijc} = t_{ij}\, s_c\, x_{ijc} \end{gathered}"
)


def _preset(kernel: str, size: int, strength: float) -> dict[str, object]:
    return {f"{PREFIX}_kernel": kernel, f"{PREFIX}_size": size, f"{PREFIX}_strength": strength}


PRESETS: dict[str, tuple[str, dict[str, object]]] = {
    "What stands out": (
        "The kernel compares a place with those around it: what differs from its surroundings gets more than one half.",
        _preset("stands out", 7, 6.0),
    ),
    "Where much is": (
        "A mean over the window: without a bias no place can get less than one half, only busy ones more.",
        _preset("strong around", 7, 2.0),
    ),
    "Untrained": ("Random numbers over the same maps: smooth blobs that mean nothing.", _preset("random", 7, 6.0)),
}


def draw() -> None:
    """Controls on the left; the weights of the places over the photo and what they are made from on the right."""
    try_this(PRESETS, page=PREFIX)
    left, right = st.columns([1, 2.5], gap="medium")
    with left, controls():
        chosen = chosen_maps()
        values = chosen.maps.values
        gate = round(
            st.slider("Strength of the channels", 0.0, 6.0, 1.0, 0.1, key=f"{PREFIX}_gate", bind="query-params")
            * usual_strength(values),
            6,
        )
        kind = str(
            st.selectbox(
                "Kernel over the places",
                KERNELS,
                format_func=TITLES.__getitem__,
                key=f"{PREFIX}_kernel",
                bind="query-params",
            )
        )
        size = int(st.select_slider("Its size", (3, 5, 7, 9, 11), 7, key=f"{PREFIX}_size", bind="query-params"))
        strength, seed = 1.0, 0
        if kind == "random":
            seed = int(st.number_input("Seed", 0, 9999, 0, key=f"{PREFIX}_seed", bind="query-params", width=120))
        else:
            strength = st.slider("Its strength", 0.0, 20.0, 6.0, 0.5, key=f"{PREFIX}_strength", bind="query-params")
    with right:
        kernel = place_kernel(kind, size=size, strength=strength, seed=seed)
        channels = channel_weights(values, readable_gate(values.shape[2], strength=gate), maxima=True)
        weighed = values * channels
        places = place_weights(weighed, kernel)
        _pictures(chosen, weighed, places)
        _made_from(weighed, kernel, places)
        give = partial(download, key=f"{PREFIX}_download")
        with st.container(horizontal=True, gap="small"):
            give("Weights (PNG)", lambda: png(_tinted(chosen, places)), "places.png", "image/png")
            give("Places (NPY)", lambda: npy(places), "places.npy", "application/x-npy")
            give("Maps (NPY)", lambda: npy(weighed * places[..., None]), "weighed.npy", "application/x-npy")
        what_happens(
            "First channels are weighed as by squeeze and excitation, from means and maxima. Then a convolution over "
            "the mean and the maximum of all channels gives every place a weight between 0 and 1.",
            FORMULA,
        )
        code = cbam_code(
            chosen.source, side=chosen.side, gate_strength=gate, kernel=kind, size=size, strength=strength, seed=seed
        )
        same_in_code(code, key=PREFIX, file="cbam")
        source_files(chosen, key=PREFIX)


def _tinted(chosen: Chosen, places: NDArray[np.float32]) -> NDArray[np.uint8]:
    return signed_on(chosen.photo, places - 0.5, limit=signed_limit(places - 0.5))


def _pictures(chosen: Chosen, weighed: NDArray[np.float32], places: NDArray[np.float32]) -> None:
    limit = signed_limit(places - 0.5) if np.ptp(places) > 0 else 0.5
    scale = comparison.diverging_scale(f"{0.5 - limit:.2f}", f"{0.5 + limit:.2f}", "weight of a place")
    place_pair(
        chosen,
        strength_on(chosen.photo, weighed),
        signed_on(chosen.photo, places - 0.5, limit=limit),
        key=f"{PREFIX}_pictures",
        titles=("Maps, channels weighed", "Weights of the places"),
        alts=(
            f"Where the maps of {chosen.picture.name} are strong, as heat over the photo",
            "Weights of the places over the photo: vermilion above one half, blue below",
        ),
        scale=comparison.Scale(scale.low, scale.high, "0.5", scale.gradient, scale.note),
    )


def _made_from(weighed: NDArray[np.float32], kernel: NDArray[np.float32], places: NDArray[np.float32]) -> None:
    both = summaries(weighed)
    pictures = [
        shown(
            title,
            map_tile(both[..., part], limit=float(both[..., part].max())),
            alt=f"{title} of the channels at each place",
            caption=f"up to {significant(float(both[..., part].max()))}",
        )
        for part, title in enumerate(("Mean", "Maximum"))
    ]
    for part, title in enumerate(("Kernel: mean", "Kernel: max")):
        plane = kernel[..., part, 0]
        pictures.append(
            shown(
                title,
                signed_heat(plane, limit=signed_limit(plane)),
                alt=f"{title}, vermilion above zero, blue below",
                caption=f"{plane.shape[0]} × {plane.shape[1]}, ± {significant(signed_limit(plane))}",
            )
        )
    draw_row(pictures, columns=4, key=f"{PREFIX}_made_from")
    st.caption(
        f"The weights of the places lie between {places.min():.2f} and {places.max():.2f}. Beyond the edge the maps "
        "are 0 (SAME padding), and the kernel sees that too: the border is weighed otherwise than the middle."
    )
