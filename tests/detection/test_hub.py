"""KerasHub's detectors: a stand-in of its interface always, and a tiny preset of its own where it is installed."""

import importlib.util
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from cnn_core.coco_names import COCO, COCO_IDS
from cnn_core.detection import hub
from cnn_core.detection.hub import open_preset_folder
from cnn_core.errors import InputError
from cnn_core.untrusted import open_preset as opening
from cnn_core.untrusted.network import Network
from cnn_core.untrusted.network_worker import Described, end_workers

TEXTS = {"name": "tiny", "title": "Tiny", "about": "", "code": ""}
# Centre and size of two boxes as parts of a picture of 32 x 64, and logits.
BOXES = np.array([[[0.5, 0.5, 0.25, 0.5], [0.9, 0.9, 0.4, 0.4]]], np.float32)


class DFineStandIn:
    """What D-FINE of KerasHub 0.32 does after its network: boxes as y, x, y, x in pixels, whatever was asked for."""

    bounding_box_format = "xyxy"

    def __init__(self, classes: int, *, pad: bool = False) -> None:
        self.num_classes = classes
        converter = SimpleNamespace(image_size=(32, 64), pad_to_aspect_ratio=pad)
        self.preprocessor = SimpleNamespace(image_converter=converter)
        self.prediction_decoder: Any = SimpleNamespace(from_logits=True, bounding_box_format="xyxy")
        self.seen: list[np.ndarray] = []

    def predict(self, batch: np.ndarray, *, batch_size: int, verbose: int) -> dict[str, Any]:  # noqa: ARG002
        self.seen.append(batch)
        logits = np.full((1, 2, self.num_classes), -9, np.float32)
        logits[0, 0, 18 if self.num_classes == 91 else 1], logits[0, 1, 0] = 2, 1
        x, y, w, h = (BOXES[..., place] * scale for place, scale in enumerate((64, 32, 64, 32)))
        return self.prediction_decoder(np.stack([y - h / 2, x - w / 2, y + h / 2, x + w / 2], axis=-1), logits)


class RetinaNetStandIn(DFineStandIn):
    """RetinaNet gives the format that it was asked for."""

    def predict(self, batch: np.ndarray, *, batch_size: int, verbose: int) -> dict[str, Any]:
        said = super().predict(batch, batch_size=batch_size, verbose=verbose)
        said["boxes"] = np.asarray(said["boxes"])[..., [1, 0, 3, 2]]
        return said


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A module keras_hub, and its network run here in place of a child."""
    said: dict[str, Any] = {}
    module = ModuleType("keras_hub")
    module.__spec__ = ModuleSpec("keras_hub", None)
    detectors = SimpleNamespace(from_preset=lambda _: said["detector"])
    module.models = SimpleNamespace(ObjectDetector=detectors)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keras_hub", module)
    monkeypatch.setattr(opening, "limit", lambda _: None)

    def describe(files: Any, *, seconds: float) -> Described:  # noqa: ARG001
        network: Network = opening.open_preset(Path(), {"name": files.name, **files.task})
        said["network"] = network
        return Described(network.input_shape, network.input_dtype, (), network.facts)

    monkeypatch.setattr(hub, "describe", describe)
    monkeypatch.setattr(hub, "ask", lambda _, batch, **__: tuple(said["network"].run(batch).values()))
    return said


@pytest.mark.parametrize("kind", [DFineStandIn, RetinaNetStandIn])
def test_boxes_come_back_as_x_y_in_the_photo(stand_in: dict[str, Any], kind: type[DFineStandIn]) -> None:
    pytest.importorskip("keras")
    # The name tells D-FINE's habit.
    detector = type("DFineObjectDetector" if kind is DFineStandIn else "RetinaNetObjectDetector", (kind,), {})(80)
    stand_in["detector"] = detector
    seen = open_preset_folder(Path("tiny"), **TEXTS).look(np.full((64, 64, 3), 0.5, np.float32))
    # The picture was stretched from 64 x 64 to 32 x 64; the second box reaches beyond it and is clipped.
    np.testing.assert_allclose(seen.boxes.corners, [[24, 16, 40, 48], [44.8, 44.8, 64, 64]], atol=1e-3)
    assert [seen.boxes.names[label] for label in seen.boxes.labels] == ["bicycle", "person"]
    np.testing.assert_allclose(seen.boxes.scores, 1 / (1 + np.exp([-2.0, -1.0])), atol=1e-5)
    assert not seen.suppressed
    assert (detector.seen[0].shape, detector.seen[0].dtype, int(detector.seen[0][0, 0, 0, 0])) == (
        (1, 32, 64, 3),
        np.uint8,
        128,
    )


def test_a_padded_picture_and_cocos_own_numbers(stand_in: dict[str, Any]) -> None:
    pytest.importorskip("keras")
    detector = type("RetinaNetObjectDetector", (RetinaNetStandIn,), {})(91, pad=True)
    stand_in["detector"] = detector
    seen = open_preset_folder(Path("tiny"), **TEXTS).look(np.full((64, 64, 3), 0.5, np.float32))
    assert COCO_IDS[COCO.index("dog")] == 18
    # The second box is the background's. Around 64 x 64, brought to 32 x 32, there is black to the left and right.
    assert [seen.boxes.names[label] for label in seen.boxes.labels] == ["dog"]
    np.testing.assert_allclose(seen.boxes.corners, [[16, 16, 48, 48]], atol=1e-3)
    assert detector.seen[0][0, :, :16].max() == 0


def test_a_preset_without_a_size_is_told(stand_in: dict[str, Any]) -> None:
    stand_in["detector"] = DFineStandIn(3)
    stand_in["detector"].preprocessor = None
    with pytest.raises(InputError, match="does not say its input size"):
        open_preset_folder(Path("tiny"), **TEXTS)


def test_without_keras_hub_the_remedy_says_what_to_install() -> None:
    if importlib.util.find_spec("keras_hub"):
        pytest.skip("KerasHub is installed")
    with pytest.raises(InputError, match=r"requirements-hub\.txt"):
        opening.open_preset(Path(), {"name": "tiny", "preset": "tiny"})


def test_a_tiny_preset_of_keras_hub_answers_in_a_child(tmp_path: Path) -> None:
    keras_hub = pytest.importorskip("keras_hub", reason="KerasHub is not installed: requirements-hub.txt")
    side = 64
    parts = {"image_shape": (side, side, 3), "out_features": ["stage3", "stage4"]}
    features = keras_hub.models.HGNetV2Backbone(
        stem_channels=[3, 8, 8],
        stackwise_stage_filters=[
            [8, 8, 16, 1, 1, 3],
            [16, 8, 32, 1, 1, 3],
            [32, 16, 32, 1, 1, 3],
            [32, 16, 64, 1, 1, 3],
        ],
        apply_downsample=[False, True, True, True],
        use_lightweight_conv_block=[False, False, True, True],
        depths=[1, 1, 1, 1],
        hidden_sizes=[16, 32, 32, 64],
        embedding_size=8,
        use_learnable_affine_block=True,
        hidden_act="relu",
        **parts,
    )
    backbone = keras_hub.models.DFineBackbone(
        backbone=features,
        decoder_in_channels=[16, 16],
        encoder_hidden_dim=16,
        num_denoising=0,
        num_labels=4,
        hidden_dim=16,
        learn_initial_query=False,
        num_queries=10,
        anchor_image_size=(side, side),
        feat_strides=[16, 32],
        num_feature_levels=2,
        encoder_in_channels=[32, 64],
        encode_proj_layers=[1],
        num_attention_heads=2,
        encoder_ffn_dim=16,
        num_encoder_layers=1,
        hidden_expansion=0.34,
        depth_multiplier=0.5,
        eval_idx=-1,
        num_decoder_layers=1,
        decoder_attention_heads=2,
        decoder_ffn_dim=16,
        decoder_n_points=[2, 2],
        lqe_hidden_dim=8,
        num_lqe_layers=1,
        **parts,
    )
    converter = keras_hub.layers.DFineImageConverter(image_size=(side, side), scale=1 / 255)
    preprocessor = keras_hub.models.DFineObjectDetectorPreprocessor(image_converter=converter)
    detector = keras_hub.models.DFineObjectDetector(
        backbone=backbone, num_classes=4, bounding_box_format="yxyx", preprocessor=preprocessor
    )
    detector.save_to_preset(str(tmp_path / "tiny"))
    photo = np.random.default_rng(0).random((48, 96, 3), dtype=np.float32)
    try:
        opened = open_preset_folder(tmp_path / "tiny", **TEXTS)
        seen = opened.look(photo)
    finally:
        end_workers()
    assert seen.framed is not None
    pixels = np.rint(seen.framed.image * 255).astype(np.uint8)[None]
    detector.prediction_decoder.confidence_threshold, detector.prediction_decoder.iou_threshold = 0.0, 1.0
    said = detector.predict(pixels, verbose=0)
    boxes = np.asarray(said["boxes"])[0][:, [1, 0, 3, 2]] * np.array([96, 48, 96, 48]) / side
    assert len(seen.boxes) > 0
    expected = np.clip(boxes, 0, [96, 48, 96, 48])
    inside = (expected[:, 2] > expected[:, 0]) & (expected[:, 3] > expected[:, 1])
    scores = np.asarray(said["confidence"])[0][inside]
    np.testing.assert_allclose(np.sort(seen.boxes.scores), np.sort(scores), atol=1e-4)
    best = expected[inside][scores.argmax()]
    assert np.abs(seen.boxes.corners - best).max(axis=1).min() < 0.05
    assert opened.classes == ("class 0", "class 1", "class 2", "class 3")
