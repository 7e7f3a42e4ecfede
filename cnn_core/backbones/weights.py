"""Where the pretrained weights are, and how they get there: Keras' own folder, so that each is downloaded once.

Does without Keras, so that a page can ask, and a download can show how far it is.
"""

import contextlib
import hashlib
import os
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from cnn_core.backbones.catalog import STARTER, STARTER_MODEL, Backbone, backbone_named
from cnn_core.errors import InputError
from cnn_core.starter_models import STARTERS, starter_card

_CHUNK = 1 << 20
_SECONDS = 30
_MD5_DIGITS = 32


def weights_folder() -> Path:
    """The folder in which Keras keeps pretrained weights: `KERAS_HOME/models`."""
    home = os.environ.get("KERAS_HOME")
    return (Path(home) if home else Path.home() / ".keras") / "models"


def weights_file(name: str) -> Path:
    """Where a backbone's weights are, or will be."""
    return weights_folder() / backbone_named(name).file


def weights_present(name: str) -> bool:
    """Whether a backbone can be used without a download.

    Raises:
        InputError: no such backbone.

    Example:
        >>> import os
        >>> _ = os.environ.setdefault("KERAS_HOME", "/nowhere")
        >>> weights_present("vgg16") in (True, False)
        True
    """
    return STARTER_MODEL in STARTERS if backbone_named(name).name == STARTER else weights_file(name).is_file()


def weights_identity(name: str) -> str:
    """A hash of the weights, to tell features of one set of weights from those of another.

    Raises:
        InputError: no such backbone, or its weights are not here.
    """
    if backbone_named(name).name == STARTER:
        return starter_card(STARTER_MODEL).weights.sha256
    path = weights_file(name)
    if not path.is_file():
        raise InputError(f"The weights of {name} are not on this machine", "Download them first", file=path.name)
    return file_digest(path)


def file_digest(path: Path) -> str:
    """SHA-256 of a file's content; it is read again only when it has changed."""
    entry = path.stat()
    return _digest(path, entry.st_size, entry.st_mtime_ns)


@lru_cache(maxsize=32)
def _digest(path: Path, size: int, modified: int) -> str:  # noqa: ARG001  # the file is read again when it changed
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def download_weights(name: str, *, progress: Callable[[int, int], None] | None = None) -> Path:
    """The file of a backbone's weights, downloaded where it is not here yet; half a file is never left behind.

    Args:
        name: one of `BACKBONES` but the starter, whose weights come with the project.
        progress: called with the bytes so far and the bytes in all (0 where the server does not say).

    Raises:
        InputError: no such backbone, no connection, a full disk, or a file that is not what Keras expects.
    """
    return download_file(backbone_named(name), progress=progress)


def download_file(backbone: Backbone, *, progress: Callable[[int, int], None] | None = None) -> Path:
    """The same for a network that is not one of `BACKBONES`, such as one with its classifier."""
    if backbone.name == STARTER:
        raise InputError("The starter's weights come with CNN Playground", "Choose another backbone to download")
    path = weights_folder() / backbone.file
    if path.is_file():
        return path
    part = path.with_name(f"{path.name}.{uuid.uuid4().hex}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        digest = _fetch(backbone, part, progress)
        if backbone.file_hash and digest != backbone.file_hash:
            raise InputError(
                f"The download of {backbone.title} was damaged on its way",
                "Try again later, or choose the starter, which needs no download",
                file=backbone.file,
            )
        os.replace(part, path)
    # What urllib raises without a network, behind a proxy that refuses, or when the line is cut, is an OSError.
    except OSError as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        megabytes = f"{backbone.weights_bytes / 1e6:.0f} MB"
        raise InputError(
            f"The weights of {backbone.title} ({megabytes}) could not be downloaded: {reason}",
            "Choose the starter, which needs no download, or connect this machine to the internet, "
            f"or put {backbone.url} into {path.parent}",
        ) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    return path


def _fetch(backbone: Backbone, part: Path, progress: Callable[[int, int], None] | None) -> str:
    """Write the file, and return its hash in the kind that the backbone's has."""
    digest = hashlib.md5(usedforsecurity=False) if len(backbone.file_hash) == _MD5_DIGITS else hashlib.sha256()
    with urllib.request.urlopen(backbone.url, timeout=_SECONDS) as answer, part.open("wb") as file:
        total, done = int(answer.headers.get("Content-Length") or 0), 0
        while chunk := answer.read(_CHUNK):
            file.write(chunk)
            digest.update(chunk)
            done += len(chunk)
            if progress:
                progress(done, total)
        if total and done != total:
            raise ConnectionError(f"the connection ended after {done:,} of {total:,} bytes")
    return digest.hexdigest()
