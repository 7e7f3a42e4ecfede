"""The whole catalog: what it says, that all of it builds, runs and learns, and what it refuses."""

import importlib.util
import json
import os
import pickle
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnn_core.architectures.catalog import ARCHITECTURES, Option
from cnn_core.errors import InputError
from tests.architectures.shells import without_weights
from tests.architectures.tiny import VARIANTS, settings, step

ROOT = Path(__file__).parents[2]
EXPECTED = {
    *("lenet5", "alexnet", "vgg11", "vgg13", "vgg16", "vgg19", "googlenet", "resnet18", "resnet34", "resnet50"),
    *("mobilenet_v2", "efficientnet_b0", "separable_cnn", "dilated_cnn", "cifar_cnn", "stacked_cnn", "gap_cnn"),
    *("yolo_like", "unet", "fcn", "residual_block", "inverted_residual", "inception_module", "depthwise_separable"),
    *("squeeze_excite", "cbam", "product_attention", "self_attention", "aspp"),
}
AUTOMATIC_NAME = re.compile(
    r"(separable_|depthwise_)?conv2d(_\d+)?|(max|average|global_average)_pooling2d(_\d+)?|dense(_\d+)?|reshape(_\d+)?"
    r"|(dropout|flatten|activation|add|concatenate|multiply|batch_normalization|input_layer|re_lu|attention)_\d+"
)


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def choices(option: Option) -> list[Any]:
    """The ends of what the option offers."""
    if option.values is not None:
        return list(option.values)
    if isinstance(option.default, bool):
        return [False, True]
    return [type(option.default)(option.minimum), option.default]


def test_the_catalog_is_complete() -> None:
    assert set(ARCHITECTURES) == EXPECTED


def test_importing_it_loads_neither_keras_nor_numpy() -> None:
    code = "import json, sys, cnn_core.architectures.catalog; print(json.dumps(sorted(sys.modules)))"
    ran = run(code)
    assert ran.returncode == 0, ran.stderr
    loaded = set(json.loads(ran.stdout))
    assert "cnn_core.architectures.network_entries" in loaded
    assert loaded.isdisjoint({"keras", "tensorflow", "jax", "numpy", "streamlit"})


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_an_entry_says_what_it_must(name: str) -> None:
    entry = ARCHITECTURES[name]
    assert entry.url.startswith("https://")
    assert 1998 <= entry.year <= 2025
    assert len(entry.paper) > 20
    assert entry.sentence.endswith(".")
    assert (entry.num_classes == 0) == (entry.task == "block")
    assert (entry.top1 is None) == (entry.top1_source == "")
    if entry.top1 is not None:
        assert 50 < entry.top1 < 100
        assert "https://" in entry.top1_source
    pickle.loads(pickle.dumps(entry))


def test_top1_figures_are_those_published() -> None:
    """Keras' table, torchvision's, and the two Caffe models."""
    published = {
        **{"alexnet": 57.1, "googlenet": 68.7, "vgg11": 69.02, "vgg13": 69.93, "vgg16": 71.3, "vgg19": 71.3},
        **{"resnet18": 69.76, "resnet34": 73.31, "resnet50": 74.9, "mobilenet_v2": 71.3, "efficientnet_b0": 77.1},
    }
    assert {name: entry.top1 for name, entry in ARCHITECTURES.items() if entry.top1 is not None} == published


@cache
def stepped(name: str, input_shape: tuple[int, int, int]) -> None:
    """A step at this size; the usual tiny size is the smallest of some networks."""
    step(name, input_shape=input_shape)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_network_runs_and_learns(name: str) -> None:
    stepped(name, settings(name)["input_shape"])


@pytest.mark.parametrize(("name", "options"), VARIANTS)
def test_variants_run_and_learn(name: str, options: dict[str, Any]) -> None:
    step(name, **options)


def test_every_layer_is_named_no_name_is_taken_twice_and_building_again_gives_the_same_names() -> None:
    def measure() -> list[dict[str, list[str]]]:
        return [
            {
                name: [layer.name for layer in ARCHITECTURES[name].build(**settings(name)).layers]
                for name in ARCHITECTURES
            }
            for _ in range(2)
        ]

    first, second = without_weights(measure)
    assert first == second
    for name, layers in first.items():
        assert len(set(layers)) == len(layers), name
        assert [layer for layer in layers if AUTOMATIC_NAME.fullmatch(layer)] == [], name


def test_every_choice_of_every_option_builds_and_defaults_are_the_builders_own() -> None:
    def measure() -> list[str]:
        built = []
        for name, entry in ARCHITECTURES.items():
            plain = entry.build(input_shape=entry.input_shape, num_classes=entry.num_classes)
            defaults = {option.name: option.default for option in entry.options}
            told = entry.build(input_shape=entry.input_shape, num_classes=entry.num_classes, **defaults)
            assert told.to_json() == plain.to_json(), name
            seen = []
            for option in entry.options:
                for value in choices(option):
                    shape = (80, 80, 3) if option.name == "auxiliary" else settings(name)["input_shape"]
                    arguments = {**defaults, **settings(name), "input_shape": shape, option.name: value}
                    built.append(name)
                    # The defaults among the choices of all options are one network.
                    if arguments not in seen:
                        seen.append(arguments)
                        assert entry.build(**arguments).count_params() > 0
        return built

    assert len(without_weights(measure)) > 80


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_options_out_of_range_are_refused(name: str) -> None:
    for option in ARCHITECTURES[name].options:
        wrong: list[Any] = []
        if option.values is not None:
            wrong = ["no such value", None]
        elif not isinstance(option.default, bool):
            assert option.minimum is not None
            assert option.maximum is not None
            wrong = [option.minimum - 1, option.maximum + 1, "many", None, float("nan"), True]
            if isinstance(option.default, int):
                wrong.append(option.default + 0.5)
        for value in wrong:
            with pytest.raises(InputError):
                ARCHITECTURES[name].build(**{**settings(name), option.name: value})


@pytest.mark.parametrize("classes", [0, -1, 2.0, "ten", None, True, 10**9])
@pytest.mark.parametrize("name", [name for name, entry in ARCHITECTURES.items() if entry.task != "block"])
def test_impossible_numbers_of_classes_are_refused(name: str, classes: Any) -> None:
    with pytest.raises(InputError, match="num classes"):
        ARCHITECTURES[name].build(**{**settings(name), "num_classes": classes})


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_impossible_shapes_are_refused(name: str) -> None:
    shapes = [(0, 32, 3), (32, -1, 3), (32, 32), (32, 32, 0), (32.0, 32, 3), "32x32", None, (10**6, 32, 3)]
    for shape in [*shapes, (None, 32, 3), (None, None, 3)]:
        if name == "unet" and shape == (None, None, 3):
            continue
        with pytest.raises(InputError):
            ARCHITECTURES[name].build(**{**settings(name), "input_shape": shape})


def test_a_unet_may_leave_its_size_open() -> None:
    network = ARCHITECTURES["unet"].build(**{**settings("unet"), "input_shape": (None, None, 3)})
    assert network.input_shape == (None, None, None, 3)
    assert network(np.zeros((1, 48, 80, 3), "float32")).shape[1:3] == (48, 80)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_smallest_size_that_is_named_works_and_one_less_does_not(name: str) -> None:
    arguments = settings(name)
    channels = arguments["input_shape"][2]
    build = ARCHITECTURES[name].build

    def smallest() -> int:
        try:
            build(**{**arguments, "input_shape": (1, 1, channels)})
        except InputError as error:
            return int(re.findall(r"smallest that works is (\d+) ×", error.remedy)[0])
        return 1

    side = without_weights(smallest)
    if ARCHITECTURES[name].task == "classification":
        assert ARCHITECTURES[name].smallest == side
    stepped(name, (side, side, channels))
    if side > 1:
        with pytest.raises(InputError, match="too small"):
            build(**{**arguments, "input_shape": (side - 1, side, channels)})


def test_one_class_gets_a_sigmoid() -> None:
    def measure() -> list[str]:
        arguments = {**settings("lenet5"), "num_classes": 1}
        return [layer.activation.__name__ for layer in ARCHITECTURES["lenet5"].build(**arguments).layers[-1:]]

    assert without_weights(measure) == ["sigmoid"]


@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="jax is not installed here")
def test_every_network_builds_on_jax_and_some_learn() -> None:
    """Building traces each layer; a step compiles each operation, which takes JAX ten seconds for a large network."""
    code = """
import keras
from cnn_core.architectures.catalog import ARCHITECTURES
from tests.architectures.shells import without_weights
from tests.architectures.tiny import settings, step
def names():
    return [name for name, entry in ARCHITECTURES.items() if entry.build(**settings(name)).count_params()]
for name in ("lenet5", "residual_block", "cbam", "self_attention"):
    step(name)
print(keras.backend.backend(), len(without_weights(names)))
"""
    ran = run(code, KERAS_BACKEND="jax")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split() == ["jax", str(len(ARCHITECTURES))]
