"""The flat graph of a model: order, connections, models within models, shared layers, names of blocks."""

import keras
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn_core.errors import InputError
from cnn_core.layer_graph import block_names, graph_nodes
from cnn_core.summary import summarize

layers = keras.layers


def residual() -> keras.Model:
    inputs = keras.Input((8, 8, 4), name="input")
    short = layers.Conv2D(4, 1, name="short")(inputs)
    x = layers.Conv2D(4, 3, padding="same", name="first")(inputs)
    x = layers.ReLU(name="relu")(x)
    return keras.Model(inputs, layers.Add(name="add")([short, x]), name="residual")


def backbone(shape: tuple[int | None, ...]) -> keras.Model:
    inputs = keras.Input(shape, name="picture")
    x = layers.Conv2D(4, 3, strides=2, padding="same", name="block1_conv")(inputs)
    x = layers.BatchNormalization(name="block1_bn")(x)
    return keras.Model(inputs, layers.Conv2D(2, 1, name="last")(x), name="backbone")


def test_branches_follow_one_another_and_come_before_their_merge() -> None:
    nodes = graph_nodes(residual())
    assert [node.name for node in nodes] == ["input", "short", "first", "relu", "add"]
    assert [node.inputs for node in nodes] == [(), ("input",), ("input",), ("first",), ("short", "relu")]
    assert nodes[-1].input_shapes == ((None, 8, 8, 4), (None, 8, 8, 4))


@pytest.mark.parametrize("name", ["ResNet50", "InceptionV3", "MobileNetV2"])
def test_the_graph_is_that_of_keras(name: str) -> None:
    models = []

    def build() -> keras.Model:
        models.append(getattr(keras.applications, name)(weights=None))
        return models[0]

    rows = {row.name: row for row in summarize(build).rows}
    # Names, shapes and connections stay readable when the scope is gone.
    kept = models[0]
    assert len(rows) == len(kept.layers)
    seen = set()
    for row in rows.values():
        assert seen.issuperset(row.inputs)
        seen.add(row.name)
    for layer in kept.layers:
        row = rows[layer.name]
        assert (row.kind, row.parameters) == (type(layer).__name__, layer.count_params())
        assert row.output_shape == layer.output.shape[1:]
        sources = layer.input if isinstance(layer.input, list) else [layer.input]
        expected = {tensor._keras_history.operation.name for tensor in sources} - {layer.name}
        assert set(row.inputs) == expected


def test_a_model_within_a_model_is_opened() -> None:
    def build() -> keras.Model:
        inputs = keras.Input((16, 16, 3), name="input")
        augmented = keras.Sequential(
            [layers.RandomFlip(name="flip"), layers.Rescaling(2.0, name="scale")], name="prepare"
        )
        x = backbone((16, 16, 3))(augmented(inputs))
        return keras.Model(inputs, layers.Dense(3, name="head")(layers.Flatten(name="flat")(x)))

    summary = summarize(build)
    assert [(row.name, row.inputs, row.block) for row in summary.rows] == [
        ("input", (), ""),
        ("prepare/flip", ("input",), "prepare"),
        ("prepare/scale", ("prepare/flip",), "prepare"),
        ("backbone/block1_conv", ("prepare/scale",), "backbone/block1"),
        ("backbone/block1_bn", ("backbone/block1_conv",), "backbone/block1"),
        ("backbone/last", ("backbone/block1_bn",), ""),
        ("flat", ("backbone/last",), ""),
        ("head", ("flat",), ""),
    ]
    assert summary.parameters == build().count_params()
    assert summary.rows[5].field_size == (3, 3)


def test_a_model_within_a_model_within_a_model() -> None:
    def build() -> keras.Model:
        inputs = keras.Input((8, 8, 4), name="input")
        middle = keras.Sequential([keras.Input((8, 8, 4)), residual(), layers.ReLU(name="relu")], name="middle")
        return keras.Model(inputs, middle(inputs))

    summary = summarize(build)
    assert summary.rows[-2].name == "middle/residual/add"
    assert summary.rows[-1].inputs == ("middle/residual/add",)
    assert summary.parameters == build().count_params()


def test_a_backbone_for_any_size_gets_the_size_it_is_used_at() -> None:
    def build() -> keras.Model:
        inputs = keras.Input((32, 24, 3), name="input")
        return keras.Model(inputs, backbone((None, None, 3))(inputs))

    rows = {row.name: row for row in summarize(build).rows}
    assert rows["backbone/block1_conv"].output_shape == (16, 12, 4)
    assert rows["backbone/last"].macs == 16 * 12 * 4 * 2


def test_a_size_left_open_is_said() -> None:
    summary = summarize(lambda: backbone((None, None, 3)))
    assert not summary.sizes_known
    assert summary.macs == summary.activation_bytes == 0
    assert summary.parameters == 3 * 3 * 3 * 4 + 4 + 16 + 4 * 2 + 2
    assert summary.rows[1].field_size is None


def test_shared_layers_and_models_are_counted_once_and_work_twice() -> None:
    def build() -> keras.Model:
        one, two = keras.Input((16, 16, 3), name="one"), keras.Input((16, 16, 3), name="two")
        shared, tower = layers.Conv2D(3, 3, padding="same", name="shared"), backbone((16, 16, 3))
        joined = layers.Concatenate(name="join")([tower(shared(one)), tower(shared(two))])
        return keras.Model([one, two], joined)

    summary = summarize(build)
    rows = {row.name: row for row in summary.rows}
    assert summary.parameters == build().count_params()
    assert rows["shared"].parameters == 84
    assert rows["shared (2)"].parameters == 0
    assert rows["shared (2)"].macs == rows["shared"].macs > 0
    assert rows["shared (2)"].detail.endswith("shared with shared")
    assert rows["join"].inputs == ("backbone/last", "backbone (2)/last")
    assert len(rows) == len(summary.rows)


def test_operations_without_a_layer_are_rows() -> None:
    def build() -> keras.Model:
        inputs = keras.Input((4, 4, 2), name="input")
        a, b = keras.ops.split(layers.Conv2D(4, 1, name="conv")(inputs), 2, axis=-1)
        return keras.Model(inputs, [keras.ops.softmax(a * 2 + b), keras.ops.reshape(a, (-1, 32))])

    rows = summarize(build).rows
    assert [row.kind for row in rows] == ["InputLayer", "Conv2D", "Split", "Multiply", "Add", "Softmax", "Reshape"]
    assert rows[4].inputs == ("multiply", "split")
    assert rows[2].activation_bytes == 4 * 4 * 4 * 4


def test_a_model_without_a_graph_is_refused() -> None:
    class Subclassed(keras.Model):
        def call(self, x: object) -> object:
            return x

    for build in (Subclassed, lambda: keras.Sequential([layers.Dense(3)])):
        with pytest.raises(InputError, match="no graph of layers"):
            summarize(build)


def test_many_layers_in_a_row() -> None:
    def build() -> keras.Model:
        x = inputs = keras.Input((4, 4, 1))
        for _ in range(700):
            x = layers.Identity()(x)
        return keras.Model(inputs, x)

    assert len(summarize(build).rows) == 701


@pytest.mark.parametrize(
    ("names", "block"),
    [
        (("conv2_block1_1_conv", "conv2_block1_out"), "conv2_block1"),
        (("block1_conv1", "block1_pool"), "block1"),
        (("block_1_expand", "block_1_expand_BN"), "block_1"),
        (("block_16_expand", "block_16_project"), "block_16"),
        (("expanded_conv_depthwise", "expanded_conv_project"), "expanded_conv"),
        (("block2a_expand_conv", "block2a_se_reduce"), "block2a"),
        (("stem_conv", "stem_bn"), "stem"),
        (("inception_3a_1x1", "inception_3a_concat"), "inception_3a"),
        (("encoder1_conv1", "encoder1_pool"), "encoder1"),
        (("decoder2_up", "decoder2_concat"), "decoder2"),
        (("stage2_block1_conv1", "stage2_block1_add"), "stage2_block1"),
        (("bottleneck_conv1", "bottleneck_conv2"), "bottleneck"),
        (("aux1_pool", "aux1_fc"), "aux1"),
        (("conv1_conv", "conv1_bn"), "conv1"),
        (("conv_dw_1", "conv_dw_1_bn"), ""),
        (("conv_dw_1_bn", "conv_dw_1_relu"), "conv_dw_1"),
        (("residual_block_conv1", "residual_block_out"), ""),
        (("conv2d", "conv2d_1"), ""),
        (("dense_1", "dense_2"), ""),
        (("fc1", "fc2"), ""),
        (("predictions", "flatten"), ""),
        (("vgg/block1_conv1", "vgg/block1_pool"), "vgg/block1"),
        (("vgg/block1_conv1", "vgg/block2_conv1"), "vgg"),
    ],
)
def test_blocks_by_name(names: tuple[str, str], block: str) -> None:
    assert block_names(names) == (block, block)
    assert block_names(names[:1]) == ("",), "one layer makes no block"


@given(st.lists(st.text(max_size=30), max_size=20))
def test_any_name_is_taken(names: list[str]) -> None:
    for name, block in zip(names, block_names(names), strict=True):
        assert name.startswith(block)
