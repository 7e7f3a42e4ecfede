"""The tab Why: every control changes the maps, slow ones can be stopped, and what cannot be explained is said."""

from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from cnn_core.errors import InputError
from cnn_core.explain.method_table import METHODS
from cnn_core.explain.methods import Explanation, Settings
from pages.predictions_tabs import why, why_maps, why_settings
from pages.predictions_tabs.why_settings import METHODS_KEY, PREFIX

pytest.importorskip("keras")

MAIN = str(Path(__file__).parents[2] / "pages" / "main.py")


def opened(**link: Any) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=120)
    app.query_params.update({"predictions_view": "Why", **link})
    app.switch_page("predictions.py")
    return checked(app.run())


def checked(app: AppTest) -> AppTest:
    assert not app.exception
    assert not app.error
    return app


def words(app: AppTest) -> str:
    return "\n".join(element.value for element in [*app.markdown, *app.caption, *app.info, *app.code])


Asked = tuple[str, int, Settings, int]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Asked]:
    """What is asked for; the maps are drawn by lot, those of the starter are compared in tests/explain."""
    noted: list[Asked] = []

    def explain(_: Any, __: Any, method: str, **options: Any) -> Explanation:
        noted.append((method, options["class_index"], options["settings"], options["random_layers"]))
        values = np.random.default_rng(len(noted)).normal(size=(6, 6)).astype(np.float32)
        numbers = {"sum": 3.0, "difference": 4.0, "steps": 32.0} if method == "integrated_gradients" else {}
        return Explanation(values if METHODS[method].signed else np.abs(values), 0.25, numbers)

    kept: OrderedDict[Any, Explanation] = OrderedDict()
    monkeypatch.setattr(why_maps, "explain", explain)
    monkeypatch.setattr(why_maps, "_maps", lambda: kept)
    layers = tuple(f"block{number}" for number in (1, 2, 3))
    monkeypatch.setattr(why, "layers_of", lambda _: (layers, tuple(f"conv{number}" for number in range(20))))
    return noted


def test_quick_maps_come_first_and_every_setting_reaches_its_method(asked: list[Asked]) -> None:
    app = opened()
    cat, dog = 3, 5
    assert asked == [(name, cat, Settings(), 0) for name in ("grad_cam", "grad_cam_plus_plus", "integrated_gradients")]
    for name in why_settings.QUICK:
        assert METHODS[name].shows in words(app)
        assert METHODS[name].not_shown in words(app)
    assert "the map adds up to 3, the scores differ by 4: 25.0 % off with 32 steps. 250 ms" in words(app)

    asked.clear()
    values = {"layer": "block2", "fill": "black", "channels": "all", "steps": "until 1 %"}
    for name, value in {**values, "class": "dog", "beside": "cat"}.items():
        app.selectbox(key=f"{PREFIX}_{name}").set_value(value)
    for name, value in {"noise": 0.3, "samples": 5, "cells": 8, "width": 3}.items():
        app.slider(key=f"{PREFIX}_{name}").set_value(value)
    app.number_input(key=f"{PREFIX}_seed").set_value(7)
    app.pills(key=METHODS_KEY).set_value(["occlusion", "grad_cam"])
    app.toggle(key=f"{PREFIX}_sanity").set_value(True)
    checked(app.run())
    settings = Settings("block2", "black", None, None, 0.3, 5, 7, 8, 3)
    shown = [(name, number, settings, 0) for name in ("grad_cam", "occlusion") for number in (dog, cat)]
    # The check begins with the map that is there.
    assert asked == shown + [("grad_cam", dog, settings, layers) for layers in (5, 10, 15, 20)]
    assert "last 20 layers of 20 random" in words(app)
    assert "ρ = 1.00" in words(app)
    assert 'maps_of["occlusion"] = fall' in words(app)
    assert "cells, width = 8, 3" in words(app)
    assert 'maps_of["smooth_grad"]' not in words(app)

    asked.clear()
    app.segmented_control(key=f"{PREFIX}_sanity_method").set_value("smooth_grad")
    app.slider(key=f"{PREFIX}_sanity_stages").set_value(3)
    checked(app.run())
    assert asked == [("smooth_grad", dog, settings, layers) for layers in (0, 10, 20)]

    app.pills(key=METHODS_KEY).set_value([])
    assert "No method is chosen" in words(checked(app.run()))


def test_presets_and_a_network_without_an_inside(asked: list[Asked], monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(**{METHODS_KEY: "Grad-CAM"})
    for number, (title, (hint, values)) in enumerate(why.PRESETS.items()):
        app.button(key=f"{PREFIX}_preset_{number}").click()
        checked(app.run())
        assert f"**{title}.** {hint}" in words(app)
        assert app.pills(key=METHODS_KEY).value == values[METHODS_KEY]
        shown = [name for name, method in METHODS.items() if f"**{method.title}**" in words(app)]
        assert shown == [name for name in METHODS if name in values[METHODS_KEY]]
    assert asked[-1][3] == 20, "the last preset opens the check"

    def no_inside(_: Any) -> Any:
        raise InputError("net.onnx can only be asked, not looked into", "Bring the network as a .keras file")

    monkeypatch.setattr(why, "layers_of", no_inside)
    checked(app.run())
    assert "can only be asked" in words(app)


def test_stop_leaves_the_maps_that_are_there(asked: list[Asked], monkeypatch: pytest.MonkeyPatch) -> None:
    """A click on Stop ends the run that computes and begins another."""
    app = opened(**{METHODS_KEY: ["Grad-CAM", "Occlusion"]})
    fake = why_maps.explain

    def interrupted(*args: Any, **options: Any) -> Any:
        if args[2] == "smooth_grad":
            st.stop()
        return fake(*args, **options)

    monkeypatch.setattr(why_maps, "explain", interrupted)
    app.pills(key=METHODS_KEY).set_value(["smooth_grad", "grad_cam", "occlusion"])
    checked(app.run())
    app.button(key=f"{PREFIX}_stop_smooth_grad").click()
    checked(app.run())
    assert app.pills(key=METHODS_KEY).value == ["grad_cam", "occlusion"], "occlusion's map was there before"
    assert {name for name, *_ in asked} == {"grad_cam", "occlusion"}
