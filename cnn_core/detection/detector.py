"""The interface that all detectors share."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy.typing as npt

from cnn_core.boxes import Boxes
from cnn_core.detection.candidates import Candidates, found


@dataclass(frozen=True, eq=False)
class Detector:
    """A network that finds boxes.

    Attributes:
        name: what `load_detector` was given.
        title: for people.
        classes: the class names.
        about: what it was trained on, by whom, how good it is: Markdown, one paragraph.
        code: Python that loads it and runs it on `image`, leaving `candidates`; for the page and its tests.
        look: the network's whole answer about an image (H, W, 3) float32 in [0, 1].
    """

    name: str
    title: str
    classes: tuple[str, ...]
    about: str
    code: str
    look: Callable[[npt.NDArray], Candidates]

    def predict(self, image: npt.NDArray, *, threshold: float = 0.35, iou_threshold: float = 0.5) -> Boxes:
        """The boxes of an image (H, W, 3) in [0, 1], in its pixels, best first.

        Raises:
            InputError: no picture, or what the network gives cannot be read.
        """
        return found(self.look(image), threshold=threshold, iou_threshold=iou_threshold)
