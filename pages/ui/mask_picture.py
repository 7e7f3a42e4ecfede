"""A photo with the class of each pixel: Python sends labels and confidences once, `assets/masks` draws and counts.

How masks are drawn is changed in the browser, without the server; it comes back when a control is let go of, and stands
in the link: `<prefix>_view`, `_opacity`, `_dim`, `_outline`, `_least`, `_hidden` and `_compare`.
"""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from cnn_core.drawing import data_uri
from cnn_core.errors import InputError
from cnn_core.masks import Masks, has_background
from cnn_core.segmentation.overlay import VIEWS, Look
from pages.ui.box_picture import PhotoSource

# Confidences go to the browser in steps of half a percent, rounded down, so that whole percents are compared exactly.
STEPS = 200

_ASSETS = Path(__file__).parents[2] / "assets"
_SCRIPTS = ("boxes/elements", "boxes/view", "masks/composing", "masks/panel", "masks/masks")
_mount = st.components.v2.component(
    "cnn_masks",
    css=(_ASSETS / "masks/masks.css").read_text(encoding="utf-8"),
    js="\n".join((_ASSETS / f"{name}.js").read_text(encoding="utf-8") for name in _SCRIPTS),
)


@dataclass(frozen=True)
class Shown:
    """What is shown of the masks, as the browser last said it.

    Attributes:
        look: how they are drawn.
        least: least confidence of a pixel's class.
        compare: the photo is beside its masks, with a divider between them.
    """

    look: Look
    least: float = 0.0
    compare: bool = False


def shown_masks(masks: Masks, *, prefix: str, model: str) -> Shown:
    """What is shown, from this session or the link, which is brought up to date; hidden labels go with the model.

    Args:
        masks: of the photo.
        prefix: what the keys begin with.
        model: whose labels are hidden.
    """
    default = _default(masks)
    values = {name: _value(f"{prefix}_{name}", read, default[name]) for name, read in _READ.items()}
    if st.session_state.setdefault(f"{prefix}_hidden_of", model) != model:
        st.session_state[f"{prefix}_hidden_of"] = model
        values["hidden"] = default["hidden"]
    for name, value in values.items():
        key = f"{prefix}_{name}"
        st.session_state[key] = value
        if value == default[name]:
            st.query_params.pop(key, None)
        elif st.query_params.get(key) != str(value):
            st.query_params[key] = str(value)
    hidden = {int(label) for label in values["hidden"].split("-") if label}
    look = Look(values["view"], values["opacity"], values["dim"], values["outline"], frozenset(hidden))
    return Shown(look, values["least"], values["compare"])


def mask_picture(
    photo: PhotoSource,
    masks: Masks,
    *,
    key: str,
    prefix: str,
    map_key: str,
    alt: str,
    shown: Shown,
    size: tuple[int, int] | None = None,
) -> None:
    """Draw the photo with its masks, the controls of their look and the legend.

    Args:
        photo: of `photo_source`.
        masks: of it.
        key: unique key of the component.
        prefix: what the keys of the look begin with.
        map_key: tells these masks from others.
        alt: what is to be seen, for those who do not see it.
        shown: of `shown_masks`.
        size: (height, width) of the photo where it is shown reduced: areas are told in its pixels.
    """
    state: Any = (st.session_state.get(key) or {}).get("look")
    look = asdict(shown.look) | {"hidden": sorted(shown.look.hidden), "least": shown.least, "compare": shown.compare}
    labels = np.argsort(-np.bincount(masks.labels.ravel(), minlength=len(masks.names)), kind="stable")
    there = set(np.unique(masks.labels).tolist())
    _mount(
        key=key,
        data={
            "photo": asdict(photo),
            "map": _map_source(map_key, masks),
            "classes": [
                {"label": label, "name": masks.names[label], "colour": masks.colours[label]}
                for label in labels.tolist()
                if label in there
            ],
            "views": VIEWS,
            "look": look,
            "alt": alt,
            "pixels": math.prod(size or masks.size),
            "turn": state.get("turn", 0) if isinstance(state, dict) else 0,
        },
        on_look_change=partial(take_look, key, prefix, len(masks.names)),
    )


def take_look(key: str, prefix: str, classes: int) -> None:
    """Keep what the browser sent, as far as it is a look; anything else changes nothing."""
    sent = (st.session_state.get(key) or {}).get("look")
    if not isinstance(sent, dict):
        return
    hidden = sent.get("hidden")
    if isinstance(hidden, list) and len(hidden) <= classes and all(_is_label(label, classes) for label in hidden):
        sent = sent | {"hidden": "-".join(str(label) for label in sorted(set(hidden))) or NOTHING}
    for name, read in _READ.items():
        try:
            st.session_state[f"{prefix}_{name}"] = read(str(sent[name]))
        except (InputError, KeyError, ValueError):
            continue


# How "nothing is hidden" is written, where the background usually is.
NOTHING = "-"


def _view(text: str) -> str:
    return Look(view=text).view


def _opacity(text: str) -> float:
    return Look(opacity=round(float(text), 4)).opacity


def _outline(text: str) -> int:
    return Look(outline=int(text)).outline


def _least(text: str) -> float:
    return _opacity(text)


def _switch(text: str) -> bool:
    if text not in {"True", "False"}:
        raise ValueError(text)
    return text == "True"


def _hidden(text: str) -> str:
    """Labels with "-" between them.

    Example:
        >>> _hidden("0-3"), _hidden("-")
        ('0-3', '-')
    """
    if not all(label.isdecimal() and int(label) < 255 for label in text.split("-") if label) or len(text) > 1000:
        raise ValueError(text)
    return text


_READ: dict[str, Callable[[str], Any]] = {
    "view": _view,
    "opacity": _opacity,
    "dim": _switch,
    "outline": _outline,
    "least": _least,
    "hidden": _hidden,
    "compare": _switch,
}


def _default(masks: Masks) -> dict[str, Any]:
    look = Look()
    return {
        "view": look.view,
        "opacity": look.opacity,
        "dim": look.dim,
        "outline": look.outline,
        "least": 0.0,
        "hidden": "0" if has_background(masks.names) else NOTHING,
        "compare": False,
    }


def _value(key: str, read: Callable[[str], Any], default: Any) -> Any:
    """What this session has, else the link, if it can be read."""
    given = st.session_state.get(key, st.query_params.get(key))
    try:
        return default if given is None else read(str(given))
    except (InputError, ValueError):
        return default


def _is_label(label: object, classes: int) -> bool:
    return isinstance(label, int) and not isinstance(label, bool) and 0 <= label < classes


@st.cache_data(max_entries=32, show_spinner=False)
def _map_source(key: str, _masks: Masks) -> str:
    """Red is the label, green the confidence: a picture is the quickest way into the browser."""
    steps = np.floor(_masks.confidence * STEPS + 1e-4).clip(0, STEPS).astype(np.uint8)
    return data_uri(np.dstack([_masks.labels, steps, np.zeros_like(steps)]))
