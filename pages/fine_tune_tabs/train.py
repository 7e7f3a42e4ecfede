"""Tab Train: what is trained and how, what the network will see, an estimate at once, and the button."""

from typing import Any

import streamlit as st

from cnn_core.errors import InputError
from cnn_core.folders.data_set import read_about
from cnn_core.folders.listing import Listing
from cnn_core.runs import client
from cnn_core.runs.script import dict_code
from cnn_core.transfer.new_run import new_training
from pages.fine_tune_tabs.instant import draw_instant
from pages.fine_tune_tabs.opened import VIEW, open_run
from pages.fine_tune_tabs.preprocessing import draw_preprocessing
from pages.fine_tune_tabs.preview import draw_views
from pages.fine_tune_tabs.rate_finder import draw_rate_finder
from pages.fine_tune_tabs.settings import draw_backbone, draw_settings, set_settings
from pages.ui.class_folders import DATA, chosen_listing, kept_listing
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.link import set_controls
from pages.ui.mendable import mendable
from pages.ui.words import plain
from pages.ui.workplace import owner, run_store, service_options

_REFUSED = "fine_tune_train_refused"
FOLLOWS = "fine_tune_follows"

PRESETS = {
    "Quick look": (
        "A head on the frozen network, five epochs: each picture goes through the network once, so this takes seconds.",
        {"fine_tune_method": "feature_extraction", "fine_tune_epochs": 5},
    ),
    "Few pictures": (
        "Mirrored, turned, shifted, lit otherwise: eight views of each picture, and a smaller head that learns less by "
        "heart.",
        {
            "fine_tune_method": "feature_extraction",
            "fine_tune_epochs": 20,
            "fine_tune_dense": 32,
            "fine_tune_rotation": 15.0,
            "fine_tune_shift": 0.1,
            "fine_tune_zoom": 0.1,
            "fine_tune_brightness": 0.1,
            "fine_tune_views": 8,
        },
    ),
    "To the last point": (
        "First the head, then the last layers too, at a hundredth of the learning rate: slow, and often some points "
        "better where there are many pictures.",
        {
            "fine_tune_method": "both",
            "fine_tune_epochs": 10,
            "fine_tune_tuning_epochs": 5,
            "fine_tune_schedule": "cosine",
        },
    ),
}

CODE = """import json
from pathlib import Path

from cnn_core.folders.changes import read_changes
from cnn_core.folders.data_set import listing_that_opens
from cnn_core.folders.listing import read_listing, save_listing
from cnn_core.transfer.config import config_of, default_config

run = Path("run")
run.mkdir(exist_ok=True)
left_out_or_relabelled = read_changes(Path({changes_file!r}))  # none where there is no such file
listing = read_listing({folder!r}, validation={validation}, seed={seed}, changes=left_out_or_relabelled)
save_listing(listing_that_opens(listing), run / "listing.json")
config = default_config(run / "listing.json", backbone="{backbone}")
config |= {changes}
config_of(config)  # says what is out of its range
(run / "config.json").write_text(json.dumps(config))

# Trains, and goes on where it was stopped:
#     python -m cnn_core.transfer run
"""


def draw() -> None:
    """Settings on the left, what they do on the right, the button below."""
    what_happens(
        "A network that has already learned to see turns each picture into features. A new head learns your classes "
        "from them; with fine-tuning, the network's last layers learn along.",
        # In two lines, which fit a phone.
        r"\begin{gathered} p(\text{class} \mid x) = \operatorname{softmax}\big(W\,\phi(x) + b\big) \\"
        r"\min_{W, b\,(,\,\phi)} -\tfrac{1}{N}\textstyle\sum_i \log p(y_i \mid x_i) \end{gathered}",
    )
    listing = chosen_listing()
    if listing is None:
        st.info("Choose pictures in the tab Data first.", icon=":material/photo_library:")
        return
    # Keras is loaded once for all runs, in a process of its own: by the time of the click it is there.
    client.ensure_service(run_store().folder, service_options())
    try_this(PRESETS, page="fine_tune_train")
    data_id = DATA.get()
    title = DATA.title(data_id) if data_id else listing.root.name
    left, right = st.columns([5, 6], gap="large")
    with left:
        backbone = draw_backbone()
        name = st.text_input(
            "Name of the run", placeholder=title, max_chars=200, key="fine_tune_name", persist_state="session"
        )
        config = draw_settings(backbone, name=name or title)
        _button(config, title)
    with right:
        _counts(listing)
        draw_instant(listing, config)
        with mendable():
            draw_views(listing, config)
        # What is folded costs nothing: twice the features are computed for it.
        with st.expander(
            "Right and wrong preprocessing",
            icon=":material/compare:",
            key="fine_tune_preprocessing",
            on_change="rerun",
            bind="query-params",
        ) as part:
            if part.open:
                with mendable():
                    draw_preprocessing(listing, backbone, config)
        draw_rate_finder(config)
    if data_id is not None:
        same_in_code({"Headless": _code(data_id, listing, config)}, key="fine_tune_train")


def _button(config: dict[str, Any], title: str) -> None:
    if follows := st.session_state.get(FOLLOWS):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(":material/history: It will be compared with the run before it.", width="stretch")
            st.button(
                "Do not", key="fine_tune_unfollow", type="tertiary", on_click=st.session_state.pop, args=(FOLLOWS,)
            )
    st.button(
        "Train",
        type="primary",
        icon=":material/model_training:",
        key="fine_tune_start",
        width="stretch",
        on_click=_start,
        args=(config, title, follows),
    )
    if refused := st.session_state.pop(_REFUSED, None):
        st.error(refused, icon=":material/error:")


def _start(config: dict[str, Any], title: str, follows: str | None) -> None:
    """In a callback: a new run is put at the end of the queue and opened; what is refused is said below the button."""
    data = {"name": title} | ({"follows": follows} if follows else {})
    try:
        run = new_training(run_store(), config, kept_listing(), owner=owner(), data=data)
        client.submit(run, service_options())
    except InputError as error:
        st.session_state[_REFUSED] = str(error)
        return
    st.session_state.pop(FOLLOWS, None)
    open_run(run.name)


def train_again(config: dict[str, Any], run_id: str) -> None:
    """In a callback: open this tab with a run's settings; the new run will be compared with it."""
    set_settings(config)
    st.session_state[FOLLOWS] = run_id
    set_controls({VIEW: "Train"})


def _counts(listing: Listing) -> None:
    counts = listing.counts()
    train, held = (sum(row[part] for row in counts.values()) for part in ("train", "validation"))
    names = ", ".join(plain(label, 24) for label in listing.classes[:8])
    more = f" and {len(listing.classes) - 8} more" if len(listing.classes) > 8 else ""
    st.markdown(
        f"**{len(listing.classes)} classes**: {names}{more}. {train:,} pictures to train on, {held:,} for validation."
    )


def _code(data_id: str, listing: Listing, config: dict[str, Any]) -> str:
    folder = DATA.store.folder(data_id)
    about = read_about(folder)
    options = {key: value for key, value in config.items() if key not in {"job", "data", "backbone", "name"}}
    return CODE.format(
        folder=str(listing.root),
        changes_file=str(folder / "changes.json"),
        validation=about.validation,
        seed=about.seed,
        backbone=config["backbone"],
        changes=dict_code(options),
    )
