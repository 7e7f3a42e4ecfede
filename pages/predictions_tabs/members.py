"""Every member's vote: the views as pictures, and under each what the networks say of it."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from cnn_core.classifiers.looked_at import LookedAt
from cnn_core.classifiers.together import Together
from cnn_core.drawing import data_uri, shrink
from pages.ui.words import percent

SIDE = 150
_AGREES, _DIFFERS = "#009E73", "#D55E00"


def draw_members(both: Together, networks: Sequence[LookedAt]) -> None:
    """Draw the views with their votes; a vote for another class than that of all is marked by an outline and a sign."""
    several = len(networks) > 1
    tiles = []
    for place, view in enumerate(both.views):
        votes = "".join(
            _vote(both, number * len(both.views) + place, network.title if several else "")
            for number, network in enumerate(networks)
        )
        source = data_uri(shrink(view.pixels, side=SIDE), lossless=False)
        tiles.append(
            '<figure style="margin:0">'
            f'<img src="{source}" alt="{escape(view.title, quote=True)}" '
            f'style="display:block;max-width:100%;max-height:{SIDE}px;border-radius:4px"><figcaption '
            'style="font-size:.8rem;line-height:1.35;margin-top:3px">'
            f'<span style="opacity:.75">{escape(view.title)}</span>{votes}</figcaption></figure>'
        )
    st.markdown("**Every vote**")
    grid = "display:grid;grid-template-columns:repeat(auto-fill,minmax(130px,1fr));gap:12px 14px"
    st.html(f'<div style="{grid}">{"".join(tiles)}</div>')


def _vote(both: Together, member: int, title: str) -> str:
    vote = int(both.combined.votes[member])
    agrees = vote == both.combined.winner
    name = f"{escape(title)}: " if title else ""
    sign, colour, told = ("✓", _AGREES, "as all") if agrees else ("✗", _DIFFERS, "another answer")
    return (
        f'<div><span style="color:{colour};font-weight:700" title="{told}">{sign}</span> {name}'
        f"<b>{escape(both.label(vote))}</b> {percent(float(both.combined.members[member, vote]))}</div>"
    )
