"""Masks drawn over their photo, as the page's component draws them: for downloads, at any size.

A pixel is shown where its class is decided and not hidden. Label maps are (H, W) uint8 with `masks.UNSURE` where
nothing is decided; photos (H, W, 3) uint8.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from cnn_core.drawing import rgb
from cnn_core.errors import InputError
from cnn_core.masks import UNSURE, Labels, has_background

Pixels = npt.NDArray[np.uint8]

VIEWS = {"both": "Both", "image": "Image", "mask": "Mask", "cutout": "Cut-out"}
# What is left of the light of pixels that are not shown, with `dim`.
DIMMED = 0.4
WIDEST = 12


@dataclass(frozen=True)
class Look:
    """How masks are drawn.

    Attributes:
        view: one of `VIEWS`: the mask over the photo, the photo alone, the mask alone, or the photo where it is shown.
        opacity: of the colours over the photo, in [0, 1].
        dim: pixels that are not shown are darkened.
        outline: width of the line inside each region, in pixels of the photo; 0 draws none.
        hidden: labels that are not shown.

    Raises:
        InputError: an unknown view, or a number out of range.
    """

    view: str = "both"
    opacity: float = 0.5
    dim: bool = False
    outline: int = 2
    hidden: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if self.view not in VIEWS:
            raise InputError("There is no such view", f"Choose one of {', '.join(VIEWS)}", view=self.view)
        if not 0 <= self.opacity <= 1:
            raise InputError("The opacity is out of range", "Choose one from 0 to 1", opacity=self.opacity)
        if not 0 <= self.outline <= WIDEST:
            raise InputError("The outline is out of range", f"Choose a width of 0 to {WIDEST}", outline=self.outline)


def overlay(pixels: Pixels, labels: Labels, *, colours: Sequence[str], look: Look | None = None) -> Pixels:
    """The photo with its masks, (H, W, 3) uint8; where the view is a cut-out, what is cut away is white.

    Args:
        pixels: the photo.
        labels: of its size, as `masks.decided` gives them.
        colours: "#RRGGBB" of each class.
        look: how they are drawn.

    Raises:
        InputError: labels of another size than the photo.

    Example:
        >>> photo = np.full((1, 2, 3), 100, np.uint8)
        >>> overlay(photo, np.array([[0, 1]], np.uint8), colours=("#000000", "#FFFFFF"),
        ...         look=Look(outline=0, hidden=frozenset({0})))[0, :, 0].tolist()
        [100, 178]
    """
    look = look or Look()
    _check(pixels, labels)
    if look.view == "image":
        return pixels
    if look.view == "cutout":
        cut = np.full_like(pixels, 255)
        cv2.copyTo(pixels, _shown(labels, look.hidden), cut)
        return cut
    drawn = _coloured(labels, colours)
    lines = edges(labels, look.outline) if look.outline and look.view == "both" else None
    coloured = drawn if look.view == "mask" else cv2.addWeighted(pixels, 1 - look.opacity, drawn, look.opacity, 0)
    if lines is not None:
        cv2.copyTo(drawn, lines, coloured)
    rest = np.zeros_like(pixels) if look.view == "mask" else _dimmed(pixels) if look.dim else pixels
    cv2.copyTo(rest, cv2.bitwise_not(_shown(labels, look.hidden)), coloured)
    return np.asarray(coloured, np.uint8)


def over_grey(
    pixels: Pixels, labels: Labels, *, names: Sequence[str], colours: Sequence[str], opacity: float
) -> Pixels:
    """Masks over the photo in grey, so that no colour of the photo misleads; a background stays without colour.

    Args:
        pixels: (H, W, 3) uint8.
        labels: (H, W) uint8.
        names, colours: of the classes.
        opacity: of the masks, in [0, 1].

    Example:
        >>> photo, labels = np.full((1, 2, 3), 90, np.uint8), np.array([[0, 1]], np.uint8)
        >>> over_grey(photo, labels, names=("background", "cat"), colours=("#808080", "#E69F00"), opacity=1.0).tolist()
        [[[90, 90, 90], [230, 159, 0]]]
    """
    hidden = frozenset({0}) if has_background(names) else frozenset()
    plane = np.asarray(cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY), np.uint8)
    look = Look(opacity=opacity, outline=0, hidden=hidden)
    return overlay(np.repeat(plane[..., None], 3, axis=2), labels, colours=colours, look=look)


def cut_out(pixels: Pixels, labels: Labels, *, hidden: Collection[int]) -> Pixels:
    """(H, W, 4) uint8: the photo where a class is shown, and transparent elsewhere.

    Raises:
        InputError: labels of another size than the photo.

    Example:
        >>> cut_out(np.full((1, 2, 3), 9, np.uint8), np.array([[0, 1]], np.uint8), hidden={0})[0].tolist()
        [[9, 9, 9, 0], [9, 9, 9, 255]]
    """
    _check(pixels, labels)
    return np.dstack([pixels, _shown(labels, hidden)])


def edges(labels: Labels, width: int) -> Labels:
    """255 where another label lies within `width` pixels, diagonals counted as one step; else 0.

    Example:
        >>> edges(np.array([[0, 0, 0, 1, 1]], np.uint8), 1).tolist()
        [[0, 0, 255, 255, 0]]
    """
    around = np.ones((2 * width + 1, 2 * width + 1), np.uint8)
    return np.asarray(cv2.compare(cv2.dilate(labels, around), cv2.erode(labels, around), cv2.CMP_NE), np.uint8)


def _coloured(labels: Labels, colours: Sequence[str]) -> Pixels:
    """(H, W, 3) uint8: each label's colour, black where there is none."""
    tints = np.zeros((256, 4), np.uint8)
    tints[: len(colours), :3] = [rgb(colour) for colour in colours]
    # Four bytes are looked up at once: in half the time of three channels, one by one.
    packed = np.asarray(cv2.LUT(labels, tints.view(np.int32).reshape(1, 256)))
    return np.asarray(cv2.cvtColor(packed.view(np.uint8).reshape(*labels.shape, 4), cv2.COLOR_RGBA2RGB), np.uint8)


def _shown(labels: Labels, hidden: Collection[int]) -> Labels:
    """255 where the label is decided and not hidden."""
    table = np.full(256, 255, np.uint8)
    table[[UNSURE, *hidden]] = 0
    return np.asarray(cv2.LUT(labels, table), np.uint8)


def _dimmed(pixels: Pixels) -> Pixels:
    return np.asarray(cv2.convertScaleAbs(pixels, alpha=DIMMED), np.uint8)


def _check(pixels: Pixels, labels: Labels) -> None:
    if labels.shape != pixels.shape[:2]:
        raise InputError(
            "Photo and label map differ in size", "Give both the same size", photo=pixels.shape, labels=labels.shape
        )
