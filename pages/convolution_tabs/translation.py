"""Tab Translation: shift the picture, and see whether the output shifts with it."""

import streamlit as st

from cnn_core.convolution_snippets import translation_snippets
from cnn_core.display import robust_limit
from cnn_core.drawing import signed_heat, significant, to_uint8
from cnn_core.images import to_grey
from cnn_core.translation import Translation, translation_test
from pages.convolution_tabs.kernel import kernel_controls, kernel_preset
from pages.convolution_tabs.layer import layer_controls
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.mendable import mendable
from pages.ui.picture import shared_picture
from pages.ui.pictures import draw_row, shown

FARTHEST = 64
# Differences up to here are rounding of float32.
EXACT = 1e-4
LAYER = {"convolution_dilation": 1, "convolution_flip": False, **kernel_preset("sobel_x")}
PRESETS = {
    "The output moves along": (
        "Stride 1: shifted by 16 pixels, the output is the same output, 16 cells further. The difference is zero "
        "inside.",
        {**LAYER, "convolution_stride": 1, "convolution_padding": "valid", "convolution_dx": 16, "convolution_dy": 0},
    ),
    "One pixel under stride 2": (
        "A shift of one pixel is half an output cell: no shift of the output can match it, and the difference is not "
        "zero.",
        {**LAYER, "convolution_stride": 2, "convolution_padding": "valid", "convolution_dx": 1, "convolution_dy": 0},
    ),
    "The border breaks it": (
        "With zero padding and a blur the border sees invented zeros, and they do not move with the picture.",
        {
            **LAYER,
            **kernel_preset("box_blur", size=9),
            "convolution_stride": 1,
            "convolution_padding": "same",
            "convolution_dx": 0,
            "convolution_dy": 12,
        },
    ),
}


def draw() -> None:
    """Controls on the left; both orders of shifting and convolving on the right."""
    picture = shared_picture()
    try_this(PRESETS, page="convolution_translation")
    left, right = st.columns([1, 2.8], gap="medium")
    with left:
        dx = st.slider(
            "Shift to the right (pixels)", -FARTHEST, FARTHEST, 16, key="convolution_dx", bind="query-params"
        )
        dy = st.slider("Shift down (pixels)", -FARTHEST, FARTHEST, 0, key="convolution_dy", bind="query-params")
        kernel = kernel_controls().weights
        options = layer_controls()
    with right, mendable():
        test = translation_test(to_grey(picture.image), kernel, shift=(dy, dx), **options)
        _verdict(test, options["stride"])
        _tiles(test, picture.name)
        what_happens(
            "Two orders: shift the picture and then convolve, or convolve and then shift the output. Where both give "
            "the same, "
            "the layer is equivariant to translation: a pattern is found wherever it lies, and its place is kept.",
            r"F(T_{\Delta}\,x) \stackrel{?}{=} T_{\Delta / s}\,F(x)",
        )
        snippets = translation_snippets(
            kernel,
            size=picture.pixels.shape[:2],
            shift=(dy, dx),
            **{name: value for name, value in options.items() if name != "flip"},
        )
        if options["flip"]:
            st.caption(
                "The code correlates; for the true convolution rotate its kernel by 180° with `kernel[::-1, ::-1]`."
            )
        same_in_code(snippets, key="convolution_translation")


def _verdict(test: Translation, stride: int) -> None:
    inside, anywhere = significant(test.largest_inside), significant(test.largest)
    steps = f"{test.steps[0]} rows and {test.steps[1]} columns"
    if not test.exact:
        st.warning(
            f"**Not equivariant for this shift.** With stride {stride} only multiples of {stride} pixels are whole "
            "output "
            f"cells; the nearest is {steps}. Largest difference inside: {inside}.",
            icon=":material/close:",
        )
    elif test.largest_inside <= EXACT and test.largest > EXACT:
        st.info(
            f"**Equivariant inside, not at the border.** The output moved by {steps}. Where windows reach padding, "
            f"or the zeros that came in, it differs by up to {anywhere}; away from there by {inside}.",
            icon=":material/info:",
        )
    elif test.largest_inside <= EXACT:
        st.success(
            f"**Equivariant.** The output moved by {steps}; the largest difference anywhere is {anywhere}.",
            icon=":material/check:",
        )
    else:
        st.warning(
            f"The output moved by {steps}, and differs by up to {inside} inside: more than rounding explains.",
            icon=":material/close:",
        )


def _tiles(test: Translation, name: str) -> None:
    limit, _ = robust_limit(test.output)
    outputs = {
        "Difference of the two": test.difference,
        "Convolved, then shifted: T F(x)": test.shifted_output,
        "Shifted, then convolved: F(T x)": test.output_of_shifted,
    }
    pictures = [shown("Shifted input: T x", to_uint8(test.shifted_input), alt=f"{name}, shifted")]
    for label, values in outputs.items():
        pictures.append(shown(label, signed_heat(values, limit=limit), alt=label, exact=True))
    draw_row(pictures, columns=2, key="convolution_translation_picture")
    st.caption(
        f"Outputs and difference share one scale: blue −{significant(limit)} or less, white 0, "
        f"vermilion {significant(limit)} or more."
    )
