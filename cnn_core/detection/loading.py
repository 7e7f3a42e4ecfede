"""Any detector by its name or its file."""

from pathlib import Path

from cnn_core.detection.detector import Detector
from cnn_core.detection.hub import PRESETS, load_preset
from cnn_core.detection.own_file import FileOptions, open_file
from cnn_core.detection.saved_model import KNOWN, open_saved_model
from cnn_core.detection.starters import load_starter, starter_detectors
from cnn_core.errors import InputError
from cnn_core.model_downloads import downloaded, is_handle


def load_detector(source: str | Path, *, options: FileOptions | None = None) -> Detector:
    """A detector, ready to look at photos.

    Args:
        source: a name: one of `starter_detectors`, of `hub.PRESETS`, or the handle of a SavedModel on a hub, these two
            downloaded before; or the path of a .keras, .onnx or .tflite file, or of a SavedModel's folder or zip. A str
            is never taken for a path, so that what a visitor types reads no file.
        options: for a file or a SavedModel, what it does not say of itself; of a SavedModel's only the names count.

    Raises:
        InputError: no such detector, one that is not downloaded yet, or a file that cannot be used.

    Example:
        >>> detector = load_detector("starter_detector_shapes")  # doctest: +SKIP
        >>> detector.predict(image).labels  # doctest: +SKIP
        array([0, 3])
    """
    options = options or FileOptions()
    if isinstance(source, Path):
        return _from_path(source, options)
    if source in starter_detectors():
        return load_starter(source)
    if source in PRESETS:
        return load_preset(source)
    if is_handle(source):
        return _from_handle(source, options)
    raise InputError(
        "There is no detector of this name",
        f"Choose one of {', '.join(starter_detectors())}, a preset of KerasHub, or a handle",
        name=source,
    )


def _from_path(path: Path, options: FileOptions) -> Detector:
    if path.is_dir() or path.suffix.lower() == ".zip":
        return open_saved_model(path, name=path.name, names=options.names)
    if not path.is_file():
        raise InputError(f"There is no file {path}", "Check the path")
    return open_file(path.read_bytes(), name=path.name, options=options)


def _from_handle(handle: str, options: FileOptions) -> Detector:
    folder = downloaded(handle)
    if folder is None:
        raise InputError(f"{handle} is not on this machine", "Download it first, or choose a starter")
    title, about = KNOWN.get(handle, (handle, ""))
    given = f", options=FileOptions(names={options.names!r})" if options.names else ""
    imports = "from cnn_core.detection.own_file import FileOptions\n" if options.names else ""
    code = (
        f"from cnn_core.detection.loading import load_detector\n{imports}\n"
        f"detector = load_detector({handle!r}{given})\n"
        "candidates = detector.look(image)\n"
    )
    return open_saved_model(folder, name=title, names=options.names, key=f"handle {handle}", about=about, code=code)
