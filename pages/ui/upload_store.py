"""The visitors' own pictures, kept on the server for a while, each for the browser that brought it.

A reload starts a new Streamlit session, so a session alone cannot keep an upload. Here every browser gets a random
cookie, and a picture is found by that cookie and its own digest together: the digest stands in the link, the cookie
does not, so a link that is passed on shows nobody else's picture. The store is bounded in bytes, in pictures per
browser and in time, and lives in memory only.
"""

import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any, Generic, TypeVar

import streamlit as st

from cnn_core.images import Photo

COOKIE = "cnn_playground_browser"

# Since the last visit. Data sets and runs are found by it, and a run may go on for days with the browser closed.
COOKIE_DAYS = 180

Kept = TypeVar("Kept")

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


class UploadStore(Generic[Kept]):
    """Photos, or other things, by (browser, key); the least recently used go first when there are too many bytes.

    Args:
        size: bytes of one; of a photo those of its pixels.
        max_bytes: in all.
        max_per_browser: of one browser.
        max_age: seconds since one was last asked for.
    """

    def __init__(
        self,
        *,
        size: Callable[[Kept], int] = lambda photo: photo.pixels.nbytes,  # type: ignore[attr-defined]
        max_bytes: int = 256_000_000,
        max_per_browser: int = 4,
        max_age: float = 12 * 3600,
    ) -> None:
        self._size = size
        self._max_bytes = max_bytes
        self._max_per_browser = max_per_browser
        self._max_age = max_age
        self._photos: OrderedDict[tuple[str, str], tuple[float, Kept]] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, browser: str, key: str, photo: Kept) -> None:
        """Keep a photo for one browser."""
        with self._lock:
            self._photos.pop((browser, key), None)
            self._photos[browser, key] = (time.monotonic(), photo)
            own = [entry for entry in self._photos if entry[0] == browser]
            for entry in own[: -self._max_per_browser]:
                del self._photos[entry]
            self._drop_old()

    def get(self, browser: str, key: str) -> Kept | None:
        """The photo, or None where this browser has none of that key (any more)."""
        with self._lock:
            self._drop_old()
            if (browser, key) not in self._photos:
                return None
            _, photo = self._photos[browser, key]
            self._photos[browser, key] = (time.monotonic(), photo)
            self._photos.move_to_end((browser, key))
            return photo

    def bytes_used(self) -> int:
        """Bytes of pixels held now."""
        with self._lock:
            return self._bytes()

    def _bytes(self) -> int:
        return sum(self._size(photo) for _, photo in self._photos.values())

    def _drop_old(self) -> None:
        oldest = time.monotonic() - self._max_age
        while self._photos and (next(iter(self._photos.values()))[0] < oldest or self._bytes() > self._max_bytes):
            self._photos.popitem(last=False)


@st.cache_resource(show_spinner=False)
def upload_store() -> UploadStore[Photo]:
    """The one store of this server; it also survives an edit of the source."""
    return UploadStore()


def this_browser() -> str:
    """The token of the browser that is asking; where it sends no cookie, a token of this session alone."""
    token = str(st.context.cookies.get(COOKIE, ""))
    if _TOKEN.fullmatch(token):
        return token
    if "picture_session" not in st.session_state:
        st.session_state["picture_session"] = secrets.token_urlsafe(32)
    return str(st.session_state["picture_session"])


class BrowserCookie:
    """ASGI middleware: gives each browser its random cookie with the first page that it loads, and renews it."""

    def __init__(self, app: Application) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _wants_page(scope):
            await self.app(scope, receive, send)
            return
        token = _token(scope) or secrets.token_urlsafe(32)
        # Readable by the server alone, not sent along from other sites.
        cookie = f"{COOKIE}={token}; Max-Age={COOKIE_DAYS * 86_400}; Path=/; HttpOnly; SameSite=Lax"
        if scope.get("scheme") == "https" or _header(scope, b"x-forwarded-proto") == "https":
            cookie += "; Secure"

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), (b"set-cookie", cookie.encode("ascii"))]
            await send(message)

        await self.app(scope, receive, send_with_cookie)


def _wants_page(scope: Message) -> bool:
    return scope.get("method") == "GET" and "text/html" in _header(scope, b"accept")


def _token(scope: Message) -> str | None:
    """The browser's token, where it has one that was made here."""
    try:
        morsel = SimpleCookie(_header(scope, b"cookie")).get(COOKIE)
    except CookieError:
        return None
    return morsel.value if morsel is not None and _TOKEN.fullmatch(morsel.value) else None


def _header(scope: Message, name: bytes) -> str:
    return "; ".join(value.decode("latin-1") for key, value in scope.get("headers", []) if key.lower() == name)
