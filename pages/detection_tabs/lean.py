"""What is kept of many photos: their boxes alone, for raw grids of a hundred frames would fill the memory."""

from cnn_core.detection.candidates import Candidates
from cnn_core.detection.detector import Detector
from cnn_core.images import load_image

# Candidates of one photo: far more than are ever shown.
MOST = 4_000


def lean_candidates(detector: Detector, file: bytes, *, name: str) -> Candidates:
    """The best candidates of a photo, without the network's raw numbers.

    Args:
        detector: who is asked.
        file: the photo, encoded.
        name: what messages call it.
    """
    seen = detector.look(load_image(file, name=name))
    return Candidates(seen.boxes[:MOST], seen.size, seen.suppressed, seconds=seen.seconds)
