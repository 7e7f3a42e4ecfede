"""The controls of the tab Why: which class, beside which other, by which methods, with which settings."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cnn_core.classifiers.answers import Answer
from cnn_core.classifiers.looked_at import LookedAt
from cnn_core.explain.baseline import FILLS
from cnn_core.explain.inside import Inside
from cnn_core.explain.method_table import METHODS
from cnn_core.explain.methods import Settings

PREFIX = "predictions_why"
METHODS_KEY = f"{PREFIX}_methods"
QUICK = ("grad_cam", "grad_cam_plus_plus", "integrated_gradients")
PREDICTED, NOTHING, SECOND = "the predicted class", "nothing", "the second most probable"
LAST = "the last"
ALL, UNTIL_RIGHT = "all", "until 1 %"


def class_titles(classes: Sequence[str]) -> list[str]:
    """Names of classes as options: two classes of the same name are told apart by their numbers.

    Example:
        >>> class_titles(["crane", "cat", "crane"])
        ['crane (0)', 'cat', 'crane (2)']
    """
    return [f"{name} ({number})" if classes.count(name) > 1 else name for number, name in enumerate(classes)]


def chosen_classes(found: Answer, left: DeltaGenerator, right: DeltaGenerator) -> list[int]:
    """The class that is explained, and the one beside it where there is one; a control in each place."""
    titles = class_titles(found.classes)
    order = found.probabilities.argsort()[::-1]
    wanted = left.selectbox("Why", [PREDICTED, *titles], key=f"{PREFIX}_class", bind="query-params")
    beside = right.selectbox("Beside it", [NOTHING, SECOND, *titles], key=f"{PREFIX}_beside", bind="query-params")
    first = int(order[0]) if wanted == PREDICTED else titles.index(str(wanted))
    if beside == NOTHING:
        return [first]
    return [first, int(order[1]) if beside == SECOND else titles.index(str(beside))]


def chosen_methods(offered: Sequence[str]) -> list[str]:
    """The methods whose maps are shown, in the order of the table."""
    chosen = st.pills(
        "By",
        list(offered),
        selection_mode="multi",
        default=[name for name in QUICK if name in offered],
        format_func=lambda name: METHODS[name].title,
        key=METHODS_KEY,
        bind="query-params",
        wrap=True,
        help="Score-CAM, SmoothGrad and occlusion ask the network many times: seconds with a large one.",
    )
    return [name for name in METHODS if name in (chosen or ())]


def chosen_settings(layers: Sequence[str]) -> Settings:
    """Everything that the methods depend on, folded away."""
    usual = Settings()
    with st.expander("Settings", icon=":material/tune:"), st.container(horizontal=True, gap="medium"):
        layer = st.selectbox(
            "Layer of the Grad-CAM family",
            [LAST, *layers],
            key=f"{PREFIX}_layer",
            bind="query-params",
            width=280,
            help="The maps that are weighed. Earlier layers are finer and know less of classes.",
        )
        fill = st.selectbox(
            "What stands for nothing",
            list(FILLS),
            format_func=FILLS.__getitem__,
            key=f"{PREFIX}_fill",
            bind="query-params",
            width=220,
            help="Shown where Score-CAM and occlusion hide, and the start of integrated gradients.",
        )
        channels = st.selectbox(
            "Maps of Score-CAM",
            ["16", "32", "128", ALL],
            index=1,
            key=f"{PREFIX}_channels",
            bind="query-params",
            width=160,
            help="Those that vary most over the photo.",
        )
        steps = st.selectbox(
            "Steps of integrated gradients",
            ["16", "32", "64", "128", "256", UNTIL_RIGHT],
            index=1,
            key=f"{PREFIX}_steps",
            bind="query-params",
            width=200,
            help="Until the sum of the map is the difference of the scores to 1 %, at most 432 steps.",
        )
        noise = st.slider(
            "Noise of SmoothGrad",
            0.0,
            0.5,
            usual.noise,
            0.05,
            key=f"{PREFIX}_noise",
            bind="query-params",
            width=200,
            help="Deviation, as a share of the range of the input; 0 gives the plain gradient.",
        )
        samples = st.slider(
            "Copies of SmoothGrad", 1, 64, usual.samples, key=f"{PREFIX}_samples", bind="query-params", width=200
        )
        seed = st.number_input("Seed of the noise", 0, 9999, 0, key=f"{PREFIX}_seed", bind="query-params", width=140)
        cells = st.slider(
            "Cells of occlusion along a side", 4, 24, usual.cells, key=f"{PREFIX}_cells", bind="query-params", width=220
        )
        width = st.slider(
            "Hidden square, in cells", 1, 6, usual.width, key=f"{PREFIX}_width", bind="query-params", width=200
        )
    return Settings(
        layer=None if layer == LAST else str(layer),
        fill=str(fill),
        channels=None if channels == ALL else int(channels),
        steps=None if steps == UNTIL_RIGHT else int(steps),
        noise=float(noise),
        samples=int(samples),
        seed=int(seed),
        cells=int(cells),
        width=int(width),
    )


def layers_of(network: LookedAt) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The network's layers with maps, and those with weights.

    Raises:
        InputError: it cannot be looked into.
    """
    return _layers(network.key, network)


@st.cache_data(max_entries=32, show_spinner=False)
def _layers(key: str, _network: LookedAt) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return Inside(_network).layers()
