"""Uploads of data sets wait on disk and not in memory, bounded, and leave nothing behind."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec
from streamlit.web.server.starlette import starlette_routes

from pages.ui import upload_stream
from pages.ui.upload_disk import DiskUploads


def record(file_id: str, name: str, data: bytes) -> UploadedFileRec:
    return UploadedFileRec(file_id, name, "image/jpeg", data)


def files(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*"))


def test_zips_leave_memory_and_others_stay(tmp_path: Path) -> None:
    manager = MemoryUploadedFileManager("/upload")
    uploads = DiskUploads(manager, tmp_path, most=1_000, most_in_memory=600)
    manager.add_file("session", record("one", "cats.zip", b"x" * 400))
    manager.add_file("session", record("two", "me.jpg", b"y" * 300))
    held = manager.get_files("session", ["one", "two"])
    assert [len(file.data) for file in held] == [0, 300]
    assert uploads.place("session", "one").read_bytes() == b"x" * 400
    with pytest.raises(HTTPException):
        manager.add_file("session", record("three", "more.zip", b"z" * 700))
    assert files(tmp_path) == 1
    manager.remove_file("session", "one")
    assert files(tmp_path) == 0
    # What has been taken in makes room.
    manager.add_file("session", record("three", "more.zip", b"z" * 700))
    manager.add_file("other", record("three", "cats.zip", b"z" * 900))
    with pytest.raises(HTTPException):
        manager.add_file("session", record("four", "you.jpg", b"y" * 301))
    manager.remove_file("session", "two")
    manager.add_file("session", record("four", "you.jpg", b"y" * 301))
    manager.remove_session_files("session")
    assert files(tmp_path) == 1
    assert not manager.get_files("session", ["two"])


def test_ids_are_no_paths(tmp_path: Path) -> None:
    manager = MemoryUploadedFileManager("/upload")
    uploads = DiskUploads(manager, tmp_path / "uploads")
    manager.add_file("..", record("../../evil", "b.zip", b"x"))
    assert uploads.place("..", "../../evil").is_relative_to(tmp_path / "uploads")
    assert files(tmp_path / "uploads") == files(tmp_path) == 1


class Server:
    """Streamlit's own upload route behind the middleware, asked piece by piece."""

    def __init__(self, folder: Path, **bounds: int) -> None:
        self.manager = MemoryUploadedFileManager("/upload")
        self.uploads = DiskUploads(self.manager, folder, **bounds)
        runtime: Any = SimpleNamespace(is_active_session=lambda session: session == "session")
        self._app = upload_stream.UploadStream(
            Starlette(routes=starlette_routes.create_upload_routes(runtime, self.manager, None))
        )

    def put(self, body: bytes, pieces: list[int], *, session: str = "session", broken: bool = False) -> int:
        """The status of a request whose body comes in pieces; `broken`: the browser goes away before its end."""
        ends = sorted({min(end, len(body)) for end in pieces} | {len(body)})
        parts = [body[begin:end] for begin, end in zip([0, *ends], ends, strict=False)]
        messages: list[dict[str, Any]] = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
        messages.append({"type": "http.disconnect"} if broken else {"type": "http.request", "body": b""})
        said: list[Any] = []

        async def receive() -> dict[str, Any]:
            return messages.pop(0) if messages else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            said.append(message)

        headers = [
            (b"content-type", b"multipart/form-data; boundary=----line"),
            (b"content-length", str(len(body)).encode()),
        ]
        path = f"/_stcore/upload_file/{session}/one"
        scope = {"type": "http", "method": "PUT", "path": path, "headers": headers, "query_string": b""}
        try:
            # In a thread: the browser tests that ran before in this process have left a loop running in this one.
            with ThreadPoolExecutor(1) as pool:
                pool.submit(asyncio.run, self._app(scope, receive, send)).result()
        except Exception:
            assert broken
            return 0
        return int(said[0]["status"])


def form(name: str, data: bytes) -> bytes:
    head = (
        f'------line\r\nContent-Disposition: form-data; name="f"; filename="{name}"\r\nContent-Type: image/jpeg\r\n\r\n'
    )
    return head.encode() + data + b"\r\n------line--\r\n"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setattr(starlette_routes, "is_xsrf_enabled", lambda: False)
    monkeypatch.setattr(upload_stream, "_PIECE", 16)
    server = Server(tmp_path, most=2_000, largest=1_500)
    monkeypatch.setattr(upload_stream, "disk_uploads", lambda: server.uploads)
    return server


def test_a_request_is_written_to_disk_as_it_comes_whatever_its_pieces(server: Server) -> None:
    @settings(max_examples=40, deadline=None)
    @given(
        st.binary(max_size=120).map(lambda data: data + b"\r\n------lin" + data),
        st.lists(st.integers(0, 400), max_size=12),
        st.sampled_from(["\u00fc.zip", "cats.ZIP", "me.jpg"]),
    )
    def check(data: bytes, pieces: list[int], name: str) -> None:
        assert server.put(form(name, data), pieces) == 204
        (held,) = server.manager.get_files("session", ["one"])
        assert held.name == name
        if name == "me.jpg":
            assert held.data == data
        else:
            assert held.data == b""
            assert server.uploads.place("session", "one").read_bytes() == data
        server.manager.remove_file("session", "one")

    check()


def test_requests_that_are_too_large_broken_or_nobodys_leave_nothing(server: Server, tmp_path: Path) -> None:
    whole = form("cats.zip", b"x" * 1_400)
    assert server.put(form("cats.zip", b"x" * 1_600), list(range(0, 1_800, 100))) == 413
    assert server.put(whole, [500, 900], session="other") == 400
    assert server.put(whole[:-8], [500]) == 400
    assert server.put(whole, [500], broken=True) == 0
    assert files(tmp_path) == 0
    assert not server.manager.get_files("session", ["one"])
    # None of them counts any more.
    assert server.put(whole, [500]) == 204
