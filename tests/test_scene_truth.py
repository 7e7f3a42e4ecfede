"""What a page says of a scene is what the scene holds."""

import numpy as np
import pytest

from cnn_core.drawing import OKABE_ITO, rgb
from cnn_core.errors import InputError
from cnn_core.samples import SCENES, sample, sample_scene
from cnn_core.scene_truth import truth_picture, truth_rows
from cnn_core.scenes import CLASSES


def test_every_shape_has_its_row() -> None:
    scene = sample_scene(3)
    rows = truth_rows(scene)
    assert [row["Shape"] for row in rows] == [CLASSES[label] for label in scene.labels]
    for row, box, mask in zip(rows, scene.boxes, scene.masks, strict=True):
        assert int(row["Pixels"].replace(",", "")) == mask.sum()
        ys, xs = np.nonzero(mask)
        tight = [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]
        assert row["Box (x, y, x, y)"] == ", ".join(map(str, tight)) == ", ".join(str(int(side)) for side in box)


def test_the_box_is_drawn_where_it_is_and_the_background_is_left_alone() -> None:
    scene = sample_scene(3)
    picture = truth_picture(scene, side=384)
    for box, label in zip(scene.boxes.astype(int), scene.labels, strict=True):
        middle = (box[1] + box[3]) // 2
        on_line = picture[middle, max(box[0] - 1, 0) : box[0] + 2]
        assert any((pixel == rgb(OKABE_ITO[label])).all() for pixel in on_line), CLASSES[label]
    corner = picture[-1, -1]
    assert (corner == scene.pixels[-1, -1]).all() == (scene.instances[-1, -1] == 0)


def test_scenes_are_numbered() -> None:
    assert (sample("scene") == sample_scene(0).pixels).all()
    assert not (sample_scene(1).pixels == sample_scene(0).pixels).all()
    with pytest.raises(InputError, match="number=10000"):
        sample_scene(SCENES)
