"""A mask painted over a photo with brush, eraser and polygon: `assets/paint` draws, this side checks and keeps.

A link cannot hold a mask: it holds the mask's digest, and the mask is kept on the server for the browser that painted
it, as uploaded photos are.
"""

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from cnn_core.errors import InputError
from cnn_core.mask_files.label_runs import labels_from_runs, runs_from_labels
from cnn_core.masks import UNSURE, Labels, has_background
from pages.ui.box_picture import PhotoSource
from pages.ui.upload_store import UploadStore, this_browser

_ASSETS = Path(__file__).parents[2] / "assets/paint"
_SCRIPTS = ("elements", "labels", "drawing", "gestures", "paint")
_MASKS_PER_BROWSER = 24
_MASKS_BYTES = 64_000_000
_mount = st.components.v2.component(
    "cnn_paint",
    css=(_ASSETS / "paint.css").read_text(encoding="utf-8"),
    js="\n".join((_ASSETS / f"{name}.js").read_text(encoding="utf-8") for name in _SCRIPTS),
)


@dataclass(frozen=True)
class PaintedMask:
    """A mask as it is kept: its size, packed labels, and the photo and classes that it is about."""

    size: tuple[int, int]
    packed: bytes
    photo: str
    names: tuple[str, ...]

    @property
    def labels(self) -> Labels:
        """(H, W) uint8."""
        return np.frombuffer(zlib.decompress(self.packed), np.uint8).reshape(self.size)


def blank_label(names: Sequence[str]) -> int:
    """What a pixel is that nobody has painted: background, or nothing known where that is no class."""
    return 0 if has_background(names) else UNSURE


def keep_mask(labels: Labels, *, photo: str, names: Sequence[str]) -> str:
    """Keep a mask for the browser that is asking; its digest, for the link.

    Args:
        labels: (H, W) uint8.
        photo: `Picture.key` of the photo.
        names: the class names.
    """
    mask = PaintedMask((labels.shape[0], labels.shape[1]), zlib.compress(labels.tobytes(), 1), photo, tuple(names))
    digest = hashlib.sha256(repr((mask.size, photo, mask.names)).encode() + labels.tobytes()).hexdigest()[:16]
    mask_store().put(this_browser(), digest, mask)
    return digest


def kept_mask(digest: str, *, photo: str, names: Sequence[str]) -> Labels | None:
    """A kept mask of this browser; None where there is none of this photo and these classes."""
    mask = mask_store().get(this_browser(), digest) if digest else None
    if mask is None or (mask.photo, mask.names) != (photo, tuple(names)):
        return None
    return mask.labels


def has_mask(digest: str) -> bool:
    """Whether a mask of this browser is kept, of whichever photo."""
    return mask_store().get(this_browser(), digest) is not None


def mask_painter(
    photo: PhotoSource,
    labels: Labels,
    *,
    photo_key: str,
    key: str,
    target: str,
    alt: str,
    names: Sequence[str],
    colours: Sequence[str],
) -> None:
    """Let a mask be painted; the digest of what there is then goes to a session-state key.

    Args:
        photo: of `photo_source`.
        labels: (H, W) uint8 of the photo's size, to go on from.
        photo_key: `Picture.key`.
        key: unique key of the component.
        target: session_state key that takes the digest, as `keep_mask` gives it.
        alt: what is to be seen.
        names: the class names.
        colours: "#RRGGBB" of each.
    """
    sent: Any = (st.session_state.get(key) or {}).get("edit")
    turn = sent.get("turn") if isinstance(sent, dict) else 0
    _mount(
        key=key,
        data={
            "photo": asdict(photo),
            "key": photo_key,
            "alt": alt,
            "names": list(names),
            "colours": list(colours),
            "blank": blank_label(names),
            "first": min(1, len(names) - 1),
            "runs": runs_from_labels(labels),
            "turn": turn if isinstance(turn, int) else 0,
        },
        on_edit_change=partial(take_painting, key, target, (photo.height, photo.width), photo_key, tuple(names)),
    )


def take_painting(key: str, target: str, size: tuple[int, int], photo_key: str, names: tuple[str, ...]) -> None:
    """Keep the mask that the browser sent and write its digest into `target`; anything else changes nothing."""
    sent: Any = (st.session_state.get(key) or {}).get("edit")
    # What was painted on a photo that has been left is not this one's.
    if not isinstance(sent, dict) or sent.get("photo") != photo_key or not isinstance(sent.get("runs"), str):
        return
    try:
        labels = labels_from_runs(sent["runs"], size)
    except InputError:
        return
    if ((labels < len(names)) | (labels == UNSURE)).all():
        st.session_state[target] = keep_mask(labels, photo=photo_key, names=names)


@st.cache_resource(show_spinner=False)
def mask_store() -> UploadStore[PaintedMask]:
    """The one store of painted masks of this server."""
    return UploadStore(size=lambda mask: len(mask.packed), max_bytes=_MASKS_BYTES, max_per_browser=_MASKS_PER_BROWSER)
