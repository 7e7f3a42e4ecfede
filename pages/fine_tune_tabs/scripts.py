"""What belongs to a network taken home: predict.py, the training in plain Keras, the model card, the figures."""

import json
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from cnn_core.errors import InputError
from cnn_core.exports.card import model_card
from cnn_core.exports.job import TRAINING
from cnn_core.exports.predict_script import predict_script
from cnn_core.exports.record import FOLDER, read_exports
from cnn_core.exports.training_package import scratch_script_of
from cnn_core.exports.training_script import training_script
from cnn_core.results.figures_json import figures_as_json
from cnn_core.results.predictions import read_labels, read_predictions
from cnn_core.training.config import JOB as SCRATCH
from cnn_core.training.config import config_of as scratch_config_of
from cnn_core.transfer.config import config_of
from pages.fine_tune_tabs.export_work import ask_for_export, export_work


def draw_scripts(run: Path, values: Mapping[str, Any]) -> None:
    """Each text with its download, then labels and figures.

    Args:
        run: its folder.
        values: of its config.json.
    """
    labels = read_labels(run)
    rows, columns = values["input_size"]
    texts = {"predict.py": predict_script(name=str(values.get("name") or ""), size=(rows, columns))}
    # A run that was broken on purpose, and one that did not keep its network's code, have no script.
    with suppress(InputError):
        texts["train.py, in plain Keras"] = _training_text(run, values, labels)
    texts["Model card"] = model_card(run)
    for (title, text), tab in zip(texts.items(), st.tabs(list(texts)), strict=True):
        with tab:
            if title == "Model card":
                with st.container(border=True, height=420):
                    st.markdown(text)
            else:
                st.code(text, language="python", height=420)
            name = {"Model card": "MODEL_CARD.md"}.get(title, title.split(",")[0])
            with st.container(horizontal=True):
                st.download_button(
                    f"Download {name}",
                    text,
                    file_name=name,
                    mime="text/plain",
                    key=f"fine_tune_{name}",
                    on_click="ignore",
                    icon=":material/download:",
                )
                if name == "train.py":
                    _training_package(run)
    with st.container(horizontal=True):
        st.download_button(
            "labels.txt",
            "".join(f"{label}\n" for label in labels),
            file_name="labels.txt",
            mime="text/plain",
            key="fine_tune_labels",
            on_click="ignore",
            icon=":material/label:",
        )
        st.download_button(
            "figures.json",
            partial(_figures, run),
            file_name="figures.json",
            mime="application/json",
            key="fine_tune_figures",
            on_click="ignore",
            icon=":material/data_object:",
        )


def _training_text(run: Path, values: Mapping[str, Any], labels: tuple[str, ...]) -> str:
    if values.get("job") == SCRATCH:
        return scratch_script_of(run, scratch_config_of(values), classes=labels)
    return training_script(config_of(dict(values)), classes=labels)


def _training_package(run: Path) -> None:
    """train.py alone cannot run where pictures, their list, or trained weights belong beside it."""
    export = read_exports(run).get(TRAINING)
    if export is not None and export.state == "done":
        st.download_button(
            f"Download {export.file}, with all that it needs",
            (run / FOLDER / export.file).read_bytes,
            file_name=export.file,
            mime="application/zip",
            key="fine_tune_training_file",
            on_click="ignore",
            icon=":material/folder_zip:",
        )
    else:
        st.button(
            "Prepare it with all that it needs",
            key="fine_tune_training",
            icon=":material/folder_zip:",
            disabled=export_work(run) is not None,
            on_click=ask_for_export,
            args=(run, [TRAINING]),
        )


def _figures(run: Path) -> str:
    return json.dumps(figures_as_json(read_predictions(run)), indent=1)
