"""The code of a model, when it is run, builds an equal model: names, connections, shapes, counts, and outputs."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnn_core.architectures.catalog import ARCHITECTURES, Option
from cnn_core.errors import InputError
from cnn_core.keras_code import keras_code, keras_code_of
from cnn_core.own_network.builder import build_network
from cnn_core.own_network.presets import PRESETS
from cnn_core.weightless import read_model

keras = pytest.importorskip("keras")
layers = keras.layers


def run(code: str) -> Any:
    namespace: dict[str, Any] = {}
    exec(compile(code, "<generated>", "exec"), namespace)
    return namespace["model"]


def described(model: Any) -> list[Any]:
    """What must be equal: every layer's name, class, shape, counts and what it is connected to."""

    def name(operation: Any) -> str:
        # Operations of keras.ops are numbered by a counter of the process.
        return operation.name if isinstance(operation, layers.Layer) else type(operation).__name__

    rows: list[Any] = [(model.name, model.count_params(), model.trainable, str(model.input_shape))]
    for operation in getattr(model, "operations", model.layers):
        sources = [
            [name(tensor._keras_history.operation) for tensor in node.arguments.keras_tensors]
            for node in operation._inbound_nodes
        ]
        row = [
            name(operation),
            type(operation).__name__,
            sources,
            [[t.shape for t in node.outputs] for node in operation._inbound_nodes],
        ]
        if isinstance(operation, layers.Layer):
            counts = [
                sum(int(np.prod(v.shape)) for v in group) for group in (operation.weights, operation.trainable_weights)
            ]
            row = [name(operation), type(operation).__name__, *counts, operation.trainable]
            row += [[str(node.outputs[0].shape) for node in operation._inbound_nodes], sources]
        rows.append(row if not isinstance(operation, keras.Model) else [*row[:4], described(operation)])
    return rows


def check(build: Callable[[], Any]) -> str:
    def read(model: Any) -> str:
        code = keras_code(model)
        again = described(run(code))
        wanted = described(model)
        for ours, theirs in zip(again, wanted, strict=True):
            assert ours == theirs
        return code

    return read_model(build, read)


def shared_layer_and_two_outputs() -> Any:
    left = keras.Input((8, 8, 3), name="left")
    right = keras.Input((8, 8, 3), name="right")
    conv = layers.Conv2D(4, (3, 5), strides=(2, 1), kernel_initializer="he_normal", name="eye")
    both = layers.Concatenate(axis=-1, name="both")([conv(left), conv(right)])
    pooled = layers.GlobalAveragePooling2D(name="mean")(both)
    kind = layers.Dense(3, activation="softmax", kernel_regularizer=keras.regularizers.L2(1e-4), name="class")(pooled)
    where = layers.Dense(4, bias_initializer=keras.initializers.Constant(0.5), name="where")(pooled)
    return keras.Model({"left": left, "right": right}, {"kind": kind, "where": where}, name="two_eyes")


def nested_models() -> Any:
    inner_input = keras.Input((None, None, 3), name="any_size")
    x = layers.Conv2D(4, 3, use_bias=False, name="conv")(inner_input)
    inner = keras.Model(inner_input, [x, layers.ReLU(max_value=6.0, name="relu6")(x)], name="backbone")
    inner.trainable = False
    head = keras.Sequential([layers.GlobalMaxPooling2D(name="max"), layers.Dense(2, name="out")], name="head")
    picture = keras.Input((16, 16, 3), name="picture")
    first, second = inner(picture, training=False)
    return keras.Model(picture, head(layers.Add(name="sum")([first, second])), name="whole")


def operations_of_keras_ops() -> Any:
    ops = keras.ops
    picture = keras.Input((8, 6, 4), name="picture")
    halves = ops.split(picture * 2.0 - 1.0, 2, axis=-1)
    x = ops.concatenate([halves[1], halves[0]], axis=-1)
    x = ops.mean(x[:, ::2, 1:, ...], axis=-1, keepdims=True)
    x = ops.image.resize(x, (4, 4), interpolation="nearest")
    x = ops.transpose(ops.reshape(x, (-1, 8, 2)), (0, 2, 1))
    x = ops.einsum("bij,bkj->bik", x, ops.softmax(x))
    x = ops.leaky_relu(ops.expand_dims(x, -1), negative_slope=0.1)
    return keras.Model(picture, ops.maximum(ops.abs(x), 0.25), name="operations")


def wrapped_layers() -> Any:
    return keras.Sequential(
        [
            keras.Input((5, 8, 8, 1), name="frames"),
            layers.TimeDistributed(layers.Conv2D(2, 3, activation="relu", name="conv"), name="each"),
            layers.TimeDistributed(layers.Flatten(name="flat"), name="each_flat"),
            layers.Bidirectional(layers.LSTM(3, name="lstm"), merge_mode="sum", name="both_ways"),
            layers.LayerNormalization(epsilon=1e-6, name="norm"),
            layers.Dropout(0.25, name="drop"),
        ],
        name="film",
    )


def awkward_names() -> Any:
    picture = keras.Input((4, 4, 1), name='x"\n__import__("os").abort()#')
    x = layers.Conv2D(2, 1, name="class")(picture)
    y = layers.Conv2D(2, 1, name="keras")(picture)
    z = layers.Conv2D(2, 1, name="1 größer als \\ alles")(layers.Add(name="make_x")([x, y]))
    return keras.Model(picture, layers.Multiply(name="a b")([x, z]), name="ü😀")


def mixed_precision_and_frozen() -> Any:
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1), batch_size=4, name="picture"),
            layers.Conv2D(2, 3, dtype="mixed_float16", trainable=False, name="conv"),
            layers.AveragePooling2D(3, strides=1, padding="same", name="mean"),
            layers.ZeroPadding2D(((1, 0), (0, 1)), name="pad"),
            layers.BatchNormalization(scale=False, name="bn"),
        ],
        name="half",
    )
    model.trainable = False
    return model


HAND_MADE = [
    shared_layer_and_two_outputs,
    nested_models,
    operations_of_keras_ops,
    wrapped_layers,
    awkward_names,
    mixed_precision_and_frozen,
]


@pytest.mark.parametrize("build", HAND_MADE)
def test_a_hand_made_model(build: Callable[[], Any]) -> None:
    code = check(build)
    assert code.startswith("import keras\n")
    assert "\n\n\n\n" not in code


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("MobileNetV2", {"input_shape": (96, 96, 3), "alpha": 0.35}),
        ("EfficientNetB0", {"input_shape": (64, 64, 3)}),
        ("ResNet50", {"input_shape": (64, 64, 3)}),
    ],
)
def test_a_network_of_keras_applications(name: str, options: dict[str, Any]) -> None:
    code = check(lambda: getattr(keras.applications, name)(weights=None, classes=10, **options))
    assert "deserialize" not in code


def values(option: Option) -> tuple[Any, ...]:
    """What else the option may be; the default is the network without options."""
    others = option.values or ((not option.default,) if isinstance(option.default, bool) else ())
    return tuple(value for value in others if value != option.default)


@pytest.mark.parametrize("name", sorted(ARCHITECTURES))
def test_every_network_of_the_catalog(name: str) -> None:
    entry = ARCHITECTURES[name]
    refused = []
    choices: list[dict[str, Any]] = [{}]
    choices += [{option.name: value} for option in entry.options for value in values(option)]
    for options in choices:
        try:
            check(
                lambda options=options: entry.build(
                    input_shape=entry.input_shape, num_classes=entry.num_classes, **options
                )
            )
        except InputError as error:
            refused.append(str(error))
    # Some options do not go together; the code itself must not be refused.
    assert not [text for text in refused if "code" in text]


@pytest.mark.parametrize("name", sorted(set(PRESETS) - {"mistake"}))
def test_a_network_of_ones_own(name: str) -> None:
    preset = PRESETS[name]
    check(lambda: build_network(preset.specs, input_shape=preset.input_shape))


def test_arguments_at_their_default_are_left_out() -> None:
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1), name="picture"),
            layers.Conv2D(8, 3, padding="same", activation="relu", name="conv"),
            layers.MaxPooling2D(2, name="pool"),
            layers.MaxPooling2D(3, strides=2, name="pool_2"),
        ],
        name="small",
    )
    assert keras_code(model) == (
        "import keras\n"
        "\n"
        "model = keras.Sequential(\n"
        "    [\n"
        '        keras.Input((28, 28, 1), name="picture"),\n'
        '        keras.layers.Conv2D(8, 3, padding="same", activation="relu", name="conv"),\n'
        '        keras.layers.MaxPooling2D(name="pool"),\n'
        '        keras.layers.MaxPooling2D(pool_size=3, strides=2, name="pool_2"),\n'
        "    ],\n"
        '    name="small",\n'
        ")\n"
    )


def test_a_shortcut_is_read_as_one() -> None:
    preset = PRESETS["residual"]
    code = keras_code_of(lambda: build_network(preset.specs[:4], input_shape=preset.input_shape))
    assert 'act_3 = keras.layers.Activation("relu", name="act_3")(x)\n' in code
    assert 'x = keras.layers.Add(name="residual_4_add")([x, act_3])\n' in code


@pytest.mark.parametrize("build", [shared_layer_and_two_outputs, nested_models, operations_of_keras_ops])
def test_the_model_of_the_code_computes_the_same(build: Callable[[], Any]) -> None:
    model = build()
    again = run(keras_code(model))
    again.set_weights(model.get_weights())
    random = np.random.default_rng(0)
    shapes = [tuple(tensor.shape[1:]) for tensor in model.inputs]
    pictures = [random.random((2, *shape)).astype("float32") for shape in shapes]
    given = dict(zip(("left", "right"), pictures, strict=True)) if len(pictures) > 1 else pictures[0]
    for ours, theirs in zip(keras.tree.flatten(again(given)), keras.tree.flatten(model(given)), strict=True):
        np.testing.assert_array_equal(np.asarray(ours), np.asarray(theirs))


def test_a_subclassed_model_is_refused() -> None:
    class Own(keras.Model):  # type: ignore[misc, name-defined]
        pass

    with pytest.raises(InputError, match="neither Sequential nor functional"):
        keras_code(Own())


def test_no_weights_are_allocated() -> None:
    def build() -> Any:
        picture = keras.Input((4096, 4096, 3), name="picture")
        return keras.Model(picture, layers.Dense(10**9, name="huge")(layers.Flatten(name="flat")(picture)))

    assert "keras.layers.Dense(1000000000" in keras_code_of(build)


def test_the_code_runs_as_it_is_in_a_fresh_python() -> None:
    preset = PRESETS["lenet"]
    code = keras_code_of(lambda: build_network(preset.specs, input_shape=preset.input_shape))
    ran = subprocess.run(
        [sys.executable, "-c", code + "\nprint(model.count_params())"],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.split()[-1] == "61706"
