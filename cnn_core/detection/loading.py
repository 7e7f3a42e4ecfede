"""Any detector by its name or its file."""

from pathlib import Path

from cnn_core.detection.detector import Detector
from cnn_core.detection.own_file import FileOptions, open_file
from cnn_core.detection.starters import load_starter, starter_detectors
from cnn_core.errors import InputError


def load_detector(source: str | Path, *, options: FileOptions | None = None) -> Detector:
    """A detector, ready to look at photos.

    Args:
        source: a name, which is one of `starter_detectors`; or the path of a .keras, .onnx or .tflite file. A str is
            never taken for a path, so that what a visitor types reads no file.
        options: for a file, what it does not say of itself.

    Raises:
        InputError: no such detector, or a file that cannot be used.

    Example:
        >>> detector = load_detector("starter_detector_shapes")  # doctest: +SKIP
        >>> detector.predict(image).labels  # doctest: +SKIP
        array([0, 3])
    """
    if isinstance(source, Path):
        if not source.is_file():
            raise InputError(f"There is no file {source}", "Check the path")
        return open_file(source.read_bytes(), name=source.name, options=options)
    if source in starter_detectors():
        return load_starter(source)
    raise InputError(
        "There is no detector of this name", f"Choose one of {', '.join(starter_detectors())}", name=source
    )
