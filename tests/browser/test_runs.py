"""From a folder on disk to a network: uploaded, trained, watched, stopped, resumed, looked into, by a real service."""

import os
import re
import signal
import subprocess
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest

from cnn_core.backbones import weights_present
from cnn_core.child_process import read_json
from cnn_core.detection.ready_made import write_boxed_scenes
from cnn_core.detection.training.config import default_config
from cnn_core.detection.training.new_run import new_detection_training
from cnn_core.folders.ready_made import write_shapes
from cnn_core.runs.folder import append_event, stop_asked, write_progress, write_status
from cnn_core.runs.heartbeat import read_heartbeat
from cnn_core.runs.store import RunStore
from cnn_core.starter_models import STARTERS
from cnn_core.training.mistakes import CASES, MISTAKES
from cnn_core.training.pair_config import EXPERIMENT_JOB, MISTAKE_JOB

pytest.importorskip("playwright")
from playwright.sync_api import expect

from tests.browser.serving import ROOT, free_port, running, streamlit_command
from tests.pages.scratch_runs import finish_pair, make_pair

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not weights_present("starter"), reason="the starter classifier is not in assets/models"),
]

# Keras is loaded twice meanwhile: by the server, which explains, and by the service, which trains.
PATIENT = 120_000
EPOCHS = 250


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[str]:
    """A server with a folder of its own, whose service loads Keras beforehand, as everybody's does."""
    port = free_port()
    settings = ["env", f"CNN_PLAYGROUND_HOME={home}", "CNN_PLAYGROUND_WARM_UP=1"]
    try:
        with running([*settings, *streamlit_command(ROOT / "app.py", port)], port) as address:
            yield address
    finally:
        beat = read_heartbeat(home / "runs")
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


@pytest.mark.skipif(not weights_present("starter"), reason="the starter classifier is not in assets/models")
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


@pytest.fixture
def training() -> Iterator[subprocess.Popen]:
    """A process that stands for a training's."""
    with subprocess.Popen(["sleep", "600"]) as process:
        yield process
        process.kill()


@pytest.mark.skipif("starter_detector_shapes" not in STARTERS, reason="the starter of shapes is not in assets/models")
def test_a_folder_with_boxes_is_evaluated_and_a_training_on_it_is_watched_and_stopped(
    page: Any, server: str, home: Path, training: subprocess.Popen, tmp_path: Path
) -> None:
    folder = write_boxed_scenes(tmp_path / "scenes", count=10, size=(96, 96))
    main = page.get_by_test_id("stMain")
    page.goto(f"{server}/detection?detection_view=Evaluate")
    main.locator("input[type=file]").first.set_input_files(str(folder), timeout=PATIENT)
    expect(main).to_contain_text("10 pictures: 8 to train on, 2 to validate. 6 classes.", timeout=PATIENT)
    main.get_by_role("button", name="Evaluate", exact=True).click()
    found = main.get_by_test_id("stMetric").filter(has_text="mAP 0.5").first
    expect(found).to_contain_text("1.000", timeout=PATIENT)
    expect(main.get_by_role("figure", name=re.compile("Kinds of mistakes"))).to_be_visible(timeout=PATIENT)

    # What a training writes, written here: a real one takes longer than everything else in this file.
    store = RunStore(home / "runs")
    evaluated = store.find(parse_qs(urlparse(page.url).query)["detection_evaluation"][0])
    listing = Path((read_json(evaluated.folder / "config.json") or {})["data"]["listing"])
    config = default_config("", start="new", name="Watched") | {"epochs": 9}
    run = new_detection_training(store, config, listing, owner=evaluated.owner, data={"name": "scenes"})
    write_status(run, "running", pid=training.pid)

    def epoch(number: int) -> None:
        values = {"loss": 3 / number, "val_loss": 4 / number, "val_map50": 0.1 * number, "val_map": 0.05 * number}
        append_event(run, {"kind": "epoch", "phase": "detection", "epoch": number, "learning_rate": 1e-3} | values)
        write_progress(run, {"phase": "detection", "epoch": number + 1, "epochs": 9, "batch": 0, "batches": 1})

    points = "document.querySelector('.js-plotly-plot')?.data?.[0]?.y?.length === {}"
    epoch(1)
    page.goto(f"{server}/detection?detection_view=Train&detection_run={run.name}")
    expect(main).to_contain_text("epoch 2 of 9", timeout=PATIENT)
    page.wait_for_function(points.format(1), timeout=PATIENT)
    epoch(2)
    page.wait_for_function(points.format(2), timeout=PATIENT)
    expect(main).to_contain_text("epoch 3 of 9", timeout=PATIENT)
    main.get_by_role("button", name="Stop", exact=True).click()
    until = time.monotonic() + PATIENT / 1000
    while not stop_asked(run) and time.monotonic() < until:
        page.wait_for_timeout(100)
    assert stop_asked(run)
    write_status(run, "stopped", reason="It was stopped.")
    expect(main.get_by_role("button", name="Resume", exact=True)).to_be_visible(timeout=PATIENT)


def test_a_network_learns_from_scratch_and_one_that_does_not_is_found_out(page: Any, server: str, home: Path) -> None:
    main = page.get_by_test_id("stMain")
    small = "scratch_data=Drawn+shapes&scratch_pictures=100&scratch_network=LeNet-5&scratch_schedule=constant"
    page.goto(f"{server}/from_scratch?{small}&scratch_epochs=80&scratch_early_stopping=0&scratch_inside=true")
    expect(main).to_contain_text("100 pictures to train on, 500 to choose the best epoch by", timeout=PATIENT)
    main.get_by_role("button", name="Train", exact=True).click()
    expect(main).to_contain_text(re.compile(r"epoch \d+ of 80"), timeout=PATIENT)
    expect(main).to_contain_text(re.compile(r"about 12 held-out pictures: \d+ right"), timeout=PATIENT)
    page.reload()
    main.get_by_role("button", name="Stop", exact=True).click(timeout=PATIENT)
    main.get_by_role("button", name="Resume", exact=True).click(timeout=PATIENT)
    expect(main).to_contain_text("Test pictures, seen once, in the end", timeout=3 * PATIENT)
    expect(main).to_contain_text("80 epochs, the weights of epoch")
    main.get_by_role("slider", name="After epoch").press("Home")
    expect(main.locator(".st-key-sharp_scratch_inside").get_by_alt_text("A picture of class ")).to_have_count(12)
    main.get_by_text("What is mistaken for what").click()
    page.get_by_test_id("confusion-cell").filter(has_text=re.compile(r"[1-9]")).first.click(timeout=PATIENT)
    expect(main).to_contain_text(re.compile(r"\d+ pictures? of \w+, called \w+"), timeout=PATIENT)
    with page.expect_download(timeout=PATIENT) as download:
        main.get_by_role("button", name="Keras", exact=True).click()
    assert download.value.suggested_filename == "model.keras"

    pair = make_pair(home, {"job": EXPERIMENT_JOB, "experiment": "augmentation"}, seeds=(0,))
    finish_pair(pair, (0,))
    page.goto(f"{server}/from_scratch?scratch_view=Experiments&scratch_pair_run={pair.name}")
    expect(main).to_contain_text("On 300 test pictures, asked about once", timeout=PATIENT)
    expect(main.locator(".js-plotly-plot")).to_have_count(3)

    case = make_pair(home, {"job": MISTAKE_JOB, "case": 1}, seeds=(0,))
    finish_pair(case, (0,))
    page.goto(f"{server}/from_scratch?scratch_view=What+is+wrong+here%3F&scratch_wrong_run={case.name}")
    mistake = MISTAKES[CASES[0]]
    main.get_by_text(mistake.title, exact=True).click(timeout=PATIENT)
    expect(main).not_to_contain_text(mistake.changes)
    main.get_by_role("button", name="That is it").click()
    expect(main).to_contain_text(mistake.changes, timeout=PATIENT)
    expect(main.locator(".js-plotly-plot")).to_have_count(4)
