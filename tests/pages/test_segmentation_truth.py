"""The tab Truth of the segmentation page, in AppTest: every control, and figures against a plain computation."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from cnn_core.drawing import png
from cnn_core.mask_files.coco_masks import write_coco_masks
from cnn_core.mask_files.label_runs import runs_from_labels
from cnn_core.mask_files.palette_picture import write_palette_png
from cnn_core.masks import decided
from cnn_core.samples import sample, sample_scene
from cnn_core.segmentation.loading import load_segmenter
from pages.ui import mask_painter

MAIN = str(Path(__file__).parents[2] / "pages" / "main.py")
SHAPES = "starter_segmenter_shapes"
SCENE = sample_scene(11)
MASKS = load_segmenter(SHAPES).look(SCENE.image)
SCENE_TRUTH = SCENE.label_map.astype(np.uint8)


def page(**query: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=60)
    app.query_params["segmentation_view"] = "Truth"
    app.query_params["picture_sample"] = "Scene with ground truth"
    app.query_params["picture_scene"] = "11"
    for name, value in query.items():
        app.query_params[name] = value
    app.switch_page("segmentation.py").run()
    return checked(app)


def checked(app: AppTest) -> AppTest:
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    kinds = (app.main.markdown, app.main.caption, app.main.info, app.main.warning, app.main.error)
    return "\n".join(item.value for kind in kinds for item in kind)


def legends(app: AppTest) -> str:
    return "".join(item.proto.body for item in app.main.get("html"))


def pictures(app: AppTest) -> list[str]:
    return [image.alt for element in app.main.get("image") for image in element.proto.imgs]


def paint(monkeypatch: pytest.MonkeyPatch, app: AppTest, labels: np.ndarray, photo: str = "") -> None:
    """What the browser sends when a stroke has ended."""
    proto = next(item.proto for item in app.main.get("bidi_component") if item.proto.id.endswith("truth_painter"))
    data = json.loads(proto.mixed.json if proto.HasField("mixed") else proto.json)
    sent = {"edit": {"runs": runs_from_labels(labels), "photo": photo or data["key"], "turn": data["turn"] + 1}}
    app.session_state["picture_session"] = token = "a" * 43
    state = {"painter": sent, "painted": None, "picture_session": token}
    with monkeypatch.context() as patch:
        patch.setattr(st, "session_state", state)
        mask_painter.take_painting("painter", "painted", (384, 384), data["key"], tuple(data["names"]))
    if state["painted"]:
        app.session_state["segmentation_truth_painted"] = state["painted"]
    app.run()


def assert_figures(app: AppTest, truth: np.ndarray, found: np.ndarray, shown: str = "") -> None:
    """The figures on screen are those of a plain confusion matrix, and the snippet prints them."""
    known = truth != 255
    rows = {}
    for label, name in enumerate(MASKS.names):
        hits = int((known & (truth == label) & (found == label)).sum())
        false, missed = (
            int((known & (truth != label) & (found == label)).sum()),
            int((known & (truth == label) & (found != label)).sum()),
        )
        if hits + false + missed:
            rows[name] = (hits, false, missed)
    ious = [hits / (hits + false + missed) for hits, false, missed in rows.values()]
    dices = [2 * hits / (2 * hits + false + missed) for hits, false, missed in rows.values()]
    accuracy = (truth == found)[known].mean()
    values = {item.label: item.value for item in checked(app).metric}
    assert values["Mean IoU"] == f"{np.mean(ious):.3f}"
    assert values["Mean Dice"] == f"{np.mean(dices):.3f}"
    assert values["Pixel accuracy"] == f"{accuracy:.3f}"
    table = next(item.value for item in app.main.markdown if "Boundary F1" in item.value)
    for name, counts in rows.items():
        assert f"| {name} | " + " | ".join(f"{count:,}" for count in counts) in table
    formula = "\n".join(item.value for item in app.latex)
    shown = shown or MASKS.names[1 + int(np.bincount(truth[known], minlength=7)[1:].argmax())]
    hits, false, missed = (f"{count:,}".replace(",", r"\,") for count in rows[shown])
    assert rf"\frac{{{hits}}}{{{hits} + {false} + {missed}}}" in formula


def test_a_scene_has_its_own_truth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    app = page()
    assert_figures(app, SCENE_TRUTH, MASKS.labels)
    assert any("with the true mask" in alt for alt in pictures(app))
    app.slider("segmentation_truth_threshold").set_value(0.9).run()
    found = decided(MASKS, 0.9)
    assert_figures(app, SCENE_TRUTH, found)
    assert any("undecided" in alt for alt in pictures(app))
    app.selectbox("segmentation_truth_class").set_value("star").run()
    assert_figures(app, SCENE_TRUTH, found, "star")
    missed = ((SCENE_TRUTH == 4) & (found != 4)).sum()
    assert any(f"missed (FN) {missed:,}" in alt for alt in pictures(app))
    # The same in code reads what can be downloaded, and prints what is on screen.
    monkeypatch.chdir(tmp_path)
    Path("picture.png").write_bytes(png(SCENE.pixels))
    Path("truth.png").write_bytes(write_palette_png(SCENE_TRUTH, colours=MASKS.colours))
    namespace: dict = {}
    exec(next(item.value for item in app.main.code if "TP" in item.value), namespace)
    values = {item.label: item.value for item in app.metric}
    assert f"{namespace['iou'].mean():.3f}" == values["Mean IoU"]
    assert f"{namespace['dice'].mean():.3f}" == values["Mean Dice"]
    assert f"{namespace['accuracy']:.3f}" == values["Pixel accuracy"]
    assert f"{namespace['boundary']:.3f}" == values["Boundary F1"]
    assert f"boundary F1    {namespace['boundary']:.4f}".rstrip("0") in capsys.readouterr().out
    names = {button.proto.label for button in app.main.get("download_button")}
    assert {"figures.csv", "truth.png", "mistakes.png", "picture.png"} <= names


def test_presets_teach_what_they_say() -> None:
    app = page()
    seen, counts = [], []
    for number in range(5):
        app.button(f"segmentation_truth_preset_{number}").click().run()
        seen.append({item.label: item.value for item in checked(app).metric})
        figures = app.session_state["segmentation_truth_compared"][1]
        counts.append([sum(figures.counts(label)[place] for label in figures.present) for place in (1, 2)])
    first, sure, absent, coarse = ({name: float(value) for name, value in one.items()} for one in seen[:4])
    assert first["Boundary F1"] > 0.995 > first["Mean IoU"] > 0.98
    assert counts[1][0] < counts[0][0] / 100
    assert counts[1][1] > 5 * counts[0][1]
    assert absent["Mean IoU"] < 0.75 < sure["Mean IoU"]
    assert first["Boundary F1"] - coarse["Boundary F1"] > first["Mean IoU"] - coarse["Mean IoU"] > 0
    assert seen[4] == {}
    app.button("segmentation_truth_start").click().run()
    assert {item.value for item in checked(app).metric} == {"1.000"}


def test_a_painted_mask_is_kept_for_this_photo_and_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    app = page(segmentation_truth_source="Paint it")
    assert "nothing to compare with yet" in words(app)
    truth = np.zeros((384, 384), np.uint8)
    truth[100:200, 100:220] = 1
    paint(monkeypatch, app, truth)
    assert_figures(app, truth, MASKS.labels)
    digest = app.query_params["segmentation_truth_painted"]
    assert len(digest) == 16
    truth[100:200, 100:150] = 255
    paint(monkeypatch, app, truth)
    assert_figures(app, truth, MASKS.labels)
    for wrong in (truth[:5], np.full((384, 384), 9, np.uint8)):
        paint(monkeypatch, app, wrong)
        assert_figures(app, truth, MASKS.labels)
    paint(monkeypatch, app, truth * 0, photo="another photo")
    assert_figures(app, truth, MASKS.labels)
    # Another photo starts empty; back again the mask is there.
    app.session_state["picture_scene"] = 12
    app.run()
    assert "nothing to compare with yet" in words(checked(app))
    app.session_state["picture_scene"] = 11
    app.run()
    assert_figures(app, truth, MASKS.labels)
    # A link that is passed on shows nobody else's mask.
    other = page(segmentation_truth_source="Paint it", segmentation_truth_painted=digest)
    assert "kept only for the browser that painted it" in words(other)


def test_mask_files() -> None:
    app = page(segmentation_truth_source="A mask file", segmentation_model="Shapes (starter)")
    assert "Choose a mask file" in words(app)

    def upload(turn: int, name: str, content: bytes) -> None:
        app.file_uploader(f"segmentation_truth_file_{turn}").set_value([(name, content, "")]).run()
        checked(app)

    upload(0, "half.png", write_palette_png(SCENE_TRUTH[::2, ::2], colours=MASKS.colours))
    half = SCENE_TRUTH[::2, ::2].repeat(2, axis=0).repeat(2, axis=1)
    assert_figures(app, half, MASKS.labels)
    assert "192 x 192 pixels, the photo 384 x 384" in words(app).replace("\\", "")
    assert "right: " in legends(app)
    upload(1, "a.json", write_coco_masks([("b.jpg", SCENE_TRUTH)], names=MASKS.names).encode())
    assert_figures(app, SCENE_TRUTH, MASKS.labels)
    upload(2, "wide.png", png(np.zeros((10, 30, 3), np.uint8)))
    assert "another shape than the photo" in app.error[0].value
    upload(3, "white.png", png(((SCENE_TRUTH == 6) * np.uint8(255))[..., None].repeat(3, axis=2)))
    app.selectbox("segmentation_truth_white").set_value("cross").run()
    assert_figures(app, np.where(SCENE_TRUTH == 6, 6, 0), MASKS.labels)
    colours = np.array([[0, 0, 0], *[[9 * k, 200, 7] for k in range(1, 7)]], np.uint8)
    upload(4, "colours.png", png(colours[SCENE_TRUTH]))
    assert "guessed" in words(app)
    table = "\n".join(f"{' '.join(map(str, colour))} {label}" for label, colour in enumerate(colours.tolist()))
    app.text_area("segmentation_truth_table").set_value(table).run()
    assert_figures(app, SCENE_TRUTH, MASKS.labels)
    app.segmented_control("segmentation_truth_way").select("numbers").run()
    assert "colours, not class numbers" in checked(app).error[0].value
    app.segmented_control("segmentation_truth_way").select("auto").run()
    app.text_area("segmentation_truth_table").set_value("red = circle").run()
    assert "Line 1 of the colour table" in checked(app).error[0].value
    # On an empty mask nothing is green: the legend does not name what is not there.
    app.text_area("segmentation_truth_table").set_value("").run()
    upload(5, "empty.png", png(np.zeros((10, 10), np.uint8)))
    assert "false (FP): " in legends(app)
    assert "right: " not in legends(app)
    app.button("segmentation_truth_remove").click().run()
    assert "Choose a mask file" in words(checked(app))


def test_a_segmenter_of_other_things_says_so() -> None:
    app = page(segmentation_model="People (starter)")
    assert "knows none of the scene's shapes" in app.error[0].value


def test_the_sample_photo_has_no_truth_of_its_own() -> None:
    app = page(picture_sample="Cat")
    assert list(app.segmented_control("segmentation_truth_source").options) == [
        "Paint it",
        "A mask file",
    ]
    assert sample("cat").shape[0] == 300
    assert Image.open(io.BytesIO(png(sample("cat")))).size == (451, 300)
