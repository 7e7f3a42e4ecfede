"""FCN: counts by hand, any size, and that padding and cropping change nothing."""

import numpy as np
import pytest

from cnn_core.architectures.fcn import fcn
from tests.architectures.shells import counts, without_weights

VGG_CONVOLUTIONS = 14_714_688
FC6 = 7 * 7 * 512 * 4096 + 4096
FC7 = 4096 * 4096 + 4096
SCORES = {32: 4096 * 21 + 21, 16: 512 * 21 + 21, 8: 256 * 21 + 21}


@pytest.mark.parametrize(("stride", "scored"), [(32, (32,)), (16, (32, 16)), (8, (32, 16, 8))])
def test_parameters(stride: int, scored: tuple[int, ...]) -> None:
    expected = VGG_CONVOLUTIONS + FC6 + FC7 + sum(SCORES[place] for place in scored)
    found = counts(fcn, stride=stride)
    assert found[""] == expected
    learned = counts(fcn, stride=stride, transposed=True)
    windows = {32: (64,), 16: (4, 32), 8: (4, 4, 16)}[stride]
    assert learned[""] == expected + sum(window**2 * 21 * 21 for window in windows)


@pytest.mark.parametrize("stride", [32, 16, 8])
@pytest.mark.parametrize("size", [(224, 224), (1, 1), (50, 70), (33, 96), (500, 375)])
def test_the_output_has_the_inputs_size(stride: int, size: tuple[int, int]) -> None:
    found = without_weights(lambda: fcn(input_shape=(*size, 3), stride=stride).output_shape)
    assert found == (None, *size, 21)


@pytest.mark.parametrize("stride", [32, 16, 8])
def test_an_odd_size_gives_what_a_padded_picture_gives_there(stride: int) -> None:
    def build(rows: int, columns: int):
        return fcn(input_shape=(rows, columns, 3), num_classes=4, stride=stride, fc_filters=8, base_filters=4)

    odd, whole = build(50, 70), build(64, 96)
    whole.set_weights(odd.get_weights())
    picture = np.random.default_rng(0).random((1, 50, 70, 3), dtype=np.float32)
    padded = np.zeros((1, 64, 96, 3), np.float32)
    padded[:, :50, :70] = picture
    found = np.asarray(odd(picture))
    assert np.ptp(found) > 1e-6
    np.testing.assert_allclose(found, np.asarray(whole(padded))[:, :50, :70], atol=1e-6)


def test_batch_norm_is_on_the_encoder_alone() -> None:
    def kinds():
        model = fcn(input_shape=(64, 64, 3), base_filters=2, fc_filters=4, batch_norm=True)
        return [layer.name for layer in model.layers if type(layer).__name__ == "BatchNormalization"]

    names = without_weights(kinds)
    assert len(names) == 13
    assert all(name.startswith("block") for name in names)
    plain, normed = (counts(fcn, base_filters=2, fc_filters=4, batch_norm=norm)[""] for norm in (False, True))
    assert normed - plain == 4 * (2 * 2 + 2 * 4 + 3 * 8 + 6 * 16)
