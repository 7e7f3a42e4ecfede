"""The convolution page: every control changes what it should, and what is shown equals what the core computes."""

import base64
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from cnn_core.channels import select_channels
from cnn_core.convolution import convolve
from cnn_core.display import show
from cnn_core.grids import WORKED_EXAMPLES, format_grid, parse_grid
from cnn_core.images import to_float
from cnn_core.kernels import KERNELS
from cnn_core.layer_cost import compare_costs
from cnn_core.nonlinearities import activate
from cnn_core.samples import sample

MAIN = str(Path(__file__).parents[2] / "pages" / "main.py")
PHOTO = to_float(sample("cat"))


def opened(**link: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=60)
    app.query_params.update(link)
    app.switch_page("convolution.py")
    app.run()
    assert not app.exception
    return app


def data(app: AppTest, key: str) -> dict[str, Any]:
    """What a component was given."""
    for element in app.main.get("bidi_component"):
        if element.proto.id.endswith(key):
            return json.loads(element.proto.json or element.proto.mixed.json)
    raise AssertionError(f"there is no {key} among {[e.proto.id for e in app.main.get('bidi_component')]}")


def picture(app: AppTest, side: str = "output") -> np.ndarray:
    source = data(app, "convolution_pictures")[side]["source"]
    with Image.open(io.BytesIO(base64.b64decode(source.split(",")[1]))) as opened_picture:
        return np.asarray(opened_picture.convert("RGB"))


def text(app: AppTest) -> str:
    elements = [*app.markdown, *app.caption, *app.latex, *app.success, *app.warning, *app.info, *app.error]
    return "\n".join(element.value for element in elements)


def expected(kernel: np.ndarray, *, channels: str = "grey", activation: str = "none", how: str = "signed", **options):
    output = activate(convolve(select_channels(PHOTO, channels), kernel, **options), activation)
    return show(output, how=how).picture


def test_the_page_shows_what_the_core_computes() -> None:
    app = opened()
    np.testing.assert_array_equal(picture(app), expected(KERNELS["sobel_x"].build(), padding="same"))
    assert data(app, "convolution_pictures")["output"]["size"] == "300 × 451 × 1"


@pytest.fixture(scope="module")
def walked() -> AppTest:
    """A page on which one kernel is chosen after the other."""
    return opened()


@pytest.mark.parametrize("name", KERNELS)
def test_every_kernel(name: str, walked: AppTest) -> None:
    app = walked
    app.selectbox(key="convolution_kernel").set_value(name).run()
    assert not app.exception
    assert not app.error
    assert KERNELS[name].sentence in text(app)
    options = {option: app.slider(key=f"convolution_{option}").value for option in KERNELS[name].options}
    kernel = KERNELS[name].build(**options)
    np.testing.assert_array_equal(picture(app), expected(kernel, padding="same"))


@pytest.mark.parametrize(
    ("kind", "key", "value", "change"),
    [
        ("number_input", "convolution_stride", 3, {"stride": 3}),
        ("number_input", "convolution_dilation", 4, {"dilation": 4}),
        ("selectbox", "convolution_padding", "valid", {"padding": "valid"}),
        ("selectbox", "convolution_padding", "full", {"padding": "full"}),
        ("selectbox", "convolution_padding", "reflect", {"padding": "reflect"}),
        ("toggle", "convolution_flip", True, {"flip": True}),
        ("selectbox", "convolution_input", "blue", {"channels": "blue"}),
        ("selectbox", "convolution_input", "colour", {"channels": "colour", "how": "absolute"}),
        ("selectbox", "convolution_activation", "relu", {"activation": "relu"}),
        ("segmented_control", "convolution_show", "clipped", {"how": "clipped"}),
        ("segmented_control", "convolution_show", "absolute", {"how": "absolute"}),
        ("segmented_control", "convolution_show", "rescaled", {"how": "rescaled"}),
    ],
)
def test_each_control_of_the_photo_tab(kind: str, key: str, value: Any, change: dict[str, Any]) -> None:
    app = opened()
    before = picture(app)
    getattr(app, kind)(key=key).set_value(value).run()
    assert not app.exception
    assert not app.error
    after = picture(app)
    np.testing.assert_array_equal(after, expected(KERNELS["sobel_x"].build(), **({"padding": "same"} | change)))
    assert after.shape != before.shape or (after != before).any()


def test_kernel_options_change_the_kernel() -> None:
    app = opened(convolution_kernel="Gabor")
    for option, value in {"theta": 45, "wavelength": 9.0, "sigma": 3.5, "size": 13}.items():
        app.slider(key=f"convolution_{option}").set_value(value).run()
    wanted = KERNELS["gabor"].build(size=13, sigma=3.5, theta=45, wavelength=9.0)
    np.testing.assert_array_equal(picture(app), expected(wanted, padding="same"))


def test_slider_view_places_a_valid_output_inside_the_input() -> None:
    app = opened(convolution_padding="Valid: none", convolution_compare="Slider")
    shown = data(app, "convolution_pictures")
    assert shown["mode"] == "slider"
    assert shown["place"]["top"] == pytest.approx(1 / 300)
    assert shown["place"]["width"] == pytest.approx(449 / 451)


def test_typed_weights_and_the_edits() -> None:
    app = opened()
    app.text_area(key="convolution_weights").set_value("1/9 2\t3; 4 5 6").run()
    assert app.error  # cells are split by tabs where there is one, so the row has two and the next three
    app.text_area(key="convolution_weights").set_value("1/9,2,3;4,5,6").run()
    kernel = np.array([[1 / 9, 2, 3], [4, 5, 6]], np.float32)
    assert "Typed or edited by you." in text(app)
    np.testing.assert_array_equal(picture(app), expected(kernel, padding="same"))
    buttons = {"transpose": kernel.T, "flip": kernel.T[::-1, ::-1]}
    for name, wanted in buttons.items():
        app.button(key=f"convolution_edit_{name}").click().run()
        assert app.session_state["convolution_weights"] == format_grid(wanted)
    app.button(key="convolution_edit_normalise").click().run()
    assert parse_grid(app.session_state["convolution_weights"], name="kernel", max_side=11).sum() == pytest.approx(1)
    app.number_input(key="convolution_grid_side").set_value(5).run()
    app.button(key="convolution_random").click().run()
    first = app.session_state["convolution_weights"]
    assert parse_grid(first, name="kernel", max_side=11).shape == (5, 5)
    app.button(key="convolution_random").click().run()
    assert app.session_state["convolution_weights"] != first
    app.selectbox(key="convolution_kernel").set_value("outline").run()
    assert "Typed or edited by you." not in text(app)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("1,2;3", "Received:"),
        ("1,nan;3,4", "Received:"),
        ("1,two;3,4", "Received:"),
        (";".join(["1"] * 40), "Received:"),
    ],
)
def test_what_is_not_a_kernel_gets_a_message_and_the_page_stays(typed: str, message: str) -> None:
    app = opened()
    before = picture(app)
    app.text_area(key="convolution_weights").set_value(typed).run()
    assert message in app.error[0].value
    # Nothing is lost: the last readable kernel stays in use, and the edits wait.
    np.testing.assert_array_equal(picture(app), before)
    for edit in ("normalise", "transpose", "flip"):
        app.button(key=f"convolution_edit_{edit}").click().run()
        assert not app.exception
        assert app.session_state["convolution_weights"] == typed
    app.text_area(key="convolution_weights").set_value("1").run()
    assert not app.error
    assert "Typed or edited by you." in text(app)


@pytest.mark.parametrize("value", [0, -1])
@pytest.mark.parametrize("name", ["stride", "dilation"])
def test_a_stride_or_dilation_below_one_gets_a_message(name: str, value: int) -> None:
    app = opened()
    app.number_input(key=f"convolution_{name}").set_value(value).run()
    assert f"Received: {name}={value}" in app.error[0].value
    app.number_input(key=f"convolution_{name}").set_value(2).run()
    assert not app.error
    assert f"Received: {name}={value}" in opened(**{f"convolution_{name}": str(value)}).error[0].value


def test_own_weights_are_called_so_also_from_a_link() -> None:
    app = opened()
    app.text_area(key="convolution_weights").set_value("1,2;3,4").run()
    app.run()
    assert app.session_state["convolution_kernel"] == "own"
    assert data(app, "convolution_pictures")["output"]["label"] == "Output: Own weights"
    linked = opened(convolution_weights="1,2;3,4")
    assert data(linked, "convolution_pictures")["output"]["label"] == "Output: Own weights"
    assert "Typed or edited by you." in text(linked)
    app.selectbox(key="convolution_kernel").set_value("emboss").run()
    assert data(app, "convolution_pictures")["output"]["label"] == "Output: Emboss"


def test_a_kernel_larger_than_the_picture() -> None:
    app = opened(convolution_padding="Valid: none", convolution_kernel="Box blur", convolution_dilation="16")
    app.slider(key="convolution_size").set_value(31).run()
    assert "does not fit" in app.error[0].value
    assert "Received: input=300, window=31, dilation=16" in app.error[0].value
    app.selectbox(key="convolution_padding").set_value("same").run()
    assert not app.error


def test_size_cost_and_factors_are_written_out() -> None:
    app = opened(convolution_stride="2")
    assert r"\frac{300 + 0 + 1 - 3}{2} \right\rfloor + 1 = 150" in text(app)
    app.number_input(key="convolution_filters").set_value(16).run()
    conv, separable, dense = compare_costs((300, 451), kernel=3, channels=1, filters=16, stride=2, padding="same")
    for figure in (conv.parameters, conv.macs, separable.macs, dense.parameters):
        assert f"{figure:,}" in text(app)
    assert r"\begin{bmatrix}1\\2\\1\end{bmatrix}\begin{bmatrix}-1 & 0 & 1\end{bmatrix}" in text(app)
    app.selectbox(key="convolution_kernel").set_value("outline").run()
    assert "Not separable" in text(app)
    app.number_input(key="convolution_dilation").set_value(2).run()
    assert "Keras refuses" in text(app)


@pytest.mark.parametrize("number", range(3))
def test_presets_of_the_photo_tab(number: int) -> None:
    app = opened(convolution_stride="5", convolution_kernel="Emboss")
    app.button(key=f"convolution_preset_{number}").click().run()
    assert not app.exception
    assert app.session_state["convolution_stride"] == (4 if number == 2 else 1)
    name = app.session_state["convolution_kernel"]
    assert name == ("gaussian" if number == 2 else "sobel_x")
    assert "Typed or edited by you." not in text(app)
    assert ":material/lightbulb:" in text(app)


def test_the_crop_is_the_mean_of_the_pictures_pixels() -> None:
    app = opened(convolution_view="Step by step", convolution_from="Crop of the picture")
    app.session_state["convolution_row"] = 100
    app.session_state["convolution_column"] = 120
    app.run()
    seen = np.array(data(app, "convolution_stepper")["grid"]).reshape(8, 8)
    grey = select_channels(PHOTO, "grey")[100:132, 120:152, 0]
    np.testing.assert_allclose(seen, grey.reshape(8, 4, 8, 4).mean(axis=(1, 3)), atol=0.006)


@pytest.mark.parametrize("number", range(len(WORKED_EXAMPLES)))
def test_worked_examples(number: int) -> None:
    example = list(WORKED_EXAMPLES.values())[number]
    app = opened(convolution_view="Step by step")
    app.button(key=f"convolution_steps_preset_{number}").click().run()
    assert not app.exception
    assert not app.error
    layer = data(app, "convolution_stepper")
    assert layer["operation"] == example.operation
    assert layer["grid"] == parse_grid(example.grid, name="grid", max_side=16).ravel().tolist()
    assert layer["kernel"] == parse_grid(example.kernel, name="kernel", max_side=16).ravel().tolist()
    assert layer["stride"] == [example.stride] * 2
    assert example.teaches in text(app)


def test_three_channels_and_their_factors() -> None:
    app = opened(convolution_view="Step by step")
    app.button(key=f"convolution_steps_preset_{len(WORKED_EXAMPLES)}").click().run()
    layer = data(app, "convolution_stepper")
    assert layer["channels"] == 3
    assert layer["channel_names"] == ["Red", "Green", "Blue"]
    assert layer["kernel"] == [0.299, 0.587, 0.114]
    app.text_input(key="convolution_mix").set_value("1,2").run()
    assert "3 factors" in app.error[0].value
    app.text_input(key="convolution_mix").set_value("0,1,0").run()
    assert data(app, "convolution_stepper")["kernel"] == [0, 1, 0]
    app.number_input(key="convolution_bias").set_value(2.5).run()
    assert data(app, "convolution_stepper")["bias"] == 2.5
    app.segmented_control(key="convolution_crop_channels").set_value("Grey").run()
    assert data(app, "convolution_stepper")["channels"] == 1


def test_each_control_of_the_steps_tab() -> None:
    app = opened(convolution_view="Step by step", convolution_from="Crop of the picture")
    app.number_input(key="convolution_crop_side").set_value(12).run()
    app.number_input(key="convolution_cell").set_value(2).run()
    app.number_input(key="convolution_row").set_value(40).run()
    app.number_input(key="convolution_column").set_value(60).run()
    seen = np.array(data(app, "convolution_stepper")["grid"]).reshape(12, 12)
    grey = select_channels(PHOTO, "grey")[40:64, 60:84, 0].reshape(12, 2, 12, 2).mean(axis=(1, 3))
    np.testing.assert_allclose(seen, grey, atol=0.006)
    app.number_input(key="convolution_row").set_value(100_000).run()
    assert not app.exception
    app.segmented_control(key="convolution_from").set_value("Small grid").run()
    app.text_area(key="convolution_grid").set_value("1,2,3;4,5,6;7,8,9").run()
    assert data(app, "convolution_stepper")["size"] == [3, 3]
    app.selectbox(key="convolution_operation").set_value("Transposed").run()
    assert data(app, "convolution_stepper")["operation"] == "transposed"
    app.selectbox(key="convolution_padding").set_value("reflect").run()
    assert "has no padding" in text(app)
    app.text_area(key="convolution_grid").set_value("1,x").run()
    assert "Received:" in app.error[0].value


def test_an_edited_crop_keeps_its_edit_until_the_crop_moves() -> None:
    app = opened(convolution_view="Step by step", convolution_from="Crop of the picture", convolution_crop_side="2")
    own = data(app, "convolution_stepper")["grid"]
    app.text_area(key="convolution_cells").set_value("1,2;3,4").run()
    assert data(app, "convolution_stepper")["grid"] == [1, 2, 3, 4]
    app.number_input(key="convolution_bias").set_value(1.0).run()
    assert data(app, "convolution_stepper")["grid"] == [1, 2, 3, 4]
    app.number_input(key="convolution_row").set_value(0).run()
    assert data(app, "convolution_stepper")["grid"] not in ([1, 2, 3, 4], own)


def test_an_edit_in_the_stepper_reaches_the_text_and_the_code() -> None:
    app = opened(convolution_view="Step by step")
    app.session_state["convolution_grid"] = "5,0;0,5"
    app.session_state["convolution_weights"] = "2"
    app.run()
    assert data(app, "convolution_stepper")["grid"] == [5, 0, 0, 5]
    assert "[[5], [0]]" in app.code[0].value


def test_translation_says_whether_the_output_moved_along() -> None:
    app = opened(convolution_view="Translation")
    assert "Equivariant inside, not at the border" in app.info[0].value
    app.slider(key="convolution_dx").set_value(7).run()
    app.slider(key="convolution_dy").set_value(-4).run()
    assert "-4 rows and 7 columns" in app.info[0].value
    app.number_input(key="convolution_stride").set_value(2).run()
    assert "Not equivariant" in app.warning[0].value
    app.toggle(key="convolution_flip").set_value(True).run()
    assert "rotate its kernel" in text(app)
    assert "shifted[0 : 296, 7 : 451]" in app.code[0].value


@pytest.mark.parametrize(
    ("number", "verdict"), [(0, "Equivariant inside"), (1, "Not equivariant"), (2, "Equivariant inside")]
)
def test_presets_of_the_translation_tab(number: int, verdict: str) -> None:
    app = opened(convolution_view="Translation")
    app.button(key=f"convolution_translation_preset_{number}").click().run()
    assert verdict in text(app)


def test_chain_grows_its_receptive_field() -> None:
    app = opened(convolution_view="Chain")
    app.button(key="convolution_chain_preset_0").click().run()
    for field in ("3 × 3", "5 × 5", "7 × 7", "9 × 9"):
        assert f"{field} pixels" in text(app)
    app.button(key="convolution_chain_preset_1").click().run()
    for field in ("4 × 4", "10 × 10", "22 × 22", "46 × 46"):
        assert f"{field} pixels" in text(app)


def test_each_control_of_the_chain() -> None:
    app = opened(convolution_view="Chain")
    for number in (1, 2, 3):
        app.selectbox(key=f"convolution_layer{number}_kernel").set_value("identity")
        app.selectbox(key=f"convolution_layer{number}_activation").set_value("none")
        app.selectbox(key=f"convolution_layer{number}_pooling").set_value("none")
    app.run()
    assert "1 × 1 pixels" not in text(app)
    assert "7 × 7 pixels" in text(app)
    app.number_input(key="convolution_layer2_stride").set_value(2).run()
    assert "150 × 226" in text(app)
    app.selectbox(key="convolution_layer1_pooling").set_value("average").run()
    assert "| 150 × 225 |" in text(app)
    app.slider(key="convolution_layers").set_value(1).run()
    assert "Layer 2" not in text(app)
    before = [image.url for element in app.main.get("image") for image in element.proto.imgs]
    app.slider(key="convolution_x").set_value(10).run()
    app.slider(key="convolution_y").set_value(90).run()
    after = [image.url for element in app.main.get("image") for image in element.proto.imgs]
    assert before[0] != after[0]


def test_a_tiny_picture_in_every_tab() -> None:
    """A 1 x 1 and a very thin picture: a message or a result, never a traceback."""
    for shape in ((1, 1), (1, 900)):
        buffer = io.BytesIO()
        Image.fromarray(np.full((*shape, 3), 200, np.uint8)).save(buffer, "PNG")
        for view in ("Photo", "Step by step", "Translation", "Chain"):
            app = opened(convolution_view=view)
            app.segmented_control(key="picture_source").set_value("upload").run()
            app.file_uploader[0].set_value([("tiny.png", buffer.getvalue(), "image/png")]).run()
            app.session_state["convolution_from"] = "Crop of the picture"
            app.session_state["convolution_padding"] = "valid"
            app.run()
            assert not app.exception, (shape, view)
            if view == "Photo":
                assert "does not fit" in app.error[0].value, shape


def test_the_link_holds_the_view() -> None:
    app = opened(
        convolution_kernel="Gaussian blur", convolution_size="7", convolution_stride="2", convolution_show="Clipped"
    )
    wanted = expected(KERNELS["gaussian"].build(size=7, sigma=2.0), padding="same", stride=2, how="clipped")
    np.testing.assert_array_equal(picture(app), wanted)
    assert opened(convolution_kernel="nonsense").session_state["convolution_kernel"] == "sobel_x"
