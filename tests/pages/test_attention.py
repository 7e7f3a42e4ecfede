"""The attention page: every control changes what is on the screen, and the screen equals cnn_core."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cnn_core.attention.channel_gate import channel_weights, random_gate, readable_gate, usual_strength
from cnn_core.attention.cost import BLOCKS, block_cost
from cnn_core.attention.dot_product import attention_rows, effective_places, random_heads, readable_heads
from cnn_core.attention.place_gate import place_kernel, place_weights
from cnn_core.attention.place_maps import PlaceMaps, comparable, hand_maps
from cnn_core.attention.positions import weighed_positions
from cnn_core.drawing import significant
from cnn_core.samples import sample
from pages.attention_tabs import cbam, channels, cost, guide, self_attention
from pages.attention_tabs.source_files import maps_file
from pages.ui.words import percent
from tests.pages.test_losses import checked, preset, words

MAIN = str(Path(__file__).parents[2] / "pages" / "main.py")


def opened(view: str, **link: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=240)
    app.query_params.update({"attention_view": view, **link})
    app.switch_page("attention.py")
    return checked(app.run())


def cat(side: int = 24) -> PlaceMaps:
    return hand_maps(sample("cat") / np.float32(255), side=side)


def set_all(app: AppTest, prefix: str, **values: Any) -> None:
    """Set widgets of any kind by their keys, then run once."""
    kinds = ("slider", "select_slider", "selectbox", "segmented_control", "toggle", "number_input")
    widgets = {widget.key: widget for kind in kinds for widget in getattr(app, kind)}
    for name, value in values.items():
        widgets[f"{prefix}_{name}"].set_value(value)
    checked(app.run())


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def test_channels_have_the_weights_of_the_gate() -> None:
    app = opened("Channels")
    set_all(app, "attention", side=8)
    set_all(app, channels.PREFIX, strength=3.0)
    values = cat(8).values
    gain = round(3.0 * usual_strength(values), 6)
    for mean, weight in zip(
        values.mean(axis=(0, 1)).tolist(), channel_weights(values, readable_gate(8, strength=gain)), strict=True
    ):
        assert f"mean {significant(mean)}, weight **{weight:.2f}**" in words(app)
    set_all(app, channels.PREFIX, kind="random")
    set_all(app, channels.PREFIX, seed=5, ratio=2)
    for weight in channel_weights(values, random_gate(8, ratio=2, seed=5)):
        assert f"weight **{weight:.2f}**" in words(app)
    set_all(app, channels.PREFIX, kind="hand")
    set_all(app, channels.PREFIX, weight_3=0.35)
    assert "weight **0.35**" in words(app)
    assert "weights[3] = 0.35" in app.code[0].value
    assert "side=8" in app.code[0].value


def test_presets_of_the_channels_are_true() -> None:
    app = opened("Channels")
    for number in range(len(channels.PRESETS)):
        preset(app, channels.PREFIX, number)
    values = cat().values
    means = values.mean(axis=(0, 1))
    weights = channel_weights(values, readable_gate(8, strength=2 * usual_strength(values)))
    assert np.all((weights > 0.5) == (means > means.mean()))
    untrained = channel_weights(values, random_gate(8, ratio=4))
    assert np.abs(untrained - 0.5).max() < 0.15
    preset(app, channels.PREFIX, 1)
    assert words(app).count("weight **0.00**") == 7
    assert words(app).count("weight **1.00**") == 1


def test_cbam_weighs_places() -> None:
    app = opened("CBAM")
    set_all(app, cbam.PREFIX, gate=2.0, kernel="strong around", size=5, strength=4.0)
    values = cat().values
    gate = readable_gate(8, strength=round(2.0 * usual_strength(values), 6))
    weighed = values * channel_weights(values, gate, maxima=True)
    places = place_weights(weighed, place_kernel("strong around", size=5, strength=4.0))
    assert f"between {places.min():.2f} and {places.max():.2f}" in words(app)
    assert places.min() >= 0.5
    set_all(app, cbam.PREFIX, kernel="random")
    set_all(app, cbam.PREFIX, seed=3)
    places = place_weights(weighed, place_kernel("random", size=5, seed=3))
    assert f"between {places.min():.2f} and {places.max():.2f}" in words(app)
    for number in range(len(cbam.PRESETS)):
        preset(app, cbam.PREFIX, number)


def test_a_place_looks_where_its_row_of_the_softmax_says() -> None:
    app = opened("Self-attention", attention_row="3", attention_column="20")
    set_all(app, self_attention.PREFIX, heads=2, positions=True, same=False, scaled=False, temperature=2.0)
    set_all(app, self_attention.PREFIX, say=0.5)
    maps = comparable(cat().values, same_length=False)
    positions = weighed_positions(maps.shape[:2], channels=4, strength=0.5)
    heads = readable_heads(maps, heads=2, positions=positions, temperature=2.0, scaled=False)
    rows = attention_rows(heads, [3 * 24 + 20])[:, 0]
    share = rows.mean(axis=0)
    shown = metrics(app)
    assert shown["Spread over"] == f"{significant(effective_places(share))} places"
    assert shown["Takes from itself"] == percent(float(share[3 * 24 + 20]))
    assert shown["d"] == "20"
    best = divmod(int(share.argmax()), 24)
    assert shown[f"Most, in row {best[0]}, column {best[1]}"] == percent(float(share.max()))
    assert f"Most: {percent(float(rows[1].max()))}" in words(app)
    set_all(app, self_attention.PREFIX, kind="random", positions=False)
    set_all(app, self_attention.PREFIX, seed=7)
    random = random_heads(maps, heads=2, seed=7, temperature=2.0, scaled=False)
    spread = effective_places(attention_rows(random, [3 * 24 + 20])[:, 0].mean(axis=0))
    assert metrics(app)["Spread over"] == f"{significant(spread)} places"
    # Fewer places than the chosen row or column: the place moves in.
    set_all(app, "attention", side=8)
    assert app.number_input(key="attention_row").value == 3
    assert app.number_input(key="attention_column").value == 7


def test_presets_of_self_attention_are_true() -> None:
    app = opened("Self-attention", attention_row="8", attention_column="8")
    spread = []
    for number in range(len(self_attention.PRESETS)):
        preset(app, self_attention.PREFIX, number)
        spread.append(float(metrics(app)["Spread over"].split()[0]))
        if number == 1:
            assert "Most, in row 8, column 8" not in metrics(app)
    alike, _, near, _, unscaled, _ = spread
    assert unscaled < alike
    maps = comparable(cat().values)
    code = weighed_positions(maps.shape[:2], channels=8, strength=1.0)
    distance = np.hypot(*(np.indices(maps.shape[:2]) - 8).reshape(2, -1))
    far = [
        float(attention_rows(readable_heads(maps, positions=positions), [8 * 24 + 8])[0, 0] @ distance)
        for positions in (None, code)
    ]
    assert far[1] < far[0]
    assert near > 1


def test_the_guides_block_changes_in_one_place_and_self_attention_in_all() -> None:
    app = opened("The guide's block")
    for number in range(len(guide.PRESETS)):
        preset(app, guide.PREFIX, number)
        cells = [40, 384][number == 0]
        assert metrics(app)["The guide's block: places that change"] == f"1 of {cells}"
        assert metrics(app)["Self-attention: places that change"] == f"{cells} of {cells}"
    set_all(app, "attention", row=1, column=2)
    assert "[1, 2] = 0" in app.code[-1].value


def test_costs_are_those_of_the_formulas() -> None:
    app = opened("Cost")
    set_all(app, cost.PREFIX, side=28, channels=48, units=24, ratio=8)
    for block, title in BLOCKS.items():
        found = block_cost(block, (28, 28), channels=48, units=24, ratio=8)
        assert f"| **{title}** | {found.parameters:,} | {found.macs:,} | {2 * found.macs:,} |" in words(app)
    assert "From 96 places on" in words(app)
    for number in range(len(cost.PRESETS)):
        preset(app, cost.PREFIX, number)
    early = block_cost("self_attention", (112, 112), channels=64)
    assert round(early.weights / 1e6) == 157
    assert round(4 * early.weights / 1e6) in range(625, 635)
    assert early.macs > 4e9
    late = block_cost("self_attention", (7, 7), channels=512)
    assert 0.1 * late.macs > 2 * 49**2 * 64
    assert (
        block_cost("squeeze_excite", (4, 4), channels=256).macs
        == block_cost("squeeze_excite", (112, 112), channels=256).macs
    )


def test_a_click_moves_the_place_and_other_messages_do_not() -> None:
    for sent, row in (({"x": 0.99, "y": 0.01}, 0), ({"x": "a"}, 0), ({"x": 5, "y": 0.9}, 0), (None, 0)):
        assert clicked(sent, (16, 24)).get("attention_row", 0) == row
    assert clicked({"x": 1.0, "y": 1.0}, (16, 24)) == {"attention_row": 15, "attention_column": 23}


def clicked(sent: Any, size: tuple[int, int]) -> dict[str, Any]:
    """What a message of the browser writes into the controls."""
    from pages.attention_tabs import place_pictures

    written: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(place_pictures, "set_controls", written.update)
        patch.setattr(place_pictures.st, "session_state", {"pictures": {"pick": sent}})
        place_pictures._take_place("pictures", size)
    return written


def test_maps_of_the_starters_layers() -> None:
    app = opened("Self-attention", attention_maps="A network's layer")
    assert "15 × 15 places, 256 channels of Starter" in words(app)
    assert metrics(app)["d"] == "256"
    assert "maps.npz" in app.code[0].value
    set_all(app, "attention", layer="block3")
    assert "7 × 7 places, 256 channels" in words(app)
    saved = np.load(io.BytesIO(maps_file(cat(8))))
    assert saved["maps"].shape == (5, 8, 8)
    assert saved["colours"].shape == (5, 8, 3)
    for view in ("Channels", "CBAM", "The guide's block"):
        app = opened(view, attention_maps="A network's layer", attention_layer="block2: 15 × 15 × 208")
        assert "15 × 15 places, 208 channels" in words(app)


def test_bad_links_are_dropped_and_too_many_heads_are_said() -> None:
    app = opened("Self-attention", attention_row="900", attention_side="1000", attention_self_temperature="nan")
    assert metrics(app)["d"] == "8"
    app = opened("Self-attention", attention_maps="A network's layer", attention_layer="image: 64 × 64 × 3")
    assert "2 × 2 of the layer's averaged into one" in words(app)
    app.segmented_control(key="attention_self_heads").set_value(2).run()
    assert "cannot be shared out" in app.error[0].value
    checked(opened("Cost", attention_cost_channels="-4", attention_cost_side="11"))
