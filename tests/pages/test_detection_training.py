"""The tabs Evaluate and Train of the detection page: figures equal the core's, and every control works."""

import io
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cnn_core.boxes import Boxes
from cnn_core.child_process import read_json
from cnn_core.detection import hub
from cnn_core.detection.boxed_listing import PARTS, BoxedItem, BoxedListing, load_boxed_listing
from cnn_core.detection.evaluation import evaluate
from cnn_core.detection.evaluation_job import chosen_detector, options_of
from cnn_core.detection.judged import FILE as ANSWERS
from cnn_core.detection.judged import load_judged
from cnn_core.detection.own_file import FileOptions
from cnn_core.detection.starters import load_starter
from cnn_core.detection.training.config import config_of
from cnn_core.errors import InputError
from cnn_core.folders.data_set import About, save_about
from cnn_core.folders.intake import DataStore
from cnn_core.model_downloads import models_folder
from cnn_core.runs import client
from cnn_core.runs.folder import read_status, write_progress, write_status
from cnn_core.runs.heartbeat import Heartbeat
from cnn_core.runs.store import RunStore
from cnn_core.starter_models import STARTERS
from pages.detection_tabs import detector_pick, judged_pictures
from pages.detection_tabs.evaluate import evaluation_code
from pages.detection_tabs.own_model import KEY as OWN_KEY
from pages.ui.own_file import OwnFile
from tests.detection.boxed_pictures import NAMES, picture, write_coco_folder, write_voc_folder, write_yolo_folder
from tests.pages.detection_runs import COUNT, listing_of, make_boxes, make_evaluation, make_training
from tests.pages.fine_tune_runs import BROWSER, OWNER
from tests.pages.folder_bringing import bring_folder

MAIN = str(Path(__file__).parents[2] / "pages" / "main.py")
pytestmark = pytest.mark.skipif(
    "starter_detector_shapes" not in STARTERS, reason="the starter of shapes is not in assets/models"
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A server's folder of its own, and no service: a run that is submitted waits."""
    monkeypatch.setenv("CNN_PLAYGROUND_HOME", str(tmp_path))
    monkeypatch.setattr(client, "ensure_service", lambda *_: Heartbeat())
    return tmp_path


def opened(view: str, *, browser: str = BROWSER, **link: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=120)
    app.session_state["picture_session"] = browser
    app.query_params.update({"detection_view": view, **link})
    app.switch_page("detection.py")
    app.run()
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    found = [*app.markdown, *app.caption, *app.info, *app.error, *app.warning, *app.success, *app.code]
    return "\n".join(element.value for element in found)


def metric(app: AppTest, label: str) -> str:
    return next(element.value for element in app.metric if element.label == label)


def delta(app: AppTest, label: str) -> str:
    return next(element.delta for element in app.metric if element.label == label)


def only_run(home: Path) -> Path:
    return RunStore(home / "runs").list(OWNER)[0].folder


def config_in(run: Path) -> dict[str, Any]:
    found = read_json(run / "config.json")
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("view", ["Evaluate", "Train"])
def test_without_pictures_there_are_sources(home: Path, view: str) -> None:
    app = opened(view)
    assert not app.error
    assert {"A folder", "A zip", "Drawn here"} <= set(app.segmented_control(key="detection_source").options)
    app.segmented_control(key="detection_source").set_value("Drawn here").run()
    app.number_input(key="detection_source_scenes").set_value(10).run()
    app.button(key="detection_source_draw").click().run()
    assert not app.exception
    (data_id,) = DataStore(home / "boxes").owned(OWNER)
    assert app.query_params["detection_data"] == data_id
    assert "**10 pictures**: 8 to train on, 2 to validate. **6 classes.**" in words(app)
    app.button(key="detection_delete_data").click().run()
    assert DataStore(home / "boxes").owned(OWNER) == []


LAYOUTS = {
    "coco": lambda folder: write_coco_folder(folder, {"train2017": range(4), "val2017": range(4, 6)}),
    "voc": lambda folder: write_voc_folder(folder, {"train": range(4), "val": range(4, 6)}),
    "yolo": lambda folder: write_yolo_folder(folder, 6),
}


@pytest.mark.parametrize(("layout", "view"), [("coco", "Evaluate"), ("voc", "Train"), ("yolo", "Evaluate")])
def test_annotated_pictures_are_brought_as_a_folder_and_as_a_zip(
    home: Path, tmp_path: Path, layout: str, view: str
) -> None:
    folder = LAYOUTS[layout](tmp_path / "brought" / "my set")
    files = {str(path.relative_to(folder.parent)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        for name, content in files.items():
            package.writestr(name, content)
    store = DataStore(home / "boxes")
    for way, brought in (("folder", files), ("zip", {"my set.zip": packed.getvalue()})):
        app = opened(view)
        if way == "folder":
            bring_folder(app, "detection_source", brought)
        else:
            app.segmented_control(key="detection_source").set_value("A zip").run()
            (widget,) = (one for one in app.file_uploader if (one.key or "").startswith("detection_source_zip"))
            widget.set_value([(name, content, "application/zip") for name, content in brought.items()]).run()
        assert not app.exception
        assert not app.error
        (data_id,) = store.owned(OWNER)
        said = words(app)
        assert "**6 pictures**: " in said
        assert "**2 classes.**" in said
        _, listing = listing_of(home, data_id)
        assert listing.problems == ()
        for item in listing.items:
            _, boxes = picture(int(Path(item.file).stem))
            found = item.truth.boxes
            # VOC's classes come in the order of the alphabet.
            assert [found.names[label] for label in found.labels] == [NAMES[label] for label, _ in boxes]
            np.testing.assert_allclose(found.corners, [corners for _, corners in boxes], atol=1e-3)
        parts = {part: sorted(int(Path(item.file).stem) for item in listing.of({part})) for part in PARTS}
        if layout != "yolo":
            assert (parts["train"], parts["validation"]) == ([0, 1, 2, 3], [4, 5])
        start = "detection_evaluation_start" if view == "Evaluate" else "detection_train_start"
        assert start in {button.key for button in app.button}
        store.remove(data_id)


def test_an_evaluation_is_started_watched_and_stopped(home: Path) -> None:
    data_id = make_boxes(home)
    app = opened("Evaluate", detection_data=data_id)
    assert "**12 pictures**: 8 to train on, 4 to validate. **2 classes.**" in words(app)
    app.segmented_control(key="detection_evaluation_part").set_value("validation").run()
    app.selectbox(key="detection_evaluation_detector").set_value("starter_detector_shapes").run()
    app.button(key="detection_evaluation_start").click().run()
    run = only_run(home)
    assert config_in(run)["parts"] == ["validation"]
    assert config_in(run)["detector"] == "starter_detector_shapes"
    assert read_status(run).state == "queued"
    assert app.query_params["detection_evaluation"] == run.name
    write_status(run, "running")
    write_progress(run, {"phase": "looking", "batch": 3, "batches": 4, "images_per_second": 7, "seconds_left": 1})
    app.run()
    assert "detection_evaluation_stop" in {button.key for button in app.button}
    app.button(key="detection_evaluation_stop").click().run()
    assert read_status(run).state == "stopped"
    write_status(run, "stopped", reason="It was stopped behind 3 of 4 pictures")
    app.run()
    assert "3 of 4 pictures" in words(app)
    app.button(key="detection_evaluation_resume").click().run()
    assert read_status(run).state == "queued"


def test_the_figures_of_an_evaluation_are_the_cores(home: Path) -> None:
    run = make_evaluation(home, make_boxes(home))
    app = opened("Evaluate", detection_evaluation=run.name)
    figures = evaluate(load_judged(run / ANSWERS))
    assert metric(app, "mAP 0.5") == f"{figures.coco.ap50:.3f}" == "0.500"
    # Every picture is like the others: the figure is the same whichever are drawn.
    assert delta(app, "mAP 0.5") == ""
    assert metric(app, "VOC 2012") == f"{figures.voc12.ap:.3f}"
    assert metric(app, "Pictures") == str(COUNT)
    assert "| red | 1.000 | 1.000 | 12 | 12 | 12 | 0 | 50 % | 100 % |" in words(app)
    assert "| blue | 0.000 | 0.000 | 12 | 0 | 0 | 12 | – | 0 % |" in words(app)
    assert "images/0.png: 1 right, 1 wrong, 1 not found" in words(app)
    app.slider(key="detection_evaluation_threshold").set_value(0.7).run()
    assert "| red | 1.000 | 1.000 | 12 | 12 | 0 | 0 | 100 % | 100 % |" in words(app)
    app.selectbox(key="detection_evaluation_which").set_value("confusion").run()
    assert "no such mistake" in words(app)
    app.selectbox(key="detection_evaluation_which").set_value("in order").run()
    app.number_input(key="detection_evaluation_page").set_value(2).run()
    assert not app.exception
    app.button(key="detection_evaluation_delete").click().run()
    assert RunStore(home / "runs").list(OWNER) == ()


def test_pictures_show_what_is_right_what_is_wrong_and_what_is_missing(home: Path) -> None:
    run = make_evaluation(home, make_boxes(home))
    picture = load_judged(run / ANSWERS).pictures[0]
    marks = judged_pictures.marks_of_judged(picture, {0: "#111111", 1: "#222222"}, threshold=0.35, scale=(2.0, 2.0))
    assert [(mark.caption, mark.strong, mark.dashed) for mark in marks] == [
        ("red 0.90", False, False),
        ("red 0.60: confusion", True, False),
        ("", False, True),
        ("blue not found", False, True),
    ]
    np.testing.assert_allclose(marks[0].corners, picture.found.corners[0] * 2, rtol=1e-6)


def test_the_code_of_an_evaluation_gives_its_figures(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from cnn_core.detection.ready_made import write_boxed_scenes

    data_id = make_boxes(home)
    _, listing = listing_of(home, data_id)
    scenes = write_boxed_scenes(home / "scenes", count=4, size=(96, 96))
    code = evaluation_code({"detector": "starter_detector_shapes", "parts": ["train"]}, listing)
    namespace: dict[str, Any] = {}
    exec(code.replace(str(listing.root), str(scenes)), namespace)
    assert len(namespace["judged"].pictures) == 3
    assert str(namespace["figures"].coco.ap50) in capsys.readouterr().out


def test_a_file_that_is_open_in_the_session_is_evaluated_as_it_is_read_there(home: Path) -> None:
    app = opened("Evaluate", detection_data=make_boxes(home))
    file = OwnFile("my_net.onnx", tempfile.TemporaryDirectory(dir=home), "digest", 11)
    file.path.write_bytes(b"its content")
    options = FileOptions(("red", "blue"), channels="bgr", size=(64, 96))
    app.session_state[f"{OWN_KEY}_file"] = file
    app.session_state[f"{OWN_KEY}_opened"] = (("digest", options), load_starter("starter_detector_shapes"))
    app.run()
    app.selectbox(key="detection_evaluation_detector").set_value("own").run()
    app.button(key="detection_evaluation_start").click().run()
    assert not app.exception
    run = only_run(home)
    assert "my_net.onnx" in app.selectbox(key="detection_evaluation_detector").options
    assert config_in(run)["name"] == "my_net.onnx on Blocks"
    assert (run / "network" / config_in(run)["file"]).read_bytes() == b"its content"
    assert options_of(config_in(run)) == options
    assert "options=FileOptions(names=('red', 'blue')" in evaluation_code(config_in(run), listing_in(run))
    with pytest.raises(InputError):
        chosen_detector(run, config_in(run))


def test_models_of_a_hub_that_are_here_are_evaluated(home: Path) -> None:
    """A preset of KerasHub, and a SavedModel by a handle that was typed in the tab Boxes."""
    typed = "someone/some-detector/tensorFlow2/default/3"
    (models_folder() / typed.replace("/", "--")).mkdir(parents=True)
    (models_folder() / hub.PRESETS["dfine_nano_coco"].handle.replace("/", "--")).mkdir()
    app = opened("Evaluate", detection_data=make_boxes(home))
    offered = app.selectbox(key="detection_evaluation_detector").options
    assert "D-FINE nano" in offered
    assert "D-FINE small" not in offered
    app.session_state["detection_hub_handle"] = typed
    app.run()
    for name in ("dfine_nano_coco", typed):
        app.selectbox(key="detection_evaluation_detector").set_value(name).run()
        app.button(key="detection_evaluation_start").click().run()
        assert not app.exception
        run = RunStore(home / "runs").find(app.query_params["detection_evaluation"]).folder
        assert config_in(run)["detector"] == name
        assert f"load_detector({name!r})" in evaluation_code(config_in(run), listing_in(run))


def listing_in(run: Path) -> BoxedListing:
    return load_boxed_listing(Path(config_in(run)["data"]["listing"]))


def test_every_option_of_a_training_reaches_its_config(home: Path) -> None:
    app = opened("Train", detection_data=make_boxes(home))
    numbers = {"epochs": 4, "rate": 0.002, "batch": 8, "views": 2, "patience": 3, "seed": 5}
    for name, value in numbers.items():
        app.number_input(key=f"detection_train_{name}").set_value(value)
    for name, value in {"zoom": 2.0, "colour": 0.5, "mosaic": 0.2}.items():
        app.slider(key=f"detection_train_{name}").set_value(value)
    app.toggle(key="detection_train_mirror").set_value(False)
    app.toggle(key="detection_train_turns").set_value(True)
    app.selectbox(key="detection_train_side").set_value(128)
    app.selectbox(key="detection_train_start_from").set_value("new")
    app.text_input(key="detection_train_name").set_value("My blocks")
    app.run()
    app.button(key="detection_train_start").click().run()
    assert not app.exception
    run = only_run(home)
    config = config_of(config_in(run))
    assert (config.start, config.name, config.input_size) == ("new", "My blocks", (128, 128))
    assert (config.epochs, config.learning_rate, config.batch_size, config.views) == (4, 0.002, 8, 2)
    assert (config.early_stopping, config.seed) == (3, 5)
    how = config.augmentation
    assert (how.zoom, how.colour, how.mosaic, how.mirror, how.turns) == ((0.5, 2.0), 0.5, 0.2, False, True)
    assert read_status(run).state == "queued"
    write_status(run, "running")
    write_progress(run, {"phase": "detection", "epoch": 2, "epochs": 4, "batch": 1, "batches": 2})
    app.run()
    app.button(key="detection_run_stop").click().run()
    assert read_status(run).state == "stopped"


@pytest.mark.parametrize("pictures", [2, 3])
def test_a_handful_of_pictures_can_be_trained_on(home: Path, pictures: int) -> None:
    store = DataStore(home / "boxes")
    data_id = store.new(OWNER)
    write_yolo_folder(store.root(data_id), pictures)
    save_about(store.folder(data_id), About(title="Few", validation=1 / 3))
    app = opened("Train", detection_data=data_id)
    assert app.number_input(key="detection_train_views").value == 100


def sometimes(item: BoxedItem) -> Boxes:
    """Red is found in some pictures alone."""
    boxes = item.truth.boxes
    first = boxes[np.array([0])]
    return Boxes(first.corners + (40 if int(Path(item.file).stem) % 2 else 0), [0], [0.9], boxes.names)


def test_the_interval_beside_the_figure_is_the_cores(home: Path) -> None:
    run = make_training(home, make_boxes(home), found=sometimes)
    interval = evaluate(load_judged(run / ANSWERS).of({"validation"})).interval50
    assert interval.low < interval.high
    app = opened("Train", detection_run=run.name)
    assert delta(app, "mAP 0.5") == f"95 %: {interval.low:.3f} to {interval.high:.3f}"


def test_a_finished_training_shows_curves_figures_and_pictures(home: Path) -> None:
    run = make_training(home, make_boxes(home))
    app = opened("Train", detection_run=run.name)
    said = words(app)
    assert "a\\_b.png cannot be read" in said
    assert metric(app, "mAP 0.5") == "0.500"
    assert metric(app, "Pictures") == "4"
    assert "Training chose its best epoch by these pictures" in said
    charts = {element.proto.id for element in app.main.get("plotly_chart")}
    assert len(charts) == 3
    app.button(key="detection_run_use").click().run()
    # Its network was never written here: said in words, and the choice stays.
    assert f"run:{run.name}" in app.query_params["detection_model"]
    assert "no trained detector yet" in "\n".join(error.value for error in app.error)


def test_class_names_of_somebodys_files_are_words_and_no_markdown(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_training(home, make_boxes(home))
    told = replace(load_starter("starter_detector_shapes"), about="Finds ![cat](https://somewhere/seen.png).")
    monkeypatch.setattr(detector_pick, "trained_detector", lambda *_, **__: told)
    app = opened("Boxes", browser="c" * 43, detection_model=f"run:{run.name}")
    assert "answers. Finds " in words(app)
    assert "![cat](" not in words(app)


def test_figures_stay_when_the_pictures_are_deleted(home: Path) -> None:
    data_id = make_boxes(home)
    runs = {"Train": make_training(home, data_id), "Evaluate": make_evaluation(home, data_id)}
    DataStore(home / "boxes").remove(data_id)
    for view, key in (("Train", "detection_run"), ("Evaluate", "detection_evaluation")):
        app = opened(view, **{key: runs[view].name})
        assert not app.error
        assert metric(app, "mAP 0.5") == "0.500"
        assert "were deleted; its figures stay" in words(app)


def test_a_link_shows_a_run_to_others_without_its_buttons(home: Path) -> None:
    run = make_training(home, make_boxes(home))
    app = opened("Train", browser="c" * 43, detection_run=run.name)
    assert metric(app, "mAP 0.5") == "0.500"
    assert "detection_run_delete" not in {button.key for button in app.button}
    app = opened("Train", detection_run="x" * 22)
    assert "There is no such run" in words(app)


def test_folders_that_cannot_be_used_are_refused_in_words(home: Path) -> None:
    store = DataStore(home / "boxes")
    data_id = store.new(OWNER)
    store.add_file(data_id, "set/a.txt", b"nothing")
    assert "There are no pictures in" in words(opened("Train", detection_data=data_id))
