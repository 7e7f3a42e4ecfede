"""The tab Claims: what each preset says is so, every control changes what is shown, and what cannot be is said."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cnn_core.classifiers.loading import load_looked_at
from cnn_core.samples import sample
from cnn_core.stress.curve import curve_in_words, stress_curve
from cnn_core.stress.disturbances import DISTURBANCES, strengths
from cnn_core.stress.placing import Stage, along_a_row, shifts_in_words
from cnn_core.stress.sharing import shared_layers
from pages.predictions_tabs import claims, claims_hierarchy, stoppable
from pages.predictions_tabs.claims import KEY, VIEW
from pages.predictions_tabs.claims_curves import KINDS
from pages.ui import maps_asked

MAIN = str(Path(__file__).parents[2] / "pages" / "main.py")


@pytest.fixture(scope="module")
def starter() -> Any:
    return load_looked_at("starter")


def opened(view: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=120)
    app.query_params.update({"predictions_view": "Claims", VIEW: view})
    app.switch_page("predictions.py")
    return checked(app.run())


def checked(app: AppTest) -> AppTest:
    assert not app.exception
    assert not app.error, app.error[0].value
    return app


def words(app: AppTest) -> str:
    """All that is said, without the strokes that keep Markdown from meaning anything."""
    found = [*app.main.markdown, *app.main.caption, *app.main.info, *app.main.code]
    return re.sub(r"\\([^\w\s])", r"\1", "\n".join(element.value for element in found))


def html(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.main.get("html"))


def test_every_disturbance_shows_its_curve_in_words_and_pictures(starter: Any) -> None:
    app = opened(claims.CURVES)
    for title, kind in KINDS.items():
        way = DISTURBANCES[kind]
        app.selectbox(key=f"{KEY}_kind").set_value(title)
        app.slider(key=f"{KEY}_points").set_value(9)
        app.session_state[f"{KEY}_at_{kind}"] = way.high * way.scale / 2
        checked(app.run())
        curve = stress_curve(starter, sample("cat"), kind, strengths(kind, 9))
        assert curve_in_words(curve, starter.classes) in words(app)
        assert way.about in words(app)
        assert way.shown(curve.strengths[-1]) + ": " + starter.classes[curve.answers[-1]] in html(app)
        assert app.slider(key=f"{KEY}_at_{kind}").value == way.high * way.scale / 2
        assert f"At {way.shown(way.high / 2)}: " in words(app)
        assert (f"{KEY}_seed" in {number.key for number in app.number_input}) == (kind in ("noise", "occlusion"))


def test_the_seed_moves_what_is_hidden(starter: Any) -> None:
    app = opened(claims.CURVES)
    app.number_input(key=f"{KEY}_seed").set_value(5)
    curve = stress_curve(starter, sample("cat"), "noise", strengths("noise", 21), seed=5)
    assert curve_in_words(curve, starter.classes) in words(checked(app.run()))
    assert "np.random.default_rng(5)" in words(app)


def _takes_long() -> None:
    from typing import Any

    import streamlit as st

    from pages.predictions_tabs.stoppable import asked_once

    def ask(progress: Any) -> int:
        progress(1, 3)
        if st.session_state["slow"]:
            st.stop()
        return 7

    st.markdown(f"found {asked_once(('how many', st.session_state['which']), ask, what='Places', button='places')}")


def test_what_takes_long_has_a_bar_can_be_stopped_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stoppable, "_SOON", 0.0)
    app = AppTest.from_function(_takes_long)
    app.session_state["slow"], app.session_state["which"] = True, "first"
    app.run()
    assert [bar.proto.text for bar in app.get("progress")] == ["Places: 1 of 3"]
    app.button(key="places_stop").click().run()
    assert app.info[0].value == "Places: stopped."
    assert app.markdown[0].value == "found None"
    app.session_state["slow"], app.session_state["which"] = False, "second"
    assert app.run().markdown[0].value == "found 7", "only what was stopped waits"
    app.session_state["which"] = "first"
    app.run().button(key="places_go_on").click().run()
    assert app.markdown[0].value == "found 7"
    assert not app.get("progress")
    app.session_state["slow"] = True
    assert app.run().markdown[0].value == "found 7", "it is kept"


def test_the_photo_is_moved(starter: Any) -> None:
    app = opened(claims.SHIFT)
    for name, value in {"scale": 0.5, "right": 100, "down": 25}.items():
        app.slider(key=f"{KEY}_{name}").set_value(value)
    app.selectbox(key=f"{KEY}_fill").set_value("black")
    checked(app.run())
    row = along_a_row(starter, Stage(starter, sample("cat"), scale=0.5, fill="black"), top=8)
    assert shifts_in_words(row, starter.classes) in words(app)
    said, name = row.probabilities[-1], starter.classes[int(row.probabilities[-1].argmax())]
    assert f"**{name} {100 * said.max():.1f} %**" in words(app)
    assert len(app.main.get("plotly_chart")) == 2
    offered = [button.proto.label for button in app.main.get("download_button")]
    assert {"Line (SVG)", "Field (SVG)", "Line (CSV)", "Moved photo (PNG)"} <= set(offered)


def test_what_the_presets_say_is_so(starter: Any) -> None:
    pytest.importorskip("keras")
    app = opened(claims.SHARING)
    for number, (title, (hint, values)) in enumerate(claims.PRESETS.items()):
        app.button(key=f"{KEY}_preset_{number}").click()
        checked(app.run())
        assert f"**{title}.** {hint}" in words(app)
        assert app.segmented_control(key=VIEW).value == values[VIEW]
        if title == "Upside down":
            assert "It stays cat up to -140°; at -150° it is bird." in words(app)
            curve = stress_curve(starter, sample("cat"), "rotation", [-90, -40, 0, 50, 90])
            left, low, upright, less, right = curve.line
            assert max(low, less) < 0.6 * upright
            assert min(left, right) > 0.8 * upright
        elif title == "Grain":
            assert re.search(r"At 50 %: \*\*cat 9\d", words(app))
            assert "Undisturbed, the answer is cat (85 %)" in words(app)
        elif title == "One pixel to the right":
            row = along_a_row(starter, Stage(starter, sample("cat"), scale=0.6), top=13)
            assert shifts_in_words(row, starter.classes) in words(app)
            assert np.abs(np.diff(row.line)).max() > 0.02
        else:
            layer = next(each for each in shared_layers(starter) if each.kernel == (3, 3))
            assert layer.dense > 1e6 * layer.shared
            assert layer.zeros > 0.99
            assert [metric.value for metric in app.metric] == [
                f"{number:,}" for number in (layer.shared, layer.local, layer.dense)
            ]
            assert "and only 9 different ones" in words(app)
    app.slider(key=f"{KEY}_side").set_value(4)
    assert "as a dense layer on 4 × 4 pixels" in words(checked(app.run()))
    app.selectbox(key=f"{KEY}_layer").set_value("whiten")
    assert "2 × 2 kernels, 3 of 3 channels in" in words(checked(app.run()))


def test_patches_by_depth_follow_the_controls(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("keras")
    few = ("cat", "coffee", "scene 2", "scene 5")
    for module in (maps_asked, claims_hierarchy):
        monkeypatch.setattr(module, "sample_names", lambda: few)
    app = opened(claims.HIERARCHY)
    app.slider(key=f"{KEY}_depths").set_value(2)
    app.slider(key=f"{KEY}_channels").set_value(1)
    app.slider(key=f"{KEY}_patches").set_value(3)
    app.toggle(key=f"{KEY}_search").set_value(True)
    checked(app.run())
    assert "a value sees 2 × 2 pixels" in words(app)
    assert html(app).count("<img") == 6
    app.toggle(key=f"{KEY}_search").set_value(False)
    assert "Switch the search on" in words(checked(app.run()))
    assert "<img" not in html(app)
