"""Configurations: what they hold, what is refused, and back to JSON."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_core.errors import InputError
from cnn_core.own_network.layers import layer
from cnn_core.own_network.link import encode_network
from cnn_core.runs.store import RunStore
from cnn_core.training.config import LIMITS, MISTAKES, NETWORKS, OPTIMIZERS, config_of, new_training, values_of

CONFIGS = st.fixed_dictionaries(
    # Large enough for every network.
    {"input_size": st.lists(st.integers(67, 256), min_size=2, max_size=2)},
    optional={
        "data": st.sampled_from(["cifar10", "shapes", {"kind": "listing", "listing": "x.json"}]),
        "network": st.sampled_from([name for name in NETWORKS if name != "own"]),
        "optimizer": st.sampled_from(OPTIMIZERS),
        "mistake": st.sampled_from(["", *MISTAKES]),
        "shuffle": st.booleans(),
        "l2": st.floats(*LIMITS["l2"]),
        "learning_rate": st.floats(*LIMITS["learning_rate"]),
        "epochs": st.integers(1, 500),
        "augmentation": st.fixed_dictionaries({"rotation": st.floats(0, 180), "flip": st.booleans()}),
        "name": st.text(max_size=20),
    },
)


@given(CONFIGS)
@settings(max_examples=60, deadline=None)
def test_a_configuration_survives_json(values: dict[str, Any]) -> None:
    config = config_of(values)
    assert config_of(json.loads(json.dumps(values_of(config)))) == config


def test_the_defaults_are_the_recipe() -> None:
    config = config_of({})
    assert (config.data, config.network, config.batch_size, config.epochs) == ("cifar10", "recipe", 128, 50)
    views = config.augmentation
    assert (views.rotation, views.shift, views.flip, views.zoom) == (15, 0.1, True, 0.1)
    assert not config_of({"augmentation": {}}).augmentation.changes_pictures


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"data": "imagenet"}, "no such data"),
        ({"data": "listing"}, "names no pictures"),
        ({"data": {"kind": "shapes", "listing": "x"}}, "Only a listing"),
        ({"network": "unet"}, "no such network"),
        ({"network": "own"}, "cannot be read"),
        ({"network": "own", "own": encode_network([layer("flatten")], (32, 32, 1))}, "in colour"),
        ({"network": "own", "own": encode_network([layer("flatten")], (4, 4, 3))}, "not trained on here"),
        ({"network": "vgg11", "options": {"depth": 3}}, "does not exist"),
        ({"network": "vgg11", "options": {"dropout": 2.0}}, "dropout is out"),
        ({"network": "mobilenet_v2", "options": {"alpha": 0.4}}, "no such alpha"),
        ({"options": {"alpha": 1}}, "does not exist"),
        ({"input_size": [8, 8]}, "not trained on here"),
        ({"input_size": "large"}, "not trained on here"),
        ({"network": "alexnet", "input_size": [32, 96]}, "too small for AlexNet"),
        ({"network": "stacked_cnn"}, "too small for Stacked CNN"),
        ({"network": "googlenet", "options": {"auxiliary": True}}, "one output"),
        ({"epochs": 0}, "epochs is out"),
        ({"batch_size": True}, "batch_size is out"),
        ({"learning_rate": float("nan")}, "learning_rate is out"),
        ({"pictures": 10**6}, "pictures is out"),
        ({"shuffle": "yes"}, "no such shuffle"),
        ({"mistake": "typo"}, "no such mistake"),
        ({"augmentation": {"rotation": 900}}, "rotation is out"),
        ({"colour": 1}, "does not exist"),
    ],
)
def test_what_cannot_be_is_refused_before_there_is_a_run(values: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=words):
        new_training(RunStore(tmp_path), values, owner="me")
    assert not list(tmp_path.iterdir())
