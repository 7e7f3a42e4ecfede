"""Pooling against Keras, a plain loop, PyTorch's published definition and TensorFlow's gradient."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_core.errors import InputError
from cnn_core.geometry import output_size
from cnn_core.pooling import MODES, cascade, global_pool, head_parameters, pool, pool_argmax, pool_gradient

WORKED = np.arange(1, 17).reshape(4, 4, 1)


@st.composite
def cases(draw):
    """(image, options): odd and even sizes from one pixel, pairs, strides below, at and above the window."""
    rows, columns, channels = draw(st.integers(1, 13)), draw(st.integers(1, 13)), draw(st.integers(1, 4))
    padding = draw(st.sampled_from(["valid", "same"]))
    limits = (rows, columns) if padding == "valid" else (7, 7)
    size = tuple(draw(st.integers(1, min(7, limit))) for limit in limits)
    stride = draw(st.one_of(st.none(), st.integers(1, 8), st.tuples(st.integers(1, 8), st.integers(1, 8))))
    seed = draw(st.integers(0, 2**32 - 1))
    generator = np.random.default_rng(seed)
    # Few levels in half of the cases, so that windows hold ties.
    image = generator.random((rows, columns, channels), dtype=np.float32) * 2 - 1
    if draw(st.booleans()):
        image = np.round(image * 2) / 2
    return image, {"size": size, "stride": stride, "padding": padding}


def by_loop(image, *, mode, size, stride, padding):
    """The definition, window by window."""
    strides = size if stride is None else (stride, stride) if isinstance(stride, int) else stride
    shape = output_size(image.shape[:2], size, stride=strides, padding=padding)
    result = np.zeros((*shape, image.shape[2]))
    before = [0, 0]
    if padding == "same":
        before = [
            max((n - 1) * s + k - cells, 0) // 2
            for n, s, k, cells in zip(shape, strides, size, image.shape, strict=False)
        ]
    for i, j in np.ndindex(*shape):
        top, left = i * strides[0] - before[0], j * strides[1] - before[1]
        window = image[max(top, 0) : top + size[0], max(left, 0) : left + size[1]].astype(float)
        result[i, j] = {
            "max": window.max((0, 1)),
            "min": window.min((0, 1)),
            "average": window.mean((0, 1)),
            "l2": np.sqrt((window**2).sum((0, 1))),
        }[mode]
    return result


@settings(max_examples=300, deadline=None)
@given(cases())
def test_max_and_average_equal_keras(case):
    ops = pytest.importorskip("keras").ops
    image, options = case
    reference = {"pool_size": options["size"], "padding": options["padding"]}
    reference["strides"] = options["size"] if options["stride"] is None else options["stride"]
    for mode, function in (("max", ops.max_pool), ("average", ops.average_pool)):
        expected = np.asarray(function(image[None], **reference))[0]
        actual = pool(image, mode=mode, **options)
        assert actual.dtype == np.float32
        assert actual.shape == expected.shape
        np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-6)


@settings(max_examples=200, deadline=None)
@given(cases(), st.sampled_from(MODES))
def test_every_mode_equals_a_plain_loop(case, mode):
    image, options = case
    np.testing.assert_allclose(pool(image, mode=mode, **options), by_loop(image, mode=mode, **options), atol=1e-6)


@settings(max_examples=100, deadline=None)
@given(cases())
def test_min_is_the_negative_of_max(case):
    image, options = case
    np.testing.assert_array_equal(pool(image, mode="min", **options), -pool(-image, mode="max", **options))


@settings(max_examples=200, deadline=None)
@given(cases(), st.sampled_from(["max", "min"]))
def test_argmax_names_the_first_winner(case, mode):
    image, options = case
    pooled = pool(image, mode=mode, **options)
    positions = pool_argmax(image, mode=mode, **options)
    channels = np.broadcast_to(np.arange(image.shape[2]), pooled.shape)
    np.testing.assert_array_equal(image[positions[..., 0], positions[..., 1], channels], pooled)


def test_argmax_ties_go_to_the_first_in_row_major_order():
    image = np.zeros((3, 3, 1))
    image[1, 2] = image[2, 0] = 5
    assert pool_argmax(image, size=3)[0, 0, 0].tolist() == [1, 2]
    assert pool_argmax(np.full((2, 2, 1), -np.inf), size=2)[0, 0, 0].tolist() == [0, 0]


@settings(max_examples=100, deadline=None)
@given(cases(), st.booleans())
def test_gradient_equals_tensorflow(case, weighted):
    tf = pytest.importorskip("tensorflow")
    image, options = case
    stride = options["size"] if options["stride"] is None else options["stride"]
    for mode, function in (("max", tf.nn.max_pool2d), ("average", tf.nn.avg_pool2d)):
        x = tf.constant(image[None])
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = function(x, options["size"], stride, options["padding"].upper())
        upstream = np.random.default_rng(0).random(y.shape, dtype=np.float32) if weighted else np.ones(y.shape, "f")
        expected = tape.gradient(y, x, output_gradients=tf.constant(upstream))[0].numpy()
        actual = pool_gradient(image, mode=mode, upstream=upstream[0], **options)
        np.testing.assert_allclose(actual, expected, atol=1e-5)


@settings(max_examples=60, deadline=None)
@given(cases())
def test_l2_gradient_equals_tensorflow_on_its_definition(case):
    tf = pytest.importorskip("tensorflow")
    image, options = case
    image = image + 1.5  # the root has no slope at zero
    size = tuple(min(pair) for pair in zip(options["size"], image.shape, strict=False))
    options = {**options, "padding": "valid", "size": size}
    x = tf.constant(image[None])
    with tf.GradientTape() as tape:
        tape.watch(x)
        count = options["size"][0] * options["size"][1]
        stride = options["size"] if options["stride"] is None else options["stride"]
        y = tf.sqrt(tf.nn.avg_pool2d(x * x, options["size"], stride, "VALID") * count)
    np.testing.assert_allclose(
        pool_gradient(image, mode="l2", **options), tape.gradient(y, x)[0].numpy(), atol=1e-5, rtol=1e-5
    )


def test_l2_gradient_is_zero_where_the_output_is_zero():
    assert not pool_gradient(np.zeros((2, 2, 1)), mode="l2").any()


def test_worked_example():
    assert pool(WORKED, mode="max")[..., 0].tolist() == [[6, 8], [14, 16]]
    assert pool(WORKED, mode="min")[..., 0].tolist() == [[1, 3], [9, 11]]
    assert pool(WORKED, mode="average")[..., 0].tolist() == [[3.5, 5.5], [11.5, 13.5]]
    np.testing.assert_allclose(pool(WORKED, mode="l2")[0, 0, 0], np.sqrt(1 + 4 + 25 + 36), rtol=1e-6)


def test_integers_and_booleans_are_pooled_as_numbers():
    image = np.array([[0, 255], [255, 255]], np.uint8)[..., None]
    assert pool(image, mode="average").item() == pytest.approx(191.25)
    assert pool(image, mode="l2").item() == pytest.approx(255 * np.sqrt(3))
    assert pool(image > 0, mode="average").item() == 0.75


def test_input_is_left_alone():
    image = np.random.default_rng(0).random((9, 9, 3), dtype=np.float32)
    copy = image.copy()
    for mode in MODES:
        pool(image, mode=mode, size=1)[...] = 7
        pool_gradient(image, mode=mode, size=3, padding="same")
    np.testing.assert_array_equal(image, copy)


@pytest.mark.parametrize("stride", [1, 2, 3, 7, 16, 49, 64])
def test_long_strides_pick_the_right_pixels(stride):
    image = np.random.default_rng(0).random((stride * 12 + 5, stride * 101, 2), dtype=np.float32)
    for mode in ("max", "average"):
        expected = image[::stride, ::stride]
        np.testing.assert_array_equal(pool(image, mode=mode, size=1, stride=stride), expected)


def test_more_channels_than_opencv_takes():
    image = np.random.default_rng(0).random((6, 5, 700), dtype=np.float32)
    for mode in MODES:
        expected = by_loop(image, mode=mode, size=(3, 2), stride=2, padding="same")
        np.testing.assert_allclose(pool(image, mode=mode, size=(3, 2), stride=2, padding="same"), expected, atol=1e-6)


@pytest.mark.parametrize("mode", MODES)
def test_odd_shapes_work(mode):
    pixel = np.full((1, 1, 3), 0.25, np.float32)
    assert pool(pixel, mode=mode, size=1).tolist() == pixel.tolist()
    assert pool(pixel, mode=mode, size=5, padding="same").tolist() == pixel.tolist()
    # A window far larger than the picture costs no more memory than one that just covers it.
    assert pool(pixel, mode=mode, size=10**9, padding="same").tolist() == pixel.tolist()
    column = np.random.default_rng(0).random((20_000, 1, 3), dtype=np.float32)
    pooled = pool(column, mode=mode, size=(2, 1))
    assert pooled.shape == (10_000, 1, 3)
    np.testing.assert_allclose(pooled, by_loop(column, mode=mode, size=(2, 1), stride=None, padding="valid"), atol=1e-6)
    shorter = column[:4000]
    np.testing.assert_allclose(
        pool(shorter, mode=mode, size=(4000, 1))[0, 0], global_pool(shorter, mode=mode), rtol=2e-5
    )


@pytest.mark.parametrize(
    ("image", "options", "words"),
    [
        (np.zeros((4, 4, 3)), {"size": 0}, "size=0"),
        (np.zeros((4, 4, 3)), {"size": (2, -1)}, "size=(2, -1)"),
        (np.zeros((4, 4, 3)), {"size": 2.5}, "size=2.5"),
        (np.zeros((4, 4, 3)), {"stride": 0}, "stride=0"),
        (np.zeros((4, 4, 3)), {"stride": -3}, "stride=-3"),
        (np.zeros((4, 4, 3)), {"size": 5}, "size=(5, 5), picture=(4, 4)"),
        (np.zeros((1, 1, 3)), {}, "larger than the picture"),
        (np.zeros((20_000, 1, 3)), {}, "picture=(20000, 1)"),
        (np.zeros((4, 4, 3)), {"padding": "full"}, "padding='full'"),
        (np.zeros((4, 4, 3)), {"mode": "median"}, "mode='median'"),
        (np.zeros((4, 4)), {}, "shape=(4, 4)"),
        (np.zeros((1, 4, 4, 3)), {}, "shape=(1, 4, 4, 3)"),
        (np.zeros((0, 4, 3)), {}, "shape=(0, 4, 3)"),
        (np.zeros((4, 4, 1), complex), {}, "dtype='complex128'"),
        (np.full((2, 2, 1), "a"), {}, "dtype='<U1'"),
    ],
)
def test_bad_input_gets_a_message(image, options, words):
    for function in (pool, pool_gradient):
        with pytest.raises(InputError) as error:
            function(image, **options)
        assert words in str(error.value)
        assert "Received: " in str(error.value)


def test_gradient_of_another_shape_is_refused():
    with pytest.raises(InputError, match=r"upstream=\(4, 4, 1\)"):
        pool_gradient(WORKED, upstream=np.ones((4, 4, 1)))


@pytest.mark.parametrize("mode", MODES)
def test_global_pool_is_one_window(mode):
    image = np.random.default_rng(0).random((11, 7, 5), dtype=np.float32)
    assert global_pool(image, mode=mode).shape == (5,)
    np.testing.assert_allclose(global_pool(image, mode=mode), pool(image, mode=mode, size=(11, 7))[0, 0], rtol=1e-6)


def test_global_pool_equals_keras():
    layers = pytest.importorskip("keras").layers
    image = np.random.default_rng(0).random((11, 7, 5), dtype=np.float32)
    for mode, layer in (("max", layers.GlobalMaxPooling2D()), ("average", layers.GlobalAveragePooling2D())):
        np.testing.assert_allclose(global_pool(image, mode=mode), np.asarray(layer(image[None]))[0], atol=1e-6)


def test_cascade_halves_until_a_side_is_one():
    image = np.random.default_rng(0).random((70, 33, 3), dtype=np.float32)
    levels = cascade(image, mode="average", levels=9)
    assert [level.shape[:2] for level in levels] == [(35, 16), (17, 8), (8, 4), (4, 2), (2, 1)]
    np.testing.assert_allclose(levels[1], pool(image[:68, :32], mode="average", size=4), atol=1e-6)
    assert cascade(np.zeros((1, 5, 3))) == []
    with pytest.raises(InputError, match="levels=0"):
        cascade(image, levels=0)


def test_head_parameters_equal_keras():
    keras = pytest.importorskip("keras")
    counts = head_parameters((5, 3), channels=4, classes=10)
    for name, layer in (("flatten", keras.layers.Flatten()), ("global", keras.layers.GlobalAveragePooling2D())):
        model = keras.Sequential([keras.Input((5, 3, 4)), layer, keras.layers.Dense(10)])
        assert counts[name] == model.count_params()
    with pytest.raises(InputError, match="channels=0"):
        head_parameters(7, channels=0, classes=10)
