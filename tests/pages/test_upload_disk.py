"""Uploads of data sets wait on disk and not in memory, bounded, and leave nothing behind."""

from pathlib import Path

import pytest
from starlette.exceptions import HTTPException
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from pages.ui.upload_disk import DiskUploads


def record(file_id: str, name: str, data: bytes) -> UploadedFileRec:
    return UploadedFileRec(file_id, name, "image/jpeg", data)


def files(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*"))


def test_files_of_a_folder_leave_memory_and_others_stay(tmp_path: Path) -> None:
    manager = MemoryUploadedFileManager("/upload")
    uploads = DiskUploads(manager, tmp_path, most=1_000)
    manager.add_file("session", record("one", "photos/cat/1.jpg", b"x" * 400))
    manager.add_file("session", record("two", "me.jpg", b"y" * 300))
    held = manager.get_files("session", ["one", "two"])
    assert [len(file.data) for file in held] == [0, 300]
    assert uploads.place("session", "one").read_bytes() == b"x" * 400
    with pytest.raises(HTTPException):
        manager.add_file("session", record("three", "photos/cat/3.jpg", b"z" * 700))
    assert files(tmp_path) == 1
    manager.remove_file("session", "one")
    assert files(tmp_path) == 0
    # What has been taken in makes room.
    manager.add_file("session", record("three", "photos/cat/3.jpg", b"z" * 700))
    manager.add_file("other", record("three", "cats.zip", b"z" * 900))
    manager.remove_session_files("session")
    assert files(tmp_path) == 1
    assert not manager.get_files("session", ["two"])


def test_ids_are_no_paths(tmp_path: Path) -> None:
    manager = MemoryUploadedFileManager("/upload")
    uploads = DiskUploads(manager, tmp_path / "uploads")
    manager.add_file("..", record("../../evil", "a/b.jpg", b"x"))
    assert uploads.place("..", "../../evil").is_relative_to(tmp_path / "uploads")
    assert files(tmp_path / "uploads") == files(tmp_path) == 1
