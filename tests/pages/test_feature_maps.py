"""The page Feature maps: every control, figures equal to those of the core, code that gives them, and bad links."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from cnn_core.activations.effective_field import field_figures, unit_field
from cnn_core.activations.flow import stretch_of
from cnn_core.activations.layers import layers_of
from cnn_core.activations.maps import layer_maps
from cnn_core.activations.one_value import one_value
from cnn_core.activations.sorting import channel_order, figures_csv
from cnn_core.activations.told import flow_from, layers_from, maps_from, one_value_from, peaks_from, unit_from
from cnn_core.classifiers.loading import load_looked_at, starter_model
from cnn_core.classifiers.looked_at import Told
from cnn_core.classifiers.shared_model import SharedModel
from cnn_core.classifiers.untrained import untrained_model
from cnn_core.drawing import png, significant
from cnn_core.errors import InputError
from cnn_core.samples import sample
from pages.feature_maps_tabs import controls, flow, maps, unit
from pages.ui import channel_sheet, flow_view, place_picker
from pages.ui import maps_asked as asked

keras = pytest.importorskip("keras")

MAIN = str(Path(__file__).parents[2] / "pages" / "main.py")
LENET = "untrained:lenet5"


def opened(view: str, network: str = LENET, *, layer: str | None = None, **state: Any) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=120)
    app.query_params["feature_maps_view"] = view
    if layer is not None:
        app.query_params["feature_maps_layer"] = layer
    app.switch_page("feature_maps.py")
    app.session_state["network_name"] = network
    # Sample pictures through the network are looked at by one test alone.
    app.session_state["feature_maps_patches"] = False
    for key, value in state.items():
        app.session_state[f"feature_maps_{key}"] = value
    app.run()
    assert not app.exception, app.exception
    return app


def words(app: AppTest) -> str:
    return "\n".join(element.value for element in [*app.markdown, *app.caption, *app.latex, *app.info, *app.error])


def component(app: AppTest, name: str) -> dict[str, Any]:
    element = next(e for e in app.main.get("bidi_component") if e.proto.component_name.endswith(name))
    return json.loads(element.proto.json or element.proto.mixed.json)


def executed(app: AppTest, folder: Path, monkeypatch: pytest.MonkeyPatch, *, number: int = 0) -> dict[str, Any]:
    (folder / "picture.png").write_bytes(png(sample("cat")))
    monkeypatch.chdir(folder)
    scope: dict[str, Any] = {}
    exec(app.main.get("code")[number].value, scope)
    return scope


@pytest.fixture(scope="module")
def lenet() -> tuple[Any, np.ndarray]:
    """The network that the page has, and the photo as it gets it."""
    return untrained_model("lenet5"), load_looked_at(LENET).prepare(sample("cat"))[None]


def test_maps_are_sorted_chosen_and_told_in_code(
    lenet: tuple[Any, np.ndarray], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, batch = lenet
    app = opened("Maps", layer="block2_conv", channel=5)
    found = layer_maps(model, batch, layer="block2_conv")[0]
    assert "10 × 10 × 16" in words(app)
    assert "at most 14 × 14 pixels" in words(app)
    for order in ("activation", "variance", "similarity", "number"):
        app.segmented_control(key="feature_maps_order").set_value(order).run()
        shown = component(app, "cnn_sheet")
        assert tuple(tile["id"] for tile in shown["tiles"]) == channel_order(found, order, channel=5)
        assert shown["chosen"] == 5
        figures = {"activation": found[..., 5].mean(), "variance": found[..., 5].var(), "similarity": 1.0}
        said = {tile["id"]: tile["caption"] for tile in shown["tiles"]}
        assert said[5] == f"5 · {significant(float(figures.get(order, figures['activation'])), 2)}"
        if order in {"variance", "similarity"}:
            scope = executed(app, tmp_path, monkeypatch)
            assert scope["channels"].tolist() == list(channel_order(found, order, channel=5))
    np.testing.assert_array_equal(scope["maps"], found)
    np.testing.assert_array_equal(scope["kernel"], np.asarray(model.get_layer("block2_conv").kernel)[..., 5])
    plane = found[..., 5]
    assert f"From {significant(float(plane.min()))} to {significant(float(plane.max()))}" in words(app)
    assert figures_csv(found).splitlines()[6].startswith(f"5,{float(found[..., 5].mean(dtype=np.float64))!r}")
    assert [button.proto.label.split()[0] for button in app.get("download_button")][:3] == ["Grid", "Maps", "Channels"]
    app.segmented_control(key="feature_maps_scale").set_value("channel").run()
    assert not app.exception
    app.selectbox(key="feature_maps_layer").set_value("block1_conv").run()
    assert app.number_input(key="feature_maps_channel").value == 5
    app.selectbox(key="feature_maps_layer").set_value("input").run()
    assert app.number_input(key="feature_maps_channel").value == 0
    assert "has none: no single filter" in words(app)


def test_the_strongest_patches_are_found_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnn_core.activations.sample_pictures._SCENES", 0)
    app = opened("Maps", layer="block1_conv", channel=1)
    assert not app.main.get("html") or "of the map" not in str(app.main.get("html")[-1].proto.body)
    app.toggle(key="feature_maps_patches").set_value(True).run()
    strip = next(e.proto.body for e in app.main.get("html") if "<figure" in e.proto.body)
    values = [float(value) for value in re.findall(r"of the map: (\S+)\"", strip)]
    assert len(values) == 18  # alt and title
    assert values == sorted(values, reverse=True)


def test_the_flow_follows_a_channel_and_writes_a_value_out(
    lenet: tuple[Any, np.ndarray], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, batch = lenet
    app = opened("Flow", focus="block2_conv", focus_channel=4, row=0, column=9)
    shown = component(app, "cnn_flow")
    assert [column["layer"] for column in shown["columns"]][:5] == [
        *("input", "block1_conv", "block1_pool", "block2_conv", "block2_pool")
    ]
    assert shown["chosen"] == [3, 0]
    kernel = np.asarray(model.get_layer("block2_conv").kernel)[..., 4]
    norms = np.sqrt((kernel**2).sum((0, 1)))
    into = [link for link in shown["links"] if link["target"] == [3, 0]]
    assert [abs(link["weight"]) for link in into] == pytest.approx(sorted(norms, reverse=True), rel=1e-5)
    assert sum(link["share"] for link in into) == pytest.approx(1)
    one = one_value(model, batch, layer="block2_conv", row=0, column=9, channel=4)
    assert significant(one.before, 4) in words(app)
    assert significant(one.value, 4) in words(app)
    strongest = int(np.abs(one.sums).argmax())
    assert app.number_input(key="feature_maps_input").value == strongest
    stepped = component(app, "cnn_stepper")
    grid = np.array(stepped["grid"]).reshape(*stepped["size"])
    row, column = stepped["start"]
    window = grid[row : row + 5, column : column + 5]
    np.testing.assert_allclose(window, one.patch[..., strongest], rtol=1e-4)
    scope = executed(app, tmp_path, monkeypatch)
    assert [column["channels"] for column in scope["columns"]] == [one["channels"] for one in shown["columns"]]
    assert scope["means"][3].tolist() == shown["columns"][3]["means"]
    assert [link["weight"] for link in scope["links"]] == [link["weight"] for link in shown["links"]]
    scope = executed(app, tmp_path, monkeypatch, number=1)
    assert scope["value"] == one.value
    assert np.tanh(scope["before"]) == pytest.approx(one.value, rel=1e-4)

    # The first layer has one input channel: it is stepped through with the bias.
    app.selectbox(key="feature_maps_focus").set_value("block1_conv").run()
    assert not any(one.key == "feature_maps_input" for one in app.number_input)
    app.selectbox(key="feature_maps_focus").set_value("block1_pool").run()
    assert "sums no products" in words(app)
    app.slider(key="feature_maps_count").set_value(3)
    app.number_input(key="feature_maps_tiles").set_value(2).run()
    columns = component(app, "cnn_flow")["columns"]
    assert [len(column["channels"]) for column in columns] == [1, 2, 2]
    app.selectbox(key="feature_maps_first").set_value("predictions").run()
    columns = component(app, "cnn_flow")["columns"]
    assert columns[-1]["names"][0].startswith("class ")
    app.selectbox(key="feature_maps_focus").set_value("fc2").run()
    assert not any(one.key == "feature_maps_row" for one in app.number_input)


def test_a_units_fields_are_those_of_the_core(
    lenet: tuple[Any, np.ndarray], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, batch = lenet
    app = opened("One unit", layer="block2_conv", channel=3, row=1, column=8)
    expected = unit_field(model, batch[0], layer="block2_conv", row=1, column=8, channel=3)
    figures = field_figures(expected.heat, (16, 2, 30, 16))
    assert f"Value **{significant(expected.value)}**" in words(app)
    assert "theoretical field **14 × 14**" in words(app)
    assert f"**{figures.dependent_pixels:,}** have any gradient" in words(app)
    scope = executed(app, tmp_path, monkeypatch)
    assert scope["box"] == [16, 2, 30, 16]
    assert scope["outside"].max() == 0
    np.testing.assert_allclose(scope["heat"], expected.heat, rtol=1e-5)
    app.button(key="feature_maps_unit_jump").click().run()
    plane = layer_maps(model, batch, layer="block2_conv")[0, ..., 3]
    place = app.number_input(key="feature_maps_row").value, app.number_input(key="feature_maps_column").value
    assert plane[place] == plane.max()
    monkeypatch.setattr(asked, "SHUFFLED", 2)
    app.segmented_control(key="feature_maps_over").set_value("shuffled")
    app.toggle(key="feature_maps_root").set_value(True)
    app.number_input(key="feature_maps_row").set_value(9).run()
    assert not app.exception
    mean = unit_field(model, batch[0], layer="block2_conv", row=9, column=place[1], channel=3, over="shuffled", count=2)
    core = field_figures(mean.heat, (2 * place[1], 18, 2 * place[1] + 14, 32)).core_pixels
    assert f"lies in **{core:,}**" in words(app)
    # A smaller map: the place is brought inside it.
    app.selectbox(key="feature_maps_layer").set_value("block2_pool").run()
    assert app.number_input(key="feature_maps_row").value == 4


def test_presets_name_what_there_is(lenet: tuple[Any, np.ndarray]) -> None:
    """Their layers and channels exist in their networks; one is clicked, which changes the network too."""
    known = {
        "starter": layers_of(starter_model("starter_classifier"), (64, 64, 3)),
        LENET: layers_of(lenet[0], (32, 32, 1)),
    }
    for tab in (maps, flow, unit):
        for _, wanted in tab.PRESETS.values():
            layers = {layer.name: layer for layer in known[wanted["network_name"]]}
            for key in {controls.LAYER, flow.FIRST, flow.FOCUS} & set(wanted):
                assert wanted[key] in layers, wanted
            shown = layers[wanted[flow.FOCUS if tab is flow else controls.LAYER]]
            assert wanted.get(flow.FOCUS_CHANNEL, 0) < shown.channels
            assert wanted.get(controls.ROW, 0) < shown.shape[0]
            if tab is flow:
                stretch = stretch_of(list(layers.values()), first=wanted[flow.FIRST], count=wanted[flow.COUNT])
                assert wanted[flow.FOCUS] in [layer.name for layer in stretch]
    app = opened("Flow", "starter", count=4)
    app.button(key="feature_maps_flow_preset_2").click().run()
    hint, wanted = list(flow.PRESETS.values())[2]
    assert hint in words(app)
    assert {key: app.session_state[key] for key in wanted} == wanted
    assert component(app, "cnn_flow")["chosen"] == [3, 0]


def test_what_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("Maps", layer="gone")
    assert "This network has no layer gone" in words(app)
    assert app.selectbox(key="feature_maps_layer").value == "block1_conv"
    # The channel that is shown first is the first one of the sheet.
    assert app.number_input(key="feature_maps_channel").value == component(app, "cnn_sheet")["tiles"][0]["id"] != 0
    # Until another is chosen that stays so for other maps.
    app.selectbox(key="feature_maps_layer").set_value("block2_conv").run()
    assert app.number_input(key="feature_maps_channel").value == component(app, "cnn_sheet")["tiles"][0]["id"]
    asked._shelf.clear()
    monkeypatch.setattr("cnn_core.activations.maps.MOST_BYTES", 1000)
    app.selectbox(key="feature_maps_layer").set_value("block1_pool").run()
    assert "MiB" in app.error[0].value
    dense = keras.Sequential([keras.Input((32, 32, 1)), keras.layers.Flatten(), keras.layers.Dense(2)])
    network = replace(load_looked_at(LENET), key="dense", title="Dense", look=SharedModel(lambda: dense).look)
    monkeypatch.setattr(controls, "network_choice", lambda **_: network)
    for view in ("Maps", "Flow", "One unit"):
        assert "no layer that gives maps" in opened(view).error[0].value


def test_what_a_file_says_of_itself_is_checked(lenet: tuple[Any, np.ndarray]) -> None:
    """The process of an uploaded file may say anything."""
    model, _ = lenet
    layer = layers_of(model, (32, 32, 1))[1]
    row = {"name": "a", "kind": "Conv2D", "shape": [2, 2, 1], "inputs": [], "detail": "", "field": None, "extent": None}
    assert layers_from(Told({"layers": [row]}))[0].shape == (2, 2, 1)
    heat = np.ones((4, 4), np.float32)
    column = {"layer": "a", "channels": [0], "limit": 1.0}
    planes = {"planes0": np.ones((2, 2, 1), np.float32), "means0": np.ones(1, np.float32)}
    link = {"source": [0, 0], "target": [0, 7], "weight": 1.0, "share": 1.0}
    peaks = {"values": np.ones((1, 6), np.float32), "rows": np.full((1, 6), 28), "columns": np.zeros((1, 6), np.int64)}
    window = {name: np.ones((2, 2, 3), np.float32) for name in ("patch", "kernel")} | {"inside": np.ones((2, 2), "u1")}
    one = {"source": "a", "first": 0, "bias": 0.0, "before": 0.0, "activation": "relu", "value": 0.0}
    one |= {"stride": [1, 1], "dilation": [1, 1], "padding": "same"}
    assert one_value_from(Told(one, window), {"a": layer}).padding == "same"
    for read in (
        lambda: layers_from(Told({"layers": [{**row, "shape": [0, 2, 1]}]})),
        lambda: layers_from(Told({"layers": [{**row, "extent": [0, 0, float("nan"), 1]}]})),
        lambda: layers_from(Told({"layers": 7})),
        lambda: maps_from(Told(arrays={"maps": np.ones((1, 5, 5, 6), np.float32)}), layer),
        lambda: maps_from(Told(arrays={"maps": np.full((1, *layer.shape), np.nan, np.float32)}), layer),
        lambda: unit_from(Told({"value": 1.0, "box": [0, 0, 1]}, {"heat": heat}), (4, 4)),
        lambda: unit_from(Told({"value": 1.0, "box": [0, 0, 1, 1]}, {"heat": heat}), (5, 4)),
        lambda: flow_from(Told({"columns": [column], "links": [link]}, planes), {"a": layer}),
        lambda: flow_from(Told({"columns": [{**column, "limit": 0}], "links": []}, planes), {"a": layer}),
        lambda: flow_from(Told({"columns": [{**column, "channels": [6]}], "links": []}, planes), {"a": layer}),
        lambda: flow_from(Told({"columns": [{**column, "layer": "b"}], "links": []}, planes), {"a": layer}),
        lambda: peaks_from(Told(arrays=peaks), pictures=1, layer=layer),
        lambda: one_value_from(Told({**one, "first": 4}, window), {"a": layer}),
        lambda: one_value_from(Told({**one, "stride": [0, 1]}, window), {"a": layer}),
    ):
        with pytest.raises(InputError):
            read()


@pytest.mark.parametrize(
    ("take", "sent", "written"),
    [
        (channel_sheet.take_channel, {"chosen": 7}, {"a": 7}),
        (channel_sheet.take_channel, {"chosen": 8}, {}),
        (channel_sheet.take_channel, {"chosen": "7"}, {}),
        (place_picker.take_place, {"cell": [1, 3]}, {"a": 1, "b": 3}),
        (place_picker.take_place, {"cell": [2, 0]}, {}),
        (place_picker.take_place, {"cell": [1.5, 0]}, {}),
        (flow_view.take_channel, {"chosen": ["conv", 5]}, {"a": "conv", "b": 5}),
        (flow_view.take_channel, {"chosen": ["conv", 6]}, {}),
        (flow_view.take_channel, {"chosen": [7, 5]}, {}),
    ],
)
def test_only_what_is_shown_is_taken_from_the_browser(
    monkeypatch: pytest.MonkeyPatch, take: Any, sent: dict[str, Any], written: dict[str, Any]
) -> None:
    state: dict[str, Any] = {"key": sent, "a": None, "b": None}
    monkeypatch.setattr(st, "session_state", state)
    if take is channel_sheet.take_channel:
        take("key", "a", (3, 7))
    elif take is place_picker.take_place:
        take("key", "a", "b", (2, 4))
    else:
        take("key", {"conv": (5,)}, "a", "b")
    assert {name: value for name, value in state.items() if name != "key" and value is not None} == written
