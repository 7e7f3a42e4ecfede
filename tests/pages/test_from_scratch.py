"""The page From scratch, tab Train: what the controls say is what is trained, and what a run left is on the screen."""

import json
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from cnn_core.architectures.catalog import ARCHITECTURES
from cnn_core.child_process import read_json
from cnn_core.exports.scratch_script import scratch_script
from cnn_core.exports.take_home import write_take_home
from cnn_core.folders.ready_made import CIFAR_CLASSES
from cnn_core.own_network.layers import layer
from cnn_core.own_network.link import encode_network
from cnn_core.results.predictions import read_labels
from cnn_core.runs import client
from cnn_core.runs.folder import read_status, write_progress, write_status
from cnn_core.runs.store import RunStore
from cnn_core.training import cifar
from cnn_core.training.config import ScratchConfig, config_of
from cnn_core.training.speed import FILE, USUAL, _key
from pages.from_scratch_tabs import train
from tests.pages.fine_tune_runs import BROWSER, make_data
from tests.pages.scratch_runs import make_run

MAIN = str(Path(__file__).parents[2] / "pages" / "main.py")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def submitted(home: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """No service: what is submitted waits, and is listed here."""
    runs: list[Path] = []

    def submit(run: Path, options: object) -> None:  # noqa: ARG001
        write_status(run, "queued")
        runs.append(run)

    monkeypatch.setenv("CNN_PLAYGROUND_HOME", str(home))
    monkeypatch.setattr(client, "ensure_service", lambda *_: None)
    monkeypatch.setattr(client, "submit", submit)
    return runs


def opened(**link: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=120)
    app.session_state["picture_session"] = BROWSER
    app.query_params.update(link)
    app.switch_page("from_scratch.py")
    return checked(app.run())


def checked(app: AppTest) -> AppTest:
    assert not app.exception
    assert [error.value for error in app.error] == []
    return app


def words(app: AppTest) -> str:
    return "\n".join(element.value for element in [*app.markdown, *app.caption, *app.info, *app.code])


def set_all(app: AppTest, **values: Any) -> None:
    """Set widgets of any kind by their keys, then run once."""
    kinds = ("slider", "selectbox", "segmented_control", "toggle", "number_input", "text_input")
    widgets = {widget.key: widget for kind in kinds for widget in getattr(app, kind)}
    for name, value in values.items():
        widgets[f"scratch_{name}"].set_value(value)
    checked(app.run())


def started(app: AppTest, submitted: list[Path]) -> ScratchConfig:
    """Press the button; what the run that it made will train."""
    app.button(key="scratch_start").click()
    checked(app.run())
    assert read_status(submitted[-1]).state == "queued"
    assert "Next in the queue" in str([bar.proto.text for bar in app.main.get("progress")])
    return config_of(json.loads((submitted[-1] / "config.json").read_text()))


def test_the_recipe_is_what_the_page_begins_with(submitted: list[Path]) -> None:
    app = opened()
    assert "45,000 pictures to train on, 5,000 to choose the best epoch by, 10,000 to test" in words(app)
    config = started(app, submitted)
    assert asdict(config) | {"name": ""} == asdict(ScratchConfig())
    assert config.name == "The recipe, CIFAR-10, 50 epochs"
    assert scratch_script(config, classes=CIFAR_CLASSES).strip() in [block.value for block in app.code]
    set_all(app, network="lenet5")
    assert not any(block.value.startswith('"""Trains') for block in app.code)
    assert "*Take it away* has it in plain Keras too" in words(app)


def test_every_control_changes_what_is_trained(submitted: list[Path]) -> None:
    app = opened()
    set_all(
        app,
        **{"data": "shapes", "pictures": 1500, "side": 40, "batch_norm": False, "dropout": False, "epochs": 7},
        **{"batch_size": 32, "learning_rate": 0.02, "optimizer": "rmsprop", "schedule": "cosine", "l2": 0.001},
        **{
            "early_stopping": 2,
            "seed": 3,
            "precision": "float32",
            "devices": 4,
            "rotation": 30.0,
            "shift": 0.2,
            "zoom": 0.3,
        },
        **{"flip": False, "name": "Mine"},
    )
    config = started(app, submitted)
    expected = ScratchConfig(
        data="shapes",
        pictures=1500,
        input_size=(40, 40),
        batch_norm=False,
        dropout=False,
        epochs=7,
        batch_size=32,
        learning_rate=0.02,
        optimizer="rmsprop",
        schedule="cosine",
        l2=0.001,
        early_stopping=2,
        seed=3,
        precision="float32",
        devices=4,
        name="Mine",
    )
    views = config.augmentation
    assert (views.rotation, views.shift, views.zoom, views.flip) == (30, 0.2, 0.3, False)
    assert asdict(config) | {"augmentation": None} == asdict(expected) | {"augmentation": None}
    assert "has not been trained here" in words(app)


def test_networks_of_the_catalog_the_starter_and_ones_own(submitted: list[Path]) -> None:
    app = opened()
    set_all(app, network="resnet18")
    assert ARCHITECTURES["resnet18"].sentence.split(":")[0] in words(app)
    set_all(app, resnet18_base_filters=8, resnet18_plain=True)
    config = started(app, submitted)
    assert (config.network, config.options) == ("resnet18", {"plain": True, "base_filters": 8})
    set_all(app, network="starter")
    set_all(app, frozen=True, pretrained=False)
    config = started(app, submitted)
    assert (config.network, config.frozen, config.pretrained) == ("starter", True, False)
    set_all(app, network="own")
    text = encode_network([layer("flatten"), layer("dense")], (24, 20, 3))
    set_all(app, own=text)
    config = started(app, submitted)
    assert (config.own, config.input_size) == (text, (24, 20))
    for specs, channels, words_of in (
        ([layer("flatten")], 1, "does not take pictures in colour"),
        ([layer("flatten")], 3, "does not end in a dense layer"),
        ([*[layer("pooling")] * 6, layer("dense")], 3, "Layer 5 (Pooling)"),
    ):
        app.text_input(key="scratch_own").set_value(encode_network(specs, (24, 20, channels)))
        app.run()
        assert words_of in app.error[0].value
        assert "scratch_start" not in {button.key for button in app.button}


def test_a_network_of_architectures_comes_along(submitted: list[Path]) -> None:
    def linked(**link: str) -> dict[str, str]:
        app = AppTest.from_file(MAIN, default_timeout=120)
        app.query_params.update(link)
        app.switch_page("architectures.py")
        links = {one.proto.label: one.proto.query_string for one in checked(app.run()).main.get("page_link")}
        return dict(parse_qsl(links.get("Train it from scratch", "")))

    found = linked(
        architectures_network="ResNet-18", architectures_resnet18_plain="true", architectures_resnet18_base_filters="8"
    )
    config = started(opened(**found), submitted)
    assert (config.network, config.options) == ("resnet18", {"plain": True, "base_filters": 8})
    # Smaller pictures are too small for it.
    assert started(opened(**linked(architectures_network="AlexNet")), submitted).input_size == (67, 67)
    text = encode_network([layer("flatten"), layer("dense")], (24, 20, 3))
    found = linked(architectures_view="Build your own", architectures_own=text)
    assert started(opened(**found), submitted).own == text
    assert linked(architectures_network=ARCHITECTURES["unet"].title + " (segmentation)") == {}


def test_ones_own_pictures(home: Path, submitted: list[Path]) -> None:
    app = opened(scratch_data="Your own pictures")
    assert "on the page Fine-tune first" in words(app)
    data_id = make_data(home)
    app = opened(scratch_data="Your own pictures", data=data_id)
    assert "21 pictures to train on, 9 to choose the best epoch by. " in words(app)
    config = started(app, submitted)
    assert config.data == "listing"
    assert config.listing_file.is_file()
    assert config.name == "The recipe, Pets, 50 epochs"


def test_the_estimate_is_the_machines_own_once_it_is_known(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cifar, "cifar_copy", lambda: None)
    monkeypatch.setenv("KERAS_HOME", str(home))
    app = opened()
    assert f"at {USUAL:,.0f} pictures/s, as on two processor cores" in words(app)
    assert "170 MB are downloaded first" in words(app)
    (home / "runs").mkdir(exist_ok=True)
    (home / "runs" / FILE).write_text(json.dumps({_key(ScratchConfig()): 1000.0}))
    app = opened()
    assert "**About 37 min 30 s** for all epochs, at 1,000 pictures/s, as measured here" in words(app)
    (home / "runs" / FILE).unlink()


@pytest.mark.parametrize("number", range(len(train.PRESETS)))
def test_a_preset_sets_what_it_says(number: int, submitted: list[Path]) -> None:
    app = opened()
    app.button(key=f"scratch_preset_{number}").click()
    checked(app.run())
    title, (hint, values) = list(train.PRESETS.items())[number]
    assert hint in words(app)
    config = started(app, submitted)
    assert config.data == values["scratch_data"]
    assert config.pictures == values["scratch_pictures"]
    assert config.epochs == values["scratch_epochs"]
    assert config.learning_rate == values["scratch_learning_rate"]
    assert config.augmentation.changes_pictures == (title in ("The full recipe", "With a cosine"))


def test_a_finished_run_shows_figures_curves_and_its_inside(home: Path) -> None:
    run = make_run(home)
    app = opened(scratch_run=run.name, scratch_inside="true")
    text = words(app)
    assert "#### Shapes" in text
    assert "| 90.0 % |" in text
    assert "1,234 parameters · 3 epochs, the weights of epoch 2 are kept · 1 min 15 s on 2 cores" in text
    assert "Dead ReLUs in conv" in text
    assert "Dead ReLUs, outputs that were 0 for all pictures looked at: conv 75.0 %." in text.replace("75 %", "75.0 %")
    assert "about 12 held-out pictures: 12 right" in text
    # Loss, accuracy; three traces; norms by weight, two histograms.
    assert len(app.main.get("plotly_chart")) == 8
    app.select_slider(key="scratch_inside_epoch").set_value(0)
    app.selectbox(key="scratch_inside_weight").set_value("predictions/kernel")
    checked(app.run())
    assert "about 12 held-out pictures: 3 right" in words(app)
    alts = [
        json.loads(chart.proto.spec)["layout"]["xaxis"]["title"]["text"] for chart in app.main.get("plotly_chart")[-2:]
    ]
    assert alts == ["values of predictions/kernel", "gradient of predictions/kernel"]


def test_a_run_that_goes_on_is_stopped_and_resumed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(home, name="Goes on")
    write_status(run, "running")
    write_progress(
        run, {"phase": "scratch", "epoch": 2, "epochs": 3, "batch": 1, "batches": 2, "images_per_second": 50}
    )
    asked: list[str] = []
    monkeypatch.setattr(client, "stop", lambda *_: asked.append("stop"))
    monkeypatch.setattr(client, "resume", lambda *_: asked.append("resume"))
    app = opened(scratch_run=run.name)
    assert "Training · epoch 2 of 3 · 50 pictures/s" in str([bar.proto.text for bar in app.main.get("progress")])
    app.button(key="scratch_run_stop").click()
    app.run()
    app = opened(scratch_run=run.name, scratch_inside="true")
    assert "After epoch 3:" in words(app)
    assert not app.select_slider
    app.toggle(key="scratch_inside_follow").set_value(False)
    checked(app.run())
    app.select_slider(key="scratch_inside_epoch").set_value(1)
    checked(app.run())
    assert "held-out pictures: 6 right" in words(app)
    write_status(run, "stopped", reason="It was stopped.")
    app = opened(scratch_run=run.name)
    app.button(key="scratch_run_resume").click()
    app.run()
    assert asked == ["stop", "resume"]


def test_the_snippet_writes_the_configuration_that_the_button_trains(
    submitted: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened()
    set_all(app, data="shapes", epochs=2)
    config = started(app, submitted)
    (code,) = [block.value for block in app.code if "python -m cnn_core.training" in block.value]
    monkeypatch.chdir(tmp_path)
    exec(code, {})
    assert config_of(json.loads((tmp_path / "run" / "config.json").read_text())) == config


def test_a_finished_run_goes_on_to_the_pages_that_use_networks(home: Path) -> None:
    run = make_run(home, name="Onwards")
    app = opened(scratch_run=run.name)
    links = {link.proto.page: link.proto.query_string for link in app.main.get("page_link")}
    assert f"network_name=run%3A{run.name}" in links["predictions"]
    assert f"network_name=run%3A{run.name}" in links["feature_maps"]
    assert f"run={run.name}" in links["fine_tune"]
    from pages.ui import network_pick

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(network_pick, "run_store", lambda: RunStore(home / "runs"))
        assert network_pick.network_title(f"run:{run.name}") == "Onwards (trained here)"
    app = AppTest.from_file(MAIN, default_timeout=120)
    app.session_state["picture_session"] = BROWSER
    app.query_params.update({"run": run.name, "fine_tune_view": "Take it away"})
    app.switch_page("fine_tune.py")
    checked(app.run())
    card = next(element.value for element in app.markdown if element.value.startswith("# Onwards"))
    assert "drawn shapes of CNN Playground: 20 of the validation part, 20 of the test part." in card
    assert "adam at 0.001, plateau, batches of 128" in card
    assert any("train.py" in tab.label for tab in app.tabs)
    (code,) = [block.value for block in app.code if block.value.startswith('"""Trains')]
    assert code == scratch_script(config_of(read_json(run / "config.json")), classes=read_labels(run)).strip()


def test_what_is_taken_home_of_a_run_from_scratch(home: Path, tmp_path: Path) -> None:
    run = make_run(home, mistake="labels_shuffled")
    with zipfile.ZipFile(write_take_home(run, tmp_path / "all.zip")) as archive:
        assert {"model.keras", "labels.txt", "predict.py", "MODEL_CARD.md", "figures.json"} <= set(archive.namelist())
        assert "Broken on purpose" in archive.read("MODEL_CARD.md").decode()


def test_a_cell_of_the_confusion_matrix_shows_its_pictures(home: Path) -> None:
    run = make_run(home)
    app = opened(scratch_run=run.name)
    assert "of circle, called square" in words(app)
    app = opened(scratch_run=run.name)
    app.session_state["scratch_result_truth"], app.session_state["scratch_result_said"] = "star", "star"
    checked(app.run())
    assert "**6 pictures** of star, called star" in words(app)
