"""What the settings mean in numbers: output size, cost of the layer, and what the kernel tells about itself."""

from typing import Any

import numpy as np
import streamlit as st

from cnn_core.drawing import enlarge, png, rescaled, significant, to_uint8
from cnn_core.geometry import dilated_size, output_size, padding_amounts
from cnn_core.kernel_analysis import frequency_response, kernel_rank, readable_factors
from cnn_core.layer_cost import compare_costs
from pages.ui.tables import text_table


def size_formula(size: tuple[int, ...], kernel: tuple[int, ...], options: dict[str, Any]) -> None:
    """The output-size formula, first in symbols, then with the numbers of rows and columns."""
    sliding = {name: value for name, value in options.items() if name != "flip"}
    output = output_size(size[:2], kernel, **sliding)
    lines = []
    for axis, letter in enumerate("HW"):
        before, after = padding_amounts(size[axis], kernel[axis], **sliding)
        span = dilated_size(kernel[axis], options["dilation"])
        lines.append(
            rf"{letter}_\text{{out}} &= \left\lfloor \frac{{{size[axis]} + {before} + {after} - {span}}}"
            rf"{{{options['stride']}}} \right\rfloor + 1 = {output[axis]}"
        )
    with st.expander(f"Output size: {output[0]} × {output[1]}", icon=":material/straighten:", expanded=True):
        st.latex(
            r"n_\text{out} = \left\lfloor \frac{n + p_\text{before} + p_\text{after} - (d\,(k - 1) + 1)}{s} "
            r"\right\rfloor + 1"
        )
        st.latex(r"\begin{aligned}" + r"\\".join(lines) + r"\end{aligned}")
        if options["stride"] > 1 and options["dilation"] > 1:
            st.info(
                "Keras refuses a stride above 1 together with a dilation above 1. The numbers here are what it would "
                "mean: "
                "every window of the dilated kernel, then every stride-th of them.",
                icon=":material/info:",
            )


def cost_table(shape: tuple[int, ...], kernel: tuple[int, ...], options: dict[str, Any]) -> None:
    """Parameters and multiply-adds of this layer beside its separable version and a fully connected layer."""
    with st.expander("What a layer like this costs", icon=":material/calculate:"):
        filters = st.number_input(
            "Filters (output channels)", 1, 1024, 32, key="convolution_filters", bind="query-params", width=220
        )
        sliding = {name: value for name, value in options.items() if name != "flip"}
        costs = compare_costs(shape[:2], kernel=kernel, channels=shape[2], filters=int(filters), **sliding)
        base = costs[0]
        text_table(
            [
                {
                    "Layer": f"`{cost.name}`",
                    "Parameters": f"{cost.parameters:,}",
                    "As many as Conv2D": _times(cost.parameters / base.parameters),
                    "Multiply-adds": f"{cost.macs:,}",
                    "As many as Conv2D ": _times(cost.macs / base.macs),
                }
                for cost in costs
            ]
        )
        st.caption(
            f"From {' × '.join(map(str, shape))} to the same output size with {filters} channels; FLOPs = 2 × "
            "multiply-adds."
        )
        for cost in costs:
            st.latex(
                rf"\texttt{{{cost.name}}}:\;\; {cost.parameter_sum} = {_thousands(cost.parameters)}"
                rf"\text{{ parameters}}"
            )


def kernel_facts(kernel: np.ndarray) -> None:
    """Whether the kernel splits into two passes, and which frequencies it lets through."""
    with st.expander("The kernel itself: two passes, and its frequency response", icon=":material/graphic_eq:"):
        left, right = st.columns([3, 2], gap="medium")
        with left:
            _factors(kernel)
        with right:
            response = frequency_response(kernel)
            scaled, low, high = rescaled(response)
            st.image(
                png(enlarge(to_uint8(scaled), side=256)),
                width="stretch",
                caption=f"Gain by frequency, {significant(low)} (black) to {significant(high)} (white)",
                alt="Frequency response of the kernel; zero frequency in the centre",
            )
            st.caption(
                "The centre is zero frequency (flat areas), the edge half a cycle per pixel (the finest pattern). A "
                "blur is "
                "bright in the centre, an edge kernel dark there."
            )


def _factors(kernel: np.ndarray) -> None:
    factors = readable_factors(kernel)
    rows, columns = kernel.shape
    if factors is None:
        rank = kernel_rank(kernel)
        why = (
            "all weights are zero" if rank == 0 else f"its rank is {rank}; only rank 1 splits into a column times a row"
        )
        st.markdown(
            f"**Not separable**: {why}. Each output value takes {rows} · {columns} = {kernel.size} multiply-adds."
        )
        return
    st.markdown(
        f"**Separable**: a column times a row, so two passes of {rows} + {columns} = {rows + columns} multiply-adds "
        "give "
        f"what one pass gives with {kernel.size}."
    )
    if max(kernel.shape) > 11:
        st.caption("The factors are too long to write here.")
        return
    column, row = ([significant(float(value)) for value in factor] for factor in factors)
    st.latex(
        r"\begin{bmatrix}" + r"\\".join(column) + r"\end{bmatrix}\begin{bmatrix}" + " & ".join(row) + r"\end{bmatrix}"
    )


def _times(ratio: float) -> str:
    return f"{ratio:,.0f} times" if ratio >= 100 else f"{significant(ratio)} times"


def _thousands(number: int) -> str:
    return f"{number:,}".replace(",", "{,}")
