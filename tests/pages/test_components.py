"""What the component wrappers send to the browser, take from it, and refuse."""

import json
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from cnn_core.errors import InputError
from pages.ui import matrix
from pages.ui import stepper as stepper_module
from pages.ui.stepper import describe_layer

RAMP = np.arange(1, 17, dtype=np.float32).reshape(4, 4)
KERNEL = np.ones((3, 3), np.float32)


def test_data_is_plain_json_that_reads_as_typed() -> None:
    layer = describe_layer(
        np.float32([[0.1, 0.2]]), operation="convolution", kernel=np.float32([[1 / 3]]), bias=np.float32(2)
    )
    assert json.loads(json.dumps(layer)) == layer
    assert layer["grid"] == [0.1, 0.2]
    assert layer["kernel"] == [0.33333334]


@pytest.mark.parametrize(
    ("padding", "sources"),
    [
        ("valid", [0, 1, 2, 3]),
        ("same", [-1, 0, 1, 2, 3, -1]),
        ("reflect", [1, 0, 1, 2, 3, 2]),
        ("full", [-1] * 2 + [0, 1, 2, 3] + [-1] * 2),
    ],
)
def test_padding_says_which_cell_lies_under_each_position(padding: str, sources: list[int]) -> None:
    layer = describe_layer(RAMP, operation="convolution", kernel=KERNEL, padding=padding)
    assert layer["row_sources"] == layer["column_sources"] == sources
    assert layer["padding_before"] == [sources.index(0) if padding != "reflect" else 1] * 2


def test_a_single_row_is_reflected_onto_itself() -> None:
    layer = describe_layer(RAMP[:1], operation="convolution", kernel=KERNEL, padding="reflect")
    assert layer["row_sources"] == [0, 0, 0]


def test_pooling_steps_by_its_own_size_unless_told() -> None:
    layer = describe_layer(RAMP, operation="max", size=(2, 4))
    assert (layer["stride"], layer["output_size"]) == ([2, 4], [2, 1])
    assert describe_layer(RAMP, operation="max", size=2, stride=1)["output_size"] == [3, 3]


def test_transposed_convolution_has_keras_geometry() -> None:
    keras = pytest.importorskip("keras")
    for kernel in (1, 2, 3, 5):
        for stride in (1, 2, 3):
            for padding in ("valid", "same"):
                layer = describe_layer(
                    RAMP, operation="transposed", kernel=np.ones((kernel, kernel)), stride=stride, padding=padding
                )
                point = np.zeros((1, 4, 4, 1), np.float32)
                point[0, 1, 2, 0] = 1
                weights = np.ones((kernel, kernel, 1, 1), np.float32)
                stamped = np.asarray(keras.ops.conv_transpose(point, weights, strides=stride, padding=padding))[
                    0, :, :, 0
                ]
                assert layer["output_size"] == list(stamped.shape)
                rows, columns = np.nonzero(stamped)
                assert rows.min() == max(stride - layer["crop"][0], 0)
                assert columns.min() == max(2 * stride - layer["crop"][1], 0)


def test_what_does_not_fit_is_an_input_error() -> None:
    with pytest.raises(InputError, match="does not fit"):
        describe_layer(RAMP, operation="convolution", kernel=np.ones((5, 5)))
    with pytest.raises(InputError, match="padding"):
        describe_layer(RAMP, operation="max", size=2, padding="reflect")
    with pytest.raises(InputError, match="stride"):
        describe_layer(RAMP, operation="max", size=2, stride=0)


@pytest.mark.parametrize(
    "options",
    [
        {"operation": "median", "size": 2},
        {"operation": "max", "kernel": KERNEL},
        {"operation": "convolution", "size": 2},
        {"operation": "convolution", "kernel": np.ones((3, 3, 2))},
    ],
)
def test_a_page_that_mixes_things_up_fails_loudly(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError) as caught:
        describe_layer(RAMP, **options)
    assert not isinstance(caught.value, InputError)


def stepper_page() -> None:
    import numpy as np
    import streamlit as st

    from pages.ui.stepper import stepper

    st.text_input("Grid", key="grid", value="1,2;3,4")
    stepper(np.eye(2), key="stepper", operation="convolution", kernel=np.ones((1, 1)), input_target="grid")


def matrix_page() -> None:
    import streamlit as st

    from pages.ui.matrix import matrix_editor

    st.session_state.setdefault("kernel", "1,x;2")
    matrix_editor(target="kernel", key="matrix", label="Kernel", colours="signed")
    st.text_input("Kernel", key="kernel")


def payload(app: AppTest) -> dict[str, Any]:
    components = [element for element in app.main if element.type == "bidi_component"]
    return json.loads(components[0].proto.json)


def test_stepper_mounts_and_says_which_cells_can_be_edited() -> None:
    app = AppTest.from_function(stepper_page, default_timeout=60).run()
    assert not app.exception
    data = payload(app)
    assert (data["edit_input"], data["edit_kernel"]) == (True, False)
    assert data["output_size"] == [2, 2]


def test_matrix_shows_the_text_as_typed_and_fills_short_rows() -> None:
    app = AppTest.from_function(matrix_page, default_timeout=60).run()
    assert not app.exception
    assert payload(app)["cells"] == [["1", "x"], ["2", ""]]
    app.text_input(key="kernel").set_value("1/9").run()
    assert payload(app)["cells"] == [["1/9"]]


@pytest.mark.parametrize("text", [";".join(["1"] * 12), "1" * 100_000])
def test_matrix_leaves_a_large_grid_to_the_text_field(text: str) -> None:
    app = AppTest.from_function(matrix_page, default_timeout=60).run()
    app.text_input(key="kernel").set_value(text).run()
    assert not app.exception
    assert "up to 11 × 11" in app.caption[0].value


@pytest.mark.parametrize("sent", [None, 7, ["1"], "1" * 70_000])
def test_only_short_text_is_taken_from_the_browser(monkeypatch: pytest.MonkeyPatch, sent: object) -> None:
    state: dict[str, Any] = {"stepper": {"input": sent}, "matrix": {"edit": sent}, "grid": "1,2"}
    monkeypatch.setattr(st, "session_state", state)
    stepper_module.take_edit("stepper", "input", "grid")
    matrix.take_edit("matrix", "grid")
    assert state["grid"] == "1,2"


def test_an_edit_is_written_to_its_target_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    state: dict[str, Any] = {"stepper": {"input": "5,6"}, "matrix": {"edit": "7,8"}, "grid": "1,2", "kernel": "3"}
    monkeypatch.setattr(st, "session_state", state)
    stepper_module.take_edit("stepper", "kernel", "kernel")
    stepper_module.take_edit("stepper", "input", None)
    assert state["kernel"] == "3"
    stepper_module.take_edit("stepper", "input", "grid")
    matrix.take_edit("matrix", "kernel")
    assert (state["grid"], state["kernel"]) == ("5,6", "7,8")


def test_a_kernel_of_several_channels_cannot_be_edited_as_text() -> None:
    with pytest.raises(ValueError, match="one channel"):
        stepper_module.stepper(
            np.ones((2, 2, 3)), key="s", operation="convolution", kernel=np.ones((1, 1, 3)), kernel_target="kernel"
        )


def channels_page() -> None:
    import numpy as np
    import streamlit as st

    from cnn_core.grids import parse_channels
    from pages.ui.stepper import stepper

    crop = parse_channels(st.session_state.setdefault("crop", "1,2;3,4|5,6;7,8"), name="crop", max_side=16)
    options = {"kernel": np.ones((1, 1, 2)), "operation": "convolution"}
    stepper(crop, key="targeted", input_target="crop", start=(np.int64(1), 0), **options)
    stepper(crop, key="local", local_edits=True, **options)
    stepper(crop, key="fixed", **options)


def test_a_crop_of_several_channels_can_be_edited_with_and_without_a_target() -> None:
    app = AppTest.from_function(channels_page, default_timeout=60).run()
    assert not app.exception
    sent = [json.loads(one.proto.json) for one in app.main if one.type == "bidi_component"]
    assert sent[0]["grid"] == [1, 5, 2, 6, 3, 7, 4, 8]
    assert [data["edit_input"] for data in sent] == [True, True, False]
    assert [data["edit_kernel"] for data in sent] == [False, True, False]
    assert [data["send"] for data in sent] == [["input"], [], []]
    assert [data["start"] for data in sent] == [[1, 0], None, None]
