"""What this is, a card for each page, and what this machine has."""

import streamlit as st

from pages.ui.picture import shared_picture

st.title("CNN Playground")
st.image(shared_picture().pixels)
