"""Tab Two losses, one network: the same small U-Net trained twice from the same weights, live."""

import math
from collections.abc import Sequence
from typing import Any

import streamlit as st

from cnn_core.child_process import read_json
from cnn_core.losses.training.config import JOB, ComparisonConfig, config_of, new_comparison
from cnn_core.losses.training.pictures import FILE, load_answers, strips
from cnn_core.runs.folder import read_events, read_status
from cnn_core.runs.store import RunEntry
from pages.losses_tabs.controls import curves_download
from pages.losses_tabs.training_settings import KEY, NAMES, draw_settings
from pages.ui.charts import CONFIG, curves
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.mendable import mendable
from pages.ui.pictures import draw as draw_picture
from pages.ui.pictures import shown
from pages.ui.run_live import Watched, draw_live
from pages.ui.runs_here import config_of_run, draw_head, draw_list, draw_opened, get_service_ready, start_run
from pages.ui.tables import text_table
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
CODE = """import json
from pathlib import Path

from cnn_core.losses.training.config import config_of

run = Path("run")
run.mkdir(exist_ok=True)
config = {config}
config_of(config)  # says what is out of its range
(run / "config.json").write_text(json.dumps(config))

# Trains both networks, and goes on where it was stopped:
#     python -m cnn_core.losses.training run
"""


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
        st.button(
            "Train both",
            key=f"{KEY}_start",
            type="primary",
            icon=":material/model_training:",
            width="stretch",
            on_click=_start,
            args=(config,),
        )
    same_in_code({"Headless": CODE.format(config=_literal({"job": JOB, **config}))}, key=KEY)
    draw_list(RUN, JOB, title="Your comparisons", opened=entry)


def _start(config: dict[str, Any]) -> None:
    """In a callback: a new run is put at the end of the queue and opened."""
    start_run(RUN, lambda: new_comparison(run_store(), config, owner=owner()))


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
    epochs = [event for event in events if event.get("kind") == "epoch"]
    if not epochs:
        return
    for number, (place, (title, pattern)) in enumerate(zip(st.columns(3), CHARTS.items(), strict=True)):
        lines = {titles[side]: [_number(epoch.get(pattern.format(side))) for epoch in epochs] for side in titles}
        figure = curves([epoch["epoch"] for epoch in epochs], lines, x_title="epoch", y_title=title)
        figure.update_layout(height=300, uirevision="kept")
        if number:
            figure.update_yaxes(range=[0, 1.02])
        last = ", ".join(f"{name} {values[-1]:.3g}" for name, values in lines.items())
        with place:
            st.plotly_chart(figure, config=CONFIG, key=f"{RUN}_{number}", alt=f"{title} by epoch; in the end {last}")
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
    epochs = [event for event in read_events(entry.folder) if event.get("kind") == "epoch"]
    names = [pattern.format(side) for pattern in CHARTS.values() for side in titles]
    columns = {name: [_number(epoch.get(name)) for epoch in epochs] for name in names}
    curves_download({"epoch": [epoch["epoch"] for epoch in epochs]}, columns, key=RUN)


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else math.nan


def _literal(values: dict[str, Any]) -> str:
    lines = ",\n    ".join(f"{key!r}: {value!r}" for key, value in values.items())
    return "{\n    " + lines + ",\n}"
