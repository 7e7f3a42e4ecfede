"""The tabs From tensor to box and IoU and AP of the detection page, in AppTest: every control, link and message."""

import json
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from cnn_core.box_matching import Truth
from cnn_core.box_overlap import overlap
from cnn_core.boxes import Boxes
from cnn_core.detection.candidates import LEAST_SCORE, Candidates, GridHead, found
from cnn_core.detection.cell_formula import cell_box, telling_cells
from cnn_core.detection.detector import Detector
from cnn_core.detection.heads import read_grids
from cnn_core.detection.loading import load_detector
from cnn_core.detection.trace import trace
from cnn_core.detection.truth import in_classes, outcomes, ranked_curve, rule_precision
from cnn_core.letterbox import letterbox
from cnn_core.samples import sample_scene
from cnn_core.scenes import CLASSES
from pages.detection_tabs import answer
from pages.ui.cell_grid import take_cell

MAIN = str(Path(__file__).parents[2] / "pages" / "main.py")
SCENE = sample_scene(0)
DETECTOR = load_detector("starter_detector_shapes")
SEEN = DETECTOR.look(SCENE.image)
NINTH = DETECTOR.look(sample_scene(9).image)


def page(view: str, *, part: str = "", **query: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=60)
    app.query_params["detection_view"] = view
    app.query_params["picture_sample"] = "Scene with ground truth"
    if part:
        name = "detection_tensor_part" if view == "From tensor to box" else "detection_overlap_part"
        app.query_params[name] = part
    for name, value in query.items():
        app.query_params[name] = value
    app.switch_page("detection.py").run()
    return checked(app)


def checked(app: AppTest) -> AppTest:
    assert not app.exception
    return app


def component(app: AppTest, key: str) -> dict:
    proto = next(item.proto for item in app.main.get("bidi_component") if item.proto.id.endswith(key))
    # Arrays travel beside the rest.
    return json.loads(proto.mixed.json if proto.HasField("mixed") else proto.json)


def formulas(app: AppTest) -> str:
    return "\n".join(element.value for element in app.latex)


def words(app: AppTest) -> str:
    kinds = (app.main.markdown, app.main.caption, app.main.success, app.main.warning, app.main.info, app.main.text)
    return "\n".join(item.value for kind in kinds for item in kind)


def run_code(app: AppTest) -> dict:
    namespace: dict = {}
    exec(app.main.code[0].value, namespace)
    return namespace


def assert_cell(app: AppTest, row: int, column: int) -> None:
    box = cell_box(SEEN.heads[0], SEEN.framed, row, column, classes=DETECTOR.classes)
    shown = component(checked(app), "detection_cell_photo")["marks"][0]
    np.testing.assert_allclose(shown["corners"], box.corners, rtol=1e-5)
    assert shown["caption"] == f"{box.name} {box.score:.2f}"
    assert rf"\mathbf{{{box.cell.centre[0]:.1f}}}" in formulas(app)
    assert rf"\mathbf{{{box.score:.3f}}}" in formulas(app)
    assert f"row {row}, column {column}" in words(app)
    made = run_code(app)
    np.testing.assert_allclose(made["corners"], box.corners, atol=0.01)
    assert made["score"] == pytest.approx(box.score, abs=1e-5)


def test_one_cell():
    app = page("From tensor to box")
    cells = telling_cells(SEEN.heads[0])
    assert_cell(app, *cells["best"])
    assert component(app, "detection_cell_grid")["classes"] == list(DETECTOR.classes)
    app.number_input("detection_cell_row").set_value(3).run()
    assert_cell(app, 3, cells["best"][1])
    app.number_input("detection_cell_column").set_value(7).run()
    assert_cell(app, 3, 7)
    for number, name in enumerate(("best", "neighbour", "empty")):
        app.button(f"detection_cell_preset_{number}").click().run()
        assert_cell(app, *cells[name])


def test_one_cell_from_the_link_and_by_a_click_of_the_browser(monkeypatch):
    assert_cell(page("From tensor to box", detection_cell_row="5", detection_cell_column="9"), 5, 9)
    state: dict = {"grid": {"cell": [4, 2]}}
    monkeypatch.setattr(st, "session_state", state)
    monkeypatch.setattr(st, "query_params", {})
    take_cell("grid", "row", "column", (24, 24))
    assert (state["row"], state["column"]) == (4, 2)
    for sent in ([24, 0], [0, -1], ["1", "2"], [1.5, 2], [1], None, {}):
        state["grid"] = {"cell": sent}
        take_cell("grid", "row", "column", (24, 24))
    assert (state["row"], state["column"]) == (4, 2)


def stand_in(monkeypatch: pytest.MonkeyPatch, seen: Candidates, names: tuple[str, ...]) -> None:
    """The page asks a detector that gives these candidates."""
    detector = Detector("stand_in", "Stand-in", names, "", "candidates = None", lambda _: seen)
    monkeypatch.setattr(answer, "detector_of", lambda _: detector)
    monkeypatch.setattr(answer, "candidates_of", lambda *_: seen)
    for tab in ("tensor", "precision"):
        module = __import__(f"pages.detection_tabs.{tab}", fromlist=[tab])
        monkeypatch.setattr(module, "candidates_of", lambda *_: seen)


def test_grids_of_several_strides(monkeypatch):
    random = np.random.default_rng(0)
    heads = [GridHead(random.random((384 // s, 384 // s, 7)).astype(np.float32), s, 0.0, True) for s in (64, 128)]
    heads[1].raw[1, 2, 4:] = 1
    framed = letterbox(SCENE.image, 384, centred=False)
    stand_in(monkeypatch, read_grids(heads, framed, names=("cat", "dog")), ("cat", "dog"))
    app = page("From tensor to box")
    assert component(app, "detection_cell_grid")["stride"] == 128
    assert "row 1, column 2" in words(app)
    app.segmented_control("detection_cell_head").select(0).run()
    assert component(checked(app), "detection_cell_grid")["stride"] == 64
    app.number_input("detection_cell_row").set_value(5).run()
    app.segmented_control("detection_cell_head").select(1).run()
    assert checked(app).number_input("detection_cell_row").value == 2
    # YOLOX counts from the cell's corner, and its scores are probabilities.
    assert "s\\,(j + t_x)" in formulas(app)
    assert "\\sigma" not in formulas(app)


def test_a_detector_without_a_grid_says_so(monkeypatch):
    boxes = Boxes([[10, 10, 90, 90], [12, 10, 90, 90]], [0, 0], [0.9, 0.8], ("![cat](http://a.b/c) | 1",))
    stand_in(monkeypatch, Candidates(boxes, (384, 384), suppressed=True), boxes.names)
    app = page("From tensor to box")
    assert "finished boxes" in app.main.info[0].value
    app.segmented_control("detection_tensor_part").select("Overlapping boxes").run()
    assert "suppresses overlapping boxes itself" in checked(app).main.info[0].value
    assert "Box 1 is kept" in words(app)
    # A class name from a file is a word and no Markdown.
    assert "![cat]" not in words(app) + "".join(button.label for button in app.button)


def assert_step(app: AppTest, number: int, *, seen=SEEN, threshold=0.35, iou_threshold=0.5, agnostic=False) -> int:
    boxes = seen.boxes[seen.boxes.scores >= threshold][:40]
    steps = trace(boxes, iou_threshold=iou_threshold, agnostic=agnostic)
    step = steps[number - 1]
    said = words(checked(app))
    assert f"Step **{number}** of {len(steps)}" in said
    assert f"Box {step.kept + 1} is kept" in said
    marks = component(app, "detection_nms_picture")["marks"]
    assert [mark["caption"] for mark in marks if mark["strong"]] == [f"{step.kept + 1} kept now"]
    assert sum(mark["crossed"] for mark in marks) == step.suppressed.sum()
    assert len(marks) == len(step.waiting) + number
    assert run_code(app)["kept"] == [one.kept for one in steps]
    return len(steps)


def test_suppression_step_by_step():
    app = page("From tensor to box", part="Overlapping boxes", detection_nms_predict="false")
    assert_step(app, 1)
    app.button("detection_nms_next").click().run()
    assert_step(app, 2)
    app.slider("detection_nms_step").set_value(4).run()
    assert_step(app, 4)
    assert "Done: 4 of 38" in words(app)
    assert app.button("detection_nms_next").disabled
    app.button("detection_nms_back").click().run()
    assert_step(app, 3)
    app.slider("detection_iou").set_value(0.9).run()
    assert_step(app, 3, iou_threshold=0.9)
    app.toggle("detection_agnostic").set_value(True).run()
    assert_step(app, 3, iou_threshold=0.9, agnostic=True)
    app.slider("detection_threshold").set_value(0.9).run()
    assert_step(app, 3, threshold=0.9, iou_threshold=0.9, agnostic=True)
    counts = []
    for number, options in enumerate(({}, {"iou_threshold": 0.9}, {"iou_threshold": 0.1, "agnostic": True})):
        app.button(f"detection_nms_preset_{number}").click().run()
        counts.append(assert_step(app, 1, seen=NINTH, **options))
    # As the presets say.
    assert counts == [4, 8, 3]
    app.slider("detection_threshold").set_value(0.99).run()
    assert "No box reaches a score of 0.99" in app.main.info[0].value
    assert_step(
        page("From tensor to box", part="Overlapping boxes", detection_nms_step="3", detection_nms_predict="false"), 3
    )


def test_the_guess_comes_before_the_answer():
    app = page("From tensor to box", part="Overlapping boxes")
    step = trace(SEEN.boxes[SEEN.boxes.scores >= 0.35], iou_threshold=0.5)[0]
    going = step.waiting[step.suppressed].tolist()
    picture = component(app, "detection_nms_picture")
    assert picture["selectable"]
    assert not any(mark["crossed"] for mark in picture["marks"])
    assert "| IoU" not in words(app)
    asked = [
        int(b.key.rsplit("_", 1)[1])
        for b in app.button
        if b.key.startswith("detection_nms_guess_") and b.key[-1] != "e"
    ]
    assert set(asked) & set(going)
    assert set(asked) - set(going)
    app.button(f"detection_nms_guess_{next(place for place in asked if place in going)}").click().run()
    assert "**Right**" in checked(app).main.success[0].value
    assert "| IoU" in words(app)
    assert sum(mark["crossed"] for mark in component(app, "detection_nms_picture")["marks"]) == len(going)
    app.button("detection_nms_next").click().run()
    app.button("detection_nms_guess_none").click().run()
    assert "**Not so**, you said no box" in checked(app).main.warning[0].value
    app.button("detection_nms_next").click().run()
    # A click on the box that is kept is no guess.
    app.session_state["detection_nms_pick"] = 0
    app.run()
    assert "Choose one that waits" in words(checked(app))
    assert "Which box goes" in words(app)
    # A click on the second mark of the picture: the best box that waits.
    app.session_state["detection_nms_pick"] = 1
    app.run()
    assert "you said box" in words(checked(app))
    # What was answered stays answered.
    app.button("detection_nms_back").click().run()
    assert "**Not so**, you said no box" in words(checked(app))


def assert_pair(app: AppTest, first: tuple, second: tuple) -> None:
    values = overlap(first, second).values
    said = words(checked(app))
    for name, value in values.items():
        assert f"| {value:.3f} | **{1 - value:.3f}** |" in said
        assert rf"\mathbf{{{value:.3f}}}" in formulas(app)
        assert float(run_code(app)[name]) == pytest.approx(value)
    assert [box[:4] for box in component(app, "detection_pair_editor")["editor"]["boxes"]] == [
        list(first),
        list(second),
    ]


def test_two_boxes():
    app = page("IoU and AP", detection_pair_boxes="A 10 10 110 60; B 60 20 160 90")
    assert_pair(app, (10, 10, 110, 60), (60, 20, 160, 90))
    app.text_input("detection_pair_boxes").set_value("B 0 0 50 50; A 200 200 250 300").run()
    values = overlap((200, 200, 250, 300), (0, 0, 50, 50)).values
    assert f"{values['giou']:.3f}" in words(checked(app))
    chart = json.loads(app.main.get("plotly_chart")[0].proto.spec)
    assert [line["name"] for line in chart["data"]] == ["IoU", "GIoU", "DIoU", "CIoU"]
    app.text_input("detection_pair_boxes").set_value("A 0 0 50 50").run()
    assert "Two boxes are needed" in checked(app).main.info[0].value
    app.text_input("detection_pair_boxes").set_value("cat 1 2 3").run()
    assert len(checked(app).error) == 1
    side = 384
    for number, (first, second) in enumerate(
        [
            ((0.1, 0.3, 0.45, 0.7), (0.45, 0.3, 0.8, 0.7)),
            ((0.04, 0.3, 0.24, 0.6), (0.72, 0.3, 0.92, 0.6)),
            ((0.1, 0.1, 0.9, 0.9), (0.55, 0.55, 0.85, 0.85)),
            ((0.2, 0.4, 0.8, 0.6), (0.4, 0.2, 0.6, 0.8)),
        ]
    ):
        app.button(f"detection_pair_preset_{number}").click().run()
        assert_pair(app, *(tuple(round(side * part) for part in box) for box in (first, second)))
    assert_pair(page("IoU and AP"), (69, 84, 223, 276), (146, 134, 315, 326))


def assert_precision(app: AppTest, scene=0, *, threshold=0.35, match=0.5, iou_threshold=0.5, rule="coco") -> tuple:
    drawn = sample_scene(scene)
    truth, _ = in_classes(Truth(Boxes(drawn.boxes, drawn.labels, None, CLASSES)), DETECTOR.classes)
    ranked = found(DETECTOR.look(drawn.image), threshold=LEAST_SCORE, iou_threshold=iou_threshold)
    at = outcomes(truth, ranked, threshold=threshold, iou_threshold=match)
    assert [item.value for item in checked(app).metric] == [str(at.hits), str(at.false_alarms), str(at.misses)]
    kinds = {"true positive": "✓ TP", "false positive": "✕ FP", "missed": "FN"}
    rows = [mark["cells"] for mark in component(app, "detection_precision_picture")["marks"]]
    assert [row[1] for row in rows] == [kinds[row.kind] for row in at.rows]
    label = DETECTOR.classes.index(app.selectbox("detection_precision_class").value)
    curve = ranked_curve(truth, ranked, label=label, rule=rule, iou_threshold=match)
    average = rule_precision(curve, rule)
    assert f"AP of {DETECTOR.classes[label]} = {average:.3f}" in words(app)
    chart = {line["name"]: line for line in json.loads(app.main.get("plotly_chart")[0].proto.spec)["data"]}
    np.testing.assert_allclose(chart["each detection"]["y"], curve.precision)
    np.testing.assert_allclose(chart["each detection"]["x"], curve.recall)
    assert ("at the threshold" in chart) == bool((curve.scores >= threshold).any())
    assert float(run_code(app)["ap"]) == pytest.approx(average)
    return at.hits, at.false_alarms, at.misses


def test_truth_and_average_precision():
    app = page("IoU and AP", part="Truth and AP")
    assert_precision(app)
    app.slider("detection_threshold").set_value(0.02).run()
    assert_precision(app, threshold=0.02)
    app.slider("detection_precision_match").set_value(0.9).run()
    assert_precision(app, threshold=0.02, match=0.9)
    app.slider("detection_iou").set_value(0.85).run()
    assert_precision(app, threshold=0.02, match=0.9, iou_threshold=0.85)
    for rule in ("voc07", "area"):
        app.segmented_control("detection_precision_rule").select(rule).run()
        assert_precision(app, threshold=0.02, match=0.9, iou_threshold=0.85, rule=rule)
    app.selectbox("detection_precision_class").set_value("circle").run()
    assert_precision(app, threshold=0.02, match=0.9, iou_threshold=0.85, rule="area")
    counts = []
    for number, (scene, threshold, match) in enumerate(
        ((290, 0.35, 0.5), (372, 0.88, 0.5), (372, 0.01, 0.5), (290, 0.35, 0.9))
    ):
        app.button(f"detection_precision_preset_{number}").click().run()
        assert app.selectbox("detection_precision_class").value == ("triangle" if scene == 372 else "star")
        counts.append(assert_precision(app, scene, threshold=threshold, match=match, rule="area"))
    assert (counts[0], counts[1][1], counts[2][2]) == ((6, 1, 0), 0, 0)
    assert counts[3][1] > counts[0][1]


def test_truth_drawn_by_hand():
    app = page("IoU and AP", part="Truth and AP", detection_truth_source="Draw them")
    assert "at least one true box" in words(app)
    assert [item.value for item in app.metric] == ["0", "4", "0"]
    app.button("detection_truth_start").click().run()
    assert [item.value for item in checked(app).metric] == ["4", "0", "0"]
    text = app.text_input("detection_truth_boxes").value
    assert text.count("ring") == 4
    app.text_input("detection_truth_boxes").set_value(text + "; star 1 1 40 40").run()
    assert [item.value for item in checked(app).metric] == ["4", "0", "1"]
    app.text_input("detection_truth_boxes").set_value("zebra 1 1 40 40").run()
    assert "zebra" in checked(app).error[0].value
    app.text_input("detection_truth_boxes").set_value("").run()
    app.button("detection_truth_start").click().run()
    app.button("detection_truth_clear").click().run()
    assert "at least one true box" in words(checked(app))


def test_truth_from_files():
    app = page("IoU and AP", part="Truth and AP", detection_truth_source="Annotation files")
    left, top, right, bottom = SCENE.boxes[0].tolist()
    name = CLASSES[SCENE.labels[0]]
    sides = [(left + right) / 768, (top + bottom) / 768, (right - left) / 384, (bottom - top) / 384]
    line = f"0 {' '.join(map(str, sides))}\n1 0.5 0.5 0 0.1"
    files = [("scene.txt", line.encode(), "text/plain"), ("classes.txt", f"{name}\nowl".encode(), "text/plain")]
    app.file_uploader("detection_truth_files_0").set_value(files).run()
    said = words(checked(app))
    assert "1 true box for this photo" in said
    assert "has no width" in said
    hits, _, misses = (int(item.value) for item in app.metric)
    assert hits + misses == 1
    # Kept while other tabs are open.
    app.session_state["detection_view"] = "Boxes"
    app.run()
    app.session_state["detection_view"] = "IoU and AP"
    app.run()
    assert "1 true box for this photo" in words(checked(app))
    app.file_uploader("detection_truth_files_1").set_value([("a.json", b"{broken", "application/json")]).run()
    assert "a.json" in checked(app).error[0].value
    app.button("detection_truth_remove").click().run()
    assert "at least one true box" in words(checked(app))
    assert not app.error
    many = [(f"{number}.txt", b"0 0.5 0.5 0.1 0.1", "text/plain") for number in range(21)]
    app.file_uploader("detection_truth_files_2").set_value(many).run()
    assert "too many annotations" in checked(app).error[0].value
