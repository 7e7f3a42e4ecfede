"""Grids stay within their containers, numbers fit their cells, round truly and can be read."""

import re
from typing import Any

import numpy as np
import pytest

from cnn_core.grids import format_grid, parse_grid
from tests.browser.components.cells import (
    EDGE,
    RAMP,
    SQUARE,
    UNEVEN,
    cell,
    convolution,
    expected_output,
    matrix_cell,
    mount,
    mount_matrix,
    pooling,
    position,
    total,
    values_of,
)

pytestmark = pytest.mark.browser


def gaussian(side: int, sigma: float) -> str:
    line = np.exp(-((np.arange(side) - side // 2) ** 2) / (2 * sigma**2))
    kernel = np.outer(line, line)
    return format_grid((kernel / kernel.sum()).astype(np.float32))


def overhang(page: Any, frame: str, parts: str) -> list[str]:
    """What of `parts` reaches over the left or right edge of the frame, unless it scrolls within a box of its own."""
    edge = page.locator(frame).bounding_box()
    found = page.locator(frame).locator(parts)
    assert found.count() > 0, f"no {parts} in {frame}"
    return found.evaluate_all(
        """(all, [left, right]) => all.flatMap((element) => {
          const box = (element.closest(".scroller") ?? element).getBoundingClientRect();
          const over = box.width > 0 && (box.right > right + 0.5 || box.left < left - 0.5);
          return over ? [`${element.className} ${box.left} ${box.right} in ${left} ${right}`] : [];
        })""",
        [edge["x"], edge["x"] + edge["width"]],
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


def test_large_crop_stays_in_its_frame(page: Any) -> None:
    grid = format_grid(np.random.default_rng(1).uniform(0, 1, (16, 16)))
    case = convolution(grid=grid, padding="same", channels=3)
    stepper = mount(page, case)
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    np.testing.assert_allclose(values_of(stepper, "output"), expected_output(case), rtol=1e-5, atol=1e-4)
    stepper.get_by_test_id("stepper-channel").nth(1).click()
    np.testing.assert_allclose(values_of(stepper, "input")[:16, :16], -2 * parse_grid(grid, name="g", max_side=16))


def test_phone_by_touch(phone: Any) -> None:
    stepper = mount(phone, convolution(grid=UNEVEN, padding="same"))
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    assert cell(stepper, "input", 0, 0).bounding_box()["width"] >= 22
    cell(stepper, "input", 3, 3).tap()
    assert position(stepper) == ("output", 3, 3)
    assert total(stepper) == pytest.approx(expected_output(convolution(padding="same"))[3, 3], rel=1e-5)
    cell(stepper, "input", 3, 3).tap()
    assert stepper.get_by_test_id("stepper-editor").count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_numbers_keep_a_contrast_of_4_5(page: Any, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    cases = [convolution(padding="same"), convolution(grid=RAMP, kernel=EDGE), pooling("average", size=2)]
    mount(page, *cases)
    # The cells' colours fade in.
    page.wait_for_timeout(400)
    pairs = page.locator(".cell:not([data-kind])").evaluate_all(
        "all => all.map((one) => [getComputedStyle(one).color, getComputedStyle(one).backgroundColor, one.innerText])"
    )
    assert len(pairs) > 100

    def luminance(colour: str) -> float:
        levels = np.array([float(v) for v in re.findall(r"[\d.]+", colour)[:3]]) / 255
        linear = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    for ink, fill, text in pairs:
        low, high = sorted((luminance(ink), luminance(fill)))
        assert (high + 0.05) / (low + 0.05) >= 4.5, (ink, fill, text)


@pytest.mark.parametrize("width", [340, 600, 900])
@pytest.mark.parametrize("side", [3, 5, 9, 11])
def test_stepper_stays_within_its_container_with_true_numbers(page: Any, side: int, width: int) -> None:
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
    mount(page, *cases)
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
def test_other_operations_stay_within_narrow_containers(page: Any, operation: str) -> None:
    extra = {"kernel": "1,2;3,4"} if operation == "transposed" else {"size": 2, "gradient": True}
    cases = [
        {"operation": operation, "grid": grid, "stride": 2, "padding": "same", "width": width} | extra
        for grid in ("1,2;3,4", RAMP, UNEVEN)
        for width in (340, 358, 600, 900)
    ]
    mount(page, *cases)
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
def test_phone_grids_lie_within_the_text_column(phone: Any, case: dict[str, Any]) -> None:
    mount(phone, case)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    assert overhang(phone, ".st-key-frame0", ".stage, .cell, .stage-header") == []


@pytest.mark.parametrize("width", [175, 240, 640])
@pytest.mark.parametrize("side", [3, 5, 9, 11])
def test_matrix_shrinks_into_its_card_and_rounds_truly(page: Any, side: int, width: int) -> None:
    text = gaussian(side, side / 4.5)
    weights = parse_grid(text, name="kernel", max_side=11).ravel().tolist()
    mount_matrix(page, text, width=width)
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
