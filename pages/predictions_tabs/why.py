"""Tab Why: six explanations of the answer side by side, and the check of what they are worth."""

import streamlit as st

from cnn_core.classifiers.looked_at import LookedAt
from cnn_core.drawing import png
from cnn_core.errors import InputError
from cnn_core.explain.method_table import METHODS
from cnn_core.explain.snippets import explain_code
from pages.predictions_tabs import why_sanity
from pages.predictions_tabs.asked import answer_of, make_ready
from pages.predictions_tabs.why_maps import Question, draw_cards
from pages.predictions_tabs.why_settings import (
    LAST,
    NOTHING,
    PREDICTED,
    PREFIX,
    QUICK,
    SECOND,
    UNTIL_RIGHT,
    chosen_classes,
    chosen_methods,
    chosen_settings,
    layers_of,
)
from pages.ui.downloads import download
from pages.ui.keras_ready import wait_for_keras
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.network_pick import OWN, network_choice
from pages.ui.picture import shared_picture

# In two lines, which fit a phone.
FORMULA = (
    r"\begin{gathered} \text{map} = \text{method}(\text{network},\ x,\ c) \\"
    r" p^c = \operatorname{softmax}(y)^c \end{gathered}"
)


def _preset(**controls: object) -> dict[str, object]:
    values: dict[str, object] = {"methods": list(QUICK), "class": PREDICTED, "beside": NOTHING, "layer": LAST}
    return {f"{PREFIX}_{name}": value for name, value in (values | {"sanity": False} | controls).items()}


PRESETS: dict[str, tuple[str, dict[str, object]]] = {
    "All six": (
        "They answer six different questions: where they agree, something is likely to matter.",
        _preset(methods=list(METHODS)),
    ),
    "The runner-up": (
        "The same photo, the same network, another class: the scale is the same within a pair.",
        _preset(methods=["grad_cam", "occlusion"], beside=SECOND),
    ),
    "To one per cent": (
        "Integrated gradients with as many steps as make the map's sum the difference of the scores.",
        _preset(methods=["integrated_gradients"], steps=UNTIL_RIGHT),
    ),
    "Is it about the network at all?": (
        "Below, the weights are made random from the last layer down: a map worth its name falls apart.",
        _preset(sanity=True),
    ),
}


def draw() -> None:
    """Network, class and methods above; a card for each method; the check; the code."""
    what_happens(
        "Each method turns the network, the photo x and a class c into a map of the photo. They answer different "
        "questions, and none of them says what the network has understood.",
        FORMULA,
    )
    try_this(PRESETS, page=PREFIX)
    picture = shared_picture()
    columns = st.columns(3, gap="medium")
    with columns[0]:
        network = network_choice()
    if not network.classes:
        raise InputError(
            "This network gives no list of classes, so there is no answer to explain", "Choose another one"
        )
    make_ready(network)
    found = answer_of(network, picture)
    classes = chosen_classes(found, columns[1], columns[2])
    if network.name != OWN:
        wait_for_keras("The explanations")
    layers, learned, offered = _inside(network)
    methods = chosen_methods(offered)
    question = Question(network, picture, found, classes, chosen_settings(layers))
    if not methods:
        st.info("No method is chosen.", icon=":material/touch_app:")
    done = draw_cards(question, methods)
    if learned:
        why_sanity.draw(question, len(learned))
    if done:
        steps = int(done["integrated_gradients"].numbers["steps"]) if "integrated_gradients" in done else 1
        code = explain_code(network.code, list(done), class_index=classes[0], settings=question.settings, steps=steps)
        same_in_code(code, key=PREFIX, file="why")
        photo = "picture.png, which the code reads"
        download(photo, lambda: png(picture.pixels), "picture.png", "image/png", key=PREFIX)


def _inside(network: LookedAt) -> tuple[tuple[str, ...], tuple[str, ...], list[str]]:
    """Layers with maps, layers with weights, and the methods that there are for the network."""
    try:
        layers, learned = layers_of(network)
        return layers, learned, list(METHODS)
    except InputError as error:
        st.info(f"{error}. Occlusion needs its answers alone.", icon=":material/visibility_off:")
        return (), (), ["occlusion"]
