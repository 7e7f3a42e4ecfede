"""Grad-CAM against its closed form, against finite differences, and on nested networks."""

import numpy as np
import pytest

from cnn_core.errors import InputError
from cnn_core.explain.grad_cam import grad_cam, grad_cams
from cnn_core.explain.heat import heat_over
from cnn_core.explain.walk import map_layers

keras = pytest.importorskip("keras")
layers = keras.layers

PHOTO = np.random.default_rng(1).uniform(0, 255, (12, 10, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def parts():
    """A base with a shortcut and batch norm, and a head of two dense layers; the base is frozen."""
    keras.utils.set_random_seed(3)
    x = picture = keras.Input((None, None, 3))
    x = short = layers.Conv2D(4, 3, padding="same", name="first")(x)
    x = layers.BatchNormalization()(layers.Activation("gelu")(x))
    x = layers.Add(name="sum")([layers.Conv2D(4, 3, padding="same", name="second")(x), short])
    x = layers.MaxPooling2D(2, name="pool")(x)
    base = keras.Model(picture, layers.Conv2D(5, 3, activation="relu", name="maps")(x), name="base")
    base.trainable = False
    head = keras.Sequential([layers.Dense(6, activation="tanh"), layers.Dropout(0.5), layers.Dense(3)], name="head")
    return base, head


@pytest.fixture(scope="module")
def nested(parts):
    """Raw pixels -> softmax, the base called as it is for training a head."""
    base, head = parts
    pixels = keras.Input((12, 10, 3))
    x = base(layers.Rescaling(1 / 127.5, -1)(pixels), training=False)
    x = head(layers.GlobalAveragePooling2D()(x))
    return keras.Model(pixels, layers.Softmax(name="softmax")(x))


def scores_from(parts, maps):
    """Logits that the head gives for maps, a batch of them."""
    return keras.ops.convert_to_numpy(parts[1](maps.mean(axis=(1, 2))))


def test_the_gradient_equals_finite_differences(parts, nested):
    maps = keras.ops.convert_to_numpy(parts[0](PHOTO[None] / 127.5 - 1)).astype(np.float64)
    most = []
    for wanted in range(3):
        slopes = np.zeros(maps.shape[1:])
        for place in np.ndindex(slopes.shape):
            step = np.zeros_like(maps)
            step[0][place] = 0.05
            both = scores_from(parts, np.concatenate([maps + step, maps - step]))[:, wanted]
            slopes[place] = (both[0] - both[1]) / 0.1
        expected = np.maximum((slopes.mean(axis=(0, 1)) * maps[0]).sum(axis=-1), 0)
        heat = grad_cam(nested, PHOTO, class_index=wanted)
        assert heat.shape == (4, 3)
        assert heat.dtype == np.float32
        np.testing.assert_allclose(heat, expected, rtol=1e-3, atol=1e-3 * expected.max())
        most.append(expected.max())
    assert sum(value > 1e-3 for value in most) >= 2, most


def test_behind_global_pooling_it_is_the_class_activation_map(parts):
    """Selvaraju et al., section 3.1: there each map's weight is its dense weight over the number of places."""
    base, _ = parts
    pixels = keras.Input((12, 10, 3))
    dense = layers.Dense(4, activation="softmax", name="classes")
    model = keras.Model(pixels, dense(layers.GlobalAveragePooling2D()(base(pixels))))
    maps = keras.ops.convert_to_numpy(base(PHOTO[None]))[0]
    kernel = np.random.default_rng(2).normal(0, 1, (5, 4)) * [1, 1, -1, 1] + [1, 0, 0, 0]
    dense.kernel.assign(kernel)
    heats = grad_cams(model, PHOTO, class_indices=[2, 0])
    for heat, wanted in zip(heats, (2, 0), strict=True):
        expected = np.maximum(maps @ kernel[:, wanted] / 12, 0)
        assert expected.max() > 0
        np.testing.assert_allclose(heat, expected, rtol=1e-4, atol=1e-4 * expected.max())


def test_a_probability_of_one_still_has_an_explanation(parts):
    """Through the softmax its gradient would be zero."""
    base, _ = parts
    pixels = keras.Input((12, 10, 3))
    dense = layers.Dense(2, activation="softmax")
    model = keras.Model(pixels, dense(layers.GlobalAveragePooling2D()(base(pixels))))
    dense.kernel.assign(np.outer(np.ones(5), [1000.0, -1000.0]))
    assert keras.ops.convert_to_numpy(model(PHOTO[None]))[0, 0] == 1.0
    assert grad_cam(model, PHOTO, class_index=0).max() > 1


def test_an_earlier_layer_is_explained_through_the_shortcut(parts, nested):
    """Against TensorFlow's own gradient of the same network without nesting."""
    tf = pytest.importorskip("tensorflow")
    base, head = parts
    before = keras.Model(base.input, base.get_layer("first").output)
    maps = tf.Variable(before(PHOTO[None] / 127.5 - 1))
    with tf.GradientTape() as tape:
        x = base.get_layer("second")(base.layers[3](base.layers[2](maps)))
        x = base.get_layer("maps")(base.get_layer("pool")(x + maps))
        score = head(tf.reduce_mean(x, axis=(1, 2)))[0, 1]
    slopes = tape.gradient(score, maps).numpy()[0]
    expected = np.maximum((slopes.mean(axis=(0, 1)) * maps.numpy()[0]).sum(axis=-1), 0)
    assert expected.max() > 1e-4
    heat = grad_cam(nested, PHOTO, class_index=1, layer="first")
    assert heat.shape == (12, 10)
    np.testing.assert_allclose(heat, expected, rtol=1e-3, atol=1e-5)
    np.testing.assert_array_equal(heat, grad_cam(nested, PHOTO, class_index=1, layer="base/first"))


def test_the_layers_with_maps_are_listed_with_their_models(nested):
    names = map_layers(nested)
    assert "base/first" in names
    assert "base/sum" in names
    assert names[-1] == "base/maps"
    assert not any("pool" in name or "dense" in name for name in names)


def test_nothing_of_the_network_changes(nested):
    before = [keras.ops.convert_to_numpy(weight).copy() for weight in nested.weights]
    said = keras.ops.convert_to_numpy(nested(PHOTO[None]))
    grad_cam(nested, PHOTO, class_index=0)
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(nested(PHOTO[None])), said)
    for weight, was in zip(nested.weights, before, strict=True):
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(weight), was)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"class_index": 3}, r"Choose 0 to 2. Received: classes=\[3\]"),
        ({"class_index": 0, "layer": "nowhere"}, "Choose one of .*base/maps. Received: layer='nowhere'"),
    ],
)
def test_what_is_not_there_is_refused(nested, options, message):
    with pytest.raises(InputError, match=message):
        grad_cam(nested, PHOTO, **options)


def test_a_network_without_maps_is_refused():
    model = keras.Sequential([keras.Input((4, 4, 3)), layers.Flatten(), layers.Dense(2)])
    with pytest.raises(InputError, match="no layer that gives maps"):
        grad_cam(model, np.zeros((4, 4, 3)), class_index=0)


def test_heat_colours_its_own_place_and_leaves_the_rest_grey():
    image = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    heat = np.zeros((4, 6))
    heat[0, 5] = 2.0
    picture = heat_over(image, heat)
    assert picture.shape == image.shape
    spread = picture.max(axis=2).astype(int) - picture.min(axis=2)
    assert spread[20:, :40].max() == 0, "far away it is the photo in grey"
    assert spread[:5, 55:].min() > 40
    np.testing.assert_array_equal(
        heat_over(image, np.zeros((2, 2)))[..., 0], heat_over(image, heat * 0, limit=1)[..., 1]
    )


@pytest.mark.parametrize("grey", [0, 60, 128, 200, 255])
def test_heat_is_seen_on_dark_and_on_light_photos_in_grey_too(grey):
    """Lightness falls with the heat all the way, and far enough to be seen (CIE L*), whatever the photo is."""
    import cv2

    photo = np.full((1, 41, 3), grey, np.uint8)
    light = cv2.cvtColor(heat_over(photo, np.linspace(0, 1, 41)[None]), cv2.COLOR_RGB2LAB)[0, :, 0] * (100 / 255)
    assert (np.diff(light) <= 0.5).all()
    assert light[10] - light[-1] > 20
    assert light[0] - light[-1] > 35
