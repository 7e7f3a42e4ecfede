"""Stores with a service."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runs.store_fixtures import Store, store_at


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store whose service is started by the first submission, and killed at the end."""
    yield from store_at(tmp_path / "store")


@pytest.fixture(scope="module")
def shared_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One for tests that leave nothing going on."""
    yield from store_at(tmp_path_factory.mktemp("runs") / "store")
