"""From a folder on disk to a network that is taken home: uploaded, trained, watched, stopped, resumed, looked into."""

import os
import re
import signal
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from cnn_core.backbones import weights_present
from cnn_core.folders.ready_made import write_shapes
from cnn_core.runs.heartbeat import read_heartbeat

pytest.importorskip("playwright")
from playwright.sync_api import expect

from tests.browser.serving import ROOT, free_port, running, streamlit_command

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not weights_present("starter"), reason="the starter classifier is not in assets/models"),
]

# Keras is loaded twice meanwhile: by the server, which explains, and by the service, which trains.
PATIENT = 120_000
EPOCHS = 250


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """A server with a folder of its own, whose service loads Keras beforehand, as everybody's does."""
    port = free_port()
    settings = ["env", f"CNN_PLAYGROUND_HOME={tmp_path / 'home'}", "CNN_PLAYGROUND_WARM_UP=1"]
    try:
        with running([*settings, *streamlit_command(ROOT / "app.py", port)], port) as address:
            yield address
    finally:
        beat = read_heartbeat(tmp_path / "home" / "runs")
        if beat.alive:
            with suppress(ProcessLookupError):
                os.killpg(beat.pid, signal.SIGKILL)


def epoch_of(main: Any) -> int:
    """The epoch that the progress bar names."""
    bar = main.get_by_text(re.compile(rf"epoch \d+ of {EPOCHS}")).first
    expect(bar).to_be_visible(timeout=PATIENT)
    found = re.search(r"epoch (\d+) of", bar.inner_text())
    assert found is not None
    return int(found[1])


def test_a_folder_becomes_a_network(page: Any, server: str, tmp_path: Path) -> None:
    folder = write_shapes(tmp_path / "shapes", per_class=10, size=48)
    main = page.get_by_test_id("stMain")
    page.goto(f"{server}/fine_tune?fine_tune_epochs={EPOCHS}&fine_tune_patience=0")
    main.locator("input[type=file]").first.set_input_files(str(folder), timeout=PATIENT)
    expect(main.get_by_role("button", name="Delete", exact=True)).to_be_visible(timeout=PATIENT)

    main.get_by_role("tab", name="Train", exact=True).click()
    expect(main).to_contain_text("6 classes: ", timeout=PATIENT)
    expect(main).to_contain_text("Expected accuracy", timeout=PATIENT)
    main.get_by_role("button", name="Train", exact=True).click()

    first = epoch_of(main)
    expect(main.locator(".js-plotly-plot").first).to_be_visible(timeout=PATIENT)
    page.reload()
    assert epoch_of(main) > first
    assert "run=" in page.url

    main.get_by_role("button", name="Stop", exact=True).click()
    resume = main.get_by_role("button", name="Resume", exact=True)
    expect(resume).to_be_visible(timeout=PATIENT)
    resume.click()
    see = main.get_by_role("button", name="See the result")
    # The rest of the epochs: seconds on an idle machine, minutes beside other work.
    expect(see).to_be_visible(timeout=3 * PATIENT)
    see.click()

    # A cell that has pictures: which one that is depends on what the network has learned.
    cell = page.get_by_test_id("confusion-cell").filter(has_text=re.compile(r"\d")).first
    expect(cell).to_be_visible(timeout=PATIENT)
    cell.click()
    expect(main).to_contain_text(re.compile(r"of \w+, called \w+"), timeout=PATIENT)
    expect(main.get_by_alt_text(re.compile(r"What speaks for \w+ in ")).first).to_be_visible(timeout=PATIENT)

    main.get_by_role("tab", name="Take it away").click()
    with page.expect_download(timeout=PATIENT) as download:
        main.get_by_role("button", name="Download all that is needed to use it").click()
    download.value.save_as(tmp_path / "home.zip")
    with zipfile.ZipFile(tmp_path / "home.zip") as package:
        assert {"model.keras", "labels.txt", "predict.py", "MODEL_CARD.md"} <= set(package.namelist())
        assert package.read("labels.txt").decode().split() == ["circle", "cross", "ring", "square", "star", "triangle"]
