"""Where the browser sends the files of a folder: the names first, then each file's bytes as they are."""

import json
import tempfile
from typing import IO, Any

import anyio
import anyio.to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cnn_core.errors import InputError
from pages.ui.folder_landing import LANDINGS, Landing

# Of one file: a photo, whatever it is.
FILE_MEGABYTES = 200
PATH = "/upload_folder"
_MOST_NAMES_BYTES = 8 << 20
_IN_MEMORY = 1 << 20
# Of one server at a time; the others wait. Each has at most `_IN_MEMORY` bytes in memory.
_AT_ONCE = anyio.Semaphore(16)


async def _names(request: Request) -> Response:
    landing = LANDINGS.get(request.path_params["token"])
    if landing is None:
        return _gone()
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > _MOST_NAMES_BYTES:
            return _problem("The names of these files are too long. Choose a part of the folder.")
    try:
        names = json.loads(bytes(body))
    except ValueError:
        names = None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return Response(status_code=400)
    try:
        turn = await anyio.to_thread.run_sync(landing.announce, names)
    except InputError as error:
        return _problem(str(error))
    return JSONResponse({"files": len(names), "turn": turn})


async def _file(request: Request) -> Response:
    landing = LANDINGS.get(request.path_params["token"])
    if landing is None:
        return _gone()
    turn, number = request.path_params["turn"], request.path_params["number"]
    async with _AT_ONCE:
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as content:
            try:
                if not await _spooled(request, content):
                    return _problem(landing.too_large(turn, number, FILE_MEGABYTES))
                content.seek(0)
                why = await anyio.to_thread.run_sync(_received, landing, turn, number, content)
            except (ClientDisconnect, LookupError):
                return Response(status_code=400)
            except OSError:
                return JSONResponse({"problem": "The server's disk is full."}, status_code=507)
    return Response(status_code=204) if why is None else _problem(why)


def _received(landing: Landing, turn: int, number: int, content: Any) -> str | None:
    return landing.receive(turn, number, content)


async def _spooled(request: Request, content: IO[bytes]) -> bool:
    """Write the body to a file; whether it is no larger than a file may be."""
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > FILE_MEGABYTES << 20:
            return False
        if size > _IN_MEMORY:
            await anyio.to_thread.run_sync(content.write, piece)
        else:
            content.write(piece)
    return True


def _problem(why: str) -> Response:
    return JSONResponse({"problem": why}, status_code=422)


def _gone() -> Response:
    return JSONResponse(
        {"problem": "The server no longer knows this page. Reload it, then choose the folder again."}, status_code=404
    )


ROUTES = [
    Route(f"{PATH}/{{token}}", _names, methods=["POST"]),
    Route(f"{PATH}/{{token}}/{{turn:int}}/{{number:int}}", _file, methods=["PUT"]),
]
