"""The pooling page: every control of every tab changes what is on the screen, and the screen equals cnn_core."""

import base64
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from cnn_core.drawing import to_uint8
from cnn_core.images import to_float
from cnn_core.pooling import cascade, global_pool, pool, pool_gradient
from cnn_core.samples import DEFAULT_SAMPLE, sample
from cnn_core.shift import METHODS, shift_test

MAIN = str(Path(__file__).parents[2] / "pages" / "main.py")
PIXELS = sample(DEFAULT_SAMPLE)
PICTURE = to_float(PIXELS)
HEIGHT, WIDTH = PIXELS.shape[:2]


def page(view: str, **query: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=60)
    app.query_params["pooling_view"] = view
    for name, value in query.items():
        app.query_params[name] = value
    app.switch_page("pooling.py").run()
    return checked(app)


def checked(app: AppTest) -> AppTest:
    assert not app.exception
    return app


def pictures(app: AppTest) -> dict[str, np.ndarray]:
    """Alternative text -> pixels, of the page's pictures; decoded only where the code is lossless."""
    found = {}
    for element in app.main.get("image"):
        item = element.proto.imgs[0]
        data = base64.b64decode(item.url.partition("base64,")[2])
        found[item.alt] = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    return found


def picture(app: AppTest, start: str) -> np.ndarray:
    matching = [pixels for alt, pixels in pictures(app).items() if alt.startswith(start)]
    assert len(matching) == 1, list(pictures(app))
    return matching[0]


def component(app: AppTest, key: str) -> dict:
    return next(json.loads(item.proto.json) for item in app.main.get("bidi_component") if item.proto.id.endswith(key))


def formulas(app: AppTest) -> str:
    return "\n".join(element.value for element in app.latex)


def captions(app: AppTest) -> str:
    return "\n".join(item.value for item in app.main.caption)


def errors(app: AppTest) -> list[str]:
    assert not app.exception
    return [item.value for item in app.error]


def code(app: AppTest) -> str:
    return app.main.code[0].value


def assert_photo(app: AppTest, size: int, stride: int, padding: str) -> None:
    for mode, title in (("max", "Max"), ("average", "Average"), ("min", "Min"), ("l2", "L2")):
        output = pool(PICTURE, mode=mode, size=size, stride=stride, padding=padding)
        np.testing.assert_array_equal(
            picture(checked(app), f"{title} pooling of the input"),
            to_uint8(output / (size if mode == "l2" else 1)),
        )
    assert f"{output.shape[0]} × {output.shape[1]}" in captions(app)
    assert rf"\mathbf{{{output.shape[0]}}}" in formulas(app)
    assert rf"\mathbf{{{output.shape[1]}}}" in formulas(app)


def test_photo_shows_every_mode():
    app = page("Photo")
    assert_photo(app, 8, 8, "valid")
    assert f"{HEIGHT} × {WIDTH}" in captions(app)


def test_photo_size_stride_and_padding():
    app = page("Photo")
    app.number_input("pooling_photo_size").set_value(5).run()
    assert_photo(app, 5, 5, "valid")
    app.number_input("pooling_photo_stride").set_value(3).run()
    assert_photo(app, 5, 3, "valid")
    assert rf"\tfrac{{{HEIGHT} - 5}}{{3}}" in formulas(app)
    app.segmented_control("pooling_photo_padding").select("same").run()
    assert_photo(app, 5, 3, "same")
    assert rf"\lceil \tfrac{{{HEIGHT}}}{{3}}" in formulas(app)
    assert "rows above" in captions(app)
    assert "size, stride = 5, 3" in code(app)


@pytest.mark.parametrize("mode", ["max", "average", "min", "l2"])
def test_photo_cascade_and_code_follow_the_mode(mode):
    app = page("Photo")
    app.segmented_control("pooling_photo_mode").select(mode).run()
    for level, output in enumerate(cascade(PICTURE, mode=mode), start=1):
        factor = 2**level
        shown = to_uint8(output / (factor if mode == "l2" else 1))
        np.testing.assert_array_equal(picture(checked(app), f"The picture at 1/{factor} of its size"), shown)
    assert {"max": "nanmax", "average": "nanmean", "min": "nanmin", "l2": "nansum"}[mode] in code(app)
    assert f"output of {mode} pooling" in " ".join(item.value for item in app.markdown)


def test_photo_presets():
    app = page("Photo")
    for number, settings in enumerate([(2, 2, "valid"), (16, 16, "valid"), (3, 2, "same"), (2, 8, "valid")]):
        app.button(f"pooling_photo_preset_{number}").click().run()
        assert_photo(app, *settings)


def test_window_larger_than_the_picture_gets_a_message_and_the_page_goes_on():
    app = page("Photo")
    app.number_input("pooling_photo_size").set_value(1024).run()
    assert len(errors(app)) == 1
    assert "Received: " in errors(app)[0]
    assert "size=(1024, 1024)" in errors(app)[0]
    app.number_input("pooling_photo_size").set_value(4).run()
    assert not errors(app)
    assert_photo(app, 4, 4, "valid")


def test_settings_come_from_the_link_and_survive_a_change_of_tab():
    app = page("Photo", pooling_photo_size="6", pooling_photo_padding="Same: left out")
    assert_photo(app, 6, 6, "same")
    app.session_state["pooling_view"] = "Global pooling"
    app.run()
    assert not [item for item in app.number_input if item.key.startswith("pooling_photo")]
    app.session_state["pooling_view"] = "Photo"
    app.run()
    assert_photo(app, 6, 6, "same")


def test_steps_worked_example():
    app = page("Step by step")
    layer = component(app, "pooling_steps_stepper_grid")
    assert layer["grid"] == list(range(1, 17))
    assert (layer["operation"], layer["kernel_size"], layer["output_size"]) == ("max", [2, 2], [2, 2])
    assert layer["gradient"] is False
    namespace: dict = {}
    exec(code(app), namespace)
    assert namespace["output"][..., 0].tolist() == [[6, 8], [14, 16]]


def test_steps_controls():
    app = page("Step by step")
    app.segmented_control("pooling_steps_mode").select("average").run()
    app.number_input("pooling_steps_size").set_value(3).run()
    app.number_input("pooling_steps_stride").set_value(1).run()
    app.segmented_control("pooling_steps_padding").select("same").run()
    app.toggle("pooling_steps_gradient").set_value(True).run()
    layer = component(checked(app), "pooling_steps_stepper_grid")
    assert (layer["operation"], layer["kernel_size"], layer["stride"]) == ("average", [3, 3], [1, 1])
    assert (layer["padding_before"], layer["output_size"], layer["gradient"]) == ([1, 1], [4, 4], True)
    assert "gradient" in code(app)
    app.text_input("pooling_steps_grid").set_value("1,1/2;-3,4").run()
    layer = component(checked(app), "pooling_steps_stepper_grid")
    assert (layer["grid"], layer["output_size"]) == ([1, 0.5, -3, 4], [2, 2])


@pytest.mark.parametrize(
    ("text", "words"), [("1,2;3", "row"), ("1,x;2,3", "x"), ("", "grid"), ("nan,1;2,3", "nan"), ("1,2;3,4", "window=3")]
)
def test_steps_bad_grids_get_a_message(text, words):
    app = page("Step by step")
    app.number_input("pooling_steps_size").set_value(3).run()
    app.text_input("pooling_steps_grid").set_value(text).run()
    assert len(errors(app)) == 1
    assert words in errors(app)[0].lower()
    app.text_input("pooling_steps_grid").set_value("1,2,3;4,5,6;7,8,9").run()
    assert not errors(app)
    assert component(app, "pooling_steps_stepper_grid")["output_size"] == [1, 1]


def test_steps_on_the_photo():
    app = page("Step by step")
    app.segmented_control("pooling_steps_source").select("photo").run()
    app.number_input("pooling_steps_side").set_value(6).run()
    app.number_input("pooling_steps_row").set_value(40).run()
    app.number_input("pooling_steps_column").set_value(70).run()
    app.segmented_control("pooling_steps_channel").select("blue").run()
    expected = PIXELS[40:46, 70:76, 2]
    assert component(checked(app), "pooling_steps_stepper_photo")["grid"] == expected.ravel().tolist()
    crop = component(app, "pooling_steps_crop")
    assert (crop["row"], crop["column"], crop["rows"], crop["columns"]) == (40, 70, 6, 6)
    assert "[40:46, 70:76, 2:3]" in code(app)


def test_steps_presets():
    app = page("Step by step")
    for number, output_size in enumerate([[2, 2], [2, 2], [2, 2]]):
        app.button(f"pooling_steps_preset_{number}").click().run()
        assert component(checked(app), "pooling_steps_stepper_grid")["output_size"] == output_size
    assert set(component(app, "pooling_steps_stepper_grid")["grid"]) == {5}
    app.button("pooling_steps_preset_1").click().run()
    layer = component(app, "pooling_steps_stepper_grid")
    assert (layer["stride"], layer["gradient"]) == ([1, 1], True)


def assert_winners(app: AppTest, place: tuple[int, int, int, int], mode: str, options: dict) -> None:
    row, column, side, channel = place
    plane = PICTURE[row : row + side, column : column + side, channel : channel + 1]
    output = pool(plane, mode=mode, **options)
    title = mode.capitalize()
    np.testing.assert_array_equal(picture(checked(app), f"{title} pooling of the crop"), to_uint8(output))
    gradient = pool_gradient(plane, mode=mode, **options)
    reached = int((gradient > 0).sum())
    assert f"{reached} of {plane.size} pixels won {output.size} windows" in captions(app)
    heat = picture(app, f"Gradient of {mode} pooling")
    white = (heat == 247).all(axis=2)
    np.testing.assert_array_equal(white, gradient[..., 0] == 0)
    assert f"Gradient of average pooling: {plane.size} of {plane.size} pixels" in " ".join(pictures(app))


def test_winners_controls():
    app = page("Winners")
    row, column = (HEIGHT - 16) // 2, (WIDTH - 16) // 2
    assert_winners(app, (row, column, 16, 1), "max", {"size": 2})
    app.segmented_control("pooling_winners_channel").select("red").run()
    assert_winners(app, (row, column, 16, 0), "max", {"size": 2})
    app.segmented_control("pooling_winners_mode").select("min").run()
    assert_winners(app, (row, column, 16, 0), "min", {"size": 2})
    app.number_input("pooling_winners_size").set_value(4).run()
    app.number_input("pooling_winners_row").set_value(10).run()
    app.number_input("pooling_winners_column").set_value(30).run()
    app.number_input("pooling_winners_side").set_value(24).run()
    assert_winners(app, (10, 30, 24, 0), "min", {"size": 4})
    app.number_input("pooling_winners_stride").set_value(2).run()
    app.segmented_control("pooling_winners_padding").select("same").run()
    assert_winners(app, (10, 30, 24, 0), "min", {"size": 4, "stride": 2, "padding": "same"})
    assert "[10:34, 30:54, 0:1]" in code(app)


def test_winners_presets_and_bad_size():
    app = page("Winners")
    place = ((HEIGHT - 16) // 2, (WIDTH - 16) // 2, 16, 1)
    for number, (mode, options) in enumerate(
        [("max", {"size": 2}), ("max", {"size": 3, "stride": 1}), ("min", {"size": 4})]
    ):
        app.button(f"pooling_winners_preset_{number}").click().run()
        assert_winners(app, place, mode, options)
    app.number_input("pooling_winners_size").set_value(20).run()
    assert "Received: " in errors(app)[0]


def test_a_crop_outside_a_smaller_picture_moves_inside():
    app = page("Winners")
    app.number_input("pooling_winners_row").set_value(HEIGHT - 16).run()
    app.number_input("pooling_winners_side").set_value(40).run()
    assert app.number_input("pooling_winners_row").value == HEIGHT - 40
    assert component(checked(app), "pooling_winners_crop")["row"] == HEIGHT - 40


def test_global_pooling():
    app = page("Global pooling")
    table = next(item.value for item in app.markdown if item.value.startswith("| |Red"))
    for value in global_pool(PICTURE, mode="average"):
        assert f"{value:.3f}"[:5] in table
    assert [item.value for item in app.metric] == ["25,089,000", "513,000", "98.0%"]
    app.number_input("pooling_global_size").set_value(5).run()
    app.number_input("pooling_global_channels").set_value(8).run()
    app.number_input("pooling_global_classes").set_value(10).run()
    assert [item.value for item in checked(app).metric] == ["2,010", "90", "95.5%"]
    assert r"(5 \cdot 5 \cdot 8 + 1) \cdot 10 &= 2\,010" in formulas(app)
    assert "size, channels, classes = 5, 8, 10" in code(app)


def test_global_presets():
    app = page("Global pooling")
    for number, pooled in enumerate(["513,000", "2,049,000", "2,562"]):
        app.button(f"pooling_global_preset_{number}").click().run()
        assert app.metric[1].value == pooled


def curve_on_screen(app: AppTest) -> dict[str, list[float]]:
    figure = json.loads(checked(app).main.get("plotly_chart")[0].proto.spec)
    return {line["name"]: line["y"] for line in figure["data"]}


def assert_curve(app: AppTest, **options: int) -> None:
    expected = shift_test(PICTURE, **options)
    shown = curve_on_screen(app)
    assert list(shown) == list(METHODS.values())
    for method, changes in expected.changes.items():
        np.testing.assert_allclose(shown[METHODS[method]], changes, atol=1e-9)
    assert f"{expected.mean('max'):.1%}" in captions(app)


def test_shift_controls():
    app = page("Shift test")
    assert_curve(app, largest=8)
    app.number_input("pooling_shift_size").set_value(3).run()
    assert_curve(app, largest=8, size=3)
    app.number_input("pooling_shift_stride").set_value(4).run()
    assert_curve(app, largest=8, size=3, stride=4)
    app.segmented_control("pooling_shift_blur").select(5).run()
    assert_curve(app, largest=8, size=3, stride=4, taps=5)
    app.number_input("pooling_shift_largest").set_value(5).run()
    assert_curve(app, largest=5, size=3, stride=4, taps=5)
    assert "[1, 4, 6, 4, 1]" in code(app)


def test_shift_pair():
    app = page("Shift test")
    expected = shift_test(PICTURE, largest=8)
    app.selectbox("pooling_shift_method").set_value("max_blur").run()
    app.slider("pooling_shift_offset").set_value(3).run()
    words = " ".join(item.value for item in checked(app).markdown)
    assert "3 = 1 × 2 + 1: moved back by 1 cell, with 1 pixel left over." in words
    assert f"**{expected.changes['max_blur'][3]:.2%}**" in words
    app.slider("pooling_shift_offset").set_value(4).run()
    assert "changes by **0.00%**" in " ".join(item.value for item in app.markdown)
    np.testing.assert_array_equal(picture(app, "Output before the shift"), picture(app, "Output after the shift"))
    app.number_input("pooling_shift_largest").set_value(2).run()
    assert checked(app).slider("pooling_shift_offset").value == 2


def test_shift_presets():
    app = page("Shift test")
    for number, words in enumerate(["1 = 0 × 2 + 1", "1 = 0 × 2 + 1", "2 = 0 × 4 + 2"]):
        app.button(f"pooling_shift_preset_{number}").click().run()
        assert words in " ".join(item.value for item in checked(app).markdown)
    assert app.selectbox("pooling_shift_method").value == "strided"


@pytest.mark.parametrize("shape", [(1, 1), (1, 700), (3, 5)])
@pytest.mark.parametrize("view", ["Photo", "Step by step", "Winners", "Global pooling", "Shift test"])
def test_tiny_pictures_get_an_answer_or_a_message(view, shape, monkeypatch):
    from pages.ui import picture as chooser

    tiny = chooser.Picture("Tiny", np.full((*shape, 3), 90, np.uint8), shape[::-1], f"tiny{shape}")
    monkeypatch.setattr(chooser, "shared_picture", lambda: tiny)
    app = page(view, pooling_steps_source="photo")
    assert all("Received: " in message for message in errors(app))
    assert app.main.get("button")


@pytest.mark.parametrize("name", ["size", "stride"])
@pytest.mark.parametrize("value", [0, -1])
def test_a_window_or_stride_below_one_gets_a_message(name: str, value: int) -> None:
    app = page("Photo")
    app.number_input(key=f"pooling_photo_{name}").set_value(value).run()
    assert not app.exception
    assert f"={value}" in app.error[0].value.split("Received: ")[1]
    app.number_input(key=f"pooling_photo_{name}").set_value(2).run()
    assert not app.error
