"""Tab Several devices: a batch is shared out, every device computes a gradient, and their mean is the whole batch's."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st

from cnn_core.drawing import OKABE_ITO, outline, png, signed_heat, signed_limit, significant, to_uint8
from cnn_core.hidden_filters import learners_picture, named_filter
from cnn_core.runtime import describe_machine
from cnn_core.training.data_parallel import (
    CROP,
    NORMS,
    SIDE,
    Crops,
    Part,
    averaged,
    drawn_crops,
    farthest,
    parts_of,
    sent_bytes,
    shared_out,
)
from cnn_core.training.several_devices_code import data_parallel_code
from pages.ui.downloads import download
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.picture import Picture, shared_picture
from pages.ui.pictures import draw as draw_picture
from pages.ui.pictures import draw_row, shown
from pages.ui.tables import text_table
from pages.ui.words import counted

PREFIX = "scratch_devices"
HIDDEN = "sobel_x"
DEVICES = (1, 2, 3, 4, 6, 8)
BATCHES = (8, 12, 16, 24)
STARTS = {"zeros": "Zeros", "random": "Random weights"}
# What networks of well-known sizes have to tell one another.
NETWORKS = {"The recipe for CIFAR-10": 1_342_122, "ResNet-50": 25_636_712, "VGG-16": 138_357_544}
FORMULA = (
    r"\begin{gathered} g_i = \nabla \tfrac{1}{n_i} \sum_{x \in \text{part } i} \ell(x) \\ g = \sum_i \tfrac{n_i}{n}\, "
    r"g_i = \nabla \tfrac{1}{n} \sum_{x \in \text{batch}} \ell(x) \end{gathered}"
)


@dataclass(frozen=True)
class Settings:
    """What the controls say."""

    crops: int
    devices: int
    norm: str
    start: str
    seed: int


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
        chosen = _settings()
    with right:
        what_happens(
            "Every device has the same weights and its own part of the batch. Each computes the gradient of its part; "
            "the mean of these is the gradient of the whole batch, all make the same update, and stay alike.",
            FORMULA,
        )
        picture = shared_picture()
        photo = learners_picture("photo", picture.pixels, centred=True)
        crops = drawn_crops(photo, named_filter(HIDDEN), count=chosen.crops, seed=chosen.seed)
        kernel = _kernel(chosen)
        parts = parts_of(crops, kernel, shared_out(chosen.crops, chosen.devices), norm=chosen.norm)
        [whole] = parts_of(crops, kernel, [chosen.crops], norm="each" if chosen.norm != "none" else "none")
        _draw_batch(picture, photo, crops, parts)
        _draw_gradients(parts, whole, chosen)
        if chosen.norm != "none":
            _draw_norms(parts, whole)
        _draw_sent(chosen.devices)
        _draw_machine()
        with st.container(horizontal=True, gap="small"):
            give = partial(download, key=f"{PREFIX}_download")
            give("Gradients (CSV)", lambda: _csv(parts, whole), "gradients.csv", "text/csv")
            give("Picture (PNG), which the code reads", lambda: png(picture.pixels), "picture.png", "image/png")
        code = data_parallel_code(
            kernel=chosen.start, crops=chosen.crops, devices=chosen.devices, norm=chosen.norm, seed=chosen.seed
        )
        same_in_code(code, key=PREFIX, file="several_devices")


def _settings() -> Settings:
    devices = st.select_slider("Devices", DEVICES, 2, key=f"{PREFIX}_devices", bind="query-params")
    crops = st.select_slider(
        "Crops in the batch",
        BATCHES,
        8,
        key=f"{PREFIX}_crops",
        bind="query-params",
        help=f"Pictures of {CROP} × {CROP} outputs, cut out of the photo at random places",
    )
    norm = st.segmented_control(
        "Batch norm behind the kernel",
        list(NORMS),
        default="none",
        required=True,
        format_func=NORMS.__getitem__,
        key=f"{PREFIX}_norm",
        bind="query-params",
        wrap=True,
    )
    start = st.segmented_control(
        "The kernel is",
        list(STARTS),
        default="zeros",
        required=True,
        format_func=STARTS.__getitem__,
        key=f"{PREFIX}_start",
        bind="query-params",
        wrap=True,
        help="It is to become a Sobel filter, as in the tab Learn a kernel",
    )
    seed = st.number_input("Seed", 0, 9999, 0, key=f"{PREFIX}_seed", bind="query-params")
    return Settings(int(crops), int(devices), str(norm), str(start), int(seed))


def _kernel(chosen: Settings) -> np.ndarray:
    if chosen.start == "zeros":
        return np.zeros((SIDE, SIDE))
    return np.random.default_rng([chosen.seed, 12]).normal(0, 0.5, (SIDE, SIDE))


def _draw_batch(picture: Picture, photo: np.ndarray, crops: Crops, parts: list[Part]) -> None:
    """The photo with each device's crops framed in its colour."""
    grey = to_uint8((photo - photo.min()) / max(float(np.ptp(photo)), 1e-6))
    # Frames on pixels of their own: enlarged, they do not hide what they frame.
    large = grey.repeat(4, axis=0).repeat(4, axis=1)
    for number, part in enumerate(parts):
        for crop in part.crops:
            row, column = crops.places[crop]
            size = CROP + SIDE - 1
            box = (4.0 * column, 4.0 * row, 4.0 * (column + size), 4.0 * (row + size))
            large = outline(large, box, colour=OKABE_ITO[number % len(OKABE_ITO)], width=3)
    said = ", ".join(f"device {number}: {len(part.crops)}" for number, part in enumerate(parts, 1))
    with st.container(width=480):
        draw_picture(
            shown(
                "The batch",
                large,
                alt=f"{picture.name} in grey with the crops of the batch framed, a colour for each device",
                caption=f"Crops: {said}. A frame is in its device's colour; frames may overlap.",
            ),
            key=f"{PREFIX}_batch",
        )


def _draw_gradients(parts: list[Part], whole: Part, chosen: Settings) -> None:
    mean = averaged(parts)
    gradients = [*(part.gradient for part in parts), mean, whole.gradient]
    limit = max(signed_limit(one) for one in gradients)
    st.markdown("**The gradient of each device's part**")
    pictures = [
        shown(
            f"Device {number}",
            signed_heat(part.gradient, limit=limit),
            alt=f"The gradient of device {number}: {_words(part.gradient)}",
            caption=f"{counted(len(part.crops), 'crop', 'crops')}, loss {significant(part.loss)}",
        )
        for number, part in enumerate(parts, 1)
    ]
    with st.container(key=f"strip_{PREFIX}_parts"):
        draw_row(pictures, columns=4, key=f"{PREFIX}_parts")
    loss = sum(len(part.crops) * part.loss for part in parts) / chosen.crops
    rows = [(f"Device {number}", part.gradient, part.loss) for number, part in enumerate(parts, 1)]
    rows += [("**Their mean**", mean, loss), ("**Whole batch**", whole.gradient, whole.loss)]
    with st.container(key=f"wide_{PREFIX}_numbers"):
        text_table([{"": name, "loss": significant(loss, 4), **_row(one)} for name, one, loss in rows])
    st.caption("The nine numbers of a 3 × 3 gradient, row by row. The mean counts each device by its crops.")
    off, plain = (farthest(one, whole.gradient) for one in (mean, averaged(parts, by_size=False)))
    with st.container(horizontal=True, gap="medium"):
        st.metric("Off by, at most", significant(off) if off > 1e-12 else "0", border=True)
        st.metric(
            "Plain mean off by",
            significant(plain) if plain > 1e-12 else "0",
            help="The mean that gives each device the same say, however many crops it has",
            border=True,
        )
    if off > 1e-9:
        st.warning(
            "The mean is not the gradient of the whole batch: batch norm took another mean on each device.",
            icon=":material/difference:",
        )
    else:
        st.success("The mean of the parts is the gradient of the whole batch.", icon=":material/check_circle:")


def _draw_norms(parts: list[Part], whole: Part) -> None:
    st.markdown("**What batch norm subtracts and divides by**")
    rows = [(f"Device {number}", part) for number, part in enumerate(parts, 1)] + [("**Whole batch**", whole)]
    text_table(
        [{"": name, "mean": significant(part.mean), "variance": significant(part.variance)} for name, part in rows]
    )
    st.caption(
        "On TensorFlow each device takes those of its own part unless the layer says `synchronized=True`, as trainings "
        "here do. On JAX a batch is one array, wherever its rows lie: batch norm always sees the whole."
    )


def _draw_sent(devices: int) -> None:
    with st.container(border=True, gap="xsmall"):
        st.markdown("**What the devices tell one another**")
        network = st.selectbox("Network", list(NETWORKS), key=f"{PREFIX}_network", bind="query-params", width=300)
        parameters = NETWORKS[str(network)]
        st.markdown(
            f"{parameters:,} gradients as float32 are {parameters * 4 / 1e6:,.1f} MB. Round a ring of "
            f"{counted(devices, 'device', 'devices')} each sends **{sent_bytes(parameters, devices) / 1e6:,.1f} MB** "
            "in every update, whatever the batch: a larger batch makes that count for less. Twice the devices with "
            "twice the batch make half as many updates; learning rates are then often doubled, behind a warm-up "
            "(Goyal et al. 2017)."
        )


def _draw_machine() -> None:
    machine = describe_machine()
    gpus = ", ".join(f"{gpu.name} with {gpu.memory_bytes / 1e9:.0f} GB" for gpu in machine.gpus)
    has = gpus or "no GPU"
    with st.container(border=True, gap="xsmall"):
        st.markdown("**On this machine**")
        does = (
            f"A run with `devices` from 2 to {len(machine.gpus)} uses that many of them."
            if len(machine.gpus) > 1
            else "A run with `devices` above 1 divides the processor into virtual devices: the same result, and no "
            "faster. It is for trying out what will run on several GPUs."
        )
        st.markdown(
            f"{has[0].upper()}{has[1:]}; {counted(machine.cores, 'processor core', 'processor cores')}. {does} Runs "
            "that are started on the page Train have one device each, and several go on side by side; a run that is to "
            "have several is started by the command line below. PyTorch's backend of Keras has no such training."
        )


def _row(gradient: np.ndarray) -> dict[str, str]:
    return {str(number): f"{value:.4f}" for number, value in enumerate(gradient.ravel(), 1)}


def _words(gradient: np.ndarray) -> str:
    return ", ".join(f"{value:.3f}" for value in gradient.ravel())


def _csv(parts: list[Part], whole: Part) -> bytes:
    head = "device,crops,loss," + ",".join(f"g{number}" for number in range(1, 1 + SIDE * SIDE))
    rows = [(str(number), part) for number, part in enumerate(parts, 1)] + [("whole batch", whole)]
    lines = [
        ",".join(
            [name, str(len(part.crops)), repr(part.loss), *(repr(float(value)) for value in part.gradient.ravel())]
        )
        for name, part in rows
    ]
    return ("\n".join([head, *lines]) + "\n").encode()
