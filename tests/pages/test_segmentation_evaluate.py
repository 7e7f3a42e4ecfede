"""The tab Evaluate of the segmentation page, in AppTest: photos brought, a run watched, its figures and pictures."""

import io
import json
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cnn_core.child_process import read_json
from cnn_core.errors import InputError
from cnn_core.folders.data_set import About, save_about
from cnn_core.folders.intake import DataStore
from cnn_core.model_downloads import models_folder
from cnn_core.runs import client
from cnn_core.runs.folder import read_status, write_progress, write_status
from cnn_core.runs.heartbeat import Heartbeat
from cnn_core.runs.store import RunStore
from cnn_core.segmentation.evaluation import evaluate
from cnn_core.segmentation.evaluation_job import chosen_segmenter, evaluation_run, options_of
from cnn_core.segmentation.hub import PRESETS
from cnn_core.segmentation.judged import FILE, load_judged
from cnn_core.segmentation.loading import load_segmenter
from cnn_core.segmentation.own_file import FileOptions
from cnn_core.segmentation.ready_made import write_masked_scenes
from pages.segmentation_tabs.evaluate import evaluation_code
from pages.ui.own_file import OwnFile
from tests.pages.fine_tune_runs import BROWSER, OWNER
from tests.pages.folder_bringing import bring_folder
from tests.pages.segmentation_runs import listing_of, make_masks, make_training
from tests.segmentation.masked_pictures import write_coco_folder, write_folder, write_photo

MAIN = str(Path(__file__).parents[2] / "pages" / "main.py")
SHAPES = "starter_segmenter_shapes"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A server's folder of its own, and no service: a run that is submitted waits."""
    monkeypatch.setenv("CNN_PLAYGROUND_HOME", str(tmp_path))
    monkeypatch.setattr(client, "ensure_service", lambda *_: Heartbeat())
    return tmp_path


def opened(*, browser: str = BROWSER, **link: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=120)
    app.session_state["picture_session"] = browser
    app.query_params.update({"segmentation_view": "Evaluate", **link})
    app.switch_page("segmentation.py")
    app.run()
    return checked(app)


def checked(app: AppTest) -> AppTest:
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    found = [*app.markdown, *app.caption, *app.info, *app.error, *app.warning, *app.success]
    return "\n".join(element.value for element in found)


def pictures(app: AppTest) -> list[str]:
    return [image.alt for element in app.main.get("image") for image in element.proto.imgs]


def zipped(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in folder.rglob("*"):
            if path.is_file():
                archive.write(path, path.relative_to(folder.parent))
    return buffer.getvalue()


def test_photos_with_masks_are_drawn_or_brought(home: Path, tmp_path: Path) -> None:
    app = opened()
    assert {"A folder", "A zip", "Drawn here"} <= set(app.segmented_control(key="segmentation_source").options)
    app.button(key="segmentation_evaluate_preset_0").click().run()
    app.number_input(key="segmentation_source_scenes").set_value(10).run()
    app.button(key="segmentation_source_draw").click().run()
    assert "**10 photos**: 8 to train on, 2 to validate. **7 classes.**" in words(checked(app))
    assert app.selectbox(key="segmentation_evaluation_segmenter").value == SHAPES
    app.button(key="segmentation_evaluate_preset_1").click().run()
    assert app.selectbox(key="segmentation_evaluation_segmenter").value == "starter_fcn32s"
    app.segmented_control(key="segmentation_source").set_value("A zip").run()
    folder = write_coco_folder(tmp_path / "brought" / "blocks", {"train2017": range(3), "val2017": range(3, 4)})
    app.file_uploader(key="segmentation_source_zip_0").set_value([("b.zip", zipped(folder), "")]).run()
    assert "**4 photos**: 3 to train on, 1 to validate. **3 classes.**" in words(checked(app))
    app.segmented_control(key="segmentation_source").set_value("A folder").run()
    folder = write_folder(tmp_path / "again" / "my set", 3)
    write_photo(folder / "images" / "bare.png", np.zeros((9, 9, 3), np.uint8))
    brought = {str(path.relative_to(folder.parent)): path.read_bytes() for path in folder.rglob("*.*")}
    bring_folder(app, "segmentation_source", brought)
    said = words(checked(app))
    assert "**3 photos**" in said
    assert "bare.png has no mask" in said.replace("\\", "")
    assert len(DataStore(home / "masks").owned(OWNER)) == 3
    app.button(key="segmentation_delete_data").click().run()
    assert len(DataStore(home / "masks").owned(OWNER)) == 2
    # Another browser with the same link has none.
    (data_id, _) = DataStore(home / "masks").owned(OWNER)
    assert "photos**" not in words(opened(browser="c" * 43, segmentation_data=data_id))


def test_an_evaluation_is_started_watched_and_read(home: Path) -> None:
    store = DataStore(home / "masks")
    data_id = store.new(OWNER)
    write_masked_scenes(store.root(data_id), count=6, size=(64, 64))
    save_about(store.folder(data_id), About(title="Scenes", validation=0.4))
    app = opened(segmentation_data=data_id)
    app.segmented_control(key="segmentation_evaluation_part").set_value("train").run()
    app.button(key="segmentation_evaluation_start").click().run()
    (entry,) = RunStore(home / "runs").list(OWNER)
    run = entry.folder
    config = read_json(run / "config.json")
    assert (config["segmenter"], config["parts"]) == (SHAPES, ["train"])
    assert app.query_params["segmentation_evaluation"] == run.name
    write_status(run, "running")
    write_progress(
        run, {"phase": "looking", "batch": 1, "batches": 4, "seconds_left": 3.0, "images_per_second": 9}, now=True
    )
    app.run()
    assert "Looking at the photos" in checked(app).main.get("progress")[0].proto.text
    app.button(key="segmentation_evaluation_stop").click().run()
    assert read_status(run).state == "stopped"
    app.button(key="segmentation_evaluation_resume").click().run()
    assert read_status(run).state == "queued"
    evaluation_run(run)
    assert read_status(run).state == "done"
    app = opened(segmentation_data=data_id, segmentation_evaluation=run.name)
    judged = load_judged(run / FILE)
    figures = evaluate(judged)
    values = {item.label: item.value for item in app.metric}
    assert values["Mean IoU"] == f"{figures.mean_iou.value:.3f}"
    assert values["Boundary F1"] == f"{figures.boundary:.3f}"
    assert values["Photos"] == "4"
    table = next(item.value for item in app.markdown if "95 % of IoU" in item.value)
    row = next(one for one in figures.by_class if one.name == "circle")
    assert f"| circle | {row.iou.value:.3f} | {row.iou.low:.3f}–{row.iou.high:.3f} |" in table
    assert sum("what the network says" in alt for alt in pictures(app)) == 4
    app.selectbox(key="segmentation_evaluation_class").set_value("ring").run()
    rings = sum(judged.matrices[:, 5].sum(axis=1) + judged.matrices[:, :, 5].sum(axis=1) > 0)
    assert sum("mistakes" in alt for alt in pictures(checked(app))) == rings
    namespace: dict = {}
    exec(
        next(item.value for item in app.code if "read_masked_folder" in item.value).replace("validation=0.2", ""),
        namespace,
    )
    assert namespace["figures"].mean_iou.value > 0
    assert {"classes.csv", "photos.csv", "figures.json"} <= {one.proto.label for one in app.get("download_button")}
    assert json.loads((run / "result.json").read_text())["all"]["pictures"] == 4
    # Without the photos the figures stay.
    store.remove(data_id)
    app = opened(segmentation_evaluation=run.name)
    assert "its figures stay" in words(app)
    assert {item.label: item.value for item in app.metric}["Mean IoU"] == values["Mean IoU"]
    app.button(key="segmentation_evaluation_close").click().run()
    assert not checked(app).metric
    app.button(key=f"segmentation_evaluation_open_{run.name}").click().run()
    assert checked(app).metric
    app.button(key="segmentation_evaluation_delete").click().run()
    assert not RunStore(home / "runs").list(OWNER)
    assert np.isfinite(figures.mean_iou.value)


def test_what_was_trained_brought_or_downloaded_is_evaluated(home: Path) -> None:
    """A training's network, a preset of KerasHub that is on this machine, and the file that is open in the session."""
    data_id = make_masks(home)
    run = make_training(home, data_id)
    (models_folder() / PRESETS["segformer_b0_ade20k_512"].handle.replace("/", "--")).mkdir(parents=True)
    app = opened(segmentation_data=data_id)
    pick = app.selectbox(key="segmentation_evaluation_segmenter")
    assert pick.options[-2:] == ["Blocks one (trained here)", "SegFormer-B0, ADE20K"]
    options = FileOptions(("background", "red", "blue"), channels="bgr", size=(64, 96))
    file = OwnFile("my_net.onnx", tempfile.TemporaryDirectory(dir=home), "digest", 11)
    file.path.write_bytes(b"its content")
    app.session_state["segmentation_own_file"] = file
    app.session_state["segmentation_own_opened"] = (("digest", options), load_segmenter(SHAPES))
    app.run()
    configs = {}
    for name in ("own", "segformer_b0_ade20k_512", f"run:{run.name}"):
        app.selectbox(key="segmentation_evaluation_segmenter").set_value(name).run()
        app.button(key="segmentation_evaluation_start").click().run()
        checked(app)
        made = RunStore(home / "runs").find(app.query_params["segmentation_evaluation"]).folder
        configs[name] = (made, read_json(made / "config.json"))
    own, config = configs["own"]
    assert "my_net.onnx" in app.selectbox(key="segmentation_evaluation_segmenter").options
    assert config["name"] == "my_net.onnx on Blocks"
    assert (own / "network" / config["file"]).read_bytes() == b"its content"
    assert options_of(config) == options
    with pytest.raises(InputError):
        chosen_segmenter(own, config)
    _, listing = listing_of(home, data_id)
    assert "options=FileOptions(names=('background', 'red', 'blue')" in evaluation_code(config, listing)
    assert configs["segformer_b0_ade20k_512"][1]["segmenter"] == "segformer_b0_ade20k_512"
    made, config = configs[f"run:{run.name}"]
    evaluation_run(made)
    namespace: dict = {}
    exec(evaluation_code(config, listing).replace("validation=0.2", ""), namespace)
    assert namespace["figures"].mean_iou.value == evaluate(load_judged(made / FILE)).mean_iou.value
