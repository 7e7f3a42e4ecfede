"""The tab Why: every control changes the maps, slow ones can be stopped, and what cannot be explained is said."""

from collections import OrderedDict
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from cnn_core.errors import InputError
from cnn_core.explain.method_table import METHODS
from cnn_core.explain.methods import Settings
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


def test_quick_maps_come_first_and_every_setting_reaches_its_method(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, int, Settings, int]] = []
    real = why_maps.explain

    def noted(*args: Any, **options: Any) -> Any:
        asked.append((args[2], options["class_index"], options["settings"], options["random_layers"]))
        few = replace(options["settings"], steps=2, samples=1, channels=2, cells=4)
        return real(*args, **{**options, "settings": few})

    monkeypatch.setattr(why_maps, "explain", noted)
    monkeypatch.setattr(why_maps, "_maps", dict)
    app = opened()
    assert {name for name, *_ in asked} == set(why_settings.QUICK)
    assert all(number == 3 and random == 0 for _, number, _, random in asked), "the cat"
    for name in why_settings.QUICK:
        assert METHODS[name].shows in words(app)
        assert METHODS[name].not_shown in words(app)
    assert "Completeness: the map adds up to" in words(app)

    asked.clear()
    values = {"layer": "block2", "fill": "black", "channels": "all", "steps": "until 1 %"}
    for name, value in values.items():
        app.selectbox(key=f"{PREFIX}_{name}").set_value(value)
    for name, value in {"noise": 0.3, "samples": 5, "cells": 8, "width": 3}.items():
        app.slider(key=f"{PREFIX}_{name}").set_value(value)
    app.number_input(key=f"{PREFIX}_seed").set_value(7)
    app.selectbox(key=f"{PREFIX}_class").set_value("dog")
    app.selectbox(key=f"{PREFIX}_beside").set_value("cat")
    app.pills(key=METHODS_KEY).set_value(["occlusion", "grad_cam"])
    app.toggle(key=f"{PREFIX}_sanity").set_value(True)
    checked(app.run())
    settings = Settings("block2", "black", None, None, 0.3, 5, 7, 8, 3)
    assert all(given == settings for _, _, given, _ in asked)
    cat, dog = 3, 5
    assert {(name, number) for name, number, _, random in asked if not random} == {
        (name, number) for name in ("grad_cam", "occlusion") for number in (dog, cat)
    }
    assert [random for name, _, _, random in asked if random] == [5, 10, 15, 20]
    assert "last 20 layers of 20 random" in words(app)
    assert "maps_of['occlusion']" not in words(app)
    assert 'maps_of["occlusion"] = fall' in words(app)
    assert "cells, width = 8, 3" in words(app)

    # Without any method, and with what a stopped run leaves.
    app.pills(key=METHODS_KEY).set_value([])
    app.toggle(key=f"{PREFIX}_sanity").set_value(False)
    assert "No method is chosen" in words(checked(app.run()))


def test_presets_stop_and_a_network_without_an_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted: set[str] = set()

    def no_inside(_: Any) -> Any:
        raise InputError("net.onnx can only be asked, not looked into", "Bring the network as a .keras file")

    real = why_maps.explain

    def explained(*args: Any, **options: Any) -> Any:
        if args[2] in interrupted:
            st.stop()
        few = replace(options["settings"], steps=1, samples=1, channels=1, cells=4)
        return real(*args, **{**options, "settings": few})

    monkeypatch.setattr(why_maps, "explain", explained)
    kept: OrderedDict[Any, Any] = OrderedDict()
    monkeypatch.setattr(why_maps, "_maps", lambda: kept)
    app = opened(**{METHODS_KEY: "Grad-CAM"})
    for number, (title, (hint, values)) in enumerate(why.PRESETS.items()):
        app.button(key=f"{PREFIX}_preset_{number}").click()
        checked(app.run())
        assert f"**{title}.** {hint}" in words(app)
        assert app.pills(key=METHODS_KEY).value == values[METHODS_KEY]
        shown = [name for name, method in METHODS.items() if f"**{method.title}**" in words(app)]
        assert shown == [name for name in METHODS if name in values[METHODS_KEY]]

    # A click on Stop ends the run that computes and begins another, without the maps that are not there.
    interrupted.add("smooth_grad")
    app.pills(key=METHODS_KEY).set_value(["smooth_grad", "grad_cam", "occlusion"])
    app.slider(key=f"{PREFIX}_samples").set_value(9)
    checked(app.run())
    app.button(key=f"{PREFIX}_stop_smooth_grad").click()
    checked(app.run())
    assert app.pills(key=METHODS_KEY).value == ["grad_cam", "occlusion"], "occlusion's map was there before"

    monkeypatch.setattr(why, "layers_of", no_inside)
    checked(app.run())
    assert "can only be asked" in words(app)
