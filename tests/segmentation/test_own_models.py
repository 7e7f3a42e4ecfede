"""A visitor's own network as a segmenter: what it sees is what its network says, and what is wrong with it is said."""

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnn_core import scenes
from cnn_core.errors import InputError
from cnn_core.images import load_image
from cnn_core.masks import Masks
from cnn_core.pixel_classes import ADE20K, CITYSCAPES
from cnn_core.segmentation.hub import PRESETS, load_preset, open_preset_folder, preset_classes
from cnn_core.segmentation.loading import load_segmenter
from cnn_core.segmentation.own_file import FileOptions, open_file, segmenter_of
from cnn_core.segmentation.starters import load_starter
from cnn_core.starter_models import MODELS, starter_card
from cnn_core.untrusted import picture_network
from cnn_core.untrusted.network_worker import Described, end_workers
from cnn_core.voc_names import VOC

SHAPES = "starter_segmenter_shapes"
LITE = MODELS / f"{SHAPES}.tflite"
QUANTISED, KERAS = "deeplabv3_mnv2_pascal_quant.tflite", "deeplabv3_mnv2_voc21.keras"


@pytest.fixture(autouse=True, scope="module")
def _end() -> Iterator[None]:
    yield
    end_workers()


def foreground_iou(masks: Masks, truth: np.ndarray) -> float:
    """IoU of what is no background; 255 in the truth does not count."""
    counted = truth != 255
    found, true = (masks.labels > 0)[counted], (truth > 0)[counted]
    return float((found & true).sum() / (found | true).sum())


def test_a_lite_file_sees_what_the_starter_sees_and_its_code_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = scenes.scene(2, size=(150, 240)).image
    (tmp_path / "mine.tflite").write_bytes(LITE.read_bytes())
    monkeypatch.chdir(tmp_path)
    names = starter_card(SHAPES).classes
    own = load_segmenter(Path("mine.tflite"), options=FileOptions(names=names, size=(128, 128)))
    seen, known = own.look(image), load_starter(SHAPES).look(image)
    np.testing.assert_allclose(seen.probabilities, known.probabilities, atol=1e-4)
    assert (own.title, own.classes, own.input_size) == ("mine.tflite", names, (128, 128))
    assert "128 × 128 pixels, stretched, in RGB from 0 to 1" in own.about
    place: dict[str, Any] = {"image": image}
    exec(own.code, place)
    np.testing.assert_array_equal(place["masks"].labels, seen.labels)


def test_eight_bits_in_and_class_numbers_out(data_folder: Path) -> None:
    """The 8-bit DeepLabV3 in a child of its own: its argmax is a label map."""
    own = open_file((data_folder / "models" / QUANTISED).read_bytes(), name=QUANTISED, options=FileOptions(names=VOC))
    seen = own.predict(load_image(data_folder / "photos" / "bird_segmentation.bmp"))
    truth = np.asarray(Image.open(data_folder / "photos" / "bird_segmentation_mask.bmp"))
    assert foreground_iou(seen, truth) >= 0.9
    assert {VOC[label] for label in np.unique(seen.labels)} == {"background", "bird"}
    assert "0 to 255 (8 bits)" in own.about
    assert "confidence is 100 %" in own.about
    for photo, true in voc_photos(data_folder):
        assert foreground_iou(own.predict(photo), true) >= 0.85


def test_classes_that_turn_up_in_a_label_map_without_names_are_numbered() -> None:
    """Class 1 of many is not the foreground; of two it is."""
    answers = np.array([[0, 1], [3, 1]])

    class Net:
        name, class_names, size, layers, rescales = "net", (), (2, 2), (), False
        described = SimpleNamespace(outputs=[("map", (1, 2, 2))], facts={"whole": [True]})
        files, channels_first = SimpleNamespace(kind="lite"), False

        def batch(self, image: np.ndarray, **_: Any) -> np.ndarray:
            return image[None]

        def ask(self, _: np.ndarray) -> list[np.ndarray]:
            return [answers[None]]

        def pixel_words(self, _: str) -> str:
            return "0 to 1"

    own = segmenter_of(Net(), FileOptions(), about="", code="")  # type: ignore[arg-type]
    assert "no names were given" in own.about
    assert own.predict(np.zeros((2, 2, 3))).names == ("background", "class 1", "class 2", "class 3")
    answers[:] = answers > 0
    assert own.predict(np.zeros((2, 2, 3))).names == ("background", "foreground")


def voc_photos(data_folder: Path) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for file in sorted((data_folder / "voc3" / "JPEGImages").glob("*.jpg")):
        truth = data_folder / "voc3" / "SegmentationClass" / f"{file.stem}.png"
        yield load_image(file), np.asarray(Image.open(truth))


def test_a_real_keras_file(data_folder: Path, in_process: dict[str, Any]) -> None:
    pytest.importorskip("keras")
    own = open_file((data_folder / "models" / KERAS).read_bytes(), name=KERAS)
    assert own.classes == VOC
    assert "from -1 to 1" in own.about, "guessed from its depthwise convolutions"
    seen = own.predict(load_image(data_folder / "photos" / "bird_segmentation.bmp"))
    truth = np.asarray(Image.open(data_folder / "photos" / "bird_segmentation_mask.bmp"))
    assert foreground_iou(seen, truth) >= 0.9
    batch = in_process["batches"][-1]
    assert batch.shape == (1, 513, 513, 3)
    assert -1 <= batch.min() < -0.5 < 0.5 < batch.max() <= 1
    photos = list(voc_photos(data_folder))
    assert np.mean([foreground_iou(own.predict(photo), true) for photo, true in photos]) >= 0.85


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What a network is asked, in place of a child; it takes and gives what the test says."""
    said: dict[str, Any] = {}
    monkeypatch.setattr(picture_network, "describe", lambda _: said["described"])

    def ask(_: Any, batch: np.ndarray, **__: Any) -> tuple[np.ndarray, ...]:
        said["batch"] = batch
        return (said["answer"],)

    monkeypatch.setattr(picture_network, "ask", ask)
    return said


def describe(asked: dict[str, Any], answer: np.ndarray, *, shape: tuple = (1, 32, 32, 3), whole: bool = False) -> None:
    asked["answer"] = answer.astype(np.float32)
    asked["described"] = Described(shape, "float32", (("map", answer.shape),), {"whole": [whole]})


def test_pixels_go_in_as_the_options_say_grey_ones_too(asked: dict[str, Any]) -> None:
    photo = np.zeros((20, 40, 3), np.float32)
    photo[..., 0], photo[..., 1] = 1.0, 0.5
    wanted = {
        "unit": [1, 0.5, 0], "byte": [255, 127.5, 0], "signed": [1, 0, -1], "caffe": [-103.939, 10.721, 131.32],
        "torch": [(1 - 0.485) / 0.229, (0.5 - 0.456) / 0.224, -0.406 / 0.225],
    }  # fmt: skip
    describe(asked, np.zeros((1, 32, 32, 2)))
    for pixels, expected in wanted.items():
        open_file(LITE.read_bytes(), name="m.tflite", options=FileOptions(pixels=pixels)).look(photo)
        np.testing.assert_allclose(asked["batch"][0, 16, 16], expected, atol=1e-3)
    open_file(LITE.read_bytes(), name="m.tflite", options=FileOptions(channels="bgr")).look(photo)
    np.testing.assert_allclose(asked["batch"][0, 16, 16], [0, 0.5, 1], atol=1e-6)
    describe(asked, np.zeros((1, 1, 16, 16)), shape=(1, 1, 32, 32))
    seen = open_file(LITE.read_bytes(), name="m.tflite").look(photo)
    assert asked["batch"].shape == (1, 1, 32, 32)
    np.testing.assert_allclose(asked["batch"][0, 0, 16, 16], 0.299 + 0.587 / 2, atol=1e-6)
    assert seen.names == ("background", "foreground")


def test_frame_and_stride_are_taken_back(asked: dict[str, Any]) -> None:
    """A letterboxed photo of 16 x 32 in 32 x 32, a map at a stride of 4 whose middle rows are the photo's."""
    answer = np.zeros((1, 8, 8, 2))
    answer[0, 2:6, 4:, 1] = 9
    answer[0, :2], answer[0, 6:] = [0, 9], [0, 9]
    describe(asked, answer)
    for placement, rows in (("centre", slice(2, 6)), ("corner", slice(0, 4))):
        options = FileOptions(placement=placement)
        labels = open_file(LITE.read_bytes(), name="m.tflite", options=options).look(np.zeros((16, 32, 3))).labels
        middle = answer[0, rows, :, 1].repeat(4, 0).repeat(4, 1) > 0
        assert (labels == middle)[np.ix_([4, 11], [2, 12, 20, 29])].all()


def test_names(asked: dict[str, Any]) -> None:
    def classes(channels: int, *names: str) -> tuple[str, ...]:
        describe(asked, np.zeros((1, 32, 32, channels)))
        return open_file(LITE.read_bytes(), name="m.tflite", options=FileOptions(names=names)).classes

    assert (classes(21), classes(19), classes(150)) == (VOC, CITYSCAPES, ADE20K)
    assert classes(2) == classes(1) == ("background", "foreground")
    assert classes(1, "cell") == ("background", "cell")
    assert classes(3) == ("class 0", "class 1", "class 2")
    assert classes(2, "a", "b") == ("a", "b")
    with pytest.raises(InputError, match="tells 3 classes apart, and 2 are named"):
        classes(3, "a", "b")
    describe(asked, np.full((1, 32, 32), 4), whole=True)
    own = open_file(LITE.read_bytes(), name="m.tflite", options=FileOptions(names=("a", "b")))
    assert own.look(np.zeros((9, 9, 3))).names == ("a", "b", "class 2", "class 3", "class 4")


def test_what_is_wrong_is_told(asked: dict[str, Any]) -> None:
    describe(asked, np.zeros((1, 1000)))
    with pytest.raises(InputError, match=r"m\.tflite gives no map: its output is 1 x 1000"):
        open_file(LITE.read_bytes(), name="m.tflite")
    describe(asked, np.full((1, 32, 32, 2), np.nan))
    with pytest.raises(InputError, match="not numbers"):
        open_file(LITE.read_bytes(), name="m.tflite").look(np.zeros((9, 9, 3)))
    with pytest.raises(InputError, match="can be opened here"):
        open_file(b"x", name="m.pt")
    with pytest.raises(InputError, match="values does not exist"):
        FileOptions(values="x")
    with pytest.raises(InputError, match="no file"):
        load_segmenter(Path("nothing.keras"))


def test_a_saved_model_answers_with_its_map(tmp_path: Path, in_process: dict[str, Any]) -> None:
    """Red where the photo is red; its size is left open, and it wants pixels from 0 to 1."""
    tf = pytest.importorskip("tensorflow")

    @tf.function(input_signature=[tf.TensorSpec((None, None, None, 3), tf.float32, name="photo")])
    def answer(photo: Any) -> Any:
        red = photo[:, ::4, ::4, 0] * 20 - 10
        return {"logits": tf.stack([tf.zeros_like(red), red], axis=-1)}

    module = tf.Module()
    module.answer = answer
    tf.saved_model.save(module, str(tmp_path / "net"), signatures=answer.get_concrete_function())
    photo = np.zeros((40, 80, 3), np.float32)
    photo[:, 40:, 0] = 1
    own = load_segmenter(tmp_path / "net", options=FileOptions(size=(64, 128), names=("rest", "red")))
    labels = own.predict(photo).labels
    assert in_process["batches"][-1].shape == (1, 64, 128, 3)
    assert (labels[:, :38] == 0).all()
    assert (labels[:, 42:] == 1).all()


def test_presets_say_what_they_are_and_are_here_when_downloaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CNN_PLAYGROUND_HOME", str(tmp_path))
    assert all(preset.name in preset.handle and preset.licence for preset in PRESETS.values())
    assert {len(preset_classes(name)) for name in PRESETS} == {21, 19, 150}
    with pytest.raises(InputError, match=r"SegFormer-B0, ADE20K is not on this machine.*15 MB"):
        load_segmenter("segformer_b0_ade20k_512")
    with pytest.raises(InputError, match="no such segmenter"):
        load_preset("sam_base_sa1b")


def test_a_preset_is_given_raw_pixels_of_its_size(monkeypatch: pytest.MonkeyPatch, in_process: dict[str, Any]) -> None:
    """A stand-in of KerasHub's interface: logits that are red's brightness, at the size that its converter says."""
    converter = SimpleNamespace(image_size=(32, 64))
    segmenter = SimpleNamespace(
        preprocessor=SimpleNamespace(image_converter=converter),
        input=SimpleNamespace(shape=(None, None, None, 3)),
        predict=lambda batch, **_: np.stack([batch[..., 0] * 0.0 + 127, batch[..., 0] * 1.0], axis=-1),
    )
    module = ModuleType("keras_hub")
    module.models = SimpleNamespace(  # type: ignore[attr-defined]
        ImageSegmenter=SimpleNamespace(from_preset=lambda _: segmenter)
    )
    monkeypatch.setattr("cnn_core.untrusted.open_segmenter_preset.keras_hub_or_error", lambda: module)
    photo = np.zeros((20, 20, 3), np.float32)
    photo[:10, :, 0] = 1
    texts = {"name": "tiny", "title": "Tiny", "about": "Tiny.", "code": ""}
    own = open_preset_folder(Path("tiny"), FileOptions(names=("dark", "red")), **texts)
    labels = own.predict(photo).labels
    batch = in_process["batches"][-1]
    assert (batch.shape, batch.dtype, batch.max()) == ((1, 32, 64, 3), np.uint8, 255)
    assert (labels[:9] == 1).all()
    assert (labels[11:] == 0).all()
    assert own.title == "Tiny"
    segmenter.input = {"images": None, "points": None}
    with pytest.raises(InputError, match="takes more than a picture"):
        open_preset_folder(Path("tiny"), FileOptions(), **texts)


def test_a_tiny_preset_of_keras_hub_answers_in_a_child(tmp_path: Path) -> None:
    keras_hub = pytest.importorskip("keras_hub", reason="KerasHub is not installed: requirements-hub.txt")
    side = 64
    encoder = keras_hub.models.MiTBackbone(
        layerwise_depths=[1, 1, 1, 1],
        num_layers=4,
        layerwise_num_heads=[1, 1, 2, 2],
        layerwise_sr_ratios=[8, 4, 2, 1],
        max_drop_path_rate=0.1,
        layerwise_patch_sizes=[7, 3, 3, 3],
        layerwise_strides=[4, 2, 2, 2],
        image_shape=(side, side, 3),
        hidden_dims=[8, 16, 24, 32],
    )
    backbone = keras_hub.models.SegFormerBackbone(image_encoder=encoder, projection_filters=16)
    converter = keras_hub.layers.SegFormerImageConverter(image_size=(side, side), scale=1 / 255)
    preprocessor = keras_hub.models.SegFormerImageSegmenterPreprocessor(image_converter=converter)
    segmenter = keras_hub.models.SegFormerImageSegmenter(backbone=backbone, num_classes=5, preprocessor=preprocessor)
    segmenter.save_to_preset(str(tmp_path / "tiny"))
    pixels = np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8)
    try:
        texts = {"name": "tiny", "title": "Tiny", "about": "", "code": ""}
        seen = open_preset_folder(tmp_path / "tiny", FileOptions(), **texts).predict(pixels / np.float32(255))
    finally:
        end_workers()
    logits = np.asarray(segmenter.predict(pixels[None], verbose=0))[0]
    expected = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(seen.probabilities, expected, atol=1e-4)
    assert seen.names == tuple(f"class {number}" for number in range(5))
