"""How good a finished run is: accuracy with its interval, on each part, and what is mistaken for what."""

from typing import Any

import streamlit as st

from cnn_core.child_process import read_json
from cnn_core.results.figures import classification_figures
from cnn_core.results.mistakes import most_frequent_mistake
from cnn_core.results.predictions import only, read_predictions
from cnn_core.runs.store import RunEntry
from pages.ui.confusion import confusion_table
from pages.ui.run_files import draw_run_files
from pages.ui.tables import text_table
from pages.ui.words import duration, percent

KEY = "scratch_result"
PARTS = {"test": "Test pictures, seen once, in the end", "validation": "Validation pictures, which chose the epoch"}


def draw_result(entry: RunEntry) -> None:
    """Figures of each part, the confusion matrix of the test part, what the run took, its files."""
    result: dict[str, Any] = read_json(entry.folder / "result.json") or {}
    predictions = read_predictions(entry.folder)
    parts = [part for part in PARTS if part in predictions.parts]
    rows = []
    for part in parts:
        figures = classification_figures(only(predictions, part))
        accuracy = figures.accuracy
        rows.append(
            {
                "": f"**{PARTS[part]}**",
                "Accuracy": percent(accuracy.value),
                "95 % interval": f"{percent(accuracy.low)} to {percent(accuracy.high)}",
                "Pictures": f"{figures.count:,}",
            }
        )
    text_table(rows)
    phase = (result.get("phases") or {}).get("scratch") or {}
    st.caption(
        f"{result.get('parameters', 0):,} parameters · {phase.get('epochs', 0)} epochs, the weights of epoch "
        f"{phase.get('kept_epoch', 0)} are kept · {duration(result.get('seconds') or 0)} on {result.get('device', '')}"
    )
    if parts:
        with st.expander("What is mistaken for what", icon=":material/grid_on:"):
            _confusion(predictions, parts[0])
    with st.container(horizontal=True, gap="small"):
        draw_run_files(entry.folder, key=KEY)


def _confusion(predictions: Any, part: str) -> None:
    matrix = classification_figures(only(predictions, part)).matrix
    classes = predictions.classes
    row, column = most_frequent_mistake(matrix)
    truth, said = (st.session_state.get(f"{KEY}_{name}") for name in ("truth", "said"))
    if truth not in classes or said not in classes:
        truth, said = classes[row], classes[column]
    confusion_table(
        matrix,
        classes,
        key=f"{KEY}_confusion",
        chosen=(str(truth), str(said)),
        truth_target=f"{KEY}_truth",
        said_target=f"{KEY}_said",
    )
    count = int(matrix[classes.index(truth), classes.index(said)])
    st.caption(f"{count:,} of class {truth} were called {said}.")
