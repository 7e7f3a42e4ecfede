"""Tab Maps: all channels of one layer on the photo, in order, and one of them close up."""

import math

import streamlit as st

from cnn_core.activations.layers import MapLayer
from cnn_core.activations.map_pictures import SCALES, Sheet, sheet_of
from cnn_core.activations.snippets import maps_code
from cnn_core.activations.sorting import ORDERS, channel_order, sorted_by
from cnn_core.classifiers.looked_at import LookedAt
from cnn_core.drawing import significant
from pages.feature_maps_tabs.channel import draw_channel
from pages.feature_maps_tabs.controls import CHANNEL, LAYER, chosen_channel, chosen_layer, chosen_network, shape_text
from pages.feature_maps_tabs.map_downloads import map_downloads
from pages.feature_maps_tabs.strongest import draw_strongest
from pages.ui.channel_sheet import channel_sheet, sheet_source
from pages.ui.legend import colour_bar
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.maps_asked import Floats, layers_of, maps_of
from pages.ui.picture import shared_picture
from pages.ui.words import plain

KEY = "feature_maps_maps"
ORDER, SCALE, PAGE = "feature_maps_order", "feature_maps_scale", "feature_maps_page"
VIEW = {"feature_maps_view": "Maps", "network_name": "starter"}
# What is said of each channel: what they are sorted by.
FIGURES = {
    "activation": "the mean of its values",
    "variance": "the variance of its values",
    "similarity": "its correlation with the chosen channel",
    "number": "the mean of its values",
}
# Tiles of one page, and in a row of its picture.
A_PAGE, ACROSS = 32, 8
_TILE = 96

PRESETS = {
    "Edges first": (
        "The first filters are 2 × 2 pixels: each map is an edge, a colour, or what is left of the brightness.",
        {**VIEW, LAYER: "whiten", ORDER: "variance", PAGE: 1},
    ),
    "Deep maps are coarse and rare": (
        "Seven by seven places are left, and most values are near zero: each map waits for something particular.",
        {**VIEW, LAYER: "block3", ORDER: "activation", PAGE: 1},
    ),
    "Nearly the same map twice": (
        "In order of correlation with channel 54: the one behind it finds nearly the same, though nobody asked for a "
        "copy.",
        {**VIEW, LAYER: "block1_conv1", ORDER: "similarity", CHANNEL: 54, PAGE: 1},
    ),
}


def draw() -> None:
    """Controls on the left; the sheet of channels and the chosen one on the right."""
    try_this(PRESETS, page=KEY)
    left, right = st.columns([1, 2.6], gap="medium")
    with left:
        network = chosen_network()
        layer = chosen_layer(layers_of(network))
        picture = shared_picture()
        maps = maps_of(network, picture, layer)
        pages = math.ceil(layer.channels / A_PAGE)
        channel = chosen_channel(maps)
    with right:
        _facts(layer)
        with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
            order = _choice("Order", ORDERS, ORDER)
            scale = _choice("Brightness", SCALES, SCALE)
            page = _page(pages, layer.channels)
        channels = channel_order(maps, order, channel=channel)
        shown = channels[(page - 1) * A_PAGE : page * A_PAGE]
        name = f"{network.key} {picture.key} {layer.name} {scale} {shown}"
        sheet = _sheet(name, scale, shown, maps)
        _draw_sheet(sheet, maps, name=name, chosen=channel, order=order, layer=layer)
        draw_channel(network, picture, layer, maps, channel)
        draw_strongest(network, layer, channel)
        map_downloads(sheet, maps, picture, layer)
        _explain(network, layer, channel, order)


@st.cache_resource(max_entries=48, show_spinner=False)
def _sheet(name: str, scale: str, shown: tuple[int, ...], _maps: Floats) -> Sheet:
    return sheet_of(_maps, shown, scale=scale, across=ACROSS, side=_TILE)


def _choice(label: str, titles: dict[str, str], key: str) -> str:
    chosen = st.segmented_control(
        label,
        list(titles),
        default=next(iter(titles)),
        required=True,
        format_func=titles.__getitem__,
        key=key,
        bind="query-params",
        width="content",
    )
    return str(chosen)


def _page(pages: int, channels: int) -> int:
    """Which page of tiles; 1 where there is only one."""
    if st.session_state.get(PAGE, 1) > pages:
        st.session_state[PAGE] = pages
    if pages == 1:
        return 1
    return int(
        st.number_input(
            f"Page of {pages}",
            1,
            pages,
            1,
            key=PAGE,
            bind="query-params",
            persist_state="session",
            width=140,
            help=f"{channels:,} channels, {A_PAGE} to a page.",
        )
    )


def _facts(layer: MapLayer) -> None:
    words = [f"**{plain(layer.name)}**", plain(layer.kind), f"{shape_text(layer)} (rows × columns × channels)"]
    if layer.detail:
        words.append(plain(layer.detail))
    if layer.field:
        words.append(f"each value sees at most {layer.field[0]} × {layer.field[1]} pixels")
    st.markdown(" · ".join(words))


def _draw_sheet(sheet: Sheet, maps: Floats, *, name: str, chosen: int, order: str, layer: MapLayer) -> None:
    values, what = sorted_by(maps, order, channel=chosen), FIGURES[order]
    channel_sheet(
        sheet_source(name, sheet.picture),
        sheet.channels,
        [f"{one} · {significant(float(values[one]), 2)}" for one in sheet.channels],
        key=f"{KEY}_sheet",
        across=sheet.across,
        down=sheet.down,
        aspect=maps.shape[1] / maps.shape[0],
        chosen=chosen,
        target=CHANNEL,
        side=68,
        label=f"Channels of {layer.name}, with {what} of each; arrow keys move, Enter chooses",
    )
    limit = sheet.limits[0]
    one_scale = len(set(sheet.limits)) == 1
    high = significant(limit, 3) if one_scale else "its largest"
    low = (f"-{high}" if one_scale else "minus that") if sheet.signed else "0"
    colour_bar(low, high, signed=sheet.signed, note=f"Below each tile: its number and {what}.")


def _explain(network: LookedAt, layer: MapLayer, channel: int, order: str) -> None:
    what_happens(
        "The photo goes through the network up to this layer, whose output is a stack of maps: one value for each "
        "place and channel. Channels are in order of the mean of their values, of their variance, or of their "
        "correlation with the chosen one.",
        r"\begin{gathered} \bar a_k = \tfrac{1}{hw} \sum_{ij} a_{ijk} \qquad "
        r"\sigma_k^2 = \tfrac{1}{hw} \sum_{ij} (a_{ijk} - \bar a_k)^2 \\ "
        r"r_{kl} = \frac{\sum_{ij} (a_{ijk} - \bar a_k)(a_{ijl} - \bar a_l)}{h w\, \sigma_k \sigma_l} \end{gathered}",
    )
    code = maps_code(network.code, layer=layer.name, channel=channel, order=order)
    same_in_code({"Python": code}, key=KEY, file="maps")
