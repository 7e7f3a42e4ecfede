"""The programs that the attention page shows give its numbers: in NumPy and in Keras, on both kinds of maps."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnn_core.attention.channel_gate import channel_weights, random_gate, readable_gate
from cnn_core.attention.cost import block_cost
from cnn_core.attention.dot_product import attend, attention_rows, random_heads, readable_heads
from cnn_core.attention.place_gate import place_kernel, place_weights
from cnn_core.attention.place_maps import PlaceMaps, comparable, hand_maps, layer_maps
from cnn_core.attention.positions import weighed_positions
from cnn_core.attention.product import influence, product_attention, self_attention
from cnn_core.attention.snippets import HAND, LAYER, attention_code, cbam_code, channel_code, cost_code, guide_code
from cnn_core.drawing import png
from cnn_core.samples import sample

SIDE, CLOSE = 8, 1e-5


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the page offers for download: the photo, and maps of a layer."""
    made = tmp_path_factory.mktemp("files")
    (made / "picture.png").write_bytes(png(sample("coffee")))
    maps = maps_of(LAYER)
    np.savez(made / "maps.npz", maps=maps.values, colours=maps.colours)
    return made


def maps_of(source: str) -> PlaceMaps:
    if source == HAND:
        return hand_maps(sample("coffee") / np.float32(255), side=SIDE)
    generator = np.random.default_rng(0)
    return layer_maps(generator.normal(size=(7, 6, 12)), generator.uniform(size=(14, 12, 3)))


def ran(codes: Mapping[str, str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    monkeypatch.chdir(folder)
    scopes = []
    for code in codes.values():
        scope: dict[str, Any] = {}
        exec(code, scope)
        scopes.append(scope)
    return scopes


@pytest.mark.parametrize("source", [HAND, LAYER])
@pytest.mark.parametrize("kind", ["means", "hand", "random"])
def test_channels(source: str, kind: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = maps_of(source).values
    channels = values.shape[2]
    expected = {
        "means": channel_weights(values, readable_gate(channels, strength=2.5)),
        "random": channel_weights(values, random_gate(channels, ratio=3, seed=4)),
        "hand": np.array([0.25, *[1.0] * (channels - 1)]),
    }[kind]
    codes = channel_code(source, side=SIDE, kind=kind, strength=2.5, ratio=3, seed=4, by_hand={0: 0.25})
    for scope in ran(codes, folder, monkeypatch):
        assert np.abs(scope["weights"] - expected).max() < CLOSE
        assert np.abs(scope["weighed"] - values * expected).max() < CLOSE * 10


@pytest.mark.parametrize(("source", "kernel"), [(HAND, "stands out"), (LAYER, "random")])
def test_cbam(source: str, kernel: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = maps_of(source).values
    channels = channel_weights(values, readable_gate(values.shape[2], strength=1.5), maxima=True)
    places = place_weights(values * channels, place_kernel(kernel, size=5, strength=3.0, seed=2))
    codes = cbam_code(source, side=SIDE, gate_strength=1.5, kernel=kernel, size=5, strength=3.0, seed=2)
    for scope in ran(codes, folder, monkeypatch):
        assert np.abs(scope["channels"] - channels).max() < CLOSE
        assert np.abs(scope["places"] - places).max() < CLOSE
        assert np.abs(scope["weighed"] - values * channels * places[..., None]).max() < CLOSE * 10


@pytest.mark.parametrize(("source", "kind", "say"), [(HAND, "readable", 0.5), (LAYER, "random", 0.0)])
def test_self_attention(source: str, kind: str, say: float, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = maps_of(source)
    maps = comparable(chosen.values, same_length=kind == "readable")
    positions = weighed_positions(chosen.size, channels=maps.shape[2] // 2, strength=say) if say else None
    options: dict[str, Any] = {"heads": 2, "positions": positions, "temperature": 0.7, "scaled": kind == "readable"}
    heads = random_heads(maps, seed=3, **options) if kind == "random" else readable_heads(maps, **options)
    rows = attention_rows(heads, [2 * chosen.size[1] + 3])[:, 0]
    taken = attend(heads, chosen.colours.reshape(-1, 3)).mean(axis=0).reshape(chosen.colours.shape)
    codes = attention_code(
        source,
        side=SIDE,
        kind=kind,
        heads=2,
        place=(2, 3),
        say=say,
        same_length=kind == "readable",
        temperature=0.7,
        scaled=kind == "readable",
        seed=3,
    )
    for scope in ran(codes, folder, monkeypatch):
        assert np.abs(scope["rows"] - rows).max() < CLOSE
        assert np.abs(scope["taken"] - taken).max() < CLOSE


def test_the_guides_block(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    maps = comparable(maps_of(HAND).values)
    expected = [influence(operation, maps, (1, 5)) for operation in (product_attention, self_attention)]
    for scope in ran(guide_code(HAND, side=SIDE, place=(1, 5)), folder, monkeypatch):
        for moved, wanted in zip(scope["moved"].values(), expected, strict=True):
            assert np.abs(moved - wanted).max() < CLOSE * 10


def test_costs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for scope in ran(cost_code(6, channels=12, ratio=4, units=5), folder, monkeypatch):
        for block, counted in scope["costs"].items():
            cost = block_cost(block, (6, 6), channels=12, ratio=4, units=5)
            assert counted == (cost.parameters, cost.macs)
