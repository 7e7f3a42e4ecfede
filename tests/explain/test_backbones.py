"""Four backbones with random weights, nested in a network and flat: the same maps, others for each class."""

import numpy as np
import pytest

from cnn_core.explain.grad_cam import class_maps, grad_cam_heat, grad_cam_plus_plus_heat
from cnn_core.explain.integrated_gradients import complete_gradients
from cnn_core.explain.picture_gradient import class_scores, class_slopes
from cnn_core.explain.randomised import learned_layers, randomised
from cnn_core.explain.similarity import rank_correlation
from cnn_core.explain.walk import map_layers

keras = pytest.importorskip("keras")
layers = keras.layers

SIZE = (33, 33, 3)
PHOTO = np.random.default_rng(2).uniform(0, 255, (11, 11, 3)).repeat(3, axis=0).repeat(3, axis=1).astype(np.float32)
BACKBONES = {"MobileNetV2": {"alpha": 0.35}, "ResNet50": {}, "VGG16": {}, "EfficientNetB0": {}}


@pytest.fixture(scope="module", params=BACKBONES)
def pair(request):
    """The same base, nested and flat, with one head of three classes."""
    build = getattr(keras.applications, request.param)
    base = build(include_top=False, weights=None, input_shape=SIZE, **BACKBONES[request.param])
    random = np.random.default_rng(1)
    # With Keras' own random weights next to nothing comes out at the end of MobileNetV2.
    for layer in base.layers:
        for weight in layer.weights:
            if len(weight.shape) == 4:
                before = weight.shape[:2] if layer.__class__.__name__ == "DepthwiseConv2D" else weight.shape[:3]
                weight.assign(random.normal(0, np.sqrt(2 / np.prod(before)), weight.shape))
    pool, dense = layers.GlobalAveragePooling2D(), layers.Dense(3, activation="softmax", name="classes")
    pixels = keras.Input(SIZE)
    nested = keras.Model(pixels, dense(pool(base(layers.Rescaling(1 / 255)(pixels)))))
    flat = keras.Model(base.input, dense(pool(base.output)))
    # Every map speaks for the first class, every second one for the others.
    kernel = np.abs(random.normal(size=dense.kernel.shape))
    kernel[::2, 1:] = 0
    dense.kernel.assign(kernel)
    return base, nested, flat


def test_nested_and_flat_agree_and_classes_differ(pair):
    base, nested, flat = pair
    inner = class_maps(nested, PHOTO, class_indices=[0, 1])
    outer = class_maps(flat, PHOTO / 255, class_indices=[0, 1])
    np.testing.assert_allclose(inner.maps, outer.maps, rtol=1e-3, atol=1e-4 * np.abs(inner.maps).max())
    np.testing.assert_allclose(inner.slopes, outer.slopes, rtol=1e-3, atol=1e-4 * np.abs(inner.slopes).max())
    for heat_of in (grad_cam_heat, grad_cam_plus_plus_heat):
        heats = heat_of(inner)
        assert np.abs(heats[0] - heats[1]).max() > 0.05 * heats.max() > 0
    if inner.maps.shape == base.output_shape[1:]:
        # Behind global pooling each map's weight is its dense weight over the number of places.
        kernel = np.asarray(flat.get_layer("classes").kernel) / np.prod(inner.maps.shape[:2])
        expected = np.maximum(inner.maps @ kernel[:, :2], 0).transpose(2, 0, 1)
        np.testing.assert_allclose(grad_cam_heat(inner), expected, rtol=1e-3, atol=1e-3 * expected.max())
    else:
        assert base.name == "vgg16", "its last maps are pooled once more"


def test_integrated_gradients_are_complete(pair):
    _, nested, _ = pair
    # Near by: on a long way a network of random weights has more kinks than steps.
    nothing = 0.97 * PHOTO + 0.03 * PHOTO.mean()
    ends = class_scores(nested, np.stack([PHOTO, nothing]))
    wanted = int(np.abs(ends[0] - ends[1]).argmax())
    difference = float(ends[0, wanted] - ends[1, wanted])
    shares, steps = complete_gradients(
        lambda batch: class_slopes(nested, batch, class_index=wanted), PHOTO, baseline=nothing, difference=difference
    )
    assert shares.sum(dtype=np.float64) == pytest.approx(difference, rel=0.01), steps


def test_a_randomised_network_gives_another_map(pair):
    _, nested, _ = pair
    # A layer half-way down has more places to compare.
    layer = map_layers(nested)[len(map_layers(nested)) // 2]
    trained = class_maps(nested, PHOTO, class_indices=[0], layer=layer)
    with randomised(nested, len(learned_layers(nested)), seed=7):
        random = class_maps(nested, PHOTO, class_indices=[0], layer=layer)
    assert np.isfinite(random.slopes).all()
    assert np.abs(random.maps).max() > 0
    assert rank_correlation(grad_cam_heat(trained), grad_cam_heat(random)) < 0.9
    assert abs(rank_correlation(trained.maps, random.maps)) < 0.5
