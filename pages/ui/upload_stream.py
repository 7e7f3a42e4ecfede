"""The request that brings a file of a data set is written to disk piece by piece, and never is in memory as a whole.

Streamlit reads an uploaded file into memory before anybody can say where it should go: a zip of a gigabyte would take a
gigabyte. This middleware takes the file out of the request's body on its way, and leaves Streamlit an empty one; its
own checks of session and cross-site requests come first, because the body is read only when Streamlit asks for it.
"""

import re
from typing import Any, BinaryIO

import anyio.to_thread
from starlette.exceptions import HTTPException

from pages.ui.upload_disk import DiskUploads, belongs_on_disk, disk_uploads
from pages.ui.upload_store import Application, Message, Receive, Send

_PATH = re.compile(r"(?:/.*)?/_stcore/upload_file/([^/]+)/([^/]+)")
_BOUNDARY = re.compile(rb'multipart/form-data;.*boundary="?([^";,]+)"?', re.IGNORECASE)
_FILE_NAME = re.compile(rb'filename="([^"]*)"')
_HEAD_END = b"\r\n\r\n"
_MOST_HEAD = 16_384
_PIECE = 1 << 20


class UploadStream:
    """ASGI middleware around Streamlit."""

    def __init__(self, app: Application) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        put = scope["type"] == "http" and scope.get("method") == "PUT"
        ids = _PATH.fullmatch(scope["path"]) if put else None
        boundary = _BOUNDARY.search(_header(scope, b"content-type")) if ids else None
        uploads = disk_uploads() if ids else None
        if ids is None or boundary is None or uploads is None:
            await self.app(scope, receive, send)
            return
        body = _Body(receive, uploads, (ids[1], ids[2]), boundary[1])
        # What Streamlit gets is shorter than the request says; it counts what comes.
        headers = [(name, value) for name, value in scope["headers"] if name.lower() != b"content-length"]
        try:
            await self.app({**scope, "headers": headers}, body, send)
        finally:
            uploads.drop_unclaimed(*body.ids)


class _Body:
    """The body of an upload request, as Streamlit asks for it."""

    def __init__(self, receive: Receive, uploads: DiskUploads, ids: tuple[str, str], boundary: bytes) -> None:
        self.ids = ids
        self._receive, self._uploads = receive, uploads
        self._ending = b"\r\n--" + boundary + b"--"
        self._begun = False

    async def __call__(self) -> Message:
        if self._begun:
            return await self._receive()
        self._begun = True
        head, more = b"", True
        while _HEAD_END not in head and more and len(head) < _MOST_HEAD:
            message = await self._receive()
            if message["type"] != "http.request":
                return message
            head += message.get("body", b"")
            more = message.get("more_body", False)
        opening, found, content = head.partition(_HEAD_END)
        name = _FILE_NAME.search(opening)
        if not found or name is None or not belongs_on_disk(name[1].decode("utf-8", "replace")):
            return {"type": "http.request", "body": head, "more_body": more}
        with self._uploads.begin(*self.ids) as file:
            left = await self._copy(file, bytearray(content), more=more)
        if left is not None:
            return left
        self._uploads.finish(*self.ids)
        return {"type": "http.request", "body": opening + found + self._ending + b"\r\n", "more_body": False}

    async def _copy(self, file: BinaryIO, content: bytearray, *, more: bool) -> Message | None:
        """Write what comes; a message where the browser has gone."""
        # What may be the ending, and the line break behind it, waits until it is known to be none.
        kept, size = len(self._ending) + 2, 0
        while more:
            message = await self._receive()
            if message["type"] != "http.request":
                return message
            content += message.get("body", b"")
            more = message.get("more_body", False)
            if len(content) >= _PIECE + kept:
                size += len(content) - kept
                self._uploads.count(*self.ids, size)
                await anyio.to_thread.run_sync(file.write, bytes(content[:-kept]))
                del content[:-kept]
        last, ending, behind = bytes(content).rpartition(self._ending)
        if not ending or behind.strip():
            raise HTTPException(400, "The request ends in the middle")
        self._uploads.count(*self.ids, size + len(last))
        await anyio.to_thread.run_sync(file.write, last)
        return None


def _header(scope: Message, name: bytes) -> bytes:
    found: Any = next((value for key, value in scope["headers"] if key.lower() == name), b"")
    return bytes(found)
