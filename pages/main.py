"""The navigation, and the shared picture in the sidebar of every page."""

from pathlib import Path

import streamlit as st

from pages.ui import warm_up
from pages.ui.keras_session import keep_keras_session
from pages.ui.picture import shared_picture
from pages.ui.picture_chooser import picture_chooser
from pages.ui.picture_in_use import draw_picture_in_use
from pages.ui.same_photo import same_photo

# Group: (file, title, icon). A file's name is also its page's address.
PAGES = {
    "": [("home.py", "Home", "home")],
    "See": [
        ("convolution.py", "Convolution", "grid_on"),
        ("pooling.py", "Pooling", "grid_view"),
    ],
    "Build": [("architectures.py", "Architectures", "account_tree")],
    "Understand": [
        ("predictions.py", "Predictions", "psychology"),
        ("feature_maps.py", "Feature maps", "stacks"),
        ("attention.py", "Attention", "center_focus_strong"),
        ("losses.py", "Losses", "trending_down"),
    ],
    "Detect & segment": [
        ("detection.py", "Detection", "frame_inspect"),
        ("segmentation.py", "Segmentation", "imagesearch_roller"),
    ],
    "Train": [
        ("fine_tune.py", "Fine-tune", "model_training"),
        ("from_scratch.py", "From scratch", "local_fire_department"),
    ],
}

ICONS = Path(__file__).parents[1] / "assets" / "icons"

keep_keras_session()
st.set_page_config(layout="wide", initial_sidebar_state=320, page_icon=str(ICONS / "icon.svg"))
logo = "logo_dark.svg" if st.context.theme.type == "dark" else "logo_light.svg"
st.logo(str(ICONS / logo), size="large", icon_image=str(ICONS / "icon.svg"))
# Streamlit leaves 6rem above the title and 5rem beside the page: room that the pictures need.
st.html("""<style>
.stMainBlockContainer { padding-top: 3.25rem; padding-inline: clamp(1rem, 3vw, 3rem); }
[class*="st-key-sharp_"] img { image-rendering: pixelated; }
[class*="st-key-wide_"] { overflow-x: auto; }
[class*="st-key-wide_"] :is(th, td) { padding: 0.3rem; font-size: 0.875rem; white-space: nowrap; }
[class*="st-key-strip_"] [data-testid="stHorizontalBlock"] { flex-wrap: nowrap; }
[class*="st-key-strip_"] [data-testid="stColumn"] { min-width: 0; }
[class*="st-key-wide_"] img { min-width: 1500px; }
.katex-display { overflow: auto hidden; padding-block: 2px; }
[data-testid="stMarkdownContainer"] table { display: block; max-width: 100%; overflow-x: auto; }
</style>""")
page = st.navigation(
    {
        group: [
            st.Page(file, title=title, icon=f":material/{icon}:", default=file == "home.py")
            for file, title, icon in rows
        ]
        for group, rows in PAGES.items()
    }
)
with st.sidebar:
    picture_chooser()
    draw_picture_in_use(shared_picture())
try:
    page.run()
    same_photo(page.url_path)
finally:
    warm_up.first_page_drawn.set()
