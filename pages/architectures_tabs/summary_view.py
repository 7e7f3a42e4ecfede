"""A summary on the page: totals, the table of layers, the chosen layer in detail, pictures, text and code."""

from collections.abc import Callable
from functools import partial

import pandas as pd
import streamlit as st

from cnn_core.network_pictures.kinds import count_text, shape_text
from cnn_core.summary import LayerRow, Summary
from cnn_core.summary_export import to_csv, to_json, to_markdown, to_text
from pages.architectures_tabs.pictures import network_pictures
from pages.ui.lesson import same_in_code

KERAS_TEXT = "keras.Model.summary()"
OPEN = "depends on the input"
BYTES_HELP = "Estimates from the outputs' sizes; libraries add workspace and save what they fuse."


def bytes_text(count: float) -> str:
    """Bytes as a short text.

    Example:
        >>> bytes_text(1536 * 1024)
        '1.5 MB'
    """
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1024 or unit == "GB":
            return f"{count:.0f} {unit}" if unit == "B" or count >= 100 else f"{count:.1f} {unit}"
        count /= 1024
    raise AssertionError("unreachable")


def show_summary(
    summary: Summary, *, key: str, code: Callable[[], str], text: Callable[[], str], text_title: str = KERAS_TEXT
) -> None:
    """Everything a summary tells.

    Args:
        summary: what to show.
        key: start of the widgets' keys; the chosen layer is the control `<key>_layer`.
        code: gives the Keras code of the network.
        text: gives the summary as text.
        text_title: what that text is.
    """
    _totals(summary)
    layer = _layer_control(summary, key)
    network_pictures(summary, key=key, selected=layer.name)
    _detail(layer, summary)
    _table(summary, key, layer.name)
    _downloads(summary, key)
    with st.expander(text_title, icon=":material/notes:", key=f"{key}_text", on_change="rerun") as part:
        if part.open:
            st.code(text(), language=None, height=420)
    same_in_code({"Keras": code()}, key=key, file=summary.name)


def _totals(summary: Summary) -> None:
    figures = {
        "Parameters": (f"{summary.parameters:,}", f"{summary.trainable:,} trainable"),
        "Multiply-adds": (count_text(summary.macs), f"For one picture: {summary.macs:,}. FLOPs = 2 × multiply-adds."),
        "Weights": (bytes_text(summary.weight_bytes), f"Parameters × bytes of {summary.dtype}"),
        "Activations at once": (bytes_text(summary.peak_inference_bytes), f"Predicting a batch. {BYTES_HELP}"),
        "Training": (bytes_text(summary.training_bytes), f"One batch with Adam. {BYTES_HELP}"),
    }
    if not summary.sizes_known:
        for title in ("Multiply-adds", "Activations at once", "Training"):
            figures[title] = (
                OPEN,
                "The network takes pictures of any size; its layers' work and memory follow that size.",
            )
    with st.container(horizontal=True, gap="medium"):
        for title, (figure, note) in figures.items():
            st.metric(title, figure, help=note, width="content")
    if summary.uncounted:
        st.info(
            f"Multiply-adds are not counted for {', '.join(sorted(set(summary.uncounted)))}.", icon=":material/info:"
        )


def _layer_control(summary: Summary, key: str) -> LayerRow:
    rows = {row.name: row for row in summary.rows}
    if st.session_state.get(f"{key}_layer") not in rows:
        st.session_state.pop(f"{key}_layer", None)
    heaviest = max(summary.rows, key=lambda row: row.parameters).name
    name = st.selectbox(
        "Layer",
        list(rows),
        index=list(rows).index(heaviest),
        key=f"{key}_layer",
        bind="query-params",
        help="Also chosen by a click in the graph or in the table.",
    )
    return rows[name]


def _detail(row: LayerRow, summary: Summary) -> None:
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"**{row.name}** · `{row.kind}`" + (f" · {row.detail}" if row.detail else ""))
        inputs = {other.name: other.output_shape for other in summary.rows if other.name in row.inputs}
        source = ", ".join(f"{name} ({shape_text(shape)})" for name, shape in inputs.items()) or "the picture"
        st.markdown(f"From {source} to **{shape_text(row.output_shape)}**.")
        if row.formula:
            st.latex(rf"\text{{parameters}} = {row.formula}")
        figures = [f"{row.macs:,} multiply-adds ({row.macs / max(summary.macs, 1):.1%} of the network)"]
        if not summary.sizes_known:
            figures = [f"multiply-adds: {OPEN}"]
        elif not row.counted:
            figures = ["multiply-adds of this kind of layer are not counted"]
        figures.append(f"output of {bytes_text(row.activation_bytes)}")
        if row.field_size is None:
            figures.append("sees the whole input" if summary.sizes_known else "receptive field not known")
        else:
            figures.append(f"each value sees {row.field_size[0]} × {row.field_size[1]} input pixels")
        st.caption(" · ".join(figures))


def _table(summary: Summary, key: str, selected: str) -> None:
    st.markdown("**Layers**")
    kinds = sorted({row.kind for row in summary.rows})
    chosen = st.multiselect(
        "Only these kinds", kinds, key=f"{key}_kinds", bind="query-params", placeholder="All kinds of layers"
    )
    rows = [row for row in summary.rows if not chosen or row.kind in chosen]
    unknown = "all" if summary.sizes_known else "not known"
    frame = pd.DataFrame(
        {
            "layer": [row.name for row in rows],
            "kind": [row.kind for row in rows],
            "output": [shape_text(row.output_shape) for row in rows],
            "parameters": [row.parameters for row in rows],
            "multiply-adds": [row.macs for row in rows],
            "receptive field": [" × ".join(map(str, row.field_size)) if row.field_size else unknown for row in rows],
            "output memory": [bytes_text(row.activation_bytes) for row in rows],
            "connected to": [", ".join(row.inputs) for row in rows],
            "trainable": [row.trainable for row in rows],
            "field stride": [row.field_stride[0] if row.field_stride else None for row in rows],
            "field start": [row.field_start[0] if row.field_start else None for row in rows],
        }
    )
    names = [row.name for row in rows]
    # A choice made elsewhere marks its row by a new table; one made in the table leaves it, and its place, alone.
    if st.session_state.get(f"{key}_picked") != selected:
        st.session_state[f"{key}_picked"] = st.session_state[f"{key}_anchor"] = selected
    anchor = st.session_state.setdefault(f"{key}_anchor", selected)
    table = f"{key}_table_{len(rows)}_{anchor}"
    marked = [names.index(anchor)] if anchor in names else []
    st.dataframe(
        frame,
        hide_index=True,
        height=380,
        key=table,
        on_select=lambda: _take_row(key, table, names),
        selection_default={"selection": {"rows": marked}},
        selection_mode="single-row",
        column_config={name: st.column_config.NumberColumn(format="localized") for name in ("parameters", "trainable")}
        | {"multiply-adds": st.column_config.NumberColumn(format="localized")},
        alt=f"The {len(rows)} layers of {summary.name}; {selected} is chosen",
    )


def _take_row(key: str, table: str, names: list[str]) -> None:
    chosen = st.session_state[table].selection.rows
    if chosen:
        st.session_state[f"{key}_layer"] = st.session_state[f"{key}_picked"] = names[chosen[0]]


def _downloads(summary: Summary, key: str) -> None:
    files = {
        "CSV": (to_csv, "csv", "text/csv"),
        "JSON": (to_json, "json", "application/json"),
        "Markdown": (to_markdown, "md", "text/markdown"),
        "Text": (to_text, "txt", "text/plain"),
    }
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.markdown("**Download the table**", width="content")
        for title, (export, ending, mime) in files.items():
            st.download_button(
                title,
                partial(export, summary),
                file_name=f"{summary.name}.{ending}",
                mime=mime,
                key=f"{key}_download_{ending}",
                on_click="ignore",
                icon=":material/download:",
                type="tertiary",
            )
