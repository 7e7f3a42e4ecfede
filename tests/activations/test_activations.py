"""Maps, filters, one value's arithmetic and one unit's fields, against Keras, NumPy and SciPy."""

import json
from itertools import pairwise

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.signal import correlate2d

from cnn_core.activations.effective_field import clipped, field_figures, unit_field
from cnn_core.activations.filters import channel_filter
from cnn_core.activations.flow import flow_of, stretch_of
from cnn_core.activations.forward import outputs_of, to_numpy
from cnn_core.activations.layers import MapLayer, field_box, layers_of, nodes_of, telling_layer
from cnn_core.activations.maps import MOST_BYTES, check_size, layer_maps
from cnn_core.activations.one_value import one_value
from cnn_core.activations.patches import cut_out, joined, peaks_of, strongest_patches
from cnn_core.activations.sorting import channel_figures, channel_order, similarities
from cnn_core.classifiers.questions import QUESTIONS, answer_question
from cnn_core.errors import InputError
from tests.activations.networks import PHOTO, network

FAMILIES = ("vgg", "resnet", "inception", "unet")
SIZE = (32, 32, 3)
MAPS = hnp.arrays(
    np.float32, st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(1, 5)), elements=st.integers(-9, 9)
)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_layer_gives_what_a_sub_model_gives(family):
    model = network(family)
    names = [layer.name for layer in layers_of(model, SIZE)][1:]
    assert {layer.name for layer in model.layers[1:]} == set(names)
    if family == "inception":
        # Two modules: what comes behind them is not even computed.
        names = names[: names.index("inception_3b_concat") + 1]
    found = outputs_of(model, PHOTO[None], names)
    expected = keras.Model(model.inputs[0], [model.get_layer(name).output for name in names])(PHOTO[None])
    for name, values in zip(names, expected, strict=True):
        np.testing.assert_allclose(to_numpy(found[name]), values, rtol=1e-4, atol=1e-4, err_msg=name)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_gradient_is_zero_outside_the_theoretical_field(family):
    model = network(family)
    nodes, random = nodes_of(model, SIZE), np.random.default_rng(2)
    layers = [layer for layer in layers_of(model, SIZE)[1:] if layer.has_maps]
    reached, inside = 0, 0
    for layer in layers[1 :: max(len(layers) // 4, 1)]:
        maps = layer_maps(model, PHOTO[None], layer=layer.name)[0]
        # A unit that is on: behind a ReLU the others have no gradient at all.
        places = np.argwhere(maps > 0)
        row, column, channel = (int(one) for one in places[random.integers(len(places))])
        found = unit_field(model, PHOTO, layer=layer.name, row=row, column=column, channel=channel)
        assert found.value == pytest.approx(maps[row, column, channel], rel=1e-4)
        left, top, right, bottom = clipped(field_box(nodes, layer.name, row=row, column=column), SIZE)
        outside = found.heat.copy()
        outside[top:bottom, left:right] = 0
        assert found.heat.max() > 0
        assert outside.max() == 0, (layer.name, row, column)
        inside += (right - left) * (bottom - top) < 32 * 32
        # The box is not only large enough, it is tight: pixels along its sides matter.
        edge = found.heat[top:bottom, left:right]
        reached += bool(edge[0].any() and edge[-1].any() and edge[:, 0].any() and edge[:, -1].any())
    assert inside >= 1
    assert reached >= 2


def test_the_gradient_equals_finite_differences():
    model = network("mixed")
    at = {"layer": "apart", "row": 3, "column": 5, "channel": 2}
    found = unit_field(model, PHOTO, **at)
    for row, column in ((6, 10), (5, 9)):
        slopes = []
        for colour in range(3):
            moved = [PHOTO.copy(), PHOTO.copy()]
            moved[0][row, column, colour] += 0.01
            moved[1][row, column, colour] -= 0.01
            both = layer_maps(model, np.stack(moved), layer="apart")[:, 3, 5, 2].astype(np.float64)
            slopes.append(abs(both[0] - both[1]) / 0.02)
        assert found.heat[row, column] == pytest.approx(sum(slopes), rel=0.02, abs=1e-4)
    parts = [unit_field(model, PHOTO, **at, over="shuffled", count=1, seed=seed) for seed in (0, 1)]
    both = unit_field(model, PHOTO, **at, over="shuffled", count=2)
    assert both.value == pytest.approx(found.value, rel=1e-5)
    assert not np.array_equal(parts[0].heat, parts[1].heat)
    np.testing.assert_allclose(both.heat, (parts[0].heat + parts[1].heat) / 2, rtol=1e-5)


def test_the_first_look_is_at_a_layer_that_sees_enough():
    photo = MapLayer("photo", "InputLayer", (64, 64, 3), field=(1, 1))

    def row(name, kind, given, field, shape=(31, 31, 8)):
        return MapLayer(name, kind, shape, given, field=field)

    first, deep = row("first", "Conv2D", ("photo",), (3, 3)), row("deep", "Conv2D", ("first",), (9, 9))
    behind = [row("norm", "BatchNormalization", ("deep",), (9, 9)), row("active", "ReLU", ("norm",), (9, 9))]
    pool = row("pool", "MaxPooling2D", ("active",), (11, 11), (15, 15, 8))
    assert telling_layer([photo, first, deep, *behind, pool]) == "active"
    # An addition or a convolution behind it is another layer's work, as is what comes behind that.
    for other in (row("sum", "Add", ("deep", "first"), (9, 9)), row("more", "Conv2D", ("deep",), (9, 9))):
        assert telling_layer([photo, first, deep, other, row("active", "ReLU", (other.name,), (9, 9))]) == "deep"
    # A small input shows something earlier; without a reach, or without a convolution, the first is taken.
    assert telling_layer([MapLayer("photo", "InputLayer", (24, 24, 3)), first, deep]) == "first"
    assert telling_layer([photo, first, row("deep", "Conv2D", ("first",), None)]) == "first"
    assert telling_layer([photo, pool]) == "photo"
    # A file may say anything of itself: also that layers come from one another.
    assert telling_layer([photo, row("a", "Conv2D", ("b",), (9, 9)), row("b", "ReLU", ("a",), (9, 9))]) == "b"


def test_calls_of_nested_and_shared_models_have_names_of_their_own():
    """The second call of the block is computed on what the first one gave, and augmentation does nothing."""
    model = network("mixed")
    names = [layer.name for layer in layers_of(model, SIZE)]
    assert [name for name in names if name.endswith("/mix")] == ["block/mix", "block (2)/mix"]
    block, first = model.get_layer("block"), model.get_layer("first")
    once = block(first(PHOTO[None]))
    found = outputs_of(model, PHOTO[None], ["block/mix", "block (2)/mix", "flip"])
    np.testing.assert_allclose(found["block/mix"], once, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found["flip"], once, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found["block (2)/mix"], block(once), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("family", "layer"),
    [("mixed", name) for name in ("first", "block/depth", "block (2)/mix", "groups", "apart")],
)
def test_the_arithmetic_gives_the_value_of_the_map(family, layer):
    model = network(family)
    maps = layer_maps(model, PHOTO[None], layer=layer)[0]
    rows, columns, channels = maps.shape
    for row, column, channel in ((0, columns // 2, 0), (rows - 1, columns - 1, channels - 1)):
        one = one_value(model, PHOTO[None], layer=layer, row=row, column=column, channel=channel)
        source = layer_maps(model, PHOTO[None], layer=one.source)[0]
        total = sum(x * w for x, w in zip(one.patch.ravel().tolist(), one.kernel.ravel().tolist(), strict=True))
        assert one.before == pytest.approx(total + one.bias, rel=1e-5, abs=1e-6)
        assert one.sums.sum() + one.bias == pytest.approx(one.before, abs=1e-6)
        after = float(keras.activations.get(one.activation)(keras.ops.convert_to_tensor(np.float32(one.before))))
        assert one.value == maps[row, column, channel]
        assert after == pytest.approx(one.value, rel=1e-3, abs=1e-5)
        part = source[..., one.first : one.first + one.patch.shape[2]]
        assert np.isin(one.patch[one.inside], part).all()
        assert not one.patch[~one.inside].any()


def test_the_filter_behind_a_channel_is_that_of_the_layer():
    model = network("mixed")
    first = model.get_layer("first")
    for layer, channel in (("first", 2), ("block/relu", 5), ("dropout", 1)):
        found = channel_filter(model, layer, channel)
        if layer == "first":
            np.testing.assert_array_equal(found.kernel, np.asarray(first.kernel)[..., 2])
        elif layer == "block/relu":
            depth = np.asarray(model.get_layer("block").get_layer("depth").kernel)
            assert (found.layer, found.first) == ("block/depth", 2)
            np.testing.assert_array_equal(found.kernel[..., 0], depth[:, :, 2, 1])
        else:
            assert (found.layer, found.activation) == ("block/mix", "tanh")
    grouped = channel_filter(model, "groups", 4)
    assert (grouped.first, grouped.kernel.shape) == (2, (3, 3, 2))
    assert channel_filter(model, "join", 0) is None
    # Two sums behind one another are one: the filter gives the layer's own output.
    apart = channel_filter(model, "apart", 3)
    source = layer_maps(model, PHOTO[None], layer="flip")[0]
    maps = layer_maps(model, PHOTO[None], layer="apart")[0, ..., 3]
    spread = np.zeros((5, 5, 4))
    spread[::2, ::2] = apart.kernel
    expected = sum(correlate2d(source[..., one], spread[..., one], mode="same") for one in range(4)) + apart.bias
    np.testing.assert_allclose(maps, expected, rtol=1e-4, atol=1e-5)


def test_the_flow_follows_a_channel_back():
    model = network("mixed")
    layers = stretch_of(layers_of(model, SIZE), first="block/mix", count=8)
    names = [layer.name for layer in layers]
    assert "dropout" not in names
    flow = flow_of(model, PHOTO[None], layers=names, focus=("groups", 4), count=3)
    shown = {column.layer: column.channels for column in flow.columns}
    kernel = np.asarray(model.get_layer("groups").kernel)[..., 4]
    norms = np.sqrt((kernel**2).sum((0, 1)))
    # Channel 4 is in the second of two groups: it comes from channels 2 and 3 alone.
    into = [link for link in flow.links if (names[link.target[0]], shown["groups"][link.target[1]]) == ("groups", 4)]
    found = {shown[names[link.source[0]]][link.source[1]]: link for link in into}
    assert set(found) == {2, 3}
    for place, channel in enumerate((2, 3)):
        assert abs(found[channel].weight) == pytest.approx(norms[place], rel=1e-5)
        assert found[channel].share == pytest.approx(norms[place] / norms.sum(), rel=1e-5)
        assert np.sign(found[channel].weight) == np.sign(kernel[..., place].sum())
    maps = layer_maps(model, PHOTO[None], layer="groups")[0]
    column = flow.columns[names.index("groups")]
    np.testing.assert_allclose(column.planes, maps[..., list(column.channels)], atol=1e-6)
    # Colours keep their order, however much of the channel comes from each.
    colours = flow_of(model, PHOTO[None], layers=["photo", "first"], focus=("first", 1), count=3)
    assert colours.columns[0].channels == (0, 1, 2)
    # A concatenation passes its second input on behind the first one's six channels.
    (link,) = (link for link in flow_of(model, PHOTO[None], layers=["apart", "join"], focus=("join", 8), count=1).links)
    assert link.weight == 1.0
    assert flow_of(model, PHOTO[None], layers=["apart", "join"], focus=("join", 8), count=1).columns[0].channels == (2,)


@settings(deadline=None, max_examples=60)
@given(MAPS, st.data())
def test_channels_are_sorted_as_numpy_sorts_them(maps, data):
    channel = data.draw(st.integers(0, maps.shape[2] - 1))
    flat = maps.reshape(-1, maps.shape[2]).astype(np.float64)
    figures = channel_figures(maps)
    np.testing.assert_allclose(figures.mean, flat.mean(0), atol=1e-9)
    np.testing.assert_allclose(figures.variance, flat.var(0), rtol=1e-6, atol=1e-9)
    np.testing.assert_array_equal(figures.active, (flat > 0).mean(0))
    alike = similarities(maps, channel)
    for one in range(maps.shape[2]):
        still = flat[:, one].std() == 0 or flat[:, channel].std() == 0
        expected = 0.0 if still else np.corrcoef(flat[:, one], flat[:, channel])[0, 1]
        assert alike[one] == pytest.approx(expected, abs=1e-6)
    for order, keys in (("activation", figures.mean), ("variance", figures.variance), ("similarity", alike)):
        found = channel_order(maps, order, channel=channel)
        assert sorted(found) == list(range(maps.shape[2]))
        rest = [keys[one] for one in found if order != "similarity" or one != channel]
        assert all(before >= after - 1e-12 for before, after in pairwise(rest))
    assert channel_order(maps, "similarity", channel=channel)[0] == channel


def test_what_cannot_be_looked_at_is_refused():
    model = network("mixed")
    with pytest.raises(InputError, match="no such layer"):
        layer_maps(model, PHOTO[None], layer="gone")
    with pytest.raises(InputError, match="no such unit"):
        unit_field(model, PHOTO, layer="first", row=16, column=0, channel=0)
    with pytest.raises(InputError, match="no convolution"):
        one_value(model, PHOTO[None], layer="join", row=0, column=0, channel=0)
    with pytest.raises(InputError, match="no such channel"):
        channel_filter(model, "first", 4)
    with pytest.raises(InputError, match="MiB"):
        check_size((MOST_BYTES // 4 + 1,))
    photos = [keras.Input((4, 4, 1), name=name) for name in "ab"]
    with pytest.raises(InputError, match="several inputs"):
        layers_of(keras.Model(photos, keras.layers.Add()(photos)), (4, 4, 1))


def test_the_core_of_a_field_holds_nearly_all_of_the_gradient():
    rows, columns = np.indices((21, 21)) - 10
    heat = np.exp(-(rows**2 + columns**2) / (2 * 2.0**2))
    figures = field_figures(heat, (-5, 3, 40, 18))
    assert figures.box_pixels == 21 * 15
    assert figures.dependent_pixels == 441
    # Of a Gaussian 95 % lie within 2.45 sigma.
    assert figures.core_radius == pytest.approx(2.45 * 2, rel=0.05)


def test_questions_tell_what_json_and_arrays_can_hold():
    model = network("mixed")
    place = {"layer": "groups", "row": 2, "column": 3, "channel": 1}
    asked = {
        "layers": {},
        "maps": {"layer": "groups"},
        "filters": {"layer": "groups", "channel": 1},
        "peaks": {"layer": "groups"},
        "unit_field": place,
        "flow": {"layers": ["first", "groups"], "focus": None},
        "one_value": place,
    }
    told = {}
    for question, options in asked.items():
        answer = answer_question(model, question, PHOTO[None], json.loads(json.dumps(options)))
        told[question] = json.loads(json.dumps(answer.values)), answer.arrays
        assert {array.dtype.name for array in answer.arrays.values()} <= {"float32", "uint8", "int64"}
    assert set(asked) <= set(QUESTIONS)
    maps = told["maps"][1]["maps"][0]
    assert [layer["shape"] for layer in told["layers"][0]["layers"] if layer["name"] == "groups"] == [[16, 16, 6]]
    assert told["unit_field"][0]["value"] == pytest.approx(float(maps[2, 3, 1]), rel=1e-5)
    assert told["one_value"][0]["value"] == float(maps[2, 3, 1])
    assert told["unit_field"][0]["box"] == list(field_box(nodes_of(model, SIZE), "groups", row=2, column=3))
    np.testing.assert_array_equal(told["filters"][1]["kernel"], told["one_value"][1]["kernel"])
    np.testing.assert_array_equal(told["peaks"][1]["values"][0], maps.max((0, 1)))
    assert answer_question(model, "filters", PHOTO[None], {"layer": "join", "channel": 0}).arrays == {}


def test_the_strongest_patches_are_the_strongest_of_all_places():
    maps = np.random.default_rng(3).normal(size=(5, 4, 3, 2)).astype(np.float32)
    peaks = joined([peaks_of(maps[:2]), peaks_of(maps[2:])])
    found = strongest_patches(peaks, 1, count=3)
    best = sorted(((float(maps[one, ..., 1].max()), one) for one in range(5)), reverse=True)[:3]
    assert [(patch.value, patch.picture) for patch in found] == best
    assert all(maps[patch.picture, patch.row, patch.column, 1] == patch.value for patch in found)
    with pytest.raises(InputError, match="no such channel"):
        strongest_patches(peaks, 2)
    photo = np.random.default_rng(4).integers(0, 255, (6, 8, 3)).astype(np.uint8)
    part = cut_out(photo, (5, -2, 10, 3))
    assert part.shape == (5, 5, 3)
    np.testing.assert_array_equal(part[2:, :3], photo[:3, 5:])
    assert (part[:2] == 128).all()
    assert (part[:, 3:] == 128).all()
    # A deep unit's field is far larger than the picture: what is cut out is not.
    assert cut_out(photo, (-900, -900, 900, 900)).shape == (18, 24, 3)
