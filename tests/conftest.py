"""Where the test photos are, and what every test needs."""

import gc
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Streamlit scripts that the browser tests serve; the search for doctests would run them outside a server.
collect_ignore_glob = ["browser/*harness.py"]

# Pages under test must not start importing Keras in the background.
os.environ["CNN_PLAYGROUND_WARM_UP"] = "0"


def pytest_collection_finish() -> None:
    """What imports have left stays: the collection of garbage, which follows each run of a page, is to pass it by."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of real data: ../shared/data, or where CNN_TEST_DATA points."""
    folder = Path(os.environ.get("CNN_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no test data in {folder}: set CNN_TEST_DATA to its folder")
    return folder


@pytest.fixture(scope="session")
def photos(data_folder: Path) -> Path:
    """The folder of real photos."""
    folder = data_folder / "photos"
    if not folder.is_dir():
        pytest.skip(f"no photos in {folder}")
    return folder
