"""Any segmenter by its name or its file."""

from pathlib import Path

from cnn_core.errors import InputError
from cnn_core.segmentation.hub import PRESETS, load_preset
from cnn_core.segmentation.own_file import FileOptions, open_file
from cnn_core.segmentation.saved_model import open_saved_model
from cnn_core.segmentation.segmenter import Segmenter
from cnn_core.segmentation.starters import load_starter, segmenter_starters


def load_segmenter(source: str | Path, *, options: FileOptions | None = None) -> Segmenter:
    """A segmenter, ready to look at photos.

    Args:
        source: a name: one of `segmenter_starters` or of `hub.PRESETS`, the latter downloaded before; or the path of a
            .keras, .onnx or .tflite file, or of a SavedModel's folder or zip. A str is never taken for a path, so that
            what a visitor types reads no file.
        options: for a file or a SavedModel, what it does not say of itself.

    Raises:
        InputError: no such segmenter, one that is not downloaded yet, or a file that cannot be used.

    Example:
        >>> segmenter = load_segmenter("starter_segmenter_people")  # doctest: +SKIP
        >>> segmenter.predict(image).labels.max()  # doctest: +SKIP
        1
    """
    if isinstance(source, Path):
        if source.is_dir() or source.suffix.lower() == ".zip":
            return open_saved_model(source, name=source.name, options=options)
        if not source.is_file():
            raise InputError(f"There is no file {source}", "Check the path")
        return open_file(source.read_bytes(), name=source.name, options=options)
    if source in segmenter_starters():
        return load_starter(source)
    if source in PRESETS:
        return load_preset(source)
    raise InputError(
        "There is no segmenter of this name",
        f"Choose one of {', '.join(segmenter_starters())}, or a preset of KerasHub",
        name=source,
    )
