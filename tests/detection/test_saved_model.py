"""SavedModels of the TensorFlow Object Detection API: read as its documentation says, unpacked with care, fenced in."""

import io
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn_core.coco_names import COCO, COCO_IDS
from cnn_core.detection.loading import load_detector
from cnn_core.detection.saved_model import OUTPUTS, open_saved_model, read_detections
from cnn_core.errors import InputError
from cnn_core.untrusted import open_saved_model as opening
from cnn_core.untrusted.fence import fence_version
from cnn_core.untrusted.network_worker import end_workers
from cnn_core.untrusted.saved_model_files import unpack_saved_model

NAMES = ("cat", "dog", "bird")


@pytest.fixture(autouse=True, scope="module")
def _end() -> Iterator[None]:
    yield
    end_workers()


@given(st.integers(0, 10**6), st.integers(0, 12), st.booleans())
def test_detections_are_the_loop(seed: int, count: int, coco: bool) -> None:
    random = np.random.default_rng(seed)
    names = COCO if coco else NAMES
    numbers = random.choice(COCO_IDS if coco else [1, 2, 3], (1, 10)).astype(np.float32)
    boxes = np.sort(random.uniform(-0.1, 1.1, (1, 10, 2, 2)), axis=2).reshape(1, 10, 4)
    scores = random.random((1, 10)).astype(np.float32)
    found = read_detections(boxes, numbers, scores, np.array([count]), size=(50, 80), names=names, coco=coco)
    expected = []
    for place in range(min(count, 10)):
        top, left, bottom, right = (float(side) for side in boxes[0, place])
        corners = [min(max(side * 80, 0), 80) for side in (left, right)] + [
            min(max(s * 50, 0), 50) for s in (top, bottom)
        ]
        name = names[COCO_IDS.index(int(numbers[0, place]))] if coco else names[int(numbers[0, place]) - 1]
        if scores[0, place] >= 0.01:
            expected.append((float(scores[0, place]), name, [corners[0], corners[2], corners[1], corners[3]]))
    expected.sort(key=lambda one: -one[0])
    assert [found.names[label] for label in found.labels] == [one[1] for one in expected]
    np.testing.assert_allclose(found.scores, [one[0] for one in expected])
    np.testing.assert_allclose(found.corners, np.reshape([one[2] for one in expected], (-1, 4)), atol=1e-3)


def read(**changed: Any) -> Any:
    given = {"boxes": np.zeros((1, 2, 4)), "classes": [[1, 2]], "scores": [[0.9, 0.8]], "number": [2], **changed}
    return read_detections(**given, size=(9, 9), names=NAMES, coco=False)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"classes": [[1, 4]]}, "names class 4, which has no name"),
        ({"classes": [[0, 1]]}, "names class 0"),
        ({"scores": [[0.9]]}, "not those of a detector"),
        ({"boxes": np.zeros((1, 2, 5))}, "not those of a detector"),
        ({"number": [1, 2]}, "not those of a detector"),
        ({"scores": [[0.9, np.nan]]}, "values that are not numbers"),
    ],
)
def test_outputs_that_cannot_be_read_are_told(changed: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(**changed)
    assert len(read()) == 2


def zipped(files: dict[str, bytes]) -> io.BytesIO:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    stream.seek(0)
    return stream


def test_a_zip_is_unpacked_wherever_the_model_lies_in_it(tmp_path: Path) -> None:
    files = {"note.txt": b"x", "net/saved_model.pb": b"graph", "net/variables/variables.index": b"index"}
    unpack_saved_model(zipped(files), tmp_path / "model", name="net.zip")
    found = {str(path.relative_to(tmp_path / "model")) for path in (tmp_path / "model").rglob("*") if path.is_file()}
    assert found == {"saved_model.pb", "variables/variables.index"}


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"note.txt": b"x"}, "holds no SavedModel"),
        ({"a/saved_model.pb": b"x", "b/saved_model.pb": b"x"}, "holds 2 SavedModels"),
        ({"saved_model.pb": b"x", "../evil": b"x"}, "net.zip|evil"),
    ],
)
def test_zips_without_one_model_are_refused(tmp_path: Path, files: dict[str, bytes], message: str) -> None:
    with pytest.raises(InputError, match=message):
        unpack_saved_model(zipped(files), tmp_path / "model", name="net.zip")
    assert not (tmp_path / "evil").exists()


def test_folders_that_are_no_model_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no SavedModel: it has no saved_model\.pb"):
        load_detector(tmp_path)
    with pytest.raises(InputError, match="There is no file"):
        open_saved_model(tmp_path / "nothing.zip", name="nothing.zip")


def save_model(folder: Path, *, secret: Path) -> None:
    """Finds a dog where the photo is red; reads a file, which is none of its business, where it is green."""
    tf = pytest.importorskip("tensorflow")

    class Tiny(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((1, None, None, 3), tf.uint8, name="input_tensor")])
        def __call__(self, input_tensor: Any) -> Any:
            red = tf.reduce_mean(tf.cast(input_tensor[..., 0], tf.float32)) / 255
            green = tf.reduce_mean(tf.cast(input_tensor[..., 1], tf.float32)) / 255
            stolen = tf.cond(green > 0.5, lambda: tf.strings.length(tf.io.read_file(str(secret))), lambda: 0)
            return {
                "detection_boxes": tf.constant([[[0.25, 0.5, 0.75, 1.0], [0, 0, 0.5, 0.25], [0, 0, 1, 1]]]),
                "detection_scores": tf.stack([[red, red / 2, 0.9]]),
                "detection_classes": tf.constant([[18.0, 1.0, 3.0]]),
                "num_detections": tf.constant([2.0]) + tf.cast(stolen, tf.float32),
                "raw_detection_boxes": tf.zeros((1, 5)),
            }

    model = Tiny()
    tf.saved_model.save(model, str(folder), signatures=model.__call__.get_concrete_function())


@pytest.mark.skipif(not fence_version(), reason="this kernel has no Landlock")
def test_a_saved_model_answers_in_its_fence_and_reads_no_other_file(tmp_path: Path) -> None:
    # Its path is short: what a message quotes of a network's own words is cut.
    elsewhere = tempfile.TemporaryDirectory(dir="/tmp")
    secret = Path(elsewhere.name) / "secret"
    secret.write_text("secret")
    save_model(tmp_path / "net", secret=secret)
    detector = load_detector(tmp_path / "net")
    red = np.zeros((40, 80, 3), np.float32)
    red[..., 0] = 0.8
    seen = detector.look(red)
    assert seen.boxes.corners.tolist() == [[40, 10, 80, 30], [0, 0, 20, 20]]
    assert [seen.boxes.names[label] for label in seen.boxes.labels] == ["dog", "person"]
    np.testing.assert_allclose(seen.boxes.scores, [0.8, 0.4], atol=1e-3)
    assert (seen.suppressed, seen.size, seen.framed) == (True, (40, 80), None)
    with elsewhere, pytest.raises(InputError, match="Permission d"):
        detector.look(np.ones((40, 80, 3), np.float32))


def test_another_signature_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tf = pytest.importorskip("tensorflow")
    monkeypatch.setattr(opening, "limit", lambda _: None)

    def save(shape: tuple, dtype: Any, outputs: dict[str, list]) -> dict[str, Any]:
        @tf.function(input_signature=[tf.TensorSpec(shape, dtype, name="x")])
        def answer(x: Any) -> Any:  # noqa: ARG001
            return {name: tf.constant(value) for name, value in outputs.items()}

        module = tf.Module()
        module.answer = answer
        tf.saved_model.save(module, str(tmp_path / "saved_model"), signatures=answer.get_concrete_function())
        return {"name": "net", "size": (32, 32), "memory": 0, "outputs": OUTPUTS, "wanted": ""}

    every = {name: [1.0] for name in OUTPUTS}
    with pytest.raises(InputError, match=r"does not give detection_boxes and .*; it gives probabilities"):
        opening.open_saved_model(tmp_path, save((1, None, None, 3), tf.uint8, {"probabilities": [1.0]}))
    with pytest.raises(InputError, match="takes string"):
        opening.open_saved_model(tmp_path, save((1,), tf.string, every))
    with pytest.raises(InputError, match="takes an array of 1 x 10"):
        opening.open_saved_model(tmp_path, save((1, 10), tf.float32, every))
