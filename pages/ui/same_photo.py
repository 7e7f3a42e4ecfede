"""One photo through everything: a line of links to the same photo, and network, on the other pages."""

from dataclasses import dataclass, field

import streamlit as st

from pages.ui.picture import linked_picture

# The network that is looked at goes along with the picture; the rest of an address belongs to its page.
NETWORK = "network_"


@dataclass(frozen=True)
class Place:
    """A page that works on the shared picture.

    Attributes:
        title: what the link is called.
        opens: what a link to it sets besides.
        without: its views that do not work on the picture.
        view: the key of the control that says which of its views is open; by default it follows from the address.
    """

    title: str
    opens: dict[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    view: str = ""


# By the page's address, in the order of the navigation.
PLACES = {
    "convolution": Place("Convolution"),
    "pooling": Place("Pooling"),
    "architectures": Place("Receptive fields", {"architectures_one_picture": "Receptive field"}, ("Compare",)),
    "predictions": Place("Predictions"),
    "feature_maps": Place("Feature maps"),
    "attention": Place("Attention", without=("Cost",)),
    "detection": Place("Detection", without=("Evaluate", "Train")),
    "segmentation": Place("Segmentation", without=("Evaluate", "Train")),
    "from_scratch": Place(
        "Learn a kernel",
        {"scratch_view": "Learn a kernel"},
        ("Train", "Experiments", "What is wrong here?", "Several devices"),
        view="scratch_view",
    ),
}


def same_photo(here: str) -> None:
    """Draw the line, where the page and its view work on the picture.

    Args:
        here: the page's address.
    """
    place = PLACES.get(here)
    if place is None or st.session_state.get(place.view or f"{here}_view") in place.without:
        return
    network = {name: value for name, value in st.query_params.items() if name.startswith(NETWORK)}
    carried = linked_picture() | network
    st.divider()
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="same_photo"):
        st.markdown("The same photo in:", width="content")
        for address, other in PLACES.items():
            if address != here:
                # The icon is said to be none: a row of words is calmer.
                st.page_link(f"{address}.py", label=other.title, icon="", query_params={**carried, **other.opens})
