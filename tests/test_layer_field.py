"""Receptive fields: against a plain search along one axis, against what real layers react to, and against the paper."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_core.layer_field import region_of
from cnn_core.layer_graph import graph_nodes
from cnn_core.receptive_axis import AxisField, gather, pixels, resized, stamped, union, window
from cnn_core.summary import summarize

layers = keras.layers
SIDE = 72


def fields(model: keras.Model) -> tuple[AxisField, AxisField] | None:
    """The field of the model's output, rows and columns."""
    regions = {}
    for node in graph_nodes(model):
        regions[node.name] = region_of(node, [regions[name] for name in node.inputs], (1, 2))
    return regions[node.name]


def reactions(model: keras.Model, axis: int) -> np.ndarray:
    """Whether output line j (rows or columns) reacts to input line i, as (i, j): each line is set to one in turn."""
    lines = np.zeros((SIDE, SIDE, SIDE, 1), np.float32)
    for line in range(SIDE):
        lines[(line, line) if axis == 0 else (line, slice(None), line)] = 1
    answers = np.asarray(model(lines, training=False)).sum(axis=-1)
    return answers.max(axis=2 - axis) > 0


def assert_exact(model: keras.Model) -> int:
    """For every cell away from the edges the field begins and ends where the reactions do; how many cells were seen."""
    seen = 0
    region = fields(model)
    assert region is not None
    for axis, field in enumerate(region):
        reacts = reactions(model, axis)
        assert field.cells == reacts.shape[1]
        for cell in range(field.cells):
            first, last = field.of(cell)
            if 16 <= first <= last < SIDE - 16:
                lines = np.flatnonzero(reacts[:, cell])
                assert (lines[0], lines[-1]) == (first, last), (axis, cell)
                seen += 1
            elif first > last:
                assert not reacts[:, cell].any()
    return seen


def positive(kind: type, *arguments: object, **options: object) -> keras.layers.Layer:
    """A layer without bias whose kernels are all ones, so that nothing cancels."""
    arrays = {layers.SeparableConv2D: ("depthwise", "pointwise"), layers.DepthwiseConv2D: ("depthwise",)}
    ones = {f"{name}_initializer": "ones" for name in arrays.get(kind, ("kernel",))}
    return kind(*arguments, use_bias=False, **ones, **options)


def one_layer(draw: st.DrawFn, x: keras.KerasTensor) -> keras.KerasTensor:
    """One more layer, or a branch of two that meet again."""
    kernel = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    stride = draw(st.integers(1, 2))
    padding = draw(st.sampled_from(["valid", "same"]))
    gap = draw(st.tuples(st.integers(1, 3), st.integers(1, 3))) if stride == 1 else 1
    kind = draw(st.sampled_from(["conv", "separable", "max", "average", "transposed", "up", "pad", "crop", "branch"]))
    if kind == "branch":
        other = positive(layers.Conv2D, 1, kernel, padding="same", dilation_rate=gap)(x)
        return draw(st.sampled_from([layers.Add, layers.Maximum, layers.Concatenate]))()([x, other])
    made = {
        "conv": lambda: positive(layers.Conv2D, 2, kernel, strides=stride, padding=padding, dilation_rate=gap),
        "separable": lambda: positive(layers.SeparableConv2D, 2, kernel[0], strides=stride, padding=padding),
        "max": lambda: layers.MaxPooling2D(kernel, stride, padding),
        "average": lambda: layers.AveragePooling2D(kernel, stride, padding),
        "transposed": lambda: positive(layers.Conv2DTranspose, 1, kernel, strides=stride, padding=padding),
        "up": lambda: layers.UpSampling2D(2, interpolation=draw(st.sampled_from(["nearest", "bilinear"]))),
        "pad": lambda: layers.ZeroPadding2D(((kernel[0], 1), (0, kernel[1]))),
        "crop": lambda: layers.Cropping2D(((kernel[0], 1), (0, kernel[1]))),
    }[kind]()
    return made(x)


@st.composite
def networks(draw: st.DrawFn) -> keras.Model:
    x = inputs = keras.Input((SIDE, SIDE, 1))
    for _ in range(draw(st.integers(1, 4))):
        x = one_layer(draw, x)
        x = layers.ReLU()(layers.BatchNormalization()(x)) if draw(st.booleans()) else x
    return keras.Model(inputs, x)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(networks())
def test_the_field_is_what_a_network_of_positive_kernels_reacts_to(model: keras.Model) -> None:
    assert_exact(model)


def test_a_network_with_every_kind_of_layer_is_exact() -> None:
    inputs = keras.Input((SIDE, SIDE, 1))
    x = positive(layers.Conv2D, 2, 3, strides=2, padding="same")(inputs)
    skip = x = positive(layers.DepthwiseConv2D, 3, padding="same", dilation_rate=2)(x)
    x = layers.MaxPooling2D(2)(x)
    x = layers.UpSampling2D(2, interpolation="nearest")(x)
    x = layers.Concatenate()([skip, x])
    x = positive(layers.Conv2DTranspose, 1, 3, strides=2, padding="same")(x)
    x = layers.LeakyReLU()(x)
    model = keras.Model(inputs, positive(layers.Conv2D, 1, 3)(x))
    assert assert_exact(model) >= 50


def test_slices_are_exact() -> None:
    inputs = keras.Input((SIDE, SIDE, 1))
    x = positive(layers.Conv2D, 2, 3, padding="same")(inputs)
    assert assert_exact(keras.Model(inputs, x[:, 3:-2:2, 1::3])) > 20
    assert assert_exact(keras.Model(inputs, positive(layers.Conv2D, 1, 3)(x[:, ::2, ..., 1:]))) > 20


@pytest.mark.parametrize("size", [90, 36, 30])
def test_resizing_to_any_size_is_exact(size: int) -> None:
    for way in ("nearest", "bilinear"):
        model = keras.Sequential([keras.Input((SIDE, SIDE, 1)), layers.Resizing(size, size, interpolation=way)])
        assert assert_exact(model) > 10


@pytest.mark.parametrize("build", [
    lambda x: layers.Flatten()(x),
    lambda x: layers.GlobalAveragePooling2D(keepdims=True)(x),
    lambda x: layers.Dense(3)(layers.Flatten()(x)),
    lambda x: layers.Multiply()([x, layers.GlobalAveragePooling2D(keepdims=True)(x)]),
    lambda x: layers.MultiHeadAttention(1, 2)(layers.Reshape((64, 3))(x), layers.Reshape((64, 3))(x)),
    lambda x: layers.Softmax(axis=(1, 2))(x),
    lambda x: layers.GroupNormalization(1)(x),
    lambda x: layers.Permute((2, 1, 3))(x),
    lambda x: keras.ops.mean(x, axis=(1, 2), keepdims=True),
    lambda x: x[:, ::-1],
    lambda x: keras.ops.expand_dims(x, 1),
    lambda x: layers.Concatenate(axis=1)([x, x]),
    lambda x: x[:, 2],
])  # fmt: skip
def test_what_mixes_all_places_sees_the_whole_input(build: object) -> None:
    def model() -> keras.Model:
        inputs = keras.Input((8, 8, 3))
        return keras.Model(inputs, build(inputs))

    row = summarize(model).rows[-1]
    assert (row.field_size, row.field_stride, row.field_start) == (None, None, None)


@pytest.mark.parametrize("build", [
    lambda x: layers.Dense(3)(x),
    lambda x: layers.Softmax()(x),
    lambda x: layers.LayerNormalization()(x),
    lambda x: layers.Reshape((8, 8, 3, 1))(x),
    lambda x: keras.ops.mean(x, axis=-1, keepdims=True),
    lambda x: keras.ops.relu(x) * 2 + x,
    lambda x: x[..., :2],
])  # fmt: skip
def test_what_keeps_places_apart_keeps_the_field(build: object) -> None:
    def model() -> keras.Model:
        inputs = keras.Input((8, 8, 3))
        return keras.Model(inputs, build(layers.Conv2D(3, 3, padding="same")(inputs)))

    assert summarize(model).rows[-1].field_size == (3, 3)


@pytest.mark.parametrize(
    ("name", "row", "size"),
    [
        # Table 1 of https://distill.pub/2019/computing-receptive-fields, in the versions that Keras shares with it.
        ("VGG16", "block5_pool", 212),
        ("MobileNet", "conv_pw_13_relu", 315),
        ("ResNet50", "conv5_block3_out", 483),
        ("ResNet101", "conv5_block3_out", 1027),
        ("InceptionV3", "mixed10", 1311),
    ],
)
def test_fields_published_by_araujo_norris_and_sim(name: str, row: str, size: int) -> None:
    rows = {row.name: row for row in summarize(lambda: getattr(keras.applications, name)(weights=None)).rows}
    assert rows[row].field_size == (size, size)
    assert rows[row].field_stride == (32, 32)


def test_mobilenet_v2_by_its_own_arithmetic() -> None:
    # 3 x 3 windows at their input stride: the stem and 17 blocks whose strides are 1 2 1 2 1 1 2 1 1 1 1 1 1 2 1 1 1.
    size, stride = 1 + 2, 2
    for step in (1, 2, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1):
        size, stride = size + 2 * stride, stride * step
    rows = {row.name: row for row in summarize(lambda: keras.applications.MobileNetV2(weights=None)).rows}
    assert rows["out_relu"].field_size == (size, size) == (491, 491)


def test_alexnet_sees_195_pixels_after_its_last_convolution() -> None:
    def build() -> keras.Model:
        chain = [
            (11, 4, "valid"),
            (3, 2, "pool"),
            (5, 1, "same"),
            (3, 2, "pool"),
            *[(3, 1, "same")] * 3,
            (3, 2, "pool"),
        ]
        stack = [
            layers.MaxPooling2D(k, s) if how == "pool" else layers.Conv2D(1, k, strides=s, padding=how)
            for k, s, how in chain
        ]
        return keras.Sequential([keras.Input((227, 227, 3)), *stack])

    rows = summarize(build).rows
    assert [row.field_size[0] for row in rows[-2:]] == [163, 195]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_chain_along_one_axis_equals_a_search_over_all_cells(data: st.DataObject) -> None:
    """Compare with sets of pixels, kept for every cell, on an axis so long that its ends do not matter."""
    field = pixels(400)
    sets: dict[int, set[int]] = {cell: {cell} for cell in range(400)}
    for _ in range(data.draw(st.integers(1, 4))):
        kind = data.draw(st.sampled_from(["window", "stamp", "nearest", "union"]))
        kernel, stride = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 3))
        gap = data.draw(st.integers(1, 3)) if stride == 1 else 1
        before = data.draw(st.integers(0, 3))
        if kind == "window":
            cells = field.cells // stride
            reads = {j: [j * stride - before + k * gap for k in range(kernel)] for j in range(cells)}
            after = window(field, kernel, stride=stride, before=before, dilation=gap, cells=cells)
        elif kind == "stamp":
            cells = field.cells * stride
            reads = {j: [] for j in range(cells)}
            for i in range(field.cells):
                for k in range(kernel):
                    if i * stride + k * gap - before in reads:
                        reads[i * stride + k * gap - before].append(i)
            after = stamped(field, kernel, stride=stride, before=before, dilation=gap, cells=cells)
        elif kind == "nearest":
            cells = field.cells * stride
            reads = {j: [j // stride] for j in range(cells)}
            after = resized(field, cells, interpolation="nearest")
        else:
            cells = field.cells
            reads = {j: [j, j + 2] for j in range(cells)}
            after = union(field, gather(field, [[2]], step=1, cells=cells))
        sets = {j: set().union(*(sets.get(i, set()) for i in cells_read)) for j, cells_read in reads.items()}
        field = after
    for cell in range(2 * field.cells // 5, 3 * field.cells // 5):
        first, last = field.of(cell)
        assert (first, last) == (min(sets[cell]), max(sets[cell])) if sets[cell] else first > last


def test_branches_that_drift_apart_keep_every_cell_exact() -> None:
    small = window(pixels(9), 3, stride=2, before=1, dilation=1, cells=5)
    back = resized(small, 9, interpolation="nearest")
    both = union(pixels(9), back)
    assert [both.of(cell) for cell in range(9)] == [
        (min(cell, back.of(cell)[0]), max(cell, back.of(cell)[1])) for cell in range(9)
    ]


def test_settings_that_no_picture_has_take_no_time_and_no_memory() -> None:
    def build() -> keras.Model:
        x = inputs = keras.Input((16, 16, 1))
        x = layers.Conv2D(1, 100_003, padding="same")(x)
        x = layers.Resizing(4093, 4099)(x)
        x = layers.Conv2D(1, 4001, padding="same")(x)
        x = layers.UpSampling2D(1_000_000)(x)
        return keras.Model(inputs, layers.Conv2DTranspose(1, 3, strides=1_000_000)(x))

    rows = summarize(build).rows
    assert rows[1].field_size == (100_003, 100_003)
    assert rows[-1].field_size is None
