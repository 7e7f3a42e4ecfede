"""The NumPy losses: equal to the Keras ones in value and gradient, and their gradients to finite differences."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_core.drawing import significant
from cnn_core.errors import InputError
from cnn_core.losses.binary import PIXEL_LOSSES, TITLES, LossOptions, loss_of, pixel_loss
from cnn_core.losses.focal_versions import GUIDE, focal_code, focal_pixel
from cnn_core.losses.formulas import GENERAL, mask_steps, pixel_steps
from cnn_core.losses.imbalance import imbalance_of
from cnn_core.losses.moved_mask import MASKS, Change, losses_along_shift, predicted_mask, true_mask
from cnn_core.losses.snippets import curve_code, imbalance_code, mask_code

OPTIONS = LossOptions(gamma=1.7, alpha=0.3, label_smoothing=0.1, fp_weight=0.2, fn_weight=0.9, smooth=0.5)
NAMES = (*TITLES, "cross_entropy+dice")

chosen = st.builds(
    LossOptions,
    gamma=st.floats(0, 5),
    alpha=st.floats(0, 1),
    label_smoothing=st.floats(0, 1),
    fp_weight=st.floats(0, 2),
    fn_weight=st.floats(0, 2),
    smooth=st.floats(0.01, 10),
)


def drawn(seed: int, count: int = 24) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    return (random.random(count) < 0.4).astype(float), random.uniform(0.02, 0.98, count)


@given(seed=st.integers(0, 10_000), options=chosen)
@settings(max_examples=25, deadline=None)
def test_gradients_are_finite_differences(seed: int, options: LossOptions) -> None:
    t, p = drawn(seed, 6)
    for name in NAMES:
        result = loss_of(name, t, p, options)
        for place in (0, 3, 5):
            step = np.zeros_like(p)
            step[place] = 1e-6
            up, down = (loss_of(name, t, p + sign * step, options).value for sign in (1, -1))
            assert result.gradient[place] == pytest.approx((up - down) / 2e-6, rel=1e-4, abs=1e-7), name
            logits = np.log(p / (1 - p))
            up, down = (loss_of(name, t, 1 / (1 + np.exp(-logits - sign * step)), options).value for sign in (1, -1))
            assert result.logit_gradient[place] == pytest.approx((up - down) / 2e-6, rel=1e-4, abs=1e-7), name


@pytest.mark.parametrize("name", NAMES)
def test_values_and_gradients_are_those_of_the_keras_losses(name: str) -> None:
    import tensorflow as tf

    from cnn_core.losses.entropy import BinaryCrossEntropy, BinaryFocal
    from cnn_core.losses.overlap import Dice, Jaccard, Tversky
    from cnn_core.losses.weighted import WeightedSum

    t, p = drawn(3)
    for logits in (False, True):
        shared = {"from_logits": logits}
        both, masks = {**shared, "label_smoothing": 0.1}, {**shared, "smooth": 0.5}
        losses = {
            "cross_entropy": BinaryCrossEntropy(**both),
            "focal": BinaryFocal(gamma=1.7, alpha=0.3, **both),
            "dice": Dice(**masks),
            "jaccard": Jaccard(**masks),
            "tversky": Tversky(alpha=0.2, beta=0.9, **masks),
        }
        loss = WeightedSum([losses[part] for part in name.split("+")])
        scores = tf.Variable((np.log(p / (1 - p)) if logits else p)[None, :, None].astype(np.float32))
        with tf.GradientTape() as tape:
            value = loss(t[None, :, None], scores)
        result = loss_of(name, t, p, OPTIONS)
        assert result.value == pytest.approx(float(value), rel=1e-5)
        slope = result.logit_gradient if logits else result.gradient
        np.testing.assert_allclose(slope, np.ravel(tape.gradient(value, scores)), rtol=2e-4, atol=1e-6)


def test_certainty_costs_what_keras_says_and_stays_finite() -> None:
    result = loss_of("cross_entropy+focal+dice", [1, 0, 1], [0, 1, 1.0])
    assert np.isfinite(result.gradient).all()
    assert loss_of("cross_entropy", [1], [0]).value == pytest.approx(-math.log(1e-7))
    # The slope by the logit is p - t, also where the probability is 0.
    assert loss_of("cross_entropy", [1], [0]).logit_gradient[0] == pytest.approx(-1)


BAD = {
    "no such loss": lambda: loss_of("hinge", [1], [0.5]),
    "differ in shape": lambda: loss_of("dice", [1, 0], [0.5]),
    "from 0 to 1": lambda: loss_of("dice", [1], [float("nan")]),
    "numbers of truth": lambda: loss_of("dice", [2], [0.5]),
    "gamma is out of its range": lambda: LossOptions(gamma=float("nan")),
    "smooth is out": lambda: LossOptions(smooth=0),
    "sure is out": lambda: Change(sure=0.2),
    "no such mask": lambda: true_mask("moon"),
    "share of foreground": lambda: imbalance_of("dice", share=0.9, says=0.1),
    "There is no such loss": lambda: mask_steps("hinge", [1], [0.5], OPTIONS),
}


@pytest.mark.parametrize("words", BAD)
def test_what_cannot_be_is_refused_by_name(words: str) -> None:
    with pytest.raises(InputError, match=words):
        BAD[words]()


def test_masks_move_grow_fade_and_come_back() -> None:
    for name in MASKS:
        truth = true_mask(name)
        assert 0 < truth.mean() < 0.5
        assert (predicted_mask(truth, Change(sure=1.0)) == truth).all()
    truth = true_mask("disc")
    moved = predicted_mask(truth, Change(across=5, down=-3, sure=1.0))
    assert (moved[:-3, 5:] == truth[3:, :-5]).all()
    sums = [predicted_mask(truth, Change(grow=grow, sure=1.0)).sum() for grow in (-4, 0, 4)]
    # The area of a disc of radius 12, 16, 20.
    assert np.abs(np.array(sums) / (np.pi * np.array([12, 16, 20]) ** 2) - 1).max() < 0.05
    faded = predicted_mask(truth, Change(sure=0.7))
    assert sorted(set(faded.ravel().round(6))) == [0.3, 0.7]
    soft = predicted_mask(truth, Change(blur=6.0, sure=1.0))
    assert ((soft > 0.5) == (truth > 0)).all()
    assert 0 < soft.min() < 1e-4 or soft.min() == 0
    assert ((soft > 0.05) & (soft < 0.95)).sum() > 300
    gone = predicted_mask(truth, Change(across=64, down=64, sure=1.0))
    assert gone.sum() == 0


def test_losses_rise_with_the_shift_and_are_the_same_both_ways() -> None:
    pixels, values = losses_along_shift(true_mask("disc"), Change(sure=0.9), tuple(TITLES), reach=12)
    for name, line in values.items():
        assert line == pytest.approx(line[::-1], rel=1e-9), name
        assert (np.diff(line[12:]) > 0).all(), name
    assert pixels == list(range(-12, 13))


def test_the_pull_of_cross_entropy_divides_as_the_formula_says() -> None:
    found = imbalance_of("cross_entropy", share=0.01, says=0.5)
    assert found.foreground_share == pytest.approx(0.01)
    assert found.value == pytest.approx(math.log(2))
    assert imbalance_of("cross_entropy", share=0.2, says=0.05).foreground_pull == pytest.approx(0.2 * 0.95)


@pytest.mark.parametrize("truth", [0, 1])
def test_the_code_gives_the_numbers_of_a_pixel(truth: int) -> None:
    for code in curve_code(tuple(TITLES), truth=truth, found=0.3, options=OPTIONS).values():
        scope: dict[str, dict[str, float]] = {}
        exec(code, scope)
        for name in TITLES:
            expected = loss_of(name, [truth], [0.3], OPTIONS)
            assert scope["losses"][name] == pytest.approx(expected.value, rel=1e-5)
            assert scope["gradients"][name] == pytest.approx(float(expected.gradient[0]), rel=1e-4)


def test_the_code_gives_the_numbers_of_a_mask_and_of_imbalance() -> None:
    change, names = Change(4, 2, 1.0, 2.0, 0.9), tuple(TITLES)
    truth = true_mask("star")
    found = predicted_mask(truth, change)
    codes = [*mask_code("star", change, names, OPTIONS).values()]
    for code in codes:
        scope: dict[str, dict[str, float]] = {}
        exec(code, scope)
        expected = {name: loss_of(name, truth, found, OPTIONS).value for name in names}
        assert scope["losses"] == pytest.approx(expected, rel=1e-5)
    (code,) = imbalance_code(names, share=0.02, says=0.1, options=OPTIONS).values()
    scope = {}
    exec(code, scope)
    results = {name: imbalance_of(name, share=0.02, says=0.1, options=OPTIONS) for name in names}
    assert scope["losses"] == {name: result.value for name, result in results.items()}
    assert scope["shares"] == pytest.approx({name: result.foreground_share for name, result in results.items()})


def test_formulas_end_in_the_value() -> None:
    t, p = drawn(5)
    plain = LossOptions()
    for name in GENERAL:
        for options in (plain, OPTIONS):
            digits = 4 if name in PIXEL_LOSSES else 3
            value = significant(loss_of(name, [0], [0.3], options).value, digits)
            assert rf"\mathbf{{{value}}}" in pixel_steps(name, truth=0, found=0.3, options=options), name
            value = significant(loss_of(name, t, p, options).value, digits)
            assert rf"\mathbf{{{value}}}" in mask_steps(name, t, p, options), name


def test_the_versions_of_the_focal_loss_are_what_their_code_gives() -> None:
    """The guide's too, given the logarithm that its TensorFlow had; with soft labels it goes wrong."""
    import tensorflow as tf

    scope: dict[str, Any] = {"tf": tf}
    exec(GUIDE, scope)
    with pytest.raises(AttributeError, match="has no attribute 'log'"):
        scope["focal_loss"]()(np.ones(1, "float32"), np.full(1, 0.9, "float32"))
    try:
        for smoothing in (0.0, 0.1):
            codes = focal_code(gamma=1.5, alpha=0.3, label_smoothing=smoothing)
            for (_, code), version in zip(codes.items(), ("paper", "one_alpha", "hard_labels"), strict=True):
                scope = {}
                exec(code, scope)
                for kind, truth, p in (("foreground", 1, 0.9), ("background", 0, 0.2)):
                    expected = focal_pixel(truth, p, gamma=1.5, alpha=0.3, label_smoothing=smoothing).values
                    if version == "one_alpha" and smoothing:
                        continue  # With soft labels two classes are not one against the rest.
                    assert scope[kind] == pytest.approx(expected[version], rel=1e-4), (version, kind)
        with pytest.raises(TypeError):
            scope["focal_loss"]()(np.ones(1, int), np.full(1, 0.9, "float32"))
    finally:
        del tf.log


def test_alpha_for_both_is_smaller_by_alpha_over_the_rest_for_the_background_alone() -> None:
    for truth, ratio in ((1, 1.0), (0, 1 / 3)):
        pixel = focal_pixel(truth, 0.3, gamma=2.0, alpha=0.25)
        assert pixel.values["one_alpha"] / pixel.values["paper"] == pytest.approx(ratio)
        assert pixel.values["hard_labels"] == pixel.values["paper"]
        assert pixel.values["no_alpha"] == pytest.approx(
            2 * float(pixel_loss("focal", truth, 0.3, LossOptions(alpha=0.5))[0])
        )
