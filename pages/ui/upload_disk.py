"""Zips that are uploaded go to disk as they come, instead of waiting in memory until all is there.

Streamlit holds every upload in memory until its session ends: a zip of a gigabyte would be a gigabyte. Here it is
written to disk by the request that brings it (`upload_stream`); the widget then gets an empty file, and `opened` its
content. Other uploads, such as the sidebar's photo, stay as Streamlit has them; folders come by `folder_route`.
"""

import contextlib
import hashlib
import io
import shutil
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from starlette.exceptions import HTTPException
from streamlit.runtime.scriptrunner import get_script_run_ctx

from cnn_core.folders.disk import RESERVE

MOST_OF_A_SESSION = 2_500_000_000
# What is not part of a data set: a handful of photos, or a network, which pages let go of as soon as they have it.
MOST_IN_MEMORY = 400_000_000
# 5,000 photos of a phone's quality in one zip, and half as many again.
LARGEST_MEGABYTES = 1_500
_DAY = 86_400.0


class DiskUploads:
    """Puts itself in front of a Streamlit upload manager.

    Args:
        manager: Streamlit's; its methods are replaced.
        folder: where the files wait to be taken in.
        most: bytes of one session that may wait.
        largest: bytes of one file.
        most_in_memory: bytes of one session's other uploads.
    """

    def __init__(
        self,
        manager: Any,
        folder: Path,
        *,
        most: int = MOST_OF_A_SESSION,
        largest: int = LARGEST_MEGABYTES << 20,
        most_in_memory: int = MOST_IN_MEMORY,
    ) -> None:
        self._folder = folder
        self._most = most
        self._largest = largest
        self._most_in_memory = most_in_memory
        self._unclaimed: set[tuple[str, str]] = set()
        self._waiting: defaultdict[str, dict[str, int]] = defaultdict(dict)
        self._in_memory: defaultdict[str, dict[str, int]] = defaultdict(dict)
        self._lock = threading.Lock()
        self._add, self._remove, self._remove_session = (
            manager.add_file,
            manager.remove_file,
            manager.remove_session_files,
        )
        manager.add_file = self.add_file
        manager.remove_file = self.remove_file
        manager.remove_session_files = self.remove_session_files

    def add_file(self, session_id: str, file: Any) -> None:
        """Hand the manager an empty file in the place of one that is on disk, or is written there now.

        Raises:
            HTTPException: as `begin` and `count`; the browser shows the file as failed.
        """
        ids = (session_id, file.file_id)
        if ids not in self._unclaimed and belongs_on_disk(file.name):
            with self.begin(*ids) as place:
                self.count(*ids, len(file.data))
                place.write(file.data)
            self.finish(*ids)
        if ids in self._unclaimed:
            self._unclaimed.discard(ids)
            file = file._replace(data=b"")
        else:
            self._hold(session_id, file.file_id, len(file.data))
        self._add(session_id, file)

    def _hold(self, session_id: str, file_id: str, size: int) -> None:
        with self._lock:
            held = self._in_memory[session_id]
            if sum(held.values()) - held.get(file_id, 0) + size > self._most_in_memory:
                raise HTTPException(413, "Too many bytes of this session are in memory")
            held[file_id] = size

    @contextlib.contextmanager
    def begin(self, session_id: str, file_id: str) -> Iterator[BinaryIO]:
        """A file on disk, to be written and then to be finished; it is gone if anything is raised meanwhile.

        Raises:
            HTTPException: the disk is full.
        """
        part = self._part(session_id, file_id)
        try:
            part.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                yield file
        except BaseException as error:
            part.unlink(missing_ok=True)
            self._forget(session_id, file_id)
            if isinstance(error, OSError):
                raise HTTPException(507, "The disk is full") from error
            raise

    def count(self, session_id: str, file_id: str, size: int) -> None:
        """Say how large the file has become.

        Raises:
            HTTPException: it is too large, too much of this session waits already, or the disk is full.
        """
        with self._lock:
            self._waiting[session_id][file_id] = size
            total = sum(self._waiting[session_id].values())
        if size > self._largest or total > self._most:
            raise HTTPException(413, "Too many bytes are waiting to be taken in")
        if shutil.disk_usage(self._folder).free < RESERVE:
            raise HTTPException(507, "The disk is full")

    def finish(self, session_id: str, file_id: str) -> None:
        """The file is whole; Streamlit will say that it has it."""
        self._part(session_id, file_id).replace(self._place(session_id, file_id))
        self._unclaimed.add((session_id, file_id))

    def drop_unclaimed(self, session_id: str, file_id: str) -> None:
        """Let go of a file whose request ended before Streamlit had it."""
        part = self._part(session_id, file_id)
        if part.exists() or (session_id, file_id) in self._unclaimed:
            part.unlink(missing_ok=True)
            self._unclaimed.discard((session_id, file_id))
            self._forget(session_id, file_id)

    def remove_file(self, session_id: str, file_id: str) -> None:
        """Let go of a file."""
        self._forget(session_id, file_id)
        self._remove(session_id, file_id)

    def remove_session_files(self, session_id: str) -> None:
        """Let go of all files of a session that has ended."""
        with self._lock:
            self._waiting.pop(session_id, None)
            self._in_memory.pop(session_id, None)
        shutil.rmtree(self._place(session_id), ignore_errors=True)
        self._remove_session(session_id)

    def place(self, session_id: str, file_id: str) -> Path:
        """Where a file of a session waits."""
        return self._place(session_id, file_id)

    def _forget(self, session_id: str, file_id: str) -> None:
        with self._lock:
            for counted in (self._waiting, self._in_memory):
                counted[session_id].pop(file_id, None)
                if not counted[session_id]:
                    del counted[session_id]
        self._place(session_id, file_id).unlink(missing_ok=True)

    def _part(self, session_id: str, file_id: str) -> Path:
        return self._place(session_id, file_id).with_suffix(".part")

    def _place(self, *names: str) -> Path:
        """Ids come from the address of a request: no path is made of them."""
        return self._folder.joinpath(*(hashlib.sha256(name.encode()).hexdigest() for name in names))


def belongs_on_disk(name: str) -> bool:
    """Whether a file is a zip.

    Example:
        >>> belongs_on_disk("cats.ZIP"), belongs_on_disk("me.jpg")
        (True, False)
    """
    return name.lower().endswith(".zip")


def keep_on_disk(folder: Path) -> None:
    """Let this server's uploads of data sets go below a folder; what servers before it left there goes after a day."""
    import streamlit.runtime

    manager: Any = streamlit.runtime.get_instance().uploaded_file_mgr
    if disk_uploads() is not None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.iterdir():
        if time.time() - left.stat().st_mtime > _DAY:
            shutil.rmtree(left, ignore_errors=True)
    DiskUploads(manager, Path(tempfile.mkdtemp(dir=folder)))


def disk_uploads() -> DiskUploads | None:
    """What stands in front of this server's upload manager; None where `keep_on_disk` was not called."""
    import streamlit.runtime

    manager: Any = streamlit.runtime.get_instance().uploaded_file_mgr
    found = getattr(manager.add_file, "__self__", None)
    return found if isinstance(found, DiskUploads) else None


@contextlib.contextmanager
def opened(file: Any) -> Iterator[BinaryIO | None]:
    """The content of a file that a widget gave, from disk or from memory; None where it was let go of."""
    context = get_script_run_ctx()
    manager: Any = getattr(context, "uploaded_file_mgr", None)
    uploads = getattr(getattr(manager, "add_file", None), "__self__", None)
    if not isinstance(file, io.BytesIO):
        yield None
    elif isinstance(uploads, DiskUploads) and context is not None and belongs_on_disk(file.name):
        try:
            content = uploads.place(context.session_id, file.file_id).open("rb")  # type: ignore[attr-defined]
        except FileNotFoundError:
            yield None
            return
        with content:
            yield content
    else:
        yield file


def let_go(file: Any) -> None:
    """Forget an uploaded file that has been dealt with."""
    context = get_script_run_ctx()
    manager: Any = getattr(context, "uploaded_file_mgr", None)
    if context is not None and hasattr(manager, "remove_file"):
        manager.remove_file(session_id=context.session_id, file_id=file.file_id)
