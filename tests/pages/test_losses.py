"""The losses page: every control of every tab changes what is on the screen, and the screen equals cnn_core."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cnn_core.child_process import read_json, write_json
from cnn_core.drawing import significant
from cnn_core.losses.binary import TITLES, LossOptions, loss_of
from cnn_core.losses.focal_versions import focal_pixel
from cnn_core.losses.imbalance import imbalance_of
from cnn_core.losses.moved_mask import Change, predicted_mask, true_mask
from cnn_core.losses.training.config import config_of, new_comparison
from cnn_core.losses.training.pictures import FILE, SHOWN, Answers, drawn, save_answers
from cnn_core.runs import client
from cnn_core.runs.folder import append_event, read_status, write_progress, write_status
from cnn_core.runs.heartbeat import Heartbeat
from cnn_core.runs.store import RunStore
from pages.losses_tabs import curves, focal, imbalance, moved, training
from tests.pages.fine_tune_runs import BROWSER, OWNER

MAIN = str(Path(__file__).parents[2] / "pages" / "main.py")


def opened(view: str, **link: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=120)
    app.session_state["picture_session"] = BROWSER
    app.query_params.update({"losses_view": view, **link})
    app.switch_page("losses.py")
    return checked(app.run())


def checked(app: AppTest) -> AppTest:
    assert not app.exception
    assert not app.error
    return app


def words(app: AppTest) -> str:
    found = [*app.markdown, *app.caption, *app.info, *app.success, *app.latex, *app.code]
    return "\n".join(element.value for element in found)


def set_all(app: AppTest, prefix: str, **values: Any) -> None:
    """Set widgets of any kind by their keys, then run once."""
    widgets = {
        widget.key: widget
        for kind in ("slider", "selectbox", "segmented_control", "multiselect", "toggle", "number_input")
        for widget in getattr(app, kind)
    }
    for name, value in values.items():
        widgets[f"{prefix}_{name}"].set_value(value)
    checked(app.run())


def preset(app: AppTest, prefix: str, number: int) -> None:
    app.button(key=f"{prefix}_preset_{number}").click()
    checked(app.run())


def test_curves_show_the_numbers_of_every_loss_at_p() -> None:
    app = opened("Curves")
    set_all(app, curves.PREFIX, losses=list(TITLES), pixel="background", by="z", p=0.4)
    set_all(app, curves.PREFIX, gamma=1.5, alpha=0.4, smoothing=0.1, fp=0.5, fn=1.5, smooth=0.5)
    options = LossOptions(1.5, 0.4, 0.1, 0.5, 1.5, 0.5)
    for name, title in TITLES.items():
        found = loss_of(name, [0], [0.4], options)
        cells = [found.value, float(found.gradient[0]), float(found.logit_gradient[0])]
        assert f"| **{title}** | " + " | ".join(significant(cell, 4) for cell in cells) in words(app)
    assert len(app.main.get("plotly_chart")) == 2
    app.multiselect(key="losses_curves_losses").set_value([]).run()
    assert "No loss is chosen" in app.error[0].value


def test_presets_of_the_curves_are_true() -> None:
    app = opened("Curves")
    preset(app, curves.PREFIX, 0)
    ratio = {p: loss_of("cross_entropy", [1], [p]).value / loss_of("focal", [1], [p]).value for p in (0.9, 0.1)}
    assert ratio[0.9] == pytest.approx(400)
    assert 4 < ratio[0.1] < 5
    preset(app, curves.PREFIX, 1)
    half = LossOptions(gamma=0.0, alpha=0.5)
    assert loss_of("focal", [1], [0.7], half).value == pytest.approx(loss_of("cross_entropy", [1], [0.7]).value / 2)
    preset(app, curves.PREFIX, 2)
    soft = LossOptions(label_smoothing=0.2)
    assert (
        loss_of("cross_entropy", [1], [0.89], soft).gradient[0]
        < 0
        < loss_of("cross_entropy", [1], [0.91], soft).gradient[0]
    )
    preset(app, curves.PREFIX, 3)
    slopes = {name: abs(loss_of(name, [1], [0.005]).logit_gradient[0]) for name in ("cross_entropy", "dice", "jaccard")}
    assert slopes["cross_entropy"] > 0.99
    assert max(slopes["dice"], slopes["jaccard"]) < 0.01


def test_a_moved_mask_has_its_losses_and_pictures() -> None:
    app = opened("A mask you move")
    set_all(
        app,
        moved.PREFIX,
        mask="star",
        across=4,
        down=-3,
        grow=1.5,
        blur=3.0,
        sure=0.9,
        slope="tversky",
        by="p",
        smooth=2.0,
    )
    truth = true_mask("star")
    found = predicted_mask(truth, Change(4, -3, 1.5, 3.0, 0.9))
    options = LossOptions(smooth=2.0)
    for name in TITLES:
        digits = 4 if name in ("cross_entropy", "focal") else 3
        value = significant(loss_of(name, truth, found, options).value, digits)
        assert rf"\mathbf{{{value}}}" in words(app), name
    slope = loss_of("tversky", truth, found, options).gradient
    assert f"up to ± {significant(float(np.abs(slope).max()))}" in words(app)
    assert len(app.main.get("image")) == 3


def test_presets_of_the_moved_mask_are_true() -> None:
    app = opened("A mask you move")
    truth = {name: true_mask(name) for name in ("disc", "small")}

    def losses(mask: str, **change: Any) -> dict[str, float]:
        return {
            name: loss_of(name, truth[mask], predicted_mask(truth[mask], Change(**change))).value for name in TITLES
        }

    preset(app, moved.PREFIX, 0)
    assert all(value > 0 for value in losses("disc").values())
    assert all(losses("disc", sure=0.99)[name] < value for name, value in losses("disc").items())
    preset(app, moved.PREFIX, 1)
    missed = losses("small", across=10, sure=0.99)
    assert 0.008 < truth["small"].mean() < 0.015
    assert missed["cross_entropy"] < 0.15
    assert missed["dice"] > 0.95
    preset(app, moved.PREFIX, 2)
    assert losses("disc", grow=-4.0)["tversky"] > losses("disc", grow=4.0)["tversky"]
    preset(app, moved.PREFIX, 3)
    near, far = losses("disc", across=32, sure=0.99), losses("disc", across=32, down=16, sure=0.99)
    for name in ("dice", "jaccard", "tversky"):
        assert near[name] > 0.95
        assert abs(far[name] - near[name]) < 0.02


def test_imbalance_is_guessed_first_and_then_shown() -> None:
    app = opened("Imbalance")
    assert not app.main.get("plotly_chart")
    app.segmented_control(key="losses_rare_guess").set_value("dice").run()
    results = {name: imbalance_of(name, share=0.01, says=0.01) for name in TITLES}
    assert f"It is Focal, with {significant(results['focal'].value)}" in words(app)
    app.segmented_control(key="losses_rare_guess").set_value("focal").run()
    assert "Right: Focal" in words(app)
    assert len(app.main.get("plotly_chart")) == 3
    set_all(app, imbalance.PREFIX, predict=False, share=5.0, says=0.2, gamma=1.0, alpha=0.75)
    options = LossOptions(gamma=1.0, alpha=0.75)
    for name, title in TITLES.items():
        found = imbalance_of(name, share=0.05, says=0.2, options=options)
        assert f"| **{title}** | {significant(found.value, 4)} | {significant(found.foreground_pull)}" in words(app)
    assert "Accuracy: 95.0%" in words(app)


def test_presets_of_imbalance_are_true() -> None:
    app = opened("Imbalance", losses_rare_predict="false")
    for number in range(len(imbalance.PRESETS)):
        preset(app, imbalance.PREFIX, number)
    rare = {name: imbalance_of(name, share=0.001, says=0.01).value for name in TITLES}
    assert rare["cross_entropy"] < 0.02
    assert rare["dice"] > 0.95
    start = {name: imbalance_of(name, share=0.01, says=0.5).foreground_share for name in TITLES}
    assert start["cross_entropy"] == pytest.approx(0.01)
    assert start["focal"] < start["cross_entropy"]
    assert imbalance_of("focal", share=0.01, says=0.01).foreground_share > 0.99
    assert all(imbalance_of(name, share=0.5, says=0.1).foreground_share > 0.85 for name in TITLES)


def test_the_focal_loss_right_and_wrong() -> None:
    app = opened("Focal loss, right and wrong")
    set_all(app, focal.PREFIX, gamma=1.0, alpha=0.4, smoothing=0.2)
    said = words(app)
    for truth, p in focal.PIXELS:
        pixel = focal_pixel(truth, p, gamma=1.0, alpha=0.4, label_smoothing=0.2)
        assert f"| {significant(pixel.values['paper'], 4)} |" in said
        assert f":orange[**{significant(pixel.values['hard_labels'], 4)}**]" in said
    assert "-tf.log(p_t)" in said
    for number in range(len(focal.PRESETS)):
        preset(app, focal.PREFIX, number)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A server's folder of its own, and no service: a run that is submitted waits."""
    monkeypatch.setenv("CNN_PLAYGROUND_HOME", str(tmp_path))
    monkeypatch.setattr(client, "ensure_service", lambda *_: Heartbeat())
    return tmp_path


def test_a_comparison_is_started_watched_and_stopped(home: Path) -> None:
    app = opened("Two losses, one network")
    set_all(app, training.KEY, first="focal", second="cross_entropy+dice", task="shapes")
    set_all(app, training.KEY, epochs=3, pictures=32, base_filters=4, seed=5, rate=0.01, gamma=1.0)
    app.button(key="losses_training_start").click().run()
    checked(app)
    (entry,) = RunStore(home / "runs").list(OWNER)
    config = config_of(read_json(entry.folder / "config.json") or {})
    assert (config.first, config.second, config.task) == ("focal", "cross_entropy+dice", "shapes")
    assert (config.epochs, config.pictures, config.base_filters, config.seed) == (3, 32, 4, 5)
    assert (config.learning_rate, config.focal_gamma) == (0.01, 1.0)
    assert app.query_params["losses_run"] == entry.run_id
    assert read_status(entry.folder).state == "queued"
    write_status(entry.folder, "running")
    write_progress(entry.folder, {"phase": "losses", "epoch": 2, "epochs": 3, "batch": 1, "batches": 2})
    app.run()
    app.button(key="losses_run_stop").click().run()
    assert read_status(entry.folder).state == "stopped"
    set_all(app, training.KEY, second="tversky")
    set_all(app, training.KEY, fp=0.5, fn=0.5)
    for number in range(len(training.PRESETS)):
        preset(app, training.KEY, number)


def test_a_finished_comparison_shows_curves_pictures_and_figures(home: Path) -> None:
    run = new_comparison(RunStore(home / "runs"), {"first": "dice", "second": "dice", "name": "Twice"}, owner=OWNER)
    for epoch in (1, 2):
        shares = {f"val_{side}_{what}": 0.3 * epoch for side in ("first", "second") for what in ("iou", "found")}
        append_event(
            run, {"kind": "epoch", "phase": "losses", "epoch": epoch, "first_loss": 0.9, "second_loss": 0.8} | shares
        )
    pixels, truth = drawn(config_of({}), held_out=True)
    save_answers(run / FILE, Answers(2, pixels[:SHOWN], truth[:SHOWN], truth[:SHOWN], 1 - truth[:SHOWN]))
    figures = {"iou": 0.6, "found": 0.7, "right": None}
    write_json(run / "result.json", {"first": figures, "second": figures, "held_out": 48, "foreground": 0.08})
    write_status(run, "done")
    app = opened("Two losses, one network", losses_run=run.name)
    assert "| **Dice, first** | 60.0 % | 70.0 % | – |" in words(app)
    assert "On 48 held-out pictures, 8.0 %" in words(app)
    assert len(app.main.get("plotly_chart")) == 3
    assert len(app.main.get("image")) == 4
    assert "Dice, second, epoch 2" in words(app)
    app.button(key="losses_run_close").click().run()
    assert "losses_run" not in app.query_params
    app.button(key=f"losses_run_open_{run.name}").click().run()
    app.button(key="losses_run_delete").click().run()
    assert RunStore(home / "runs").list(OWNER) == ()


@pytest.mark.usefixtures("home")
def test_the_code_of_a_comparison_is_a_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("Two losses, one network")
    monkeypatch.chdir(tmp_path)
    exec(app.main.code[0].value, {})
    assert config_of(read_json(tmp_path / "run" / "config.json") or {}).second == "dice"


def test_a_link_sets_the_controls_and_bad_values_are_dropped() -> None:
    app = opened("Curves", losses_curves_gamma="1.5", losses_curves_losses="Focal", losses_curves_p="0.3")
    value = loss_of("focal", [1], [0.3], LossOptions(gamma=1.5)).value
    assert f"| **Focal** | {significant(value, 4)} |" in words(app)
    app = opened("Curves", losses_curves_gamma="nan", losses_curves_p="7", losses_curves_losses="hinge")
    assert app.title[0].value == "Losses"
    checked(opened("A mask you move", losses_moved_mask="moon", losses_moved_across="900"))
