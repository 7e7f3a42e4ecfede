"""Multiply-adds and parameter formulas of single layers, against TensorFlow's own count and against Keras."""

import math
import re

import keras
import pytest
import tensorflow as tf
from tensorflow.python.framework import ops as graph_ops

from cnn_core.layer_words import describe
from cnn_core.layer_work import FREE_LAYERS, multiply_adds
from cnn_core.summary import LayerRow, summarize

layers = keras.layers
MULTIPLYING = {"Conv2D", "Conv3D", "DepthwiseConv2dNative", "Conv2DBackpropInput", "MatMul", "BatchMatMulV2", "Einsum"}


def tensorflow_macs(model: keras.Model) -> float:
    """Half the FLOPs that tf.profiler's registry gives the multiplying operations of the traced graph."""
    shapes = [tf.TensorSpec((1, *tensor.shape[1:])) for tensor in model.inputs]
    function = tf.function(lambda *inputs: model(list(inputs) if len(inputs) > 1 else inputs[0], training=False))
    graph = function.get_concrete_function(*shapes).graph
    total = 0.0
    for operation in graph.get_operations():
        if operation.type == "Einsum":
            total += 2 * einsum_products(operation)
        elif operation.type in MULTIPLYING:
            total += graph_ops.get_stats_for_node_def(graph, operation.node_def, "flops").value
    return total / 2


def einsum_products(operation: tf.Operation) -> int:
    """The registry has no entry for Einsum: the product of its index lengths."""
    letters = operation.get_attr("equation").decode().split("->")[0].split(",")
    lengths = {}
    for names, tensor in zip(letters, operation.inputs, strict=True):
        lengths.update(zip(names, tensor.shape, strict=True))
    return math.prod(lengths.values())


def functional(*shapes: tuple[int, ...], call: object) -> keras.Model:
    inputs = [keras.Input(shape) for shape in shapes]
    return keras.Model(inputs, call(*inputs))


PICTURE, SERIES = (12, 10, 6), (7, 8)
CASES = {
    "convolution": ([PICTURE], lambda x: layers.Conv2D(5, (3, 2), strides=2, padding="same")(x)),
    "dilated": ([PICTURE], lambda x: layers.Conv2D(4, 3, dilation_rate=2, padding="same")(x)),
    "transposed": ([PICTURE], lambda x: layers.Conv2DTranspose(4, 4, strides=2, padding="same")(x)),
    "depthwise": ([PICTURE], lambda x: layers.DepthwiseConv2D(3, depth_multiplier=2)(x)),
    "separable": ([PICTURE], lambda x: layers.SeparableConv2D(5, 3, strides=2, padding="same")(x)),
    "separable multiplied": ([PICTURE], lambda x: layers.SeparableConv2D(5, 3, depth_multiplier=3)(x)),
    "one axis": ([SERIES], lambda x: layers.Conv1D(4, 3)(x)),
    "three axes": ([(4, 6, 5, 2)], lambda x: layers.Conv3D(3, (2, 3, 1), strides=(1, 2, 1))(x)),
    "dense": ([(9,)], lambda x: layers.Dense(4)(x)),
    "dense on a picture": ([PICTURE], lambda x: layers.Dense(4)(x)),
    "einsum layer": ([SERIES], lambda x: layers.EinsumDense("abc,cd->abd", (7, 5))(x)),
    "heads": ([SERIES, (5, 6)], lambda q, v: layers.MultiHeadAttention(2, 3, value_dim=4)(q, v)),
    "heads on a picture": ([(3, 4, 6)], lambda x: layers.MultiHeadAttention(2, 3)(x, x)),
    "heads along one axis": ([(3, 4, 6)], lambda x: layers.MultiHeadAttention(2, 3, attention_axes=2)(x, x)),
    "shared heads": ([SERIES], lambda x: layers.GroupQueryAttention(4, 6, 2)(x, x)),
    "attention": ([SERIES, (5, 8)], lambda q, v: layers.Attention()([q, v])),
    "dot layer": ([SERIES, (5, 8)], lambda a, b: layers.Dot(axes=2)([a, b])),
    "matmul": ([SERIES, (8, 3)], lambda a, b: keras.ops.matmul(a, b)),
    "einsum": ([SERIES, (5, 8)], lambda a, b: keras.ops.einsum("btc,bsc->bts", a, b)),
    "network": (
        [PICTURE],
        lambda x: layers.Dense(3)(layers.Flatten()(layers.ReLU()(layers.BatchNormalization()(layers.Conv2D(4, 3)(x))))),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_multiply_adds_equal_the_count_of_the_traced_graph(case: str) -> None:
    shapes, call = CASES[case]
    model = functional(*shapes, call=call)
    summary = summarize(model)
    assert summary.macs == tensorflow_macs(model) > 0
    assert summary.uncounted == ()
    assert summary.flops == 2 * summary.macs


def test_a_network_equals_half_the_operations_that_the_profiler_reports() -> None:
    def network(x: keras.KerasTensor) -> keras.KerasTensor:
        x = layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False)(x)
        x = layers.SeparableConv2D(12, 3, use_bias=False)(x)
        x = layers.Conv2DTranspose(4, 2, strides=2, use_bias=False)(x)
        return layers.Dense(5, use_bias=False)(layers.Flatten()(x))

    model = functional((16, 12, 3), call=network)
    function = tf.function(lambda picture: model(picture, training=False))
    graph = function.get_concrete_function(tf.TensorSpec((1, 16, 12, 3))).graph
    options = tf.compat.v1.profiler.ProfileOptionBuilder.float_operation()
    options["output"] = "none"
    report = tf.compat.v1.profiler.profile(graph, options=options)
    assert summarize(model).macs == report.total_float_ops / 2


def test_a_convolution_counted_by_hand() -> None:
    products = 0
    for _row in range(10):
        for _column in range(9):
            for _filter in range(5):
                products += 3 * 2 * 6
    assert summarize(functional(PICTURE, call=layers.Conv2D(5, (3, 2)))).macs == products


def test_groups_cost_as_much_as_their_convolutions_apart() -> None:
    whole = summarize(functional(PICTURE, call=layers.Conv2D(4, 3, groups=2))).macs
    assert whole == 2 * tensorflow_macs(functional((12, 10, 3), call=layers.Conv2D(2, 3)))


def test_recurrent_and_repeated_layers() -> None:
    # Four gates of 3 units see 8 inputs and 3 states at each of 7 steps.
    assert summarize(functional(SERIES, call=layers.LSTM(3))).macs == 7 * 4 * 3 * (8 + 3)
    assert summarize(functional(SERIES, call=layers.Bidirectional(layers.GRU(3)))).macs == 7 * 2 * 3 * 3 * (8 + 3)
    assert summarize(functional(SERIES, call=layers.TimeDistributed(layers.Dense(4)))).macs == 7 * 8 * 4


@pytest.mark.parametrize("call", [
    lambda x: keras.ops.softmax(x) + keras.ops.sqrt(x * 2),
    lambda x: layers.UpSampling2D(2, interpolation="bilinear")(layers.AveragePooling2D(2)(x)),
    lambda x: layers.Multiply()([x, layers.Activation("sigmoid")(layers.LayerNormalization()(x))]),
    lambda x: keras.ops.concatenate([x, keras.ops.transpose(x, (0, 1, 2, 3))], axis=-1),
    lambda x: keras.ops.split(x, 2, axis=-1)[1],
])  # fmt: skip
def test_elementwise_work_counts_nothing_and_is_known(call: object) -> None:
    summary = summarize(functional(PICTURE, call=call))
    assert summary.macs == 0
    assert summary.uncounted == ()


def test_an_unknown_layer_counts_nothing_and_is_listed() -> None:
    class Dense(keras.layers.Layer):
        def call(self, x: object) -> object:
            return x

    summary = summarize(functional(PICTURE, call=lambda x: layers.Conv2D(2, 1)(Dense(name="mine")(x))))
    assert summary.uncounted == ("mine",)
    assert [row.counted for row in summary.rows] == [True, False, True]
    assert summary.rows[1].field_size is None
    assert multiply_adds(layers.Lambda(lambda x: x), [(None, 3)], (None, 3)) is None


def test_every_free_layer_exists_in_keras() -> None:
    missing = {name for name in FREE_LAYERS if not hasattr(layers, name)}
    assert missing == {"LocalResponseNormalization"}


def read_formula(row: LayerRow) -> int:
    """What the left side of the formula comes to; equal to the right side where there is one."""
    plain = row.formula.replace("{,}", "").replace(r"\cdot", "*")
    assert re.fullmatch(r"[\d*+() =]+", plain)
    values = [eval(side) for side in plain.split("=")]
    assert len(set(values)) == 1
    return values[0]


@pytest.mark.parametrize("case", CASES)
def test_formulas_come_to_the_parameters(case: str) -> None:
    shapes, call = CASES[case]
    for row in summarize(functional(*shapes, call=call)).rows:
        assert (read_formula(row) if row.formula else 0) == row.parameters


def test_the_formula_of_a_familiar_layer() -> None:
    rows = summarize(functional((56, 56, 128), call=layers.Conv2D(128, 3, padding="same", activation="relu"))).rows
    assert rows[1].formula == r"3\cdot3\cdot128\cdot128 + 128 = 147{,}584"
    assert rows[1].detail == "3 × 3, 128 filters, same, ReLU"


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (layers.Conv2D(1, 3, strides=2, groups=1, use_bias=False), "3 × 3, 1 filter, stride 2, valid, no bias"),
        (layers.Conv2D(8, (1, 7), strides=(1, 2), dilation_rate=1), "1 × 7, 8 filters, stride 1 × 2, valid"),
        (layers.DepthwiseConv2D(3, dilation_rate=2), "3 × 3, valid, dilation 2"),
        (layers.SeparableConv2D(8, 3, depth_multiplier=2), "3 × 3, 8 filters, 2 per channel, valid"),
        (layers.MaxPooling2D(2), "2 × 2, stride 2, valid"),
        (layers.Dense(10, activation="softmax"), "10 units, softmax"),
        (layers.ReLU(6.0), "at most 6"),
        (layers.ZeroPadding2D(3), "adds 3 above, 3 below, 3 left, 3 right"),
        (layers.Dropout(0.5), "rate 0.5"),
        (layers.BatchNormalization(scale=False), "β, moving mean and variance"),
        (layers.UpSampling2D(2, interpolation="bilinear"), "2 × 2, bilinear"),
        (layers.LeakyReLU(0.1), "slope 0.1"),
        (layers.Rescaling(1 / 255), "× 0.003922"),
        (layers.MultiHeadAttention(2, 16), "2 heads of 16"),
        (layers.Concatenate(), "along the channels"),
        (layers.Flatten(), ""),
    ],
)  # fmt: skip
def test_settings_in_words(layer: keras.layers.Layer, words: str) -> None:
    assert describe(layer) == words
