"""ResNet: against keras.applications, torchvision's counts, and the plain networks."""

import keras
import numpy as np
import pytest

from cnn_core.architectures.blocks.residual import basic_block
from cnn_core.architectures.resnet import resnet
from tests.architectures.copying import check_same, layer_list
from tests.architectures.shells import counts, trainable, without_weights


def test_resnet50_is_keras_own_layer_by_layer() -> None:
    def measure() -> tuple[object, object, int]:
        model = resnet(depth=50)
        return layer_list(model), layer_list(keras.applications.ResNet50(weights=None)), model.count_params()

    ours, theirs, parameters = without_weights(measure)
    assert ours == theirs
    assert parameters == 25_636_712


def test_keras_weights_give_keras_output() -> None:
    ours = resnet(depth=50, input_shape=(64, 64, 3), num_classes=5)
    theirs = keras.applications.ResNet50(weights=None, input_shape=(64, 64, 3), classes=5)
    check_same(ours, theirs, features="avg_pool")


@pytest.mark.parametrize(("depth", "parameters"), [(18, 11_689_512), (34, 21_797_672)])
def test_trainable_parameters_equal_torchvisions(depth: int, parameters: int) -> None:
    assert trainable(resnet, depth=depth) == parameters


@pytest.mark.parametrize("depth", [18, 34, 50])
def test_plain_has_no_addition_and_only_the_projections_fewer(depth: int) -> None:
    def kinds() -> list[str]:
        return [type(layer).__name__ for layer in resnet(depth=depth, plain=True).layers]

    assert "Add" not in without_weights(kinds)
    residual, plain = counts(resnet, depth=depth), counts(resnet, depth=depth, plain=True)
    projections = {name for name in residual if name.endswith(("_0_conv", "_0_bn"))}
    assert len(projections) == (8 if depth == 50 else 6)
    assert {name: count for name, count in residual.items() if name and name not in projections} == {
        name: count for name, count in plain.items() if name
    }


@pytest.mark.parametrize(("depth", "layers"), [(18, 18), (34, 34), (50, 50)])
def test_depth_counts_the_layers_with_weights(depth: int, layers: int) -> None:
    names = counts(resnet, depth=depth)
    assert sum(name.endswith("_conv") and not name.endswith("_0_conv") for name in names) + 1 == layers


def test_a_block_whose_convolutions_give_zero_passes_its_input() -> None:
    inputs = keras.Input((6, 6, 4))
    model = keras.Model(inputs, basic_block(inputs, filters=4, name="block"))
    model.get_layer("block_2_bn").set_weights([np.zeros(4), np.zeros(4), np.zeros(4), np.ones(4)])
    picture = np.random.default_rng(0).random((1, 6, 6, 4), dtype=np.float32)
    np.testing.assert_array_equal(model(picture), picture)
