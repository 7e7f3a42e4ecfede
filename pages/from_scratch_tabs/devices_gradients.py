"""The gradient of each device's part, their mean, and the gradient of the whole batch: pictures, numbers, verdict."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from cnn_core.drawing import signed_heat, signed_limit, significant
from cnn_core.training.data_parallel import Part, averaged, farthest, mean_loss
from pages.from_scratch_tabs.devices_settings import PREFIX
from pages.ui.pictures import draw_row, shown
from pages.ui.tables import text_table
from pages.ui.words import counted

# What is smaller is rounding.
_NOTHING, _EQUAL = 1e-12, 1e-9


def draw_gradients(parts: Sequence[Part], whole: Part) -> None:
    """A picture for each device, all numbers, and whether the mean is the gradient of the whole batch."""
    mean = averaged(parts)
    _pictures(parts, limit=max(signed_limit(one) for one in (*(part.gradient for part in parts), mean, whole.gradient)))
    rows = [(f"Device {number}", part.gradient, part.loss) for number, part in enumerate(parts, 1)]
    rows += [("**Their mean**", mean, mean_loss(parts)), ("**Whole batch**", whole.gradient, whole.loss)]
    with st.container(key=f"wide_{PREFIX}_numbers"):
        text_table([{"": name, "loss": significant(loss, 4), **_cells(one)} for name, one, loss in rows])
    st.caption("The nine numbers of a 3 × 3 gradient, row by row. The mean counts each device by its crops.")
    off, plain = (farthest(one, whole.gradient) for one in (mean, averaged(parts, by_size=False)))
    with st.container(horizontal=True, gap="medium"):
        st.metric("Off by, at most", _gap(off), border=True)
        say = "The mean that gives each device the same say, however many crops it has"
        st.metric("Plain mean off by", _gap(plain), help=say, border=True)
    if off > _EQUAL:
        st.warning(
            "The mean is not the gradient of the whole batch: batch norm took another mean on each device.",
            icon=":material/difference:",
        )
    else:
        st.success("The mean of the parts is the gradient of the whole batch.", icon=":material/check_circle:")


def draw_norms(parts: Sequence[Part], whole: Part) -> None:
    """What batch norm takes on each device, and on one alone."""
    st.markdown("**What batch norm subtracts and divides by**")
    rows = [(f"Device {number}", part) for number, part in enumerate(parts, 1)] + [("**Whole batch**", whole)]
    text_table(
        [{"": name, "mean": significant(part.mean), "variance": significant(part.variance)} for name, part in rows]
    )
    st.caption(
        "On TensorFlow each device takes those of its own part unless the layer says `synchronized=True`, as trainings "
        "here do. On JAX a batch is one array, wherever its rows lie: batch norm always sees the whole."
    )


def _pictures(parts: Sequence[Part], *, limit: float) -> None:
    st.markdown("**The gradient of each device's part**")
    pictures = [
        shown(
            f"Device {number}",
            signed_heat(part.gradient, limit=limit),
            alt=f"The gradient of device {number}: " + ", ".join(f"{value:.3f}" for value in part.gradient.ravel()),
            caption=f"{counted(len(part.crops), 'crop', 'crops')}, loss {significant(part.loss)}",
        )
        for number, part in enumerate(parts, 1)
    ]
    with st.container(key=f"strip_{PREFIX}_parts"):
        draw_row(pictures, columns=4, key=f"{PREFIX}_parts")


def _cells(gradient: np.ndarray) -> dict[str, str]:
    return {str(number): f"{value:.4f}" for number, value in enumerate(gradient.ravel(), 1)}


def _gap(value: float) -> str:
    return significant(value) if value > _NOTHING else "0"
