"""A page with the layer graph and nothing else; `?network=` names a fixture. The browser tests start it."""

import streamlit as st

from pages.ui.network_graph import network_graph
from tests.network_fixtures import NETWORKS

st.set_page_config(layout="wide")
name = st.query_params.get("network", "residual")
st.session_state.setdefault("layer", None)
st.text(f"selected: {st.session_state['layer']}")
network_graph(NETWORKS[name](), key="graph", selected=st.session_state["layer"], target="layer", title=name)
