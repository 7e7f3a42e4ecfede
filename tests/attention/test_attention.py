"""Attention in NumPy against Keras' layers and the blocks of this project, and what must hold for any maps."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_core.architectures.blocks.alone import block_alone
from cnn_core.attention.channel_gate import Gate, channel_weights, random_gate, readable_gate, usual_strength
from cnn_core.attention.cost import BLOCKS, block_cost, crossing, growth
from cnn_core.attention.dot_product import attend, attention_rows, effective_places, random_heads, readable_heads
from cnn_core.attention.pictures import heat_on, signed_on
from cnn_core.attention.place_gate import KERNELS, place_kernel, place_weights
from cnn_core.attention.place_maps import averaged, hand_maps, layer_maps, standardised
from cnn_core.attention.positions import sine_positions, weighed_positions
from cnn_core.attention.product import influence, product_attention, product_weights, self_attention
from cnn_core.errors import InputError
from cnn_core.samples import sample
from cnn_core.summary import summarize

GENERATOR = np.random.default_rng(0)
MAPS = np.maximum(GENERATOR.normal(size=(6, 5, 8)), 0).astype(np.float32)
CLOSE = 1e-5


def answer(model: keras.Model, maps: np.ndarray = MAPS) -> np.ndarray:
    return keras.ops.convert_to_numpy(model(maps[None]))[0]


@pytest.mark.parametrize("gate", [readable_gate(8, strength=3.0), random_gate(8, ratio=4, seed=3)])
def test_squeeze_and_excitation_is_the_block(gate: Gate) -> None:
    model = block_alone(block="squeeze_excite", input_shape=MAPS.shape, ratio=8 // gate.reduce_bias.size)
    model.set_weights(gate.weights)
    assert np.abs(MAPS * channel_weights(MAPS, gate) - answer(model)).max() < CLOSE


@pytest.mark.parametrize("kind", KERNELS)
def test_cbam_is_the_block(kind: str) -> None:
    gate, kernel = random_gate(8, ratio=2, seed=1), place_kernel(kind, size=5, strength=2.0)
    model = block_alone(block="cbam", input_shape=MAPS.shape, ratio=2, kernel=5)
    model.set_weights([*gate.weights, kernel])
    weighed = MAPS * channel_weights(MAPS, gate, maxima=True)
    assert np.abs(weighed * place_weights(weighed, kernel)[..., None] - answer(model)).max() < CLOSE


def test_dot_product_attention_is_keras_attention() -> None:
    heads = random_heads(MAPS, length=4, seed=2)
    values = GENERATOR.normal(size=(30, 3)).astype(np.float32)
    layer = keras.layers.Attention(score_mode="dot")
    query, key = (part[None, :, 0] for part in (heads.queries * heads.factor, heads.keys))
    expected, weights = layer([query, values[None], key], return_attention_scores=True)
    assert np.abs(attend(heads, values)[0] - keras.ops.convert_to_numpy(expected)[0]).max() < CLOSE
    rows = attention_rows(heads, [0, 17])
    assert np.abs(rows[0] - keras.ops.convert_to_numpy(weights)[0][[0, 17]]).max() < CLOSE


@pytest.mark.parametrize(("count", "temperature", "scaled"), [(1, 1.0, True), (2, 0.5, True), (4, 3.0, False)])
def test_readable_heads_are_a_multi_head_layer_with_given_weights(count: int, temperature: float, scaled: bool) -> None:
    maps, length = standardised(MAPS), 8 // count
    positions = weighed_positions(maps.shape[:2], channels=length, strength=0.5)
    heads = readable_heads(maps, heads=count, positions=positions, temperature=temperature, scaled=scaled)
    inputs = np.concatenate([maps, positions], axis=-1).reshape(1, 30, -1)
    colours = GENERATOR.uniform(size=(1, 30, 3)).astype(np.float32)
    layer = keras.layers.MultiHeadAttention(count, heads.length, value_dim=3, output_shape=3, use_bias=False)
    layer(inputs, value=colours, key=inputs)
    picking = np.zeros((inputs.shape[2], count, heads.length), np.float32)
    for head in range(count):
        picking[head * length : (head + 1) * length, head, :length] = np.eye(length)
        picking[8:, head, length:] = np.eye(16)
    eye = np.repeat(np.eye(3, dtype=np.float32)[:, None], count, axis=1)
    # Keras divides by the root of the length itself.
    layer.set_weights([picking * heads.factor * heads.length**0.5, picking, eye, eye.transpose(1, 0, 2) / count])
    expected = keras.ops.convert_to_numpy(layer(inputs, value=colours, key=inputs))[0]
    assert np.abs(attend(heads, colours[0]).mean(axis=0) - expected).max() < CLOSE


def test_the_guides_block_is_the_block_and_reaches_no_other_place() -> None:
    model = block_alone(block="product_attention", input_shape=MAPS.shape, units=4)
    maps = [GENERATOR.normal(size=(8, 4)).astype(np.float32) for _ in range(3)]
    model.set_weights([part for kernel in maps for part in (kernel[None, None], np.zeros(4, np.float32))])
    query, key, value = (MAPS @ kernel for kernel in maps)
    assert np.abs(product_weights(query, key) * value - answer(model)).max() < CLOSE
    moved = influence(product_attention, MAPS, (2, 3))
    assert moved[2, 3] > 0
    assert np.count_nonzero(moved) == 1
    assert np.count_nonzero(influence(self_attention, MAPS, (2, 3))) == 30


def test_self_attention_is_the_block_with_identities() -> None:
    model = block_alone(block="self_attention", input_shape=MAPS.shape, units=8)
    eye, zeros = np.eye(8, dtype=np.float32)[None, None], np.zeros(8, np.float32)
    model.set_weights([part for _ in range(4) for part in (eye, zeros)])
    assert np.abs(MAPS + self_attention(MAPS) - answer(model)).max() < CLOSE


@pytest.mark.parametrize("block", [block for block in BLOCKS if block != "convolution"])
@pytest.mark.parametrize(("size", "channels", "options"), [((14, 9), 24, {}), ((5, 5), 8, {"ratio": 3, "units": 5})])
def test_costs_are_those_of_the_summary(
    block: str, size: tuple[int, int], channels: int, options: dict[str, int]
) -> None:
    takes = {"squeeze_excite": {"ratio"}, "cbam": {"ratio"}}.get(block, {"units"})
    counted = summarize(
        block_alone(
            block=block,
            input_shape=(*size, channels),
            **{name: value for name, value in options.items() if name in takes},
        )
    )
    cost = block_cost(block, size, channels=channels, **options)
    assert (cost.parameters, cost.macs) == (counted.parameters, counted.macs)
    for total, text in ((cost.parameters, cost.parameter_sum), (cost.macs, cost.mac_sum)):
        assert eval(text.replace(r"\cdot", "*").replace("^", "**")) == total


def test_a_convolution_costs_what_the_summary_says() -> None:
    inputs = keras.Input((7, 6, 8))
    counted = summarize(keras.Model(inputs, keras.layers.Conv2D(8, 3, padding="same")(inputs)))
    cost = block_cost("convolution", (7, 6), channels=8)
    assert (cost.parameters, cost.macs) == (counted.parameters, counted.macs)
    assert growth((7, 9), channels=8)["cbam"][1] == block_cost("cbam", (9, 9), channels=8).macs
    places, units = crossing(16), 5
    assert 2 * places**2 * units == 4 * places * 16 * units


@settings(max_examples=15, deadline=None)
@given(st.integers(2, 6), st.integers(2, 6), st.integers(0, 99), st.sampled_from([1, 2, 4]), st.floats(0.1, 10))
def test_rows_are_shares_and_spread_with_the_temperature(
    rows: int, columns: int, seed: int, count: int, temperature: float
) -> None:
    maps = standardised(np.random.default_rng(seed).normal(size=(rows, columns, 4)))
    every = np.arange(rows * columns)
    cool = attention_rows(readable_heads(maps, heads=count, temperature=temperature), every)
    warm = attention_rows(readable_heads(maps, heads=count, temperature=2 * temperature), every)
    assert cool.min() >= 0
    assert np.abs(cool.sum(axis=-1) - 1).max() < CLOSE
    for head in range(count):
        for sharp, even in zip(cool[head], warm[head], strict=True):
            assert 1 - CLOSE <= effective_places(sharp) <= effective_places(even) + 1e-3 <= len(every) + 2e-3


def test_without_positions_shuffled_places_give_the_same_answer_shuffled() -> None:
    maps, order = standardised(MAPS), GENERATOR.permutation(30)
    shuffled = maps.reshape(30, 8)[order].reshape(maps.shape)
    plain = attention_rows(readable_heads(maps), np.arange(30))[0]
    assert np.abs(attention_rows(readable_heads(shuffled), np.arange(30))[0] - plain[order][:, order]).max() < CLOSE
    code = sine_positions((6, 5))
    known, moved = (readable_heads(one, positions=code) for one in (maps, shuffled))
    with_places = attention_rows(known, np.arange(30))[0]
    assert np.abs(attention_rows(moved, np.arange(30))[0] - with_places[order][:, order]).max() > 0.01


def test_the_product_of_two_positions_tells_their_distance() -> None:
    code = sine_positions((8, 8))
    products = np.einsum("rcp,RCp->rcRC", code, code)
    assert products[0, 0, 3, 2] == pytest.approx(products[4, 5, 7, 7], abs=1e-4)
    assert np.all(np.argmax(products.reshape(64, 64), axis=1) == np.arange(64))


def test_maps_by_rules_find_what_they_are_named_after() -> None:
    stripes = np.zeros((64, 64, 3), np.float32)
    stripes[:, 20:24] = 1
    maps = hand_maps(stripes, side=8)
    means = dict(zip(maps.names, maps.values.mean(axis=(0, 1)).tolist(), strict=True))
    assert means["vertical edges"] > 10 * means["horizontal edges"]
    red = hand_maps(np.broadcast_to([0.9, 0.1, 0.1], (32, 64, 3)).astype(np.float32), side=8)
    assert red.size == (4, 8)
    assert red.values[0, 0, 1] == pytest.approx(2 * 0.8)
    assert red.values[..., 2:].max() < 1e-5
    assert hand_maps(sample("coins") / 255.0).values.min() >= 0
    whitened = standardised(hand_maps(sample("cat") / 255.0).values)
    assert np.abs(whitened.mean(axis=(0, 1))).max() < 1e-4
    assert np.abs(whitened.std(axis=(0, 1)) - 1).max() < 1e-3


def test_blocks_are_averaged_and_a_layers_maps_capped() -> None:
    values = GENERATOR.normal(size=(7, 9, 2)).astype(np.float32)
    expected = [[values[r : r + 3, c : c + 3].mean(axis=(0, 1)) for c in (0, 3, 6)] for r in (0, 3, 6)]
    assert np.abs(averaged(values, 3) - np.array(expected)).max() < CLOSE
    maps = layer_maps(np.ones((100, 30, 4)), np.zeros((50, 40, 3)))
    assert (maps.size, maps.averaged, maps.colours.shape) == ((25, 8), 4, (25, 8, 3))


def test_weights_that_can_be_read_say_what_they_are_said_to_say() -> None:
    weights = channel_weights(MAPS, readable_gate(8, strength=usual_strength(MAPS)))
    means = MAPS.mean(axis=(0, 1))
    assert np.array_equal(np.argsort(weights), np.argsort(means))
    assert np.all((weights > 0.5) == (means > means.mean()))
    assert np.allclose(channel_weights(MAPS, readable_gate(8, strength=0.0)), 0.5)
    spot = np.zeros((9, 9, 1), np.float32)
    spot[4, 4] = 1
    lit = place_weights(spot, place_kernel("stands out", size=3, strength=2.0))
    assert lit[4, 4] > 0.9
    assert lit[4, 3] < 0.5
    assert lit[0, 0] == 0.5


def test_pictures_tint_what_has_most() -> None:
    photo = np.full((6, 6, 3), 120, np.uint8)
    heat = heat_on(photo, np.eye(2))
    assert np.array_equal(heat[0, 5], photo[0, 0])
    assert int(heat[0, 0, 0]) - int(heat[0, 0, 2]) > 100
    signed = signed_on(photo, [[1.0, -1.0]], limit=1.0)
    assert signed[0, 0, 0] > signed[0, 0, 2]
    assert signed[0, 5, 0] < signed[0, 5, 2]
    assert np.array_equal(heat_on(photo, np.zeros((2, 2))), photo)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: hand_maps(np.zeros((8, 8, 3)), side=64),
        lambda: layer_maps(np.full((4, 4, 2), np.nan), np.zeros((4, 4, 3))),
        lambda: readable_heads(MAPS, heads=3),
        lambda: readable_heads(MAPS, temperature=0.0),
        lambda: readable_heads(np.zeros((40, 40, 2))),
        lambda: random_heads(MAPS, length=0),
        lambda: channel_weights(MAPS, random_gate(4)),
        lambda: random_gate(8, ratio=0),
        lambda: readable_gate(9000, strength=1.0),
        lambda: place_kernel("round"),
        lambda: place_kernel("random", size=4),
        lambda: place_weights(MAPS, np.ones((3, 3, 1, 1))),
        lambda: sine_positions((4, 4), length=6),
        lambda: block_cost("swin", (4, 4), channels=8),
        lambda: block_cost("cbam", (4, 0), channels=8),
    ],
)
def test_what_cannot_be_computed_is_said(wrong: object) -> None:
    with pytest.raises(InputError):
        wrong()  # type: ignore[operator]
