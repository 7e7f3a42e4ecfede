"""The tab Boxes of the detection page: each control changes what is shown, and the network is asked once."""

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from cnn_core.blood_smear import blood_smear
from cnn_core.detection import starters
from cnn_core.detection.candidates import METHODS, Candidates, found
from cnn_core.detection.loading import load_detector
from cnn_core.drawing import png
from cnn_core.errors import InputError
from cnn_core.hub_preset import HubPreset
from cnn_core.images import to_float
from cnn_core.samples import CELLS, sample, sample_scene
from cnn_core.samples import SCENE as SCENE_SAMPLE
from pages.detection_tabs import answer, film, gallery, hub_model, own_model
from pages.detection_tabs.presets import PRESETS
from pages.ui import photo_shelf
from pages.ui.picture import Picture
from pages.ui.picture_names import picture_key

MAIN = str(Path(__file__).parents[2] / "pages" / "main.py")
SCENE = 3
DETECTOR = "starter_detector_shapes"


@pytest.fixture(scope="module")
def candidates() -> Candidates:
    return load_detector(DETECTOR).look(to_float(sample_scene(SCENE).pixels))


def page(**query: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=60)
    app.query_params["picture_sample"] = "Scene with ground truth"
    app.query_params["picture_scene"] = str(SCENE)
    for name, value in query.items():
        app.query_params[name] = value
    return checked(app.switch_page("detection.py").run())


def checked(app: AppTest) -> AppTest:
    assert not app.exception, app.exception
    assert not app.error, [item.value for item in app.error]
    return app


def component(app: AppTest, key: str = "detection_picture") -> dict[str, Any]:
    return next(json.loads(item.proto.json) for item in app.main.get("bidi_component") if item.proto.id.endswith(key))


def shown(app: AppTest, key: str = "detection_picture") -> list[tuple[str, list[float]]]:
    return [(mark["group"], mark["corners"]) for mark in component(app, key)["marks"]]


def assert_shows(app: AppTest, candidates: Candidates, **settings: Any) -> None:
    expected = found(candidates, **settings)
    marks = shown(app)
    assert [name for name, _ in marks] == [expected.names[label] for label in expected.labels]
    np.testing.assert_allclose([corners for _, corners in marks], expected.corners, atol=1e-4)


def texts(app: AppTest) -> str:
    return "\n".join(str(item.value) for item in [*app.markdown, *app.caption, *app.info, *app.warning])


def test_every_control_of_what_is_found(candidates: Candidates) -> None:
    app = page()
    assert_shows(app, candidates)
    data = component(app)
    assert [mark["cells"][0] for mark in data["marks"]] == [mark["group"] for mark in data["marks"]]
    assert len(data["marks"]) == 4
    assert "mAP at IoU 0.5 0.976" in texts(app)
    app.slider(key="detection_threshold").set_value(0.05)
    for method in list(METHODS)[1:]:
        app.selectbox(key="detection_method").set_value(method)
        assert_shows(checked(app.run()), candidates, threshold=0.05, method=method)
        assert app.slider(key="detection_iou").disabled == (method in {"soft", "none"})
        assert app.toggle(key="detection_agnostic").disabled == (method in {"fusion", "none"})
    app.selectbox(key="detection_method").set_value("nms").run()
    app.slider(key="detection_iou").set_value(0.05)
    app.toggle(key="detection_agnostic").set_value(True)
    assert_shows(checked(app.run()), candidates, threshold=0.05, iou_threshold=0.05, agnostic=True)
    app.multiselect(key="detection_classes").set_value(["circle"])
    assert_shows(checked(app.run()), candidates, threshold=0.05, iou_threshold=0.05, agnostic=True, classes=[0])


def test_the_network_is_asked_once_however_the_controls_move(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    whole = starters.read_grids
    monkeypatch.setattr(starters, "read_grids", lambda *given, **named: asked.append(1) or whole(*given, **named))
    answer._candidates.clear()
    app = page()
    for threshold in (0.2, 0.5):
        app.slider(key="detection_threshold").set_value(threshold).run()
    app.toggle(key="detection_dim").set_value(True).run()
    assert len(asked) == 1


def test_every_control_of_the_look() -> None:
    app = page()
    app.toggle(key="detection_dim").set_value(True)
    app.toggle(key="detection_labels").set_value(False)
    app.toggle(key="detection_beside").set_value(True)
    app.slider(key="detection_line").set_value(4.5)
    app.slider(key="detection_fill").set_value(0.4)
    data = component(checked(app.run()))
    assert data["look"] == {"line": 4.5, "fill": 0.4, "dim": True, "labels": False}
    assert data["beside"]["source"] == data["photo"]["source"]
    assert data["titles"] == ["Input: the photo", "Output: 4 boxes"]


def test_a_link_reproduces_the_view(candidates: Candidates) -> None:
    app = page(detection_threshold="0.1", detection_method="Keep all", detection_classes="triangle", detection_box="2")
    assert_shows(app, candidates, threshold=0.1, method="none", classes=[2])
    assert component(app)["selected"] == 2
    assert "Stands for" in texts(app)


def test_a_box_is_selected_and_forgotten_with_the_picture() -> None:
    app = page()
    app.session_state["detection_selected"] = 1
    app.session_state["detection_selected_of"] = None
    app.run()
    assert component(app)["selected"] is None
    app.session_state["detection_selected"] = 1
    app.run()
    assert component(app)["selected"] == 1
    assert app.query_params["detection_box"] == "1"
    app.number_input(key="picture_scene").set_value(5).run()
    assert component(checked(app))["selected"] is None
    assert "detection_box" not in app.query_params


def test_nothing_found_is_said_with_the_best_candidate(candidates: Candidates) -> None:
    app = page(detection_threshold="0.99")
    best = candidates.boxes[0]
    name, score = best.names[best.labels[0]], float(best.scores[0])
    assert f"The best candidate is **{name}** with {score:.2f}" in texts(app)
    assert [mark["faint"] for mark in component(app)["marks"]] == [True]
    app.button(key="detection_lower").click().run()
    assert app.slider(key="detection_threshold").value == pytest.approx(np.floor(score * 100) / 100)
    assert len(shown(app)) == 1
    boxes = candidates.boxes
    bests = {label: float(boxes.scores[boxes.labels == label].max()) for label in np.unique(boxes.labels).tolist()}
    weak = min(bests, key=lambda label: bests[label])
    app.slider(key="detection_threshold").set_value(0.99)
    app.multiselect(key="detection_classes").set_value([boxes.names[weak]]).run()
    assert f"The best candidate is **{boxes.names[weak]}** with {bests[weak]:.2f}" in texts(checked(app))


def test_nothing_of_the_chosen_class_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = load_detector(DETECTOR).look(to_float(sample_scene(SCENE).pixels))
    without = Candidates(whole.boxes[whole.boxes.labels != 3], whole.size)
    monkeypatch.setattr(answer, "candidates_of", lambda *_: without)
    app = page(detection_classes="star")
    assert "Nothing of the chosen classes" in app.info[0].value
    app.button(key="detection_all_classes").click().run()
    assert len(shown(checked(app))) == 4
    monkeypatch.setattr(answer, "candidates_of", lambda *_: Candidates(whole.boxes[:0], whole.size))
    assert "sees nothing that it knows" in app.run().info[0].value


@pytest.mark.parametrize("number", range(len(PRESETS)))
def test_presets_set_the_controls(number: int) -> None:
    app = page(detection_classes="star", detection_threshold="0.9")
    hint, values = list(PRESETS.values())[number]
    app.button(key=f"detection_preset_{number}").click().run()
    scene = values["picture_scene"]
    picture = values["picture_sample"]
    pixels = sample_scene(scene).pixels if picture == SCENE_SAMPLE else sample(picture)
    settings = {
        "threshold": values["detection_threshold"],
        "method": values["detection_method"],
        "iou_threshold": values["detection_iou"],
        "agnostic": values["detection_agnostic"],
    }
    name = "starter_detector_cells" if picture == CELLS else DETECTOR
    candidates = load_detector(name).look(to_float(pixels))
    assert_shows(checked(app), candidates, **settings)
    assert hint in texts(app)
    plainly, told = found(candidates), found(candidates, **settings)
    if settings != {"threshold": 0.35, "method": "nms", "iou_threshold": 0.5, "agnostic": False}:
        assert len(told) != len(plainly) or (told.corners != plainly.corners).any(), "the preset shows no difference"


def test_another_model_answers_and_knows_other_classes() -> None:
    app = page(detection_classes="star")
    app.selectbox(key="detection_model").set_value("starter_detector_cells").run()
    checked(app)
    assert app.multiselect(key="detection_classes").options == ["WBC", "RBC", "Platelets"]
    assert app.multiselect(key="detection_classes").value == []
    assert r"**Cells \(starter\)** answers" in texts(app)


def test_a_photo_is_answered_by_the_everyday_starter_which_says_how_little_it_knows() -> None:
    app = page(picture_sample="Cat")
    assert app.multiselect(key="detection_classes").options == ["person", "cat", "dog"]
    assert answer.SMALL in [item.value for item in app.caption]
    assert "cat" in [name for name, _ in shown(app)]
    app.selectbox(key="detection_model").set_value(DETECTOR).run()
    assert answer.SMALL not in [item.value for item in checked(app).caption]
    assert answer.SMALL not in [item.value for item in page().caption]


def test_the_code_and_the_downloads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    app = page(detection_threshold="0.2")
    (tmp_path / "picture.png").write_bytes(png(sample_scene(SCENE).pixels))
    monkeypatch.chdir(tmp_path)
    exec(compile(app.main.code[0].value, "shown", "exec"), {})
    printed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert printed == [name for name, _ in shown(app)]
    labels = [item.proto.label for item in app.main.get("download_button")]
    assert labels[:5] == ["Photo with boxes (PNG)", "COCO JSON", "CSV", "YOLO text", "VOC XML"]


def upload(name: str, pixels: np.ndarray, ending: str = "PNG") -> tuple[str, bytes, str]:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, ending)
    return name, file.getvalue(), "image/png"


def test_several_photos_become_a_gallery() -> None:
    app = page(detection_material="Several photos")
    assert "Bring up to 24 photos" in texts(app)
    files = [upload(f"s{number}.png", sample_scene(number).pixels) for number in range(3)]
    app.file_uploader(key=f"{gallery.PHOTOS}_upload_0").set_value([*files, ("no.png", b"no photo", "image/png")]).run()
    checked(app)
    assert "no\\.png" in app.warning[0].value or "no.png" in app.warning[0].value
    photos = app.session_state[gallery.PHOTOS]
    assert [photo.name for photo in photos.values()] == ["s0.png", "s1.png", "s2.png"]
    total = sum(len(shown(app, f"detection_small_{key}")) for key in photos)
    assert total > 8
    assert f"**{total} boxes** in 3 photos" in texts(app)
    app.slider(key="detection_threshold").set_value(0.95).run()
    fewer = sum(len(shown(checked(app), f"detection_small_{key}")) for key in photos)
    assert 0 < fewer < total
    second = list(photos)[1]
    app.button(key=f"detection_open_{second}").click().run()
    assert "s1.png" in component(checked(app))["alt"]
    app.button(key="detection_back").click().run()
    app.session_state[f"{gallery.PHOTOS}_opened_{second}"] = (3.0, 4.0)
    app.run()
    assert "s1.png" in component(checked(app))["alt"]
    app.button(key="detection_back").click().run()
    app.button(key="detection_photos_clear").click().run()
    assert "Bring up to 24 photos" in texts(checked(app))


def test_no_more_photos_are_kept_than_there_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photo_shelf, "MOST", 2)
    app = page(detection_material="Several photos")
    files = [upload(f"s{number}.png", sample_scene(number).pixels[:64, :64]) for number in range(4)]
    app.file_uploader(key=f"{gallery.PHOTOS}_upload_0").set_value(files).run()
    assert len(app.session_state[gallery.PHOTOS]) == 2
    assert "2 were left out" in checked(app).warning[0].value


def gif(count: int) -> bytes:
    pictures = [Image.fromarray(sample_scene(number).pixels).resize((96, 96)) for number in range(count)]
    file = io.BytesIO()
    pictures[0].save(file, "GIF", save_all=True, append_images=pictures[1:], duration=200)
    return file.getvalue()


def test_a_gif_is_looked_at_frame_by_frame_and_can_be_stopped() -> None:
    app = page(detection_material="GIF or video")
    app.file_uploader(key=f"{film.FILM}_upload_0").set_value([("a.gif", gif(4), "image/gif")]).run()
    checked(app)
    assert "4 frames of 96 × 96 pixels" in texts(app)
    assert app.slider(key="detection_frame").max == 4
    first = shown(app, "detection_film_picture")
    app.slider(key="detection_frame").set_value(3).run()
    assert shown(checked(app), "detection_film_picture") != first
    assert "Frame 3 of 4, at 0.40 s" in texts(app)
    # Another detector has to look again; stopped, it keeps what it has seen.
    app.session_state[film.STOPPED] = True
    app.selectbox(key="detection_model").set_value("starter_detector_cells").run()
    assert "Stopped after 0 of 4 frames" in texts(checked(app))
    app.button(key="detection_film_go_on").click().run()
    assert app.slider(key="detection_frame").max == 4
    app.button(key="detection_film_clear").click().run()
    assert "Bring a GIF" in texts(checked(app))


def test_what_is_no_film_is_said() -> None:
    app = page(detection_material="GIF or video")
    app.file_uploader(key=f"{film.FILM}_upload_0").set_value([("a.mp4", b"nothing", "video/mp4")]).run()
    assert not app.exception
    assert "a.mp4" in app.error[0].value.replace("\\", "")


def test_what_is_told_of_a_photo_is_in_pixels_of_its_file() -> None:
    app = page(picture_source="Upload")
    large = Image.fromarray(sample_scene(SCENE).pixels).resize((2048, 2048))
    file = io.BytesIO()
    large.save(file, "JPEG")
    app.file_uploader(key="picture_upload_0").set_value([("big.jpg", file.getvalue(), "image/jpeg")]).run()
    checked(app)
    assert component(app)["photo"]["width"] == 1024
    assert r"pixels of big.jpg (2,048 × 2,048)" in texts(app)
    assert any("opening the file" in item.proto.body for item in app.main.get("html"))


def test_an_own_file_is_opened_once_for_the_same_options(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, Any]] = []

    def opened(data: bytes, *, name: str, options: Any) -> Any:
        asked.append((name, options))
        if data == b"broken":
            raise InputError(f"{name} is broken", "Bring another")
        return replace(load_detector(DETECTOR), name=name, title=name)

    monkeypatch.setattr(own_model, "open_file", opened)
    app = page(detection_model="Your own file")
    assert "Bring a network" in app.info[0].value
    assert not app.slider
    app.file_uploader(key="detection_own_upload_0").set_value([("net.onnx", b"bytes", "")]).run()
    checked(app)
    assert len(shown(app)) == 4
    app.slider(key="detection_threshold").set_value(0.5).run()
    assert [name for name, _ in asked] == ["net.onnx"]
    for name, value in (("head", "yolox"), ("placement", "corner"), ("channels", "bgr"), ("pixels", "byte")):
        app.selectbox(key=f"detection_own_{name}").set_value(value)
    app.number_input(key="detection_own_side").set_value(416)
    app.text_area(key="detection_own_names").set_value("one\n\n two ").run()
    assert asked[-1][1] == own_model.FileOptions(("one", "two"), "corner", "bgr", "byte", "yolox", (416, 416))
    app.file_uploader(key="detection_own_upload_1").set_value([("bad.onnx", b"broken", "")]).run()
    assert "bad.onnx is broken" in app.error[0].value
    assert not app.exception


def test_a_zip_is_opened_as_a_saved_model_from_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    contents: list[tuple[bytes, tuple[str, ...]]] = []

    def opened(path: Path, *, name: str, names: tuple[str, ...], key: str) -> Any:
        contents.append((path.read_bytes(), names))
        assert name == "ssd.zip"
        assert key.startswith("zip ")
        return replace(load_detector(DETECTOR), name=name)

    monkeypatch.setattr(own_model, "open_saved_model", opened)
    app = page(detection_model="Your own file", detection_own_names="one")
    app.file_uploader(key="detection_own_upload_0").set_value([("ssd.zip", b"zipped", "application/zip")]).run()
    assert len(shown(checked(app))) == 4
    assert contents == [(b"zipped", ("one",))]


def test_a_preset_of_a_hub_is_downloaded_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    here: set[str] = set()

    def download(preset: HubPreset, *, progress: Any) -> None:
        progress(5, 10)
        here.add(preset.name)

    answer.detector_of.clear()
    monkeypatch.setattr(HubPreset, "present", property(lambda preset: preset.name in here))
    monkeypatch.setattr(HubPreset, "download", download)
    whole = answer.load_detector
    monkeypatch.setattr(
        answer,
        "load_detector",
        lambda name: replace(whole(DETECTOR), name=name, title="D-FINE nano") if name in here else whole(name),
    )
    app = page(detection_model="From a hub")
    first = next(iter(hub_model.PRESETS))
    assert hub_model.PRESETS[first].licence in texts(app)
    assert not app.slider
    app.button(key="detection_hub_download").click().run()
    assert here == {first}
    assert len(shown(checked(app))) == 4
    answer.detector_of.clear()


def test_a_handle_is_checked_before_anything_is_downloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def refuse(handle: str, **_: Any) -> None:
        asked.append(handle)
        raise InputError(f"{handle} could not be downloaded", "Connect this machine to the internet")

    monkeypatch.setattr(hub_model, "present", lambda _: False)
    monkeypatch.setattr(hub_model, "download_model", refuse)
    app = page(detection_model="From a hub", detection_hub="Another handle")
    assert "Type the handle" in app.info[0].value
    app.text_input(key="detection_hub_handle").set_value("../../etc/passwd").run()
    assert "is no handle" in app.error[0].value
    assert not asked
    good = "tensorflow/ssd-mobilenet-v2/tensorFlow2/ssd-mobilenet-v2/1"
    app.text_input(key="detection_hub_handle").set_value(good).run()
    app.button(key="detection_hub_download").click().run()
    assert asked == [good]
    assert "could not be downloaded" in app.error[0].value
    assert not app.exception


def test_two_files_of_one_name_do_not_share_their_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    shapes, cells = load_detector(DETECTOR), load_detector("starter_detector_cells")
    monkeypatch.setattr(
        own_model, "open_file", lambda data, **_: replace(shapes if data == b"1" else cells, name="net.onnx")
    )
    found = []
    for content in (b"1", b"2"):
        app = page(detection_model="Your own file", detection_threshold="0.01")
        app.file_uploader(key="detection_own_upload_0").set_value([("net.onnx", content, "")]).run()
        found.append(shown(checked(app)))
    assert found[0] != found[1]


def test_a_real_file_finds_the_dog(photos: Path) -> None:
    """YOLOX nano as ONNX finds bicycle, car and dog, through the child process."""
    model = photos.parent / "models" / "yolox_nano.onnx"
    if not model.exists():
        pytest.skip(f"no {model}")
    pytest.importorskip("onnxruntime")
    app = page(picture_source="Upload", detection_model="Your own file", detection_threshold="0.6")
    dog = photos / "darknet_dog.jpg"
    app.file_uploader(key="picture_upload_0").set_value([(dog.name, dog.read_bytes(), "image/jpeg")]).run()
    app.file_uploader(key="detection_own_upload_0").set_value([(model.name, model.read_bytes(), "")]).run()
    assert {name for name, _ in shown(checked(app))} == {"bicycle", "car", "dog"}


def test_automatic_knows_an_own_smear_from_an_own_photo() -> None:
    for pixels, name in ((blood_smear(seed=9).pixels, answer.SMEARS), (sample("coffee"), answer.EVERYDAY)):
        picture = Picture("mine.jpg", pixels, (pixels.shape[1], pixels.shape[0]), picture_key(pixels))
        assert answer.fitting(picture) == name
