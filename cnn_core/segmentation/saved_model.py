"""A visitor's SavedModel as a segmenter. It is code: it runs in a child process that is limited and fenced in."""

from pathlib import Path

from cnn_core.segmentation.own_file import FileOptions, own_code, segmenter_of
from cnn_core.segmentation.segmenter import Segmenter
from cnn_core.untrusted.network_worker import describe
from cnn_core.untrusted.picture_network import PictureNetwork
from cnn_core.untrusted.saved_model_files import saved_model_files


def open_saved_model(source: Path, *, name: str, options: FileOptions | None = None, key: str = "") -> Segmenter:
    """A segmenter from a SavedModel; opening takes as long as importing TensorFlow.

    Args:
        source: the model's folder, or a zip that holds it; it has to stay where it is while the segmenter is used.
        name: what messages call it.
        options: what the model does not say of itself.
        key: the same for the same model; empty takes a new one.

    Raises:
        InputError: no SavedModel, one that takes more than a picture, or without a map among its outputs.
    """
    options = options or FileOptions()
    files = saved_model_files(source, name=name, key=key and f"{key} {options.size}", task={"size": options.size})
    network = PictureNetwork(files, describe(files))
    about = "Your own SavedModel: nothing is known of its training or its licence."
    return segmenter_of(network, options, about=about, code=own_code(source.name, options))
