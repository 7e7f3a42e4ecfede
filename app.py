"""The application: `streamlit run app.py`, or `uvicorn app:app`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.middleware import Middleware

from pages.ui import folder_route, upload_disk, warm_up
from pages.ui.upload_store import BrowserCookie
from pages.ui.upload_stream import UploadStream
from pages.ui.workplace import home


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    upload_disk.keep_on_disk(home() / "uploads")
    warm_up.start()
    yield


app = st.App(
    "pages/main.py",
    lifespan=lifespan,
    routes=folder_route.ROUTES,
    middleware=[Middleware(BrowserCookie), Middleware(UploadStream)],
)
