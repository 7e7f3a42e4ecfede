"""The application: `streamlit run app.py`, or `uvicorn app:app`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.middleware import Middleware

from pages.ui import warm_up
from pages.ui.upload_store import BrowserCookie


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    warm_up.start()
    yield


app = st.App("pages/main.py", lifespan=lifespan, middleware=[Middleware(BrowserCookie)])
