"""The matrix and the stepper in a real Chromium: their numbers, their controls, what they send to Python."""

import json
import re
import urllib.parse
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnn_core.convolution import conv2d_transpose, window
from cnn_core.geometry import as_pair, output_size, padding_amounts
from cnn_core.grids import format_grid, parse_grid

pytestmark = pytest.mark.browser
HARNESS = Path(__file__).with_name("harness.py")
WAIT = 15_000

RAMP = "1,2,3,4;5,6,7,8;9,10,11,12;13,14,15,16"
SQUARE = "0,0,0,0,0;0,1,1,1,0;0,1,1,1,0;0,1,1,1,0;0,0,0,0,0"
OUTLINE = "-1,-1,-1;-1,8,-1;-1,-1,-1"
EDGE = "-1,0,1;-1,0,1;-1,0,1"
UNEVEN = format_grid(np.random.default_rng(0).uniform(-2, 3, (7, 6)))
TIES = "3,3,1,0;3,3,2,5;0,-4,5,5;-4,-1,2,2"


def convolution(**options: Any) -> dict[str, Any]:
    return {"operation": "convolution", "grid": UNEVEN, "kernel": "1,2,3;4,5,6;7,8,-9"} | options


def pooling(mode: str, **options: Any) -> dict[str, Any]:
    return {"operation": mode, "grid": UNEVEN, "gradient": True} | options


CASES = [
    convolution(grid=RAMP, kernel=OUTLINE),
    convolution(grid=SQUARE, kernel=EDGE),
    *(convolution(padding=padding, stride=s) for padding in ("valid", "same", "full", "reflect") for s in (1, 2)),
    *(convolution(kernel="1,2;3,-4", padding=padding, stride=[2, 1]) for padding in ("same", "reflect")),
    *(convolution(dilation=2, padding=padding) for padding in ("valid", "same", "full")),
    convolution(dilation=[1, 3], kernel="1,-2", padding="same"),
    convolution(dilation=2, stride=2, padding="same"),
    *(convolution(flip=True, padding=padding) for padding in ("valid", "same")),
    convolution(flip=True, kernel="1,2,3,4", dilation=[1, 2], padding="full"),
    convolution(kernel="2"),
    convolution(channels=3, bias=0.5),
    convolution(channels=2, stride=2, padding="same", flip=True),
    convolution(bias=-1.25),
    *(
        {"operation": "transposed", "grid": RAMP, "kernel": kernel, "stride": stride, "padding": padding, "channels": c}
        for kernel, stride, padding, c in [
            ("1,2;3,4", 2, "valid", 1),
            ("1,2,3;4,5,6;7,8,9", 2, "valid", 1),
            ("1,2,3;4,5,6;7,8,9", 2, "same", 1),
            ("1,2,3,4", [1, 3], "same", 2),
            ("1,2;3,4", 3, "same", 1),
            ("1,2;3,4", 3, "valid", 2),
        ]
    ),
    {"operation": "transposed", "grid": RAMP, "kernel": "1,2;3,4", "dilation": 2},
    *(pooling(mode, size=2, grid=TIES) for mode in ("max", "average", "min", "l2")),
    *(pooling(mode, size=3, stride=2, padding="same") for mode in ("max", "average", "min", "l2")),
    pooling("max", size=[2, 3], stride=1),
    pooling("average", size=[3, 2], stride=[1, 2], channels=2),
]
PAGES = [CASES[start : start + 8] for start in range(0, len(CASES), 8)]


def channels_of(text: str, case: dict[str, Any], name: str) -> np.ndarray:
    grid = parse_grid(text, name=name, max_side=32)
    return np.stack([grid * (1 if c == 0 else (c + 1) * (-1) ** c) for c in range(case.get("channels", 1))], axis=2)


def pool_by_hand(case: dict[str, Any], grid: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Output and gradient of pooling one channel, with plain loops over the definition."""
    size = as_pair(case["size"], "size")
    stride = as_pair(case.get("stride", size), "stride")
    padding = case.get("padding", "valid")
    output = np.zeros(output_size(grid.shape, size, stride=stride, padding=padding))
    gradient = np.zeros(grid.shape)
    before = [padding_amounts(grid.shape[a], size[a], stride=stride[a], padding=padding)[0] for a in (0, 1)]
    for row, column in np.ndindex(output.shape):
        starts = row * stride[0] - before[0], column * stride[1] - before[1]
        places = [(starts[0] + r, starts[1] + c) for r in range(size[0]) for c in range(size[1])]
        places = [(r, c) for r, c in places if 0 <= r < grid.shape[0] and 0 <= c < grid.shape[1]]
        values = [float(grid[place]) for place in places]
        mode = case["operation"]
        if mode in ("max", "min"):
            best = max(values) if mode == "max" else min(values)
            output[row, column] = best
            gradient[places[values.index(best)]] += 1
            continue
        total = sum(values) / len(values) if mode == "average" else np.sqrt(sum(v * v for v in values))
        output[row, column] = total
        for place, value in zip(places, values, strict=True):
            gradient[place] += 1 / len(values) if mode == "average" else value / total
    return output, gradient


def expected_output(case: dict[str, Any]) -> np.ndarray:
    grid = channels_of(case["grid"], case, "grid")
    if "size" in case:
        return pool_by_hand(case, grid[:, :, 0])[0]
    kernel = channels_of(case["kernel"], case, "kernel")
    options = {name: case[name] for name in ("stride", "padding", "dilation") if name in case}
    if case["operation"] == "transposed":
        return conv2d_transpose(grid, kernel[:, :, None, :], **options)[:, :, 0]
    shape = output_size(grid.shape[:2], kernel.shape[:2], **options)
    output = np.full(shape, case.get("bias", 0.0))
    for row, column in np.ndindex(shape):
        for c in range(grid.shape[2]):
            seen = window(grid[:, :, c], kernel[:, :, c], row, column, flip=case.get("flip", False), **options)
            output[row, column] += seen.sums[0]
    return output


def open_cases(page: Any, serve: Any, *cases: dict[str, Any]) -> Any:
    """Open the harness with these cases and wait until all are drawn; returns the first stepper."""
    page.goto(f"{serve(HARNESS)}/?cases={urllib.parse.quote(json.dumps(cases))}")
    page.get_by_test_id("stepper-sum").nth(len(cases) - 1).wait_for(timeout=WAIT)
    return page.get_by_test_id("stepper").first


def values_of(stepper: Any, name: str) -> np.ndarray:
    """The full-precision numbers of a grid's cells; cells without a number are NaN."""
    cells = stepper.get_by_test_id(f"stepper-{name}-cell").evaluate_all(
        "cells => cells.map(({dataset: d}) => [Number(d.row), Number(d.col), d.value === undefined ? null : +d.value])"
    )
    grid = np.full((max(c[0] for c in cells) + 1, max(c[1] for c in cells) + 1), np.nan)
    for row, column, value in cells:
        grid[row, column] = np.nan if value is None else value
    return grid


def cell(stepper: Any, name: str, row: int, column: int) -> Any:
    return stepper.get_by_test_id(f"stepper-{name}-cell").and_(
        stepper.locator(f"[data-row='{row}'][data-col='{column}']")
    )


def total(stepper: Any) -> float:
    return float(stepper.get_by_test_id("stepper-sum").get_attribute("data-value"))


def position(stepper: Any) -> tuple[str | None, int, int]:
    element = stepper.get_by_test_id("stepper-position")
    return (
        element.get_attribute("data-grid"),
        int(element.get_attribute("data-row")),
        int(element.get_attribute("data-col")),
    )


@pytest.mark.parametrize("cases", PAGES, ids=lambda cases: "-".join(sorted({c["operation"] for c in cases})))
def test_every_output_cell_is_what_the_core_computes(page: Any, serve: Any, cases: list[dict[str, Any]]) -> None:
    open_cases(page, serve, *cases)
    for number, case in enumerate(cases):
        stepper = page.get_by_test_id("stepper").nth(number)
        expected = expected_output(case)
        np.testing.assert_allclose(values_of(stepper, "output"), expected, rtol=1e-5, atol=1e-4, err_msg=str(case))
        middle = (expected.shape[0] // 2, expected.shape[1] // 2)
        cell(stepper, "output", *middle).hover()
        assert position(stepper) == ("output", *middle)
        assert total(stepper) == pytest.approx(float(expected[middle]), rel=1e-5, abs=1e-4)
        if case.get("gradient"):
            _, gradient = pool_by_hand(case, channels_of(case["grid"], case, "grid")[:, :, 0])
            np.testing.assert_allclose(values_of(stepper, "gradient"), gradient, atol=1e-6, err_msg=str(case))


def test_hovering_the_input_moves_the_window_and_shows_the_products(page: Any, serve: Any) -> None:
    stepper = open_cases(page, serve, convolution(grid=SQUARE, kernel=EDGE))
    assert total(stepper) == 2
    cell(stepper, "input", 2, 3).hover()
    assert position(stepper) == ("output", 1, 2)
    assert total(stepper) == -3
    np.testing.assert_array_equal(values_of(stepper, "products"), [[-1, 0, 0], [-1, 0, 0], [-1, 0, 0]])
    assert stepper.get_by_test_id("stepper-arithmetic").inner_text() == (
        "1·(−1) + 1·0 + 0·1 + 1·(−1) + 1·0 + 0·1 + 1·(−1) + 1·0 + 0·1 = −3"
    )
    assert stepper.get_by_test_id("stepper-live").inner_text() == "Row 2, column 3: sum −3"


def test_keyboard_moves_the_window_and_space_plays(page: Any, serve: Any) -> None:
    stepper = open_cases(page, serve, convolution(grid=SQUARE, kernel=EDGE))
    stepper.get_by_test_id("stepper-output-grid").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert position(stepper) == ("output", 1, 1)
    assert stepper.get_by_test_id("stepper-output-grid").get_attribute("aria-activedescendant") == cell(
        stepper, "output", 1, 1
    ).get_attribute("id")
    page.keyboard.press("End")
    page.keyboard.press("ArrowDown")
    assert position(stepper) == ("output", 2, 2)
    stepper.get_by_test_id("stepper-input-grid").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    assert position(stepper) == ("output", 1, 0)
    page.keyboard.press("Space")
    assert stepper.get_by_test_id("stepper-play").get_attribute("aria-label") == "Pause"


def test_play_advances_pause_stops_and_the_end_is_the_end(page: Any, serve: Any) -> None:
    stepper = open_cases(page, serve, convolution(grid=SQUARE, kernel=EDGE))
    play = stepper.get_by_test_id("stepper-play")
    stepper.get_by_test_id("stepper-speed").fill("4")
    play.click()
    stepper.locator("[data-testid=stepper-position][data-row='1']").wait_for(timeout=WAIT)
    play.click()
    stopped = position(stepper)
    page.wait_for_timeout(500)
    assert position(stepper) == stopped
    play.click()
    stepper.locator("[data-testid=stepper-play][aria-label=Play]").wait_for(timeout=WAIT)
    assert position(stepper) == ("output", 2, 2)
    stepper.get_by_test_id("stepper-forward").click()
    assert position(stepper) == ("output", 0, 0)
    stepper.get_by_test_id("stepper-back").click()
    assert position(stepper) == ("output", 2, 2)


def test_editing_cells_changes_the_output_at_once_and_the_text_in_python(page: Any, serve: Any) -> None:
    stepper = open_cases(page, serve, convolution(grid=SQUARE, kernel=EDGE))
    cell(stepper, "input", 0, 2).dblclick()
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    assert values_of(stepper, "output")[0, 0] == 7
    page.keyboard.press("Escape")
    text = page.get_by_label("Grid", exact=True)
    page.wait_for_function("field => field.value.startsWith('0,0,5')", arg=text.element_handle(), timeout=WAIT)
    cell(stepper, "kernel", 0, 0).click()
    page.keyboard.type("1/2")
    page.keyboard.press("Tab")
    page.keyboard.type("x")
    page.keyboard.press("Enter")
    editor = stepper.get_by_test_id("stepper-editor")
    assert editor.get_attribute("aria-invalid") == "true"
    page.keyboard.press("Escape")
    kernel = page.get_by_label("Kernel", exact=True)
    page.wait_for_function("field => field.value.startsWith('0.5,0,1;')", arg=kernel.element_handle(), timeout=WAIT)
    expected = expected_output(convolution(grid=text.input_value(), kernel=kernel.input_value()))
    np.testing.assert_allclose(values_of(stepper, "output"), expected, atol=1e-5)


def test_text_typed_on_the_page_reaches_the_stepper(page: Any, serve: Any) -> None:
    stepper = open_cases(page, serve, convolution(grid=SQUARE, kernel=EDGE))
    page.get_by_label("Kernel", exact=True).fill("1,2;3,4")
    page.keyboard.press("Enter")
    stepper.locator("[data-testid=stepper-kernel-size]", has_text="2 × 2").wait_for(timeout=WAIT)
    np.testing.assert_array_equal(values_of(stepper, "kernel"), [[1, 2], [3, 4]])
    assert values_of(stepper, "output").shape == (4, 4)


def test_predict_first_hides_then_scores(page: Any, serve: Any) -> None:
    stepper = open_cases(page, serve, convolution(grid=SQUARE, kernel=EDGE))
    stepper.get_by_test_id("stepper-predict").check(force=True)
    assert np.isnan(values_of(stepper, "output")).all()
    assert np.isnan(values_of(stepper, "products")).all()
    assert stepper.get_by_test_id("stepper-sum").get_attribute("data-value") is None
    assert "hidden" in stepper.get_by_test_id("stepper-live").inner_text()
    guess = stepper.get_by_test_id("stepper-guess")
    guess.fill("two")
    page.keyboard.press("Enter")
    assert "Type a number" in stepper.get_by_test_id("stepper-verdict").inner_text()
    guess.fill("2")
    page.keyboard.press("Enter")
    assert stepper.get_by_test_id("stepper-verdict").inner_text() == "Right, it is 2."
    assert total(stepper) == 2
    assert np.isnan(values_of(stepper, "output")).sum() == 8
    stepper.get_by_test_id("stepper-next").click()
    assert position(stepper) == ("output", 0, 1)
    guess.fill("7")
    stepper.get_by_test_id("stepper-check").click()
    assert stepper.get_by_test_id("stepper-verdict").inner_text() == "It is 0; your guess was 7."
    assert stepper.get_by_test_id("stepper-score").inner_text() == "1 of 2 right · streak 0"
    cell(stepper, "output", 2, 2).click()
    assert position(stepper) == ("output", 2, 2)
    assert stepper.get_by_test_id("stepper-sum").get_attribute("data-value") is None
    stepper.get_by_test_id("stepper-predict").uncheck(force=True)
    assert not np.isnan(values_of(stepper, "output")).any()


def test_transposed_shows_the_stamp_and_what_adds_up(page: Any, serve: Any) -> None:
    case = {"operation": "transposed", "grid": "1,2;3,4", "kernel": "1,1,1;1,1,1;1,1,1", "stride": 2}
    stepper = open_cases(page, serve, case)
    cell(stepper, "input", 1, 0).hover()
    assert position(stepper) == ("input", 1, 0)
    np.testing.assert_array_equal(values_of(stepper, "products"), np.full((3, 3), 3))
    assert "added to output rows 3 to 5, columns 1 to 3" in stepper.get_by_test_id("stepper-arithmetic").inner_text()
    cell(stepper, "output", 2, 2).hover()
    assert total(stepper) == 10
    assert cell(stepper, "output", 2, 2).get_attribute("data-stamps") == "4"
    assert stepper.locator("[data-testid=stepper-input-grid] .mark").count() == 4


def test_channels_have_sums_then_the_bias_then_the_total(page: Any, serve: Any) -> None:
    case = convolution(grid=RAMP, kernel="1,0;0,-1", channels=3, bias=0.5, channel_names=["Red", "Green", "Blue"])
    stepper = open_cases(page, serve, case)
    sums = stepper.get_by_test_id("stepper-channel-sum").evaluate_all("all => all.map((one) => +one.dataset.value)")
    assert sums == [-5, -20, -45]
    text = stepper.get_by_test_id("stepper-arithmetic").inner_text()
    assert re.sub(r"\s+", " ", text).endswith("Total −5 + (−20) + (−45) + bias 0.5 = −69.5")


def test_winner_is_marked_and_padding_left_out(page: Any, serve: Any) -> None:
    stepper = open_cases(page, serve, pooling("max", grid=RAMP, size=3, stride=3, padding="same"))
    assert stepper.locator("[data-testid=stepper-input-grid] .winner").count() == 1
    assert stepper.get_by_test_id("stepper-arithmetic").inner_text() == "max(1, 2, 5, 6) = 6"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_numbers_keep_a_contrast_of_4_5(chromium: Any, serve: Any, scheme: str) -> None:
    context = chromium.new_context(color_scheme=scheme, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    cases = [convolution(padding="same"), convolution(grid=RAMP, kernel=EDGE), pooling("average", size=2)]
    open_cases(page, serve, *cases)
    # The cells' colours fade in.
    page.wait_for_timeout(400)
    pairs = page.locator(".cell:not([data-kind])").evaluate_all(
        "all => all.map((one) => [getComputedStyle(one).color, getComputedStyle(one).backgroundColor, one.innerText])"
    )
    context.close()
    assert len(pairs) > 100

    def luminance(colour: str) -> float:
        levels = np.array([float(v) for v in re.findall(r"[\d.]+", colour)[:3]]) / 255
        linear = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    for ink, fill, text in pairs:
        low, high = sorted((luminance(ink), luminance(fill)))
        assert (high + 0.05) / (low + 0.05) >= 4.5, (ink, fill, text)


def test_phone_by_touch(chromium: Any, serve: Any) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    stepper = open_cases(page, serve, convolution(grid=UNEVEN, padding="same"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert cell(stepper, "input", 0, 0).bounding_box()["width"] >= 22
    cell(stepper, "input", 3, 3).tap()
    assert position(stepper) == ("output", 3, 3)
    assert total(stepper) == pytest.approx(expected_output(convolution(padding="same"))[3, 3], rel=1e-5)
    cell(stepper, "input", 3, 3).tap()
    assert stepper.get_by_test_id("stepper-editor").count() == 1
    context.close()


def test_large_crop_stays_in_its_frame(page: Any, serve: Any) -> None:
    grid = format_grid(np.random.default_rng(1).uniform(0, 1, (16, 16)))
    case = convolution(grid=grid, padding="same", channels=3)
    stepper = open_cases(page, serve, case)
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    np.testing.assert_allclose(values_of(stepper, "output"), expected_output(case), rtol=1e-5, atol=1e-4)
    stepper.get_by_test_id("stepper-channel").nth(1).click()
    np.testing.assert_allclose(values_of(stepper, "input")[:16, :16], -2 * parse_grid(grid, name="g", max_side=16))


def matrix_cell(page: Any, row: int, column: int) -> Any:
    return page.locator(f"[data-testid=matrix-cell][data-row='{row}'][data-col='{column}']")


def open_matrix(page: Any, serve: Any, text: str, **options: Any) -> Any:
    case = {"component": "matrix", "kernel": text} | options
    page.goto(f"{serve(HARNESS)}/?cases={urllib.parse.quote(json.dumps([case]))}")
    matrix_cell(page, 0, 0).wait_for(timeout=WAIT)
    return page.get_by_label("Kernel", exact=True)


def wait_for_text(page: Any, field: Any, text: str) -> None:
    page.wait_for_function("([field, text]) => field.value === text", arg=[field.element_handle(), text], timeout=WAIT)


def test_matrix_cells_are_typed_and_walked_through(page: Any, serve: Any) -> None:
    field = open_matrix(page, serve, "1,2;3,4")
    matrix_cell(page, 0, 0).click()
    page.keyboard.type("1/9")
    page.keyboard.press("Enter")
    page.keyboard.type("-5")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.type("0,5")
    page.keyboard.press("Tab")
    wait_for_text(page, field, "1/9,0.5;-5,4")
    page.keyboard.type("7")
    page.keyboard.press("Shift+Tab")
    wait_for_text(page, field, "1/9,0.5;7,4")


def test_matrix_sends_a_bad_cell_as_typed_and_the_page_explains(page: Any, serve: Any) -> None:
    field = open_matrix(page, serve, "1,2;3,4")
    matrix_cell(page, 1, 1).fill("nan")
    page.keyboard.press("Enter")
    wait_for_text(page, field, "1,2;3,nan")
    assert matrix_cell(page, 1, 1).get_attribute("aria-invalid") == "true"
    page.get_by_text("row 2, column 2 is not a number (NaN)").wait_for(timeout=WAIT)
    matrix_cell(page, 1, 1).fill("4")
    page.keyboard.press("Enter")
    wait_for_text(page, field, "1,2;3,4")


def test_matrix_takes_a_block_from_a_spreadsheet(page: Any, serve: Any) -> None:
    field = open_matrix(page, serve, "1,2;3,4")
    paste = """(input, text) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text", text);
      input.focus();
      input.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    }"""
    matrix_cell(page, 0, 0).evaluate(paste, "5\t6\r\n7\t8\r\n")
    wait_for_text(page, field, "5,6;7,8")
    matrix_cell(page, 1, 1).evaluate(paste, "1\t2\n3\t4")
    wait_for_text(page, field, "5,6,0;7,1,2;0,3,4")
    assert page.get_by_test_id("matrix-cell").count() == 9


def test_matrix_keeps_quick_edits_while_a_slow_page_answers(page: Any, serve: Any) -> None:
    field = open_matrix(page, serve, "1,2,3;4,5,6", slow=0.4)
    matrix_cell(page, 0, 0).click()
    for number in (7, 8, 9):
        page.keyboard.type(str(number))
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(250)
    wait_for_text(page, field, "7,8,9;4,5,6")
    cells = page.get_by_test_id("matrix-cell").evaluate_all("all => all.map((one) => one.value)")
    assert cells == ["7", "8", "9", "4", "5", "6"]


def test_stepper_keeps_quick_edits_while_a_slow_page_answers(page: Any, serve: Any) -> None:
    stepper = open_cases(page, serve, convolution(grid=SQUARE, kernel=EDGE, slow=0.4))
    cell(stepper, "kernel", 0, 0).click()
    for number in ("1/3", "8", "9"):
        page.keyboard.type(number)
        page.keyboard.press("Tab")
        page.wait_for_timeout(250)
        assert values_of(stepper, "kernel")[0, 0] == pytest.approx(1 / 3)
    wait_for_text(page, page.get_by_label("Kernel", exact=True), "0.3333333333333333,8,9;-1,0,1;-1,0,1")
    np.testing.assert_allclose(values_of(stepper, "kernel"), [[1 / 3, 8, 9], [-1, 0, 1], [-1, 0, 1]])


def gaussian(side: int, sigma: float) -> str:
    line = np.exp(-((np.arange(side) - side // 2) ** 2) / (2 * sigma**2))
    kernel = np.outer(line, line)
    return format_grid((kernel / kernel.sum()).astype(np.float32))


def overhang(page: Any, frame: str, parts: str) -> list[str]:
    """What of `parts` reaches over the left or right edge of the frame, unless it scrolls within a box of its own."""
    return page.locator(frame).first.evaluate(
        """(frame, parts) => {
          const edge = frame.getBoundingClientRect();
          return [...frame.querySelectorAll(parts)].flatMap((element) => {
            const box = (element.closest(".scroller") ?? element).getBoundingClientRect();
            const over = box.right > edge.right + 0.5 || box.left < edge.left - 0.5;
            return over ? [`${element.className} ${box.left} ${box.right} in ${edge.left} ${edge.right}`] : [];
          });
        }""",
        parts,
    )


def cut_texts(cells: Any) -> list[str]:
    """Texts that are wider than the cell that shows them."""
    return cells.evaluate_all(
        """cells => cells.flatMap((cell) => {
          if (cell.tagName === "INPUT") return cell.scrollWidth > cell.clientWidth ? [cell.value] : [];
          if (!cell.textContent) return [];
          const range = document.createRange();
          range.selectNodeContents(cell);
          const [text, box] = [range.getBoundingClientRect(), cell.getBoundingClientRect()];
          return text.left < box.left - 0.5 || text.right > box.right + 0.5 ? [cell.textContent] : [];
        })"""
    )


def is_rounding(text: str, value: float) -> bool:
    """Whether a text such as .05, −8e−4 or 1/9 is the value rounded to the digits that it shows."""
    plain = text.replace("−", "-")
    if text == "≈0":
        return 0 < abs(value) < 0.005
    if "/" in plain:
        above, below = plain.split("/")
        return bool(np.isclose(float(above) / float(below), value, rtol=1e-6))
    if float(plain) == 0 or value == 0:
        return float(plain) == value
    mantissa, _, exponent = plain.partition("e")
    decimals = len(mantissa.partition(".")[2]) - int(exponent or 0)
    return abs(float(plain) - value) <= 0.5 * 10.0**-decimals * (1 + 1e-6) + 1e-9 * abs(value)


@pytest.mark.parametrize("width", [340, 600, 900])
@pytest.mark.parametrize("side", [3, 5, 9, 11])
def test_stepper_stays_within_its_container_with_true_numbers(page: Any, serve: Any, side: int, width: int) -> None:
    rng = np.random.default_rng(side)
    cases = [
        convolution(
            grid=format_grid(rng.uniform(-1, 1, (cells, cells)).astype(np.float32)),
            kernel=gaussian(side, side / 4.5),
            padding=padding,
            channels=channels,
            width=width,
        )
        for cells, padding, channels in [(5, "same", 1), (8, "same", 3), (16, "same", 1), (16, "valid", 1)]
    ]
    open_cases(page, serve, *cases)
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    for number in range(len(cases)):
        assert overhang(page, f".st-key-frame{number}", ".stage, .cell, .stage-header, .explanation, .controls") == []
    cells = page.locator(".cell")
    assert cut_texts(cells) == []
    shown = cells.evaluate_all(
        "all => all.filter((one) => one.dataset.value).map((one) => [one.textContent, +one.dataset.value])"
    )
    assert [pair for pair in shown if pair[0] and not is_rounding(*pair)] == []
    assert sum(not text for text, _ in shown) <= 0.02 * len(shown)


@pytest.mark.parametrize("operation", ["max", "average", "l2", "transposed"])
def test_other_operations_stay_within_narrow_containers(page: Any, serve: Any, operation: str) -> None:
    extra = {"kernel": "1,2;3,4"} if operation == "transposed" else {"size": 2, "gradient": True}
    cases = [
        {"operation": operation, "grid": grid, "stride": 2, "padding": "same", "width": width} | extra
        for grid in ("1,2;3,4", RAMP, UNEVEN)
        for width in (340, 358, 600, 900)
    ]
    open_cases(page, serve, *cases)
    for number in range(len(cases)):
        assert overhang(page, f".st-key-frame{number}", ".stage, .cell, .stage-header, .explanation") == [], cases[
            number
        ]
    assert cut_texts(page.locator(".cell")) == []


@pytest.mark.parametrize(
    "case",
    [
        convolution(grid=SQUARE, kernel=EDGE),
        convolution(grid="1,2;3,4", kernel="2"),
        convolution(grid=RAMP, kernel=gaussian(9, 2), padding="same"),
        pooling("max", grid="1,2;3,4", size=2),
        pooling("average", grid=RAMP, size=2),
    ],
)
def test_phone_grids_lie_within_the_text_column(chromium: Any, serve: Any, case: dict[str, Any]) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    open_cases(page, serve, case)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert overhang(page, ".st-key-frame0", ".stage, .cell, .stage-header") == []
    context.close()


@pytest.mark.parametrize("width", [175, 240, 640])
@pytest.mark.parametrize("side", [3, 5, 9, 11])
def test_matrix_shrinks_into_its_card_and_rounds_truly(page: Any, serve: Any, side: int, width: int) -> None:
    text = gaussian(side, side / 4.5)
    weights = parse_grid(text, name="kernel", max_side=11).ravel().tolist()
    open_matrix(page, serve, text, width=width)
    assert overhang(page, ".st-key-frame0", ".matrix, input, .readout") == []
    cells = page.get_by_test_id("matrix-cell")
    assert cut_texts(cells) == []
    shown = cells.evaluate_all("all => all.map((one) => [one.value, one.title, one.offsetWidth])")
    assert all(is_rounding(text, weight) for (text, _, _), weight in zip(shown, weights, strict=True) if text)
    assert all(is_rounding(title, weight) for (_, title, _), weight in zip(shown, weights, strict=True))
    assert len({wide for _, _, wide in shown}) == 1
    if width == 640:
        assert all(text not in ("", "0", "≈0") for text, _, _ in shown)
    last = matrix_cell(page, side - 1, side - 1)
    last.hover()
    readout = page.get_by_test_id("matrix-readout")
    said = readout.inner_text()
    assert said.startswith(f"row {side}, column {side}: ")
    assert float(np.float32(said.split(": ")[1].replace("−", "-"))) == weights[-1]
    last.click()
    assert float(np.float32(last.input_value())) == weights[-1]
    assert overhang(page, ".st-key-frame0", "input, .readout") == []
    assert last.evaluate("one => one.scrollWidth <= one.clientWidth")
    page.keyboard.press("Escape")
    page.get_by_label("Kernel", exact=True).focus()
    assert last.input_value() == shown[-1][0]


def test_matrix_typesets_its_signs_and_keeps_what_fits(page: Any, serve: Any) -> None:
    field = open_matrix(page, serve, "-1,1/9;-0.25,0")
    cells = page.get_by_test_id("matrix-cell")
    assert cells.evaluate_all("all => all.map((one) => one.value)") == ["−1", "1/9", "−0.25", "0"]
    matrix_cell(page, 0, 0).click()
    assert matrix_cell(page, 0, 0).input_value() == "-1"
    page.keyboard.type("-3")
    page.keyboard.press("ArrowRight")
    wait_for_text(page, field, "-3,1/9;-0.25,0")
    assert matrix_cell(page, 0, 0).input_value() == "−3"
    assert page.get_by_test_id("matrix-readout").is_hidden()


def test_a_cell_of_one_channel_is_sent_with_its_channel(page: Any, serve: Any) -> None:
    case = convolution(grid="1,2;3,4|5,6;7,8", kernel="1", channels=2)
    stepper = open_cases(page, serve, case)
    second = stepper.locator("[data-testid=stepper-input-grid][data-channel='1']")
    second.locator("[data-row='1'][data-col='0']").dblclick()
    page.keyboard.type("-9.5")
    page.keyboard.press("Enter")
    wait_for_text(page, page.get_by_label("Grid", exact=True), "1,2;3,4|5,6;-9.5,8")
    assert values_of(stepper, "output")[1, 0] == 3 + -2 * -9.5


def test_local_edits_stay_while_the_page_changes_something_else(page: Any, serve: Any) -> None:
    stepper = open_cases(page, serve, convolution(grid=RAMP, kernel="1,2;3,4", local_edits=True))
    cell(stepper, "input", 0, 0).dblclick()
    page.keyboard.type("101")
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    assert values_of(stepper, "output")[0, 0] == 101 + 4 + 15 + 24
    kernel = page.get_by_label("Kernel", exact=True)
    kernel.fill("1,0;0,0")
    page.keyboard.press("Enter")
    page.wait_for_function("one => one.dataset.value === '0'", arg=cell(stepper, "kernel", 1, 1).element_handle())
    assert values_of(stepper, "output")[0, 0] == 101
    grid = page.get_by_label("Grid", exact=True)
    assert grid.input_value() == RAMP
    grid.fill("5,6;7,8")
    page.keyboard.press("Enter")
    stepper.locator("[data-testid=stepper-input-size]", has_text="2 × 2").wait_for(timeout=WAIT)
    assert values_of(stepper, "output")[0, 0] == 5


def test_the_window_begins_where_the_page_says(page: Any, serve: Any) -> None:
    stepper = open_cases(page, serve, convolution(grid=RAMP, kernel="1,2;3,4", start=[1, 2]))
    assert position(stepper) == ("output", 1, 2)
    stepper.get_by_test_id("stepper-forward").click()
    assert position(stepper) == ("output", 2, 0)
    page.get_by_label("Kernel", exact=True).fill("5,2;3,4")
    page.keyboard.press("Enter")
    page.wait_for_function("one => one.dataset.value === '5'", arg=cell(stepper, "kernel", 0, 0).element_handle())
    assert position(stepper) == ("output", 2, 0)
    page.get_by_label("Grid", exact=True).fill(RAMP.replace("16", "17"))
    page.keyboard.press("Enter")
    stepper.locator("[data-testid=stepper-position][data-row='1'][data-col='2']").wait_for(timeout=WAIT)


def test_noise_of_the_addition_is_zero_and_small_numbers_are_not(page: Any, serve: Any) -> None:
    stepper = open_cases(page, serve, convolution(grid="0.1,0.2,0.3;1e-12,0,0", kernel="1,1,-1"))
    texts = stepper.get_by_test_id("stepper-output-cell").all_inner_texts()
    assert texts == ["0", "1e−12"]
