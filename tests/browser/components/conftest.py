"""The page of components: loaded once, and each test mounts what it needs in it."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.browser.serving import free_port, running, streamlit_command, without_errors

HARNESS = Path(__file__).with_name("harness.py")


@pytest.fixture(scope="session")
def harness() -> Iterator[str]:
    """Its address."""
    port = free_port()
    with running(streamlit_command(HARNESS, port), port) as address:
        yield address


@pytest.fixture(scope="session")
def wide(context: Any) -> Iterator[Any]:
    with closing(context.new_page()) as page:
        yield page


@pytest.fixture(scope="session")
def narrow(phone_context: Any) -> Iterator[Any]:
    with closing(phone_context.new_page()) as page:
        yield page


@pytest.fixture
def page(wide: Any, harness: str) -> Iterator[Any]:
    """The page of components on a computer, in light colours; an error on the console fails the test."""
    wide.mouse.move(0, 0)
    wide.emulate_media(color_scheme="light")
    with loaded(wide, harness):
        yield wide


@pytest.fixture
def phone(narrow: Any, harness: str) -> Iterator[Any]:
    """The page of components on a phone; likewise."""
    with loaded(narrow, harness):
        yield narrow


@contextmanager
def loaded(page: Any, address: str) -> Iterator[None]:
    with without_errors(page):
        if not page.url.startswith(address):
            page.goto(address)
        yield
