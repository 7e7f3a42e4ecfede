"""The tabs Experiments and What is wrong here?: what is started, what is watched, and what is not given away."""

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cnn_core.child_process import read_json
from cnn_core.runs import client
from cnn_core.runs.folder import read_status, write_progress, write_status
from cnn_core.runs.heartbeat import Heartbeat
from cnn_core.runs.store import RunStore
from cnn_core.training.evidence import FIGURES
from cnn_core.training.experiments import EXPERIMENTS
from cnn_core.training.mistakes import CASES, MISTAKES
from cnn_core.training.pair_config import EXPERIMENT_JOB, MISTAKE_JOB, pair_of
from cnn_core.training.verdict import verdict_words
from pages.from_scratch_tabs import experiments
from tests.pages.fine_tune_runs import BROWSER, OWNER
from tests.pages.scratch_runs import finish_pair, make_pair, write_leg

MAIN = str(Path(__file__).parents[2] / "pages" / "main.py")
KINDS = ("slider", "selectbox", "segmented_control", "toggle", "number_input", "button_group", "pills", "radio")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A server's folder of its own, and no service: a run that is submitted waits."""
    monkeypatch.setenv("CNN_PLAYGROUND_HOME", str(tmp_path))
    monkeypatch.setattr(client, "ensure_service", lambda *_: Heartbeat())
    return tmp_path


def opened(view: str, *, fails: bool = False, **link: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=120)
    app.session_state["picture_session"] = BROWSER
    app.query_params.update({"scratch_view": view, **link})
    app.switch_page("from_scratch.py")
    return app.run() if fails else checked(app.run())


def checked(app: AppTest) -> AppTest:
    assert not app.exception
    assert not app.error
    return app


def words(app: AppTest) -> str:
    found = [*app.markdown, *app.caption, *app.info, *app.success, *app.warning, *app.code]
    return "\n".join(element.value for element in found)


def set_all(app: AppTest, prefix: str, **values: Any) -> None:
    widgets = {widget.key: widget for kind in KINDS for widget in getattr(app, kind, [])}
    for name, value in values.items():
        widgets[f"{prefix}_{name}"].set_value(value)
    checked(app.run())


def only_run(home: Path) -> Any:
    (entry,) = RunStore(home / "runs").list(OWNER)
    return entry


def test_every_control_of_an_experiment_goes_into_the_run(home: Path) -> None:
    app = opened("Experiments")
    for name in EXPERIMENTS:
        set_all(app, experiments.KEY, experiment=name)
        assert EXPERIMENTS[name].question in words(app)
        assert pair_of(config_of_code(app)).experiment == name
    set_all(app, experiments.KEY, experiment="schedule", data="cifar10", pictures=200, epochs=4, seed=7, seeds=3)
    assert "200 pictures, 4 epochs each, 3 times." in words(app)
    app.button(key=f"{experiments.KEY}_start").click().run()
    checked(app)
    entry = only_run(home)
    pair = pair_of(read_json(entry.folder / "config.json") or {})
    assert (pair.experiment, pair.data, pair.pictures, pair.epochs) == ("schedule", "cifar10", 200, 4)
    assert (pair.seed, pair.seeds, pair.name) == (7, 3, "Schedule, CIFAR-10, 3 seeds")
    assert app.query_params[experiments.RUN] == entry.run_id
    write_status(entry.folder, "running")
    write_progress(entry.folder, {"phase": "pair", "epoch": 2, "epochs": 24, "batch": 1, "batches": 2})
    app.run()
    app.button(key=f"{experiments.RUN}_stop").click().run()
    assert read_status(entry.folder).state == "stopped"
    for number in range(len(experiments.PRESETS)):
        app.button(key=f"{experiments.KEY}_preset_{number}").click()
        checked(app.run())
    assert (app.session_state[f"{experiments.KEY}_experiment"], app.session_state[f"{experiments.KEY}_seeds"]) == (
        "dropout",
        3,
    )


@pytest.mark.usefixtures("home")
def test_trained_weights_are_not_tried_on_what_they_were_trained_on() -> None:
    app = opened("Experiments", fails=True, scratch_pair_experiment="Transfer", scratch_pair_data="CIFAR-10")
    assert not app.exception
    assert "they prove nothing" in app.error[0].value


@pytest.mark.parametrize("seeds", [(0,), (0, 1, 2)])
def test_a_finished_experiment_shows_curves_and_its_verdict(home: Path, seeds: tuple[int, ...]) -> None:
    values = {"job": EXPERIMENT_JOB, "experiment": "augmentation", "seeds": len(seeds)}
    run = make_pair(home, values, seeds=seeds)
    verdict = finish_pair(run, seeds)
    app = opened("Experiments", scratch_pair_run=run.name)
    assert len(app.main.get("plotly_chart")) == 3
    said = verdict_words(verdict, "no augmentation", "augmentation")
    assert said[1:].split(" (")[0] in app.success[0].value
    assert ("over the seeds" if len(seeds) > 1 else "McNemar's test: p") in app.success[0].value
    assert f"| **augmentation** | {verdict.second * 100:.1f} %" in words(app)
    code = next(element.value for element in app.main.code if "bootstrap_interval" in element.value)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, {})
    assert f"{verdict.pictures.low:+.4f} to {verdict.pictures.high:+.4f}" in printed.getvalue()
    app.button(key=f"{experiments.RUN}_close").click().run()
    assert experiments.RUN not in app.query_params


def test_a_case_is_asked_about_before_it_is_revealed(home: Path) -> None:
    app = opened("What is wrong here?")
    set_all(app, "scratch_wrong", case=4, seed=5)
    app.button(key="scratch_wrong_start").click().run()
    checked(app)
    entry = only_run(home)
    pair = pair_of(read_json(entry.folder / "config.json") or {})
    assert (pair.job, pair.case, pair.seed, pair.name) == (MISTAKE_JOB, 4, 5, "Case 4, seed 5")
    assert CASES[3] not in json.dumps(dict(app.query_params))

    run = make_pair(home, {"job": MISTAKE_JOB, "case": 4, "name": "Case 4"}, seeds=(0,))
    mistake = MISTAKES[CASES[3]]
    app = opened("What is wrong here?", scratch_wrong_run=run.name)
    assert app.button(key="scratch_wrong_answer").disabled
    broken = write_leg(run, "first", 0, np.ones(10, bool), duplicates=0.812)
    app.run()
    shown = words(app)
    assert "81.2 %" in shown
    assert mistake.changes not in shown
    assert mistake.remedy not in shown
    assert "| mended |" not in shown
    assert len(app.main.get("plotly_chart")) == 2
    wrong_one = next(name for name in CASES if name != CASES[3])
    app.radio(key=f"scratch_wrong_guess_{run.name}").set_value(wrong_one).run()
    app.button(key="scratch_wrong_answer").click().run()
    checked(app)
    assert "Not that one" in app.warning[0].value
    assert mistake.changes in app.warning[0].value
    finish_second = write_leg(run, "second", 0, np.zeros(10, bool), duplicates=0.0)
    app.run()
    shown = words(app)
    assert all(text in shown for text in (mistake.gives_away, mistake.remedy, mistake.code))
    title = FIGURES[mistake.figure].title
    assert f"| **{title}** | **81.2 %** | 0.0 % |" in shown
    assert f"| 100.0 % | {finish_second['really'] * 100:.1f} % |" in shown
    assert broken["really"] == 1
    assert len(app.main.get("plotly_chart")) == 4
    assert not any(CASES[3] in str(value) for value in app.query_params.values())
    # The right guess, by another visitor of the same link.
    app = opened("What is wrong here?", scratch_wrong_run=run.name)
    app.radio(key=f"scratch_wrong_guess_{run.name}").set_value(CASES[3]).run()
    app.button(key="scratch_wrong_answer").click().run()
    assert "Right:" in checked(app).success[0].value


@pytest.mark.usefixtures("home")
def test_the_code_of_both_tabs_is_a_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for view, job in (("Experiments", EXPERIMENT_JOB), ("What is wrong here?", MISTAKE_JOB)):
        exec(opened(view).main.code[0].value, {})
        assert pair_of(read_json(tmp_path / "run" / "config.json") or {}).job == job


def config_of_code(app: AppTest) -> dict[str, Any]:
    text = next(element.value for element in app.main.code if "config = {" in element.value)
    names: dict[str, Any] = {}
    exec(text[text.index("config = {") : text.index("pair_of(config)")], names)
    config: dict[str, Any] = names["config"]
    return config
