"""Small tables of text, without loading a data-frame library for them."""

from collections.abc import Mapping, Sequence

import streamlit as st


def text_table(rows: Sequence[Mapping[str, object]]) -> None:
    """Draw rows with the same keys; the keys are the header. Cells may hold Markdown."""
    header = list(rows[0])
    lines = [header, ["---"] * len(header), *([str(row[name]) for name in header] for row in rows)]
    st.markdown("\n".join("| " + " | ".join(line) + " |" for line in lines))
