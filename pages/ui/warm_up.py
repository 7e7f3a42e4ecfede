"""Imports Keras in the background once the first page has been drawn, so that later pages open quickly."""

import gc
import importlib
import logging
import os
import pkgutil
import threading
from functools import cache
from pathlib import Path

first_page_drawn = threading.Event()

# The browser fetches fonts and pictures right after the script has ended; the import would compete with that.
_PAUSE_SECONDS = 1.5


def start() -> threading.Thread | None:
    """Load the pages' own modules now, and Keras once the first page has been drawn.

    The environment variable CNN_PLAYGROUND_WARM_UP=0 leaves Keras out.
    """
    _import_pages()
    _settle_memory()
    if os.environ.get("CNN_PLAYGROUND_WARM_UP") == "0":
        return None
    thread = threading.Thread(target=_import_behind_the_first_page, name="warm-up", daemon=True)
    thread.start()
    return thread


def _import_pages() -> None:
    """Import what the pages are made of before the first visitor comes.

    Streamlit stops a script's run where the next one is asked for: a visitor who clicks while a page is loading for the
    first time would stop it in the middle of an import, and others would meet half a module.
    """
    pages = Path(__file__).parents[1]
    for folder in sorted(path.name for path in pages.iterdir() if (path / "__init__.py").is_file()):
        for module in pkgutil.iter_modules([str(pages / folder)]):
            importlib.import_module(f"pages.{folder}.{module.name}")


@cache
def load_keras() -> threading.Thread:
    """The thread that imports Keras, started now unless it has been before; it may have ended.

    Two visitors who ask in the same moment may start two: Python imports a module once.
    """
    thread = threading.Thread(target=_import_keras, name="keras", daemon=True)
    thread.start()
    return thread


def _import_behind_the_first_page() -> None:
    first_page_drawn.wait()
    threading.Event().wait(_PAUSE_SECONDS)
    load_keras().join()


def _import_keras() -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # TensorFlow writes notes of its own to the terminal before its log level can be set.
    print("  Loading TensorFlow in the background for the later pages; the notes it prints are harmless.", flush=True)
    try:
        import keras  # noqa: F401
    except ImportError:
        logging.getLogger(__name__).warning("Keras is not installed: pages that run a network will not work.")
    _settle_memory()


def _settle_memory() -> None:
    """Take what is loaded out of the garbage collector's rounds: Streamlit collects after every run of the script."""
    gc.collect()
    gc.freeze()
