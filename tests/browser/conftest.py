"""A real Chromium and a real server for the browser tests; any error on the browser's console fails the test."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

CHROMIUM = Path("/usr/bin/chromium")
ROOT = Path(__file__).parents[2]
START_SECONDS = 60


@pytest.fixture(scope="session")
def chromium() -> Iterator:
    """One headless browser for the whole session."""
    if not CHROMIUM.exists():
        pytest.skip(f"The browser tests need {CHROMIUM}: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_healthy(url: str, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"The server did not start:\n{log.read_text(encoding='utf-8')}")


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], str]]:
    """`serve(script)` starts `streamlit run` once per script and returns its address."""
    running: dict[Path, tuple[str, subprocess.Popen]] = {}

    def start(script: Path) -> str:
        if script not in running:
            url = f"http://127.0.0.1:{(port := free_port())}"
            log = tmp_path_factory.mktemp("server") / f"{script.stem}.log"
            options = ["--server.port", str(port), "--server.address", "127.0.0.1", "--server.headless", "true"]
            options += ["--server.fileWatcherType", "none", "--browser.gatherUsageStats", "false"]
            with log.open("w", encoding="utf-8") as output:
                process = subprocess.Popen(
                    [sys.executable, "-m", "streamlit", "run", str(script), *options],
                    cwd=ROOT,
                    env=os.environ | {"CNN_PLAYGROUND_WARM_UP": "0", "PYTHONPATH": str(ROOT)},
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            running[script] = (url, process)
            wait_until_healthy(url, process, log)
        return running[script][0]

    yield start
    for _, process in running.values():
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture
def page(chromium) -> Iterator:
    """A page of its own browser context; at the end the test fails if the console showed an error."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert not errors, "The browser's console shows errors:\n" + "\n".join(errors)
