"""The interface that all segmenters share."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy.typing as npt

from cnn_core.masks import Masks


@dataclass(frozen=True, eq=False)
class Segmenter:
    """A network that says which class each pixel is.

    Attributes:
        name: what `load_segmenter` was given.
        title: for people.
        classes: the class names.
        about: what it was trained on, by whom, how good it is: Markdown, one paragraph.
        code: Python that loads it and runs it on `image`, leaving `masks`; for the page and its tests.
        input_size: rows and columns that a photo is brought to.
        look: the network's answer about an image (H, W, 3) float32 in [0, 1].
    """

    name: str
    title: str
    classes: tuple[str, ...]
    about: str
    code: str
    input_size: tuple[int, int]
    look: Callable[[npt.NDArray], Masks]

    def predict(self, image: npt.NDArray) -> Masks:
        """The masks of an image (H, W, 3) in [0, 1].

        Raises:
            InputError: no picture, or what the network gives cannot be read.
        """
        return self.look(image)
