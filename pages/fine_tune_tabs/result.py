"""Tab Result: how good a run's network is, what it mistakes for what, how sure it is, and what changed since before."""

import math

import streamlit as st

from cnn_core.errors import InputError
from cnn_core.results.certainty import too_small_to_tell
from cnn_core.results.figures import Figures, classification_figures
from cnn_core.results.mistakes import most_frequent_mistake
from cnn_core.results.predictions import Predictions, only, read_predictions
from cnn_core.runs.store import RunEntry
from cnn_core.transfer.history import chose_an_epoch
from pages.fine_tune_tabs.before_after import draw_before_after
from pages.fine_tune_tabs.calibration import draw_calibration
from pages.fine_tune_tabs.cell import Waiting, draw_cell, fill_heats
from pages.fine_tune_tabs.corrections import draw_train_again
from pages.fine_tune_tabs.mistakes import draw_mistakes
from pages.fine_tune_tabs.opened import code_folder, finished_run, is_own
from pages.ui.confusion import confusion_table
from pages.ui.lesson import same_in_code, what_happens
from pages.ui.tables import text_table
from pages.ui.words import percent, plain

PARTS = {"validation": "Validation pictures", "test": "Test pictures"}
# So many classes leave room beside their confusion matrix, and beneath it.
_BESIDE = 6
TRUTH, SAID = "fine_tune_truth", "fine_tune_said"

CODE = """from pathlib import Path

from cnn_core.results.calibration import calibration
from cnn_core.results.figures import classification_figures
from cnn_core.results.mistakes import confident_mistakes
from cnn_core.results.predictions import only, read_predictions

predictions = only(read_predictions(Path("{run}")), "{part}")
figures = classification_figures(predictions)
print(figures.accuracy)
print(figures.matrix)
print(confident_mistakes(predictions, count=5))
print(calibration(predictions).error)
"""


def draw() -> None:
    """Everything that is known about the open run's answers."""
    entry = finished_run()
    if entry is None:
        return
    predictions = read_predictions(entry.folder)
    parts = [part for part in PARTS if part in predictions.parts]
    if not parts:
        raise InputError(
            "There were no validation pictures, so nothing was measured", "Choose a part for validation in the tab Data"
        )
    st.markdown(f"#### {plain(entry.name)}")
    part = parts[-1]
    if len(parts) > 1:
        part = st.segmented_control(
            "Measured on",
            parts,
            default="test",
            required=True,
            format_func=PARTS.__getitem__,
            key="fine_tune_part",
            bind="query-params",
        )
    measured = only(predictions, part)
    figures = classification_figures(measured)
    _accuracy(figures, chosen=part == "validation" and chose_an_epoch(entry.folder))
    draw_before_after(entry, measured)
    waiting = _confusion(entry, measured, figures)
    if len(figures.by_class) > _BESIDE:
        with st.expander("Class by class", icon=":material/table_rows:", expanded=len(figures.by_class) <= 12):
            _classes(figures)
    with st.expander(
        "Most confident mistakes", icon=":material/priority_high:", expanded=True, key="fine_tune_open_mistakes"
    ):
        draw_mistakes(entry, measured)
    if is_own(entry):
        draw_train_again(entry)
    with st.expander("Calibration: is it right as often as it says?", icon=":material/balance:", expanded=True):
        draw_calibration(measured)
    what_happens(
        "The network never trained on these pictures. The interval says how far the accuracy may "
        "be off by chance, with so few or so many of them.",
        r"\begin{gathered} \text{precision} = \tfrac{TP}{TP+FP}\quad \text{recall} = \tfrac{TP}{TP+FN} \\"
        r"F_1 = \tfrac{2\,TP}{2\,TP+FP+FN} \end{gathered}",
    )
    same_in_code({"NumPy": CODE.format(run=code_folder(entry), part=part)}, key="fine_tune_result")
    fill_heats(entry, waiting)


def _accuracy(figures: Figures, *, chosen: bool) -> None:
    accuracy = figures.accuracy
    with st.container(horizontal=True, gap="large"):
        st.metric("Accuracy", percent(accuracy.value), width="content")
        st.metric("95 % interval", f"{percent(accuracy.low, 0)} to {percent(accuracy.high, 0)}", width="content")
        st.metric("Pictures", f"{figures.count:,}", width="content")
        st.metric("Mean recall", percent(figures.balanced_accuracy), width="content")
        st.metric("Mean F1", f"{figures.macro_f1:.3f}", width="content")
        if not math.isnan(figures.top5):
            st.metric("Among the first five", percent(figures.top5), width="content")
    for warning in too_small_to_tell(figures):
        st.warning(plain(warning, 500), icon=":material/warning:")
    if chosen:
        st.caption("Training chose its best epoch by these pictures, so the figures are a little too good.")


def _confusion(entry: RunEntry, predictions: Predictions, figures: Figures) -> list[Waiting]:
    classes = predictions.classes
    truth, said = _chosen_cell(figures, classes)
    beside = len(classes) <= _BESIDE
    left, right = st.columns([1, 1], gap="large") if beside else (st.container(), st.container())
    with left:
        st.markdown("**Confusion matrix**: a click on a cell shows its pictures")
        confusion_table(
            figures.matrix,
            classes,
            key="fine_tune_confusion",
            chosen=(truth, said),
            truth_target=TRUTH,
            said_target=SAID,
        )
        if beside:
            _classes(figures)
    with right:
        columns = st.columns(2)
        # Set in the session: a default beside it would be ignored with a warning.
        st.session_state[TRUTH], st.session_state[SAID] = truth, said
        columns[0].selectbox("True class", classes, key=TRUTH, bind="query-params")
        columns[1].selectbox("Predicted class", classes, key=SAID, bind="query-params")
        return draw_cell(entry, predictions, truth=truth, said=said)


def _chosen_cell(figures: Figures, classes: tuple[str, ...]) -> tuple[str, str]:
    """The cell in the link; at first the most frequent mistake, or where there is none, the first class."""
    asked = tuple(st.session_state.get(key) or st.query_params.get(key) for key in (TRUTH, SAID))
    if asked[0] in classes and asked[1] in classes:
        return str(asked[0]), str(asked[1])
    row, column = most_frequent_mistake(figures.matrix)
    return classes[row], classes[column]


def _classes(figures: Figures) -> None:
    text_table(
        [
            {
                "Class": plain(row.name),
                "Precision": percent(row.precision),
                "Recall": percent(row.recall),
                "F1": "–" if math.isnan(row.f1) else f"{row.f1:.3f}",
                "Pictures": f"{row.support:,}",
            }
            for row in figures.by_class
        ]
    )
