"""The job that writes a run's exports: `exports/request.json` says which, `exports/exports.json` how each stands.

It runs in the run service, in a process of its own: converting takes ten seconds to a minute and much memory.
"""

import os
import time
import traceback
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cnn_core.child_process import read_json
from cnn_core.errors import InputError
from cnn_core.exports.comparison import Floats, compare, comparison_pictures
from cnn_core.exports.formats import FORMATS, Format
from cnn_core.exports.record import FOLDER, Export, model_mark, read_exports, write_exports
from cnn_core.exports.training_package import PACKAGE, write_training_package
from cnn_core.results.trained import FILE as MODEL
from cnn_core.results.trained import TrainedNetwork, trained_network

TRAINING = "training"
# Everything that can be asked for.
KINDS = (*FORMATS, TRAINING)
_MOST_REASON = 300


def export_run(run: Path) -> None:
    """Write what `exports/request.json` asks for: {"kinds": ["litert", "onnx", …]}; what is there already is kept.

    A stop file in the folder `exports` is looked for between two files.

    Args:
        run: the run's folder.

    Raises:
        InputError: the request names something that does not exist, or the run has no network.
    """
    request = read_json(run / FOLDER / "request.json")
    kinds = request.get("kinds") if isinstance(request, dict) else None
    wanted = tuple(kinds) if isinstance(kinds, list) else ()
    if not wanted or any(kind not in KINDS for kind in wanted):
        raise InputError("There is no such export", f"Choose among {', '.join(KINDS)}", kinds=kinds)
    write_files(run, wanted)


def write_files(run: Path, kinds: Sequence[str]) -> dict[str, Export]:
    """Write exports, each read again and compared before it is offered; one that fails does not keep the others.

    Args:
        run: the run's folder.
        kinds: among `KINDS`.

    Returns:
        Every export of the run, as `read_exports`.
    """
    folder = run / FOLDER
    folder.mkdir(exist_ok=True)
    exports, mark = read_exports(run), model_mark(run)
    missing = [kind for kind in dict.fromkeys(kinds) if kind not in exports or exports[kind].state != "done"]
    exports |= {kind: Export("waiting", model=mark) for kind in missing}
    write_exports(run, exports)
    network = trained_network(run) if any(kind in FORMATS for kind in missing) else None
    pictures, photos = comparison_pictures(run, network.size) if network else (None, 0)
    for kind in missing:
        if (folder / "stop").exists():
            break
        exports[kind] = Export("working", model=mark)
        write_exports(run, exports)
        begin = time.monotonic()
        try:
            if network is not None and pictures is not None and kind in FORMATS:
                done = _write(run, FORMATS[kind], network, pictures, photos)
            else:
                done = _written(run, write_training_package(run, folder / PACKAGE))
        except InputError as error:
            done = Export("failed", reason=str(error))
        # Converters raise nearly anything on a network that they do not know; the next format may know it.
        except Exception as error:
            traceback.print_exc()
            said = " ".join(str(error).split())[:_MOST_REASON]
            done = Export("failed", reason=f"The converter gave up: {type(error).__name__}: {said}")
        exports[kind] = replace(done, seconds=round(time.monotonic() - begin, 2), model=mark)
        write_exports(run, exports)
    return read_exports(run)


def _write(run: Path, way: Format, network: TrainedNetwork, pictures: Floats, photos: int) -> Export:
    path = run / FOLDER / way.file
    # The ending stays: writers and readers look at it.
    part = path.with_name("part." + path.name)
    try:
        if way.name == "keras":
            # The file that training wrote, and not another one made of it.
            part.write_bytes((run / MODEL).read_bytes())
        else:
            way.write(network.model, part)
        difference = compare(network(pictures), way.read(part), pictures, photos=photos)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return replace(_written(run, path), difference=difference.largest, pictures=difference.pictures)


def _written(run: Path, path: Path) -> Export:
    return Export("done", file=str(path.relative_to(run / FOLDER)), size=path.stat().st_size)
