"""Tab Data: bring pictures, and have them checked before anything is trained."""

import streamlit as st


def draw() -> None:
    """Sources, then the check-up."""
    st.info("Bring pictures.", icon=":material/upload:")
