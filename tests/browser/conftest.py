"""Fixtures: a browser and servers that all browser tests of a run share."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.browser.serving import (
    CHROMIUM,
    HOW_TO_GET_CHROMIUM,
    free_port,
    launched_chromium,
    running,
    streamlit_command,
    watched_page,
)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """One headless browser for the whole run."""
    if not CHROMIUM.exists():
        pytest.skip(HOW_TO_GET_CHROMIUM)
    with launched_chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[[Path], str]]:
    """`serve(script)` starts `streamlit run` once per script and gives its address."""
    addresses: dict[Path, str] = {}
    with ExitStack() as servers:

        def start(script: Path) -> str:
            if script not in addresses:
                port = free_port()
                addresses[script] = servers.enter_context(running(streamlit_command(script, port), port))
            return addresses[script]

        yield start


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    """A page of its own browser context; at the end an error on the console fails the test."""
    with watched_page(chromium) as page:
        yield page
