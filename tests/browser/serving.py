"""A real server and a real Chromium, for the browser tests and for taking pictures."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
CHROMIUM = Path("/usr/bin/chromium")
HOW_TO_GET_CHROMIUM = f"The browser tests need {CHROMIUM}: apt-get install chromium"
START_SECONDS = 90
USUAL: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "user_agent": "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/150 Mobile Safari/537.36",
}
# Whoever has no graphics processor pays for every frame of "running" and of a skeleton, as long as a test waits.
STILL = """document.addEventListener("DOMContentLoaded", () => {
  const style = document.createElement("style");
  style.textContent = "*, *::before, *::after { animation: none !important; }";
  document.head.append(style);
});"""
USUAL_TIMEOUT = 30_000
PATIENT = 20_000
# On a deep link Streamlit first looks for its server below the page's path, and the browser notes the two misses.
PROBES = ("/_stcore/health", "/_stcore/host-config")


@contextmanager
def launched_chromium() -> Iterator[Any]:
    """One headless Chromium."""
    from playwright.sync_api import expect, sync_playwright

    # Two busy cores draw a page in seconds, not at once.
    expect.set_options(timeout=PATIENT)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@contextmanager
def watched_page(browser: Any, **options: Any) -> Iterator[Any]:
    """A page in a browser context of its own, without errors until its end."""
    with browser.new_context(**(USUAL | options)) as context:
        page = context.new_page()
        with without_errors(page):
            yield page


@contextmanager
def as_new(page: Any, viewport: dict[str, int], **_options: Any) -> Iterator[None]:
    """A page that others have used, set as a new one is; without cookies, and without errors until the end."""
    page.context.clear_cookies()
    page.set_viewport_size(viewport)
    page.emulate_media(color_scheme="light")
    page.set_default_timeout(USUAL_TIMEOUT)
    page.mouse.move(0, 0)
    with without_errors(page):
        yield


@contextmanager
def without_errors(page: Any) -> Iterator[None]:
    """An error that the console shows meanwhile, or an exception box at the end, is a failure."""
    errors: list[str] = []

    def note(message: Any) -> None:
        if message.type == "error" and not message.location["url"].endswith(PROBES):
            errors.append(f"{message.text} {message.location['url']}")

    def note_uncaught(error: Any) -> None:
        errors.append(str(error))

    page.on("console", note)
    page.on("pageerror", note_uncaught)
    try:
        yield
        boxes = page.get_by_test_id("stException").all_inner_texts()
    finally:
        page.remove_listener("console", note)
        page.remove_listener("pageerror", note_uncaught)
    assert not errors, "The browser's console shows errors:\n" + "\n".join(errors)
    assert not boxes, "The page shows an exception:\n" + "\n".join(boxes)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# `make run` watches the files for a developer, which costs a core for a while.
_ENVIRONMENT = {"CNN_PLAYGROUND_WARM_UP": "0", "STREAMLIT_SERVER_FILE_WATCHER_TYPE": "none"}
# ImageNet's weights where there are test data; elsewhere the server has those of whoever runs the tests.
_WEIGHTS = Path(os.environ.get("CNN_TEST_DATA", ROOT.parent / "shared" / "data")) / "keras_home"
if _WEIGHTS.is_dir():
    _ENVIRONMENT["KERAS_HOME"] = str(_WEIGHTS)


def streamlit_command(script: Path, port: int) -> list[str]:
    """`streamlit run` without a file watcher, which only a developer needs."""
    options = ["--server.port", str(port), "--server.address", "127.0.0.1", "--server.fileWatcherType", "none"]
    return [sys.executable, "-m", "streamlit", "run", str(script), *options]


@contextmanager
def running(command: Sequence[str], port: int) -> Iterator[str]:
    """Start a server, wait until it answers, give its address, and stop it and its children at the end."""
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryFile() as log, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | _ENVIRONMENT | {"PYTHONPATH": str(ROOT), "CNN_PLAYGROUND_HOME": home},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            if not _healthy(url, process):
                log.seek(0)
                raise RuntimeError(f"The server did not start:\n{log.read().decode()}")
            yield url
        finally:
            _stop(process)


def _healthy(url: str, process: subprocess.Popen) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2):
                return True
        except OSError:
            time.sleep(0.2)
    return False


def _stop(process: subprocess.Popen) -> None:
    try:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
