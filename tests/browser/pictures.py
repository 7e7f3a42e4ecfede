"""Takes the README's pictures from the running app: `make pictures`."""

from pathlib import Path
from typing import Any

from tests.browser.serving import ROOT, free_port, launched_chromium, running, streamlit_command, watched_page
from tests.browser.views import VIEWS, View

FOLDER = ROOT / "docs" / "pictures"
SETTLE_MS = 800
# The first network waits until Keras has been loaded.
PATIENT_MS = 90_000


def take(page: Any, base: str, view: View, folder: Path) -> Path:
    """Open one view in a page of its device, wait until it stands still, and save it as PNG."""
    page.goto(view.address(base))
    return take_again(page, view, folder)


def take_again(page: Any, view: View, folder: Path) -> Path:
    """Wait until the view that is open stands still, and save it as PNG."""
    path = folder / f"{view.name}.png"
    page.wait_for_selector(view.ready, timeout=PATIENT_MS)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=PATIENT_MS)
    page.wait_for_timeout(SETTLE_MS)
    page.screenshot(path=path)
    return path


def main() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    FOLDER.mkdir(parents=True, exist_ok=True)
    port = free_port()
    with running(streamlit_command(ROOT / "app.py", port), port) as base, launched_chromium() as browser:
        for view in VIEWS:
            if f"{view.name}.png" in text:
                with watched_page(browser, **view.context()) as page:
                    print(take(page, base, view, FOLDER).relative_to(ROOT))


if __name__ == "__main__":
    main()
