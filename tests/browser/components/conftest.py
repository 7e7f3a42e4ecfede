"""The page of components: loaded once, and each test mounts what it needs in it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.serving import PHONE, USUAL, as_new, free_port, running, streamlit_command

HARNESS = Path(__file__).with_name("harness.py")


@pytest.fixture(scope="session")
def harness() -> Iterator[str]:
    """Its address."""
    port = free_port()
    with running(streamlit_command(HARNESS, port), port) as address:
        yield address


@pytest.fixture
def page(tab: Any, harness: str) -> Iterator[Any]:
    """The page of components on a computer; an error on the console fails the test."""
    with as_new(tab, **USUAL):
        load_once(tab, harness)
        yield tab


@pytest.fixture
def phone(phone_tab: Any, harness: str) -> Iterator[Any]:
    """The page of components on a phone; likewise."""
    with as_new(phone_tab, **PHONE):
        load_once(phone_tab, harness)
        yield phone_tab


def load_once(page: Any, address: str) -> None:
    if not page.url.startswith(address):
        page.goto(address)
