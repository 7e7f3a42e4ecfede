"""ImageNet's classifiers as LiteRT files: four to ten times as fast on one photo as Keras, and without importing it.

A file is made once from the network that Keras has loaded, in a child process of low priority, and kept in
`CNN_PLAYGROUND_HOME/networks`. Until it is there the network answers through Keras.
"""

import contextlib
import os
import subprocess
import tempfile
import threading
from functools import lru_cache
from pathlib import Path

from cnn_core.backbones.weights import file_digest
from cnn_core.child_process import kill_child, start_child, write_json
from cnn_core.classifiers.imagenet import imagenet_network
from cnn_core.lite_network import LiteNetwork

# Where the arithmetic takes all the time there is nothing to gain from another 550 MB.
NO_GAIN = ("vgg16",)
_SECONDS = 600

_one_at_a_time = threading.Lock()
_asked: set[Path] = set()


def networks_folder() -> Path:
    """Where the files are kept."""
    home = os.environ.get("CNN_PLAYGROUND_HOME")
    return (Path(home) if home else Path.home() / ".cnn_playground") / "networks"


def lite_path(name: str) -> Path | None:
    """Where the file of a network is, or will be; None where it has none, or its weights are not here.

    Args:
        name: one of `IMAGENET`.

    Raises:
        InputError: there is none of this name.
    """
    network = imagenet_network(name)
    if name in NO_GAIN or not network.file.is_file():
        return None
    return networks_folder() / f"{name}_{file_digest(network.file)[:16]}.tflite"


def lite_network(name: str) -> LiteNetwork | None:
    """The network through LiteRT; None while it has no file. The last four are kept."""
    path = lite_path(name)
    if path is None:
        return None
    try:
        return _opened(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        return None


def make_behind(name: str) -> threading.Thread | None:
    """Make the file in a process beside this one, if there is none and it has not been tried in this process.

    Returns:
        the thread that watches the process; None where there is nothing to do.
    """
    path = lite_path(name)
    if path is None or path.is_file() or path in _asked:
        return None
    _asked.add(path)
    thread = threading.Thread(target=_make, args=(name, path), name=f"lite-{name}", daemon=True)
    thread.start()
    return thread


def _make(name: str, path: Path) -> None:
    with _one_at_a_time, tempfile.TemporaryDirectory(prefix="cnn-playground-") as place:
        folder = Path(place)
        write_json(folder / "task.json", {"name": name, "path": str(path)})
        process = start_child("cnn_core.classifiers.lite_child", folder, on_gpu=False)
        try:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=_SECONDS)
        finally:
            kill_child(process)


@lru_cache(maxsize=4)
def _opened(path: Path, modified: int) -> LiteNetwork:  # noqa: ARG001  # a file that was made anew is read again
    return LiteNetwork(path.read_bytes())
