"""What runs share in which a network looks at a folder of pictures: their progress, and a network's file brought along.

Such a run's config.json names a file of its folder `network/` with "file", and says with "options" how it is read.
"""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cnn_core.folders.disk import check_space, writing
from cnn_core.folders.names import safe_part
from cnn_core.runs.folder import stop_asked, write_progress
from cnn_core.runs.store import RunStore
from cnn_core.transfer.watch import StoppedError

PHASE = "looking"
FILES = "network"


def watched_progress(run: Path) -> Callable[[int, int], None]:
    """What to call with the pictures done and of all, from now on.

    Args:
        run: its folder, where the progress is written.

    Returns:
        A function that raises `StoppedError` where the run is to stop.
    """
    started = time.perf_counter()

    def progress(number: int, count: int) -> None:
        seconds = time.perf_counter() - started
        left = round(seconds / number * (count - number), 1) if number else None
        said = {"phase": PHASE, "batch": number, "batches": count, "seconds_left": left}
        said |= {"images_per_second": round(number / seconds, 4) if number else None}
        write_progress(run, said, now=number == count)
        if stop_asked(run):
            raise StoppedError

    return progress


def new_run_with_file(
    store: RunStore, config: Mapping[str, Any], *, owner: str, file: tuple[str, bytes, Mapping[str, Any]] | None
) -> Path:
    """Make a run that waits to be submitted; its folder.

    Args:
        store: of all runs.
        config: of the run.
        owner: whose run it is.
        file: a network's file: its name, its content, and the options with which it is read; kept in the run's folder.

    Raises:
        InputError: a full disk.
    """
    title = str(config.get("name", ""))
    if file is None:
        return store.new(config, owner=owner, name=title)
    name, content, options = file
    kept = safe_part(name)
    run = store.new({**config, "file": kept, "options": dict(options)}, owner=owner, name=title)
    with writing("the network's file"):
        (run / FILES).mkdir()
        check_space(run, len(content), "the network's file")
        (run / FILES / kept).write_bytes(content)
    return run


def brought_file(run: Path, config: Mapping[str, Any]) -> Path | None:
    """The network's file that came with a run; None where its config.json names none.

    Example:
        >>> brought_file(Path("run"), {"file": "net.onnx"})
        PosixPath('run/network/net.onnx')
    """
    return run / FILES / safe_part(str(config["file"])) if config.get("file") else None


def brought_options(config: Mapping[str, Any]) -> dict[str, Any]:
    """How a run's config.json says that its file is read.

    Example:
        >>> brought_options({"options": {"channels": "bgr", "size": [64, 96]}})
        {'channels': 'bgr', 'size': (64, 96)}
    """
    said: dict[str, Any] = dict(config.get("options") or {})
    return {name: tuple(value) if isinstance(value, list) else value for name, value in said.items()}
