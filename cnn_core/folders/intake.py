"""Uploads taken to disk as they come: nothing of them is decoded, run, or kept in memory.

A data set is a folder `<store>/<data_id>/` with `owner.json`, the files in `files/`, and whatever the pages keep beside
them (the listing, the changes). Its id is unguessable; who has it may read it.
"""

import contextlib
import filecmp
import io
import os
import re
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import astuple, dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from cnn_core.child_process import read_json, write_json
from cnn_core.decoding import MAX_BYTES
from cnn_core.errors import InputError
from cnn_core.folders.disk import check_space, writing
from cnn_core.folders.names import is_archive, is_junk, safe_path, shown
from cnn_core.folders.server_path import allowed_folders, allowed_path
from cnn_core.folders.zip_files import Readable, open_zip

__all__ = ["DataStore", "Taken", "allowed_folders", "allowed_path"]

_ID = re.compile(r"[A-Za-z0-9_-]{22}")
_CHUNK = 1 << 20
_DAY = 86_400.0
_MOST_NAMESAKES = 100
_MOST_FOLDERS = 1_000


@dataclass
class Taken:
    """What a data set holds, and what was left out on the way.

    Attributes:
        files: kept.
        bytes: of them.
        junk: files that operating systems leave behind, skipped.
        copies: files that were there already with the same name and content.
    """

    files: int = 0
    bytes: int = 0
    junk: int = 0
    copies: int = 0


@dataclass
class _Set:
    taken: Taken = field(default_factory=Taken)
    lock: threading.RLock = field(default_factory=threading.RLock)


class DataStore:
    """The uploaded data sets of one server, bounded in number, bytes and age.

    Args:
        folder: where they lie; made when it is not there.
        max_files: in one data set.
        max_bytes: in one data set.
        max_age: seconds since a set was last used, after which it goes.
        max_sets: of one owner; those beyond that go when a new one is complete, see `make_room`.
        max_total: bytes of all sets together; the oldest go first.
        in_use: gives the ids of sets that runs still need: those stay.
    """

    def __init__(
        self,
        folder: str | Path,
        *,
        max_files: int = 20_000,
        max_bytes: int = 2_000_000_000,
        max_age: float = 7 * _DAY,
        max_sets: int = 5,
        max_total: int = 50_000_000_000,
        in_use: Callable[[], Collection[str]] = tuple,
    ) -> None:
        self._folder = Path(folder)
        self._max_files = max_files
        self._max_bytes = max_bytes
        self._max_age = max_age
        self.max_sets = max_sets
        self._max_total = max_total
        self._in_use = in_use
        self._sets: dict[str, _Set] = {}
        self._lock = threading.Lock()
        with writing("the folder of data sets"):
            self._folder.mkdir(parents=True, exist_ok=True)

    def new(self, owner: str) -> str:
        """An empty data set. None of the owner's others goes for it: it may come to nothing.

        Raises:
            InputError: the disk is full.
        """
        self.remove_old()
        # What was begun and never completed is bounded too.
        for old in self._too_many(owner, most=2 * self.max_sets - 1):
            self.remove(old)
        data_id = secrets.token_urlsafe(16)
        with writing("the data set"):
            check_space(self._folder, 0, "the data set")
            (self._folder / data_id / "files").mkdir(parents=True)
            write_json(self._folder / data_id / "owner.json", {"owner": owner, "created": time.time()})
        return data_id

    def make_room(self, owner: str, *, keep: str, tell: Callable[[str], None] = lambda _: None) -> None:
        """Remove the owner's oldest sets beyond `max_sets`: to be called when a new one is complete.

        Args:
            owner: whose.
            keep: the new one.
            tell: called with the id of each that goes, while it is still there.
        """
        for data_id in self._too_many(owner, most=self.max_sets):
            if data_id != keep:
                tell(data_id)
                self.remove(data_id)

    def add_file(self, data_id: str, relative_name: str, source: bytes | BinaryIO) -> str | None:
        """Keep one file, under a name made safe.

        Args:
            data_id: the data set.
            relative_name: as the browser gives it, `cat/1.jpg`.
            source: its content; a stream is copied in pieces from where it stands.

        Returns:
            The path under which it was kept; None where it is junk (`.DS_Store` and the like).

        Raises:
            InputError: a name that leaves the folder, an archive, too many files or bytes, a full disk.
        """
        kept = self._known(data_id)
        if is_junk(relative_name):
            with kept.lock:
                kept.taken.junk += 1
            return None
        path = safe_path(relative_name)
        if is_archive(path):
            raise InputError(
                f"{shown(relative_name)} is an archive", "Upload a .zip alone, or its pictures as a folder"
            )
        with self._staged(data_id, relative_name) as part:
            check_space(self._folder, 0, shown(relative_name))
            stream = io.BytesIO(source) if isinstance(source, bytes) else source
            size = _copy(stream, part, name=relative_name, most=min(MAX_BYTES, self._max_bytes))
            return self._keep(data_id, kept, part, path, size)[0]

    def add_zip(self, data_id: str, source: str | Path | BinaryIO, *, name: str = "The zip") -> Taken:
        """Unpack a zip: all of it, or nothing where any entry is refused or damaged.

        Args:
            data_id: the data set.
            source: a path, or a seekable binary file.
            name: what messages call it.

        Returns:
            What was taken from it.

        Raises:
            InputError: as `open_zip`; too many files or bytes together with what is there; a full disk.
        """
        kept = self._known(data_id)
        before = self.taken(data_id)
        limits = {"most_files": self._max_files - before.files, "most_bytes": self._max_bytes - before.bytes}
        with self._staged(data_id, name) as stage, open_zip(source, name=name, **limits) as archive:
            check_space(self._folder, sum(entry.size for entry in archive.entries), name)
            stage.mkdir()
            files = [(entry, stage / str(number)) for number, entry in enumerate(archive.entries) if entry.info]
            for entry, part in files:
                with archive.open(entry) as stream:
                    _copy(stream, part, name=entry.path, most=entry.size)
            with kept.lock, self._all_or_nothing(data_id, kept) as placed:
                for entry, part in files:
                    path, new = self._keep(data_id, kept, part, entry.path, entry.size)
                    if new:
                        placed.append(path)
                self._make_folders(data_id, [entry.path for entry in archive.entries if entry.info is None])
                kept.taken.junk += archive.junk
        after = self.taken(data_id)
        return Taken(*(now - then for now, then in zip(astuple(after), astuple(before), strict=True)))

    def taken(self, data_id: str) -> Taken:
        """What the data set holds now.

        Raises:
            InputError: no such data set.
        """
        kept = self._known(data_id)
        with kept.lock:
            return replace(kept.taken)

    def folder(self, data_id: str) -> Path:
        """The data set's own folder, for its listing and the changes; marks it as used now.

        Raises:
            InputError: no such data set.
        """
        folder = self._folder / data_id
        if not _ID.fullmatch(data_id) or not (folder / "owner.json").is_file():
            raise InputError("This data set is no longer here", "Upload the pictures again")
        with contextlib.suppress(OSError):
            os.utime(folder)
        return folder

    def root(self, data_id: str) -> Path:
        """The folder of its pictures.

        Raises:
            InputError: no such data set.
        """
        return self.folder(data_id) / "files"

    def owned(self, owner: str) -> list[str]:
        """Ids of an owner's data sets, the one used longest ago first."""
        return [data_id for data_id, _ in self._by_age() if self._owner(data_id) == owner]

    def remove(self, data_id: str) -> None:
        """Delete a data set; nothing happens where it is gone already."""
        if _ID.fullmatch(data_id):
            with self._lock:
                self._sets.pop(data_id, None)
            shutil.rmtree(self._folder / data_id, ignore_errors=True)

    def remove_old(self) -> None:
        """Delete sets not used for `max_age`, and the oldest while all together take more than `max_total`."""
        needed = self._in_use()
        sizes = {}
        ages = self._by_age()
        for data_id, _ in ages:
            # Another thread may have removed it just now.
            with contextlib.suppress(InputError):
                sizes[data_id] = self.taken(data_id).bytes
        total = sum(sizes.values())
        for data_id, used in ages:
            if data_id not in needed and (time.time() - used > self._max_age or total > self._max_total):
                total -= sizes.get(data_id, 0)
                self.remove(data_id)

    def _too_many(self, owner: str, *, most: int) -> list[str]:
        """The owner's oldest sets beyond so many, without those that runs still need."""
        own, needed = self.owned(owner), self._in_use()
        return [data_id for data_id in own[: max(len(own) - most, 0)] if data_id not in needed]

    def _by_age(self) -> list[tuple[str, float]]:
        found = []
        for folder in self._folder.iterdir():
            with contextlib.suppress(OSError):
                if _ID.fullmatch(folder.name) and (folder / "owner.json").is_file():
                    found.append((folder.name, folder.stat().st_mtime))
        return sorted(found, key=lambda entry: entry[1])

    def _owner(self, data_id: str) -> str | None:
        found = read_json(self._folder / data_id / "owner.json")
        return found.get("owner") if isinstance(found, dict) else None

    def _files(self, data_id: str) -> Path:
        return self._folder / data_id / "files"

    def _known(self, data_id: str) -> _Set:
        folder = self._folder / data_id
        if not _ID.fullmatch(data_id) or not (folder / "owner.json").is_file():
            raise InputError("This data set is no longer here", "Upload the pictures again")
        with self._lock:
            if data_id not in self._sets:
                # After a restart the files are counted, once.
                sizes = [path.stat().st_size for path in (folder / "files").rglob("*") if path.is_file()]
                self._sets[data_id] = _Set(Taken(len(sizes), sum(sizes)))
            return self._sets[data_id]

    @contextlib.contextmanager
    def _staged(self, data_id: str, what: str) -> Iterator[Path]:
        """A place beside the files, gone afterwards: nothing half-written is ever among them."""
        stage = self.folder(data_id) / f"part-{secrets.token_hex(8)}"
        try:
            with writing(shown(what)):
                yield stage
        finally:
            if stage.is_dir():
                shutil.rmtree(stage, ignore_errors=True)
            else:
                stage.unlink(missing_ok=True)

    def _make_folders(self, data_id: str, paths: list[str]) -> None:
        """An empty folder may be a class without pictures, which the check-up has to tell."""
        for path in paths[:_MOST_FOLDERS]:
            # Where a file has the folder's name already, there is nothing to tell.
            with contextlib.suppress(FileExistsError, NotADirectoryError):
                (self._files(data_id) / path).mkdir(parents=True, exist_ok=True)

    @contextlib.contextmanager
    def _all_or_nothing(self, data_id: str, kept: _Set) -> Iterator[list[str]]:
        """Take the files listed back where anything goes wrong, with the folders that they leave empty."""
        before, placed = replace(kept.taken), list[str]()
        try:
            yield placed
        except (InputError, OSError):
            files = self._files(data_id)
            for path in placed:
                (files / path).unlink(missing_ok=True)
                with contextlib.suppress(OSError):
                    for folder in (files / path).relative_to(files).parents:
                        if folder.name:
                            (files / folder).rmdir()
            kept.taken = before
            raise

    def _keep(self, data_id: str, kept: _Set, part: Path, path: str, size: int) -> tuple[str, bool]:
        """Move a file to its place: where that is, and whether it was not there already.

        The same name with another content gets a number.
        """
        files = self._files(data_id)
        with kept.lock:
            if kept.taken.files >= self._max_files:
                raise InputError(
                    f"This data set holds {self._max_files:,} files already, {shown(path)} is one too many",
                    "Upload fewer pictures",
                )
            if kept.taken.bytes + size > self._max_bytes:
                raise self._too_large(path)
            place = _free_place(files, path, part)
            if place is None:
                kept.taken.copies += 1
                return path, False
            os.replace(part, place)
            kept.taken.files += 1
            kept.taken.bytes += size
            return place.relative_to(files).as_posix(), True

    def _too_large(self, path: str) -> InputError:
        return InputError(
            f"With {shown(path)} this data set is larger than {self._max_bytes / 1e6:,.0f} MB",
            "Upload fewer pictures, or make them smaller first",
        )


def _copy(source: Readable, target: Path, *, name: str, most: int) -> int:
    """Write a stream to a file, piece by piece; how many bytes it had."""
    size = 0
    with target.open("xb") as file:
        while piece := source.read(_CHUNK):
            size += len(piece)
            if size > most:
                raise InputError(
                    f"{shown(name)} is larger than {most / 1e6:,.0f} MB", "Save it as JPEG, or leave it out"
                )
            file.write(piece)
    return size


def _free_place(files: Path, path: str, part: Path) -> Path | None:
    """Where a file goes; None where it lies there already with the same content."""
    wanted = files / path
    try:
        wanted.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise InputError(f"{shown(path)} lies in a folder that has the name of a file", "Rename one of them") from error
    for number in range(1, _MOST_NAMESAKES + 1):
        place = wanted if number == 1 else wanted.with_name(f"{wanted.stem} ({number}){wanted.suffix}")
        if not place.exists():
            return place
        if place.is_file() and filecmp.cmp(place, part, shallow=False):
            return None
    raise InputError(f"There are {_MOST_NAMESAKES} files named {shown(path)} already", "Give the files different names")
