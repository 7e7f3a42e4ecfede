"""Summaries: equal to Keras' counts and to published figures, without weights, from any thread."""

import subprocess
import sys
import threading
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import keras
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_core.errors import InputError
from cnn_core.summary import DTYPES, Summary, summarize
from cnn_core.weightless import read_model

ROOT = Path(__file__).parents[1]
layers = keras.layers


def application(name: str) -> Summary:
    return summarize(lambda: getattr(keras.applications, name)(weights=None))


@pytest.mark.parametrize(
    ("name", "parameters", "trainable", "macs"),
    [
        # Parameters: keras.io/api/applications. MACs: the papers' tables, or half the FLOPs they give.
        ("VGG16", 138_357_544, 138_357_544, 15.47e9),
        ("ResNet50", 25_636_712, 25_583_592, 3.86e9),
        ("MobileNet", 4_253_864, 4_231_976, 0.569e9),
        ("MobileNetV2", 3_538_984, 3_504_872, 0.300e9),
        ("EfficientNetB0", 5_330_571, 5_288_548, 0.39e9),
        ("InceptionV3", 23_851_784, 23_817_352, 5.72e9),
    ],
)
def test_published_figures(name: str, parameters: int, trainable: int, macs: float) -> None:
    summary = application(name)
    assert (summary.parameters, summary.trainable) == (parameters, trainable)
    assert summary.non_trainable == parameters - trainable
    assert summary.macs == pytest.approx(macs, rel=0.012)
    assert summary.flops == 2 * summary.macs
    assert summary.uncounted == ()
    assert summary.sizes_known


def test_googlenet() -> None:
    from cnn_core.architectures.catalog import ARCHITECTURES

    summary = summarize(lambda: ARCHITECTURES["googlenet"].build(input_shape=(224, 224, 3), num_classes=1000))
    # Table 1 of the paper: 1.5 G operations.
    assert summary.macs == pytest.approx(1.5e9, rel=0.07)
    assert summary.parameters == pytest.approx(7.0e6, rel=0.01)
    assert summary.uncounted == ()
    assert "inception_3a" in {row.block for row in summary.rows}


@st.composite
def small_networks(draw: st.DrawFn) -> list[tuple[str, dict[str, object]]]:
    kinds = {
        "Conv2D": {"filters": st.integers(1, 4).map(lambda n: 2 * n), "kernel_size": st.integers(1, 3)},
        "DepthwiseConv2D": {"kernel_size": st.integers(1, 3), "depth_multiplier": st.integers(1, 2)},
        "SeparableConv2D": {"filters": st.integers(1, 4), "kernel_size": st.integers(1, 3)},
        "Conv2DTranspose": {"filters": st.integers(1, 4), "kernel_size": st.integers(1, 3)},
        "BatchNormalization": {"scale": st.booleans(), "center": st.booleans()},
        "LayerNormalization": {},
        "PReLU": {},
        "Dense": {"units": st.integers(1, 4), "use_bias": st.booleans()},
        "Dropout": {"rate": st.just(0.5)},
    }
    chosen = draw(st.lists(st.sampled_from(sorted(kinds)), min_size=1, max_size=6))
    return [
        (kind, {"trainable": draw(st.booleans()), **{name: draw(values) for name, values in kinds[kind].items()}})
        for kind in chosen
    ]


@settings(max_examples=40, deadline=None, derandomize=True)
@given(small_networks(), st.booleans())
def test_counts_equal_those_of_keras(specification: list[tuple[str, dict[str, object]]], frozen: bool) -> None:
    def build() -> keras.Model:
        stack = [getattr(layers, kind)(**options) for kind, options in specification]
        model = keras.Sequential([keras.Input((8, 8, 2)), *stack])
        model.trainable = not frozen
        return model

    summary, model = summarize(build), build()
    assert summary.parameters == model.count_params() == sum(row.parameters for row in summary.rows)
    assert summary.trainable == sum(weight.value.numpy().size for weight in model.trainable_weights)
    assert summary.output_shape == model.output_shape[1:]
    rows = {row.kind: row for row in summarize(model).rows}
    assert rows == {row.kind: row for row in _renamed(summarize(build), model)}


def _renamed(summary: Summary, model: keras.Model) -> tuple[object, ...]:
    """The rows with the names that layers have in a model built here, where names go on counting."""
    names = [model._functional.layers[0].name, *(layer.name for layer in model.layers)]
    pairs = dict(zip((row.name for row in summary.rows), names, strict=True))
    return tuple(
        replace(row, name=pairs[row.name], inputs=tuple(pairs[source] for source in row.inputs)) for row in summary.rows
    )


def test_a_frozen_backbone_and_moving_statistics() -> None:
    def build() -> keras.Model:
        backbone = keras.applications.MobileNetV2(weights=None, include_top=False, input_shape=(96, 96, 3), alpha=0.35)
        backbone.trainable = False
        inputs = keras.Input((96, 96, 3))
        x = layers.GlobalAveragePooling2D()(backbone(inputs))
        return keras.Model(inputs, layers.Dense(5, name="head")(x))

    summary, model = summarize(build), build()
    assert summary.parameters == model.count_params()
    assert summary.trainable == 1280 * 5 + 5
    rows = {row.name: row for row in summary.rows}
    assert rows["mobilenetv2_0.35_96/Conv1"].detail.endswith("frozen")
    normal = {row.name: row for row in application("MobileNetV2").rows}["bn_Conv1"]
    assert (normal.parameters, normal.trainable, normal.formula) == (128, 64, r"4\cdot32 = 128")


def test_memory_of_a_chain_counted_by_hand() -> None:
    def build() -> keras.Model:
        return keras.Sequential(
            [
                keras.Input((8, 8, 1)),
                layers.Conv2D(4, 3, padding="same", use_bias=False),
                layers.BatchNormalization(),
                layers.Dropout(0.5),
                layers.Flatten(),
                layers.Dense(10),
            ]
        )

    one, four = summarize(build), summarize(build, batch_size=4)
    # The largest neighbours: convolution and batch normalisation, 256 values each; dropout and flattening copy nothing.
    assert one.peak_inference_bytes == 4 * (256 + 256)
    assert four.peak_inference_bytes == 4 * one.peak_inference_bytes
    activations = 64 + 4 * 256 + 10
    assert one.activation_bytes == 4 * activations
    assert one.weight_bytes == 4 * one.parameters
    # Gradients: at most two neighbouring outputs at once.
    assert one.training_bytes == 4 * (one.parameters + 3 * one.trainable + activations + 2 * 256)
    assert summarize(build, dtype="float16").training_bytes == one.training_bytes / 2
    mixed = summarize(build, dtype="mixed_float16")
    assert (mixed.weight_bytes, mixed.activation_bytes) == (one.weight_bytes, one.activation_bytes / 2)


def test_a_shortcut_keeps_its_input_in_memory() -> None:
    def build() -> keras.Model:
        x = inputs = keras.Input((8, 8, 4))
        for _ in range(3):
            x = layers.ReLU()(x)
        return keras.Model(inputs, layers.Add()([inputs, x]))

    assert summarize(build).peak_inference_bytes == 3 * 8 * 8 * 4 * 4


def test_several_outputs_stay_in_memory_to_the_end() -> None:
    def build() -> keras.Model:
        inputs = keras.Input((8,))
        outputs = [layers.Dense(8)(inputs) for _ in range(4)]
        return keras.Model(inputs, outputs)

    assert summarize(build).peak_inference_bytes == 5 * 8 * 4


@pytest.mark.parametrize("batch_size", [0, -1, 1.5, True, "2"])
def test_a_batch_size_out_of_range_is_refused(batch_size: object) -> None:
    with pytest.raises(InputError, match="batch size"):
        summarize(lambda: pytest.fail("must not be built"), batch_size=batch_size)


def test_an_unknown_dtype_is_refused() -> None:
    with pytest.raises(InputError, match="mixed_bfloat16"):
        summarize(lambda: pytest.fail("must not be built"), dtype="int3")
    assert all(summarize(tiny, dtype=dtype).weight_bytes for dtype in DTYPES)


def tiny(name: str = "tiny") -> keras.Model:
    return keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(2, 3), layers.BatchNormalization()], name=name)


def test_what_the_function_raises_arrives_unchanged() -> None:
    error = InputError("Too small", "Choose more", size=3)

    def build() -> keras.Model:
        keras.Sequential([keras.Input((4, 4, 1)), layers.Conv2D(2, 3)])
        raise error

    with pytest.raises(InputError) as caught:
        summarize(build)
    assert caught.value is error
    with pytest.raises(ValueError, match="zero or negative"):
        summarize(lambda: keras.Sequential([keras.Input((2, 2, 1)), layers.Conv2D(2, 3)]))
    with pytest.raises(TypeError, match=r"must return a keras\.Model, not int"):
        summarize(lambda: 3)


def test_keras_is_left_as_it_was() -> None:
    before = layers.Conv2D(1, 1).name
    model = tiny("kept")
    weights = model.get_weights()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        first, second = summarize(tiny), summarize(tiny)
        assert keras.config.dtype_policy().name == "mixed_float16"
    finally:
        keras.config.set_dtype_policy("float32")
    assert first == second, "names start afresh every time"
    assert not keras.src.backend.common.stateless_scope.in_stateless_scope()
    number = int(layers.Conv2D(1, 1).name.rpartition("_")[2])
    assert number == int(before.rpartition("_")[2] if before != "conv2d" else 0) + 2, "the names here go on counting"
    assert all((a == b).all() for a, b in zip(weights, model.get_weights(), strict=True))
    assert model(keras.ops.ones((1, 8, 8, 1))).shape == (1, 6, 6, 2)


def test_many_threads_at_once_see_their_own_network() -> None:
    names = ["MobileNet", "MobileNetV2", "VGG16", "MobileNet", "VGG16", "MobileNetV2"]
    expected = {name: application(name) for name in set(names)}
    found: dict[int, Summary] = {}
    errors: list[BaseException] = []

    def work(number: int, name: str) -> None:
        try:
            with_model = keras.Sequential([keras.Input((4,)), layers.Dense(2)])
            found[number] = application(name)
            assert with_model(keras.ops.ones((1, 4))).shape == (1, 2)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=pair) for pair in enumerate(names)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert [found[number] for number in range(len(names))] == [expected[name] for name in names]


def test_no_threads_and_no_pending_weights_are_left() -> None:
    before = threading.active_count()
    summarize(tiny)
    assert threading.active_count() == before
    pending = keras.src.backend.common.global_state.get_global_attribute("uninitialized_variables")
    assert not pending


def test_vgg16_takes_neither_time_nor_memory() -> None:
    process = psutil.Process()
    application("VGG16")
    before, times = process.memory_info().rss, []
    for _ in range(3):
        start = time.perf_counter()
        application("VGG16")
        times.append(time.perf_counter() - start)
    assert process.memory_info().rss - before < 15e6
    assert min(times) < 0.15


def test_networks_of_a_billion_parameters_and_more_leave_memory_flat() -> None:
    def build() -> keras.Model:
        wide = [layers.Dense(40_000) for _ in range(3)]
        huge = layers.Dense(2**40)
        return keras.Sequential([keras.Input((300, 300, 30)), layers.Flatten(), *wide, huge])

    summarize(tiny)
    process = psutil.Process()
    before = process.memory_info().rss
    for _ in range(5):
        summary = summarize(build, batch_size=1024)
    assert process.memory_info().rss - before < 15e6
    sides = [300 * 300 * 30, 40_000, 40_000, 40_000, 2**40]
    assert summary.parameters == sum((a + 1) * b for a, b in pairwise(sides)) > 4e16
    assert summary.training_bytes > summary.weight_bytes == 4 * summary.parameters


def test_what_is_read_of_a_model_without_weights_arrives() -> None:
    assert read_model(tiny, lambda model: [weight.shape for weight in model.weights]) == [
        weight.shape for weight in tiny().weights
    ]
    assert read_model(tiny, lambda model: model.weights[0]._value) is None


def test_importing_the_module_loads_no_keras() -> None:
    code = "import sys, cnn_core.summary_export; assert not {'keras', 'tensorflow'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
