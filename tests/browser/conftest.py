"""Fixtures: a browser and servers that all browser tests of a run share."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.browser.serving import (
    CHROMIUM,
    HOW_TO_GET_CHROMIUM,
    PHONE,
    ROOT,
    STILL,
    USUAL,
    as_new,
    free_port,
    launched_chromium,
    running,
    streamlit_command,
)


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
    """A browser context that tests share one after the other, without Streamlit's animations."""
    with chromium.new_context(**USUAL) as context:
        context.add_init_script(STILL)
        yield context


@pytest.fixture(scope="session")
def phone_context(chromium: Any) -> Iterator[Any]:
    """A phone's, likewise."""
    with chromium.new_context(**PHONE) as context:
        context.add_init_script(STILL)
        yield context


@pytest.fixture(scope="session")
def tab(context: Any) -> Iterator[Any]:
    """The page of all tests: a new one is a process of its own, which compiles Streamlit's scripts once more."""
    with closing(context.new_page()) as page:
        yield page


@pytest.fixture(scope="session")
def phone_tab(phone_context: Any) -> Iterator[Any]:
    with closing(phone_context.new_page()) as page:
        yield page


@pytest.fixture
def page(tab: Any) -> Iterator[Any]:
    """A page, without cookies; at the end an error on the console fails the test."""
    with as_new(tab, **USUAL):
        yield tab
    tab.goto("about:blank")


@pytest.fixture
def phone(phone_tab: Any) -> Iterator[Any]:
    """A phone's, likewise."""
    with as_new(phone_tab, **PHONE):
        yield phone_tab
    phone_tab.goto("about:blank")
