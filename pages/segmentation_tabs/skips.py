"""One network with its skips on and off: its answer, a close-up of the borders, the feature maps of every level."""

import streamlit as st

from cnn_core.masks import Labels
from cnn_core.segmentation.inside import FILLS, InsideNetwork, fair_fill
from cnn_core.segmentation.inside_levels import Skip, levels_and_skips
from cnn_core.segmentation.starters import segmenter_starters
from cnn_core.starter_models import starter_card
from pages.segmentation_tabs.answer import masks_for, segmenter_of
from pages.segmentation_tabs.feature_maps import draw_feature_maps
from pages.segmentation_tabs.inside_answers import looked, network_of
from pages.segmentation_tabs.inside_code import skips_code
from pages.segmentation_tabs.inside_picture import truth_of
from pages.segmentation_tabs.label_pictures import Answer, answer, draw_answers, draw_close_up, legend
from pages.ui.keras_ready import keras_is_here, wait_for_keras
from pages.ui.lesson import same_in_code, what_happens
from pages.ui.picture import Picture

KEY = "seg_inside"
FILL, NETWORK, AUTOMATIC = f"{KEY}_fill", f"{KEY}_network", "Automatic"
ALL_ON = "All skips on"


def draw(picture: Picture) -> None:
    """Controls, answers, close-up, feature maps."""
    name = _network(picture)
    card = starter_card(name)
    _, skips = levels_and_skips(card.network.builder, card.network.arguments)
    off, fill = _switches(skips)
    places = [st.container() for _ in range(3)]
    with places[0]:
        place = st.empty()
        if not keras_is_here():
            with place.container():
                # LiteRT answers meanwhile, and with the same weights.
                whole_labels = masks_for(segmenter_of(name), picture).labels
                _draw_answers(picture, name, whole=whole_labels, switched=None, key=f"{KEY}_early")
        wait_for_keras("Switches and feature maps")
        network = network_of(name)
        whole = looked(network, picture, off=(), fill=fill)
        seen = looked(network, picture, off=off, fill=fill)
    with place.container():
        switched = seen.masks.labels if off else None
        title = f"Output: without {' and '.join(skip.title.lower() for skip in skips if skip.name in off)}"
        _draw_answers(picture, name, whole=whole.masks.labels, switched=switched, title=title, key=KEY)
    with places[1]:
        draw_feature_maps(network, seen=seen, off=off, key=KEY)
    with places[2]:
        _about(network, off, fill)
        what_happens(
            "On the way down the network finds out what there is and loses where it is; a skip hands fine maps over to "
            "the way up. A skip that is off is replaced before it is joined: by zeros, or by the mean of each of its "
            "channels, which keeps how much there is and takes away where.",
            r"\begin{gathered} s' = g\,s + (1 - g)\,r \\ g \in \{0, 1\}, \quad r \in \{\bar s,\, 0\} \end{gathered}",
        )
        same_in_code({"Python": skips_code(picture, name, off=off, fill=fill)}, key=KEY, file="inside")


def _network(picture: Picture) -> str:
    names = {network_title(name): name for name in segmenter_starters()}
    chosen = st.selectbox(
        "Network",
        [AUTOMATIC, *names],
        key=NETWORK,
        bind="query-params",
        persist_state="session",
        width=320,
        help="Trained networks of this project. U-Nets concatenate features, FCNs add scores.",
    )
    if chosen != AUTOMATIC:
        return names[chosen]
    return "starter_segmenter_people" if picture.scene is None else "starter_segmenter_shapes"


def network_title(name: str) -> str:
    """What a starter is called, and so in the link."""
    return segmenter_of(name).title


def _switches(skips: tuple[Skip, ...]) -> tuple[tuple[str, ...], str]:
    """Which skips are off, from fine to coarse, and what stands in for them."""
    if not skips:
        st.info("FCN-32s has no skips: its scores are enlarged 32 times at once.", icon=":material/info:")
        return (), "zeros"
    off = []
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        for skip in skips:
            title = f"{skip.title}, 1/{skip.stride}" if skip.stride > 1 else skip.title
            if not st.toggle(title, True, key=switch_key(skip.name), bind="query-params", persist_state="session"):
                off.append(skip.name)
        fair = fair_fill(skips)
        # Another key for each kind: what is fair differs.
        fill = st.segmented_control(
            "In its place",
            list(FILLS),
            default=fair,
            required=True,
            format_func=lambda one: FILLS[one].capitalize() + (" (fair)" if one == fair else ""),
            key=f"{FILL}_{fair}",
            bind="query-params",
            width="content",
            help="Behind a concatenation zeros are also a shock: the decoder never saw them, for features are on "
            "average well above zero. Where scores are added zero adds nothing, and is what training began with.",
        )
    return tuple(off), str(fill)


def switch_key(name: str) -> str:
    """The key of a skip's switch."""
    return f"{KEY}_{name}"


def _draw_answers(
    picture: Picture, name: str, *, whole: Labels, switched: Labels | None, key: str, title: str = ""
) -> None:
    card = starter_card(name)
    masks = masks_for(segmenter_of(name), picture)
    names, colours = masks.names, masks.colours
    truth = truth_of(picture, card.classes)
    reference = whole if truth is None else truth
    shown = [] if truth is None else [Answer("The truth", truth)]
    shown.append(Answer(ALL_ON, whole) if truth is None else answer(ALL_ON, whole, truth, len(names)))
    if switched is not None:
        shown.append(answer(title, switched, reference, len(names)))
    if truth is None:
        st.caption(
            "Nobody has said what is right in this picture: figures say how far an answer agrees with that of the "
            "whole network, and not how good it is."
        )
    draw_answers(picture, shown, names=names, colours=colours, key=f"{key}_answer")
    legend(names, colours)
    draw_close_up(picture, shown, reference=reference, names=names, colours=colours, key=f"{key}_close")


def _about(network: InsideNetwork, off: tuple[str, ...], fill: str) -> None:
    st.caption(
        f"{segmenter_of(network.name).about} What a skip's absence costs says how much *this* network relies on it; "
        "one that is trained without skips (tab Train) learns to do with less."
    )
    if off and fill != fair_fill(network.skips):
        st.caption(
            f"In place of a skip: {FILLS[fill]}. The fair replacement here is {FILLS[fair_fill(network.skips)]}."
        )
