"""Tab Experiments: one thing is switched, two trainings are compared, and the verdict says how sure it is."""

from functools import partial
from typing import Any

import streamlit as st

from cnn_core.child_process import read_json
from cnn_core.errors import InputError
from cnn_core.runs.folder import read_status
from cnn_core.runs.store import RunEntry
from cnn_core.training.experiments import EXPERIMENTS, Experiment
from cnn_core.training.pair_config import EXPERIMENT_JOB, LIMITS, new_pair, pair_of
from cnn_core.training.snippets import run_code
from pages.from_scratch_tabs.pair_curves import draw_over_one_another
from pages.from_scratch_tabs.settings import KEPT, draw_download
from pages.from_scratch_tabs.verdict import draw_verdict
from pages.from_scratch_tabs.words import DATA, PAIR_PHASES, data_name
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.mendable import mendable
from pages.ui.run_live import Watched, draw_live
from pages.ui.runs_here import config_of_run, draw_head, draw_list, draw_opened, draw_start, get_service_ready
from pages.ui.workplace import owner, run_store

KEY, RUN = "scratch_pair", "scratch_pair_run"


def _preset(experiment: str, **controls: Any) -> dict[str, Any]:
    values = {"experiment": experiment, "data": "shapes", "pictures": 0, "epochs": 0, "seed": 0, "seeds": 1}
    return {f"{KEY}_{name}": value for name, value in (values | controls).items()}


PRESETS: dict[str, tuple[str, dict[str, Any]]] = {
    "Other views": ("A few hundred pictures, each in a new view in every epoch.", _preset("augmentation")),
    "A head start": ("The same network with and without what it learned from photos.", _preset("transfer")),
    "Luck or not": (
        "One seed may mislead. With three there is an interval of the difference over the seeds as well.",
        _preset("dropout", seeds=3),
    ),
}


def draw() -> None:
    """The run that is open; which experiment, on what, with how many seeds; the list of one's own runs."""
    what_happens(
        "Two trainings differ in one thing: they have the same pictures in the same order, the same held-out ones, and "
        "the same first weights wherever they have the same layers. The verdict is about the difference of their test "
        "accuracies, picture by picture.",
        r"\hat d = \tfrac{1}{n} \textstyle\sum_i (b_i - a_i), \qquad a_i, b_i \in \{0, 1\}",
    )
    try_this(PRESETS, page=KEY)
    entry = draw_opened(RUN, EXPERIMENT_JOB, _draw_run)
    get_service_ready()
    with mendable(), st.container(border=True):
        _draw_new()
    draw_list(RUN, EXPERIMENT_JOB, title="Your experiments", opened=entry)


def _draw_new() -> None:
    name = st.pills(
        "What is tried",
        list(EXPERIMENTS),
        default="augmentation",
        required=True,
        format_func=lambda key: EXPERIMENTS[key].title,
        key=f"{KEY}_experiment",
        **KEPT,
    )
    experiment = EXPERIMENTS[name]
    st.markdown(f"**{experiment.question}** {experiment.why}")
    st.caption(f":material/visibility: {experiment.look}")
    values: dict[str, Any] = {"job": EXPERIMENT_JOB, "experiment": name}
    with st.expander("Pictures and seeds", icon=":material/tune:"):
        values |= _settings(experiment)
    pair = pair_of(values)
    training = pair.training("second", pair.seed)
    values["name"] = f"{experiment.title}, {data_name(pair.data)}" + (f", {pair.seeds} seeds" if pair.seeds > 1 else "")
    first = experiment.first.label
    st.caption(
        f"{first[:1].upper()}{first[1:]} against {experiment.second.label}: {training.pictures:,} pictures, "
        f"{training.epochs} epochs each"
        + (f", {pair.seeds} times" if pair.seeds > 1 else "")
        + ". At its usual size a "
        "pair takes half a minute to a minute on two free processor cores."
    )
    draw_download(pair.data)
    make = partial(new_pair, run_store(), values, owner=owner())
    draw_start(RUN, "Train both", make, widget=f"{KEY}_start", icon=":material/compare_arrows:")
    seen = experiment.seen or "not yet. What it shows at this size, the verdict will say."
    st.caption(f":material/science: Measured before, on drawn shapes at the usual settings: {seen}")
    same_in_code({"Headless": run_code(values)}, key=KEY)


def _settings(experiment: Experiment) -> dict[str, Any]:
    values: dict[str, Any] = {}
    values["data"] = st.segmented_control(
        "Pictures",
        ["shapes", "cifar10"],
        default="shapes",
        required=True,
        format_func=DATA.__getitem__,
        key=f"{KEY}_data",
        **KEPT,
    )
    if values["data"] not in experiment.data:
        raise InputError("The weights were trained on CIFAR-10: there they prove nothing", "Choose the drawn shapes")
    said = {
        "pictures": ("How many", "To train on. 0: as many as this experiment usually has."),
        "epochs": ("Epochs", "0: as many as this experiment usually has."),
        "seed": ("Seed", "Of first weights, order, views and dropout."),
        "seeds": ("Seeds", "So many pairs are trained one after the other, each with its own seed."),
    }
    with st.container(horizontal=True, gap="medium"):
        for name, (label, what) in said.items():
            low, high = LIMITS[name]
            start, step = int(name == "seeds"), 100 if name == "pictures" else 1
            values[name] = int(
                st.number_input(label, low, high, start, step, key=f"{KEY}_{name}", help=what, width=150, **KEPT)
            )
    return values


def _draw_run(entry: RunEntry) -> None:
    pair = pair_of(config_of_run(entry))
    with st.container(border=True):
        draw_head(entry, RUN)
        curves = partial(draw_over_one_another, labels=pair.labels(), key=RUN)
        draw_live(entry, Watched(RUN, PAIR_PHASES, curves))
        if read_status(entry.folder).state == "done":
            draw_verdict(pair, read_json(entry.folder / "result.json") or {}, key=RUN)
