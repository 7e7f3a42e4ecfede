"""Looking inside: with all skips on it is the starter itself; a skip that is off is what plain Keras makes of it."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cnn_core.channel_pictures import channel_grid, map_limit, strongest
from cnn_core.errors import InputError
from cnn_core.scenes import scene
from cnn_core.segmentation import inside
from cnn_core.segmentation.inside import FILLS, InsideNetwork, fair_fill, inside_network
from cnn_core.segmentation.inside_figures import agreement, close_up
from cnn_core.segmentation.inside_levels import levels_and_skips
from cnn_core.segmentation.switched_network import with_switches
from cnn_core.segmentation_metrics import confusion_matrix, mean_iou, pixel_accuracy
from cnn_core.starter_models import STARTERS, build_network, keras_starter, prepare, starter_card

SHAPES = "starter_segmenter_shapes"
needs_shapes = pytest.mark.skipif(SHAPES not in STARTERS, reason="the starter of shapes is not in assets/models")

NETWORKS: dict[str, tuple[str, dict[str, Any]]] = {
    "unet": ("unet", {"input_shape": (16, 24, 3), "num_classes": 3, "depth": 2, "base_filters": 3, "reduction": 2}),
    "fcn": ("fcn", {"input_shape": (32, 64, 3), "num_classes": 3, "base_filters": 2, "fc_filters": 4, "dropout": 0.0}),
}


@pytest.fixture(scope="module", autouse=True)
def eager() -> Iterator[None]:
    """Compiling takes longer than so small networks run."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@cache
def tiny(kind: str) -> tuple[keras.Model, InsideNetwork]:
    """A network with random weights, and the same to look into."""
    keras.utils.set_random_seed(1)
    builder, arguments = NETWORKS[kind]
    model = build_network(builder, arguments)
    for layer in model.layers:
        # Biases differ from zero, so that a skip of zeros is not what the network gives anyway.
        layer.set_weights([weight + (0.1 if weight.ndim == 1 else 0) for weight in layer.get_weights()])
    levels, skips = levels_and_skips(builder, arguments)
    outputs = [*(level.layer for level in levels), "predictions"]
    switched = with_switches(model, joined=[skip.joined for skip in skips], outputs=outputs)
    size = arguments["input_shape"][:2]
    return model, InsideNetwork(kind, ("background", "a", "b"), size, levels, skips, switched)


def plain_answer(model: keras.Model, image: npt.NDArray, joined: dict[str, str]) -> npt.NDArray:
    """Layer by layer, with another tensor in the place of some skips; eager Keras, and no switch in sight."""
    made = {id(model.input): keras.ops.convert_to_tensor(image[None])}
    for layer in model.layers[1:]:
        inputs = layer.input if isinstance(layer.input, list) else [layer.input]
        given = [made[id(one)] for one in inputs]
        if layer.name in joined:
            skip = keras.ops.convert_to_numpy(given[1])
            mean = np.broadcast_to(skip.mean(axis=(1, 2), keepdims=True), skip.shape)
            given[1] = keras.ops.convert_to_tensor(np.zeros_like(skip) if joined[layer.name] == "zeros" else mean)
        made[id(layer.output)] = layer(given if len(given) > 1 else given[0])
    return keras.ops.convert_to_numpy(made[id(model.output)])[0]


@pytest.mark.parametrize("kind", NETWORKS)
def test_switches_give_what_plain_keras_gives(kind: str) -> None:
    model, network = tiny(kind)
    image = np.random.default_rng(0).random((*network.size, 3), np.float32)
    weights = [weight.copy() for weight in model.get_weights()]
    whole = network.look(image)
    np.testing.assert_array_equal(whole.masks.probabilities, model.predict_on_batch(image[None])[0])
    answers = [whole.masks.probabilities]
    for skip in network.skips:
        for fill in FILLS:
            seen = network.look(image, off=[skip.name], fill=fill).masks.probabilities
            np.testing.assert_allclose(seen, plain_answer(model, image, {skip.joined: fill}), atol=1e-5)
            answers.append(seen)
    for fill in FILLS:
        names = [skip.name for skip in network.skips]
        seen = network.look(image, off=names, fill=fill).masks.probabilities
        np.testing.assert_allclose(seen, plain_answer(model, image, {s.joined: fill for s in network.skips}), atol=1e-5)
        answers.append(seen)
    # Every setting answers differently, or nothing was switched.
    for number, one in enumerate(answers):
        assert all(np.abs(one - other).max() > 1e-6 for other in answers[number + 1 :])
    for before, after in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize("kind", NETWORKS)
def test_the_levels_are_those_of_the_network(kind: str) -> None:
    model, network = tiny(kind)
    image = np.random.default_rng(0).random((*network.size, 3), np.float32)
    seen = network.look(image)
    assert list(seen.maps) == [level.layer for level in network.levels]
    for level in network.levels:
        rows, columns = seen.maps[level.layer].shape[:2]
        assert (rows * level.stride, columns * level.stride) == network.size
    sources = {level.layer for level in network.levels}
    for skip in network.skips:
        join = model.get_layer(skip.joined)
        assert isinstance(join, keras.layers.Add if skip.adds else keras.layers.Concatenate)
        assert skip.source in sources
        assert join.input[1].shape[1] * skip.stride == network.size[0]


def test_without_skips_there_is_nothing_to_switch() -> None:
    levels, skips = levels_and_skips("unet", {"depth": 1, "skips": False})
    assert (len(levels), skips, fair_fill(skips)) == (3, (), "mean")
    assert levels_and_skips("fcn", {"stride": 32})[1] == ()
    with pytest.raises(InputError, match="Only U-Net and FCN"):
        levels_and_skips("yolo_like", {})


def test_what_cannot_be_switched_is_refused() -> None:
    _, network = tiny("unet")
    image = np.zeros((*network.size, 3), np.float32)
    with pytest.raises(InputError, match=r"no skip of this name.*level1, level2"):
        network.look(image, off=["level3"])
    with pytest.raises(InputError, match="no such replacement"):
        network.look(image, off=["level1"], fill="noise")


@needs_shapes
def test_the_starter_is_itself_and_worse_without_its_skips(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = scene(2, index=0)
    starter = keras_starter(SHAPES)
    with monkeypatch.context() as patch:
        patch.setattr(inside, "keras_starter", lambda _: starter)
        network = inside_network.__wrapped__(SHAPES)
    whole = network.look(drawn.image)
    expected = starter.predict_on_batch(prepare(drawn.image, starter_card(SHAPES)))[0]
    np.testing.assert_array_equal(whole.masks.probabilities, expected)
    wide = np.concatenate([drawn.image, drawn.image[:, :40]], axis=1)
    expected = starter.predict_on_batch(prepare(wide, starter_card(SHAPES)))[0]
    np.testing.assert_array_equal(network.look(wide).masks.probabilities, expected)
    off = network.look(drawn.image, off=[skip.name for skip in network.skips])
    names = network.classes
    figures = [agreement(seen.masks.labels, drawn.label_map, num_classes=len(names)) for seen in (whole, off)]
    assert figures[0].mean_iou > figures[1].mean_iou + 0.1
    # What the skips carry is where borders are.
    assert figures[0].rim - figures[1].rim > figures[0].inner - figures[1].inner


label_maps = hnp.arrays(
    np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=9), elements=st.integers(0, 2)
)


@settings(max_examples=30, deadline=None)
@given(label_maps, st.integers(0, 2**32 - 1))
def test_agreement_is_that_of_the_confusion_matrix(truth: npt.NDArray, seed: int) -> None:
    found = np.random.default_rng(seed).integers(0, 3, truth.shape)
    figures = agreement(found, truth, num_classes=3, width=1)
    matrix = confusion_matrix(truth, found, num_classes=3)
    assert figures.mean_iou == pytest.approx(mean_iou(matrix))
    assert figures.accuracy == pytest.approx(pixel_accuracy(matrix))
    padded = np.pad(truth, 1, mode="edge")
    near = np.array(
        [
            [len(np.unique(padded[row : row + 3, column : column + 3])) > 1 for column in range(truth.shape[1])]
            for row in range(truth.shape[0])
        ]
    )
    for part, value in ((near, figures.rim), (~near, figures.inner)):
        right = (found == truth)[part]
        assert value == pytest.approx(right.mean()) if right.size else np.isnan(value)


@settings(max_examples=30, deadline=None)
@given(label_maps, st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_the_close_up_shows_the_most_differences(truth: npt.NDArray, side: int, seed: int) -> None:
    found = np.random.default_rng(seed).integers(0, 3, truth.shape)
    rows, columns = close_up([found], truth, side=side)
    height, width = (min(side, length) for length in truth.shape)
    assert (rows.stop - rows.start, columns.stop - columns.start) == (height, width)
    differs = found != truth
    most = max(
        differs[top : top + height, left : left + width].sum()
        for top in range(truth.shape[0] - height + 1)
        for left in range(truth.shape[1] - width + 1)
    )
    if differs.any():
        assert differs[rows, columns].sum() == most


def test_tiles_show_their_channels() -> None:
    values = np.zeros((2, 3, 4), np.float32)
    values[..., 1] = 7.0
    values[0, 0, 2], values[1, 2, 3] = 1.0, -3.0
    assert strongest(values, 2) == (3, 2)
    assert map_limit(values, [0]) == 1.0
    grid = channel_grid(values, [2, 0, 1], limit=1.0, columns=2, side=6)
    assert grid.shape == (2 * 4 + 2, 2 * 6 + 2, 3)
    assert (grid[:2, :2] == 255).all()
    assert not grid[2:4, :6].any()
    assert (grid[6:, :6] == 255).all()
    assert (grid[:, 6:8] == 128).all()
    signed = channel_grid(values, [3], limit=3.0, columns=1, side=3, signed=True)
    assert signed[1, 2].tolist() == [5, 48, 97]
    with pytest.raises(InputError, match="nothing to draw"):
        channel_grid(values, [], limit=1.0, columns=1, side=3)
