"""The training side of the fine-tune page on hand-written runs: figures equal the core's, and every control works."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cnn_core.backbones import weights_present
from cnn_core.child_process import read_json, write_json
from cnn_core.drawing import png
from cnn_core.exports.job import write_files
from cnn_core.exports.record import read_exports
from cnn_core.folders.changes import Changes, read_changes, save_changes
from cnn_core.folders.data_set import About, list_data_set, save_about
from cnn_core.folders.intake import DataStore
from cnn_core.folders.listing import load_listing
from cnn_core.results.calibration import calibration
from cnn_core.results.figures import classification_figures
from cnn_core.results.predictions import read_predictions
from cnn_core.runs import client
from cnn_core.runs.folder import read_status, write_progress, write_status
from cnn_core.runs.heartbeat import Heartbeat
from cnn_core.runs.store import RunStore
from cnn_core.transfer.config import config_of, default_config
from cnn_core.transfer.feature_cache import FeatureCache
from cnn_core.transfer.features import OWN, UNIT
from cnn_core.transfer.materials import CACHE
from cnn_core.transfer.quick import QuickAnswer, features_run, quick_answer
from pages.fine_tune_tabs import instant, settings
from tests.pages.fine_tune_runs import BROWSER, OWNER, PER_CLASS, SIDE, held_out, make_data, make_run

needs_starter = pytest.mark.skipif(
    not weights_present("starter"), reason="the starter classifier is not in assets/models"
)
MAIN = str(Path(__file__).parents[2] / "pages" / "main.py")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A server's folder of its own, and no service: a run that is submitted waits."""
    monkeypatch.setenv("CNN_PLAYGROUND_HOME", str(tmp_path))
    monkeypatch.setattr(client, "ensure_service", lambda *_: Heartbeat())
    return tmp_path


def opened(view: str, *, browser: str = BROWSER, **link: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=120)
    app.session_state["picture_session"] = browser
    app.query_params.update({"fine_tune_view": view, **link})
    app.switch_page("fine_tune.py")
    app.run()
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    found = [*app.markdown, *app.caption, *app.latex, *app.info, *app.error, *app.warning, *app.success, *app.code]
    return "\n".join(element.value for element in found)


def metric(app: AppTest, label: str) -> str:
    return next(element.value for element in app.metric if element.label == label)


def keys(app: AppTest) -> set[str]:
    return {button.key for button in app.button}


def first_image(app: AppTest) -> str:
    return app.main.get("image")[0].proto.imgs[0].url


def component(app: AppTest, part: str) -> dict[str, Any]:
    element = next(e for e in app.main.get("bidi_component") if part in e.proto.id)
    return json.loads(element.proto.json or element.proto.mixed.json)


@pytest.mark.parametrize("view", ["Train", "Runs", "Result", "Try it", "Take it away"])
@pytest.mark.usefixtures("home")
def test_without_data_and_runs_each_tab_says_what_to_do(view: str) -> None:
    app = opened(view)
    assert not app.error
    assert {"Train": "tab Data", "Runs": "No run yet"}.get(view, "Open a run") in app.info[0].value


@pytest.mark.usefixtures("home")
def test_the_tab_is_open_again_after_another_page() -> None:
    app = opened("Runs")
    app.switch_page("pooling.py").run()
    # As the browser does it.
    app.query_params.clear()
    app.switch_page("fine_tune.py").run()
    assert not app.exception
    assert "No run yet" in app.info[0].value
    assert app.query_params["fine_tune_view"] in ("Runs", ["Runs"])


def test_training_is_configured_submitted_stopped_and_resumed(home: Path) -> None:
    data_id = make_data(home)
    app = opened("Train", data=data_id)
    assert "**3 classes**: cat, dog, owl. 21 pictures to train on, 9 for validation." in words(app)
    app.selectbox(key="fine_tune_backbone").set_value("mobilenet_v2").run()
    app.selectbox(key="fine_tune_side_mobilenet_v2").set_value(96).run()
    app.segmented_control(key="fine_tune_method").set_value("both").run()
    app.selectbox(key="fine_tune_stage").set_value("block_16").run()
    app.number_input(key="fine_tune_epochs").set_value(4)
    app.slider(key="fine_tune_rotation").set_value(20.0)
    app.number_input(key="fine_tune_rate").set_value(0.01)
    app.text_input(key="fine_tune_name").set_value("my *run*").run()
    app.button(key="fine_tune_start").click().run()
    assert not app.exception
    (entry,) = RunStore(home / "runs").list(OWNER)
    config = config_of(read_json(entry.folder / "config.json"))
    assert (config.backbone, config.input_size, config.method) == ("mobilenet_v2", (96, 96), "both")
    assert (config.epochs, config.learning_rate, config.augmentation.rotation) == (4, 0.01, 20.0)
    assert (config.fine_tuning.layers, config.name, entry.name) == ("block_16", "my *run*", "my *run*")
    assert read_status(entry.folder).state == "queued"
    assert app.session_state["fine_tune_view"] == "Runs"
    assert app.query_params["run"] in (entry.run_id, [entry.run_id])
    assert r"my \*run\*" in words(app)
    app.button(key="fine_tune_stop").click().run()
    assert read_status(entry.folder).state == "stopped"
    app.button(key="fine_tune_resume").click().run()
    assert read_status(entry.folder).state == "queued"
    assert not app.exception


def test_every_control_stands_for_its_place_in_the_configuration(home: Path) -> None:
    """A configuration with no default left in it goes into the controls and comes out again."""
    wanted = default_config("", backbone="resnet50", name="all")
    wanted |= {
        "input_size": [96, 96],
        "method": "both",
        "head": {"pooling": "max", "dense": 64, "dropout": 0.25, "l2": 0.001, "label_smoothing": 0.1},
        "optimizer": "sgd",
        "learning_rate": 0.02,
        "schedule": "cosine",
        "epochs": 7,
        "batch_size": 16,
        "early_stopping": 3,
        "fine_tuning": {"layers": 11, "epochs": 2, "learning_rate": 1e-4, "batch_norm_inference": False},
        "augmentation": {
            **{"rotation": 10.0, "shift": 0.1, "flip": False, "zoom": 0.2, "brightness": 0.3, "contrast": 0.4},
            **{"cutout": 0.25, "mixup": 0.2, "views": 3},
        },
        "class_weights": False,
        "precision": "float32",
        "seed": 9,
    }
    app = opened("Train", data=make_data(home))
    for key, value in settings.controls_of(wanted).items():
        app.session_state[key] = value
    app.run()
    assert not app.exception
    app.button(key="fine_tune_start").click().run()
    (entry,) = RunStore(home / "runs").list(OWNER)
    config = read_json(entry.folder / "config.json")
    assert {**config, "data": None} == {**wanted, "data": None}


@pytest.mark.parametrize("number", range(3))
def test_presets_of_the_train_tab(home: Path, number: int) -> None:
    app = opened("Train", data=make_data(home))
    app.button(key=f"fine_tune_train_preset_{number}").click().run()
    assert not app.exception
    assert app.segmented_control(key="fine_tune_method").value == ("both" if number == 2 else "feature_extraction")


def test_augmented_views_change_with_their_options_and_on_request(home: Path) -> None:
    app = opened("Train", data=make_data(home))
    sheets = [first_image(app)]
    app.slider(key="fine_tune_rotation").set_value(45.0).run()
    sheets.append(first_image(app))
    app.button(key="fine_tune_other_views").click().run()
    sheets.append(first_image(app))
    assert len(set(sheets)) == 3


def test_a_run_that_goes_on_shows_where_it_is(home: Path) -> None:
    run = make_run(home, make_data(home))
    write_status(run, "running")
    write_progress(
        run,
        {"phase": "feature_extraction", "epoch": 2, "epochs": 4, "batch": 1, "batches": 2, "images_per_second": 1234.0}
        | {"seconds_left": 75.0},
        now=True,
    )
    app = opened("Runs", run=run.name)
    (bar,) = app.main.get("progress")
    assert bar.proto.value == 37
    assert "epoch 2 of 4 · 1,234 pictures/s · 1 min 15 s left" in bar.proto.text
    assert "The batch was halved." in words(app)
    assert "tensorboard --logdir" in words(app)
    assert {"fine_tune_stop"} <= keys(app)


def test_the_list_of_runs_and_what_one_can_do_with_them(home: Path) -> None:
    data_id = make_data(home)
    wrong = held_out(home, data_id)[0].file
    first, second = make_run(home, data_id, name="First", wrong=[wrong]), make_run(home, data_id, name="Second")
    make_run(home, data_id, name="Hidden", owner="somebody else")
    app = opened("Runs")
    text = words(app)
    assert "· accuracy **88.9 %** · 8 s" in text
    assert "· accuracy **100.0 %**" in text
    assert not {button for button in keys(app) if button.startswith("fine_tune_open_")} ^ {
        f"fine_tune_open_{run.name}" for run in (first, second)
    }
    app.multiselect(key="fine_tune_compared").set_value([first.name, second.name]).run()
    assert len(app.main.get("plotly_chart")) == 2
    app.button(key=f"fine_tune_open_{first.name}").click().run()
    assert f"?run={first.name}&fine_tune_view=Result" in words(app)
    app.text_input(key=f"fine_tune_rename_{first.name}").set_value("Another").run()
    assert "#### Another" in words(app)
    app.button(key="fine_tune_delete_run").click().run()
    assert not first.exists()
    assert f"fine_tune_open_{first.name}" not in keys(app)
    assert not app.exception


def test_a_shared_run_is_seen_but_not_changed_by_others(home: Path) -> None:
    run = make_run(home, make_data(home))
    write_status(run, "stopped")
    app = opened("Runs", browser="c" * 43, run=run.name)
    assert "somebody else's run" in words(app)
    assert "Grad-CAM" not in words(app)
    assert not {"fine_tune_resume", "fine_tune_delete_run"} & keys(app)
    write_status(run, "done")
    app = opened("Result", browser="c" * 43, run=run.name)
    assert metric(app, "Accuracy") == "100.0 %"
    assert "fine_tune_again" not in keys(app)


def test_a_failed_run_says_why_and_a_link_to_none_says_so(home: Path) -> None:
    run = make_run(home, make_data(home))
    write_status(run, "failed", reason="cat/1.png can no longer be read.")
    app = opened("Runs", run=run.name)
    assert "cat/1.png can no longer be read." in app.error[0].value
    app = opened("Result", run=run.name)
    assert "This run failed" in app.info[0].value
    app = opened("Runs", run="x" * 22)
    assert "no such run" in app.error[0].value


def test_figures_of_the_result_are_those_of_the_core(home: Path) -> None:
    data_id = make_data(home)
    wrong = [item.file for item in held_out(home, data_id) if item.label == "cat"][:2]
    run = make_run(home, data_id, wrong=wrong)
    app = opened("Result", run=run.name, fine_tune_heat="false")
    figures = classification_figures(read_predictions(run))
    assert figures.matrix[0, 1] == 2
    assert metric(app, "Accuracy") == f"{figures.accuracy.value * 100:.1f} %"
    interval = f"{figures.accuracy.low * 100:.0f} % to {figures.accuracy.high * 100:.0f} %"
    assert metric(app, "95 % interval") == interval
    error = calibration(read_predictions(run)).error
    assert metric(app, "Expected calibration error (ECE)") == f"{error * 100:.1f} %"
    assert "anything from" in app.warning[0].value
    row = figures.by_class[0]
    assert f"| cat | 100.0 % | {row.recall * 100:.1f} % | {row.f1:.3f} | {row.support} |" in words(app)
    assert "Training chose its best epoch" not in words(app), "the last epoch was kept"
    sent = component(app, "confusion")
    assert sent["counts"] == figures.matrix.tolist()
    assert (sent["row"], sent["column"]) == (0, 1)
    assert "**2 pictures** of cat, called dog" in words(app)


def test_a_cell_that_is_clicked_shows_its_pictures(home: Path) -> None:
    data_id = make_data(home)
    run = make_run(home, data_id)
    app = opened("Result", run=run.name, fine_tune_heat="false")
    assert "Not one of these pictures was mistaken." in words(app)
    app.session_state["fine_tune_confusion"] = {"cell": [2, 2]}
    app.selectbox(key="fine_tune_truth").set_value("owl")
    app.selectbox(key="fine_tune_said").set_value("owl").run()
    owls = [item.file for item in held_out(home, data_id) if item.label == "owl"]
    assert "of owl, called owl" in words(app)
    assert sum(f"{file}: predicted **owl** 90.0 %" in words(app) for file in owls) == min(4, len(owls))
    app.selectbox(key="fine_tune_said").set_value("cat").run()
    assert "No picture of owl was called cat." in words(app)


def test_a_mistake_is_corrected_and_trained_again_and_compared(home: Path) -> None:
    data_id = make_data(home)
    first, second, *_ = (item.file for item in held_out(home, data_id) if item.label == "cat")
    run = make_run(home, data_id, wrong=[first, second])
    app = opened("Result", run=run.name, fine_tune_heat="false")
    app.selectbox(key=f"fine_tune_mistake_{first}").set_value("dog").run()
    app.selectbox(key=f"fine_tune_mistake_{second}").set_value("left out").run()
    path = DataStore(home / "data").folder(data_id) / "changes.json"
    assert dict(read_changes(path).relabelled) == {first: "dog"}
    assert read_changes(path).excluded == {second}
    assert "1 in another class, 1 left out" in words(app)
    app.selectbox(key=f"fine_tune_mistake_{first}").set_value("cat").run()
    assert not read_changes(path).relabelled
    app.selectbox(key=f"fine_tune_mistake_{first}").set_value("dog").run()
    again = make_run(home, data_id, follows=run.name)
    assert "No picture was changed since this run." in words(opened("Result", run=again.name, fine_tune_heat="false"))
    app.button(key="fine_tune_again").click().run()
    assert not app.exception
    assert app.session_state["fine_tune_view"] == "Train"
    assert app.selectbox(key="fine_tune_backbone").value == "mobilenet_v2"
    app.button(key="fine_tune_start").click().run()
    newest = RunStore(home / "runs").list(OWNER)[0]
    assert read_json(newest.folder / "config.json")["data"]["follows"] == run.name


def test_before_and_after_on_the_same_pictures(home: Path) -> None:
    data_id = make_data(home)
    wrong = [item.file for item in held_out(home, data_id)][:3]
    before = make_run(home, data_id, name="Before", wrong=wrong)
    after = make_run(home, data_id, name="After", wrong=wrong[:1], follows=before.name)
    app = opened("Result", run=after.name, fine_tune_heat="false")
    assert app.selectbox(key=f"fine_tune_before_{after.name}").value == before.name
    assert (metric(app, "Before"), metric(app, "After")) == ("66.7 %", "88.9 %")
    assert (metric(app, "Put right"), metric(app, "Broken")) == ("2", "0")
    app.selectbox(key=f"fine_tune_before_{after.name}").set_value("no other run").run()
    assert "Before" not in {element.label for element in app.metric}


def test_without_a_network_the_other_tabs_say_so(home: Path) -> None:
    run = make_run(home, make_data(home), wrong=["nothing"])
    app = opened("Result", run=run.name)
    assert "No Grad-CAM" in words(app)
    app = opened("Try it", run=run.name)
    assert "no trained network yet" in app.error[0].value


def test_exports_are_asked_for_and_offered(home: Path) -> None:
    run = make_run(home, make_data(home))
    (run / "model.keras").write_bytes(b"network")
    app = opened("Take it away", run=run.name)
    assert not app.error
    assert "SIZE = (224, 224)" in words(app)
    assert "keras.applications.MobileNetV2(" in words(app)
    assert "Accuracy 100.0 % on 9 pictures" in words(app)
    app.button(key="fine_tune_export_litert").click().run()
    assert not app.exception
    assert read_json(run / "exports" / "request.json") == {"kinds": ["litert"]}
    assert read_status(run / "exports").state == "queued"
    assert read_status(run).state == "done"
    assert "Waiting for its turn" in words(app)
    app.button(key="fine_tune_export_stop").click().run()
    assert read_status(run / "exports").state == "stopped"


def test_code_of_the_result_tab_gives_the_figures_on_the_screen(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = make_run(home, make_data(home))
    app = opened("Result", run=run.name, fine_tune_heat="false")
    code = next(element.value for element in app.code if "classification_figures" in element.value)
    scope: dict[str, Any] = {}
    exec(compile(code, "page", "exec"), scope)
    np.testing.assert_array_equal(scope["figures"].matrix, classification_figures(read_predictions(run)).matrix)
    assert "Interval" in capsys.readouterr().out


def run_code(app: AppTest, mark: str) -> dict[str, Any]:
    """Execute the snippet of the page that holds this word; what it leaves."""
    code = next(element.value for element in app.code if mark in element.value)
    scope: dict[str, Any] = {}
    exec(compile(code, "page", "exec"), scope)
    return scope


def test_code_of_the_runs_tab_prints_the_epochs_and_the_best_accuracy(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = make_run(home, make_data(home))
    write_status(run, "stopped")
    (run / "result.json").unlink()
    app = opened("Runs")
    run_code(app, "history_of(")
    own = capsys.readouterr().out.splitlines()
    assert own[-1] == "stopped: best accuracy so far 0.75, 4 s"
    assert "best accuracy so far **75.0 %** · 4 s" in words(app)
    run_code(app, "events.jsonl")
    by_hand = capsys.readouterr().out.splitlines()
    assert own[:-1] == by_hand
    assert by_hand[-1] == f"epoch 3: validation loss {1.1 / 3}, accuracy 0.75"


def test_code_of_the_last_tabs_asks_the_network_that_they_show(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    keras = pytest.importorskip("keras")
    run = make_run(home, make_data(home))
    inputs = keras.Input((SIDE, SIDE, 3))
    pooled = keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(1 / 255)(inputs))
    keras.Model(inputs, keras.layers.Dense(3, "softmax")(pooled)).save(run / "model.keras")
    monkeypatch.chdir(tmp_path)
    Path("photo.jpg").write_bytes(png(np.random.default_rng(0).integers(0, 256, (30, 40, 3), np.uint8)))

    app = opened("Try it", run=run.name, fine_tune_tta="mirrored")
    app.file_uploader(key="fine_tune_photos_0").set_value(
        [("photo.jpg", Path("photo.jpg").read_bytes(), "image/jpeg")]
    ).run()
    assert not app.exception
    capsys.readouterr()
    run_code(app, "answers(network")
    share, label = capsys.readouterr().out.splitlines()[0].split()
    said = f"**{label}**, {float(share.rstrip('%')):.1f} %"
    assert said in words(app)
    assert app.file_uploader(key="fine_tune_photos_1").value == [], "the file is let go of, the photo is kept"
    app.file_uploader(key="fine_tune_photos_1").set_value([("page.jpg", b"no photo", "image/jpeg")]).run()
    assert "page.jpg" in app.error[0].value
    assert said not in words(app)
    assert not app.exception

    write_files(run, ["keras"])
    app = opened("Take it away", run=run.name)
    capsys.readouterr()
    difference = run_code(app, "comparison_pictures(")["difference"]
    assert difference.largest == read_exports(run)["keras"].difference
    assert f"{difference.pictures} pictures" in words(app)
    assert f"keras: differs by at most {difference.largest:.1g} on 8 pictures" in capsys.readouterr().out


def test_code_of_the_train_tab_writes_the_run_that_the_button_would(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data_id = make_data(home)
    folder = DataStore(home / "data").folder(data_id)
    save_about(folder, About("Pets", validation=0.5, seed=4))
    save_changes(Changes().excluding("cat/1.png").relabelling("cat/2.png", "dog"), folder / "changes.json")
    (folder / "files/owl/0.png").write_bytes(b"broken")
    app = opened("Train", data=data_id)
    app.number_input(key="fine_tune_epochs").set_value(3).run()
    code = next(element.value for element in app.code if "default_config" in element.value)
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "page", "exec"), {})
    app.button(key="fine_tune_start").click().run()
    (entry,) = RunStore(home / "runs").list(OWNER)
    drop = {"data": None, "name": None}
    assert {**read_json(tmp_path / "run" / "config.json"), **drop} == {
        **read_json(entry.folder / "config.json"),
        **drop,
    }
    trained = load_listing(Path(read_json(entry.folder / "config.json")["data"]["listing"]))
    assert load_listing(tmp_path / "run" / "listing.json") == trained
    assert (len(trained.items), sum(trained.counts()["dog"].values())) == (28, PER_CLASS + 1)


def quick(home: Path, data_id: str, way: str) -> QuickAnswer:
    listing = list_data_set(DataStore(home / "data").folder(data_id))
    cache = FeatureCache(home / "runs" / CACHE)
    return quick_answer(listing, backbone="starter", input_size=(64, 64), cache=cache, preprocessing=way)


@needs_starter
def test_what_the_wrong_preprocessing_costs_is_measured_where_it_is_looked_at(home: Path) -> None:
    data_id = make_data(home)
    app = opened("Train", data=data_id)
    assert quick(home, data_id, OWN).missing == 0
    assert quick(home, data_id, UNIT).missing == 30
    app = opened("Train", data=data_id, fine_tune_preprocessing="true")
    for way, title in ((OWN, "its own preprocessing"), (UNIT, "1/255 for all networks")):
        accuracy = quick(home, data_id, way).accuracy
        assert accuracy is not None
        assert metric(app, f"Accuracy, {title}") == f"{100 * accuracy.value:.1f} %"
        assert f"95 % interval: {100 * accuracy.low:.0f} % to {100 * accuracy.high:.0f} %" in words(app)


@needs_starter
def test_an_estimate_of_many_pictures_takes_one_click(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instant, "_AT_ONCE", 5)
    data_id = make_data(home)
    app = opened("Train", data=data_id)
    assert "Estimate the accuracy now: 30 pictures" in {button.label for button in app.button}
    app.button(key="fine_tune_start_features").click().run()
    (entry,) = RunStore(home / "runs").list(OWNER)
    config = read_json(entry.folder / "config.json")
    assert (config["job"], config["augmentation"]) == ("features", {})
    client.stop(entry.folder)
    features_run(entry.folder)
    app.run()
    assert not app.exception
    accuracy = quick(home, data_id, OWN).accuracy
    assert accuracy is not None
    assert metric(app, "Expected accuracy") == f"{100 * accuracy.value:.1f} %"
    assert "fine_tune_start_features" not in keys(app)
    left_out = Changes(excluded=frozenset(item.file for item in held_out(home, data_id)[:2]))
    save_changes(left_out, DataStore(home / "data").folder(data_id) / "changes.json")
    app.run()
    # Eight cats are left, of which two are held out.
    assert "on 8 validation pictures" in words(app)


def test_the_learning_rate_finder_queues_a_sweep_takes_its_outcome_and_leaves_nothing(home: Path) -> None:
    app = opened("Train", data=make_data(home))
    app.button(key="fine_tune_start_learning_rates").click().run()
    (entry,) = RunStore(home / "runs").list(OWNER)
    assert read_json(entry.folder / "config.json")["job"] == "learning_rates"
    assert read_status(entry.folder).state == "queued"
    assert "fine_tune_stop_learning_rates" in keys(app)
    client.stop(entry.folder)
    sweep = {"rates": [1e-4, 1e-3, 1e-2], "losses": [1.0, 0.5, 2.0], "smoothed": [1.0, 0.7, 1.2], "suggestion": 2.5e-4}
    write_json(entry.folder / "learning_rates.json", sweep)
    write_status(entry.folder, "done")
    app.run()
    assert not app.exception
    assert not entry.folder.exists()
    app.button(key="fine_tune_use_rate").click().run()
    assert app.number_input(key="fine_tune_rate").value == 2.5e-4


def test_work_ahead_is_no_run_in_the_list_and_says_why_it_failed(home: Path) -> None:
    app = opened("Train", data=make_data(home))
    app.button(key="fine_tune_start_learning_rates").click().run()
    (entry,) = RunStore(home / "runs").list(OWNER)
    assert "No run yet" in opened("Runs").info[0].value
    client.stop(entry.folder)
    write_status(entry.folder, "failed", reason="The disk is full.")
    app.run()
    assert any("The disk is full" in error.value for error in app.error)
    assert not entry.folder.exists()
