"""The feature maps of every level as the network is drawn: down on the left, up on the right, skips in between."""

from collections.abc import Sequence

import streamlit as st

from cnn_core.segmentation.inside import InsideNetwork
from cnn_core.segmentation.inside_levels import Level, Skip
from pages.segmentation_tabs.inside_answers import Looked
from pages.ui.lesson import has_room
from pages.ui.pictures import draw, shown


def draw_feature_maps(network: InsideNetwork, *, seen: Looked, off: Sequence[str], key: str) -> None:
    """One row a level, from fine to coarse; below, the bottom."""
    st.markdown("#### Feature maps, level by level")
    st.caption(
        "Of each level the channels that vary most over this picture, and the same ones whatever is switched off; "
        "bright is strong. Scores: vermilion is for the class, blue against it."
    )
    skips = {skip.stride: skip for skip in network.skips}
    down = {level.stride: level for level in network.levels if level.side == "down"}
    up = {level.stride: level for level in network.levels if level.side == "up"}
    bottom = [level for level in network.levels if level.side == "bottom"]
    for stride in sorted(down):
        skip = skips.get(stride)
        _row(network, seen, [down[stride], up.get(stride)], skip, on=skip is not None and skip.name not in off, key=key)
    _row(network, seen, [*bottom, None][:2], None, on=False, key=key)


def _row(
    network: InsideNetwork, seen: Looked, levels: Sequence[Level | None], skip: Skip | None, *, on: bool, key: str
) -> None:
    """A level on either side, and the skip between them; on a phone the skip is above."""
    roomy = has_room()
    first = next(level.layer for level in levels if level is not None)
    with st.container(key=f"strip_{key}_maps_{first}"):
        if skip is not None and not roomy:
            _skip(skip, on=on)
        columns = st.columns([5, 1.2, 5] if roomy else 2, gap="small", vertical_alignment="center")
        for place, level in zip((columns[0], columns[-1]), levels, strict=True):
            if level is not None:
                with place:
                    _level(network, seen, level, key)
        if skip is not None and roomy:
            with columns[1]:
                _skip(skip, on=on)


def _skip(skip: Skip, *, on: bool) -> None:
    if on:
        st.markdown(f":green-badge[:material/arrow_forward: {skip.title}]")
    else:
        st.markdown(f":orange-badge[:material/link_off: {skip.title} off]")


def _level(network: InsideNetwork, seen: Looked, level: Level, key: str) -> None:
    rows, columns = (side // level.stride for side in network.size)
    chosen = seen.chosen[level.layer]
    if level.scores:
        what = ", ".join(network.classes[channel] for channel in chosen.channels)
    else:
        what = f"channels {', '.join(str(channel) for channel in chosen.channels)}"
    caption = f"{columns} × {rows} · {what} · scale to {chosen.limit:.2g}"
    picture = shown(level.title, seen.maps[level.layer], alt=f"{level.title}: {what}", caption=caption, exact=True)
    draw(picture, key=f"{key}_map_{level.layer}")
