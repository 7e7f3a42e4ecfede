"""How good a finished run is: accuracy with its interval, on each part, and what is mistaken for what."""

from typing import Any

import streamlit as st

from cnn_core.child_process import read_json
from cnn_core.classifiers.loading import RUN
from cnn_core.results.figures import classification_figures
from cnn_core.results.mistakes import cell_pictures, most_frequent_mistake
from cnn_core.results.predictions import Predictions, only, read_predictions
from cnn_core.runs.store import RunEntry
from cnn_core.training.config import config_of
from cnn_core.training.data import held_out_picture
from pages.from_scratch_tabs.monitoring import enlarged_source
from pages.ui.confusion import confusion_table
from pages.ui.run_files import draw_run_files
from pages.ui.runs_here import config_of_run
from pages.ui.tables import text_table
from pages.ui.words import counted, duration, percent, plain

KEY = "scratch_result"
_SIDE, _SHOWN = 96, 12
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
            _confusion(entry, only(predictions, parts[0]))
    st.markdown("**Go on with this network**")
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        chosen = {"network_name": RUN + entry.run_id}
        st.page_link("predictions.py", label="Ask it about a photo", icon=":material/psychology:", query_params=chosen)
        st.page_link("feature_maps.py", label="Look inside it", icon=":material/layers:", query_params=chosen)
        opened = {"run": entry.run_id, "fine_tune_view": "Take it away"}
        st.page_link("fine_tune.py", label="Take it away", icon=":material/inventory_2:", query_params=opened)
        draw_run_files(entry.folder, key=KEY)


def _confusion(entry: RunEntry, predictions: Predictions) -> None:
    matrix, classes = classification_figures(predictions).matrix, predictions.classes
    row, column = most_frequent_mistake(matrix)
    truth, said = (st.session_state.get(f"{KEY}_{name}") for name in ("truth", "said"))
    if truth not in classes or said not in classes:
        truth, said = classes[row], classes[column]
    st.caption("A click on a cell shows its pictures.")
    confusion_table(
        matrix,
        classes,
        key=f"{KEY}_confusion",
        chosen=(str(truth), str(said)),
        truth_target=f"{KEY}_truth",
        said_target=f"{KEY}_said",
    )
    pictures = cell_pictures(predictions, truth=str(truth), predicted=str(said))
    st.markdown(f"**{counted(len(pictures), 'picture', 'pictures')}** of {plain(truth)}, called {plain(said)}")
    config = config_of(config_of_run(entry))
    with st.container(horizontal=True, gap="small", key=f"sharp_{KEY}"):
        for picture in pictures[:_SHOWN]:
            pixels = held_out_picture(config, picture.file)
            if pixels is not None:
                with st.container(width=_SIDE, gap="xsmall"):
                    alt = f"A picture of class {truth}, called {said}"
                    st.image(enlarged_source(pixels, _SIDE), width=_SIDE, alt=alt)
                    st.caption(percent(picture.confidence))
