"""Learn a kernel: every control changes what is on the screen, the screen equals cnn_core, and so does the code."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cnn_core.drawing import png, significant
from cnn_core.hidden_filters import hidden_filter, learners_picture
from cnn_core.kernel_learning import (
    Curvature,
    Task,
    curvature,
    descend,
    differences,
    largest_rate,
    least_squares,
    make_task,
)
from cnn_core.kernel_learning_snippets import Lesson, lesson_code
from cnn_core.samples import sample
from pages.from_scratch_tabs import kernel
from pages.from_scratch_tabs.kernel_settings import GUESS, NUMBER, PREFIX, SHOWN, STEP, TEXT
from pages.ui.descent import take_moment
from tests.pages.test_attention import metrics
from tests.pages.test_losses import checked, preset, words

MAIN = str(Path(__file__).parents[2] / "pages" / "main.py")


def opened(**link: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=120)
    app.query_params.update({"scratch_view": "Learn a kernel", **link})
    app.switch_page("from_scratch.py")
    return app.run()


def set_all(app: AppTest, **values: Any) -> None:
    """Set widgets of any kind by their keys, then run once."""
    kinds = ("select_slider", "selectbox", "segmented_control", "toggle", "number_input", "text_input")
    widgets = {widget.key: widget for kind in kinds for widget in getattr(app, kind)}
    for name, value in values.items():
        widgets[f"{PREFIX}_{name}"].set_value(value)
    checked(app.run())


def learned(
    hidden: np.ndarray, *, picture: str = "photo", centred: bool = True, **options: Any
) -> tuple[Task, Curvature]:
    task = make_task(learners_picture(picture, sample("cat"), centred=centred), hidden, **options)
    return task, curvature(task)


def test_the_numbers_are_those_of_the_descent() -> None:
    app = checked(opened(scratch_kernel_step="100"))
    hidden = hidden_filter("surprise", number=0)
    task, bent = learned(hidden.kernel, side=5)
    rate = float(f"{0.9 * largest_rate(bent, 'gradient'):.6g}")
    path = descend(task, optimizer="gradient", rate=rate, steps=400)
    shown = metrics(app)
    assert shown["Loss at this step"] == significant(float(path.losses[100]))
    assert shown["Learning rate"] == significant(rate, 4)
    assert shown["Its limit"] == significant(largest_rate(bent, "gradient"), 4)
    assert shown["Condition number"] == significant(bent.condition)
    assert shown["Determined"] == "25 of 25"
    assert "Largest difference from the hidden filter" not in shown
    assert hidden.title not in words(app), "the hidden filter is not given away"
    slowest = abs(1 - rate * bent.values[-1])
    assert f"curvature {significant(float(bent.values[-1]))}, × {slowest:.3f} a step" in words(app)

    # Another optimizer, a kernel of another size, crops, noise, a random start.
    set_all(app, optimizer="adam", side=3, batch="4 crops", steps=50, noise=0.05, start="random", seed=3, step=50)
    set_all(app, adam=0.2)
    task, bent = learned(hidden.kernel, side=3, noise=0.05, seed=3)
    path = descend(task, optimizer="adam", rate=0.2, steps=50, crops=4, start="random", seed=3)
    shown = metrics(app)
    assert shown["Loss at this step"] == significant(float(path.losses[50]))
    assert shown["Its limit"] == "none"
    set_all(app, optimizer="momentum", batch="The whole picture", centred=False, shown=True)
    set_all(app, share=0.2)
    task, bent = learned(hidden.kernel, side=3, noise=0.05, seed=3, centred=False)
    rate = float(f"{0.2 * largest_rate(bent, 'momentum'):.6g}")
    path = descend(task, optimizer="momentum", rate=rate, steps=50, start="random", seed=3)
    shown = metrics(app)
    assert shown["Loss at this step"] == significant(float(path.losses[50]))
    away = differences(path.kernels[50:], hidden.kernel)
    assert shown["Largest difference from the hidden filter"] == significant(float(away[0]))
    # Fewer steps than the one shown: the last is shown.
    set_all(app, steps=20)
    assert app.number_input(key=STEP).value == 20


def test_a_filter_is_guessed_and_another_one_hidden() -> None:
    app = checked(opened())
    hidden = hidden_filter("surprise", number=0)
    wrong = next(name for name in hidden.guesses if name != hidden.name)
    app.segmented_control(key=GUESS).set_value(wrong)
    assert f"It is {hidden.title}" in words(checked(app.run()))
    app.segmented_control(key=GUESS).set_value(hidden.name)
    assert f"Right: {hidden.title}" in words(checked(app.run()))
    assert "Largest difference from the hidden filter" in metrics(app)
    checked(app.button(key=f"{PREFIX}_another").click().run())
    assert app.number_input(key=NUMBER).value == 1
    assert app.segmented_control(key=GUESS).value is None
    assert "Largest difference from the hidden filter" not in metrics(app)
    app.toggle(key=SHOWN).set_value(True)
    checked(app.run())
    set_all(app, hidden="random")
    assert app.toggle(key=SHOWN).value is False
    # What is typed is not trusted.
    set_all(app, hidden="typed")
    for text, said in (("1,x", "not a number"), ("0,0", "all zeros"), (";".join(["1," * 12 + "1"] * 3), "too large")):
        app.text_input(key=TEXT).set_value(text).run()
        assert not app.exception
        assert said in app.error[0].value
    app.text_input(key=TEXT).set_value("0,1;-1,0").run()
    checked(app)


def test_presets_are_true() -> None:
    app = checked(opened())
    last: dict[str, dict[str, str]] = {}
    for number, title in enumerate(kernel.PRESETS):
        preset(app, PREFIX, number)
        app.number_input(key=STEP).set_value(app.number_input(key=STEP).max)
        checked(app.run())
        last[title] = metrics(app)
        assert bool(app.warning) == (title == "A rate just too large"), title
    loss = {title: float(shown["Loss at this step"].replace(",", "")) for title, shown in last.items()}
    away = {
        title: float(shown["Largest difference from the hidden filter"].replace(",", ""))
        for title, shown in last.items()
    }
    assert loss["Momentum"] < loss["Watch Sobel appear"] / 100 < loss["With its mean left in"] / 100
    assert loss["A kernel too small"] > 1e-3
    assert loss["A flat picture"] < 1e-12
    assert away["A flat picture"] > 0.5
    assert last["A flat picture"]["Determined"] == "1 of 9"
    assert last["Bars"]["Determined"] == "3 of 9"
    assert away["Bars"] > 0.5 > away["Watch Sobel appear"]
    # A flat picture without its mean is nothing, and a photo that is too small has no room.
    app.toggle(key=f"{PREFIX}_centred").set_value(True)
    app.segmented_control(key=f"{PREFIX}_picture").set_value("flat").run()
    assert "0 everywhere" in app.error[0].value


def test_bad_links_are_dropped() -> None:
    for step in ("99999", "-3", "1e9", "x", "²"):
        app = checked(opened(scratch_kernel_step=step, scratch_kernel_side="4", scratch_kernel_share="nan"))
        assert "Loss at this step" in metrics(app)


def test_the_browser_can_only_name_moments() -> None:
    for sent, step in ((2, 50), (3, None), (-1, None), (True, None), ("1", None), (None, None), (1.0, None)):
        state: dict[str, Any] = {"player": {"moment": sent}}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("pages.ui.descent.st.session_state", state)
            take_moment("player", "step", (0, 10, 50))
        assert state.get("step") == step


@pytest.fixture
def picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "picture.png").write_bytes(png(sample("cat")))
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("picture")
@pytest.mark.parametrize(
    "lesson",
    [
        Lesson("surprise", 3, "", "photo", True, 5, 0.05, "gradient", 3.0, 9, 0, "zeros", 2),
        Lesson("typed", 0, "0,1;-1,0", "photo", False, 3, 0.0, "momentum", 0.05, 9, 0, "random", 2),
        Lesson("random", 4, "", "noise", True, 2, 0.0, "adam", 0.1, 9, 0, "random", 1),
        Lesson("emboss", 0, "", "bars", True, 3, 0.1, "adam", 0.1, 9, 4, "zeros", 1),
    ],
)
def test_the_code_learns_the_same_kernel(lesson: Lesson, capsys: pytest.CaptureFixture[str]) -> None:
    hidden = hidden_filter(lesson.hidden, number=lesson.number, text=lesson.text).kernel
    task, bent = learned(
        hidden, picture=lesson.picture, centred=lesson.centred, side=lesson.side, noise=lesson.noise, seed=lesson.seed
    )
    path = descend(
        task,
        optimizer=lesson.optimizer,
        rate=lesson.rate,
        steps=lesson.steps,
        crops=lesson.crops,
        start=lesson.start,
        seed=lesson.seed,
    )
    codes = lesson_code(lesson)
    assert ("Keras" in codes) == (lesson.crops == 0)
    for title, code in codes.items():
        scope: dict[str, Any] = {}
        exec(code, scope)
        wanted = least_squares(task, bent) if title == "Least squares" else path.kernels[-1]
        np.testing.assert_allclose(scope["kernel"], wanted, atol=2e-4 if title == "Keras" else 1e-6, err_msg=title)
    found = re.search(r"2 / L = ([0-9.e-]+)", capsys.readouterr().out)
    assert found
    assert float(found[1]) == pytest.approx(largest_rate(bent, "gradient"), rel=1e-6)
