"""Features on disk, so that no picture goes through the same network twice: one SQLite file, shared by all runs.

A feature is found by a hash of everything that it depends on, the picture's content first, so a picture that is renamed
or relabelled keeps its own. Any number of processes may read and write; when the file grows past its limit the features
that were not asked for longest go first.
"""

import hashlib
import sqlite3
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError

MOST_BYTES = 2_000_000_000
_AT_ONCE = 500
Entry = TypeVar("Entry")
_WAIT_SECONDS = 30
_FILE = "features.sqlite"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS features (key BLOB PRIMARY KEY, value BLOB NOT NULL, used REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS features_used ON features (used);
CREATE TABLE IF NOT EXISTS files (path TEXT PRIMARY KEY, size INTEGER, modified INTEGER, digest TEXT) WITHOUT ROWID;
"""


class FeatureCache:
    """Features of pictures in a folder; each method opens the file for itself, so any thread may call it.

    Example:
        >>> import tempfile
        >>> cache = FeatureCache(Path(tempfile.mkdtemp()))
        >>> cache.save({b"key": np.ones(3, np.float32)})
        >>> cache.load([b"key", b"other"])
        {b'key': array([1., 1., 1.], dtype=float32)}
    """

    def __init__(self, folder: Path, *, most_bytes: int = MOST_BYTES) -> None:
        """Use the folder, which is made where it is missing.

        Args:
            folder: for the cache's files.
            most_bytes: of features; less recently used ones are dropped beyond it.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self._path, self._most = folder, folder / _FILE, most_bytes
        with closing(self._open()) as connection, connection:
            connection.executescript(_SCHEMA)

    def load(self, keys: Sequence[bytes]) -> dict[bytes, npt.NDArray[np.float32]]:
        """Those of the features that are here, each (C,) float32."""
        found: dict[bytes, npt.NDArray[np.float32]] = {}
        with closing(self._open()) as connection, connection:
            for some in _chunks(list(keys)):
                marks = ",".join("?" * len(some))
                rows = connection.execute(f"SELECT key, value FROM features WHERE key IN ({marks})", some)
                found |= {bytes(key): np.frombuffer(value, np.float32) for key, value in rows}
            # Only what was not touched for an hour is written to, so that looking stays cheap.
            now = time.time()
            for some in _chunks(list(found)):
                marks = ",".join("?" * len(some))
                connection.execute(
                    f"UPDATE features SET used = ? WHERE used < ? AND key IN ({marks})", [now, now - 3600, *some]
                )
        return found

    def save(self, features: dict[bytes, npt.NDArray[np.float32]]) -> None:
        """Keep these.

        Raises:
            InputError: the disk is full.
        """
        now = time.time()
        rows = [(key, np.ascontiguousarray(value, np.float32).tobytes(), now) for key, value in features.items()]
        try:
            with closing(self._open()) as connection, connection:
                connection.executemany("INSERT OR REPLACE INTO features VALUES (?, ?, ?)", rows)
                if self._path.stat().st_size > self._most:
                    self._drop_oldest(connection)
        except sqlite3.OperationalError as error:
            if "full" not in str(error):
                raise
            raise InputError("The disk is full: features cannot be kept", f"Make room in {self.folder}") from error

    def digests(self, files: Iterable[Path]) -> dict[Path, str]:
        """SHA-256 of each file's content; a file that has not changed since it was last asked for is not read again.

        Raises:
            InputError: a file cannot be read; says which.
        """
        wanted = {path: _state(path) for path in files}
        known = self._known(wanted)
        new = {path: _digest(path) for path in wanted if path not in known}
        if new:
            rows = [(str(path), *wanted[path], digest) for path, digest in new.items()]
            with closing(self._open()) as connection, connection:
                connection.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)", rows)
        return known | new

    def unread(self, files: Iterable[Path]) -> int:
        """How many of the files `digests` would have to read.

        Raises:
            InputError: a file is gone; says which.
        """
        wanted = {path: _state(path) for path in files}
        return len(wanted) - len(self._known(wanted))

    def _known(self, wanted: dict[Path, tuple[int, int]]) -> dict[Path, str]:
        known: dict[Path, str] = {}
        with closing(self._open()) as connection, connection:
            for some in _chunks([str(path) for path in wanted]):
                marks = ",".join("?" * len(some))
                for text, size, modified, digest in connection.execute(
                    f"SELECT path, size, modified, digest FROM files WHERE path IN ({marks})", some
                ):
                    if wanted[Path(text)] == (size, modified):
                        known[Path(text)] = digest
        return known

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=_WAIT_SECONDS)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    def _drop_oldest(self, connection: sqlite3.Connection) -> None:
        """Drop the older half; SQLite fills the pages that this frees, so the file grows no further."""
        (free,) = connection.execute("PRAGMA freelist_count").fetchone()
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        if free > pages // 4:
            return
        (count,) = connection.execute("SELECT COUNT(*) FROM features").fetchone()
        connection.execute(
            "DELETE FROM features WHERE key IN (SELECT key FROM features ORDER BY used LIMIT ?)", [count // 2]
        )
        connection.execute("DELETE FROM files")


def feature_key(*parts: object) -> bytes:
    """The key of a feature: a hash of what it depends on.

    Example:
        >>> feature_key("content", "vgg16", 64, 0) == feature_key("content", "vgg16", 64, 1)
        False
    """
    return hashlib.sha256("\0".join(str(part) for part in parts).encode()).digest()


def _state(path: Path) -> tuple[int, int]:
    try:
        entry = path.stat()
    except OSError as error:
        raise _unreadable(path, error) from error
    return entry.st_size, entry.st_mtime_ns


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> InputError:
    problem = f"{path.name} can no longer be read: {error.strerror}"
    return InputError(problem, "Put it back, or exclude it, and train again", file=str(path))


def _chunks(entries: list[Entry]) -> Iterable[list[Entry]]:
    return (entries[first : first + _AT_ONCE] for first in range(0, len(entries), _AT_ONCE))
