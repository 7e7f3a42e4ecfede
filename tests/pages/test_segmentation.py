"""The tab Masks of the segmentation page: each control changes what is shown, and the network is asked once."""

import base64
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from cnn_core.drawing import OKABE_ITO
from cnn_core.errors import InputError
from cnn_core.hub_preset import HubPreset
from cnn_core.images import to_float
from cnn_core.masks import MEANINGS, Masks
from cnn_core.samples import sample, sample_scene
from cnn_core.segmentation import starters
from cnn_core.segmentation.loading import load_segmenter
from cnn_core.segmentation.mask_exports import drawn_png
from cnn_core.segmentation.overlay import Look
from cnn_core.segmentation.tiles import look_in_tiles
from cnn_core.voc_names import VOC
from pages.segmentation_tabs import answer, gallery, large_photo, one_photo, own_model
from pages.segmentation_tabs.presets import PRESETS
from pages.ui.mask_picture import STEPS

MAIN = str(Path(__file__).parents[2] / "pages" / "main.py")
SCENE = 11
SHAPES = "starter_segmenter_shapes"
LOOK = "segmentation_masks"


@pytest.fixture(scope="module")
def masks() -> Masks:
    return load_segmenter(SHAPES).predict(to_float(sample_scene(SCENE).pixels))


def page(**query: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=60)
    app.query_params["picture_sample"] = "Scene with ground truth"
    app.query_params["picture_scene"] = str(SCENE)
    for name, value in query.items():
        app.query_params[name] = value
    return checked(app.switch_page("segmentation.py").run())


def checked(app: AppTest) -> AppTest:
    assert not app.exception, app.exception
    assert not app.error, [item.value for item in app.error]
    return app


def component(app: AppTest) -> dict[str, Any]:
    """What the browser is told."""
    items = app.main.get("bidi_component")
    return next(json.loads(item.proto.json) for item in items if item.proto.id.endswith(one_photo.KEY))


def sent(data: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Labels and confidences, in steps, of the map."""
    picture = Image.open(io.BytesIO(base64.b64decode(data["map"].split(",", 1)[1])))
    values = np.asarray(picture.convert("RGB"))
    return values[..., 0], values[..., 1]


def look(app: AppTest, **values: Any) -> AppTest:
    """The browser's message when a control of the look is let go of."""
    before = component(app)["look"]
    app.session_state[one_photo.KEY] = {"look": {**before, **values, "turn": 5}}
    for name, value in values.items():
        text = "-".join(map(str, value)) or "-" if name == "hidden" else value
        app.session_state[f"{LOOK}_{name}"] = text
    return checked(app.run())


def texts(app: AppTest) -> str:
    return "\n".join(str(item.value) for item in [*app.markdown, *app.caption, *app.info, *app.warning])


def code(app: AppTest) -> str:
    return app.code[0].value


def test_the_browser_is_sent_what_the_network_said(masks: Masks) -> None:
    app = page()
    data = component(app)
    labels, steps = sent(data)
    np.testing.assert_array_equal(labels, masks.labels)
    assert np.abs(steps / STEPS - masks.confidence).max() <= 1 / STEPS
    for percent in (50, 90, 95):
        np.testing.assert_array_equal(steps >= percent * STEPS // 100, masks.confidence >= np.float32(percent / 100))
    areas = {one["name"]: int((labels == one["label"]).sum()) for one in data["classes"]}
    assert list(areas.values()) == sorted(areas.values(), reverse=True)
    assert next(iter(areas)) == "background"
    assert {one["name"]: one["colour"] for one in data["classes"]}["circle"] == OKABE_ITO[0]
    assert data["look"] == {
        "view": "both", "opacity": 0.5, "dim": False, "outline": 2, "hidden": [0], "least": 0.0, "compare": False,
    }  # fmt: skip
    assert data["alt"].startswith("Scene 11: background 59 %, circle 26 %")
    assert "mean IoU" in texts(app)
    assert "It knows background, circle, square" in texts(app)
    assert "128 × 128 pixels: each stands for 3.0 × 3.0" in texts(app)


def test_every_control_of_the_look_comes_back_and_stands_in_the_link() -> None:
    app = page()
    changes = {"view": "mask", "opacity": 0.8, "dim": True, "outline": 5, "least": 0.9, "compare": True}
    app = look(app, **changes, hidden=[0, 3])
    assert component(app)["look"] == {**changes, "hidden": [0, 3]}
    assert component(app)["turn"] == 5
    expected = {name: str(value) for name, value in changes.items()} | {"hidden": "0-3"}
    assert {name: app.query_params[f"{LOOK}_{name}"] for name in expected} == dict(expected.items())
    assert "decided(masks, 0.9)" in code(app)
    assert "view='mask', opacity=0.8, dim=True, outline=5, hidden=frozenset([0, 3])" in code(app)
    linked = page(**{f"{LOOK}_{name}": value for name, value in expected.items()})
    assert component(linked)["look"] == {**changes, "hidden": [0, 3]}
    app.selectbox(key="segmentation_model").set_value("starter_segmenter_membranes").run()
    assert component(checked(app))["look"]["hidden"] == [], "labels mean others with another model"


def test_a_broken_link_or_message_changes_nothing() -> None:
    broken = {"view": "x", "opacity": "7", "dim": "maybe", "outline": "1e9", "least": "nan", "hidden": "0-x"}
    app = page(**{f"{LOOK}_{name}": value for name, value in broken.items()})
    assert component(app)["look"]["opacity"] == 0.5
    assert component(app)["look"]["hidden"] == [0]


def test_the_network_is_asked_once_however_the_look_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    whole = starters.over_photo
    monkeypatch.setattr(starters, "over_photo", lambda *given: asked.append(1) or whole(*given))
    answer._masks.clear()
    app = page()
    for opacity in (0.2, 0.7):
        look(app, opacity=opacity)
    assert len(asked) == 1


def test_downloads_and_code_are_what_is_shown(
    masks: Masks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    app = look(page(), opacity=0.75, least=0.8, dim=True, hidden=[0, 1])
    shown = Look("both", 0.75, True, 2, frozenset({0, 1}))
    pixels = sample_scene(SCENE).pixels
    labels = [item.proto.label for item in app.main.get("download_button")]
    assert labels[:5] == [
        "Mask (palette PNG)", "Overlay (PNG)", "Cut-out (PNG)", "COCO polygons (JSON)", "NPY labels",
    ]  # fmt: skip
    monkeypatch.chdir(tmp_path)
    Image.fromarray(pixels).save("picture.png")
    exec(code(app), {})
    drawn = np.asarray(Image.open("masks.png"))
    np.testing.assert_array_equal(drawn, np.asarray(Image.open(io.BytesIO(drawn_png(pixels, masks, shown, least=0.8)))))
    assert "circle" in capsys.readouterr().out
    app = look(app, view="cutout")
    exec(code(app), {})
    cut = np.asarray(Image.open("masks.png"))
    assert cut.shape[2] == 4
    assert ((cut[..., 3] > 0) == ((masks.labels > 1) & (masks.confidence >= np.float32(0.8)))).all()


def test_tiles(masks: Masks) -> None:
    app = page()
    app.segmented_control(key="segmentation_way").set_value("tiles").run()
    tiled = look_in_tiles(load_segmenter(SHAPES), to_float(sample_scene(SCENE).pixels))
    labels, _ = sent(component(checked(app)))
    np.testing.assert_array_equal(labels, tiled.labels)
    assert (labels != masks.labels).any()
    assert "16 tiles of 128 × 128 pixels" in texts(app)
    place: dict[str, Any] = {"image": to_float(sample_scene(SCENE).pixels)}
    script = "\n".join(line for line in code(app).split("\n") if not line.startswith(("image =", "Image.")))
    exec(script, place)
    np.testing.assert_array_equal(place["labels"], tiled.labels)


def test_presets() -> None:
    app = page()
    for number, (title, (hint, values)) in enumerate(PRESETS.items()):
        app.button(key=f"segmentation_preset_{number}").click().run()
        checked(app)
        assert hint[:40] in texts(app), title
        told = component(app)["look"]
        assert all(told[name] == values[f"{LOOK}_{name}"] for name in ("view", "least", "dim", "compare")), title
        assert app.segmented_control(key="segmentation_way").value == values["segmentation_way"]
        assert app.selectbox(key="segmentation_model").value == values["segmentation_model"]


def test_what_the_presets_say_is_so(masks: Masks) -> None:
    """Where the network hesitates are the borders; FCN-32s is coarser than the U-Net."""
    truth = sample_scene(SCENE).label_map
    unsure = masks.confidence < 0.95
    near = np.zeros_like(unsure)
    for axis in (0, 1):
        for step in range(-6, 7):
            near |= np.roll(truth, step, axis) != truth
    assert near[unsure].mean() > 0.75 > 3 * near.mean()
    coarse = load_segmenter("starter_fcn32s").predict(to_float(sample_scene(SCENE).pixels))
    assert (coarse.labels == truth).mean() < (masks.labels == truth).mean() - 0.03
    people = load_segmenter("starter_segmenter_people")
    person = people.predict(to_float(sample("astronaut"))).labels
    assert person[100:200, 180:260].mean() > 0.9, "her face"
    rocket = to_float(sample("rocket"))
    assert people.predict(rocket).labels.mean() < 0.01
    assert 0.2 < look_in_tiles(people, rocket).labels.mean() < 0.3


def upload(name: str, pixels: np.ndarray, ending: str = "PNG") -> tuple[str, bytes, str]:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, ending)
    return name, file.getvalue(), "image/png"


def test_several_photos_become_a_gallery() -> None:
    app = page(segmentation_material="Several photos")
    assert "Bring up to 24 photos" in texts(app)
    app.selectbox(key="segmentation_model").set_value(SHAPES)
    files = [upload(f"s{number}.png", sample_scene(number).pixels) for number in range(3)]
    app.file_uploader(key=f"{gallery.PHOTOS}_upload_0").set_value([*files, ("no.png", b"x", "image/png")]).run()
    photos = checked(app).session_state[gallery.PHOTOS]
    assert [photo.name for photo in photos.values()] == ["s0.png", "s1.png", "s2.png"]
    assert [item.proto.imgs[0].alt[:6] for item in app.main.get("image")] == ["s0.png", "s1.png", "s2.png"]
    labels = [item.proto.label for item in app.main.get("download_button")]
    assert labels == ["Masks (zip of palette PNG)", "Photos with masks (zip)", "COCO polygons (JSON)"]
    second = list(photos)[1]
    app.button(key=f"segmentation_open_{second}").click().run()
    assert component(checked(app))["alt"].startswith("s1.png: background")
    app.button(key="segmentation_back").click().run()
    app.button(key=f"{gallery.PHOTOS}_clear").click().run()
    assert "Bring up to 24 photos" in texts(checked(app))


def test_a_large_photo_keeps_all_its_pixels() -> None:
    app = page(segmentation_material="A large photo", segmentation_model="Shapes (starter)")
    assert "Bring a photo of any size" in texts(app)
    large = sample_scene(SCENE).pixels[:60].repeat(3, axis=0).repeat(3, axis=1)
    app.file_uploader(key=f"{large_photo.PHOTO}_upload_0").set_value([upload("huge.png", large)]).run()
    data = component(checked(app))
    assert (data["photo"]["height"], data["photo"]["width"]) == (160, 1024)
    assert data["pixels"] == 180 * 1152
    assert "each stands for 9.0 × 1.4" in texts(app)
    assert "1,152 × 180 pixels of huge.png" in texts(app).replace("\\", "")
    photo = app.session_state[large_photo.PHOTO]
    np.testing.assert_array_equal(photo.pixels(), large)
    kept = large_photo._answers()
    assert next(reversed(kept.values())).size == (180, 1152)
    app.segmented_control(key="segmentation_way").set_value("tiles").run()
    assert "24 tiles" in texts(checked(app))
    assert len(kept) == 2
    assert next(reversed(kept.values())).probabilities.shape == (180, 1152, 7)
    app.file_uploader(key=f"{large_photo.PHOTO}_upload_1").set_value([("no.png", b"x", "image/png")]).run()
    assert "no.png" in app.error[0].value.replace("\\", "")
    assert not app.exception


def test_an_own_file_is_opened_once_for_the_same_options(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, Any]] = []

    def opened(data: bytes, *, name: str, options: Any) -> Any:
        asked.append((name, options))
        if data == b"broken":
            raise InputError(f"{name} gives no map", "Bring another")
        return replace(load_segmenter(SHAPES), name=name, title=name)

    monkeypatch.setattr(own_model, "open_file", opened)
    app = page(segmentation_model="Your own file")
    assert "whose output is a map of classes" in app.info[0].value
    app.file_uploader(key="segmentation_own_upload_0").set_value([("net.onnx", b"bytes", "")]).run()
    assert len(component(checked(app))["classes"]) == 4
    look(app, opacity=0.9)
    assert len(asked) == 1
    chosen = {"values": "logits", "pixels": "torch", "channels": "bgr", "placement": "corner"}
    for name, value in chosen.items():
        app.selectbox(key=f"segmentation_own_{name}").set_value(value)
    app.number_input(key="segmentation_own_side").set_value(256)
    app.text_area(key="segmentation_own_names").set_value("one\n\n two ").run()
    wanted = own_model.FileOptions(("one", "two"), "corner", "bgr", "torch", "logits", (256, 256))
    assert asked[-1][1] == wanted
    app.selectbox(key="segmentation_own_set").set_value("voc").run()
    assert asked[-1][1] == replace(wanted, names=VOC)
    app.file_uploader(key="segmentation_own_upload_1").set_value([("bad.onnx", b"broken", "")]).run()
    assert "bad.onnx gives no map" in app.error[0].value
    assert not app.exception


def test_what_happens_is_what_the_network_gives(monkeypatch: pytest.MonkeyPatch, masks: Masks) -> None:
    assert set(one_photo.MEANT) == set(MEANINGS)
    network = load_segmenter(SHAPES)
    told = replace(masks, meaning="labels")
    monkeypatch.setattr(
        own_model, "open_file", lambda _, *, name, **__: replace(network, name=name, look=lambda _: told)
    )
    app = page(segmentation_model="Your own file")
    app.file_uploader(key="segmentation_own_upload_0").set_value([("net.onnx", b"labels", "")]).run()
    said = " ".join(item.value for item in checked(app).markdown)
    assert "the number of a class and nothing about how sure it is" in said
    assert "softmax" not in said
    assert "softmax makes probabilities" in " ".join(item.value for item in page().markdown)


def test_a_zip_is_opened_as_a_saved_model_from_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    contents: list[bytes] = []

    def opened(path: Path, *, name: str, options: Any, key: str) -> Any:  # noqa: ARG001
        contents.append(path.read_bytes())
        return replace(load_segmenter(SHAPES), name=name)

    monkeypatch.setattr(own_model, "open_saved_model", opened)
    app = page(segmentation_model="Your own file")
    app.file_uploader(key="segmentation_own_upload_0").set_value([("net.zip", b"zipped", "application/zip")]).run()
    assert component(checked(app))["classes"]
    assert contents == [b"zipped"]


def test_a_preset_of_the_hub_is_downloaded_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    here: set[str] = set()

    def download(preset: HubPreset, *, progress: Any) -> None:
        progress(5, 10)
        here.add(preset.name)

    monkeypatch.setattr(HubPreset, "present", property(lambda preset: preset.name in here))
    monkeypatch.setattr(HubPreset, "download", download)
    whole = answer.load_segmenter
    monkeypatch.setattr(
        answer, "load_segmenter", lambda name: replace(whole(SHAPES), name=name) if name in here else whole(name)
    )
    answer.segmenter_of.clear()
    app = page(segmentation_model="From a hub", segmentation_hub="SegFormer-B0, ADE20K, mean IoU 37.4")
    assert "NVIDIA Source Code License" in texts(app)
    assert "15 MB" in texts(app)
    app.button(key="segmentation_hub_download").click().run()
    assert here == {"segformer_b0_ade20k_512"}
    assert component(checked(app))["classes"]
    answer.segmenter_of.clear()
