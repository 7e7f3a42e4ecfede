"""How many pictures each class has to train on and to be judged by, and how they are parted."""

import plotly.graph_objects as go
import streamlit as st

from cnn_core.folders.check_up import CheckUp
from cnn_core.folders.data_set import read_about
from pages.ui.charts import COLOURS, CONFIG
from pages.ui.class_folders import DATA, look_again, split_anew
from pages.ui.mendable import mendable
from pages.ui.tables import text_table
from pages.ui.words import plain

PART_WORDS = {"train": "to train on", "validation": "for validation", "test": "for the test"}
MOST_BARS = 40
_MOST_LETTERS = 22


def draw_counts(data_id: str, found: CheckUp) -> None:
    """The split, where it is ours to choose; bars, and a table."""
    if found.usable.split_by_seed:
        _draw_split(data_id)
    counts = found.counts
    if len(counts) <= MOST_BARS:
        figure = go.Figure()
        labels = list(counts)
        most = max((sum(parts.values()) for parts in counts.values()), default=0)
        for number, (part, words) in enumerate(PART_WORDS.items()):
            values = [counts[label][part] for label in labels]  # type: ignore[index]
            if any(values):
                figure.add_bar(
                    y=labels,
                    x=values,
                    name=words,
                    orientation="h",
                    marker={"color": COLOURS[(1, 5, 2)[number]]},
                    hovertemplate=f"%{{y}}: %{{x:,}} {words}<extra></extra>",
                )
        figure.update_layout(
            barmode="stack",
            height=110 + 30 * len(labels),
            margin={"l": 8, "r": 8, "t": 8, "b": 8},
            legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0, "traceorder": "normal"},
            # Of few pictures Plotly would write halves, rounded.
            xaxis={"title": "pictures", "fixedrange": True, "tickformat": ",d", "dtick": 1 if most <= 8 else None},
            yaxis={
                "autorange": "reversed",
                "fixedrange": True,
                "type": "category",
                "tickvals": labels,
                "ticktext": [label if len(label) <= _MOST_LETTERS else f"{label[:_MOST_LETTERS]}…" for label in labels],
            },
        )
        st.plotly_chart(
            figure,
            key="fine_tune_check_counts",
            config=CONFIG,
            alt="Pictures of each class, to train on, for validation and for the test, as bars",
        )
    text_table(
        [
            {
                "Class": plain(label),
                "To train on": f"{parts['train']:,}",
                "For validation": f"{parts['validation']:,}",
                "For the test": f"{parts['test']:,}",
                "Class weight": f"{found.class_weights[label]:.2f}" if parts["train"] else "–",
            }
            for label, parts in counts.items()
        ]
    )


def _draw_split(data_id: str) -> None:
    about = read_about(DATA.store.folder(data_id))
    keys = f"fine_tune_check_part_{data_id}", f"fine_tune_check_seed_{data_id}"

    def split() -> None:
        with mendable():
            split_anew(data_id, validation=st.session_state[keys[0]] / 100, seed=int(st.session_state[keys[1]]))

    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.slider(
            "For validation",
            5,
            50,
            round(about.validation * 100),
            step=5,
            format="%d %%",
            key=keys[0],
            on_change=split,
            width=300,
            help="Of each class. The same pictures are chosen each time; copies of one picture stay together.",
        )
        st.number_input(
            "Seed",
            0,
            9_999,
            about.seed,
            key=keys[1],
            on_change=split,
            width=130,
            help="Another number chooses other pictures.",
        )
        if about.root:
            st.button("Look again", icon=":material/refresh:", key="fine_tune_check_again", on_click=look_again)
