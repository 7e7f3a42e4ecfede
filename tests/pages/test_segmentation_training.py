"""The tab Train of the segmentation page: what is started, what is watched, and figures that equal the core's."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cnn_core.child_process import read_json
from cnn_core.folders.intake import DataStore
from cnn_core.runs import client
from cnn_core.runs.folder import read_status, write_progress, write_status
from cnn_core.runs.heartbeat import Heartbeat
from cnn_core.runs.store import RunStore
from cnn_core.segmentation.evaluation import evaluate
from cnn_core.segmentation.judged import FILE, load_judged
from cnn_core.segmentation.training.config import NEW, config_of, starts
from cnn_core.starter_models import STARTERS
from pages.segmentation_tabs import train, training_settings
from pages.segmentation_tabs.training_network import LOSSES
from pages.segmentation_tabs.training_widgets import KEY
from pages.ui import run_live
from tests.pages.fine_tune_runs import BROWSER, OWNER
from tests.pages.segmentation_runs import make_masks, make_training

MAIN = str(Path(__file__).parents[2] / "pages" / "main.py")
pytestmark = pytest.mark.skipif(
    "starter_segmenter_shapes" not in STARTERS, reason="the starter of shapes is not in assets/models"
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A server's folder of its own, and no service: a run that is submitted waits."""
    monkeypatch.setenv("CNN_PLAYGROUND_HOME", str(tmp_path))
    monkeypatch.setattr(client, "ensure_service", lambda *_: Heartbeat())
    return tmp_path


def opened(view: str = "Train", **link: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=120)
    app.session_state["picture_session"] = BROWSER
    app.query_params.update({"segmentation_view": view, **link})
    app.switch_page("segmentation.py")
    app.run()
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    found = [*app.markdown, *app.caption, *app.info, *app.error, *app.warning, *app.success]
    return "\n".join(element.value for element in found)


def config_in(run: Path) -> dict[str, Any]:
    found = read_json(run / "config.json")
    assert isinstance(found, dict)
    return found


def test_every_option_goes_into_the_run(home: Path) -> None:
    app = opened(segmentation_data=make_masks(home))
    assert "begins with random weights" in words(app)
    assert config_of_code(app)["input_size"] == [88, 128]
    key = KEY
    app.number_input(key=f"{key}_depth").set_value(2)
    app.number_input(key=f"{key}_filters_unet").set_value(4)
    app.selectbox(key=f"{key}_reduction").set_value(2)
    app.toggle(key=f"{key}_skips").set_value(False)
    app.selectbox(key=f"{key}_side").set_value(64)
    app.number_input(key=f"{key}_epochs").set_value(7)
    app.selectbox(key=f"{key}_loss").set_value(LOSSES["focal+tversky"])
    app.selectbox(key=f"{key}_mirrors").set_value("The photo and its mirror image")
    app.number_input(key=f"{key}_rate").set_value(0.002)
    app.number_input(key=f"{key}_batch").set_value(5)
    app.number_input(key=f"{key}_seed").set_value(3)
    app.number_input(key=f"{key}_views").set_value(2)
    app.number_input(key=f"{key}_patience").set_value(4)
    app.slider(key=f"{key}_crop").set_value(0.5)
    app.slider(key=f"{key}_zoom").set_value(2.0)
    app.slider(key=f"{key}_turn").set_value(30)
    app.slider(key=f"{key}_colour").set_value(0.1)
    app.slider(key=f"{key}_bend").set_value(3.0)
    app.toggle(key=f"{key}_mirror").set_value(False)
    app.toggle(key=f"{key}_turns").set_value(True)
    app.text_input(key=f"{key}_name").set_value("Mine").run()
    app.slider(key=f"{key}_gamma").set_value(1.0)
    app.slider(key=f"{key}_beta").set_value(0.6).run()
    assert not app.exception
    shown = config_of_code(app)
    app.button(key=f"{key}_start").click().run()
    assert not app.exception
    (entry,) = RunStore(home / "runs").list(OWNER)
    config = config_in(entry.folder)
    assert entry.name == "Mine"
    assert {name: config[name] for name in shown} == shown
    parsed = config_of(config)
    assert (parsed.network.depth, parsed.network.base_filters) == (2, 4)
    assert (parsed.network.reduction, parsed.network.skips) == (2, False)
    assert (parsed.input_size, parsed.epochs, parsed.loss) == ((48, 64), 7, "focal+tversky")
    assert (parsed.focal_gamma, parsed.tversky_beta, parsed.tversky_alpha) == (1.0, 0.6, 0.4)
    assert (parsed.learning_rate, parsed.batch_size, parsed.seed) == (0.002, 5, 3)
    assert (parsed.views, parsed.early_stopping, parsed.crop, parsed.mirrors) == (2, 4, 0.5, 2)
    how = parsed.augmentation
    assert (how.zoom, how.turn, how.colour, how.bend) == ((0.5, 2.0), 30.0, 0.1, 3.0)
    assert (how.mirror, how.turns) == (False, True)
    # The run is open, and waits.
    assert (
        app.query_params["segmentation_run"] == [entry.run_id] or app.query_params["segmentation_run"] == entry.run_id
    )
    assert read_status(entry.folder).state == "queued"
    app.segmented_control(key=f"{key}_builder").set_value("FCN").run()
    app.selectbox(key=f"{key}_stride").set_value(16).run()
    app.number_input(key=f"{key}_filters_fcn").set_value(2).run()
    assert config_of_code(app)["network"] == {"builder": "fcn", "stride": 16, "base_filters": 2}
    assert config_of_code(app)["input_size"] == [32, 64]
    shapes = training_settings.start_title("starter_segmenter_shapes")
    app.selectbox(key=f"{key}_start_from").set_value(shapes).run()
    assert "start='starter_segmenter_shapes'" in app.code[0].value
    assert not app.exception


def config_of_code(app: AppTest) -> dict[str, Any]:
    """The changes that the shown code makes."""
    code = next(one.value for one in app.code if "default_config" in one.value)
    found = re.search(r"config \|= (\{.*?\n\})", code, re.DOTALL)
    assert found
    return dict(eval(found[1]))


def test_the_code_writes_a_run_that_can_be_trained(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(segmentation_data=make_masks(home))
    monkeypatch.chdir(tmp_path)
    code = next(one.value for one in app.code if "default_config" in one.value)
    exec(code, {})
    written = config_of(json.loads((tmp_path / "run" / "config.json").read_text()))
    assert (written.start, written.input_size) == (NEW, (88, 128))
    assert written.listing.is_file()


def test_presets_set_what_they_say(home: Path) -> None:
    app = opened()
    for number in range(len(train.PRESETS)):
        app.button(key=f"seg_train_preset_{number}").click().run()
        assert not app.exception
    app.button(key="seg_train_preset_0").click().run()
    assert app.number_input(key="segmentation_source_scenes").value == 1000
    app.number_input(key="segmentation_source_scenes").set_value(12).run()
    app.button(key="segmentation_source_draw").click().run()
    assert not app.exception
    # What was set before there were photos holds for them, and is what the benchmark of the training does.
    changes = config_of_code(app)
    assert {name: changes[name] for name in ("epochs", "learning_rate", "mirrors", "crop")} == {
        "epochs": 1,
        "learning_rate": 0.0003,
        "mirrors": 4,
        "crop": 1.0,
    }
    how = changes["augmentation"]
    assert (how["zoom"], how["turn"], how["colour"]) == ([1.0, 1.0], 0.0, 0.0)
    assert len(DataStore(home / "masks").owned(OWNER)) == 1
    app.button(key="seg_train_preset_1").click().run()
    assert app.selectbox(key="seg_train_start_from").value == training_settings.RANDOM
    assert config_of_code(app)["network"]["skips"] is False
    app.button(key="seg_train_preset_2").click().run()
    assert config_of_code(app)["crop"] == 0.5
    assert config_of_code(app)["augmentation"]["turns"] is True
    titles = [training_settings.start_title(name) for name in starts()]
    assert len(set(titles)) == len(titles)


def test_a_run_is_watched_stopped_and_resumed(home: Path) -> None:
    run = make_training(home, make_masks(home))
    write_status(run, "running")
    write_progress(run, {"phase": "segmentation", "epoch": 3, "epochs": 9, "images_per_second": 7, "seconds_left": 4})
    app = opened(segmentation_run=run.name)
    assert "a\\_b.png cannot be read" in words(app)
    app.button(key="segmentation_run_stop").click().run()
    write_status(run, "stopped")
    app.run()
    app.button(key="segmentation_run_resume").click().run()
    assert read_status(run).state == "queued"
    assert not app.exception


def test_a_slow_network_has_no_speed_of_zero() -> None:
    told = run_live._progress_text({"phase": "segmentation", "images_per_second": 0.04}, {"segmentation": "Training"})
    assert told == "Training · 25 s a picture"


def test_answers_by_epoch_and_figures_are_the_cores(home: Path) -> None:
    run = make_training(home, make_masks(home))
    app = opened(segmentation_run=run.name)
    figures = evaluate(load_judged(run / FILE))
    assert next(one.value for one in app.metric if one.label == "Mean IoU") == f"{figures.mean_iou.value:.3f}"
    for row in figures.by_class:
        line = f"| {row.name} | {row.iou.value:.3f} | {row.iou.low:.3f}–{row.iou.high:.3f} | {row.dice.value:.3f} |"
        assert line in words(app)
    assert "a little too good" in words(app)
    # The last epoch is shown until another is chosen; before the second nothing is found.
    slider = app.select_slider(key="segmentation_run_epoch")
    assert slider.value == 3
    late = words(app).count("Mean IoU 0.2")
    slider.set_value(1).run()
    assert words(app).count("Mean IoU 0.2") > late
    assert not app.exception
    files = {one.proto.label for one in app.get("download_button")}
    assert {"Keras", "Class names"} <= files
    app.button(key="segmentation_run_use").click().run()
    assert not app.exception
    assert app.selectbox(key="segmentation_model").value == f"run:{run.name}"
    assert "**Blocks one" in words(app)
    app.query_params["segmentation_view"] = "Train"
    app.session_state["segmentation_view"] = "Train"
    app.run()
    app.button(key="segmentation_run_delete").click().run()
    assert RunStore(home / "runs").list(OWNER) == ()
