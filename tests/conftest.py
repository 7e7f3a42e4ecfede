"""Where the test photos are, and what every test needs."""

import gc
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

ROOT = Path(__file__).parents[1]

# A Streamlit script that the browser tests serve; the search for doctests would run it outside a server.
collect_ignore = ["browser/components/harness.py"]

# Pages under test must not start importing Keras in the background.
os.environ["CNN_PLAYGROUND_WARM_UP"] = "0"
# Pages that a test opens in passing keep their runs here, and not in the home of whoever runs the tests.
HOME = tempfile.mkdtemp(prefix="cnn-playground-tests-")
os.environ["CNN_PLAYGROUND_HOME"] = HOME

# Most of what is made here is needed until a test ends: Python's usual 700 new objects between two looks for garbage
# are an eighth of the time that building a network takes.
gc.set_threshold(50_000, 20, 20)

# The longest files, longest first: begun at the end they would keep one process busy and leave the others idle.
LONGEST = (
    *("browser/test_app.py", "browser/test_runs.py", "browser/components/test_component_sizes.py"),
    *("architectures/test_catalog.py", "exports/test_take_away.py", "segmentation/test_training.py"),
    *("test_starter_models.py", "transfer/test_train.py", "test_keras_code.py", "pages/test_architectures.py"),
    *("pages/test_fine_tune.py", "training/test_pair.py", "starters/test_detector.py", "test_untrusted_model.py"),
)

# Files that share a server, which loads Keras once, and a browser, which compiles Streamlit once. Runs have their own.
SHARING = ("tests/browser/components/", "tests/browser/test_runs.py", "tests/browser/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first; otherwise as collected."""
    place = {ROOT / "tests" / name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path, len(place)))


def pytest_collection_finish() -> None:
    """What imports have left stays: the collection of garbage, which follows each run of a page, is to pass it by."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    """A page that trains has started the service of its runs, which outlives the page."""
    for process in psutil.process_iter(["cmdline"]):
        with suppress(psutil.Error):
            if any(part.startswith(HOME) for part in process.info["cmdline"] or ()):
                process.kill()
    shutil.rmtree(HOME, ignore_errors=True)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Hands out tests by file, but to one process all those that share a server and a browser."""
    from xdist.scheduler import LoadFileScheduling

    class ByServer(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return next((files for files in SHARING if nodeid.startswith(files)), super()._split_scope(nodeid))

    return ByServer(config, log)


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
