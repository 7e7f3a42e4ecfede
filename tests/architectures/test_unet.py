"""U-Net: sizes, skips, and a count worked out by levels."""

import numpy as np
import pytest

from cnn_core.architectures.unet import unet
from cnn_core.errors import InputError
from tests.architectures.shells import counts, without_weights


def convolution(kernel: int, channels: int, filters: int) -> int:
    return kernel * kernel * channels * filters + filters


def expected(depth: int, base: int, classes: int, *, transposed: bool = False, skips: bool = True) -> int:
    widths = [base * 2**level for level in range(depth + 1)]
    total = sum(convolution(3, c, f) + convolution(3, f, f) for c, f in zip([3, *widths], widths, strict=False))
    for below, width in zip(widths[:0:-1], widths[-2::-1], strict=True):
        up = width if transposed else below
        total += convolution(2, below, width) if transposed else 0
        total += convolution(3, up + (width if skips else 0), width) + convolution(3, width, width)
    return total + convolution(1, base, classes)


@pytest.mark.parametrize("depth", [1, 3, 4])
@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("skips", [False, True])
def test_parameters(depth: int, transposed: bool, skips: bool) -> None:
    found = counts(unet, depth=depth, base_filters=16, num_classes=5, transposed=transposed, skips=skips)
    assert found[""] == expected(depth, 16, 5, transposed=transposed, skips=skips)


def test_parameters_at_the_defaults() -> None:
    assert counts(unet)[""] == expected(3, 64, 2) == 7_782_978
    # As in the paper (31.0 M), but for its unpadded convolutions, which change no parameter.
    assert counts(unet, depth=4, transposed=True, input_shape=(256, 256, 3))[""] == 31_031_810


@pytest.mark.parametrize(("depth", "shape"), [(3, (256, 256, 3)), (1, (2, 6, 1)), (4, (16, 48, 3)), (5, (96, 32, 4))])
def test_the_output_has_the_inputs_size(depth: int, shape: tuple[int, int, int]) -> None:
    found = without_weights(lambda: unet(input_shape=shape, depth=depth, base_filters=2, num_classes=4).output_shape)
    assert found == (None, *shape[:2], 4)


@pytest.mark.parametrize(
    ("shape", "advice"),
    [
        ((100, 96, 3), "rows 96 or 112"),
        ((96, 250, 3), "columns 240 or 256"),
        ((17, 31, 3), "rows 16 or 32 and columns"),
    ],
)
def test_other_sizes_are_refused_with_the_nearest(shape: tuple[int, int, int], advice: str) -> None:
    with pytest.raises(InputError, match=advice):
        unet(input_shape=shape, depth=4)


def test_without_skips_nothing_is_joined() -> None:
    def kinds(skips: bool) -> int:
        return sum(type(layer).__name__ == "Concatenate" for layer in unet(skips=skips).layers)

    assert without_weights(lambda: (kinds(True), kinds(False))) == (3, 0)


@pytest.mark.parametrize("reduction", [1, 2, 4])
def test_batch_norm_takes_the_place_of_biases(reduction: int) -> None:
    found = counts(unet, depth=2, base_filters=4, num_classes=3, batch_norm=True, reduction=reduction)[""]
    # Two convolutions at each level, down and up, and at the bottom: four numbers a filter in place of one.
    filters = 2 * (4 + 8) * 2 + 2 * 16
    stem = 0 if reduction == 1 else (2 * reduction + 1) ** 2 * 3 * 4 + 4 * 4 + (4 - 3) * 9 * 4
    assert found == expected(2, 4, 3) + 3 * filters + stem


@pytest.mark.parametrize("reduction", [2, 4])
def test_a_reduced_picture_gives_scores_at_full_size(reduction: int) -> None:
    def build():
        model = unet(input_shape=(32, 64, 3), depth=2, base_filters=2, reduction=reduction)
        return model.output_shape, model.get_layer("encoder1_conv1").output.shape

    assert without_weights(build) == ((None, 32, 64, 2), (None, 32 // reduction, 64 // reduction, 2))


def test_other_reductions_and_sizes_are_refused() -> None:
    with pytest.raises(InputError, match="Choose one of 1, 2, 4"):
        unet(reduction=3)
    with pytest.raises(InputError, match="rows 32 or 64"):
        unet(input_shape=(48, 64, 3), depth=4, reduction=2)


def test_any_size_goes_in_where_none_is_given() -> None:
    options = {"depth": 2, "base_filters": 2, "batch_norm": True, "reduction": 2}
    free, fixed = unet(input_shape=(None, None, 3), **options), unet(input_shape=(16, 24, 3), **options)
    fixed.set_weights(free.get_weights())
    picture = np.random.default_rng(0).random((1, 16, 24, 3), dtype=np.float32)
    found = np.asarray(free(picture))
    assert found.shape == (1, 16, 24, 2)
    np.testing.assert_allclose(found.sum(-1), 1, atol=1e-6)
    np.testing.assert_allclose(found, np.asarray(fixed(picture)), atol=1e-6)
    with pytest.raises(InputError, match="rows must be a whole number"):
        unet(input_shape=(None, 16, 3), **options)
