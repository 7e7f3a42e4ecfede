"""A visitor's own file as a detector: what it finds is what its network says, and what is wrong with it is said."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnn_core import scenes
from cnn_core.boxes import iou
from cnn_core.coco_names import COCO, COCO_IDS
from cnn_core.detection.candidates import found
from cnn_core.detection.loading import load_detector
from cnn_core.detection.own_file import FileOptions, open_file
from cnn_core.detection.starters import load_starter
from cnn_core.errors import InputError
from cnn_core.images import load_image
from cnn_core.starter_models import MODELS, starter_card
from cnn_core.untrusted import picture_network
from cnn_core.untrusted.network_worker import Described, end_workers
from tests.untrusted import onnx_writer as onnx

SHAPES = "starter_detector_shapes"
LITE = MODELS / f"{SHAPES}.tflite"


@pytest.fixture(autouse=True, scope="module")
def _end() -> Iterator[None]:
    yield
    end_workers()


def test_a_lite_file_finds_what_the_starter_finds() -> None:
    image = scenes.scene(2, size=(150, 240)).image
    own = open_file(LITE.read_bytes(), name="mine.tflite", options=FileOptions(names=starter_card(SHAPES).classes))
    seen, known = own.look(image), load_starter(SHAPES).look(image)
    assert len(known.boxes) > 10
    np.testing.assert_allclose(seen.boxes.corners, known.boxes.corners, atol=0.05)
    np.testing.assert_allclose(seen.boxes.scores, known.boxes.scores, atol=1e-3)
    np.testing.assert_array_equal(seen.boxes.labels, known.boxes.labels)
    assert (own.title, own.classes) == ("mine.tflite", starter_card(SHAPES).classes)
    assert "192 × 192" in own.about
    assert set(seen.seconds) == {"resize", "inference", "decoding"}
    assert (seen.size, len(seen.heads)) == ((150, 240), 1)


def test_the_code_opens_the_file_in_the_same_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.tflite").write_bytes(LITE.read_bytes())
    monkeypatch.chdir(tmp_path)
    options = FileOptions(names=tuple("abcdef"), placement="stretch")
    detector = load_detector(Path("mine.tflite"), options=options)
    place: dict[str, Any] = {"image": scenes.scene(2, size=(150, 240)).image}
    exec(detector.code, place)
    seen = detector.look(place["image"])
    np.testing.assert_array_equal(place["candidates"].boxes.corners, seen.boxes.corners)
    assert place["candidates"].boxes.names == tuple("abcdef")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What a network is asked, in place of a child; it takes and gives what the test says."""
    said: dict[str, Any] = {}
    monkeypatch.setattr(picture_network, "describe", lambda _: said["described"])

    def ask(_: Any, batch: np.ndarray, **__: Any) -> tuple[np.ndarray, ...]:
        said["batch"] = batch
        return tuple(np.zeros(shape, np.float32) for _, shape in said["described"].outputs)

    monkeypatch.setattr(picture_network, "ask", ask)
    return said


V8 = (("boxes", (1, 7, 21)),)
YOLOX = (("boxes", (1, 21, 85)),)


@pytest.mark.parametrize(
    ("outputs", "options", "first", "wanted"),
    [
        (V8, {}, True, {"order": "rgb", "range": (0, 1), "offset": (0, 8)}),
        (YOLOX, {}, True, {"order": "bgr", "range": (0, 255), "offset": (0, 0)}),
        (YOLOX, {"channels": "rgb", "pixels": "unit", "placement": "centre"}, False,
         {"order": "rgb", "range": (0, 1), "offset": (0, 8)}),
        (V8, {"channels": "bgr", "pixels": "signed", "placement": "stretch"}, False,
         {"order": "bgr", "range": (-1, 1), "offset": (0, 0)}),
        (V8, {"pixels": "byte"}, False, {"order": "rgb", "range": (0, 255), "offset": (0, 8)}),
    ],
)  # fmt: skip
def test_pixels_go_in_as_the_options_say(
    asked: dict[str, Any], outputs: tuple, options: dict, first: bool, wanted: dict
) -> None:
    asked["described"] = Described((1, 3, 32, 32) if first else (1, 32, 32, 3), "float32", outputs)
    photo = np.zeros((20, 40, 3), np.float32)
    photo[..., 0], photo[..., 1] = 1.0, 0.5
    seen = open_file(LITE.read_bytes(), name="m.tflite", options=FileOptions(**options)).look(photo)
    batch = np.moveaxis(asked["batch"][0], 0, -1) if first else asked["batch"][0]
    low, high = wanted["range"]
    middle = [high, (low + high) / 2, low]
    np.testing.assert_allclose(batch[15, 15], middle if wanted["order"] == "rgb" else middle[::-1], atol=1e-4)
    assert seen.framed is not None
    assert seen.framed.offset == wanted["offset"]
    if wanted["offset"][1]:
        np.testing.assert_allclose(batch[0, 0], low + (high - low) * 114 / 255, rtol=1e-4, atol=1e-6)


def test_eight_bit_networks_get_eight_bit_pixels(asked: dict[str, Any]) -> None:
    asked["described"] = Described((1, 32, 32, 3), "uint8", V8)
    open_file(LITE.read_bytes(), name="m.tflite").look(np.full((9, 9, 3), 0.5, np.float32))
    assert asked["batch"].dtype == np.uint8
    assert asked["batch"][0, 16, 16].tolist() == [128, 128, 128]


def test_names_come_from_the_file_from_coco_or_are_numbers(asked: dict[str, Any]) -> None:
    content = onnx.constant_answer({"boxes": np.zeros((1, 6, 21))}, metadata={"names": "{0: 'cat', 1: 'dog'}"})
    asked["described"] = Described((1, 3, 32, 32), "float32", (("boxes", (1, 6, 22)),))
    assert open_file(content, name="m.onnx").classes == ("cat", "dog")
    asked["described"] = Described((1, 3, 32, 32), "float32", (("boxes", (1, 7, 22)),))
    assert open_file(content, name="m.onnx").classes == ("class 0", "class 1", "class 2")
    asked["described"] = Described((1, 3, 32, 32), "float32", (("boxes", (1, 84, 85)),))
    assert open_file(content, name="m.onnx").classes == COCO
    asked["described"] = Described((1, 3, 32, 32), "float32", (("boxes", (1, 300, 6)),))
    assert open_file(content, name="m.onnx").classes == ("cat", "dog")


def test_coco_has_80_classes_numbered_up_to_90() -> None:
    assert len(COCO) == len(COCO_IDS) == 80
    assert (COCO_IDS[COCO.index("person")], COCO_IDS[COCO.index("dog")], COCO_IDS[-1]) == (1, 18, 90)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("photo.png", b"x", "not a network that can be opened here"),
        ("model.pt", b"x", "not a network that can be opened here"),
        ("m.keras", b"", "empty"),
        ("m.keras", b"hello", "is not a .keras file"),
        ("m.onnx", b"hello", "not an ONNX file"),
        ("m.tflite", b"hello", "not a LiteRT"),
        ("../../etc/m.tflite", b"hello", "^m.tflite is not"),
    ],
)
def test_files_that_are_nothing_are_refused(name: str, data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        open_file(data, name=name)


def test_a_classifier_has_no_readable_head() -> None:
    with pytest.raises(InputError, match=r"no head that can be read here.*outputs=\[\(1, "):
        open_file(
            (MODELS / "starter_classifier.tflite").read_bytes(), name="m.tflite", options=FileOptions(size=(64, 64))
        )


def test_a_wrong_number_of_names_is_refused() -> None:
    with pytest.raises(InputError, match="scores for 6 classes, and there are 2 names"):
        open_file(LITE.read_bytes(), name="mine.tflite", options=FileOptions(names=("a", "b")))


@pytest.mark.parametrize(
    "options",
    [
        {"placement": "left"},
        {"channels": "yuv"},
        {"pixels": "0..1"},
        {"head": "rcnn"},
        {"names": ("",)},
        {"size": (8, 8)},
        {"size": (64, 10_000)},
        {"names": ("a",) * 3000},
    ],
)
def test_options_that_do_not_exist_are_refused(options: dict) -> None:
    with pytest.raises(InputError):
        FileOptions(**options)


def test_a_path_that_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no file"):
        load_detector(tmp_path / "nothing.onnx")
    with pytest.raises(InputError, match="no detector of this name"):
        load_detector(str(LITE))


def find_in_the_photo(path: Path, photos: Path) -> Any:
    """Candidates of YOLOX-Nano on a photo of a dog, a bicycle and a car."""
    detector = load_detector(path)
    seen = detector.look(load_image(photos / "darknet_dog.jpg"))
    boxes = found(seen, threshold=0.8)
    assert sorted(detector.classes[label] for label in boxes.labels) == ["bicycle", "car", "dog"]
    by_name = {detector.classes[label]: corners for label, corners in zip(boxes.labels, boxes.corners, strict=True)}
    # As the photo is known to show them (its own pixels).
    known = {"dog": [130, 220, 315, 540], "bicycle": [110, 130, 565, 430], "car": [465, 75, 690, 172]}
    assert all(iou([by_name[name]], [box])[0, 0] > 0.7 for name, box in known.items())
    assert [head.stride for head in seen.heads] == [8, 16, 32]
    return seen


@pytest.fixture(scope="module")
def from_keras(data_folder: Path, photos: Path) -> Any:
    return find_in_the_photo(data_folder / "models" / "yolox_nano_416.keras", photos)


def test_a_real_keras_file_finds_bicycle_car_and_dog(from_keras: Any) -> None:
    assert len(from_keras.boxes) > 100


def test_a_real_onnx_file_agrees_with_it(from_keras: Any, data_folder: Path, photos: Path) -> None:
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: requirements-onnx.txt")
    seen = find_in_the_photo(data_folder / "models" / "yolox_nano.onnx", photos)
    for own, other in zip(seen.heads, from_keras.heads, strict=True):
        np.testing.assert_allclose(own.raw, other.raw, atol=1e-3)
    np.testing.assert_allclose(seen.boxes.scores, from_keras.boxes.scores, atol=1e-3)


def needs_onnxruntime() -> None:
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: requirements-onnx.txt")


def test_an_onnx_file_is_run_with_its_open_size_and_answers() -> None:
    needs_onnxruntime()
    rows = np.zeros((1, 300, 6), np.float32)
    rows[0, 0] = [8, 16, 32, 48, 0.9, 1]
    content = onnx.constant_answer(
        {"boxes": rows}, shape=("batch", 3, "height", "width"), metadata={"names": "{0: 'cat', 1: 'dog'}"}
    )
    seen = open_file(content, name="m.onnx", options=FileOptions(size=(64, 64))).look(np.zeros((32, 64, 3), np.float32))
    assert seen.boxes.corners.tolist() == [[8, 0, 32, 32]]
    assert (seen.suppressed, seen.boxes.names[seen.boxes.labels[0]]) == (True, "dog")


def test_an_onnx_file_with_nan_or_two_inputs_is_told() -> None:
    needs_onnxruntime()
    nan = np.full((1, 21, 85), np.nan, np.float32)
    detector = open_file(onnx.constant_answer({"boxes": nan}), name="m.onnx")
    with pytest.raises(InputError, match="values that are not numbers"):
        detector.look(np.zeros((9, 9, 3), np.float32))
    two = [onnx.value_info("a", (1, 3, 32, 32)), onnx.value_info("b", (1, 3, 32, 32))]
    graph = onnx.graph([onnx.node("Add", ["a", "b"], ["c"])], [], two, [onnx.value_info("c", (1, 3, 32, 32))])
    with pytest.raises(InputError, match="has 2 inputs"):
        open_file(onnx.model(graph), name="m.onnx")


@pytest.mark.parametrize("shape", [(1, 1, 32, 32), (4, 3, 32, 32), (1, 10)])
def test_an_onnx_file_that_takes_no_picture_is_told(shape: tuple[int, ...]) -> None:
    needs_onnxruntime()
    with pytest.raises(InputError, match=r"m.onnx takes an array of"):
        open_file(onnx.constant_answer({"boxes": np.zeros((1, 21, 85))}, shape=shape), name="m.onnx")


def test_an_onnx_file_that_wants_all_memory_or_never_ends_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    needs_onnxruntime()
    huge = onnx.tensor("huge", np.array([1 << 18, 1 << 18], np.int64))
    nodes = [onnx.node("ConstantOfShape", ["huge"], ["big"]), onnx.node("ReduceSum", ["big"], ["y"])]
    picture, given = onnx.value_info("x", (1, 3, 32, 32)), onnx.value_info("y", (1, 1))
    with pytest.raises(InputError, match=r"more memory|cannot be run"):
        open_file(onnx.model(onnx.graph(nodes, [huge], [picture], [given])), name="m.onnx")
    body = onnx.graph(
        [onnx.node("Identity", ["go"], ["go_on"]), onnx.node("Identity", ["kept"], ["kept_on"])],
        [],
        [onnx.value_info("i", (), 7), onnx.value_info("go", (), 9), onnx.value_info("kept", (1, 3, 32, 32))],
        [onnx.value_info("go_on", (), 9), onnx.value_info("kept_on", (1, 3, 32, 32))],
    )
    loop = onnx.node("Loop", ["", "", "x"], ["y"], onnx.attribute("body", body))
    endless = onnx.model(onnx.graph([loop], [], [picture], [onnx.value_info("y", (1, 3, 32, 32))]))
    patient = picture_network.describe
    monkeypatch.setattr(picture_network, "describe", lambda files: patient(files, seconds=3))
    with pytest.raises(InputError, match="gave no answer within 3 s"):
        open_file(endless, name="m.onnx")
