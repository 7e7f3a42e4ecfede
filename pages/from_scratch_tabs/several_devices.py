"""Tab Several devices: a batch is shared out, every device computes a gradient, and their mean is the whole batch's."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import streamlit as st

from cnn_core.drawing import png
from cnn_core.hidden_filters import learners_picture, named_filter
from cnn_core.training.data_parallel import Crops, Part, drawn_crops, first_kernel, parts_of, shared_out, whole_batch
from cnn_core.training.data_parallel_display import framed_crops, gradients_csv
from cnn_core.training.several_devices_code import data_parallel_code
from pages.from_scratch_tabs.devices_gradients import draw_gradients, draw_norms
from pages.from_scratch_tabs.devices_here import draw_machine, draw_sent
from pages.from_scratch_tabs.devices_settings import PREFIX, settings
from pages.ui.downloads import download
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.picture import Picture, shared_picture
from pages.ui.pictures import draw as draw_picture
from pages.ui.pictures import shown

HIDDEN = "sobel_x"
FORMULA = (
    r"\begin{gathered} g_i = \nabla \tfrac{1}{n_i} \sum_{x \in \text{part } i} \ell(x) \\ g = \sum_i \tfrac{n_i}{n}\, "
    r"g_i = \nabla \tfrac{1}{n} \sum_{x \in \text{batch}} \ell(x) \end{gathered}"
)


def _preset(**controls: object) -> dict[str, object]:
    values: dict[str, object] = {"crops": 8, "devices": 2, "norm": "none", "start": "zeros", "seed": 0}
    return {f"{PREFIX}_{name}": value for name, value in (values | controls).items()}


PRESETS: dict[str, tuple[str, dict[str, object]]] = {
    "Two devices": (
        "Each has four crops and its own gradient. Their mean is what one device finds for all eight.",
        _preset(),
    ),
    "Parts that differ in size": (
        "Eight crops for three devices: 3, 3, 2. Only the mean that counts crops is right; the plain mean gives those "
        "of the last device too much say.",
        _preset(devices=3),
    ),
    "Batch norm apart": (
        "Each device subtracts the mean of its own crops: another function, and the mean of the gradients is off.",
        _preset(norm="each", start="random"),
    ),
    "Batch norm synchronised": (
        "The devices tell one another their sums in each layer, forwards and backwards: the same as on one device.",
        _preset(norm="whole", start="random"),
    ),
}


def draw() -> None:
    """Controls on the left; the parts, their mean, the machine and the code on the right."""
    try_this(PRESETS, page=PREFIX)
    left, right = st.columns([1, 2.6], gap="large")
    with left:
        chosen = settings()
    with right:
        what_happens(
            "Every device has the same weights and its own part of the batch. Each computes the gradient of its part; "
            "the mean of these is the gradient of the whole batch, all make the same update, and stay alike.",
            FORMULA,
        )
        picture = shared_picture()
        photo = learners_picture("photo", picture.pixels, centred=True)
        crops = drawn_crops(photo, named_filter(HIDDEN), count=chosen.crops, seed=chosen.seed)
        kernel = first_kernel(chosen.start, seed=chosen.seed)
        parts = parts_of(crops, kernel, shared_out(chosen.crops, chosen.devices), norm=chosen.norm)
        whole = whole_batch(crops, kernel, norm=chosen.norm)
        _draw_batch(picture, photo, crops, parts)
        draw_gradients(parts, whole)
        if chosen.norm != "none":
            draw_norms(parts, whole)
        draw_sent(chosen.devices)
        draw_machine()
        with st.container(horizontal=True, gap="small"):
            give = partial(download, key=f"{PREFIX}_download")
            give("Gradients (CSV)", lambda: gradients_csv(parts, whole), "gradients.csv", "text/csv")
            give("Picture (PNG), which the code reads", lambda: png(picture.pixels), "picture.png", "image/png")
        code = data_parallel_code(
            kernel=chosen.start, crops=chosen.crops, devices=chosen.devices, norm=chosen.norm, seed=chosen.seed
        )
        same_in_code(code, key=PREFIX, file="several_devices")


def _draw_batch(picture: Picture, photo: np.ndarray, crops: Crops, parts: Sequence[Part]) -> None:
    """The photo with each device's crops framed in its colour."""
    said = ", ".join(f"device {number}: {len(part.crops)}" for number, part in enumerate(parts, 1))
    with st.container(width=480):
        draw_picture(
            shown(
                "The batch",
                framed_crops(photo, crops, parts),
                alt=f"{picture.name} in grey with the crops of the batch framed, a colour for each device",
                caption=f"Crops: {said}. A frame is in its device's colour; frames may overlap.",
            ),
            key=f"{PREFIX}_batch",
        )
