"""The small networks: counts by hand."""

import pytest

from cnn_core.architectures.small import cifar_cnn, dilated_cnn, gap_cnn, separable_cnn, stacked_cnn
from cnn_core.errors import InputError
from tests.architectures.shells import counts, without_weights


def convolution(kernel: int, channels: int, filters: int) -> int:
    return kernel * kernel * channels * filters + filters


def test_separable() -> None:
    expected = {
        "conv1": 3 * 3 * 3 + 3 * 32 + 32,
        "conv2": 3 * 3 * 32 + 32 * 64 + 64,
        "predictions": 64 * 10 + 10,
    }
    assert counts(separable_cnn) == {"": 3_205, **expected}
    assert counts(separable_cnn, separable=False)[""] == convolution(3, 3, 32) + convolution(3, 32, 64) + 650 == 20_042


@pytest.mark.parametrize("dilation", [1, 2, 5])
def test_dilated(dilation: int) -> None:
    assert counts(dilated_cnn, dilation=dilation)[""] == 20_042
    side = without_weights(lambda: dilated_cnn(dilation=dilation).get_layer("conv2_dilated").output.shape[1])
    assert side == 224 - 2 - 2 * dilation


def test_cifar() -> None:
    convolutions = sum(
        convolution(3, before, filters) + convolution(3, filters, filters) + 4 * filters
        for before, filters in ((3, 32), (32, 64), (64, 128))
    )
    assert counts(cifar_cnn)[""] == convolutions + (4 * 4 * 128 * 512 + 512) + (512 * 10 + 10) == 1_342_122
    assert counts(cifar_cnn, batch_norm=False)[""] == 1_342_122 - 4 * (32 + 64 + 128)
    assert counts(cifar_cnn, dropout=False) == counts(cifar_cnn)


def test_stacked() -> None:
    found = counts(stacked_cnn)
    assert found["fc1"] == 24 * 24 * 128 * 512 + 512
    assert found[""] == 38_041_386
    assert found["fc1"] / found[""] > 0.99
    with pytest.raises(InputError, match="smallest that works is 36 × 36"):
        stacked_cnn(input_shape=(35, 224, 3))


def test_global_pooling() -> None:
    assert counts(gap_cnn) == {"": 2_442, "conv1": 1_792, "predictions": 650}
    assert counts(gap_cnn, head="flatten")["predictions"] == 222 * 222 * 64 * 10 + 10
