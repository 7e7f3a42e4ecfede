"""Fixtures: a browser and servers that all browser tests of a run share."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.serving import (
    CHROMIUM,
    HOW_TO_GET_CHROMIUM,
    ROOT,
    USUAL,
    free_port,
    launched_chromium,
    running,
    streamlit_command,
    watched,
)
from tests.browser.views import VIEWS


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """One headless browser for the whole run."""
    if not CHROMIUM.exists():
        pytest.skip(HOW_TO_GET_CHROMIUM)
    with launched_chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def base() -> Iterator[str]:
    """The app's address; started once, by the command of the README where make and the environment are there."""
    port = free_port()
    command = ["make", "run", "HOST=127.0.0.1", f"PORT={port}"]
    if not shutil.which("make") or not (ROOT / ".venv" / "run.stamp").exists():
        command = streamlit_command(ROOT / "app.py", port)
    with running(command, port) as address:
        yield address


@pytest.fixture(scope="session")
def context(chromium: Any) -> Iterator[Any]:
    """A browser context that tests share one after the other: Streamlit's scripts are loaded and compiled once."""
    with chromium.new_context(**USUAL) as context:
        yield context


@pytest.fixture(scope="session")
def phone_context(chromium: Any) -> Iterator[Any]:
    """A phone's, likewise."""
    with chromium.new_context(**next(view for view in VIEWS if view.phone).context()) as context:
        yield context


@pytest.fixture
def page(context: Any) -> Iterator[Any]:
    """A new page, without cookies; at the end an error on the console fails the test."""
    context.clear_cookies()
    with watched(context) as page:
        yield page
