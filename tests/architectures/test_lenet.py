"""LeNet-5: counts by hand."""

import pytest

from cnn_core.architectures.lenet import lenet5
from cnn_core.errors import InputError
from tests.architectures.shells import counts


def test_parameters() -> None:
    by_layer = {
        "block1_conv": 5 * 5 * 1 * 6 + 6,
        "block2_conv": 5 * 5 * 6 * 16 + 16,
        "fc1": 400 * 120 + 120,
        "fc2": 120 * 84 + 84,
        "predictions": 84 * 10 + 10,
    }
    assert counts(lenet5) == {"": 61_706, **by_layer}
    assert sum(by_layer.values()) == 61_706


def test_too_small() -> None:
    with pytest.raises(InputError, match="smallest that works is 16 × 16"):
        lenet5(input_shape=(32, 15, 1))
