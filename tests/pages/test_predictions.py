"""The page Predictions: each control of each tab changes what is shown, and what is shown is what cnn_core gives."""

from collections.abc import Iterator
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cnn_core.classifiers.answers import answer_about
from cnn_core.classifiers.imagenet import IMAGENET
from cnn_core.classifiers.loading import load_looked_at
from cnn_core.classifiers.looked_at import LookedAt
from cnn_core.classifiers.snippets import answer_code, preparing_code, together_code
from cnn_core.classifiers.together import asked_together
from cnn_core.classifiers.wrong_preparation import mistakes_of, prepared_in
from cnn_core.drawing import png
from cnn_core.errors import InputError
from cnn_core.samples import sample
from cnn_core.starter_models import MODELS, starter_card
from pages.predictions_tabs import asked, presets
from pages.ui import network_pick
from pages.ui.words import percent

MAIN = str(Path(__file__).parents[2] / "pages" / "main.py")
CAT = sample("cat")


def mirrored_starter() -> LookedAt:
    """A second network with the starter's classes."""
    starter = load_looked_at("starter")
    return replace(
        starter,
        name="mobilenet_v2",
        title="Mirror",
        key="mirror",
        answer=lambda batch: starter.answer(np.ascontiguousarray(batch[:, :, ::-1])),
    )


def few_classes() -> LookedAt:
    return replace(
        load_looked_at("starter"),
        name="mobilenet_025",
        title="Few",
        key="few",
        classes=("yes", "no"),
        answer=lambda batch: np.tile(np.array([[0.25, 0.75]], np.float32), (len(batch), 1)),
    )


def broken() -> LookedAt:
    def answer(batch: np.ndarray) -> np.ndarray:
        return np.full((len(batch), 2), np.nan, np.float32)

    return replace(few_classes(), name="resnet50", title="Broken", key="broken", answer=answer)


@pytest.fixture(autouse=True)
def _networks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """ImageNet's networks are doubles without weights; the machine has no others."""
    doubles = {"mobilenet_v2": mirrored_starter, "mobilenet_025": few_classes, "resnet50": broken}
    monkeypatch.setenv("CNN_PLAYGROUND_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(network_pick, "imagenet_present", doubles.__contains__)
    real = network_pick.load_looked_at
    monkeypatch.setattr(network_pick, "load_looked_at", lambda name: doubles[name]() if name in doubles else real(name))
    monkeypatch.setattr(asked, "lite_network", lambda name: name in doubles or None)
    network_pick._network.clear()
    yield
    network_pick._network.clear()


def opened(view: str, **link: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=60)
    app.query_params.update({"predictions_view": view, **link})
    app.switch_page("predictions.py")
    return checked(app.run())


def checked(app: AppTest) -> AppTest:
    assert not app.exception, app.exception
    assert not app.error, [item.value for item in app.error]
    return app


def words(app: AppTest) -> str:
    """All that is written on the page, the bars too."""
    found = [*app.main.markdown, *app.main.caption, *app.main.info, *app.main.latex, *app.main.code]
    return "\n".join([*(element.value for element in found), *(part.proto.body for part in app.main.get("html"))])


def change(app: AppTest, kind: str, key: str, value: Any) -> str:
    """What is written once a control has been changed, which must be something else than before."""
    before = words(app)
    getattr(app, kind)(key=key).set_value(value)
    after = words(checked(app.run()))
    assert after != before, f"{key} changes nothing"
    return after


def test_answers_of_one_network_and_of_two() -> None:
    app = opened("Answers")
    answer = answer_about(load_looked_at("starter"), CAT)
    text = words(app)
    for label, value in answer.top(5):
        assert f"{label} {percent(value)}" in text
    assert answer.classes[int(answer.probabilities.argmin())] not in text.split("def ")[0].split("from photo")[0]
    text = change(app, "slider", "predictions_top", 10)
    assert f"{answer.top(10)[-1][0]} {percent(answer.top(10)[-1][1])}" in text
    text = change(app, "multiselect", "network_beside", ["mobilenet_v2", "mobilenet_025"])
    mirror = answer_about(mirrored_starter(), CAT)
    assert f"cat {percent(mirror.top(1)[0][1])}" in text
    assert "no 75.0 %; yes 25.0 %" in text
    assert app.query_params["network_beside"] == "mobilenet_v2,mobilenet_025"
    text = change(app, "selectbox", "network_name", "mobilenet_025")
    assert app.query_params["network_name"] == "mobilenet_025"
    # The first is not offered beside itself.
    assert app.multiselect(key="network_beside").value == ["mobilenet_v2"]
    again = opened("Answers", network_name="mobilenet_025", network_beside="mobilenet_v2", predictions_top="10")
    assert words(again).count("75.0 %") == words(app).count("75.0 %") > 0


def test_a_network_that_is_not_here_is_offered_with_size_and_licence(monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("Answers", network_name="vgg16")
    assert "VGG-16: 554 MB, licence CC BY 4.0" in words(app)

    def fail(name: str, **_: Any) -> None:
        raise InputError(f"{name} could not be downloaded", "Choose the starter")

    monkeypatch.setattr(network_pick, "download_imagenet", fail)
    app.button(key="network_imagenet_download").click().run()
    assert [error.value for error in app.error] == ["vgg16 could not be downloaded. Choose the starter."]
    assert len(app.selectbox(key="network_name").options) == len(IMAGENET) + 2


def test_a_name_in_the_link_that_is_none_and_one_for_another_page() -> None:
    assert "cat 85.1 %" in words(opened("Answers", network_name="../../etc"))
    app = opened("Answers", network_name="untrained:vgg16")
    assert app.selectbox(key="network_name").value == "starter"
    checked(app.run())
    assert app.session_state["network_name_kept"] == "untrained:vgg16", "a page that offers it still has it"


def test_several_photos_are_shown_opened_and_removed() -> None:
    app = opened("Answers", network_beside="mobilenet_025")
    app.segmented_control(key="predictions_material").set_value("Several photos").run()
    assert "Bring up to 24 photos" in words(checked(app))
    files = [
        ("a.png", png(CAT), "image/png"),
        ("b.png", png(sample("coffee")), "image/png"),
        ("c.png", b"x", "image/png"),
    ]
    app.file_uploader(key="predictions_photos_upload_0").set_value(files).run()
    text = words(checked(app))
    assert "cat 8" in text
    assert text.count("no 75.0 %") == 2
    assert len(app.warning) == 1, "a file that is no picture is named"
    buttons = [button for button in app.button if str(button.key).startswith("predictions_open_")]
    assert [button.label for button in buttons] == ["a.png", "b.png"]
    buttons[1].click().run()
    assert "The same in code" in [part.label for part in checked(app).expander]
    app.button(key="predictions_back").click().run()
    app.button(key="predictions_photos_clear").click().run()
    assert "Bring up to 24 photos" in words(checked(app))


def test_together_shows_every_vote_and_what_changed() -> None:
    app = opened("Together", picture_sample="Rocket")
    both = asked_together([load_looked_at("starter")], sample("rocket"), kinds=("flip",))
    text = words(app)
    assert (
        f"{both.label(both.combined.winner)}**, {percent(float(both.combined.members[0][both.alone]))} before" in text
    )
    assert text.count("<figure") == 2
    text = change(app, "button_group", "predictions_views", ["crops"])
    crops = asked_together([load_looked_at("starter")], sample("rocket"), kinds=("crops",))
    assert crops.alone != crops.combined.winner
    assert f"from **{crops.label(crops.alone)}** to **{crops.label(crops.combined.winner)}**" in text
    assert text.count("<figure") == 6
    assert text.count("✓") == crops.agreeing
    for method, formula in (("logits", "\\bar z_k"), ("vote", "arg\\,max")):
        assert formula in change(app, "radio", "predictions_method", method)
    vote = asked_together([load_looked_at("starter")], sample("rocket"), kinds=("crops",), method="vote")
    assert f"{vote.label(vote.combined.winner)} {percent(float(vote.combined.probabilities.max()))}" in words(app)
    change(app, "slider", "predictions_top", 3)
    change(app, "multiselect", "network_beside", ["mobilenet_v2"])
    text = change(app, "slider", "predictions_weight_1", 0.0)
    same = asked_together(
        [load_looked_at("starter"), mirrored_starter()],
        sample("rocket"),
        kinds=("crops",),
        method="vote",
        weights=[1, 0],
    )
    assert f"{same.label(same.combined.winner)} {percent(float(same.combined.probabilities.max()))}" in text
    app.slider(key="predictions_weight_0").set_value(0.0).run()
    assert "of which one is above 0" in app.error[0].value


def test_networks_of_other_classes_are_told_kindly() -> None:
    app = opened("Together", network_beside="mobilenet_025")
    assert "**Starter** knows 10 classes, **Few** knows 2 classes" in words(app)
    app = opened("Together", predictions_views="")
    app.button_group(key="predictions_views").set_value([]).run()
    assert "nothing is combined yet" in words(checked(app))


def test_an_answer_of_nan_is_told() -> None:
    for view in ("Answers", "Together", "Preprocessing"):
        app = AppTest.from_file(MAIN, default_timeout=60)
        app.query_params.update({"predictions_view": view, "network_name": "resnet50"})
        app.switch_page("predictions.py").run()
        assert not app.exception
        assert "Broken answers with NaN or infinite numbers" in app.error[0].value


def test_preprocessing_shows_the_way_and_the_mistakes() -> None:
    app = opened("Preprocessing")
    network = load_looked_at("starter")
    text = words(app)
    for title, way in mistakes_of(network.preparation).items():
        found = prepared_in(network, CAT, way, title=title)
        assert f"<b>{found.answer.top(1)[0][0]}</b> {escape(percent(found.answer.top(1)[0][1]))}" in text
    text = change(app, "selectbox", "predictions_mistake", "BGR instead of RGB")
    assert "airplane 40.7 %" in text
    assert "Rightly prepared: cat, 85.1 %" in text
    # Another network has other mistakes: one that it cannot make is not looked at.
    app.selectbox(key="predictions_mistake").set_value("cropped to the middle instead of whole").run()
    app.selectbox(key="network_name").set_value("own").run()
    assert "Bring a network that classifies photos" in words(checked(app))


@pytest.mark.parametrize(
    ("view", "name"), [("Answers", "answers"), ("Together", "together"), ("Preprocessing", "preprocessing")]
)
def test_presets_show_what_they_promise(view: str, name: str) -> None:
    chosen = {"answers": presets.ANSWERS, "together": presets.TOGETHER, "preprocessing": presets.PREPROCESSING}[name]
    app = opened(view)
    for number, (title, (hint, values)) in enumerate(chosen.items()):
        app.button(key=f"predictions_{name}_preset_{number}").click().run()
        assert f"**{title}.** {hint}" in words(checked(app))
        for key, value in values.items():
            assert app.session_state[key] == value, (title, key)


def test_the_presets_hints_are_true() -> None:
    starter = load_looked_at("starter")
    rocket = asked_together([starter], sample("rocket"), kinds=("crops",))
    assert (rocket.label(rocket.alone), rocket.label(rocket.combined.winner)) == ("ship", "bird")
    white = prepared_in(starter, sample("rocket"), mistakes_of(starter.preparation)["not scaled: 0 to 255"], title="")
    assert white.answer.top(1)[0][1] > 0.999
    assert answer_about(starter, sample("coffee")).top(1)[0] == ("cat", pytest.approx(0.43, abs=0.01))


def run_code(code: str, folder: Path, monkeypatch: pytest.MonkeyPatch, pixels: np.ndarray) -> dict[str, Any]:
    monkeypatch.chdir(folder)
    Path("picture.png").write_bytes(png(pixels))
    scope: dict[str, Any] = {}
    exec(code, scope)
    return scope


@pytest.mark.usefixtures("capsys")
def test_the_code_gives_the_numbers_of_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    starter, rocket = load_looked_at("starter"), sample("rocket")
    scope = run_code(answer_code(starter, top=3)["CNN Playground"], tmp_path, monkeypatch, rocket)
    np.testing.assert_allclose(scope["answer"].probabilities, answer_about(starter, rocket).probabilities, atol=1e-6)
    for method in ("probabilities", "logits", "vote"):
        given = {"kinds": ("flip",), "method": method, "weights": [2.0, 1.0]}
        scope = run_code(together_code([starter, starter], **given)["Python"], tmp_path, monkeypatch, rocket)
        other = replace(starter, key="the same again")
        both = asked_together([starter, other], rocket, **given)
        np.testing.assert_allclose(scope["probabilities"], both.combined.probabilities, atol=1e-5)
        assert scope["answer"] == both.label(both.combined.winner)
    mistake = mistakes_of(starter.preparation)["as ResNet-50 and VGG-16 want it: BGR, the mean colour subtracted"]
    scope = run_code(preparing_code(starter, mistake)["Python"], tmp_path, monkeypatch, rocket)
    found = prepared_in(starter, rocket, mistake, title="")
    np.testing.assert_array_equal(scope["numbers"], found.numbers)
    np.testing.assert_allclose(scope["probabilities"], found.answer.probabilities, atol=1e-6)


def test_a_file_of_ones_own_is_read_as_its_options_say() -> None:
    """The starter's LiteRT file has two outputs: opened in a child, it is told that it gives no classes."""
    app = opened("Answers", network_name="own", network_own_side="64")
    assert ".keras, .onnx or .tflite" in words(app)
    data = (MODELS / starter_card("starter_classifier").lite.name).read_bytes()
    app.file_uploader(key="network_own_upload_0").set_value([("mine.tflite", data, "")]).run()
    assert "mine.tflite gives no list of classes" in app.error[0].value
    for name in ("placement", "pixels", "order", "outputs"):
        assert app.selectbox(key=f"network_own_{name}").value == "auto"
    app.text_area(key="network_own_names").set_value("a\nb").run()
    assert "Leave the class names empty" in app.error[0].value
