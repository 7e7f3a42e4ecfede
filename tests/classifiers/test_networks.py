"""The networks that are looked at: each answers as what it is said to be, and whatever cannot be asked says so."""

import threading
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from cnn_core.classifiers import imagenet, lite_files
from cnn_core.classifiers.answer_files import answers_csv, bars_picture, together_csv
from cnn_core.classifiers.answers import Answer, answer_about, checked
from cnn_core.classifiers.imagenet import IMAGENET, imagenet_present
from cnn_core.classifiers.loading import load_looked_at, load_run
from cnn_core.classifiers.snippets import answer_code
from cnn_core.classifiers.together import asked_together
from cnn_core.drawing import png
from cnn_core.errors import InputError
from cnn_core.samples import sample
from cnn_core.starter_models import MODELS, starter_card
from cnn_core.starter_models import prepare as starter_prepare

CAT = sample("cat")


@pytest.fixture
def keras_home(data_folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Real weights, and a folder of one's own for what is made of them."""
    if not (data_folder / "keras_home").is_dir():
        pytest.skip("no keras_home in the test data")
    monkeypatch.setenv("KERAS_HOME", str(data_folder / "keras_home"))
    monkeypatch.setenv("CNN_PLAYGROUND_HOME", str(tmp_path))
    return tmp_path


def test_the_starter_answers_alike_by_litert_and_by_keras() -> None:
    network = load_looked_at("starter")
    batch = np.stack([network.prepare(CAT), network.prepare(CAT[:, ::-1])])
    np.testing.assert_allclose(
        network.prepare(CAT), starter_prepare(CAT / 255, starter_card("starter_classifier"))[0], atol=2 / 255
    )
    told = network.ask("predict", batch).arrays["probabilities"]
    np.testing.assert_allclose(network.predict(batch), told, atol=1e-5)
    np.testing.assert_allclose(told.sum(axis=1), 1, atol=1e-5)
    assert answer_about(network, CAT).top(1)[0][0] == "cat"
    assert network.predict(batch[:0]).shape == (0, 10)


def test_imagenets_networks_are_those_of_keras(
    keras_home: Path, data_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The code on the page is Keras' own: `keras.applications` with `weights="imagenet"`."""
    keras = pytest.importorskip("keras")
    network = load_looked_at("mobilenet_025")
    batch = network.prepare(CAT)[None]
    monkeypatch.setattr(keras.src.backend.config, "_KERAS_DIR", str(data_folder / "keras_home"))
    monkeypatch.chdir(keras_home)
    Path("picture.png").write_bytes(png(CAT))
    scope: dict = {}
    exec(answer_code(network, top=1)["Keras"], scope)
    expected = scope["probabilities"][None]
    assert "tabby" in capsys.readouterr().out
    np.testing.assert_allclose(network.predict(batch), expected, atol=1e-5)
    np.testing.assert_allclose(network.ask("predict", batch).arrays["probabilities"], expected, atol=1e-5)
    assert answer_about(network, CAT).top(1)[0][0] == "tabby"
    # Once its file is there LiteRT answers. Any file will do to see that it does: here that of another network.
    path = lite_files.lite_path("mobilenet_025")
    assert path is not None
    assert lite_files.lite_network("mobilenet_025") is None
    path.parent.mkdir()
    path.write_bytes((MODELS / "starter_segmenter_shapes.tflite").read_bytes())
    assert network.predict(batch).shape == (1, 224, 224, 7)


def test_the_faster_file_is_made_once_in_a_process_beside(keras_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict] = []

    def start(module: str, folder: Path, **_: object) -> SimpleNamespace:
        from cnn_core.child_process import read_json

        asked.append(read_json(folder / "task.json"))
        assert module == "cnn_core.classifiers.lite_child"
        return SimpleNamespace(wait=lambda **_: 0)

    monkeypatch.setattr(lite_files, "start_child", start)
    monkeypatch.setattr(lite_files, "kill_child", lambda _: None)
    thread = lite_files.make_behind("mobilenet_v2")
    assert isinstance(thread, threading.Thread)
    thread.join()
    assert lite_files.make_behind("mobilenet_v2") is None, "a failure is not tried again and again"
    assert [task["name"] for task in asked] == ["mobilenet_v2"]
    assert Path(asked[0]["path"]).is_relative_to(keras_home / "networks")
    assert lite_files.make_behind("vgg16") is None


def test_addresses_and_hashes_are_kerass() -> None:
    """The source of `keras.applications` names each file and, where there is one, its hash."""
    keras = pytest.importorskip("keras")
    folder = Path(keras.__file__).parent / "src" / "applications"
    source = "".join(path.read_text() for path in folder.glob("*.py"))
    for network in IMAGENET.values():
        backbone = network.backbone
        assert not backbone.file_hash or f'"{backbone.file_hash}"' in source, network.name
        base = backbone.url.rpartition("/")[0]
        assert f"{base}/" in source.replace('"\n    "', ""), backbone.url
        assert "no_top" not in backbone.file
        assert "notop" not in backbone.file


def test_without_its_weights_a_network_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert not imagenet_present("resnet50")
    assert lite_files.lite_path("resnet50") is None
    with pytest.raises(InputError, match="Download them first, or choose the starter"):
        answer_about(load_looked_at("resnet50"), CAT)
    monkeypatch.setattr(imagenet, "download_file", lambda backbone, **_: backbone.file)
    assert imagenet.download_imagenet("resnet50") == "resnet50_weights_tf_dim_ordering_tf_kernels.h5"
    for name in ("resnet5000", "../x", "untrained:residual_block", "untrained:x", ""):
        with pytest.raises(InputError, match="There is no"):
            load_looked_at(name)


def test_untrained_networks_are_the_same_each_time() -> None:
    pytest.importorskip("keras")
    network, again = load_looked_at("untrained:lenet5"), load_looked_at("untrained:lenet5")
    batch = network.prepare(CAT)[None]
    assert batch.shape == (1, 32, 32, 1)
    np.testing.assert_array_equal(network.predict(batch), again.predict(batch))
    from cnn_core.classifiers.untrained import untrained_model

    other = untrained_model("lenet5", seed=1)
    assert np.abs(np.asarray(other(batch)) - network.predict(batch)).max() > 0.01
    assert load_looked_at("untrained:unet").classes == ()
    assert "256 units" in load_looked_at("untrained:vgg16").about


def test_a_run_answers_through_its_own_network(tmp_path: Path) -> None:
    keras = pytest.importorskip("keras")
    inputs = keras.Input((24, 24, 3))
    pooled = keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(1 / 255)(inputs))
    model = keras.Model(inputs, keras.layers.Dense(2, "softmax")(pooled))
    model.save(tmp_path / "model.keras")
    (tmp_path / "labels.txt").write_text("cat\ndog\n")
    assert load_run(tmp_path).about == "Trained here to tell 2 classes apart."
    (tmp_path / "result.json").write_text('{"validation": {"accuracy": 0.875}}')
    network = load_run(tmp_path, title="Pets")
    assert network.about == "Trained here to tell 2 classes apart, 87.5 % of the pictures right that were kept aside."
    batch = network.prepare(CAT)[None]
    assert batch.max() > 100
    np.testing.assert_allclose(network.predict(batch), np.asarray(model(batch)), atol=1e-5)
    np.testing.assert_allclose(network.ask("predict", batch).arrays["probabilities"], network.predict(batch), atol=1e-6)
    with pytest.raises(InputError, match="There is no such question"):
        network.ask("password", batch)
    with pytest.raises(InputError, match="no trained network yet"):
        load_run(tmp_path / "nothing")


def test_what_gives_no_classes_or_no_probabilities_is_refused() -> None:
    detector = load_looked_at("starter_detector_shapes")
    assert detector.classes == ()
    with pytest.raises(InputError, match="gives no list of classes"):
        answer_about(detector, CAT)
    network = load_looked_at("starter")
    with pytest.raises(InputError, match="Give \\(N, 64, 64, 3\\)"):
        network.predict(np.zeros((1, 32, 32, 3)))
    broken = replace(network, answer=lambda batch: np.full((len(batch), 10), np.nan, np.float32))
    with pytest.raises(InputError, match="NaN or infinite"):
        answer_about(broken, CAT)
    with pytest.raises(InputError, match="Give 9 class names"):
        checked(np.zeros((1, 9), np.float32), network)


def test_five_thousand_classes() -> None:
    network = replace(
        load_looked_at("starter"),
        classes=tuple(f"class {number}" for number in range(5000)),
        answer=lambda batch: np.tile(np.arange(5000, dtype=np.float32) / 12_497_500, (len(batch), 1)),
    )
    answer = answer_about(network, CAT)
    assert answer.top(2) == (("class 4999", pytest.approx(0.0004)), ("class 4998", pytest.approx(0.0004, rel=1e-3)))
    assert len(answers_csv({"many": answer}).splitlines()) == 5001


def test_networks_and_views_together_are_a_loop() -> None:
    starter = load_looked_at("starter")
    other = replace(starter, title="Negative", key="negative", answer=lambda batch: starter.answer(1 - batch))
    both = asked_together([starter, other], CAT, kinds=("flip",), weights=[3, 1])
    views = [starter.prepare(view)[None] for view in (CAT, CAT[:, ::-1].copy())]
    members = [network.predict(view)[0] for network in (starter, other) for view in views]
    np.testing.assert_allclose(both.combined.members, members, atol=1e-4)
    expected = sum(weight * member for weight, member in zip((0.375, 0.375, 0.125, 0.125), members, strict=True))
    np.testing.assert_allclose(both.combined.probabilities, expected, atol=1e-4)
    assert [(member.network, member.view) for member in both.members][2] == ("Negative", "the photo")
    assert (both.label(both.alone), both.agreeing) == ("cat", sum(m.argmax() == 3 for m in members))
    table = together_csv(both).decode().splitlines()
    assert table[0].startswith("network,view,weight,vote,airplane")
    assert table[-1].startswith("all,probabilities,1,cat,")
    with pytest.raises(InputError, match="Starter has 10; Few has 2"):
        asked_together([starter, replace(other, title="Few", classes=("a", "b"))], CAT)


def test_files_to_take_home() -> None:
    answer = Answer(("=1+1", "dog"), np.array([0.25, 0.75], np.float32), {})
    other = Answer(("dog", "owl"), np.array([0.5, 0.5], np.float32), {})
    rows = answers_csv({"a": answer, "b": other}).decode().splitlines()
    assert rows == ["class,a,b", "'=1+1,0.25,", "dog,0.75,0.5", "owl,,0.5"], "a formula stays text"
    sheet = bars_picture(CAT, {"a": answer.top(), "b": other.top()})
    blue = (sheet == (0, 114, 178)).all(axis=-1)
    assert blue.sum(axis=1).max() == pytest.approx(0.75 * 290, abs=2), "the longest bar is the largest probability's"
