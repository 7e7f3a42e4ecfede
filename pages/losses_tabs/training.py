"""Tab Two losses, one network: the same small U-Net trained twice from the same weights, live."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from cnn_core.child_process import read_json
from cnn_core.losses.training.config import JOB, ComparisonConfig, config_of, new_comparison
from cnn_core.losses.training.pictures import FILE, load_answers, strips
from cnn_core.runs.epochs import epochs_in, line_of
from cnn_core.runs.folder import read_events, read_status
from cnn_core.runs.script import run_script
from cnn_core.runs.store import RunEntry
from pages.losses_tabs.controls import curves_download
from pages.losses_tabs.training_settings import KEY, NAMES, draw_settings
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.mendable import mendable
from pages.ui.pictures import draw as draw_picture
from pages.ui.pictures import shown
from pages.ui.run_live import Watched, draw_live
from pages.ui.runs_here import config_of_run, draw_head, draw_list, draw_opened, draw_start, get_service_ready
from pages.ui.tables import text_table
from pages.ui.training_curves import draw_training_curves
from pages.ui.words import percent
from pages.ui.workplace import owner, run_store

RUN = "losses_run"
PHASES = {"reading": "Drawing the pictures", "losses": "Training"}
CHARTS = {
    "Loss on what it learns from": "{}_loss",
    "Mean IoU, held out": "val_{}_iou",
    "Found of the foreground": "val_{}_found",
}
FIGURES = {"iou": "mean IoU", "found": "found of the foreground", "right": "right of what it found"}


def _preset(first: str, second: str, task: str, **controls: object) -> dict[str, object]:
    values = {"first": first, "second": second, "task": task, "epochs": 12, "seed": 0} | controls
    return {f"{KEY}_{name}": value for name, value in values.items()}


PRESETS: dict[str, tuple[str, dict[str, object]]] = {
    "Rare things": (
        "Stars are 1 % of the pixels. Cross-entropy finds next to nothing, while its loss falls nicely; Dice finds "
        "some from the third epoch on, and much that is no star.",
        _preset("cross_entropy", "dice", "rare"),
    ),
    "Careful or bold": (
        "Dice finds more of the shapes, and more that is none: compare *found* with *right*.",
        _preset("cross_entropy", "dice", "object"),
    ),
    "The sum of both": (
        "Cross-entropy for each pixel, Dice for the mask as a whole: this project's starters were trained with it.",
        _preset("cross_entropy", "cross_entropy+dice", "object"),
    ),
    "The same twice": (
        "Two times the same loss: the two lines are one, for all else is the same.",
        _preset("dice", "dice", "object"),
    ),
}


def draw() -> None:
    """The run that is open; the options and the button; the list of one's own runs."""
    what_happens(
        "Two networks begin with the same weights and see the same pictures in the same order; only the loss differs. "
        "After each epoch both are asked about pictures that neither has learned from.",
        r"\begin{gathered} \theta \leftarrow \theta - \eta\, \frac{\partial L_1}{\partial \theta} \\ "
        r"\theta' \leftarrow \theta' - \eta\, \frac{\partial L_2}{\partial \theta'} \\ \theta_0 = \theta'_0 "
        r"\end{gathered}",
    )
    try_this(PRESETS, page=KEY)
    entry = draw_opened(RUN, JOB, _draw_run)
    get_service_ready()
    with mendable(), st.container(border=True):
        config = draw_settings()
        make = partial(new_comparison, run_store(), config, owner=owner())
        draw_start(RUN, "Train both", make, widget=f"{KEY}_start")
    code = run_script(
        {"job": JOB, **config}, config_of, command="cnn_core.losses.training", does="Trains both networks"
    )
    same_in_code({"Headless": code}, key=KEY)
    draw_list(RUN, JOB, title="Your comparisons", opened=entry)


def _draw_run(entry: RunEntry) -> None:
    config = config_of(config_of_run(entry))
    titles = _titles(config)
    with st.container(border=True):
        draw_head(entry, RUN)
        draw_live(entry, Watched(RUN, PHASES, lambda events: _draw_course(entry, config, titles, events)))
        if read_status(entry.folder).state == "done":
            _draw_result(entry, titles)


def _titles(config: ComparisonConfig) -> dict[str, str]:
    titles = {side: NAMES.get(getattr(config, side), getattr(config, side)) for side in ("first", "second")}
    if titles["first"] == titles["second"]:
        return {side: f"{title}, {side}" for side, title in titles.items()}
    return titles


def _draw_course(
    entry: RunEntry, config: ComparisonConfig, titles: dict[str, str], events: Sequence[dict[str, Any]]
) -> None:
    """Curves so far, and what both networks make of the held-out pictures."""
    charts = {title: {titles[side]: pattern.format(side) for side in titles} for title, pattern in CHARTS.items()}
    draw_training_curves(events, charts, key=RUN)
    answers = load_answers(entry.folder / FILE)
    if answers is None:
        return
    words = {"pixels": "Held-out pictures", "truth": "True masks"}
    words |= {side: f"{title}, epoch {answers.epoch}" for side, title in titles.items()}
    for name, strip in strips(answers, config.classes).items():
        alt, caption = f"{words[name]}, {len(answers.truth)} beside one another", "64 × 64 pixels each"
        picture = shown(words[name], strip, alt=alt, caption=caption, exact=True)
        draw_picture(picture, key=f"{RUN}_strip_{name}")


def _draw_result(entry: RunEntry, titles: dict[str, str]) -> None:
    result = read_json(entry.folder / "result.json") or {}
    text_table(
        [
            {"": f"**{titles[side]}**"} | {label: percent(result[side][name]) for name, label in FIGURES.items()}
            for side in titles
            if side in result
        ]
    )
    st.caption(
        f"On {result.get('held_out')} held-out pictures, {percent(result.get('foreground'))} of whose pixels are "
        f"foreground; {result.get('parameters', 0):,} parameters each."
    )
    epochs = epochs_in(read_events(entry.folder))
    names = [pattern.format(side) for pattern in CHARTS.values() for side in titles]
    columns = {name: line_of(epochs, name) for name in names}
    curves_download({"epoch": [epoch["epoch"] for epoch in epochs]}, columns, key=RUN)
