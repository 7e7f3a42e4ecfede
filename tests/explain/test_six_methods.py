"""Each method against a plain computation, on a small network whose inside is known."""

import numpy as np
import pytest

from cnn_core.errors import InputError
from cnn_core.explain.baseline import baseline_photo
from cnn_core.explain.grad_cam import ClassMaps, class_maps, grad_cam, grad_cam_plus_plus, grad_cam_plus_plus_heat
from cnn_core.explain.integrated_gradients import complete_gradients, integrated_gradients
from cnn_core.explain.occlusion import hidden_part, occlusion
from cnn_core.explain.picture_gradient import class_scores, class_slopes
from cnn_core.explain.randomised import learned_layers, randomised
from cnn_core.explain.score_cam import score_cam, strongest_maps
from cnn_core.explain.similarity import rank_correlation
from cnn_core.explain.smooth_grad import smooth_grad

keras = pytest.importorskip("keras")
cv2 = pytest.importorskip("cv2")
layers = keras.layers
numbers = keras.ops.convert_to_numpy

RANDOM = np.random.default_rng(8)
PHOTO = RANDOM.uniform(0, 1, (12, 10, 3)).astype(np.float32)
NOTHING = np.full_like(PHOTO, 0.5)


@pytest.fixture(scope="module")
def network():
    """A base with maps of 6 x 5 inside a network that ends in a softmax."""
    keras.utils.set_random_seed(5)
    picture = keras.Input((12, 10, 3))
    x = layers.Conv2D(4, 3, padding="same", activation="tanh", name="first")(picture)
    x = layers.Conv2D(6, 3, strides=2, padding="same", activation="relu", name="maps")(x)
    base = keras.Model(picture, layers.BatchNormalization(name="norm")(x), name="base")
    pixels = keras.Input((12, 10, 3))
    x = layers.GlobalAveragePooling2D()(base(pixels))
    return keras.Model(pixels, layers.Dense(3, activation="softmax", name="classes")(x))


def maps_of(network, picture):
    base = network.get_layer("base")
    return numbers(keras.Model(base.input, base.get_layer("maps").output)(picture[None])[0])


def logits(network, batch):
    """By Keras itself: the softmax undone up to a constant, which is put back from the dense layer."""
    base, dense = network.get_layer("base"), network.get_layer("classes")
    means = numbers(base(batch)).mean(axis=(1, 2))
    return means @ numbers(dense.kernel) + numbers(dense.bias)


def test_scores_are_those_before_the_softmax(network):
    batch = np.stack([PHOTO, NOTHING])
    np.testing.assert_allclose(class_scores(network, batch), logits(network, batch), rtol=1e-4, atol=1e-5)


def test_grad_cam_plus_plus_follows_its_formula(network):
    """Chattopadhay et al. 2018, equations 9 to 12, place by place."""
    found = class_maps(network, PHOTO, class_indices=[2], layer="maps")
    maps, slopes = found.maps.astype(float), found.slopes[0].astype(float)
    np.testing.assert_allclose(maps, maps_of(network, PHOTO), rtol=1e-4, atol=1e-6)
    expected = np.zeros(maps.shape[:2])
    for k in range(maps.shape[2]):
        weight = 0.0
        for i, j in np.ndindex(maps.shape[:2]):
            g = slopes[i, j, k]
            below = 2 * g**2 + maps[..., k].sum() * g**3
            weight += (g**2 / below if below else 0.0) * max(g, 0)
        expected += weight * maps[..., k]
    expected = np.maximum(expected, 0)
    assert expected.max() > 1e-4
    heat = grad_cam_plus_plus(network, PHOTO, class_index=2, layer="maps")
    np.testing.assert_allclose(heat, expected, rtol=1e-4, atol=1e-6)
    assert not grad_cam_plus_plus_heat(ClassMaps(found.maps, found.slopes * 0)).any()


def test_score_cam_equals_a_plain_loop(network):
    maps = class_maps(network, PHOTO, class_indices=[], layer="maps").maps
    asked = []

    def scores(batch):
        asked.append(len(batch))
        return class_scores(network, batch)[:, 1]

    heat = score_cam(scores, PHOTO, maps, baseline=NOTHING, channels=4)
    order = np.argsort(-maps.reshape(-1, 6).var(axis=0))[:4]
    values = []
    for k in order:
        mask = cv2.resize(maps[..., k], (10, 12))
        mask = ((mask - mask.min()) / (mask.max() - mask.min()))[..., None]
        values.append(logits(network, (mask * PHOTO + (1 - mask) * NOTHING)[None])[0, 1])
    weights = np.exp(values) / np.exp(values).sum()
    expected = np.maximum(sum(w * maps[..., k] for w, k in zip(weights, order, strict=True)), 0)
    assert expected.max() > 1e-3
    np.testing.assert_allclose(heat, expected, rtol=1e-4, atol=1e-6)
    assert sum(asked) == 4
    assert strongest_maps(maps, 4) == list(order)
    assert not score_cam(scores, PHOTO, np.ones((3, 3, 2), np.float32), baseline=NOTHING).any()


def test_integrated_gradients_are_complete_and_equal_a_loop(network):
    seen = []
    shares = integrated_gradients(
        lambda batch: class_slopes(network, batch, class_index=0),
        PHOTO,
        baseline=NOTHING,
        steps=150,
        progress=lambda done, total: seen.append((done, total)),
    )
    ends = logits(network, np.stack([PHOTO, NOTHING]))[:, 0]
    assert abs(ends[0] - ends[1]) > 0.01
    assert shares.sum() == pytest.approx(ends[0] - ends[1], rel=0.01)
    assert (seen[0], seen[-1]) == ((0, 150), (150, 150))
    way = np.stack([NOTHING + (step + 0.5) / 150 * (PHOTO - NOTHING) for step in range(150)])
    mean = class_slopes(network, way, class_index=0).mean(axis=0)
    np.testing.assert_allclose(shares, mean * (PHOTO - NOTHING), rtol=1e-3, atol=1e-6)


def test_steps_are_added_until_the_sum_is_right():
    """The slope jumps on the way: 1 up to 0.71, then 11; each try must be the midpoint rule of its steps."""
    one, nothing = np.ones((1, 1, 1), np.float32), np.zeros((1, 1, 1), np.float32)

    def slopes(batch):
        return np.where(batch > 0.71, 11, 1).astype(np.float32)

    for within, expected in ((0.1, 16), (0.005, 48), (0.0, 432)):
        shares, steps = complete_gradients(slopes, one, baseline=nothing, difference=0.71 + 11 * 0.29, within=within)
        assert steps == expected
        plain = integrated_gradients(slopes, one, baseline=nothing, steps=steps)
        assert float(shares.sum()) == pytest.approx(float(plain.sum()), rel=1e-5)


def test_one_output_stands_for_two_classes(network):
    """The sigmoid is taken off, and the first class is explained by the opposite slope."""
    base = network.get_layer("base")
    pixels = keras.Input((12, 10, 3))
    dense = layers.Dense(1, activation="sigmoid")
    model = keras.Model(pixels, dense(layers.GlobalAveragePooling2D()(base(pixels))))
    score = numbers(base(PHOTO[None])).mean(axis=(1, 2)) @ numbers(dense.kernel)
    np.testing.assert_allclose(class_scores(model, PHOTO[None]), [[-score.item(), score.item()]], rtol=1e-4)
    slopes = class_maps(model, PHOTO, class_indices=[0, 1]).slopes
    np.testing.assert_allclose(slopes[0], -slopes[1])
    with pytest.raises(InputError, match="Choose 0 to 1"):
        grad_cam(model, PHOTO, class_index=2)


def test_smooth_grad_equals_a_plain_loop(network):
    found = smooth_grad(lambda batch: class_slopes(network, batch, class_index=2), PHOTO, noise=0.3, samples=5, seed=4)
    expected = np.zeros(PHOTO.shape)
    for sample in range(5):
        noise = np.random.default_rng((4, sample)).standard_normal(PHOTO.shape, np.float32)
        noisy = PHOTO + 0.3 * (PHOTO.max() - PHOTO.min()) * noise
        expected += class_slopes(network, noisy[None], class_index=2)[0] / 5
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-5 * np.abs(expected).max())
    asked = []

    def cubes(batch):
        asked.append(len(batch))
        return batch**3

    many = smooth_grad(cubes, PHOTO, noise=0.3, samples=70, seed=4)
    assert asked == [16, 16, 16, 16, 6]
    noisy = [np.random.default_rng((4, i)).standard_normal(PHOTO.shape, np.float32) for i in range(70)]
    expected = ((PHOTO + 0.3 * (PHOTO.max() - PHOTO.min()) * np.stack(noisy)) ** 3).mean(axis=0)
    np.testing.assert_allclose(many, expected, rtol=1e-4, atol=1e-5)


def test_the_gradient_of_a_batch_is_that_of_each_picture(network):
    """Against finite differences."""
    batch = np.stack([PHOTO, NOTHING])
    slopes = class_slopes(network, batch, class_index=1)
    for picture, place in ((0, (3, 4, 1)), (1, (11, 9, 2)), (0, (0, 0, 0))):
        step = np.zeros_like(PHOTO)
        step[place] = 1e-2
        both = logits(network, np.stack([batch[picture] + step, batch[picture] - step]))[:, 1]
        assert slopes[picture][place] == pytest.approx((both[0] - both[1]) / 2e-2, abs=2e-4)


def test_occlusion_equals_a_plain_loop(network):
    def probability(batch):
        return numbers(network(batch))[:, 0]

    found = occlusion(probability, PHOTO, baseline=NOTHING, cells=9, width=3)
    views = [PHOTO]
    for number in range(81):
        row, column = divmod(number, 9)
        hidden = PHOTO.copy()
        rows = slice(max(round((row - 1) * 12 / 9), 0), min(round((row + 2) * 12 / 9), 12))
        columns = slice(max(round((column - 1) * 10 / 9), 0), min(round((column + 2) * 10 / 9), 10))
        hidden[rows, columns] = NOTHING[rows, columns]
        views.append(hidden)
    said = probability(np.stack(views))
    np.testing.assert_allclose(found.ravel(), said[0] - said[1:], atol=1e-5)
    assert hidden_part((12, 10), 0, cells=9, width=3) == (0, 3, 0, 2)
    assert np.abs(found).max() > 1e-3


def test_occlusion_and_grad_cam_find_a_planted_object():
    """A network that looks for red, and a photo with one red square."""
    pixels = keras.Input((24, 24, 3))
    conv = layers.Conv2D(2, 3, padding="same", activation="relu")
    dense = layers.Dense(2, activation="softmax")
    model = keras.Model(pixels, dense(layers.GlobalAveragePooling2D()(conv(pixels))))
    red, blue = np.array([1, -1, -1]), np.array([-1, -1, 1])
    conv.set_weights([np.tile(np.stack([red, blue], axis=-1), (3, 3, 1, 1)), np.zeros(2)])
    dense.set_weights([np.diag([4.0, 4.0]), np.zeros(2)])
    photo = np.full((24, 24, 3), 0.4, np.float32)
    photo[4:10, 14:20] = (0.9, 0.1, 0.1)
    heat = grad_cam(model, photo, class_index=0)
    fall = occlusion(
        lambda batch: numbers(model(batch))[:, 0], photo, baseline=np.full_like(photo, 0.4), cells=12, width=1
    )
    inside = np.zeros((24, 24), bool)
    inside[4:10, 14:20] = True
    assert heat[inside].min() > 0
    assert heat[inside].sum() > 0.7 * heat.sum()
    cells = inside[::2, ::2]
    assert fall[cells].min() > 10 * max(np.abs(fall[~cells]).max(), 1e-6)
    assert not grad_cam(model, photo, class_index=1).any(), "nothing is blue"


def test_random_weights_are_used_within_the_block_alone(network):
    assert learned_layers(network) == ("base/first", "base/maps", "base/norm", "classes")
    before = [numbers(weight).copy() for weight in network.weights]
    said, batch = logits(network, PHOTO[None]), PHOTO[None]
    heats, scores = {}, {}
    for count in range(5):
        with randomised(network, count, seed=3):
            heats[count] = class_maps(network, PHOTO, class_indices=[1], layer="maps")
            scores[count] = class_scores(network, batch)
    np.testing.assert_allclose(scores[0], said, rtol=1e-4)
    for weight, was in zip(network.weights, before, strict=True):
        np.testing.assert_array_equal(numbers(weight), was)
    # Only the last layer is random: the maps stay, their weights do not. Behind that the maps go too.
    np.testing.assert_array_equal(heats[1].maps, heats[0].maps)
    assert np.abs(scores[1] - scores[0]).max() > 0.01
    assert rank_correlation(heats[4].maps, heats[0].maps) < 0.5
    norm = network.get_layer("base").get_layer("norm")
    with randomised(network, 2, seed=3):
        assert [set(numbers(weight).tolist()) for weight in norm.weights] == [{1.0}, {0.0}, {0.0}, {1.0}]
    # The same as a network that really has these weights.
    copy = keras.models.clone_model(network)
    copy.set_weights(before)
    with randomised(network, 1, seed=3):
        kernel = numbers(network.get_layer("classes").kernel)
    copy.get_layer("classes").kernel.assign(kernel)
    copy.get_layer("classes").bias.assign(np.zeros(3))
    assert np.abs(kernel - numbers(network.get_layer("classes").kernel)).max() > 0.1
    np.testing.assert_allclose(class_scores(copy, batch), scores[1], rtol=1e-4, atol=1e-6)
    with pytest.raises(InputError, match="Choose 0 to 4"), randomised(network, 5):
        pass


def test_rank_correlation_is_that_of_mean_ranks():
    for _ in range(5):
        maps = RANDOM.integers(0, 6, (2, 7, 5))
        ranks = [[(plane < value).sum() + ((plane == value).sum() - 1) / 2 for value in plane.flat] for plane in maps]
        assert rank_correlation(*maps) == pytest.approx(np.corrcoef(*ranks)[0, 1], abs=1e-9)
    assert rank_correlation(np.zeros(4), np.arange(4)) == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda f: integrated_gradients(f, PHOTO, baseline=NOTHING, steps=0), "Choose 1 to 1024"),
        (lambda f: integrated_gradients(f, PHOTO, baseline=NOTHING[:4]), "no picture of the same size"),
        (lambda f: smooth_grad(f, PHOTO, noise=-0.1), "no deviation below 0"),
        (lambda f: smooth_grad(f, PHOTO, samples=5000), "Choose 1 to 1024"),
        (lambda f: occlusion(f, PHOTO, baseline=NOTHING, cells=11), "Choose 2 to 10 cells"),
        (lambda f: occlusion(f, PHOTO, baseline=NOTHING, width=0, cells=4), "at least a cell wide"),
        (lambda f: score_cam(f, PHOTO, PHOTO, baseline=NOTHING, channels=0), "Choose 1 or more"),
        (lambda _: baseline_photo(np.zeros((4, 4, 3), np.uint8), "grey"), "Choose one of mean, black, blur"),
    ],
)
def test_what_cannot_be_is_refused(call, message):
    with pytest.raises(InputError, match=message):
        call(lambda batch: batch)
