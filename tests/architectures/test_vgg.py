"""VGG: against keras.applications and torchvision's counts."""

import keras
import pytest

from cnn_core.architectures.vgg import vgg
from tests.architectures.copying import check_same, layer_list
from tests.architectures.shells import counts, trainable, without_weights


@pytest.mark.parametrize(
    ("depth", "parameters"), [(11, 132_863_336), (13, 133_047_848), (16, 138_357_544), (19, 143_667_240)]
)
def test_parameters(depth: int, parameters: int) -> None:
    assert counts(vgg, depth=depth)[""] == parameters


@pytest.mark.parametrize(("depth", "parameters"), [(11, 132_868_840), (16, 138_365_992)])
def test_trainable_parameters_with_batch_norm_equal_torchvisions(depth: int, parameters: int) -> None:
    assert trainable(vgg, depth=depth, batch_norm=True) == parameters


@pytest.mark.parametrize(("depth", "reference"), [(16, "VGG16"), (19, "VGG19")])
def test_equal_to_keras_layer_by_layer(depth: int, reference: str) -> None:
    def measure() -> tuple[object, object]:
        return layer_list(vgg(depth=depth)), layer_list(getattr(keras.applications, reference)(weights=None))

    ours, theirs = without_weights(measure)
    assert ours == theirs


def test_keras_weights_give_keras_output() -> None:
    ours = vgg(depth=16, input_shape=(32, 32, 3), num_classes=5)
    theirs = keras.applications.VGG16(weights=None, input_shape=(32, 32, 3), classes=5)
    check_same(ours, theirs, features="block5_pool")


def test_options() -> None:
    found = counts(vgg, depth=16, dense_units=256, dropout=0.5)
    assert found["fc1"] == 7 * 7 * 512 * 256 + 256
    assert found["fc2"] == 256 * 256 + 256
