r"""Looking inside U-Net and FCN: the feature maps of every level, with skips switched on and off.

U-Net concatenates what an encoder level found with what comes up from below; FCN adds the scores of a finer stage to
those of a coarser one. A skip $s$ that is switched off is replaced before it is joined:

$$s' = g\,s + (1 - g)\,r, \qquad r = \bar s \text{ (the mean of each channel over the picture)} \text{ or } 0$$

Which replacement is the fair one depends on the joint. Behind a concatenation the decoder expects features that are
never negative and on average well above zero: zeros are also a shock to it. The mean keeps how much there is of each
feature and takes away where it is, which is what a skip carries. Where scores are added, zero adds nothing, and that is
what the skips of an FCN begin with in training; a mean would push every pixel towards the background.

What is lost by switching a skip off says how much this network relies on it. It does not say how good a network would
be that was trained without: that one would have learned to do with less.
"""

import threading
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from cnn_core.arrays import as_rgb
from cnn_core.errors import InputError
from cnn_core.letterbox import framed
from cnn_core.masks import Masks, masks_of
from cnn_core.segmentation.inside_levels import Level, Skip, levels_and_skips
from cnn_core.segmentation.photo_map import over_photo
from cnn_core.segmentation.switched_network import with_switches
from cnn_core.starter_models import keras_starter, starter_card

if TYPE_CHECKING:
    import keras

Floats = npt.NDArray[np.float32]

# What stands in for a skip that is off.
FILLS = {"mean": "its mean", "zeros": "zeros"}
_ANSWER = "predictions"


@dataclass(frozen=True, eq=False)
class Inside:
    """One look into a network.

    Attributes:
        masks: its answer.
        maps: (h, w, C) float32 of each level, by the name of the level's layer.
    """

    masks: Masks
    maps: Mapping[str, Floats]


@dataclass(frozen=True, eq=False)
class InsideNetwork:
    """A segmenter that can be looked into; may be asked from any thread.

    Attributes:
        name: of the starter.
        classes: their names.
        size: rows and columns of its input.
        levels: from the picture to the answer.
        skips: from fine to coarse.
        switched: what `with_switches` made of it.
        placement: how a picture is brought into the input, as `letterbox.framed` has it.
    """

    name: str
    classes: tuple[str, ...]
    size: tuple[int, int]
    levels: tuple[Level, ...]
    skips: tuple[Skip, ...]
    switched: "keras.Model"
    placement: str = "stretch"
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def look(self, image: npt.ArrayLike, *, off: Collection[str] = (), fill: str | None = None) -> Inside:
        """The answer about a picture and all feature maps, in one forward pass.

        Args:
            image: (H, W, 3) in [0, 1].
            off: names of the skips that are switched off.
            fill: one of `FILLS`, what stands in for them; None takes the fair one, `fair_fill`.

        Raises:
            InputError: no picture, an unknown skip or replacement.
        """
        for name in off:
            if name not in {skip.name for skip in self.skips}:
                raise InputError(
                    "The network has no skip of this name",
                    f"Choose from {', '.join(skip.name for skip in self.skips) or 'none'}",
                    skip=name,
                )
        fill = fair_fill(self.skips) if fill is None else fill
        if fill not in FILLS:
            raise InputError("There is no such replacement", f"Choose one of {', '.join(FILLS)}", fill=fill)
        begin = time.perf_counter()
        frame = framed(as_rgb(image), self.size, placement=self.placement)
        on = np.array([[skip.name not in off for skip in self.skips]], np.float32)
        mean = np.full((1, 1), fill == "mean", np.float32)
        resized = time.perf_counter()
        with self._turn:
            given = self.switched.predict_on_batch([frame.image[None], on, mean])
        answered = time.perf_counter()
        maps = {level.layer: np.asarray(given[level.layer], np.float32)[0] for level in self.levels}
        probabilities = over_photo(np.asarray(given[_ANSWER], np.float32)[0], frame)
        seconds = {
            "resize": resized - begin,
            "inference": answered - resized,
            "decoding": time.perf_counter() - answered,
        }
        return Inside(masks_of(probabilities, size=frame.size, names=self.classes, seconds=seconds), maps)


def fair_fill(skips: Collection[Skip]) -> str:
    """What stands in fairly for skips of this kind: zeros where scores are added, else their means.

    Example:
        >>> from cnn_core.segmentation.inside_levels import levels_and_skips
        >>> fair_fill(levels_and_skips("fcn", {"stride": 8})[1]), fair_fill(levels_and_skips("unet", {})[1])
        ('zeros', 'mean')
    """
    return "zeros" if any(skip.adds for skip in skips) else "mean"


@lru_cache(maxsize=8)
def inside_network(name: str) -> InsideNetwork:
    """A starter to look into, built once for all who ask; imports Keras.

    Args:
        name: one of `segmenter_starters()`.

    Raises:
        InputError: no starter of this name, or none that segments.

    Example:
        >>> inside_network("starter_segmenter_shapes").skips[0].title  # doctest: +SKIP
        'Level 1'
    """
    card = starter_card(name)
    levels, skips = levels_and_skips(card.network.builder, card.network.arguments)
    switched = with_switches(
        keras_starter(name),
        joined=[skip.joined for skip in skips],
        outputs=[*(level.layer for level in levels), _ANSWER],
    )
    placement = "stretch" if card.input.resize == "stretch" else "centre"
    return InsideNetwork(name, card.classes, card.input.photo_size, levels, skips, switched, placement)
