"""The files that a finished training offers: its network and its class names."""

from pathlib import Path

import streamlit as st

FILES = (("model.keras", "Keras"), ("model.tflite", "LiteRT"), ("labels.txt", "Class names"))


def draw_run_files(folder: Path, *, key: str) -> None:
    """A download button for each file that is there."""
    for name, kind in FILES:
        path = folder / name
        if path.is_file():
            st.download_button(
                kind,
                path.read_bytes,
                file_name=name,
                mime="application/octet-stream",
                key=f"{key}_download_{name}",
                icon=":material/download:",
                on_click="ignore",
            )
