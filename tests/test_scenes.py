"""Procedural scenes: their ground truth is exact, nothing is hidden too much, and the seed decides everything."""

import itertools
import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_core import scene_layers
from cnn_core.errors import InputError
from cnn_core.scene_layers import MOST_CUT
from cnn_core.scene_shapes import PROPORTIONS, Shape, signed_distance
from cnn_core.scenes import CLASSES, LEAST_VISIBLE, Scene, scene, scenes

PLAIN = {"clutter": 0.0, "noise": 0.0, "occlusion": 0.0, "texture": 0.0, "lighting": 0.0}
DIFFICULTIES = tuple(PLAIN)
share = st.floats(0, 1)


def corners(shape: Shape) -> np.ndarray:
    """The corners of a polygon (N, 2), x and y, in order; written down apart from the code under test."""
    turns, radii = {
        "square": (np.arange(4) / 4 + 1 / 8, np.ones(4)),
        "triangle": (np.array([0, 1 / 3, 2 / 3]) + np.array([0, 1, -1]) * shape.proportion / math.tau, np.ones(3)),
        "star": (np.arange(10) / 10, np.array([1, shape.proportion] * 5)),
    }.get(shape.name, (None, None))
    if shape.name == "cross":
        w = shape.proportion
        arm = np.array([[1, -w], [1, w], [w, w]]) / math.hypot(1, w)
        quarter = np.array([[0, 1], [-1, 0]])
        points = np.concatenate([arm @ np.linalg.matrix_power(quarter, k) for k in range(4)])
        angles, lengths = np.arctan2(points[:, 1], points[:, 0]), np.hypot(points[:, 0], points[:, 1])
    else:
        angles, lengths = turns * math.tau, radii
    angles = angles + shape.angle
    return shape.radius * lengths[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def area(shape: Shape) -> float:
    """Square pixels, by the formula of the circle or the shoelace formula."""
    if shape.name == "circle":
        return math.pi * shape.radius**2
    if shape.name == "ring":
        return math.pi * shape.radius**2 * (1 - shape.proportion**2)
    x, y = corners(shape).T
    return abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))) / 2


def shape_of(name: str, *, radius: float, angle: float, part: float) -> Shape:
    low, high = PROPORTIONS[name]
    return Shape(name, radius, angle, low + (high - low) * part)


def check_ground_truth(drawn: Scene, size: tuple[int, int]) -> None:
    """What holds for every scene; boxes and label map are computed once more from the instances alone."""
    count = len(drawn.labels)
    assert (drawn.pixels.shape, drawn.pixels.dtype) == ((*size, 3), np.uint8)
    assert (drawn.image.shape, drawn.image.dtype) == ((*size, 3), np.float32)
    assert drawn.image.min() >= 0
    assert drawn.image.max() <= 1
    assert (drawn.boxes.shape, drawn.boxes.dtype) == ((count, 4), np.float32)
    assert (drawn.labels.dtype, drawn.visible.dtype) == (np.int64, np.float32)
    assert set(np.unique(drawn.instances)) - {0} == set(range(1, count + 1)), "every shape can be seen"
    label_map = np.zeros(size, np.int64)
    for number in range(count):
        mask = drawn.instances == number + 1
        rows, columns = np.nonzero(mask)
        assert drawn.boxes[number].tolist() == [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        label_map[mask] = 1 + drawn.labels[number]
        np.testing.assert_array_equal(drawn.masks[number], mask)
    np.testing.assert_array_equal(drawn.label_map, label_map)
    assert drawn.label_map.dtype == np.int64
    assert (drawn.visible <= 1).all()


@given(
    seed=st.integers(0, 2**32 - 1),
    size=st.tuples(st.integers(32, 90), st.integers(32, 90)),
    counts=st.tuples(st.integers(0, 4), st.integers(0, 8)),
    options=st.fixed_dictionaries(dict.fromkeys(DIFFICULTIES, share)),
)
@settings(max_examples=200, deadline=None)
def test_ground_truth_is_exact_whatever_the_options(seed, size, counts, options):
    least, most = min(counts), max(counts)
    drawn = scene(seed, size=size, shapes=(least, most), **options)
    check_ground_truth(drawn, size)
    assert len(drawn.labels) <= most
    assert (drawn.visible >= 1 - (1 - LEAST_VISIBLE) * options["occlusion"] - 1e-6).all()


@pytest.mark.parametrize("size", [(32, 32), (32, 300), (301, 97)])
def test_ground_truth_of_a_crowd(size):
    drawn = scene(1, size=size, shapes=64, occlusion=1.0)
    check_ground_truth(drawn, size)
    assert len(drawn.labels) > 20
    if size == (32, 32):
        assert len(drawn.labels) < 64, "there is no room for all"


def test_the_seed_and_the_index_decide_everything():
    first, again = list(scenes(4, seed=5)), list(scenes(3, seed=5))
    for left, right in zip(first, again, strict=False):
        for name in ("pixels", "boxes", "labels", "instances", "visible"):
            np.testing.assert_array_equal(getattr(left, name), getattr(right, name))
    np.testing.assert_array_equal(scene(5, index=3).pixels, first[3].pixels)
    np.testing.assert_array_equal(scene(5).pixels, first[0].pixels)
    others = [*first, *scenes(4, seed=6), scene(0, index=5), scene(1, index=5)]
    assert len({drawn.pixels.tobytes() for drawn in others}) == len(others)


@pytest.mark.parametrize("name", CLASSES)
@given(
    radius=st.floats(5, 30),
    angle=st.floats(0, math.tau),
    part=share,
    offset=st.tuples(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5)),
)
@settings(max_examples=25, deadline=None)
def test_inside_and_distance_are_those_of_the_outline(name, radius, angle, part, offset):
    """OpenCV's point-in-polygon test, or the distance to the centre, at every seventh pixel."""
    shape = shape_of(name, radius=radius, angle=angle, part=part)
    reach = int(radius) + 3
    x, y = (np.arange(-reach, reach + 1, dtype=np.float32)[::3] + np.float32(shift) for shift in offset)
    found = signed_distance(shape, x, y)
    assert (found.dtype, found.shape) == (np.float32, (len(y), len(x)))
    if name in ("circle", "ring"):
        centre = np.hypot(x, y[:, None])
        inner = shape.proportion * radius if name == "ring" else -np.inf
        exact = np.maximum(centre - radius, inner - centre)
    else:
        outline = corners(shape).astype(np.float32)[:, None]
        points = itertools.product(y.tolist(), x.tolist())
        exact = -np.array([cv2.pointPolygonTest(outline, (px, py), True) for py, px in points]).reshape(found.shape)
    clear = np.abs(exact) > 1e-3
    np.testing.assert_array_equal((found < 0)[clear], (exact < 0)[clear])
    assert (np.abs(found) <= np.abs(exact) + 1e-3).all()
    if name in ("circle", "ring"):
        np.testing.assert_allclose(found, exact, atol=1e-4)


@pytest.mark.parametrize("name", CLASSES)
def test_area_of_a_mask_is_the_formula_s(name):
    """The mean over sub-pixel positions is unbiased; a single mask errs by some pixels along its edge."""
    rng = np.random.default_rng(0)
    errors = []
    for angle, part, dx, dy in rng.random((60, 4)):
        shape = shape_of(name, radius=20 + dx, angle=math.tau * angle, part=part)
        grid = np.arange(-24, 25, dtype=np.float32)
        pixels = np.count_nonzero(signed_distance(shape, grid + np.float32(dx), grid + np.float32(dy)) < 0)
        errors.append((pixels - area(shape)) / area(shape))
    assert abs(np.mean(errors)) < 0.004
    assert np.abs(errors).max() < 0.05


@pytest.fixture
def placed(monkeypatch):
    """The outlines that a scene has tried, in order."""
    tried: list[Shape] = []

    def recorded(shape, x, y):
        tried.append(shape)
        return signed_distance(shape, x, y)

    monkeypatch.setattr(scene_layers, "signed_distance", recorded)
    return tried


def test_a_lone_shape_has_the_area_of_its_formula(placed):
    ratios = []
    for drawn in scenes(120, seed=2, shapes=1, occlusion=0.0):
        assert CLASSES[drawn.labels[0]] == placed[-1].name
        pixels, exact = np.count_nonzero(drawn.instances), area(placed[-1])
        # Of a square in line with the grid, each side errs by less than a pixel.
        assert abs(math.sqrt(pixels) - math.sqrt(exact)) < 1
        ratios.append(pixels / exact)
    assert abs(np.mean(ratios) - 1) < 0.01
    assert {shape.name for shape in placed} == set(CLASSES)


def test_a_lone_circle_fills_its_box(placed):
    for drawn in scenes(150, seed=3, shapes=1, occlusion=0.0):
        if placed[-1].name == "circle":
            x_min, y_min, x_max, y_max = drawn.boxes[0]
            assert x_max - x_min == pytest.approx(2 * placed[-1].radius, abs=1)
            assert y_max - y_min == pytest.approx(2 * placed[-1].radius, abs=1)
            middle = int((y_min + y_max) / 2), int((x_min + x_max) / 2)
            assert drawn.label_map[middle] == 1
        if placed[-1].name == "ring":
            x_min, y_min, x_max, y_max = drawn.boxes[0]
            assert drawn.label_map[int((y_min + y_max) / 2), int((x_min + x_max) / 2)] == 0, "the hole is background"


def test_the_visible_share_is_of_the_whole_shape(placed):
    hidden = 0
    for index in range(80):
        placed.clear()
        drawn = scene(4, index=index, shapes=(2, 8), occlusion=1.0)
        wholes = [area(shape) for shape in placed]
        for number, visible in enumerate(drawn.visible):
            name = CLASSES[drawn.labels[number]]
            whole = np.count_nonzero(drawn.instances == number + 1) / visible
            nearest = min(abs(whole - a) / a for a, shape in zip(wholes, placed, strict=True) if shape.name == name)
            assert nearest < 0.1
            hidden += visible < 0.9
    assert hidden > 40


def test_occlusion_bounds_what_is_hidden():
    open_scenes = list(scenes(60, seed=6, occlusion=0.0))
    assert all((drawn.visible == 1).all() for drawn in open_scenes)
    visible = np.concatenate([drawn.visible for drawn in scenes(300, seed=6, occlusion=1.0)])
    assert visible.min() >= LEAST_VISIBLE
    assert (visible < 0.6).any()
    assert np.mean(visible == 1) > 0.2


def test_the_border_cuts_the_part_that_lies_beyond_it():
    """A lone circle that leaves through a side is broad there and round at the other end; most of it stays inside."""
    sides = set()
    for drawn in scenes(400, seed=15, size=(64, 64), shapes=1, occlusion=1.0):
        assert drawn.visible[0] >= 1 - MOST_CUT
        if CLASSES[drawn.labels[0]] != "circle" or drawn.visible[0] > 0.9:
            continue
        mask = drawn.masks[0]
        across, down = mask.sum(axis=0), mask.sum(axis=1)
        for side, line in {"left": across, "right": across[::-1], "top": down, "bottom": down[::-1]}.items():
            if line[0] > 0 and np.count_nonzero(line) < 60:
                assert line[0] > line[line > 0][-1]
                sides.add(side)
    assert sides == {"left", "right", "top", "bottom"}


def test_a_plain_scene_has_one_colour_inside_and_one_outside():
    """Picture and mask agree: three pixels from the edge (sharp tips fade out) the other colour is gone."""
    seen = 0
    for drawn in scenes(60, seed=9, shapes=1, **PLAIN):
        mask = (drawn.instances > 0).astype(np.uint8)
        inside = drawn.pixels[cv2.erode(mask, np.ones((7, 7))) > 0]
        outside = drawn.pixels[cv2.dilate(mask, np.ones((7, 7))) == 0]
        assert len(np.unique(outside, axis=0)) == 1
        if not len(inside):
            continue
        assert len(np.unique(inside, axis=0)) == 1
        seen += 1
        assert np.linalg.norm(inside[0].astype(float) - outside[0]) > 60, "a person sees it"
    assert seen > 40


def test_noise_is_gaussian_and_changes_the_picture_alone():
    deviations = []
    for index in range(20):
        clean, noisy = (scene(10, index=index, noise=noise, lighting=0.0) for noise in (0.0, 1.0))
        np.testing.assert_array_equal(clean.instances, noisy.instances)
        difference = noisy.pixels.astype(float) - clean.pixels
        difference = difference[(clean.pixels > 90) & (clean.pixels < 165)]
        if len(difference) < 5000:
            continue
        deviation = difference.std()
        deviations.append(deviation)
        assert abs(difference.mean()) < 0.6
        if deviation > 5:
            kurtosis = np.mean(((difference - difference.mean()) / deviation) ** 4)
            assert kurtosis == pytest.approx(3, abs=0.2)
            assert np.mean(np.abs(difference) < deviation) == pytest.approx(0.683, abs=0.05)
    assert 15 < max(deviations) < 0.1 * 255 + 0.5


def test_lighting_scales_every_colour_by_a_smooth_field_within_its_bounds():
    strongest = 0.0
    for index in range(20):
        dark, lit = (scene(11, index=index, noise=0.0, lighting=lighting) for lighting in (0.0, 1.0))
        np.testing.assert_array_equal(dark.instances, lit.instances)
        usable = (dark.pixels > 100) & (lit.pixels < 255)
        ratio = lit.pixels[usable] / dark.pixels[usable]
        assert ratio.min() > 0.33
        assert ratio.max() < 1.27
        strongest = max(strongest, float(np.ptp(ratio)))
    assert strongest > 0.25


@pytest.mark.parametrize("option", ["clutter", "texture"])
def test_clutter_and_texture_add_detail(option):
    def detail(amount):
        drawn = scenes(40, seed=12, **(PLAIN | {option: amount}))
        return np.mean([np.abs(np.diff(one.pixels.astype(int), axis=1)).mean() for one in drawn])

    assert detail(1.0) > 1.2 * detail(0.0)


def test_classes_are_drawn_equally_often():
    labels = np.concatenate([drawn.labels for drawn in scenes(400, seed=13, size=(64, 64))])
    shares = np.bincount(labels, minlength=len(CLASSES)) / len(labels)
    assert np.abs(shares - 1 / 6).max() < 0.04


def test_a_scene_may_be_empty():
    drawn = scene(14, shapes=0)
    check_ground_truth(drawn, (128, 128))
    assert drawn.boxes.shape == (0, 4)
    assert drawn.masks.shape == (0, 128, 128)


@pytest.mark.parametrize("name", DIFFICULTIES)
@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_difficulties_outside_their_range(name, value):
    with pytest.raises(InputError, match=f"{name}="):
        scene(0, **{name: value})


@pytest.mark.parametrize(
    "options",
    [
        {"size": (31, 64)},
        {"size": (64, 4096)},
        {"size": (64, 64, 3)},
        {"size": (64.5, 64)},
        {"shapes": (3, 2)},
        {"shapes": (0, 65)},
        {"shapes": (-1, 2)},
        {"index": -1},
        {"index": 2**32},
    ],
)
def test_options_that_are_refused(options):
    with pytest.raises(InputError, match="Received: "):
        scene(0, **options)


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, True])
def test_seeds_that_are_refused(seed):
    # A larger seed would fill two words and meet the scenes of another: (2^32 + 5, 0) and (5, 1).
    with pytest.raises(InputError, match="seed="):
        scene(seed)


@pytest.mark.parametrize("count", [-1, 2.0, True])
def test_counts_that_are_refused(count):
    with pytest.raises(InputError, match="count="):
        scenes(count, seed=0)
