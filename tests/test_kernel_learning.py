"""Learning a hidden filter: gradients and paths are Keras', the closed form NumPy's, the limits true."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_core.errors import InputError
from cnn_core.hidden_filters import FILTERS, GUESSED, INPUTS, hidden_filter, learners_picture, named_filter
from cnn_core.kernel_learning import (
    MOMENTUM,
    Task,
    curvature,
    descend,
    filtered,
    gradient,
    largest_rate,
    least_squares,
    loss_of,
    make_task,
    moments,
)
from cnn_core.samples import sample


def photo_task(side: int = 5, hidden: str = "sobel_x", *, centred: bool = True, noise: float = 0.0) -> Task:
    photo = learners_picture("photo", sample("cat"), centred=centred)
    return make_task(photo, named_filter(hidden), side=side, noise=noise)


def patches(task: Task) -> np.ndarray:
    return task.windows().reshape(task.target.size, -1)


def embedded(kernel: np.ndarray, side: int) -> np.ndarray:
    """The kernel in the middle of a larger one, both odd."""
    return np.pad(kernel, [((side - k) // 2,) * 2 for k in kernel.shape])


def test_gradients_and_paths_are_those_of_keras() -> None:
    import keras
    import tensorflow as tf

    task = photo_task(side=5, noise=0.05)
    start = np.random.default_rng(4).normal(0, 0.3, task.shape)
    # A "same" convolution, cut to the cells that count, with the kernel's own alignment.
    cut = (slice(None), *(slice(c, c + n) for c, n in zip(task.corner, task.target.shape, strict=True)))
    photo = tf.constant(task.photo[None, ..., None], tf.float32)
    target = tf.constant(task.target[None, ..., None], tf.float32)
    kernel = keras.Variable(start[..., None, None].astype("float32"))

    def loss() -> tf.Tensor:
        answer = keras.ops.conv(photo, kernel, padding="same")[cut]
        return keras.ops.mean((answer - target) ** 2)

    def slope() -> tf.Tensor:
        with tf.GradientTape() as tape:
            value = loss()
        return tape.gradient(value, kernel.value)

    np.testing.assert_allclose(gradient(task, start), slope()[..., 0, 0], atol=2e-5)
    assert loss_of(task, start) == pytest.approx(float(loss()), rel=1e-5)
    for name, optimizer in (
        ("gradient", keras.optimizers.SGD(0.7)),
        ("momentum", keras.optimizers.SGD(0.4, momentum=MOMENTUM)),
        ("adam", keras.optimizers.Adam(0.05)),
    ):
        path = descend(task, optimizer=name, rate=float(optimizer.learning_rate), steps=6)
        kernel.assign(np.zeros((5, 5, 1, 1)))
        for moment in range(1, 7):
            optimizer.apply([slope()], [kernel])
            np.testing.assert_allclose(path.kernels[moment], kernel[..., 0, 0], atol=1e-4, err_msg=name)
        assert path.losses[6] == pytest.approx(float(loss()), rel=1e-4)


@settings(max_examples=30, deadline=None)
@given(
    st.integers(1, 4),
    st.integers(1, 4),
    st.integers(1, 5),
    st.sampled_from(sorted(INPUTS)),
    st.integers(0, 99),
)
def test_the_closed_form_is_that_of_numpy(rows: int, columns: int, side: int, kind: str, seed: int) -> None:
    """Also where the picture does not determine the kernel: the smallest of all that are as good."""
    chance = np.random.default_rng(seed)
    picture = learners_picture(kind, sample("cat")[:40, :50], seed=seed)
    task = make_task(picture[:30, :30], chance.normal(size=(rows, columns)), side=side, noise=0.1, seed=seed)
    found, _, rank, _ = np.linalg.lstsq(patches(task), task.target.ravel(), rcond=1e-9)
    assert curvature(task).determined == rank
    np.testing.assert_allclose(least_squares(task).ravel(), found, atol=1e-6)
    assert gradient(task, least_squares(task)) == pytest.approx(0, abs=1e-8)


def test_the_target_is_what_the_filter_makes_of_the_photo() -> None:
    from scipy.ndimage import correlate

    photo = learners_picture("photo", sample("cat"))
    for kernel, side in ((named_filter("emboss"), 7), (np.array([[1.0, -2.0]]), 3), (np.ones((4, 2)), 2)):
        task = make_task(photo, kernel, side=side)
        # SciPy's centre is k // 2; Keras' cells before the pixel are (k - 1) // 2.
        origin = [(k - 1) // 2 - k // 2 for k in kernel.shape]
        whole = correlate(photo.astype(float), kernel, origin=origin)
        rows, columns = task.target.shape
        top, left = task.corner
        np.testing.assert_allclose(task.target, whole[top : top + rows, left : left + columns], atol=1e-6)


def test_a_rate_below_the_limit_converges_and_above_it_explodes() -> None:
    task = photo_task(side=3)
    bent = curvature(task)
    for optimizer in ("gradient", "momentum"):
        limit = largest_rate(bent, optimizer)
        below = descend(task, optimizer=optimizer, rate=0.99 * limit, steps=3_000)
        above = descend(task, optimizer=optimizer, rate=1.03 * limit, steps=3_000)
        assert not below.exploded
        assert below.losses[-1] < 1e-4 * below.losses[0], optimizer
        assert above.exploded
        assert above.losses[-1] > 1e6 * above.losses[0], optimizer
        assert above.steps[-1] < 3_000
    # What grows is the pattern of the largest curvature.
    blown = above.kernels[-1] - least_squares(task)
    assert abs(blown.ravel() @ bent.patterns[0].ravel()) == pytest.approx(np.linalg.norm(blown), rel=1e-6)
    assert largest_rate(bent, "adam") == math.inf
    assert not descend(task, optimizer="adam", rate=1.0, steps=500).exploded


def test_eigenvalues_are_those_of_the_patches() -> None:
    task = photo_task(side=4)
    singular = np.linalg.svd(patches(task), compute_uv=False)
    bent = curvature(task)
    np.testing.assert_allclose(bent.values, 2 * singular**2 / task.target.size, rtol=1e-6)
    assert bent.condition == pytest.approx((singular[0] / singular[-1]) ** 2, rel=1e-6)
    # With the mean subtracted, A is the covariance of the patches: far easier to learn from.
    assert bent.condition < 0.2 * curvature(photo_task(side=4, centred=False)).condition


def test_a_flat_picture_determines_the_sum_and_bars_the_sums_of_columns() -> None:
    kernel = named_filter("emboss")
    flat = make_task(learners_picture("flat", sample("cat")), kernel, side=3)
    bars = make_task(learners_picture("bars", sample("cat")), kernel, side=3)
    assert curvature(flat).determined == 1
    assert curvature(bars).determined == 3
    np.testing.assert_allclose(least_squares(flat), np.full((3, 3), kernel.sum() / 9), atol=1e-9)
    np.testing.assert_allclose(least_squares(bars), np.tile(kernel.mean(axis=0), (3, 1)), atol=1e-6)
    for task in (flat, bars):
        bent = curvature(task)
        unseen = bent.patterns[-1]
        np.testing.assert_allclose(filtered(task, kernel + unseen), task.target, atol=1e-6)
        # Gradient descent leaves what is not determined as it was at the start.
        rate = 0.5 * largest_rate(bent, "gradient")
        path = descend(task, optimizer="gradient", rate=rate, steps=3_000, start="random", seed=1)
        np.testing.assert_allclose(path.kernels[-1] @ np.ones(3) @ np.ones(3), kernel.sum(), atol=1e-4)
        before, behind = (np.vdot(path.kernels[moment], unseen) for moment in (0, -1))
        assert behind == pytest.approx(before, abs=1e-6)
        assert np.abs(path.kernels[-1] - kernel).max() > 0.1


def test_a_larger_kernel_finds_zeros_outside_and_a_smaller_one_keeps_an_error() -> None:
    hidden = named_filter("sobel_x")
    larger = photo_task(side=7)
    np.testing.assert_allclose(least_squares(larger), embedded(hidden, 7), atol=1e-6)
    smaller = photo_task(side=3, hidden="gabor")
    assert loss_of(smaller, least_squares(smaller)) > 1e-3 * float(np.mean(smaller.target**2))
    noisy = photo_task(side=3, noise=0.1)
    assert loss_of(noisy, least_squares(noisy)) == pytest.approx(0.01, rel=0.05)


def test_losses_of_a_path_are_those_of_its_kernels_to_the_last() -> None:
    task = photo_task(side=5, noise=0.02)
    for crops, optimizer in ((0, "gradient"), (2, "adam")):
        path = descend(task, optimizer=optimizer, rate=0.1, steps=900, crops=crops, start="random", seed=3)
        assert path.steps.tolist() == moments(900).tolist()
        assert len(path.steps) == len(path.kernels) == len(path.losses)
        for moment in (0, 1, len(path.steps) // 2, -1):
            assert path.losses[moment] == pytest.approx(loss_of(task, path.kernels[moment]), rel=1e-6)
    again = descend(task, optimizer="adam", rate=0.1, steps=900, crops=2, start="random", seed=3)
    np.testing.assert_array_equal(again.kernels, path.kernels)


def test_crops_are_the_photo_on_average() -> None:
    """Many crops of a noise, whose parts are alike, give nearly the gradient of the whole."""
    task = make_task(learners_picture("noise", sample("cat"), centred=True), named_filter("sobel_y"), side=3)
    path = descend(task, optimizer="gradient", rate=1.0, steps=1, crops=16, seed=5)
    # The start is zeros and the rate 1: the first kernel is the gradient with its sign turned.
    np.testing.assert_allclose(-path.kernels[1], gradient(task, np.zeros((3, 3))), atol=0.1)
    assert not np.array_equal(-path.kernels[1], gradient(task, np.zeros((3, 3))))


def test_filters_and_pictures_that_are_hidden_and_shown() -> None:
    for name in FILTERS:
        assert hidden_filter(name).kernel.shape[0] <= 7
    answers = [hidden_filter("surprise", number=number) for number in range(60)]
    assert {one.name for one in answers} == set(GUESSED)
    assert all(one.name in one.guesses and len(set(one.guesses)) == 4 for one in answers)
    wrong = {"typed": "0,0;0,0", "none": "", "typed ": ""}
    for choice, text in wrong.items():
        with pytest.raises(InputError):
            hidden_filter(choice, text=text)
    with pytest.raises(InputError, match="too large"):
        hidden_filter("typed", text=";".join(["1," * 11 + "1"] * 12))
    assert learners_picture("photo", sample("cat")).shape == (96, 144)
    with pytest.raises(InputError, match="no such picture"):
        learners_picture("film", sample("cat"))
    with pytest.raises(InputError, match="0 everywhere"):
        make_task(learners_picture("photo", np.full((20, 30, 3), 37, np.uint8), centred=True), [[1.0]], side=3)
    with pytest.raises(InputError, match="smaller than the kernels"):
        make_task(np.ones((4, 9)), np.ones((3, 3)), side=5)
    with pytest.raises(InputError, match="too large or too small"):
        make_task(np.ones((40, 40)), np.ones((3, 3)), side=12)
    task = make_task(np.ones((9, 9)), np.ones((3, 3)), side=3)
    for options in ({"rate": 0.0}, {"rate": math.nan}, {"steps": 5_001}, {"crops": 17}, {"optimizer": "lion"}):
        with pytest.raises(InputError):
            descend(task, **({"optimizer": "gradient", "rate": 0.1, "steps": 1} | options))
