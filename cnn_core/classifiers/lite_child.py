"""The child process of `cnn_core.classifiers.lite_files`: `python -m cnn_core.classifiers.lite_child FOLDER`."""

import os
import sys
from pathlib import Path

from cnn_core.child_process import read_json
from cnn_core.classifiers.imagenet import imagenet_model
from cnn_core.keras_alone import import_keras_alone
from cnn_core.lite_conversion import can_convert, convert

# Visitors come first.
_NICE = 10


def main(folder: Path) -> None:
    """Make the file that task.json names."""
    os.nice(_NICE)
    task = read_json(folder / "task.json")
    import_keras_alone()
    if can_convert():
        convert(imagenet_model(task["name"]), Path(task["path"]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
