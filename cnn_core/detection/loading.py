"""Any detector by its name."""

from cnn_core.detection.detector import Detector
from cnn_core.detection.starters import load_starter, starter_detectors
from cnn_core.errors import InputError


def load_detector(name: str) -> Detector:
    """A detector, ready to look at photos.

    Args:
        name: one of `starter_detectors`.

    Raises:
        InputError: no such detector.

    Example:
        >>> detector = load_detector("starter_detector_shapes")  # doctest: +SKIP
        >>> detector.predict(image).labels  # doctest: +SKIP
        array([0, 3])
    """
    if name in starter_detectors():
        return load_starter(name)
    raise InputError("There is no detector of this name", f"Choose one of {', '.join(starter_detectors())}", name=name)
