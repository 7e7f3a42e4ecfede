"""Which network is looked at: one choice for all pages that look into networks, kept in the link."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from cnn_core.classifiers.imagenet import IMAGENET, download_imagenet, imagenet_present
from cnn_core.classifiers.loading import RUN, STARTER, UNTRAINED, load_looked_at, load_run, title_of
from cnn_core.classifiers.looked_at import LookedAt
from cnn_core.classifiers.untrained import untrained_names
from cnn_core.errors import InputError
from cnn_core.results.trained import model_time
from cnn_core.runs.store import RunEntry
from cnn_core.starter_models import STARTERS, starter_card
from pages.ui.keras_ready import wait_for_keras
from pages.ui.link import keep_choice, linked_choice
from pages.ui.model_offer import model_offer
from pages.ui.network_own import OWN_TITLE, own_network
from pages.ui.runs_here import config_of_run, own_runs
from pages.ui.words import plain
from pages.ui.workplace import owner, run_store

OWN = "own"
# What leaves a classifier: fine-tuning, and training from scratch.
JOBS = ("transfer", "scratch")
MOST_BESIDE = 3
# What can be asked for classes, and what can be looked into besides.
CLASSIFIERS = ("starter", "imagenet", "run", "own")
EVERYTHING = (*CLASSIFIERS, "starters", "untrained")


def network_choice(*, key: str = "network", kinds: Sequence[str] = CLASSIFIERS) -> LookedAt:
    """Draw the choice and give the network; where its weights or its file are still to come the page ends here.

    Args:
        key: what the keys of the widgets begin with; pages that share a network share it.
        kinds: which to offer, of `EVERYTHING`.

    Raises:
        InputError: a download failed, or the visitor's file cannot be used.
    """
    widget = f"{key}_name"
    linked = str(st.query_params.get(widget) or st.session_state.get(f"{widget}_kept") or "")
    names = network_names(kinds, linked=linked)
    linked_choice(widget, names)
    name = st.selectbox("Network", names, format_func=network_title, key=widget, persist_state="session")
    keep_choice(widget, name, default=STARTER)
    network = own_network(f"{key}_own") if name == OWN else _chosen(str(name), key)
    st.caption(plain(network.about, 500))
    return network


def more_networks(first: LookedAt, *, key: str = "network") -> list[LookedAt]:
    """Draw the choice of networks to ask beside the first; those whose weights are here.

    Raises:
        InputError: a run that is gone or has no network.
    """
    others = [name for name in network_names(CLASSIFIERS) if network_present(name) and name != first.name]
    if not others:
        return []
    widget = f"{key}_beside"
    linked_choice(widget, others, many=True)
    names = st.multiselect(
        "Beside it",
        others,
        format_func=network_title,
        key=widget,
        persist_state="session",
        max_selections=MOST_BESIDE,
        placeholder="No other network",
    )
    keep_choice(widget, names, default=[])
    return [network_of(name) for name in names]


def network_names(kinds: Sequence[str], *, linked: str = "") -> list[str]:
    """The networks to choose among, the starter first.

    Args:
        kinds: which, of `EVERYTHING`.
        linked: a name in the link; a run that somebody passed on is offered too.
    """
    names = [STARTER]
    if "imagenet" in kinds:
        names += IMAGENET
    if "run" in kinds:
        runs = [RUN + entry.run_id for entry in own_runs(*JOBS) if entry.status.state == "done"]
        passed_on = linked.startswith(RUN) and linked not in runs and _run(linked) is not None
        names += [*runs, linked] if passed_on else runs
    if "starters" in kinds:
        names += [name for name in STARTERS if starter_card(name).task != "classification"]
    if "untrained" in kinds:
        names += [UNTRAINED + name for name in untrained_names()]
    return [*names, OWN] if "own" in kinds else names


def network_title(name: str) -> str:
    """What people call a network, without loading it."""
    if name == OWN:
        return OWN_TITLE
    if name.startswith(RUN):
        entry = _run(name)
        return f"{entry.name} (trained here)" if entry else "A run that is gone"
    if name in IMAGENET:
        network = IMAGENET[name]
        return f"{network.backbone.title}, ImageNet" + ("" if imagenet_present(name) else _size(name))
    return title_of(name)


def network_present(name: str) -> bool:
    """Whether a network can be asked at once, without a download or a file."""
    return name != OWN and (name not in IMAGENET or imagenet_present(name))


def network_of(name: str) -> LookedAt:
    """A network whose weights are here, loaded once for all visitors.

    Raises:
        InputError: a run that is gone or has no network.
    """
    if name.startswith(RUN):
        entry = run_store().find(name.removeprefix(RUN))
        wait_for_keras("Fine-tuned networks")
        network = _run_network(entry.run_id, model_time(entry.folder), entry)
        if entry.owner == owner():
            return network
        # Where it lies on the server concerns only who made it.
        return replace(network, code=network.code.replace(str(entry.folder), "RUN_FOLDER"))
    return _network(name)


def _chosen(name: str, key: str) -> LookedAt:
    if name in IMAGENET and not imagenet_present(name):
        backbone = IMAGENET[name].backbone
        about = f"{backbone.title}: {backbone.weights_bytes / 1e6:,.0f} MB, licence {backbone.licence}. Kept once here."

        def fetch(progress: Any) -> object:
            return download_imagenet(name, progress=progress)

        model_offer(about, key=f"{key}_imagenet", present=False, download=fetch)
    return network_of(name)


def _size(name: str) -> str:
    return f", {IMAGENET[name].backbone.weights_bytes / 1e6:,.0f} MB to download"


def _run(name: str) -> RunEntry | None:
    """A training of this name; None where there is none."""
    try:
        entry = run_store().find(name.removeprefix(RUN))
    except InputError:
        return None
    return entry if config_of_run(entry).get("job") in JOBS else None


# Each holds its Keras model once it has been looked into: hundreds of megabytes with the largest.
@st.cache_resource(max_entries=6, show_spinner="Loading the network …")
def _network(name: str) -> LookedAt:
    return load_looked_at(name)


@st.cache_resource(max_entries=8, show_spinner="Loading the network …")
def _run_network(run_id: str, made: int, _entry: RunEntry) -> LookedAt:
    return load_run(_entry.folder, title=f"{_entry.name} (trained here)")
