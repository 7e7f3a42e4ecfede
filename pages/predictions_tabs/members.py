"""Every member's vote: the views as pictures, and under each what the networks say of it."""

from collections.abc import Sequence

import streamlit as st

from cnn_core.classifiers.looked_at import LookedAt
from cnn_core.classifiers.together import Together
from cnn_core.drawing import data_uri, shrink
from pages.ui.picture_grid import Cell, Line, picture_grid
from pages.ui.words import percent

SIDE = 150


def draw_members(both: Together, networks: Sequence[LookedAt]) -> None:
    """Draw the views with their votes; one for another class than that of all is marked by a cross."""
    st.markdown("**Every vote**")
    cells = []
    for place, view in enumerate(both.views):
        votes = [
            _vote(both, number * len(both.views) + place, f"{network.title}: " if len(networks) > 1 else "")
            for number, network in enumerate(networks)
        ]
        source = data_uri(shrink(view.pixels, side=SIDE), lossless=False)
        cells.append(Cell(source, view.title, (Line(view.title), *votes)))
    picture_grid(cells, side=SIDE)


def _vote(both: Together, member: int, title: str) -> Line:
    vote = int(both.combined.votes[member])
    agrees = vote == both.combined.winner
    value = percent(float(both.combined.members[member, vote]))
    return Line(title, both.label(vote), f" {value}", agrees, "as all" if agrees else "another answer than that of all")
