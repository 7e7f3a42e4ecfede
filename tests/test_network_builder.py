"""A network of one's own: shapes, parameters and refusals against Keras; edits; the link; the presets."""

import base64
import json
import pickle
import time
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cnn_core.errors import InputError
from cnn_core.own_network.builder import (
    ACTIVATIONS,
    KINDS,
    MAX_LAYERS,
    LayerError,
    LayerSpec,
    add_layer,
    build_network,
    check_network,
    decode_network,
    edit_layer,
    encode_network,
    layer,
    move_layer,
    remove_layer,
)
from cnn_core.own_network.link import MAX_TEXT
from cnn_core.own_network.options import LayerOption
from cnn_core.own_network.parts import apply_layer
from cnn_core.own_network.presets import PRESETS

# Small enough to run, with windows that often do not fit.
SMALL = {"filters": 6, "kernel": 5, "size": 5, "stride": 3, "dilation": 3, "groups": 4, "units": 6, "ratio": 8}


def values_of(option: LayerOption, *, small: bool) -> st.SearchStrategy[Any]:
    if option.choices is not None:
        return st.sampled_from(option.choices)
    if isinstance(option.default, bool):
        return st.booleans()
    if isinstance(option.default, float):
        return st.floats(float(option.minimum or 0), float(option.maximum or 1))
    most = SMALL.get(option.name, 4) if small else int(option.maximum or 1)
    return st.integers(int(option.minimum or 0), most)


def specs_of(*, small: bool) -> st.SearchStrategy[LayerSpec]:
    def of_kind(kind: str) -> st.SearchStrategy[LayerSpec]:
        options = {option.name: values_of(option, small=small) for option in KINDS[kind].options}
        return st.fixed_dictionaries({}, optional=options).map(lambda chosen: layer(kind, **chosen))

    return st.sampled_from(sorted(KINDS)).flatmap(of_kind)


def in_keras(specs: list[LayerSpec], input_shape: tuple[int, int, int]) -> list[tuple[tuple[int, ...], int]]:
    """Shape and parameters after each layer that Keras accepts, up to the first that it refuses; and it runs."""
    import keras

    x = inputs = keras.Input(input_shape)
    found = []
    counted = 0
    for number, spec in enumerate(specs, start=1):
        try:
            x = apply_layer(x, spec, number=number)
        except ValueError:
            break
        counted_now = keras.Model(inputs, x).count_params()
        found.append((x.shape[1:], counted_now - counted))
        counted = counted_now
    answer = keras.Model(inputs, x)(np.zeros((1, *input_shape), "float32"))
    assert tuple(answer.shape[1:]) == (found[-1][0] if found else input_shape)
    return found


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    specs=st.lists(specs_of(small=True), min_size=1, max_size=5),
    input_shape=st.tuples(st.integers(1, 14), st.integers(1, 14), st.integers(1, 6)),
)
def test_shapes_parameters_and_refusals_are_those_of_keras(specs: list[LayerSpec], input_shape: tuple) -> None:
    statuses = check_network(specs, input_shape=input_shape)
    assume(all(np.prod(status.output_shape) < 200_000 for status in statuses if status.output_shape))
    found = in_keras(specs, input_shape)
    ours = [(status.output_shape, status.parameters) for status in statuses if status.output_shape]
    assert ours == found
    if len(found) < len(specs):
        assert statuses[len(found)].problem
        assert statuses[len(found)].remedy
        assert not any(status.reached for status in statuses[len(found) + 1 :])


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_agrees_with_keras_at_its_defaults(kind: str) -> None:
    (status,) = check_network([layer(kind)], input_shape=(8, 8, 4))
    assert [(status.output_shape, status.parameters)] == in_keras([layer(kind)], (8, 8, 4))


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_a_preset_builds_or_is_the_one_with_the_mistake(name: str) -> None:
    preset = PRESETS[name]
    statuses = check_network(preset.specs, input_shape=preset.input_shape)
    assert [status.number for status in statuses if status.problem] == ([9] if name == "mistake" else [])
    assert decode_network(encode_network(preset.specs, preset.input_shape)) == (preset.specs, preset.input_shape)
    if name != "mistake":
        model = build_network(preset.specs, input_shape=preset.input_shape)
        assert model.count_params() == sum(status.parameters for status in statuses)
        assert model.output_shape == (None, *statuses[-1].output_shape)  # type: ignore[misc]
        assert not any(part.name.endswith("_1_1") for part in model.layers)


def test_the_activations_are_those_of_keras() -> None:
    import keras

    values = np.linspace(-3, 3, 8, dtype="float32").reshape(1, 8)
    for name in ACTIVATIONS:
        assert keras.activations.get(name)(keras.ops.convert_to_tensor(values)).shape == (1, 8)


def test_the_message_says_which_layer_why_and_what_would_work() -> None:
    preset = PRESETS["mistake"]
    with pytest.raises(LayerError) as caught:
        build_network(preset.specs, input_shape=preset.input_shape)
    assert caught.value.number == 9
    assert "Layer 9 (Convolution): A 2 × 2 input cannot take a 3 × 3 window with padding 'valid'" in str(caught.value)
    repaired = edit_layer(preset.specs, 9, padding="same")
    assert not any(status.problem for status in check_network(repaired, input_shape=preset.input_shape))
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.number, str(again)) == (9, str(caught.value))


def test_a_layer_behind_flatten_is_told_where_to_go() -> None:
    statuses = check_network(
        [layer("pooling"), layer("flatten"), layer("residual"), layer("dense")], input_shape=(8, 8, 3)
    )
    assert statuses[2].problem.endswith("gets 48 values in a row")
    assert "layer 2 (Flatten)" in statuses[2].remedy
    assert statuses[1].output_shape == (48,)
    assert not statuses[3].reached


def test_a_remedy_for_groups_names_the_numbers_that_fit() -> None:
    (status,) = check_network([layer("convolution", filters=12, groups=5)], input_shape=(8, 8, 18))
    assert "1, 2, 3 or 6 groups" in status.remedy


def test_amounts_are_bounded_before_keras_is_asked() -> None:
    huge = check_network([layer("flatten"), layer("dense", units=65536)], input_shape=(512, 512, 3))
    assert "51,539,673,088 parameters" in huge[1].problem
    wide = check_network([layer("transposed", stride=31)] * 4, input_shape=(4096, 4096, 1))
    assert "values for one picture" in wide[0].problem
    with pytest.raises(InputError, match="too many layers"):
        check_network([layer("flatten")] * (MAX_LAYERS + 1), input_shape=(8, 8, 3))


@pytest.mark.parametrize(
    "shape", [(), (8, 8), (0, 8, 3), (8, 8, True), (5000, 8, 3), "888", None, (8.5, 8, 3), (4096,) * 3]
)
def test_an_input_that_is_no_picture_is_refused(shape: Any) -> None:
    with pytest.raises(InputError, match="input"):
        check_network([], input_shape=shape)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("lambda", {}),
        ("flatten", {"kind": 1}),
        ("convolution", {"filters": 0}),
        ("convolution", {"filters": 4097}),
        ("convolution", {"filters": True}),
        ("convolution", {"filters": "8"}),
        ("convolution", {"kernel": 2.5}),
        ("convolution", {"padding": "full"}),
        ("convolution", {"activation": ["relu"]}),
        ("convolution", {"bias": 1}),
        ("dropout", {"rate": float("nan")}),
        ("dropout", {"rate": 10**400}),
        ("dense", {"units": 10**5000}),
    ],
)
def test_an_unknown_kind_or_option_or_value_is_refused(kind: str, options: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        layer(kind, **options)
    assert len(str(caught.value)) < 400
    status, after = check_network([LayerSpec(kind, options), layer("flatten")], input_shape=(8, 8, 3))
    assert status.problem
    assert not after.reached


def test_thirty_layers_are_checked_at_once() -> None:
    specs = [layer("residual")] * 30
    start = time.perf_counter()
    check_network(specs, input_shape=(64, 64, 3))
    assert time.perf_counter() - start < 0.1


@given(
    specs=st.lists(specs_of(small=False), max_size=8),
    input_shape=st.tuples(st.integers(1, 512), st.integers(1, 512), st.integers(1, 512)),
)
@settings(deadline=None)
def test_a_network_survives_its_link(specs: list[LayerSpec], input_shape: tuple[int, int, int]) -> None:
    text = encode_network(specs, input_shape)
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert decode_network(text) == (tuple(specs), input_shape)


def test_the_longest_network_fits_its_link() -> None:
    random = np.random.default_rng(0)
    specs = []
    for number in range(MAX_LAYERS):
        kind = KINDS[sorted(KINDS)[number % len(KINDS)]]
        specs.append(
            layer(
                sorted(KINDS)[number % len(KINDS)],
                **{
                    option.name: int(random.integers(int(option.minimum or 0), int(option.maximum or 1)))
                    for option in kind.options
                    if option.choices is None and not isinstance(option.default, bool)
                },
            )
        )
    text = encode_network(specs, (4096, 4096, 3))
    assert len(text) < MAX_TEXT / 2
    assert decode_network(text)[0] == tuple(specs)


def packed(document: Any) -> str:
    raw = document if isinstance(document, bytes) else json.dumps(document).encode()
    return base64.urlsafe_b64encode(zlib.compress(raw)).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A",
        "ünïcode",
        "x" * (MAX_TEXT + 1),
        encode_network([layer("flatten")], (8, 8, 3))[:-4],
        packed(b" " * 10_000_000),
        packed(b"[" * 60_000),
        packed(b"9" * 60_000),
        packed(b"\xff\xfe"),
        packed({"a": 1}),
        packed([2, [8, 8, 3], []]),
        packed([1, [8, 8, 3], {}]),
        packed([1, [8, 8], []]),
        packed([1, [8, 8, 1e99], []]),
        packed([1, [8, 8, 3], [["flatten", []]]]),
        packed([1, [8, 8, 3], [[["flatten"]]]]),
        packed([1, [8, 8, 3], [["lambda"]]]),
        packed([1, [8, 8, 3], [["dense", {"kind": "flatten"}]]]),
        packed([1, [8, 8, 3], [["dense", {"units": 10**30}]]]),
        packed([1, [8, 8, 3], [["flatten"]] * 101]),
    ],
    ids=range(20),
)
def test_a_hostile_link_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        decode_network(text)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200) | st.binary(max_size=300).map(packed))
def test_any_text_is_refused_in_words(text: str) -> None:
    with pytest.raises(InputError):
        decode_network(text)


def test_edits_return_a_new_network() -> None:
    first = (layer("convolution"), layer("flatten"), layer("dense"))
    assert [spec.kind for spec in move_layer(first, 1, to=99)] == ["flatten", "dense", "convolution"]
    assert [spec.kind for spec in move_layer(first, 3, to=-5)] == ["dense", "convolution", "flatten"]
    assert [spec.kind for spec in add_layer(first, layer("pooling"), after=1)][1] == "pooling"
    assert edit_layer(first, 3, units=2)[2].options["units"] == 2
    assert first[2].options["units"] == 10
    for number in (0, 4, -1):
        with pytest.raises(InputError, match="no layer of this number"):
            remove_layer(first, number)
    with pytest.raises(InputError, match="full"):
        add_layer([layer("flatten")] * MAX_LAYERS, layer("flatten"))
