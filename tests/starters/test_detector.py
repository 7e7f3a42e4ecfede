"""The chain of a detector's training: a tiny network learns two pictures by heart, and finds their boxes again."""

import json
from pathlib import Path

import numpy as np
import pytest

from cnn_core.architectures.yolo import yolo_like
from cnn_core.boxes import iou
from cnn_core.detection.training.boxed_picture import BoxedPicture
from cnn_core.grid_decoding import find_boxes
from cnn_core.starters import detector
from cnn_core.starters.detector import PLANS, Plan, fit, views
from cnn_core.starters.detector_kinds import KINDS, DetectorKind
from cnn_core.starters.training import Recipe

KIND = DetectorKind(("red", "blue"), (64, 64), 8, {"base_filters": 2, "coarsest_stride": 16})
RECIPE = Recipe(epochs=2, batch_size=2, optimizer="adamw", peak_rate=0.01, average=0.9)
PLAN = Plan(views=100, object_cells=3.0, recipe=RECIPE, data=(), split="")


def two_pictures() -> list[BoxedPicture]:
    corners = [np.array([[6, 8, 30, 28], [36, 30, 60, 58]], np.float32), np.array([[20, 12, 50, 34]], np.float32)]
    labels = [np.array([0, 1]), np.array([1])]
    pictures = []
    for number, (boxes, kinds) in enumerate(zip(corners, labels, strict=True)):
        pixels = np.full((64, 64, 3), 128, np.uint8)
        for (left, top, right, bottom), label in zip(boxes.astype(int), kinds, strict=True):
            pixels[top:bottom, left:right] = [(230, 30, 30), (30, 30, 230)][label]
        pictures.append(BoxedPicture(str(number), pixels, boxes, kinds))
    return pictures


def test_two_pictures_are_learned_by_heart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import keras

    keras.utils.set_random_seed(0)
    pictures = two_pictures()
    run = fit(KIND, PLAN, lambda number, _: pictures[number % 2], folder=tmp_path, seed=0)
    losses = [json.loads(line)["loss"] for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    assert losses[1] < losses[0] / 2
    assert run["recipe"]["epochs"] == 2
    model = yolo_like(**KIND.network_arguments)
    model.load_weights(tmp_path / "trained.weights.h5")
    trained = [keras.ops.convert_to_numpy(weight) for weight in model.trainable_variables]
    for picture in pictures:
        # The statistics of batch norm lag behind two epochs: the network is asked as it was trained.
        raw = keras.ops.convert_to_numpy(model(picture.pixels[None].astype(np.float32) / 255, training=True))
        found = find_boxes(raw, stride=8, names=KIND.classes)
        overlap = iou(picture.corners, found.corners)
        assert (overlap.max(axis=1) > 0.5).all()
        assert found.labels[overlap.argmax(axis=1)].tolist() == picture.labels.tolist()
    # What a run that goes on hands to the training: another training would only compile the same graph again.
    begun: list[keras.Model] = []
    monkeypatch.setattr(detector, "train", lambda model, *_, **__: begun.append(model) or {})
    fit(KIND, PLAN, lambda number, _: pictures[number % 2], folder=tmp_path / "on", seed=1, start=tmp_path)
    for before, after in zip(trained, begun[0].trainable_variables, strict=True):
        np.testing.assert_array_equal(before, keras.ops.convert_to_numpy(after))


def test_every_detector_has_a_plan_and_a_grid_that_fits() -> None:
    assert set(PLANS) == set(KINDS)
    for kind in KINDS.values():
        stride = kind.network["coarsest_stride"]
        assert kind.size[0] % stride == kind.size[1] % stride == 0
        assert len(set(kind.classes)) == len(kind.classes)


def test_views_of_shapes_are_new_each_time() -> None:
    make, random = views("shapes", Path("nowhere")), np.random.default_rng(0)
    assert make(0, random).pixels.shape == (*KINDS["shapes"].size, 3)
    assert (make(0, random).pixels != make(1, random).pixels).any()


def test_everyday_things_need_the_teacher_s_boxes(data_folder: Path) -> None:
    with pytest.raises(SystemExit, match="--boxes"):
        views("everyday", data_folder)
