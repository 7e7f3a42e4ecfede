"""A page with the crop picker and nothing else; `test_crop.py` starts it."""

import numpy as np
import streamlit as st

from cnn_core.samples import DEFAULT_SAMPLE, sample
from pages.ui.crop import crop_picker

picture = sample(DEFAULT_SAMPLE)
height, width = picture.shape[:2]
side = st.number_input("Side", 1, 64, 16)
st.number_input("Top", 0, height - side, 100, key="top", bind="query-params")
st.number_input("Left", 0, width - side, 120, key="left", bind="query-params")
crop_picker(np.asarray(picture), rows=side, columns=side, key="crop", row_target="top", column_target="left")
st.text(f"Python: {st.session_state.top}, {st.session_state.left}")
