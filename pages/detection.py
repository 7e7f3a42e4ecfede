"""Detection: boxes on one's own photo, and what happened between the raw tensor and the box."""

import streamlit as st

from pages.detection_tabs import evaluate, found_boxes, overlap, tensor, train
from pages.ui.mendable import mendable

VIEWS = {
    "Boxes": found_boxes,
    "From tensor to box": tensor,
    "IoU and AP": overlap,
    "Evaluate": evaluate,
    "Train": train,
}

st.title("Detection")
st.markdown("What is in the photo, and where: a network proposes thousands of boxes, and few are left.")

for tab, view in zip(st.tabs(list(VIEWS), key="detection_view", bind="query-params"), VIEWS.values(), strict=True):
    if tab.open:
        with tab, mendable():
            view.draw()
