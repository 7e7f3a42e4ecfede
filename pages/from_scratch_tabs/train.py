"""Tab Train: data, network and learning; its time said before; the run watched live, from outside and inside."""

from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from cnn_core.exports.scratch_script import scratch_script
from cnn_core.folders.ready_made import CIFAR_CLASSES
from cnn_core.runs.folder import read_status
from cnn_core.runs.script import run_script
from cnn_core.runs.store import RunEntry
from cnn_core.training.config import JOB, LIMITS, RECIPE, ScratchConfig, config_of, new_training, values_of
from cnn_core.training.data import counts_of
from cnn_core.training.speed import expected_speed
from pages.from_scratch_tabs.monitoring import draw_monitoring
from pages.from_scratch_tabs.result import draw_result
from pages.from_scratch_tabs.settings import KEPT, KEY, draw_download, draw_learning, draw_network
from pages.from_scratch_tabs.words import DATA, PHASES, run_name
from pages.ui import class_folders
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.mendable import mendable
from pages.ui.run_live import Watched, draw_live
from pages.ui.runs_here import draw_head, draw_list, draw_opened, draw_start, get_service_ready
from pages.ui.training_curves import LOSS, draw_training_curves
from pages.ui.words import duration
from pages.ui.workplace import owner, run_store

RUN = "scratch_run"
CHARTS = {"loss": LOSS, "accuracy": {"training": "accuracy", "validation": "val_accuracy"}}


def _preset(data: str, pictures: int, **controls: Any) -> dict[str, Any]:
    values = {
        **{"network": "recipe", "side": 32, "batch_norm": True, "dropout": True, "epochs": 50, "batch_size": 128},
        **{"learning_rate": 0.001, "optimizer": "adam", "schedule": "plateau", "early_stopping": 5, "l2": 0.0},
        **{"seed": 0, "precision": "auto", "devices": 1, "rotation": 15.0, "shift": 0.1, "zoom": 0.1, "flip": True},
    }
    chosen = {f"{KEY}_{name}": value for name, value in (values | controls).items()}
    return {f"{KEY}_data": data, f"{KEY}_pictures": pictures, **chosen}


_PLAIN = {"rotation": 0.0, "shift": 0.0, "zoom": 0.0, "flip": False}
PRESETS: dict[str, tuple[str, dict[str, Any]]] = {
    "Two minutes": (
        "10,000 pictures, five times each, without augmentation and dropout, which pay only in longer trainings. When "
        "it was tried, it answered 63 % of 4,000 test pictures correctly; guessing gives 10 %.",
        _preset("cifar10", 10_000, epochs=5, batch_size=64, dropout=False, **_PLAIN),
    ),
    "The full recipe": (
        "All pictures, each seen up to 50 times in ever new views. When it was tried, the rate was halved six times "
        "from epoch 17 on, and it stopped after 46 epochs with 8,164 of the 10,000 test pictures right. The estimate "
        "below says how long it takes here.",
        _preset("cifar10", 0),
    ),
    "With a cosine": (
        "The recipe, but the rate falls along a cosine and nothing stops early: three epochs without progress may be "
        "chance, and each halving is for good. When it was tried, in mixed precision, 8,299 of the 10,000 test "
        "pictures were right.",
        _preset("cifar10", 0, schedule="cosine", early_stopping=0),
    ),
    "Drawn shapes": (
        "Needs no download: six kinds of shapes, drawn here. For two epochs hardly anything happens, then it learns "
        "fast: 88 % when it was tried. See the answers turn, epoch by epoch, under *Inside the network*.",
        _preset("shapes", 4_000, epochs=8, batch_size=64, dropout=False, **_PLAIN),
    ),
    "A hundred times too fast": (
        "A learning rate of 0.1 for Adam. See the gradients and the dead ReLUs below the curves.",
        _preset("shapes", 1_000, epochs=4, batch_size=64, learning_rate=0.1, **_PLAIN),
    ),
}


def draw() -> None:
    """The run that is open; data, network, learning, the time it takes and the button; the list of one's own runs."""
    what_happens(
        "Each step takes some pictures, asks the network about them, and moves every weight a little against the slope "
        "of the loss. After each epoch it is asked about pictures that it never learns from.",
        r"\begin{gathered} L = -\tfrac{1}{n} \textstyle\sum_i \log p_\theta(y_i \mid x_i) + \lambda \lVert W "
        r"\rVert^2 \\ \theta \leftarrow \theta - \eta\, \nabla_\theta L \end{gathered}",
    )
    try_this(PRESETS, page=KEY)
    entry = draw_opened(RUN, JOB, _draw_run)
    get_service_ready()
    with mendable(), st.container(border=True):
        _draw_new()
    draw_list(RUN, JOB, title="Your trainings", opened=entry)


def _draw_new() -> None:
    left, right = st.columns(2, gap="large")
    with left:
        data = _data()
        if data is None:
            return
        values = {**data, **draw_network()}
    with right:
        values |= draw_learning()
    config = config_of(values)
    title = class_folders.DATA.title(class_folders.DATA.get() or "") if config.data == "listing" else ""
    name = st.text_input(
        "Name of the run", placeholder=run_name(config, data=title), max_chars=200, key=f"{KEY}_name", **KEPT
    )
    config = replace(config, name=name or run_name(config, data=title))
    _estimate(config)
    values = values_of(config)
    if title:
        values["data"]["name"] = title
    draw_start(RUN, "Train", partial(new_training, run_store(), values, owner=owner()), widget=f"{KEY}_start")
    _draw_code(config, values)


def _draw_code(config: ScratchConfig, values: dict[str, Any]) -> None:
    """The recipe on CIFAR-10 stands alone; other networks and pictures come with the script in Take it away."""
    does = "Trains, keeps a checkpoint after each epoch"
    snippets = {"Headless": run_script(values, config_of, command="cnn_core.training", does=does)}
    if config.network == RECIPE and config.data == "cifar10":
        snippets = {"Plain Keras": scratch_script(config, classes=CIFAR_CLASSES)} | snippets
    same_in_code(snippets, key=KEY)
    if len(snippets) == 1:
        st.caption("When it is done, *Take it away* has it in plain Keras too, with its pictures or their list.")


def _data() -> dict[str, Any] | None:
    """Choose the data and how many; None where there is nothing to train on yet."""
    kind = st.segmented_control(
        "Pictures",
        list(DATA),
        default="cifar10",
        required=True,
        format_func=DATA.__getitem__,
        key=f"{KEY}_data",
        **KEPT,
    )
    low, high = (int(limit) for limit in LIMITS["pictures"])
    said = "To train on, at most. 0: all there are. What is held out comes on top."
    pictures = int(st.number_input("How many", low, high, 0, 500, key=f"{KEY}_pictures", width=150, help=said, **KEPT))
    if kind != "listing":
        draw_download(kind)
        return {"data": {"kind": kind}, "pictures": pictures}
    if class_folders.DATA.get() is None:
        st.info("Bring pictures in class folders on the page Fine-tune first.", icon=":material/photo_library:")
        st.page_link("fine_tune.py", label="Bring pictures", icon=":material/add_photo_alternate:")
        return None
    class_folders.DATA.keep_in_link()
    return {"data": {"kind": kind, "listing": str(class_folders.kept_listing())}, "pictures": pictures}


def _estimate(config: ScratchConfig) -> None:
    counts = counts_of(config)
    speed = expected_speed(run_store().folder, config, pictures=counts.train)
    words = f"{counts.train:,} pictures to train on, {counts.validation:,} to choose the best epoch by"
    words += f", {counts.test:,} to test. " if counts.test else ". "
    if speed is None:
        words += "How long it takes is not known yet: this network has not been trained here. The first epoch says it."
    else:
        seconds = config.epochs * counts.train / speed.pictures
        elsewhere = "as on two processor cores; the first long run measures it here"
        source = "as measured here" if speed.measured else elsewhere
        words += f"**About {duration(seconds)}** for all epochs, at {speed.pictures:,.0f} pictures/s, {source}."
    st.markdown(f":material/schedule: {words}")


def _draw_run(entry: RunEntry) -> None:
    with st.container(border=True):
        draw_head(entry, RUN)
        draw_live(entry, Watched(RUN, PHASES, lambda events: _draw_course(entry, events)))
        if read_status(entry.folder).state == "done":
            draw_result(entry)


def _draw_course(entry: RunEntry, events: list[dict[str, Any]]) -> None:
    draw_training_curves(events, CHARTS, key=RUN)
    draw_monitoring(entry, events)
