"""The starters that segment, behind the interface of segmenters: through LiteRT, ready without Keras."""

import time
from typing import Any

import numpy.typing as npt

from cnn_core.arrays import as_rgb
from cnn_core.errors import InputError
from cnn_core.letterbox import framed
from cnn_core.masks import Masks, masks_of
from cnn_core.segmentation.photo_map import over_photo
from cnn_core.segmentation.segmenter import Segmenter
from cnn_core.starter_card import StarterCard
from cnn_core.starter_models import STARTERS, lite_starter, starter_card

# The figures that are told; those of single classes stay on the card.
_FIGURES = ("mean IoU", "cell Dice", "membrane Dice", "pixel accuracy")
_CODE = """\
from cnn_core.masks import masks_of
from cnn_core.letterbox import framed
from cnn_core.segmentation.photo_map import over_photo
from cnn_core.starter_models import lite_starter, starter_card

card = starter_card("{name}")
frame = framed(image, card.input.photo_size, placement="{placement}")
probabilities = over_photo(lite_starter(card.name)(frame.image[None])[0], frame)
masks = masks_of(probabilities, size=image.shape[:2], names=card.classes)
"""
_PLACEMENTS = {"stretch": "stretch", "letterbox": "centre"}


def segmenter_starters() -> tuple[str, ...]:
    """The names of the starters that segment.

    Example:
        >>> "starter_classifier" in segmenter_starters()
        False
    """
    return tuple(name for name in STARTERS if starter_card(name).task == "segmentation")


def load_starter(name: str) -> Segmenter:
    """One of `segmenter_starters` as a segmenter; its network is read when it is first asked.

    Raises:
        InputError: no starter of this name, or one that does not segment.

    Example:
        >>> load_starter("starter_segmenter_people").classes  # doctest: +SKIP
        ('background', 'person')
    """
    card = starter_card(name)
    if card.task != "segmentation":
        raise InputError(
            f"{name} answers another question than which class each pixel is",
            f"Choose one of {', '.join(segmenter_starters())}",
            task=card.task,
        )
    placement = _PLACEMENTS[card.input.resize]
    network = lite_starter(name)

    def look(image: npt.NDArray) -> Masks:
        begin = time.perf_counter()
        picture = as_rgb(image)
        frame = framed(picture, card.input.photo_size, placement=placement)
        resized = time.perf_counter()
        raw: Any = network(frame.image[None])
        answered = time.perf_counter()
        probabilities = over_photo(raw[0], frame)
        seconds = {
            "resize": resized - begin,
            "inference": answered - resized,
            "decoding": time.perf_counter() - answered,
        }
        return masks_of(probabilities, size=frame.size, names=card.classes, seconds=seconds)

    return Segmenter(
        name=name,
        title=_title(name),
        classes=card.classes,
        about=about_starter(card),
        code=_CODE.format(name=name, placement=placement),
        input_size=card.input.photo_size,
        look=look,
    )


def about_starter(card: StarterCard) -> str:
    """What a starter tells apart, what it was trained on and how good it is: one paragraph of Markdown."""
    names = card.classes
    data = ", ".join(f"{entry.name} ({entry.pictures:,} pictures; {entry.licence})" for entry in card.data)
    figures = [f"{title} {card.metrics.figures[title]}" for title in _FIGURES if title in card.metrics.figures]
    rows, columns = card.input.photo_size
    way = "letterboxed" if card.input.resize == "letterbox" else "stretched"
    return (
        f"Tells {', '.join(names[:-1])} and {names[-1]} apart. Trained by this project on {data}. On "
        f"{card.metrics.pictures:,} pictures ({card.metrics.held_out}): {', '.join(figures)}; in brackets the 95 % "
        f"interval. The network has {card.network.parameters / 1e6:.1f} million parameters and sees each photo {way} "
        f"to {columns} × {rows} pixels."
    )


def _title(name: str) -> str:
    kind = name.rpartition("_")[2]
    return f"FCN-{kind[3:]}, shapes (starter)" if kind.startswith("fcn") else f"{kind.capitalize()} (starter)"
