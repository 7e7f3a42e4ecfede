"""The stepper in a real browser: hovering, keys, play, edits, guesses."""

from typing import Any

import numpy as np
import pytest

from tests.browser.components.cells import (
    EDGE,
    RAMP,
    SQUARE,
    WAIT,
    cell,
    convolution,
    expected_output,
    mount,
    position,
    total,
    values_of,
    wait_for_text,
)

pytestmark = pytest.mark.browser


def test_hovering_the_input_moves_the_window_and_shows_the_products(page: Any) -> None:
    stepper = mount(page, convolution(grid=SQUARE, kernel=EDGE))
    assert total(stepper) == 2
    cell(stepper, "input", 2, 3).hover()
    assert position(stepper) == ("output", 1, 2)
    assert total(stepper) == -3
    np.testing.assert_array_equal(values_of(stepper, "products"), [[-1, 0, 0], [-1, 0, 0], [-1, 0, 0]])
    assert stepper.get_by_test_id("stepper-arithmetic").inner_text() == (
        "1·(−1) + 1·0 + 0·1 + 1·(−1) + 1·0 + 0·1 + 1·(−1) + 1·0 + 0·1 = −3"
    )
    assert stepper.get_by_test_id("stepper-live").inner_text() == "Row 2, column 3: sum −3"


def test_keyboard_moves_the_window_and_space_plays(page: Any) -> None:
    stepper = mount(page, convolution(grid=SQUARE, kernel=EDGE))
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


def test_play_advances_pause_stops_and_the_end_is_the_end(page: Any) -> None:
    stepper = mount(page, convolution(grid=SQUARE, kernel=EDGE))
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


def test_editing_cells_changes_the_output_at_once_and_the_text_in_python(page: Any) -> None:
    stepper = mount(page, convolution(grid=SQUARE, kernel=EDGE))
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


def test_text_typed_on_the_page_reaches_the_stepper(page: Any) -> None:
    stepper = mount(page, convolution(grid=SQUARE, kernel=EDGE))
    page.get_by_label("Kernel", exact=True).fill("1,2;3,4")
    page.keyboard.press("Enter")
    stepper.locator("[data-testid=stepper-kernel-size]", has_text="2 × 2").wait_for(timeout=WAIT)
    np.testing.assert_array_equal(values_of(stepper, "kernel"), [[1, 2], [3, 4]])
    assert values_of(stepper, "output").shape == (4, 4)


def test_predict_first_hides_then_scores(page: Any) -> None:
    stepper = mount(page, convolution(grid=SQUARE, kernel=EDGE))
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


def test_stepper_keeps_quick_edits_while_a_slow_page_answers(page: Any) -> None:
    stepper = mount(page, convolution(grid=SQUARE, kernel=EDGE, slow=0.4))
    cell(stepper, "kernel", 0, 0).click()
    for number in ("1/3", "8", "9"):
        page.keyboard.type(number)
        page.keyboard.press("Tab")
        page.wait_for_timeout(250)
        assert values_of(stepper, "kernel")[0, 0] == pytest.approx(1 / 3)
    wait_for_text(page, page.get_by_label("Kernel", exact=True), "0.3333333333333333,8,9;-1,0,1;-1,0,1")
    np.testing.assert_allclose(values_of(stepper, "kernel"), [[1 / 3, 8, 9], [-1, 0, 1], [-1, 0, 1]])


def test_a_cell_of_one_channel_is_sent_with_its_channel(page: Any) -> None:
    case = convolution(grid="1,2;3,4|5,6;7,8", kernel="1", channels=2)
    stepper = mount(page, case)
    second = stepper.locator("[data-testid=stepper-input-grid][data-channel='1']")
    second.locator("[data-row='1'][data-col='0']").dblclick()
    page.keyboard.type("-9.5")
    page.keyboard.press("Enter")
    wait_for_text(page, page.get_by_label("Grid", exact=True), "1,2;3,4|5,6;-9.5,8")
    assert values_of(stepper, "output")[1, 0] == 3 + -2 * -9.5


def test_local_edits_stay_while_the_page_changes_something_else(page: Any) -> None:
    stepper = mount(page, convolution(grid=RAMP, kernel="1,2;3,4", local_edits=True))
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


def test_the_window_begins_where_the_page_says(page: Any) -> None:
    stepper = mount(page, convolution(grid=RAMP, kernel="1,2;3,4", start=[1, 2]))
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
