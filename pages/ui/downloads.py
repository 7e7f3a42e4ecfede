"""Buttons that give a file; what they give is made when they are clicked."""

from collections.abc import Callable
from pathlib import PurePosixPath

import streamlit as st


def download(label: str, data: Callable[[], bytes], name: str, mime: str, *, key: str) -> None:
    """One button.

    Args:
        label: its text, whose first word ends its key.
        data: makes the file.
        name: of the file.
        mime: its type.
        key: what its key begins with.
    """
    st.download_button(
        label,
        data,
        file_name=name,
        mime=mime,
        key=f"{key}_{label.split(maxsplit=1)[0].lower()}",
        on_click="ignore",
        icon=":material/download:",
        type="tertiary",
    )


def file_name(name: str) -> str:
    """A picture's name as the name of a file: samples have no ending of their own.

    Example:
        >>> file_name("Scene 3"), file_name("dog.jpg")
        ('Scene 3.png', 'dog.jpg')
    """
    return name if PurePosixPath(name).suffix else f"{name}.png"
